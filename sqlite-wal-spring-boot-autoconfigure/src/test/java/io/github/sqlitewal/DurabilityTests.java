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

import java.io.IOException;
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
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.sqlitewal.batch.SqliteBatch;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.WalFile;
import io.github.sqlitewal.pool.WritesRefusedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a commit waits for, on every way that commits.
 */
@Timeout(120)
class DurabilityTests {

	private static final IOException PROBLEM = new IOException("Input/output error");

	@TempDir
	Path directory;

	private final ScriptedWal wal = new ScriptedWal();

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		this.wal.releaseAll();
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	/*-
	 * a                  the disk        b
	 * (writes, commits)
	 * gives back
	 *                    sync begins
	 *                                    sees what a has written
	 *                                    BEGIN IMMEDIATE, ROLLBACK
	 *                    sync ends
	 * returns
	 */
	@ParameterizedTest
	@EnumSource
	void commitReturnsAfterASyncAndTheWriterIsFreeMeanwhile(Write write) throws Exception {
		SqliteDatabase database = open();
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> a = actor("a").begins(() -> {
			write.run(database);
			return true;
		});
		this.wal.awaitSyncs(before + 1);
		assertThat(a.isDone()).isFalse();
		assertThat(count(database)).isEqualTo(1);
		assertThat(database.status().writer()).isNull();
		try (Connection b = database.dataSource().getConnection(); Statement statement = b.createStatement()) {
			b.setAutoCommit(false);
			statement.execute("INSERT INTO t VALUES (2)");
			b.rollback();
		}
		this.wal.releaseAll();
		assertThat(Actor.result(a)).isTrue();
		assertThat(this.wal.syncs()).isEqualTo(before + 1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void commitOfAConnectionThatKeepsTheWriterIsAwaitedToo(boolean transaction) throws Exception {
		SqliteDatabase database = open();
		Actor actor = actor("a");
		Connection a = actor.does(() -> {
			Connection connection = database.dataSource().getConnection();
			Write.execute(connection, "CREATE TEMP TABLE s (x)");
			connection.setAutoCommit(!transaction);
			return connection;
		});
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> commit = actor.begins(() -> {
			Write.execute(a, "INSERT INTO t VALUES (1)");
			if (transaction) {
				a.commit();
			}
			return true;
		});
		this.wal.awaitSyncs(before + 1);
		assertThat(commit.isDone()).isFalse();
		assertThat(count(database)).isEqualTo(1);
		assertThat(database.status().writer()).isNotNull();
		this.wal.fail(PROBLEM);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(commit))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"));
		actor.does(() -> {
			assertThatExceptionOfType(WritesRefusedException.class)
				.isThrownBy(() -> Write.execute(a, "INSERT INTO t VALUES (2)"));
			a.close();
			return true;
		});
		assertThat(database.status().writer()).isNull();
	}

	/*-
	 * a                  the disk        b, c
	 * COMMIT
	 *                    sync 1 begins
	 *                                    COMMIT
	 *                                    COMMIT
	 *                    sync 1 ends
	 * returns            sync 2 begins
	 *                    sync 2 ends
	 *                                    return
	 */
	@Test
	void transactionsThatCommitDuringASyncShareTheNext() throws Exception {
		List<Integer> shared = Collections.synchronizedList(new ArrayList<>());
		SqliteDatabase database = open(builder().poolListener(new PoolListener() {

			@Override
			public void synced(int commits, long nanos) {
				shared.add(commits);
			}

		}));
		shared.clear();
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> a = commits(database, "a");
		this.wal.awaitSyncs(before + 1);
		Future<Boolean> b = commits(database, "b");
		Future<Boolean> c = commits(database, "c");
		awaitCount(database, 3);
		this.wal.release();
		assertThat(Actor.result(a)).isTrue();
		this.wal.awaitSyncs(before + 2);
		assertThat(b.isDone() || c.isDone()).isFalse();
		this.wal.release();
		assertThat(Actor.result(b)).isTrue();
		assertThat(Actor.result(c)).isTrue();
		assertThat(this.wal.syncs()).isEqualTo(before + 2);
		assertThat(shared).containsExactly(1, 2);
	}

	@Test
	void whatCommitsNothingNeedsNoSync() throws Exception {
		SqliteDatabase database = open();
		int before = this.wal.syncs();
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.executeQuery("SELECT * FROM t").close();
			connection.setAutoCommit(false);
			statement.execute("INSERT INTO t VALUES (1)");
			connection.rollback();
			connection.setReadOnly(true);
			statement.executeQuery("SELECT * FROM t").close();
			connection.commit();
			connection.setReadOnly(false);
			statement.execute("INSERT INTO t VALUES (1)");
		}
		assertThat(this.wal.syncs()).isEqualTo(before);
		assertThat(count(database)).isZero();
	}

	@Test
	void processCrashSyncsNothing() throws Exception {
		SqliteDatabase database = open(SqliteDatabase.builder(this.directory.resolve("app.db")).walFile(this.wal));
		for (Write write : Write.values()) {
			write.run(database);
		}
		assertThat(database.durability()).isEqualTo(Durability.PROCESS_CRASH);
		assertThat(this.wal.syncs()).isZero();
		assertThat(this.wal.isOpened()).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void syncThatFailsLeavesTheOutcomeUnknownAndRefusesWhatComesLater(Write write) throws Exception {
		SqliteDatabase database = open();
		this.wal.fail(PROBLEM);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> write.run(database))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"))
			.withMessageContaining("unknown");
		int syncs = this.wal.syncs();
		assertThat(database.status().writer()).isNull();
		for (Write later : Write.values()) {
			assertThatExceptionOfType(SQLException.class).as(later.name())
				.isThrownBy(() -> later.run(database))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("58030"));
		}
		assertThat(this.wal.syncs()).as("none is tried again").isEqualTo(syncs);
		assertThat(count(database)).as("reads go on").isEqualTo(1);
		assertThat(database.writeRefusal()).contains(PROBLEM.getMessage());
	}

	/*-
	 * a               the disk         b
	 * COMMIT
	 *                 sync begins
	 *                                  BEGIN IMMEDIATE
	 *                                  INSERT
	 *                 sync fails
	 * 08007
	 *                                  COMMIT: refused, rolled back
	 */
	@Test
	void transactionThatIsOpenWhenASyncFailsIsRolledBack() throws Exception {
		SqliteDatabase database = open();
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> a = commits(database, "a");
		this.wal.awaitSyncs(before + 1);
		try (Connection b = database.dataSource().getConnection(); Statement statement = b.createStatement()) {
			b.setAutoCommit(false);
			statement.execute("INSERT INTO t VALUES (2)");
			this.wal.fail(PROBLEM);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(a));
			assertThatExceptionOfType(WritesRefusedException.class).isThrownBy(b::commit);
			assertThat(database.status().writer()).isNull();
			b.rollback();
		}
		assertThat(count(database)).isEqualTo(1);
	}

	@Test
	void afterAFailureNothingIsCopiedIntoTheFileAndTheNextOpeningWritesAgain() throws Exception {
		SqliteDatabase database = open();
		this.wal.fail(PROBLEM);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Write.SINGLE.run(database));
		for (CheckpointMode mode : CheckpointMode.values()) {
			assertThat(database.checkpointer().checkpoint(mode).outcome()).isEqualTo(CheckpointOutcome.FAILED);
		}
		assertThatIllegalStateException().isThrownBy(() -> database.checkpointer().prepareForOtherProcesses())
			.withMessageContaining(PROBLEM.getMessage());
		database.close();
		assertThat(this.wal.isClosed()).isTrue();
		assertThat(this.directory.resolve("app.db-wal")).isNotEmptyFile();
		ScriptedWal fresh = new ScriptedWal();
		SqliteDatabase again = open(DurableDatabase.builder(this.directory.resolve("app.db"), fresh));
		assertThat(count(again)).isEqualTo(1);
		int before = fresh.syncs();
		Write.SINGLE.run(again);
		assertThat(fresh.syncs()).isEqualTo(before + 1);
		assertThat(again.writeRefusal()).isNull();
	}

	@Test
	void interruptedCommitterWaitsForTheOutcome() throws Exception {
		SqliteDatabase database = open();
		int before = this.wal.syncs();
		this.wal.block();
		Actor committer = actor("a");
		Future<Boolean> interrupted = committer.begins(() -> {
			Write.TRANSACTION.run(database);
			return Thread.interrupted();
		});
		this.wal.awaitSyncs(before + 1);
		committer.thread().interrupt();
		this.wal.releaseAll();
		assertThat(Actor.result(interrupted)).isTrue();
		Write.SINGLE.run(database);
		assertThat(count(database)).isEqualTo(2);
	}

	/*-
	 * a               the disk         closer
	 * COMMIT
	 *                 sync begins
	 *                                  close …
	 *                 sync ends
	 * returns
	 *                                  closed
	 */
	@Test
	void closeWaitsForTheSyncThatRuns() throws Exception {
		SqliteDatabase database = open();
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> a = commits(database, "a");
		this.wal.awaitSyncs(before + 1);
		Future<Boolean> closed = actor("closer").begins(() -> {
			database.close();
			return true;
		});
		awaitClosing(database);
		assertThat(this.wal.isClosed()).isFalse();
		this.wal.releaseAll();
		assertThat(Actor.result(a)).isTrue();
		assertThat(Actor.result(closed)).isTrue();
		assertThat(this.wal.isClosed()).isTrue();
		assertThat(this.directory.resolve("app.db-wal")).doesNotExist();
	}

	/*-
	 * a               the disk         b            closer
	 * COMMIT
	 *                 sync begins
	 *                                  COMMIT
	 *                                  waits
	 *                                               close, the deadline passes
	 *                                  08007
	 *                                               closed
	 *                 sync ends
	 * returns
	 */
	@Test
	void closeAnswersThoseWhoWaitWhenTheDiskDoesNot() throws Exception {
		SqliteDatabase database = open(builder().shutdownTimeout(Duration.ofMillis(200)));
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> a = commits(database, "a");
		this.wal.awaitSyncs(before + 1);
		Future<Boolean> b = commits(database, "b");
		awaitCount(database, 2);
		database.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(b))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"));
		assertThat(a.isDone()).isFalse();
		this.wal.releaseAll();
		assertThat(Actor.result(a)).isTrue();
	}

	@Test
	void syncsTheRealWal() throws Exception {
		AtomicInteger commits = new AtomicInteger();
		SqliteDatabase database = open(SqliteDatabase.builder(this.directory.resolve("app.db"))
			.durability(Durability.POWER_LOSS)
			.poolListener(new PoolListener() {

				@Override
				public void synced(int shared, long nanos) {
					commits.addAndGet(shared);
					assertThat(nanos).isPositive();
				}

			}));
		int before = commits.get();
		for (Write write : Write.values()) {
			write.run(database);
		}
		assertThat(commits.get() - before).isEqualTo(Write.values().length);
		// SQLite starts over in the file
		database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		Write.SINGLE.run(database);
		assertThat(database.writeRefusal()).isNull();
	}

	@Test
	void walThatCannotBeOpenedFailsTheStart() {
		Path file = this.directory.resolve("app.db");
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> DurableDatabase.builder(file, WalFile.of(this.directory.resolve("missing"))).open())
			.withMessageContaining("The WAL cannot be opened");
		assertThat(this.directory.resolve("app.db-wal")).as("all connections are closed").doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "off", "full", "extra" })
	void synchronousOtherThanNormalIsRefused(String synchronous) {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> builder().pragma("synchronous", synchronous).open())
			.withMessageContaining("'" + synchronous + "'")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("Remove 'sqlite.pragmas.synchronous'"));
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void synchronousNormalIsWhatItNeeds() throws Exception {
		SqliteDatabase database = open(builder().pragma("synchronous", "1"));
		assertThat(database.status().connections())
			.allSatisfy((connection) -> assertThat(connection.settings()).containsEntry("synchronous", "normal"));
	}

	@Test
	void hasNoEffectOnADatabaseInMemory() throws Exception {
		SqliteDatabase database = open(SqliteDatabase.builder(DatabaseLocation.memory())
			.durability(Durability.POWER_LOSS)
			.pragma("synchronous", "off")
			.walFile(this.wal));
		Write.TRANSACTION.run(database);
		assertThat(this.wal.syncs()).isZero();
	}

	private SqliteDatabase.Builder builder() {
		return DurableDatabase.builder(this.directory.resolve("app.db"), this.wal).readers(2);
	}

	private SqliteDatabase open() throws SQLException {
		return open(builder());
	}

	private SqliteDatabase open(SqliteDatabase.Builder builder) throws SQLException {
		SqliteDatabase database = builder.open();
		this.opened.add(database);
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE IF NOT EXISTS t (x)");
		}
		return database;
	}

	private Future<Boolean> commits(SqliteDatabase database, String name) {
		return actor(name).begins(() -> {
			Write.TRANSACTION.run(database);
			return true;
		});
	}

	/** A commit is visible before it is durable. */
	private static void awaitCount(SqliteDatabase database, int rows) {
		Awaitility.await()
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(1))
			.until(() -> count(database) == rows && database.status().writer() == null);
	}

	private static void awaitClosing(SqliteDatabase database) {
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(database::isClosed);
	}

	private static int count(SqliteDatabase database) throws SQLException {
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
			rows.next();
			return rows.getInt(1);
		}
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

	/**
	 * The ways to insert one row.
	 */
	enum Write {

		SINGLE {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				execute(connection, "INSERT INTO t VALUES (1)");
			}
		},

		RETURNING {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				try (Statement statement = connection.createStatement()) {
					statement.executeQuery("INSERT INTO t VALUES (1) RETURNING x").close();
				}
			}
		},

		GENERATED_KEYS {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				try (PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (1)",
						Statement.RETURN_GENERATED_KEYS)) {
					statement.executeUpdate();
				}
			}
		},

		TRANSACTION {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				connection.setAutoCommit(false);
				execute(connection, "INSERT INTO t VALUES (1)");
				connection.commit();
			}
		},

		AUTO_COMMIT_ON_AGAIN {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				connection.setAutoCommit(false);
				execute(connection, "INSERT INTO t VALUES (1)");
				connection.setAutoCommit(true);
			}
		},

		COMMIT_AS_SQL {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				execute(connection, "BEGIN");
				execute(connection, "INSERT INTO t VALUES (1)");
				execute(connection, "COMMIT");
			}
		},

		RELEASE_AS_SQL {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				execute(connection, "SAVEPOINT a");
				execute(connection, "INSERT INTO t VALUES (1)");
				execute(connection, "RELEASE a");
			}
		},

		JDBC_BATCH {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				try (PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
					statement.setInt(1, 1);
					statement.addBatch();
					statement.executeBatch();
				}
			}
		},

		SQLITE_BATCH {
			@Override
			void run(Connection connection, SqliteDatabase database) throws SQLException {
				try (SqliteBatch batch = database.batchWriter().open()) {
					batch.update("INSERT INTO t VALUES (1)");
				}
			}
		};

		void run(SqliteDatabase database) throws SQLException {
			try (Connection connection = database.dataSource().getConnection()) {
				run(connection, database);
			}
		}

		abstract void run(Connection connection, SqliteDatabase database) throws SQLException;

		private static void execute(Connection connection, String sql) throws SQLException {
			try (Statement statement = connection.createStatement()) {
				statement.execute(sql);
			}
		}

	}

}
