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
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.sqlitewal.pool.LockTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What ends a statement from outside: its timeout, {@link Statement#cancel()} and an
 * interrupt of its thread.
 */
class TimeoutAndCancelTests {

	private static final String TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)";

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void timeoutStopsAQueryThatRuns(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			assertThatExceptionOfType(SQLTimeoutException.class)
				.isThrownBy(() -> statement.executeQuery(TestDatabase.ENDLESS))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
			assertThat(TestDatabase.query(connection, "SELECT 1")).isEqualTo("1");
			database.assertNothingHeld();
		}
	}

	@Test
	void timeoutStopsNext() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			ResultSet rows = statement.executeQuery("SELECT 1 UNION ALL SELECT (" + TestDatabase.ENDLESS + ")");
			assertThat(rows.next()).isTrue();
			assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(rows::next);
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next);
			statement.close();
			database.assertNothingHeld();
		}
	}

	@Test
	void timeoutDoesNotCountTheTimeOfTheCaller() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			try (ResultSet rows = statement.executeQuery(
					"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT n FROM c")) {
				assertThat(rows.next()).isTrue();
				// the caller takes longer than the timeout
				long end = System.nanoTime() + Duration.ofMillis(1200).toNanos();
				while (System.nanoTime() < end) {
					LockSupport.parkNanos(end - System.nanoTime());
				}
				int count = 1;
				while (rows.next()) {
					count++;
				}
				assertThat(count).isEqualTo(100_000);
			}
		}
	}

	@Test
	void timeoutOfOneStatementIsNotThatOfTheNext() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement limited = connection.createStatement();
				Statement unlimited = connection.createStatement()) {
			connection.setAutoCommit(false);
			limited.setQueryTimeout(1);
			assertThatExceptionOfType(SQLTimeoutException.class)
				.isThrownBy(() -> limited.executeQuery(TestDatabase.ENDLESS));
			try (ResultSet rows = unlimited
				.executeQuery("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
						+ " WHERE n < 1000000) SELECT count(*) FROM c")) {
				assertThat(rows.next()).isTrue();
				assertThat(rows.getInt(1)).isEqualTo(1_000_000);
			}
		}
	}

	@Test
	void timeoutOfAWriteRollsTheTransactionBack() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE);
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "INSERT INTO t VALUES (1, 'a')");
			try (Statement statement = connection.createStatement()) {
				statement.setQueryTimeout(1);
				assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(
						() -> statement.executeUpdate("INSERT INTO t SELECT 2, (" + TestDatabase.ENDLESS + ")"));
			}
			assertThatExceptionOfType(SQLTransactionRollbackException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "INSERT INTO t VALUES (3, 'c')"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40000"));
			connection.rollback();
			TestDatabase.execute(connection, "INSERT INTO t VALUES (4, 'd')");
			connection.commit();
			assertThat(database.query("SELECT group_concat(id) FROM t")).isEqualTo("4");
		}
	}

	// main | other
	// -- | --
	// BEGIN IMMEDIATE |
	// | INSERT with a timeout of 1 s waits for the writer
	// | SQLTimeoutException
	@Test
	void timeoutBoundsTheWaitForTheWriter() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection holder = database.connection()) {
			database.execute(TABLE);
			holder.setAutoCommit(false);
			TestDatabase.execute(holder, "INSERT INTO t VALUES (1, 'a')");
			Running waiting = Running.of(() -> {
				try (Connection connection = database.connection();
						PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (2, 'b')")) {
					statement.setQueryTimeout(1);
					return statement.executeUpdate();
				}
			});
			assertThat(waiting.failure()).isInstanceOf(SQLTimeoutException.class);
			assertThat(database.status().queuedWrites()).isZero();
			holder.commit();
			database.assertNothingHeld();
		}
	}

	@Test
	void lockTimeoutIsNoQueryTimeoutAndNamesTheHolder() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.lockTimeout(Duration.ofMillis(50))); Connection holder = database.connection()) {
			database.execute(TABLE);
			holder.setAutoCommit(false);
			TestDatabase.execute(holder, "INSERT INTO t VALUES (1, 'a')");
			Running waiting = Running.of(() -> {
				try (Connection connection = database.connection();
						Statement statement = connection.createStatement()) {
					statement.setQueryTimeout(30);
					return statement.executeUpdate("INSERT INTO t VALUES (2, 'b')");
				}
			});
			assertThat(waiting.failure()).isInstanceOf(LockTimeoutException.class)
				.hasMessageContaining("INSERT INTO t VALUES (1, 'a')")
				.hasMessageContaining(Thread.currentThread().getName());
		}
	}

	// main | other
	// -- | --
	// | SELECT that never ends
	// cancel() |
	// | SQLTransientException
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void cancelStopsAStatementThatRuns(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			Running running = Running.of(() -> statement.executeQuery(TestDatabase.ENDLESS));
			running.until(() -> !database.held().isEmpty());
			cancelUntilDone(statement, running);
			assertCancelled(running);
			database.assertNothingHeld();
			assertThat(TestDatabase.query(connection, "SELECT 1")).isEqualTo("1");
		}
	}

	// SQLite forgets an interrupt that comes between its lease and its first step
	private static void cancelUntilDone(Statement statement, Running running) throws Exception {
		while (!running.isDone()) {
			statement.cancel();
			Thread.onSpinWait();
		}
	}

	private static void assertCancelled(Running running) {
		assertThat(running.failure()).isInstanceOf(SQLTransientException.class)
			.isNotInstanceOf(SQLTimeoutException.class)
			.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("57014"));
	}

	// main | other
	// -- | --
	// BEGIN IMMEDIATE |
	// | INSERT waits for the writer
	// cancel() |
	// | SQLTransientException
	@Test
	void cancelEndsTheWaitForTheWriter() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection holder = database.connection();
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			database.execute(TABLE);
			holder.setAutoCommit(false);
			TestDatabase.execute(holder, "INSERT INTO t VALUES (1, 'a')");
			Running waiting = Running.of(() -> statement.executeUpdate("INSERT INTO t VALUES (2, 'b')"));
			waiting.untilQueued(database);
			statement.cancel();
			assertCancelled(waiting);
			holder.commit();
			database.assertNothingHeld();
			assertThat(statement.executeUpdate("INSERT INTO t VALUES (3, 'c')")).isEqualTo(1);
			assertThat(database.query("SELECT group_concat(id) FROM t")).isEqualTo("1,3");
		}
	}

	// outsider | other
	// -- | --
	// BEGIN IMMEDIATE |
	// | write polls for the lock
	// | (main: cancel()) SQLTransientException
	// COMMIT |
	@ParameterizedTest
	@ValueSource(strings = { "autocommit", "transaction", "keys", "returning", "batch" })
	void cancelEndsTheWaitForAnotherProcess(String how) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection outsider = database.outsider();
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			database.execute(TABLE);
			TestDatabase.execute(outsider, "BEGIN IMMEDIATE");
			Running waiting = Running.of(() -> {
				String sql = "INSERT INTO t (name) VALUES ('a')";
				return switch (how) {
					case "transaction" -> {
						connection.setAutoCommit(false);
						yield statement.executeUpdate(sql);
					}
					case "keys" -> statement.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
					case "returning" -> statement.executeQuery(sql + " RETURNING id");
					case "batch" -> {
						statement.addBatch(sql);
						yield statement.executeBatch();
					}
					default -> statement.executeUpdate(sql);
				};
			});
			waiting.untilWriting(database);
			statement.cancel();
			assertCancelled(waiting);
			database.assertNothingHeld();
			TestDatabase.execute(outsider, "COMMIT");
			assertThat(statement.executeUpdate("INSERT INTO t VALUES (3, 'c')")).isEqualTo(1);
		}
	}

	// outsider | other
	// -- | --
	// BEGIN IMMEDIATE |
	// | write polls for the lock
	// | (main: interrupt()) SQLTransientException
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void interruptEndsTheWaitForAnotherProcess(boolean transaction) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection outsider = database.outsider();
				Connection connection = database.connection()) {
			database.execute(TABLE);
			TestDatabase.execute(outsider, "BEGIN IMMEDIATE");
			connection.setAutoCommit(!transaction);
			Running waiting = Running.of(() -> TestDatabase.execute(connection, "INSERT INTO t VALUES (1, 'a')"));
			waiting.untilWriting(database);
			waiting.thread().interrupt();
			assertCancelled(waiting);
			database.assertNothingHeld();
		}
	}

	@Test
	void cancelOfAnIdleStatementHasNoEffectOnTheNext() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.cancel();
			assertThat(statement.execute(TABLE)).isFalse();
			statement.cancel();
			assertThat(statement.executeUpdate("INSERT INTO t VALUES (1, 'a')")).isEqualTo(1);
			connection.setAutoCommit(false);
			assertThat(statement.executeUpdate("INSERT INTO t VALUES (2, 'b')")).isEqualTo(1);
			statement.cancel();
			connection.commit();
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("2");
		}
	}

	// one | two, on the same reader, because there is one only
	// -- | --
	// SELECT; close() |
	// | SELECT
	// cancel() |
	// | next(), next(), ... to the last row
	@Test
	void lateCancelDoesNotReachTheNextUserOfTheConnection() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory, (builder) -> builder.readers(1));
				Connection one = database.connection();
				Connection two = database.connection();
				Statement first = one.createStatement();
				Statement second = two.createStatement()) {
			first.executeQuery("SELECT 1").close();
			try (ResultSet rows = second.executeQuery("VALUES (1), (2), (3)")) {
				assertThat(rows.next()).isTrue();
				first.cancel();
				assertThat(rows.next()).isTrue();
				first.cancel();
				assertThat(rows.next()).isTrue();
				assertThat(rows.next()).isFalse();
			}
		}
	}

	// one | other
	// -- | --
	// many short writes | cancel() all the time
	// two: many short writes, of which none may fail
	@Test
	void cancelsInARaceReachOnlyTheirOwnStatement() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection one = database.connection();
				Connection two = database.connection();
				Statement cancelled = one.createStatement();
				Statement untouched = two.createStatement()) {
			database.execute(TABLE);
			CountDownLatch done = new CountDownLatch(1);
			Running cancelling = Running.of(() -> {
				int count = 0;
				while (done.getCount() > 0) {
					cancelled.cancel();
					count++;
				}
				return count;
			});
			Running one2 = Running.of(() -> {
				int stored = 0;
				for (int i = 0; i < 500; i++) {
					try {
						stored += cancelled.executeUpdate("INSERT INTO t (name) VALUES ('one')");
					}
					catch (SQLTransientException ex) {
						assertThat(ex.getSQLState()).isEqualTo("57014");
					}
				}
				return stored;
			});
			for (int i = 0; i < 500; i++) {
				assertThat(untouched.executeUpdate("INSERT INTO t (name) VALUES ('two')")).isEqualTo(1);
			}
			Object stored = one2.join();
			done.countDown();
			cancelling.join();
			assertThat(database.query("SELECT count(*) FROM t WHERE name = 'two'")).isEqualTo("500");
			assertThat(database.query("SELECT count(*) FROM t WHERE name = 'one'")).isEqualTo(stored.toString());
			database.assertNothingHeld();
		}
	}

}
