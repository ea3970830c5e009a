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

package io.github.sqlitewal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.Function;

import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.OtherProcess;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteDatabase#close()}.
 */
@Timeout(120)
class SqliteDatabaseClosingTests {

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final List<CheckpointResult> checkpoints = Collections.synchronizedList(new ArrayList<>());

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	@Test
	void oneFileRemains() throws Exception {
		SqliteDatabase database = open(builder());
		insert(database, 1);
		assertThat(names()).containsExactlyInAnyOrder("app.db", "app.db-wal", "app.db-shm");
		database.close();
		assertThat(names()).containsExactly("app.db");
		assertThat(this.checkpoints).singleElement().satisfies((result) -> {
			assertThat(result.trigger()).isEqualTo(CheckpointTrigger.SHUTDOWN);
			assertThat(result.mode()).isEqualTo(CheckpointMode.TRUNCATE);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.RESET);
		});
		assertThat(stored()).containsExactly(1);
	}

	/*
	 * reader | closing thread SELECT of a function that | waits and cannot be |
	 * interrupted | | close(): gives up on it, returns the function returns | | (what is
	 * left is closed)
	 */
	@Test
	void functionThatCannotBeInterruptedDoesNotKeepTheCallerOfClose() throws Exception {
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch released = new CountDownLatch(1);
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(200))
			.customizer((connection, role) -> Function.create(connection, "block", new Function() {

				@Override
				protected void xFunc() throws SQLException {
					entered.countDown();
					boolean done = false;
					while (!done) {
						try {
							released.await();
							done = true;
						}
						catch (InterruptedException ex) {
							Thread.currentThread().interrupt();
						}
					}
					result(1);
				}

			})));
		insert(database, 1);
		try (Actor reader = Actor.named("reader")) {
			Future<Object> reading = reader.begins(() -> {
				try (Connection connection = database.dataSource().getConnection();
						Statement statement = connection.createStatement()) {
					return statement.executeQuery("SELECT block()").next();
				}
				catch (SQLException ex) {
					return ex;
				}
			});
			entered.await();
			database.close();
			assertThat(reading.isDone()).isFalse();
			released.countDown();
			Actor.result(reading);
		}
		Awaitility.await().untilAsserted(() -> assertThat(names()).containsExactly("app.db"));
		assertThat(stored()).containsExactly(1);
	}

	@Test
	void statisticsOfThePlannerAreRefreshed() throws Exception {
		SqliteDatabase database = open(builder());
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE INDEX i ON t (x)");
			statement.executeUpdate("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)"
					+ " INSERT INTO t SELECT n FROM c");
			statement.executeUpdate("UPDATE t SET x = x WHERE x = 7");
		}
		database.close();
		assertThat(PlainConnection.ask(file(), "SELECT count(*) FROM sqlite_stat1")).isNotEqualTo("0");
	}

	@Test
	void closingAgainDoesNothing() throws Exception {
		SqliteDatabase database = open(builder());
		database.close();
		database.close();
		assertThat(this.checkpoints).hasSize(1);
		assertThat(names()).containsExactly("app.db");
	}

	@Test
	void workAfterTheCloseIsRefused() throws Exception {
		SqliteDatabase database = open(builder());
		Connection before = database.dataSource().getConnection();
		database.close();
		for (Connection connection : List.of(before, database.dataSource().getConnection())) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> connection.createStatement().executeUpdate("INSERT INTO t VALUES (1)"))
				.withMessageContaining("clos");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> connection.createStatement().executeQuery("SELECT * FROM t"))
				.withMessageContaining("clos");
		}
		assertThat(names()).containsExactly("app.db");
	}

	// 8 writers closer
	// INSERT, again …
	// .............................. close
	// each call: stored, or an exception
	@ParameterizedTest
	@ValueSource(longs = { 10_000, 20 })
	void everyAcknowledgedRowIsInTheFileAndEveryOtherCallHasAnException(long timeout) throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(timeout)));
		Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
		Set<Integer> refused = new ConcurrentSkipListSet<>();
		CountDownLatch load = new CountDownLatch(200);
		List<Future<Boolean>> writers = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			int first = i * 1_000_000;
			writers.add(actor("writer-" + i).begins(() -> {
				for (int n = first;; n += 3) {
					List<Integer> rows = List.of(n, n + 1, n + 2);
					try {
						write(database, n, rows);
						acknowledged.addAll(rows);
						load.countDown();
					}
					catch (SQLException ex) {
						refused.addAll(rows);
						return true;
					}
				}
			}));
		}
		load.await();
		database.close();
		for (Future<Boolean> writer : writers) {
			assertThat(Actor.result(writer)).isTrue();
		}
		assertThat(names()).containsExactly("app.db");
		assertThat(refused).hasSize(24);
		assertThat(stored()).isEqualTo(new TreeSet<>(acknowledged));
	}

	/**
	 * As one batch, as one transaction, or with the rows returned, which all commit in a
	 * different place.
	 */
	private static void write(SqliteDatabase database, int n, List<Integer> rows) throws SQLException {
		try (Connection connection = database.dataSource().getConnection()) {
			if (n % 2 == 0) {
				try (PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
					for (int row : rows) {
						statement.setInt(1, row);
						statement.addBatch();
					}
					statement.executeBatch();
				}
			}
			else if (n % 5 == 0) {
				try (Statement statement = connection.createStatement();
						ResultSet returned = statement.executeQuery("INSERT INTO t VALUES (" + rows.get(0) + "), ("
								+ rows.get(1) + "), (" + rows.get(2) + ") RETURNING x")) {
					assertThat(returned.next()).isTrue();
				}
			}
			else {
				connection.setAutoCommit(false);
				try (Statement statement = connection.createStatement()) {
					for (int row : rows) {
						statement.executeUpdate("INSERT INTO t VALUES (" + row + ")");
					}
				}
				connection.commit();
			}
		}
	}

	// holder closer
	// BEGIN
	// INSERT
	// .............................. close: the deadline passes, ROLLBACK
	// COMMIT: refused
	@Test
	void transactionThatStaysOpenIsRolledBack() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(100)));
		insert(database, 1);
		Actor holder = actor("holder");
		Connection connection = holder.does(() -> begun(database, 2));
		database.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> holder.does(() -> {
			connection.commit();
			return null;
		})).withMessageContaining("closed");
		holder.does(() -> {
			connection.close();
			return null;
		});
		assertThat(stored()).containsExactly(1);
		assertThat(names()).containsExactly("app.db");
	}

	// holder closer
	// BEGIN
	// INSERT
	// .............................. close …
	// COMMIT
	// .............................. closed
	@Test
	void transactionThatEndsInTimeIsStored() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofSeconds(60)));
		Actor holder = actor("holder");
		Connection connection = holder.does(() -> begun(database, 2));
		Future<Boolean> closed = actor("closer").begins(() -> {
			database.close();
			return true;
		});
		await(() -> isRefused(database));
		assertThat(closed.isDone()).isFalse();
		holder.does(() -> {
			connection.commit();
			connection.close();
			return null;
		});
		assertThat(Actor.result(closed)).isTrue();
		assertThat(stored()).containsExactly(2);
		assertThat(names()).containsExactly("app.db");
	}

	// batch closer
	// INSERT 1
	// INSERT 2 …
	// .............................. close: the deadline passes, takes the connection …
	// … INSERT 2
	// INSERT 3 closed, sooner or later
	// COMMIT
	@Test
	void batchThatTheCloseEndsIsNotHalfStored() throws Exception {
		CountDownLatch inside = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		SqliteDatabase database = open(
				builder().shutdownTimeout(Duration.ofMillis(100)).customizer((connection, role) -> {
					if (role == ConnectionRole.WRITER) {
						Function.create(connection, "halfway", new Function() {

							@Override
							protected void xFunc() throws SQLException {
								if (value_int(0) == 2) {
									inside.countDown();
									awaitUninterruptibly(goOn);
								}
								result(value_int(0));
							}

						});
					}
				}));
		Future<int[]> batch = actor("batch").begins(() -> {
			try (Connection connection = database.dataSource().getConnection();
					PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (halfway(?))")) {
				for (int i = 1; i <= 4; i++) {
					statement.setInt(1, i);
					statement.addBatch();
				}
				return statement.executeBatch();
			}
		});
		inside.await();
		Actor closer = actor("closer");
		Future<Boolean> closed = closer.begins(() -> {
			database.close();
			return true;
		});
		await(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch(
					(thread) -> thread.getName().equals("sqlite-close") && thread.getState() == Thread.State.BLOCKED));
		goOn.countDown();
		boolean acknowledged;
		try {
			acknowledged = Actor.result(batch).length == 4;
		}
		catch (SQLException ex) {
			acknowledged = false;
		}
		assertThat(Actor.result(closed)).isTrue();
		Awaitility.await().untilAsserted(() -> assertThat(names()).containsExactly("app.db"));
		assertThat(stored()).isEqualTo(acknowledged ? Set.of(1, 2, 3, 4) : Set.of());
	}

	@Test
	void resultSetThatStaysOpenDoesNotKeepTheDatabaseOpen() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(100)));
		insert(database, 1);
		insert(database, 2);
		Connection connection = database.dataSource().getConnection();
		ResultSet rows = connection.createStatement().executeQuery("SELECT x FROM t");
		assertThat(rows.next()).isTrue();
		database.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next);
		connection.close();
		assertThat(names()).containsExactly("app.db");
	}

	@Test
	void queryThatNeverEndsDoesNotKeepTheDatabaseOpen() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		SqliteDatabase database = open(
				builder().shutdownTimeout(Duration.ofMillis(100)).customizer((connection, role) -> {
					Function.create(connection, "running", new Function() {

						@Override
						protected void xFunc() throws SQLException {
							running.countDown();
							result(1);
						}

					});
				}));
		Future<Boolean> query = actor("reader").begins(() -> {
			try (Connection connection = database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				return statement
					.executeQuery("WITH RECURSIVE c (n) AS (SELECT running() UNION ALL SELECT n + 1 FROM c)"
							+ " SELECT count(*) FROM c")
					.next();
			}
		});
		running.await();
		database.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(query));
		assertThat(names()).containsExactly("app.db");
	}

	// another process this process
	// BEGIN IMMEDIATE
	// .............................. close: TRUNCATE is busy, and given up
	// COMMIT
	@Test
	void otherProcessThatWritesDoesNotKeepTheDatabaseOpen() throws Exception {
		try (OtherProcess other = OtherProcess.start(file())) {
			SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(300)));
			insert(database, 1);
			other.execute("BEGIN IMMEDIATE").execute("INSERT INTO t VALUES (2)");
			database.close();
			assertThat(last().outcome()).isEqualTo(CheckpointOutcome.BUSY);
			other.execute("COMMIT");
		}
		assertThat(stored()).containsExactly(1, 2);
	}

	@Test
	void otherProcessThatReadsDoesNotKeepTheDatabaseOpen() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(300)));
		insert(database, 1);
		try (PlainConnection other = PlainConnection.to(file())) {
			assertThat(other.execute("BEGIN").query("SELECT count(*) FROM t")).isEqualTo("1");
			insert(database, 2);
			database.close();
			assertThat(last().isComplete()).isFalse();
			assertThat(other.query("SELECT count(*) FROM t")).as("its snapshot").isEqualTo("1");
		}
		SqliteDatabase again = open(builder());
		insert(again, 3);
		again.close();
		assertThat(stored()).containsExactly(1, 2, 3);
		assertThat(names()).containsExactly("app.db");
	}

	@Test
	void otherProcessThatLetsGoInTimeIsWaitedFor() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofSeconds(60)));
		insert(database, 1);
		PlainConnection other = PlainConnection.to(file());
		other.execute("BEGIN").query("SELECT count(*) FROM t");
		insert(database, 2);
		Future<Boolean> closed = actor("closer").begins(() -> {
			database.close();
			return true;
		});
		await(() -> this.checkpoints.stream().anyMatch((result) -> result.outcome() == CheckpointOutcome.BUSY));
		other.close();
		assertThat(Actor.result(closed)).isTrue();
		assertThat(last().outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(names()).containsExactly("app.db");
	}

	@Test
	void databaseInMemoryCloses() throws Exception {
		SqliteDatabase database = SqliteDatabase.builder(DatabaseLocation.memory()).open();
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (x)");
		}
		database.close();
		database.close();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> database.dataSource().getConnection().createStatement().executeQuery("SELECT 1"));
	}

	private SqliteDatabase.Builder builder() {
		return SqliteDatabase.builder(file()).readers(2).checkpointListener(this.checkpoints::add);
	}

	private SqliteDatabase open(SqliteDatabase.Builder builder) throws SQLException {
		SqliteDatabase database = builder.open();
		this.opened.add(database);
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER)");
		}
		return database;
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

	private CheckpointResult last() {
		return this.checkpoints.get(this.checkpoints.size() - 1);
	}

	private static void insert(SqliteDatabase database, int x) throws SQLException {
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t VALUES (" + x + ")");
		}
	}

	private static Connection begun(SqliteDatabase database, int x) throws SQLException {
		Connection connection = database.dataSource().getConnection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t VALUES (" + x + ")");
		}
		return connection;
	}

	/**
	 * Whether the database has begun to close: a write that asks now is refused, and does
	 * not wait.
	 */
	private static boolean isRefused(SqliteDatabase database) throws SQLException {
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			statement.executeUpdate("INSERT INTO t SELECT 99 WHERE false");
			return false;
		}
		catch (SQLException ex) {
			return ex.getMessage().contains("closing");
		}
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	private List<String> names() throws Exception {
		try (var files = Files.list(this.directory)) {
			return files.map((path) -> path.getFileName().toString()).toList();
		}
	}

	private Set<Integer> stored() throws SQLException {
		Set<Integer> stored = new TreeSet<>();
		String rows = PlainConnection.ask(file(), "SELECT group_concat(x) FROM t");
		if (rows != null) {
			for (String row : rows.split(",", -1)) {
				assertThat(stored.add(Integer.valueOf(row))).as("stored once: " + row).isTrue();
			}
		}
		return stored;
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		boolean interrupted = false;
		while (true) {
			try {
				latch.await();
				break;
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(condition);
	}

}
