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
 * Work that was accepted and is not committed yet, held by somebody who keeps a
 * transaction open on purpose, or who has a queue of his own.
 */
@FunctionalInterface
public interface PendingWork {

	/**
	 * Commits what is pending. Called by any thread.
	 * @param deadline when to stop waiting for an operation that runs
	 * @throws SQLException when it could not be committed
	 */
	void flush(Deadline deadline) throws SQLException;

	/**
	 * Accepts nothing any more and commits what is pending.
	 * @param deadline when to stop waiting for it
	 * @throws SQLException when it could not be committed
	 */
	default void close(Deadline deadline) throws SQLException {
		flush(deadline);
	}

	/**
	 * Answers for what is still pending after the deadline, when no writer is to be had
	 * any more and what ran was rolled back.
	 */
	default void turnAway() {
	}

	/**
	 * Whether a thread commits what was accepted, and may do so while the database closes
	 * although others are refused.
	 * @param thread the thread
	 * @return whether it does
	 */
	default boolean isCommittedBy(Thread thread) {
		return false;
	}

}
