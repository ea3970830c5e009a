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
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Transactions as JDBC and SQL control them.
 */
class TransactionTests {

	private static final String TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY)";

	@TempDir
	Path directory;

	private static void insert(Connection connection, int id) throws SQLException {
		assertThat(TestDatabase.execute(connection, "INSERT INTO t VALUES (" + id + ")")).isEqualTo(1);
	}

	private static String ids(TestDatabase database) throws SQLException {
		return database.query("SELECT coalesce(group_concat(id), '') FROM (SELECT id FROM t ORDER BY id)");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void commitStoresAndRollbackDoesNot(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			insert(connection, 1);
			connection.commit();
			insert(connection, 2);
			connection.rollback();
			insert(connection, 3);
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,3");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void switchingAutoCommitOnCommits(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			insert(connection, 1);
			connection.setAutoCommit(false);
			assertThat(database.held()).as("the same value changes nothing").isEqualTo("writer");
			connection.setAutoCommit(true);
			database.assertNothingHeld();
			insert(connection, 2);
			assertThat(connection.getAutoCommit()).isTrue();
			assertThat(ids(database)).isEqualTo("1,2");
		}
	}

	@Test
	void commitAndRollbackNeedATransaction() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P01"));
			assertThatExceptionOfType(SQLException.class).isThrownBy(connection::rollback);
			assertThatExceptionOfType(SQLException.class).isThrownBy(connection::setSavepoint);
			connection.setAutoCommit(false);
			assertThatCode(connection::commit).as("nothing to commit").doesNotThrowAnyException();
			assertThatCode(connection::rollback).as("nothing to roll back").doesNotThrowAnyException();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void closeRollsBack(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory)) {
			database.execute(TABLE);
			try (Connection connection = database.connection()) {
				connection.setAutoCommit(false);
				insert(connection, 1);
			}
			database.assertNothingHeld();
			assertThat(ids(database)).isEmpty();
		}
	}

	@Test
	void lockOfTheFileIsTakenByTheFirstStatementAndGoneAfterCommit() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Connection outsider = database.outsider()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			TestDatabase.execute(outsider, "INSERT INTO t VALUES (1)");
			// a transaction that only reads so far, but may write
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("1");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> TestDatabase.execute(outsider, "INSERT INTO t VALUES (2)"))
				.satisfies((ex) -> assertThat(ex.getErrorCode()).isEqualTo(SQLiteErrorCode.SQLITE_BUSY.code));
			connection.commit();
			TestDatabase.execute(outsider, "INSERT INTO t VALUES (2)");
			insert(connection, 3);
			connection.rollback();
			TestDatabase.execute(outsider, "INSERT INTO t VALUES (4)");
			assertThat(ids(database)).isEqualTo("1,2,4");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void savepointsAreReleasedAndRolledBackTo(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			Savepoint first = connection.setSavepoint();
			insert(connection, 1);
			Savepoint named = connection.setSavepoint("it's \"named\"");
			insert(connection, 2);
			Savepoint inner = connection.setSavepoint();
			insert(connection, 3);
			connection.rollback(inner);
			insert(connection, 4);
			connection.releaseSavepoint(inner);
			insert(connection, 5);
			connection.rollback(named);
			insert(connection, 6);
			connection.rollback(named);
			insert(connection, 7);
			connection.releaseSavepoint(named);
			assertThat(database.held()).isEqualTo("writer");
			connection.releaseSavepoint(first);
			assertThat(database.held()).as("releasing the last savepoint does not commit").isEqualTo("writer");
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,7");
		}
	}

	@Test
	void savepointTellsItsNameOrItsNumber() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			connection.setAutoCommit(false);
			Savepoint named = connection.setSavepoint("a");
			Savepoint unnamed = connection.setSavepoint();
			assertThat(named.getSavepointName()).isEqualTo("a");
			assertThatExceptionOfType(SQLException.class).isThrownBy(named::getSavepointId);
			assertThat(unnamed.getSavepointId()).isPositive();
			assertThatExceptionOfType(SQLException.class).isThrownBy(unnamed::getSavepointName);
		}
	}

	@Test
	void savepointsThatAreGoneOrForeignAreRefused() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Connection other = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			Savepoint outer = connection.setSavepoint("a");
			Savepoint inner = connection.setSavepoint();
			connection.rollback(outer);
			assertRefused(connection, inner);
			connection.releaseSavepoint(outer);
			assertRefused(connection, outer);
			Savepoint ofTheLast = connection.setSavepoint("a");
			connection.commit();
			connection.setSavepoint("a");
			assertRefused(connection, ofTheLast);
			assertRefused(connection, null);
			connection.commit();
			other.setAutoCommit(false);
			Savepoint foreign = other.setSavepoint("b");
			other.commit();
			connection.setSavepoint("b");
			assertRefused(connection, foreign);
		}
	}

	private static void assertRefused(Connection connection, Savepoint savepoint) {
		assertThatExceptionOfType(SQLNonTransientException.class).isThrownBy(() -> connection.rollback(savepoint))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("3B001"));
		assertThatExceptionOfType(SQLNonTransientException.class)
			.isThrownBy(() -> connection.releaseSavepoint(savepoint));
	}

	@Test
	void savepointsOfTheSameNameAreDifferent() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			insert(connection, 1);
			Savepoint outer = connection.setSavepoint("a");
			insert(connection, 2);
			Savepoint middle = connection.setSavepoint("b");
			Savepoint inner = connection.setSavepoint("A");
			insert(connection, 3);
			connection.setSavepoint("a");
			connection.rollback(outer);
			assertRefused(connection, middle);
			assertRefused(connection, inner);
			insert(connection, 4);
			connection.setSavepoint("a");
			connection.releaseSavepoint(outer);
			assertRefused(connection, outer);
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,4");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void transactionsAreControlledBySql(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE);
			TestDatabase.execute(connection, "begin");
			assertThat(database.held()).isEqualTo("writer");
			insert(connection, 1);
			TestDatabase.execute(connection, "COMMIT TRANSACTION");
			database.assertNothingHeld();
			TestDatabase.execute(connection, "BEGIN IMMEDIATE");
			insert(connection, 2);
			TestDatabase.execute(connection, "ROLLBACK");
			database.assertNothingHeld();
			TestDatabase.execute(connection, "BEGIN");
			insert(connection, 3);
			TestDatabase.execute(connection, "SAVEPOINT s");
			insert(connection, 4);
			TestDatabase.execute(connection, "ROLLBACK TO S");
			TestDatabase.execute(connection, "RELEASE SAVEPOINT s");
			assertThat(database.held()).as("BEGIN has begun it, not the savepoint").isEqualTo("writer");
			insert(connection, 5);
			TestDatabase.execute(connection, "END");
			database.assertNothingHeld();
			TestDatabase.execute(connection, "BEGIN");
			insert(connection, 6);
			TestDatabase.execute(connection, "SAVEPOINT s");
			TestDatabase.execute(connection, "RELEASE s");
			TestDatabase.execute(connection, "ROLLBACK");
			assertThat(ids(database)).isEqualTo("1,3,5");
		}
	}

	@Test
	void savepointOutsideATransactionBeginsOne() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			TestDatabase.execute(connection, "SAVEPOINT a");
			insert(connection, 1);
			TestDatabase.execute(connection, "SAVEPOINT b");
			insert(connection, 2);
			TestDatabase.execute(connection, "RELEASE b");
			assertThat(database.held()).isEqualTo("writer");
			TestDatabase.execute(connection, "RELEASE a");
			database.assertNothingHeld();
			assertThat(ids(database)).isEqualTo("1,2");
		}
	}

	@Test
	void sqlAndMethodsControlTheSameTransaction() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			TestDatabase.execute(connection, "BEGIN");
			insert(connection, 1);
			connection.commit();
			database.assertNothingHeld();
			connection.setAutoCommit(false);
			insert(connection, 2);
			TestDatabase.execute(connection, "COMMIT");
			database.assertNothingHeld();
			insert(connection, 3);
			assertThat(database.held()).isEqualTo("writer");
			TestDatabase.execute(connection, "ROLLBACK");
			connection.commit();
			connection.setAutoCommit(true);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.execute(connection, "COMMIT"));
			TestDatabase.execute(connection, "BEGIN");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.execute(connection, "BEGIN"));
			insert(connection, 4);
			connection.rollback();
			assertThat(ids(database)).isEqualTo("1,2");
		}
	}

	@Test
	void readOnlyAndIsolationMayBeSetAtAnyTime() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			insert(connection, 1);
			connection.setReadOnly(true);
			connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
			assertThat(connection.isReadOnly()).isTrue();
			assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_UNCOMMITTED);
			insert(connection, 2);
			connection.commit();
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("2");
			assertThat(database.held()).isEqualTo("reader");
			connection.setReadOnly(false);
			assertThatExceptionOfType(SQLException.class).as("it began read-only")
				.isThrownBy(() -> insert(connection, 3))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			connection.rollback();
			insert(connection, 4);
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,2,4");
			for (int level : new int[] { Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ,
					Connection.TRANSACTION_SERIALIZABLE }) {
				connection.setTransactionIsolation(level);
				assertThat(connection.getTransactionIsolation()).isEqualTo(level);
			}
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> connection.setTransactionIsolation(Connection.TRANSACTION_NONE));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void statementsAfterSqlitesOwnRollbackFailUntilTheCallersRollback(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE, "INSERT INTO t VALUES (1)");
			connection.setAutoCommit(false);
			insert(connection, 2);
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "INSERT OR ROLLBACK INTO t VALUES (1)"));
			assertRolledBack(() -> insert(connection, 3));
			assertRolledBack(() -> TestDatabase.query(connection, "SELECT 1"));
			assertRolledBack(connection::setSavepoint);
			assertRolledBack(connection::commit);
			database.assertNothingHeld();
			assertThat(ids(database)).isEqualTo("1");
			insert(connection, 4);
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,4");
		}
	}

	private static void assertRolledBack(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40000"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void deferredForeignKeyFailsTheCommitWhichStoresNothing(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			database.execute(TABLE, "CREATE TABLE child (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
			connection.setAutoCommit(false);
			insert(connection, 1);
			TestDatabase.execute(connection, "INSERT INTO child VALUES (7)");
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class).isThrownBy(connection::commit)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("23503"));
			database.assertNothingHeld();
			connection.rollback();
			connection.setAutoCommit(true);
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> TestDatabase.query(connection, "INSERT INTO child VALUES (7) RETURNING t"));
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "INSERT INTO child VALUES (7)"));
			database.assertNothingHeld();
			assertThat(database.query("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM child)")).isEqualTo("0");
		}
	}

	@Test
	void constraintFailsTheStatementAndNotTheTransaction() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			insert(connection, 1);
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "INSERT INTO t VALUES (2), (1)"));
			insert(connection, 3);
			connection.commit();
			assertThat(ids(database)).isEqualTo("1,3");
		}
	}

	// main | outsider
	// -- | --
	// BEGIN; SELECT |
	// | INSERT; COMMIT
	// SELECT: as before |
	// COMMIT; SELECT: both |
	@Test
	void readOnlyTransactionHasOneSnapshot() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection reading = database.connection()) {
			database.execute(TABLE, "INSERT INTO t VALUES (1)");
			reading.setReadOnly(true);
			reading.setAutoCommit(false);
			String count = "SELECT count(*) FROM t";
			assertThat(TestDatabase.query(reading, count)).isEqualTo("1");
			database.execute("INSERT INTO t VALUES (2)");
			try (Connection outsider = database.outsider()) {
				TestDatabase.execute(outsider, "INSERT INTO t VALUES (3)");
			}
			assertThat(TestDatabase.query(reading, count)).isEqualTo("1");
			assertThat(database.query(count)).isEqualTo("3");
			reading.commit();
			assertThat(TestDatabase.query(reading, count)).isEqualTo("3");
		}
	}

	@Test
	void resultSetIsClosedByCommitAndSaysSo() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				PreparedStatement statement = connection.prepareStatement("VALUES (1), (2)")) {
			connection.setAutoCommit(false);
			ResultSet rows = statement.executeQuery();
			assertThat(rows.next()).isTrue();
			connection.commit();
			assertThat(rows.isClosed()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next)
				.withMessageContaining("closed")
				.withMessageContaining("transaction");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt(1));
			assertThat(statement.isClosed()).isFalse();
		}
	}

}
