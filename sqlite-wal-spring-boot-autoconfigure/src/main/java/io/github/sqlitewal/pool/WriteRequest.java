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

package io.github.sqlitewal.pool;

import java.sql.SQLException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.WriteOutcome.Fate;

/**
 * A single write and what becomes of it. Used by the thread that runs it, until it is
 * answered, and by whoever made it after that.
 * <p>
 * An outcome is a matter of a few fields, so that nothing has to be allocated between a
 * commit and the answer.
 */
abstract class WriteRequest {

	private final SingleWrite write;

	/** Of the last run. */
	private @Nullable Throwable failure;

	private boolean begun;

	private @Nullable Fate fate;

	private long commits;

	private long ticket;

	private boolean last;

	WriteRequest(SingleWrite write) {
		this.write = write;
	}

	final SingleWrite write() {
		return this.write;
	}

	/**
	 * Runs the statement and remembers what it threw. Everything that it throws is its
	 * own and must not reach the other statements of whoever runs it.
	 */
	final void run(PhysicalConnection connection) {
		try {
			runOrThrow(connection);
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.failure = ex;
		}
	}

	final void runOrThrow(PhysicalConnection connection) throws SQLException {
		this.failure = null;
		this.begun = true;
		this.write.run(connection);
	}

	/**
	 * Whether its statement may have been run.
	 */
	final boolean hasBegun() {
		return this.begun;
	}

	final @Nullable Throwable failure() {
		return this.failure;
	}

	/**
	 * Says that it is committed, or for one that failed that what it left behind is.
	 */
	final void committed(long commits, long ticket, boolean last) {
		if (this.failure == null) {
			settle(Fate.COMMITTED, commits, ticket, last);
		}
		else {
			settle(Fate.FAILED, commits, 0, last);
		}
	}

	final void failed(Throwable failure, long commits) {
		this.failure = failure;
		settle(Fate.FAILED, commits, 0, false);
	}

	/**
	 * Says that nobody knows whether it is committed. One that failed has not been, in
	 * any case.
	 */
	final void unknown(Throwable commitFailure, long commits) {
		if (this.failure != null) {
			settle(Fate.FAILED, commits, 0, false);
			return;
		}
		this.failure = commitFailure;
		settle(Fate.UNKNOWN, commits, 0, false);
	}

	private void settle(Fate fate, long commits, long ticket, boolean last) {
		this.fate = fate;
		this.commits = commits;
		this.ticket = ticket;
		this.last = last;
	}

	final boolean isSettled() {
		return this.fate != null;
	}

	final WriteOutcome outcome() {
		return new WriteOutcome(Objects.requireNonNull(this.fate), this.commits, this.ticket, this.last, this.failure);
	}

	/**
	 * Tells whoever waits that the outcome is there. Called once, when the writer has
	 * been given back.
	 */
	abstract void answer();

}
