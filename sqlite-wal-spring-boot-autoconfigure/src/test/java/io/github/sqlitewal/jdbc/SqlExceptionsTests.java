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

import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;

import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqlExceptions}.
 */
class SqlExceptionsTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			UNIQUE | SQLIntegrityConstraintViolationException | 23505 | 19
			PRIMARY_KEY | SQLIntegrityConstraintViolationException | 23505 | 19
			ROWID | SQLIntegrityConstraintViolationException | 23505 | 19
			FOREIGN_KEY | SQLIntegrityConstraintViolationException | 23503 | 19
			NOT_NULL | SQLIntegrityConstraintViolationException | 23502 | 19
			CHECK | SQLIntegrityConstraintViolationException | 23514 | 19
			TRIGGER | SQLIntegrityConstraintViolationException | 23000 | 19
			DATATYPE | SQLIntegrityConstraintViolationException | 23000 | 19
			BUSY | SQLTransactionRollbackException | 40001 | 5
			BUSY_SNAPSHOT | SQLTransactionRollbackException | 40001 | 5
			LOCKED | SQLTransactionRollbackException | 40001 | 6
			PROTOCOL | SQLTransactionRollbackException | 40001 | 15
			READ_ONLY | SQLNonTransientException | 25006 | 8
			MOVED | SQLNonTransientConnectionException | 08006 | 8
			FULL | SQLNonTransientException | 53100 | 13
			NO_MEMORY | SQLTransientException | 53200 | 7
			IO_NO_MEMORY | SQLTransientException | 53200 | 10
			IO | SQLNonTransientConnectionException | 58030 | 10
			IO_OF_A_NEWER_CODE | SQLNonTransientConnectionException | 58030 | 10
			CANNOT_OPEN | SQLNonTransientConnectionException | 58030 | 14
			CORRUPT | SQLNonTransientConnectionException | XX001 | 11
			NOT_A_DATABASE | SQLNonTransientConnectionException | XX001 | 26
			NO_SUCH_TABLE | SQLSyntaxErrorException | 42S02 | 1
			NO_SUCH_COLUMN | SQLSyntaxErrorException | 42S22 | 1
			NO_COLUMN_NAMED | SQLSyntaxErrorException | 42S22 | 1
			SYNTAX | SQLSyntaxErrorException | 42000 | 1
			NO_SUCH_FUNCTION | SQLSyntaxErrorException | 42000 | 1
			INTEGER_OVERFLOW | SQLNonTransientException | HY000 | 1
			MALFORMED_JSON | SQLNonTransientException | HY000 | 1
			TOO_BIG | SQLDataException | 22001 | 18
			MISMATCH | SQLDataException | 22018 | 20
			RANGE | SQLDataException | 07009 | 25
			AUTHORIZATION | SQLInvalidAuthorizationSpecException | 42501 | 23
			INTERRUPT | SQLTransientException | 57014 | 9
			SCHEMA | SQLTransientException | HY000 | 17
			MISUSE | SQLNonTransientException | HY000 | 21
			INTERNAL | SQLNonTransientException | HY000 | 2
			STATEMENT_CLOSED | SQLNonTransientException | HY010 | 0
			RESULT_SET_CLOSED | SQLNonTransientException | HY010 | 0
			RESULT_SET_NOT_OPEN | SQLNonTransientException | HY010 | 0
			NO_SUCH_INDEX | SQLDataException | 07009 | 0
			CONNECTION_CLOSED | SQLNonTransientConnectionException | 08003 | 0
			NO_SUCH_LABEL | SQLSyntaxErrorException | 42S22 | 0
			BAD_VALUE | SQLDataException | 22018 | 0
			BAD_TIMESTAMP | SQLDataException | 22007 | 0
			NOT_SUPPORTED | SQLFeatureNotSupportedException | 0A000 | 0
			NO_RESULT_SET | SQLNonTransientException | HY000 | 0
			BATCH | BatchUpdateException | 23505 | 19
			""")
	void classSqlStateAndVendorCode(DriverFailure failure, String type, String sqlState, int vendorCode) {
		SQLException translated = failure.raiseTranslated(this.directory, "SELECT 1");
		assertThat(translated.getClass().getName()).isEqualTo("java.sql." + type);
		assertThat(translated.getSQLState()).isEqualTo(sqlState);
		assertThat(translated.getErrorCode()).isEqualTo(vendorCode);
	}

	@ParameterizedTest
	@EnumSource
	void messageIsKeptWholeAndTheDriversExceptionIsTheCause(DriverFailure failure) {
		SQLException raised = failure.raise(this.directory);
		SQLException translated = SqlExceptions.translate(raised, "SELECT 'x'");
		assertThrown(translated).hasCauseReference(raised);
		assertThat(translated.getMessage()).endsWith("[SQL: SELECT 'x']");
		if (raised.getMessage() != null) {
			assertThat(translated.getMessage()).startsWith(raised.getMessage() + " ");
			assertThrown(SqlExceptions.translate(raised, null)).hasMessage(raised.getMessage());
		}
	}

	@ParameterizedTest
	@EnumSource
	void whatIsTranslatedStaysAsItIs(DriverFailure failure) {
		SQLException translated = failure.raiseTranslated(this.directory, "SELECT 1");
		assertThrown(SqlExceptions.translate(translated, "SELECT 2", true)).isSameAs(translated);
	}

	@Test
	void standardExceptionWithoutSqlStateStaysAsItIs() {
		SQLException ex = new SQLTransientConnectionException("no place in the queue");
		assertThrown(SqlExceptions.translate(ex, null)).isSameAs(ex);
	}

	@Test
	void whatIsMissingIsToldFromOtherErrorsAlsoAtRunTime() {
		SQLException table = DriverFailure.NO_SUCH_TABLE.raise(this.directory);
		SQLException column = DriverFailure.NO_SUCH_COLUMN.raise(this.directory);
		assertThat(SqlExceptions.translate(table, null).getSQLState()).isEqualTo("42S02");
		assertThat(SqlExceptions.translate(column, null).getSQLState()).isEqualTo("42S22");
	}

	@Test
	void longSqlIsAbbreviated() {
		SQLException raised = DriverFailure.UNIQUE.raise(this.directory);
		assertThrown(SqlExceptions.translate(raised, "x".repeat(500)))
			.hasMessageEndingWith("(UNIQUE constraint failed: t.a) [SQL: " + "x".repeat(500) + "]");
		assertThrown(SqlExceptions.translate(raised, "x".repeat(501)))
			.hasMessageEndingWith("(UNIQUE constraint failed: t.a) [SQL: " + "x".repeat(500) + "…]");
	}

	@Test
	void codeIsFoundBehindACause() {
		SQLException wrapper = new SQLException("could not store", DriverFailure.UNIQUE.raise(this.directory));
		assertThrown(SqlExceptions.translate(wrapper, null))
			.isInstanceOf(SQLIntegrityConstraintViolationException.class)
			.hasMessage("could not store")
			.hasCauseReference(wrapper);
	}

	@Test
	void nextAndSuppressedExceptionsAreKept() {
		SQLiteException raised = new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY);
		SQLException next = new SQLException("next");
		Exception suppressed = new IllegalStateException("suppressed");
		raised.setNextException(next);
		raised.addSuppressed(suppressed);
		SQLException translated = SqlExceptions.translate(raised, null);
		assertThrown(translated.getNextException()).isSameAs(next);
		assertThat(translated.getSuppressed()).containsExactly(suppressed);
	}

	@Test
	void batchKeepsItsCountsAndShowsTheFailureAsNext() {
		SQLException translated = DriverFailure.BATCH.raiseTranslated(this.directory, null);
		assertThat(((BatchUpdateException) translated).getUpdateCounts()).containsExactly(1, 0);
		assertThrown(translated.getNextException()).isInstanceOf(SQLIntegrityConstraintViolationException.class)
			.hasMessageContaining("UNIQUE constraint failed: t.a");
	}

	@Test
	void timeoutSaysWhoAskedForIt() {
		SQLException cause = DriverFailure.INTERRUPT.raise(this.directory);
		SQLTimeoutException timeout = SqlExceptions.timeout(cause, Duration.ofSeconds(2), "SELECT 1");
		assertThrown(timeout).hasMessageContaining("2000 ms")
			.hasMessageContaining("Statement.setQueryTimeout")
			.hasMessageContaining("@Transactional(timeout)")
			.hasMessageContaining(cause.getMessage())
			.hasMessageEndingWith("[SQL: SELECT 1]")
			.hasCauseReference(cause);
		assertThat(timeout.getSQLState()).isEqualTo("57014");
		assertThat(timeout.getErrorCode()).isEqualTo(9);
	}

	@Test
	void notSupported() {
		SQLFeatureNotSupportedException ex = SqlExceptions.notSupported("A scrollable result set");
		assertThrown(ex).hasMessage("A scrollable result set is not supported by SQLite");
		assertThat(ex.getSQLState()).isEqualTo("0A000");
	}

	@Test
	void closed() {
		SQLException connection = SqlExceptions.closed("connection");
		assertThrown(connection).isInstanceOf(SQLNonTransientConnectionException.class)
			.hasMessage("This connection is closed");
		assertThat(connection.getSQLState()).isEqualTo("08003");
		SQLException resultSet = SqlExceptions.closed("result set");
		assertThrown(resultSet).isInstanceOf(SQLNonTransientException.class).hasMessage("This result set is closed");
		assertThat(resultSet.getSQLState()).isEqualTo("HY010");
	}

	@Test
	void noSuchParameterSaysHowManyThereAre() {
		SQLDataException ex = SqlExceptions.noSuchParameter(3, 1, "SELECT ?");
		assertThrown(ex).hasMessage("There is no parameter 3: the statement has 1 parameter [SQL: SELECT ?]");
		assertThat(ex.getSQLState()).isEqualTo("07009");
	}

	// an SQLException is an Iterable too, and assertThat() does not know which one is
	// meant
	private static AbstractThrowableAssert<?, ? extends Throwable> assertThrown(Throwable ex) {
		return assertThat(ex);
	}

}
