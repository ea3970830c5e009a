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

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.batch.SqliteBatch;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Connections, statements and result sets that the application drops without closing
 * them. Each is dropped by the end of the method that opened it.
 */
@Timeout(120)
class ForgottenTests {

	@TempDir
	Path directory;

	private final List<PinStatus> forgotten = Collections.synchronizedList(new ArrayList<>());

	private TestDatabase database;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory,
				(builder) -> builder.readers(2).batchMaxLatency(Duration.ofSeconds(1)).poolListener(listener()));
		prepare(this.database);
	}

	private static void prepare(TestDatabase database) throws SQLException {
		database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1), (2), (3)");
	}

	@AfterEach
	void close() {
		this.database.assertNothingHeld();
		this.database.close();
	}

	@Test
	void resultSetWithItsStatementAndItsConnection() throws Exception {
		WeakReference<?> dropped = new WeakReference<>(undrained(this.database.connection(), "SELECT id FROM t"));
		assertThat(this.database.held()).isEqualTo("reader");
		awaitCollected(dropped);
		check();
		this.database.assertNothingHeld();
		assertForgotten("SELECT id FROM t");
		assertWalCanStartOver();
	}

	@Test
	void resultSetWithItsStatementOfAConnectionThatIsInUse() throws Exception {
		try (Connection connection = this.database.connection()) {
			WeakReference<?> dropped = new WeakReference<>(undrained(connection, "SELECT id FROM t"));
			awaitCollected(dropped);
			assertThat(this.database.held()).isEqualTo("reader");
			check();
			this.database.assertNothingHeld();
			assertForgotten("SELECT id FROM t");
			assertWalCanStartOver();
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("3");
		}
	}

	@Test
	void resultSetBesideOneThatIsInUse() throws Exception {
		try (Connection connection = this.database.connection();
				ResultSet used = undrained(connection, "SELECT id FROM t ORDER BY id")) {
			WeakReference<?> dropped = new WeakReference<>(undrained(connection, "SELECT id + 1 FROM t"));
			awaitCollected(dropped);
			check();
			assertThat(this.forgotten).isEmpty();
			assertThat(used.next()).isTrue();
			assertThat(used.getInt(1)).isEqualTo(2);
		}
		// closing the connection has closed both
		this.database.assertNothingHeld();
		assertWalCanStartOver();
	}

	@Test
	void resultSetInATransactionThatGoesOn() throws Exception {
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "INSERT INTO t VALUES (4)");
			WeakReference<?> dropped = new WeakReference<>(undrained(connection, "SELECT id FROM t"));
			awaitCollected(dropped);
			check();
			assertThat(this.database.held()).isEqualTo("writer");
			connection.commit();
			this.database.assertNothingHeld();
			assertWalCanStartOver();
		}
		assertThat(this.forgotten).isEmpty();
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("4");
	}

	@Test
	void connectionInAReadOnlyTransaction() throws Exception {
		awaitCollected(begun(this.database, true, "SELECT count(*) FROM t"));
		assertThat(this.database.held()).isEqualTo("reader");
		check();
		this.database.assertNothingHeld();
		assertForgotten("SELECT count(*) FROM t");
		assertWalCanStartOver();
	}

	@Test
	void connectionInATransactionThatHasWritten() throws Exception {
		awaitCollected(begun(this.database, false, "INSERT INTO t VALUES (4)"));
		Running waiter = Running.of(() -> {
			this.database.execute("INSERT INTO t VALUES (5)");
			return true;
		});
		waiter.untilQueued(this.database);
		check();
		waiter.join();
		assertForgotten("INSERT INTO t VALUES (4)");
		assertThat(this.database.query("SELECT group_concat(id) FROM t")).isEqualTo("1,2,3,5");
	}

	@Test
	void connectionWithAChangedState() throws Exception {
		awaitCollected(new WeakReference<>(withTemporaryTable()));
		assertThat(this.database.held()).isEqualTo("writer");
		check();
		this.database.assertNothingHeld();
		assertThat(this.forgotten).hasSize(1);
		assertThat(this.database.query("SELECT count(*) FROM sqlite_temp_schema")).isEqualTo("0");
	}

	@Test
	void connectionOfADatabaseInMemory() throws Exception {
		try (TestDatabase memory = TestDatabase.inMemory()) {
			prepare(memory);
			awaitCollected(begun(memory, false, "INSERT INTO t VALUES (4)"));
			memory.dataSource().pool().checkLeases();
			memory.assertNothingHeld();
			assertThat(memory.query("SELECT count(*) FROM t")).isEqualTo("3");
			// its cursors too: SQLite refuses this while one is open
			memory.execute("DROP TABLE t");
		}
	}

	@Test
	void connectionThatOnlyAThreadThatHasEndedRefersTo() throws Exception {
		awaitCollected(ofAThread(), this::check);
		check();
		this.database.assertNothingHeld();
		assertThat(this.forgotten).hasSize(1)
			.first()
			.satisfies((pin) -> assertThat(pin.thread()).isEqualTo("worker (ended)"));
	}

	@Test
	void nothingThatIsReachedThroughAResultSet() throws Exception {
		try (ResultSet rows = undrained(this.database.connection(), "SELECT id FROM t ORDER BY id")) {
			collect();
			check();
			assertThat(rows.next()).isTrue();
			assertThat(rows.getInt(1)).isEqualTo(2);
			collect();
			check();
			rows.getStatement().getConnection().close();
		}
		assertThat(this.forgotten).isEmpty();
	}

	@Test
	void nothingThatIsReachedThroughAStatement() throws Exception {
		try (Statement statement = undrained(this.database.connection(), "SELECT id FROM t ORDER BY id")
			.getStatement()) {
			collect();
			check();
			assertThat(statement.getResultSet().next()).isTrue();
			assertThat(statement.getResultSet().getInt(1)).isEqualTo(2);
		}
		assertThat(this.forgotten).isEmpty();
	}

	@Test
	void nothingThatIsReachedThroughAConnectionInATransaction() throws Exception {
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "INSERT INTO t VALUES (4)");
			collect();
			check();
			connection.commit();
		}
		assertThat(this.forgotten).isEmpty();
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("4");
	}

	@Test
	void batchWhoseLastOperationFailed() throws Exception {
		awaitCollected(new WeakReference<>(failedBatch()));
		assertThat(this.database.held()).isEqualTo("writer");
		check();
		this.database.assertNothingHeld();
		assertForgotten("INSERT INTO t VALUES (1)");
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("3");
	}

	// what is pending is committed when its time has come
	@Test
	void batchWhoseTimerRuns() throws Exception {
		WeakReference<?> dropped = new WeakReference<>(pendingBatch());
		Awaitility.await().until(() -> this.database.held().isEmpty());
		awaitCollected(dropped);
		check();
		assertThat(this.forgotten).isEmpty();
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("4");
	}

	private SqliteBatch failedBatch() throws SQLException {
		SqliteBatch batch = pendingBatch();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch.update("INSERT INTO t VALUES (1)"));
		return batch;
	}

	private SqliteBatch pendingBatch() throws SQLException {
		SqliteBatch batch = this.database.database().batchWriter().open();
		batch.update("INSERT INTO t VALUES (4)");
		return batch;
	}

	private static ResultSet undrained(Connection connection, String sql) throws SQLException {
		ResultSet rows = connection.createStatement().executeQuery(sql);
		assertThat(rows.next()).isTrue();
		return rows;
	}

	private static WeakReference<?> begun(TestDatabase database, boolean readOnly, String sql) throws SQLException {
		Connection connection = database.connection();
		connection.setReadOnly(readOnly);
		connection.setAutoCommit(false);
		undrained(connection, "SELECT id FROM t");
		connection.createStatement().execute(sql);
		return new WeakReference<>(connection);
	}

	private Connection withTemporaryTable() throws SQLException {
		Connection connection = this.database.connection();
		TestDatabase.execute(connection, "CREATE TEMP TABLE scratch (x)");
		return connection;
	}

	/**
	 * The thread is the owner of the lease, and its field is all that refers to the
	 * connection.
	 */
	private WeakReference<?> ofAThread() throws Exception {
		Worker worker = new Worker(this.database.connection());
		worker.setName("worker");
		worker.start();
		worker.join();
		return new WeakReference<>(worker.connection);
	}

	private void check() {
		this.database.dataSource().pool().checkLeases();
	}

	private static void awaitCollected(WeakReference<?> dropped) {
		awaitCollected(dropped, () -> {
		});
	}

	private static void awaitCollected(WeakReference<?> dropped, Runnable each) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(1)).until(() -> {
			each.run();
			System.gc();
			return dropped.get() == null;
		});
	}

	/**
	 * A garbage collection that has cleared a reference to something that was dropped
	 * just before.
	 */
	private static void collect() {
		awaitCollected(new WeakReference<>(new Object()));
	}

	private void assertForgotten(String sql) {
		assertThat(this.forgotten).hasSize(1).first().satisfies((pin) -> {
			assertThat(pin.sql()).isEqualTo(sql);
			assertThat(pin.thread()).isEqualTo(Thread.currentThread().getName());
		});
	}

	private void assertWalCanStartOver() throws SQLException {
		try (Connection outsider = this.database.outsider()) {
			assertThat(TestDatabase.query(outsider, "PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("0|0|0");
		}
	}

	private PoolListener listener() {
		return new PoolListener() {

			@Override
			public void leaseForgotten(PinStatus lease) {
				ForgottenTests.this.forgotten.add(lease);
			}

		};
	}

	private static final class Worker extends Thread {

		private final Connection connection;

		private Worker(Connection connection) {
			this.connection = connection;
		}

		@Override
		public void run() {
			try {
				this.connection.setAutoCommit(false);
				undrained(this.connection, "SELECT id FROM t");
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
