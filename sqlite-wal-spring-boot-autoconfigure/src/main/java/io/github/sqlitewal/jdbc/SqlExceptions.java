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

import java.sql.BatchUpdateException;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Locale;

import io.github.sqlitewal.connection.ResultCodes;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/**
 * Gives the driver's exceptions the class and the SQLState that JDBC has for them. The
 * driver throws one class for everything, without an SQLState, so nobody above it can
 * tell a duplicate key from a full disk
 * (<a href="https://github.com/xerial/sqlite-jdbc/issues/77">sqlite-jdbc #77</a>).
 * <p>
 * SQLite's message is kept whole, because Hibernate reads the name of the constraint out
 * of it; the vendor code is the primary result code; the driver's exception is the cause.
 * Decisions are made on the extended result code. Where SQLite itself has nothing finer
 * than {@code SQLITE_ERROR}, and where the driver gives no code at all, the text decides.
 */
final class SqlExceptions {

	private static final int MAX_SQL_LENGTH = 500;

	private SqlExceptions() {
	}

	/**
	 * Translates what the driver threw while a statement ran.
	 * @param ex the exception
	 * @param sql the statement, for the message
	 * @return a standard exception; the very same one if it is one already
	 */
	static SQLException translate(SQLException ex, @Nullable String sql) {
		return translate(ex, sql, false);
	}

	/**
	 * Translates what the driver threw.
	 * @param ex the exception
	 * @param sql the statement, for the message
	 * @param preparing whether the statement was being prepared, so that an error without
	 * a code of its own is one of the SQL and not of the data
	 * @return a standard exception; the very same one if it is one already
	 */
	static SQLException translate(SQLException ex, @Nullable String sql, boolean preparing) {
		// the driver uses SQLState once, for "SQLITE_DONE", which is none
		if (ex.getSQLState() != null && ex.getSQLState().length() == 5) {
			return ex;
		}
		if (ResultCodes.of(ex) == null && isStandard(ex)) {
			return ex;
		}
		SQLException translated;
		if (ex instanceof BatchUpdateException batch) {
			translated = batch(batch, sql, preparing);
		}
		else {
			SQLiteErrorCode code = ResultCodes.of(ex);
			translated = (code != null) ? byCode(code, ex, sql, preparing) : byText(ex, sql);
			translated.initCause(ex);
		}
		if (ex.getNextException() != null) {
			translated.setNextException(ex.getNextException());
		}
		for (Throwable suppressed : ex.getSuppressed()) {
			translated.addSuppressed(suppressed);
		}
		return translated;
	}

	/**
	 * The exception for a statement that was stopped because its time was over.
	 * @param cause what the driver threw when it was interrupted
	 * @param timeout the time it had
	 * @param sql the statement, for the message
	 * @return the exception to throw
	 */
	static SQLTimeoutException timeout(SQLException cause, Duration timeout, @Nullable String sql) {
		String message = "The statement was stopped because its timeout of " + timeout.toMillis()
				+ " ms has passed, which Statement.setQueryTimeout or @Transactional(timeout) asked for: "
				+ cause.getMessage();
		return new SQLTimeoutException(withSql(message, sql), "57014", SQLiteErrorCode.SQLITE_INTERRUPT.code, cause);
	}

	/**
	 * The exception for what JDBC offers and SQLite does not.
	 * @param what the feature, as the subject of a sentence
	 * @return the exception to throw
	 */
	static SQLFeatureNotSupportedException notSupported(String what) {
		return new SQLFeatureNotSupportedException(what + " is not supported by SQLite", "0A000");
	}

	/**
	 * The exception for using what was closed.
	 * @param what "connection", "statement" or "result set"
	 * @return the exception to throw
	 */
	static SQLException closed(String what) {
		String message = "This " + what + " is closed";
		return isConnection(what) ? new SQLNonTransientConnectionException(message, "08003")
				: new SQLNonTransientException(message, "HY010");
	}

	/**
	 * The exception for a parameter that the statement does not have. To be thrown before
	 * the driver is asked, which would fail with an index into an array of its own.
	 * @param index the index that was asked for, from 1
	 * @param count how many parameters there are
	 * @param sql the statement, for the message
	 * @return the exception to throw
	 */
	static SQLDataException noSuchParameter(int index, int count, @Nullable String sql) {
		String message = "There is no parameter " + index + ": the statement has " + count
				+ ((count == 1) ? " parameter" : " parameters");
		return new SQLDataException(withSql(message, sql), "07009", SQLiteErrorCode.SQLITE_RANGE.code);
	}

	private static SQLException byCode(SQLiteErrorCode code, SQLException ex, @Nullable String sql, boolean preparing) {
		String message = withSql(ex.getMessage(), sql);
		int vendor = primary(code, ex);
		switch (code) {
			case SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID:
				return new SQLIntegrityConstraintViolationException(message, "23505", vendor);
			case SQLITE_CONSTRAINT_FOREIGNKEY:
				return new SQLIntegrityConstraintViolationException(message, "23503", vendor);
			case SQLITE_CONSTRAINT_NOTNULL:
				return new SQLIntegrityConstraintViolationException(message, "23502", vendor);
			case SQLITE_CONSTRAINT_CHECK:
				return new SQLIntegrityConstraintViolationException(message, "23514", vendor);
			case SQLITE_READONLY_DBMOVED:
				// nothing can be written through this connection any more
				return new SQLNonTransientConnectionException(message, "08006", vendor);
			case SQLITE_IOERR_NOMEM:
				// memory, in spite of its family: the file is not to blame
				return new SQLTransientException(message, "53200", vendor);
			default:
				return byPrimaryCode(vendor, message, ex, preparing);
		}
	}

	private static SQLException byPrimaryCode(int vendor, @Nullable String message, SQLException ex,
			boolean preparing) {
		return switch (SQLiteErrorCode.getErrorCode(vendor)) {
			case SQLITE_ERROR -> error(vendor, message, ex, preparing);
			case SQLITE_CONSTRAINT -> new SQLIntegrityConstraintViolationException(message, "23000", vendor);
			case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL ->
				new SQLTransactionRollbackException(message, "40001", vendor);
			case SQLITE_READONLY -> new SQLNonTransientException(message, "25006", vendor);
			case SQLITE_FULL -> new SQLNonTransientException(message, "53100", vendor);
			case SQLITE_NOMEM -> new SQLTransientException(message, "53200", vendor);
			case SQLITE_IOERR, SQLITE_CANTOPEN -> new SQLNonTransientConnectionException(message, "58030", vendor);
			case SQLITE_CORRUPT, SQLITE_NOTADB -> new SQLNonTransientConnectionException(message, "XX001", vendor);
			case SQLITE_TOOBIG -> new SQLDataException(message, "22001", vendor);
			case SQLITE_MISMATCH -> new SQLDataException(message, "22018", vendor);
			case SQLITE_RANGE -> new SQLDataException(message, "07009", vendor);
			case SQLITE_AUTH -> new SQLInvalidAuthorizationSpecException(message, "42501", vendor);
			case SQLITE_INTERRUPT -> new SQLTransientException(message, "57014", vendor);
			// SQLite has prepared the statement again some dozens of times by then
			case SQLITE_SCHEMA -> new SQLTransientException(message, "HY000", vendor);
			default -> new SQLNonTransientException(message, "HY000", vendor);
		};
	}

	/**
	 * {@code SQLITE_ERROR} is both: a text that is no SQL, and any function that refuses
	 * its argument. What belongs to which is a question of when it was thrown.
	 */
	private static SQLException error(int vendor, @Nullable String message, SQLException ex, boolean preparing) {
		String detail = detail(ex);
		if (detail.startsWith("no such table: ")) {
			return new SQLSyntaxErrorException(message, "42S02", vendor);
		}
		if (detail.startsWith("no such column: ")
				|| (detail.startsWith("table ") && detail.contains(" has no column named "))) {
			return new SQLSyntaxErrorException(message, "42S22", vendor);
		}
		return preparing ? new SQLSyntaxErrorException(message, "42000", vendor)
				: new SQLNonTransientException(message, "HY000", vendor);
	}

	/**
	 * The driver's own complaints, which have no code: about how it is used, and about
	 * values that it could not convert.
	 */
	private static SQLException byText(SQLException ex, @Nullable String sql) {
		String text = (ex.getMessage() != null) ? ex.getMessage().toLowerCase(Locale.ROOT) : "";
		String message = withSql(ex.getMessage(), sql);
		if (ex instanceof SQLFeatureNotSupportedException) {
			return new SQLFeatureNotSupportedException(
					(message != null) ? message : withSql("not supported by SQLite's JDBC driver", sql), "0A000");
		}
		if (text.endsWith("closed")) {
			return isConnection(text) ? new SQLNonTransientConnectionException(message, "08003")
					: new SQLNonTransientException(message, "HY010");
		}
		// a statement or a result set that was closed, or is read before next()
		if (text.equals("statement is not executing") || text.equals("the prepared statement has been finalized")
				|| text.endsWith("inconsistent internal state")) {
			return new SQLNonTransientException(message, "HY010");
		}
		if (text.startsWith("column ") && text.contains(" out of bounds ")) {
			return new SQLDataException(message, "07009");
		}
		if (text.startsWith("no such column: ")) {
			// of a result set, by its label
			return new SQLSyntaxErrorException(message, "42S22");
		}
		if (text.startsWith("bad value for type ")) {
			return new SQLDataException(message, "22018");
		}
		if (text.startsWith("error parsing ")) {
			return new SQLDataException(message, "22007");
		}
		return new SQLNonTransientException(message, "HY000");
	}

	/**
	 * Keeps the update counts. What went wrong becomes the next exception too, where
	 * Spring looks for it.
	 */
	private static BatchUpdateException batch(BatchUpdateException ex, @Nullable String sql, boolean preparing) {
		SQLException entry = (ex.getCause() instanceof SQLException cause) ? translate(cause, sql, preparing)
				: byText(ex, sql);
		BatchUpdateException translated = new BatchUpdateException(withSql(ex.getMessage(), sql), entry.getSQLState(),
				entry.getErrorCode(), ex.getLargeUpdateCounts(), ex);
		translated.setNextException(entry);
		return translated;
	}

	/**
	 * The primary code, also of an extended code that is newer than the driver's list:
	 * the driver writes the number of such a one into the message, as "unknown
	 * error:8714".
	 */
	private static int primary(SQLiteErrorCode code, SQLException ex) {
		if (code != SQLiteErrorCode.UNKNOWN_ERROR) {
			return ResultCodes.primary(code);
		}
		String message = String.valueOf(ex.getMessage());
		String prefix = code + ":";
		if (!message.startsWith(prefix)) {
			return 0;
		}
		int value = 0;
		for (int i = prefix.length(); i < message.length() && Character.isDigit(message.charAt(i)); i++) {
			value = value * 10 + Character.digit(message.charAt(i), 10);
		}
		return value & 0xff;
	}

	/**
	 * SQLite's part of a message that the driver wrote as "[NAME] description (part)".
	 */
	private static String detail(SQLException ex) {
		String message = String.valueOf(ex.getMessage());
		String prefix = SQLiteErrorCode.SQLITE_ERROR + " (";
		return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
	}

	// except the one such class that the driver uses, which still lacks its SQLState
	private static boolean isStandard(SQLException ex) {
		return (ex instanceof SQLNonTransientException && !(ex instanceof SQLFeatureNotSupportedException))
				|| ex instanceof SQLTransientException || ex instanceof SQLRecoverableException;
	}

	private static boolean isConnection(String what) {
		return what.toLowerCase(Locale.ROOT).contains("connection");
	}

	private static @Nullable String withSql(@Nullable String message, @Nullable String sql) {
		if (sql == null) {
			return message;
		}
		String shown = (sql.length() <= MAX_SQL_LENGTH) ? sql : sql.substring(0, MAX_SQL_LENGTH) + "…";
		return ((message != null) ? message + " " : "") + "[SQL: " + shown + "]";
	}

}
