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

package io.github.sqlitewal.connection;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Reads SQLite's extended result code out of an exception. Decisions are made on the code
 * and never on the text of a message.
 */
public final class ResultCodes {

	private ResultCodes() {
	}

	/**
	 * The extended result code that SQLite gave.
	 * @param failure an exception, of the driver or with one of the driver's as a cause
	 * @return the code, or {@code null} when SQLite was not involved
	 */
	public static @Nullable SQLiteErrorCode of(@Nullable Throwable failure) {
		Throwable current = failure;
		// a chain of causes longer than this is a cycle
		for (int depth = 0; current != null && depth < 32; depth++) {
			if (current instanceof SQLiteException exception) {
				return exception.getResultCode();
			}
			current = current.getCause();
		}
		return null;
	}

	/**
	 * The primary code that an extended result code belongs to.
	 * @param code an extended or a primary code
	 * @return the low byte, for example 5 for every kind of {@code SQLITE_BUSY}
	 * @see <a href="https://www.sqlite.org/rescode.html">Result and error codes</a>
	 */
	public static int primary(SQLiteErrorCode code) {
		return code.code & 0xff;
	}

	/**
	 * Whether a statement that failed may have left its first rows in a transaction that
	 * goes on. SQLite makes ready to undo a statement only where it knows that it may
	 * fail, and it does not count on a value of the wrong type: in a STRICT table
	 * (3.54.1), and with OR IGNORE or OR REPLACE for a row id (older versions). In
	 * autocommit mode it rolls back, so nothing is left there.
	 * @param failure what the statement threw
	 * @return whether only a rollback, to a savepoint or of all, undoes it for certain
	 */
	public static boolean leavesRows(@Nullable Throwable failure) {
		SQLiteErrorCode code = of(failure);
		return code == SQLiteErrorCode.SQLITE_CONSTRAINT_DATATYPE || code == SQLiteErrorCode.SQLITE_MISMATCH;
	}

	/**
	 * Whether the same call may succeed when it is made again a moment later, because
	 * another connection stood in the way and nothing was done. {@code BUSY_SNAPSHOT} is
	 * not among them: waiting does not help a transaction whose snapshot is stale.
	 * @param failure what a call threw
	 * @return whether to wait and try again
	 */
	public static boolean isBusy(@Nullable Throwable failure) {
		SQLiteErrorCode code = of(failure);
		if (code == null) {
			return false;
		}
		return switch (code) {
			case SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_BUSY_TIMEOUT, SQLITE_LOCKED, SQLITE_PROTOCOL -> true;
			default -> false;
		};
	}

}
