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

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.BusyRetry;
import io.github.sqlitewal.pool.LockTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What one statement, or one connection, must not do to another.
 */
@Timeout(60)
class StatementsApartTests {

	@TempDir
	Path directory;

	private final RecordingRetry retry = new RecordingRetry();

	private SqliteDatabase database;

	private Connection connection;

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(file()).readers(2).busyRetry(this.retry).open();
		this.connection = this.database.dataSource().getConnection();
		execute(this.connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
		execute(this.connection, "INSERT INTO t (name) VALUES ('a'), ('b'), ('c')");
		this.retry.clear();
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
		this.database.close();
	}

	private Path file() {
		return this.directory.resolve("apart.db");
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static long number(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			assertThat(rows.next()).isTrue();
			return rows.getLong(1);
		}
	}

	/*
	 * statement A | statement B, on the same connection executeQuery, next | cancel
	 * (SQLite is at rest) | | INSERT: not touched next: cancelled |
	 */
	@Test
	void cancellingAResultSetThatIsAtRestLeavesTheTransactionAlone() throws SQLException {
		this.connection.setAutoCommit(false);
		execute(this.connection, "INSERT INTO t (name) VALUES ('d')");
		try (Statement a = this.connection.createStatement();
				ResultSet rows = a.executeQuery("SELECT * FROM t");
				Statement unread = this.connection.createStatement();
				ResultSet unreadRows = unread.executeQuery("SELECT * FROM t")) {
			assertThat(rows.next()).isTrue();
			a.cancel();
			unread.cancel();
			assertThatExceptionOfType(SQLException.class).isThrownBy(unreadRows::next);
			execute(this.connection, "INSERT INTO t (name) VALUES ('e')");
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		}
		this.connection.commit();
		assertThat(number(this.connection, "SELECT count(*) FROM t")).isEqualTo(5);
	}

	@Test
	void lastInsertRowidIsTheOneOfThisConnectionOrAnError() throws SQLException {
		execute(this.connection, "INSERT INTO t (id, name) VALUES (42, 'x')");
		assertThat(number(this.connection, "SELECT last_insert_rowid()")).isEqualTo(42);
		assertThat(number(this.connection, "select changes()")).isEqualTo(1);
		try (Connection other = this.database.dataSource().getConnection()) {
			execute(other, "INSERT INTO t (id, name) VALUES (43, 'y')");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> number(this.connection, "SELECT last_insert_rowid()"))
				.withMessageContaining("right after an INSERT of this connection");
			assertThat(number(other, "SELECT last_insert_rowid()")).isEqualTo(43);
		}
		assertThat(this.database.status().writer()).isNull();
	}

	/*
	 * this connection | another connection INSERT: 42 | | INSERT: 43 a write that inserts
	 * nothing| last_insert_rowid(): not 43 |
	 */
	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO t (name) VALUES ('a')", "UPDATE t SET name = name",
			"INSERT OR IGNORE INTO t (name) VALUES ('a')", "CREATE TABLE u (id INTEGER)",
			"BEGIN; UPDATE t SET name = name; COMMIT" })
	void theRowOfAnotherConnectionIsNeverTakenForOnesOwn(String write) throws SQLException {
		execute(this.connection, "INSERT INTO t (id, name) VALUES (42, 'x')");
		try (Connection other = this.database.dataSource().getConnection()) {
			execute(other, "INSERT INTO t (id, name) VALUES (43, 'y')");
		}
		try {
			execute(this.connection, write);
		}
		catch (SQLException ex) {
			assertThat(ex.getSQLState()).isEqualTo("23505");
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> number(this.connection, "SELECT last_insert_rowid()"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"));
	}

	/*
	 * this connection | another connection INSERT: 42 | | INSERT: 43, which is rolled
	 * back last_insert_rowid(): not 43 |
	 */
	@ParameterizedTest
	@ValueSource(strings = { "transaction", "batch" })
	void theRowOfATransactionThatWasRolledBackIsNeverTakenForOnesOwn(String kind) throws SQLException {
		execute(this.connection, "INSERT INTO t (id, name) VALUES (42, 'x')");
		try (Connection other = this.database.dataSource().getConnection();
				Statement statement = other.createStatement()) {
			if (kind.equals("batch")) {
				statement.addBatch("INSERT INTO t (id, name) VALUES (43, 'y')");
				statement.addBatch("INSERT INTO t (id, name) VALUES (42, 'z')");
				assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch);
			}
			else {
				other.setAutoCommit(false);
				statement.execute("INSERT INTO t (id, name) VALUES (43, 'y')");
				other.rollback();
			}
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> number(this.connection, "SELECT last_insert_rowid()"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"));
	}

	@Test
	void aWriterThatWasReplacedHasNoLastRow() throws SQLException {
		execute(this.connection, "INSERT INTO t (id, name) VALUES (42, 'x')");
		try (Connection other = this.database.dataSource().getConnection()) {
			execute(other, "PRAGMA recursive_triggers=ON");
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> number(this.connection, "SELECT last_insert_rowid()"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("55000"));
	}

	@Test
	void aTemporaryTableOfATransactionStaysForItsConnection() throws SQLException {
		this.connection.setAutoCommit(false);
		execute(this.connection, "CREATE TEMP TABLE mine (id INTEGER)");
		execute(this.connection, "INSERT INTO mine VALUES (1)");
		this.connection.commit();
		assertThat(number(this.connection, "SELECT count(*) FROM mine")).isEqualTo(1);
		this.connection.rollback();
		this.connection.close();
		assertThat(this.database.status().writer()).isNull();
		try (Connection other = this.database.dataSource().getConnection()) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> number(other, "SELECT count(*) FROM temp.mine"));
		}
	}

	@Test
	void whatAFailedStatementHasStoredIsSeenByItsConnection() throws SQLException {
		try (Statement reading = this.connection.createStatement();
				ResultSet open = reading.executeQuery("SELECT * FROM t")) {
			assertThat(open.next()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(
					() -> execute(this.connection, "INSERT OR FAIL INTO t (name) VALUES ('new'), ('a'), ('never')"));
			assertThat(number(this.connection, "SELECT count(*) FROM t")).isEqualTo(4);
		}
	}

	@Test
	void anOpenResultSetOfItsOwnIsNoOtherProcess() throws SQLException {
		// a session, so that both use one physical connection
		execute(this.connection, "PRAGMA recursive_triggers=ON");
		try (Statement reading = this.connection.createStatement();
				ResultSet open = reading.executeQuery("SELECT * FROM t")) {
			assertThat(open.next()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute(this.connection, "DROP TABLE t"))
				.isNotInstanceOf(LockTimeoutException.class);
		}
		assertThat(this.retry.retries).isZero();
	}

	@Test
	void onlyTheBeginOfATransactionCanBeTriedAgain() throws SQLException {
		this.connection.setAutoCommit(false);
		execute(this.connection, "INSERT INTO t (name) VALUES ('d')");
		assertThat(this.retry.deadlines).hasSize(1);
		execute(this.connection, "INSERT INTO t (name) VALUES ('e')");
		number(this.connection, "SELECT count(*) FROM t");
		this.connection.commit();
		assertThat(this.retry.deadlines).hasSize(1);
	}

	/*
	 * this thread | waiting thread has the writer | | asks for it (its deadline begins)
	 * sees that it waits | commits | | BEGIN, with what is left of that deadline
	 */
	@Test
	void theWaitInTheQueueAndTheWaitForOtherProcessesHaveOneDeadline() throws Exception {
		this.connection.setAutoCommit(false);
		execute(this.connection, "INSERT INTO t (name) VALUES ('d')");
		FutureTask<Void> waiting = new FutureTask<>(() -> {
			try (Connection other = this.database.dataSource().getConnection()) {
				other.setAutoCommit(false);
				execute(other, "INSERT INTO t (name) VALUES ('e')");
				other.commit();
			}
			return null;
		});
		new Thread(waiting, "waiting").start();
		Awaitility.await().until(() -> this.database.status().queuedWrites() == 1);
		long seen = System.nanoTime();
		this.connection.commit();
		waiting.get();
		assertThat(this.retry.deadlines).hasSize(2);
		assertThat(this.retry.startedNanos.get(1) - this.retry.elapsedNanos.get(1))
			.as("the deadline of BEGIN began before the wait was seen")
			.isLessThan(seen);
	}

	@Test
	void aCommitThatFailsInTheFileIsOfUnknownOutcome() {
		SQLException failure = LogicalTransaction
			.commitFailed(new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC));
		assertThat(failure.getSQLState()).isEqualTo("08007");
		assertThat(failure.getMessage()).contains("unknown");
		SQLException full = LogicalTransaction.commitFailed(new SQLiteException("full", SQLiteErrorCode.SQLITE_FULL));
		assertThat(full.getSQLState()).isEqualTo("53100");
	}

	@Test
	void aThreadThatIsInterruptedClosesTheDatabaseAllTheSame() throws Exception {
		execute(this.connection, "INSERT INTO t (name) VALUES ('d')");
		Thread.currentThread().interrupt();
		this.database.close();
		assertThat(Thread.interrupted()).isTrue();
		try (var files = Files.list(this.directory)) {
			assertThat(files).containsExactly(file());
		}
	}

	@Test
	void askingAPragmaForItsColumnsDoesNotRunIt() throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement("PRAGMA case_sensitive_like=ON")) {
			assertThat(statement.getMetaData()).isNull();
			assertThat(statement.getParameterMetaData().getParameterCount()).isZero();
		}
		List<Long> matches = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			matches.add(number(this.connection, "SELECT count(*) FROM t WHERE name LIKE 'A'"));
		}
		assertThat(matches).containsOnly(1L);
	}

	/**
	 * Runs each attempt once and remembers that it was asked to.
	 */
	private static final class RecordingRetry implements BusyRetry {

		private final List<Deadline> deadlines = new CopyOnWriteArrayList<>();

		private final List<Long> startedNanos = new CopyOnWriteArrayList<>();

		private final List<Long> elapsedNanos = new CopyOnWriteArrayList<>();

		private volatile int retries;

		private void clear() {
			this.deadlines.clear();
			this.startedNanos.clear();
			this.elapsedNanos.clear();
		}

		@Override
		public <T> T execute(Attempt<T> attempt, Deadline deadline) throws SQLException {
			this.deadlines.add(deadline);
			this.elapsedNanos.add(deadline.elapsed().toNanos());
			this.startedNanos.add(System.nanoTime());
			try {
				return attempt.run();
			}
			catch (SQLException ex) {
				if (ResultCodes.isBusy(ex)) {
					this.retries = this.retries + 1;
				}
				throw ex;
			}
		}

	}

}
