/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.sqlitewal.jdbc;

import io.github.sqlitewal.pool.Lease;

/**
 * A reader that serves the result sets of one logical connection outside a transaction.
 * They share it while the database has not changed in between, so that a loop that reads
 * inside a loop that reads needs one reader and not two: with as many threads as readers,
 * each of which needs a second one, nobody would ever get it.
 */
final class ReadLease {

	private final Lease lease;

	private final long commits;

	private int users;

	ReadLease(Lease lease, long commits) {
		this.lease = lease;
		this.commits = commits;
	}

	Lease lease() {
		return this.lease;
	}

	/**
	 * Whether a statement that begins now may see the snapshot of the result set that is
	 * open, and still see everything that this process has committed.
	 * @param commits how often the writer has committed by now
	 * @return whether it can be shared
	 */
	boolean isCurrent(long commits) {
		return this.users > 0 && this.commits == commits && !this.lease.isRevoked();
	}

	void use() {
		this.users++;
	}

	void release() {
		if (--this.users == 0) {
			this.lease.close();
		}
	}

}
