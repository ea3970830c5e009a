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

import io.github.sqlitewal.connection.Deadline;

/**
 * How this process waits for a lock that another process holds. The wait happens in Java
 * and not in SQLite's busy handler, which would pin the carrier of a virtual thread and
 * ignore an interrupt.
 * <p>
 * Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface BusyRetry {

	/**
	 * Runs an attempt until it does not fail with a busy code.
	 * @param <T> what the attempt returns
	 * @param attempt what to run; it has done nothing when it fails with a
	 * {@linkplain io.github.sqlitewal.connection.ResultCodes#isBusy busy code}
	 * @param deadline when to give up
	 * @return what the attempt returned
	 * @throws SQLException what the last attempt threw: any other failure at once, a busy
	 * code once the deadline has passed, the attempts are used up or the thread has been
	 * interrupted (its interrupt flag is then set)
	 */
	<T> T execute(Attempt<T> attempt, Deadline deadline) throws SQLException;

	/**
	 * Something that can be tried again.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	interface Attempt<T> {

		/**
		 * Tries once.
		 * @return the result
		 * @throws SQLException when it failed
		 */
		T run() throws SQLException;

	}

}
