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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;

/**
 * Waits for another process's lock by trying again after a short random pause, for a
 * database that is used without Spring.
 * <p>
 * SQLite does not tell anyone that a lock has become free, so the only way to wait is to
 * poll. The pause is drawn anew each time and does not grow: a waiter that polls ever
 * more rarely loses against every newcomer, which is what makes the tail of SQLite's own
 * busy handler (<a href="https://github.com/rails/rails/pull/49352">rails#49352</a>). The
 * thread is parked, so a virtual thread gives its carrier back.
 * <p>
 * Without state, for any number of threads. An attempt that succeeds at once costs
 * nothing beyond the attempt.
 */
public final class PollingRetry implements BusyRetry {

	private static final BusyRetry INSTANCE = new PollingRetry();

	/** Nanoseconds; shorter than most transactions of another process. */
	private static final long MIN_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

	/** Nanoseconds; a writer that waits longer than this after a release is noticed. */
	private static final long MAX_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

	PollingRetry() {
	}

	/**
	 * The one instance.
	 * @return a retry that polls until the deadline of each call
	 */
	public static BusyRetry instance() {
		return INSTANCE;
	}

	@Override
	public <T> T execute(Attempt<T> attempt, Deadline deadline) throws SQLException {
		while (true) {
			try {
				return attempt.run();
			}
			catch (SQLException ex) {
				if (!ResultCodes.isBusy(ex) || !pause(deadline)) {
					throw ex;
				}
			}
		}
	}

	private static boolean pause(Deadline deadline) {
		long remaining = deadline.remainingNanos();
		if (remaining > 0) {
			// a park may end early; that is one attempt too many and harms nothing
			LockSupport.parkNanos(Math.min(ThreadLocalRandom.current().nextLong(MIN_PAUSE, MAX_PAUSE), remaining));
		}
		// parking leaves the interrupt flag set, which is how the caller gets to see it
		return remaining > 0 && !Thread.currentThread().isInterrupted();
	}

}
