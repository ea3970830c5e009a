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

package io.github.sqlitewal.batch;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransactionRollbackException;

import org.jspecify.annotations.Nullable;

/**
 * Operations that were accepted, and lost by a commit that failed between two calls of
 * their batch. The caller is told once, by the next call. Called with the lock of the
 * batch held.
 */
final class LostOperations {

	private @Nullable SQLException untold;

	private boolean unknown;

	/**
	 * Remembers a commit that failed.
	 * @param count how many operations it was to commit
	 * @param failure why it failed
	 */
	void add(int count, SQLException failure) {
		String message = "The commit of " + count + " operations that were pending, between two calls of the batch,"
				+ " failed, and ";
		// the SQLState of a commit that may be in the file or not
		this.unknown = "08007".equals(failure.getSQLState());
		this.untold = this.unknown
				? new SQLNonTransientConnectionException(
						message + "it is unknown whether they are stored: " + failure.getMessage(),
						failure.getSQLState(), failure.getErrorCode(), failure)
				: new SQLTransactionRollbackException(message + "they are rolled back: " + failure.getMessage(),
						"40000", failure.getErrorCode(), failure);
	}

	/**
	 * Tells the caller.
	 * @throws SQLException when operations are lost
	 */
	void throwAny() throws SQLException {
		SQLException taken = this.untold;
		this.untold = null;
		if (taken != null) {
			// made by another thread
			taken.fillInStackTrace();
			throw taken;
		}
	}

	/**
	 * Tells the caller, who wants them rolled back, only that this is not certain.
	 * @throws SQLException when it is unknown whether they are stored
	 */
	void throwUnknown() throws SQLException {
		if (this.unknown) {
			throwAny();
		}
		this.untold = null;
	}

}
