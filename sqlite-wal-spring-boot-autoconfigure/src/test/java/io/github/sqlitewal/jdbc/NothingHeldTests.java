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
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * A logical connection holds a physical one while a transaction runs, or a single
 * statement outside one, and at no other time.
 */
class NothingHeldTests {

	private static final String TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)";

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void byAnIdleConnection(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement();
				PreparedStatement prepared = connection.prepareStatement("SELECT ?")) {
			prepared.setInt(1, 1);
			connection.setReadOnly(true);
			connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
			assertThat(statement.isClosed()).isFalse();
			database.assertNothingHeld();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void afterStatementsOutsideATransaction(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.execute(TABLE);
			database.assertNothingHeld();
			statement.executeUpdate("INSERT INTO t (name) VALUES ('a')");
			database.assertNothingHeld();
			ResultSet returned = statement.executeQuery("INSERT INTO t (name) VALUES ('b') RETURNING id");
			database.assertNothingHeld();
			assertThat(returned.next()).isTrue();
			assertThat(returned.getInt(1)).isEqualTo(2);
			statement.executeUpdate("INSERT INTO t (name) VALUES ('c')", Statement.RETURN_GENERATED_KEYS);
			database.assertNothingHeld();
			try (ResultSet rows = statement.executeQuery("SELECT * FROM t")) {
				assertThat(rows.next()).isTrue();
				assertThat(database.held()).isEqualTo(memory ? "" : "reader");
			}
			database.assertNothingHeld();
			statement.addBatch("INSERT INTO t (name) VALUES ('d')");
			statement.executeBatch();
			database.assertNothingHeld();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void betweenTransactions(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			statement.execute(TABLE);
			connection.setAutoCommit(false);
			database.assertNothingHeld();
			statement.executeUpdate("INSERT INTO t (name) VALUES ('a')");
			assertThat(database.held()).isEqualTo("writer");
			connection.commit();
			database.assertNothingHeld();
			statement.executeQuery("SELECT * FROM t");
			assertThat(database.held()).as("a transaction that is not read-only").isEqualTo("writer");
			connection.rollback();
			database.assertNothingHeld();
			connection.setReadOnly(true);
			statement.executeQuery("SELECT * FROM t");
			assertThat(database.held()).isEqualTo(memory ? "writer" : "reader");
			connection.commit();
			database.assertNothingHeld();
			statement.executeQuery("SELECT * FROM t");
			connection.setAutoCommit(true);
			database.assertNothingHeld();
		}
	}

	@Test
	void byAQuestionAboutTheConnectionBeforeTheFirstStatement() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			connection.setAutoCommit(false);
			assertThat(connection.isValid(1)).isTrue();
			database.assertNothingHeld();
			try (ResultSet tables = connection.getMetaData().getTables(null, null, "%", null)) {
				database.assertNothingHeld();
			}
			connection.getMetaData().getDatabaseProductName();
			database.assertNothingHeld();
			try (PreparedStatement statement = connection.prepareStatement("SELECT ?")) {
				statement.getMetaData();
				database.assertNothingHeld();
				statement.getParameterMetaData().getParameterCount();
				database.assertNothingHeld();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void afterCloseWithEverythingOpen(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory)) {
			database.execute(TABLE, "INSERT INTO t (name) VALUES ('a'), ('b')");
			Connection reading = database.connection();
			reading.createStatement().executeQuery("SELECT * FROM t").next();
			reading.createStatement().executeQuery("SELECT * FROM t").next();
			reading.close();
			database.assertNothingHeld();
			Connection writing = database.connection();
			writing.setAutoCommit(false);
			writing.createStatement().executeUpdate("INSERT INTO t (name) VALUES ('c')");
			ResultSet rows = writing.createStatement().executeQuery("SELECT * FROM t");
			rows.next();
			writing.setSavepoint();
			writing.close();
			database.assertNothingHeld();
			assertThat(rows.isClosed()).isTrue();
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("2");
		}
	}

	@Test
	void afterTheStatementOfAResultSetIsClosedOrRunAgain() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			ResultSet rows = statement.executeQuery("VALUES (1), (2)");
			rows.next();
			statement.executeUpdate(TABLE);
			database.assertNothingHeld();
			assertThat(rows.isClosed()).isTrue();
			statement.executeQuery("VALUES (1), (2)").next();
			statement.close();
			database.assertNothingHeld();
			statement.close();
		}
	}

	@Test
	void afterAbort() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			database.execute(TABLE);
			Connection writing = database.connection();
			writing.setAutoCommit(false);
			writing.createStatement().executeUpdate("INSERT INTO t (name) VALUES ('a')");
			writing.abort(Runnable::run);
			database.assertNothingHeld();
			assertThat(writing.isClosed()).isTrue();
			Connection reading = database.connection();
			reading.createStatement().executeQuery("VALUES (1), (2)").next();
			reading.abort(Runnable::run);
			database.assertNothingHeld();
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	// main | other
	// -- | --
	// | SELECT that never ends
	// abort() |
	// | SQLException
	@Test
	void afterAbortOfARunningStatementOutsideATransaction() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			Connection connection = database.connection();
			Running running = Running.of(() -> connection.createStatement().execute(TestDatabase.ENDLESS));
			running.untilReading(database);
			connection.abort(Runnable::run);
			assertThat(connection.isClosed()).isTrue();
			assertThat(running.failure()).isInstanceOf(SQLException.class);
			database.assertNothingHeld();
		}
	}

	// main | other
	// BEGIN IMMEDIATE |
	// | INSERT waits for the writer
	// abort() of other's |
	// | SQLException
	// COMMIT |
	@Test
	void afterAbortOfAStatementThatWaits() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection holder = database.connection()) {
			database.execute(TABLE);
			holder.setAutoCommit(false);
			holder.createStatement().executeUpdate("INSERT INTO t (name) VALUES ('a')");
			Connection connection = database.connection();
			Running running = Running
				.of(() -> connection.createStatement().executeUpdate("INSERT INTO t (name) VALUES ('b')"));
			running.untilQueued(database);
			connection.abort(Runnable::run);
			assertThat(running.failure()).isInstanceOf(SQLException.class);
			assertThat(database.status().queuedWrites()).isZero();
			holder.commit();
			database.assertNothingHeld();
			assertThat(database.query("SELECT group_concat(name) FROM t")).isEqualTo("a");
		}
	}

	@Test
	void abortMarksTheConnectionClosedBeforeItsResourcesAreReleased() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			CountDownLatch executed = new CountDownLatch(1);
			Connection connection = database.connection();
			connection.setAutoCommit(false);
			connection.createStatement().executeQuery("VALUES (1)");
			Runnable[] release = new Runnable[1];
			connection.abort((task) -> {
				release[0] = task;
				executed.countDown();
			});
			assertThat(executed.getCount()).isZero();
			assertThat(connection.isClosed()).isTrue();
			release[0].run();
			database.assertNothingHeld();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> database.connection().abort(null));
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("failures")
	void afterAFailureOutsideATransaction(String name, Failing failing) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE, "INSERT INTO t VALUES (1, 'a')");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> failing.on(connection));
			assertThat(Thread.interrupted()).isEqualTo(name.equals("interrupted"));
			database.assertNothingHeld();
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("1");
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("failures")
	void afterAFailureAndTheRollbackOfItsTransaction(String name, Failing failing) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute(TABLE, "INSERT INTO t VALUES (1, 'a')");
			connection.setAutoCommit(false);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> failing.on(connection));
			Thread.interrupted();
			connection.rollback();
			database.assertNothingHeld();
			connection.setAutoCommit(true);
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("1");
		}
	}

	static Stream<Arguments> failures() {
		return Stream.of(
				failing("syntax of a read", (connection) -> connection.createStatement().executeQuery("SELECT FROM")),
				failing("syntax of a write", (connection) -> connection.createStatement().executeUpdate("INSERT IN")),
				failing("no such table", (connection) -> connection.createStatement().executeQuery("SELECT * FROM x")),
				failing("unique",
						(connection) -> connection.createStatement().executeUpdate("INSERT INTO t VALUES (2, 'a')")),
				failing("unique with keys",
						(connection) -> connection.createStatement()
							.executeUpdate("INSERT INTO t VALUES (2, 'a')", Statement.RETURN_GENERATED_KEYS)),
				failing("unique with RETURNING",
						(connection) -> connection.createStatement()
							.executeQuery("INSERT INTO t VALUES (2, 'a') RETURNING id")),
				failing("unique in the second of two rows",
						(connection) -> connection.createStatement()
							.executeUpdate("INSERT INTO t VALUES (2, 'b'), (3, 'a')")),
				failing("too few parameters",
						(connection) -> connection.prepareStatement("INSERT INTO t VALUES (?, 'b')").executeUpdate()),
				failing("too few parameters of a read",
						(connection) -> connection.prepareStatement("SELECT ?").executeQuery()),
				failing("too many parameters", (connection) -> {
					PreparedStatement statement = connection.prepareStatement("SELECT 1");
					statement.setInt(1, 1);
					statement.executeQuery();
				}),
				failing("rows by executeUpdate",
						(connection) -> connection.createStatement().executeUpdate("SELECT 1")),
				failing("no rows by executeQuery",
						(connection) -> connection.createStatement().executeQuery("DELETE FROM t")),
				failing("no rows of DDL by executeQuery",
						(connection) -> connection.createStatement().executeQuery("DROP TABLE t")),
				failing("several prepared statements",
						(connection) -> connection.prepareStatement("SELECT 1; SELECT 2").executeQuery()),
				failing("column that does not exist", (connection) -> {
					try (ResultSet rows = connection.createStatement().executeQuery("SELECT 1")) {
						rows.next();
						rows.getInt(2);
					}
				}), failing("batch", (connection) -> {
					Statement statement = connection.createStatement();
					statement.addBatch("INSERT INTO t VALUES (2, 'b')");
					statement.addBatch("INSERT INTO t VALUES (3, 'a')");
					statement.executeBatch();
				}), failing("timeout", (connection) -> {
					Statement statement = connection.createStatement();
					statement.setQueryTimeout(1);
					statement.executeQuery(TestDatabase.ENDLESS);
				}), failing("timeout of a write", (connection) -> {
					Statement statement = connection.createStatement();
					statement.setQueryTimeout(1);
					statement.executeUpdate("INSERT INTO t SELECT 2, (" + TestDatabase.ENDLESS + ")");
				}), failing("error in a function while rows are read", (connection) -> {
					try (ResultSet rows = connection.createStatement()
						.executeQuery("SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))")) {
						rows.next();
						rows.next();
					}
				}),
				failing("meta data of nonsense", (connection) -> connection.prepareStatement("NONSENSE").getMetaData()),
				failing("interrupted", (connection) -> {
					Connection holder = ((LogicalConnection) connection).dataSource().getConnection();
					CountDownLatch held = new CountDownLatch(1);
					CountDownLatch done = new CountDownLatch(1);
					Running running = Running.of(() -> {
						holder.setAutoCommit(false);
						holder.createStatement().executeQuery("SELECT * FROM t");
						held.countDown();
						done.await();
						holder.close();
						return null;
					});
					held.await();
					try {
						Thread.currentThread().interrupt();
						connection.createStatement().executeUpdate("INSERT INTO t VALUES (2, 'b')");
					}
					finally {
						boolean interrupted = Thread.interrupted();
						done.countDown();
						running.join();
						if (interrupted) {
							Thread.currentThread().interrupt();
						}
					}
				}));
	}

	private static Arguments failing(String name, Failing failing) {
		return arguments(name, failing);
	}

	@FunctionalInterface
	interface Failing {

		void on(Connection connection) throws Exception;

	}

}
