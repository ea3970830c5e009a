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
import java.sql.SQLTransientException;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Lets one thread end another one's wait for a lease. Once cancelled it stays so; each
 * execution of a statement has its own.
 */
public final class Cancellation {

	private volatile boolean cancelled;

	private volatile @Nullable Thread waiter;

	/**
	 * Ends the wait that this was passed to, now or later.
	 */
	public void cancel() {
		this.cancelled = true;
		Thread thread = this.waiter;
		if (thread != null) {
			LockSupport.unpark(thread);
		}
	}

	/**
	 * Whether {@link #cancel} was called.
	 * @return whether the wait is to end
	 */
	public boolean isCancelled() {
		return this.cancelled;
	}

	/**
	 * Ends the call here if it was cancelled.
	 * @throws SQLException when it was
	 */
	public void check() throws SQLException {
		if (this.cancelled) {
			throw new SQLTransientException("The statement was cancelled", "57014");
		}
	}

	void waits(Thread thread) {
		this.waiter = thread;
	}

}
