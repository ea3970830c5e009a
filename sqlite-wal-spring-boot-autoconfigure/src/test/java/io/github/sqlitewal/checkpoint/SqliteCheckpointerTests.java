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

package io.github.sqlitewal.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.OtherProcess;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(120)
class SqliteCheckpointerTests {

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final List<CheckpointResult> told = Collections.synchronizedList(new ArrayList<>());

	private SqliteDatabase database;

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "PASSIVE, COMPLETE", "FULL, COMPLETE", "RESTART, RESET", "TRUNCATE, RESET" })
	void everythingIsCopiedWhenNobodyIsInTheWay(CheckpointMode mode, CheckpointOutcome outcome) throws Exception {
		open();
		insert(10);
		CheckpointResult result = this.database.checkpointer().checkpoint(mode);
		assertThat(result.outcome()).isEqualTo(outcome);
		assertThat(result.isComplete()).isTrue();
		assertThat(result.detail()).isNull();
		assertThat(result.checkpointedFrames()).isEqualTo(result.walFrames());
		assertThat(result.trigger()).isEqualTo(CheckpointTrigger.REQUEST);
		assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("10");
		assertThat(this.told).containsExactly(result);
		assertThat(this.database.checkpointer().last()).isEqualTo(result);
		assertThat(this.database.location().walBytes() == 0).isEqualTo(mode == CheckpointMode.TRUNCATE);
	}

	// reader of another process this process
	// BEGIN
	// SELECT
	// .............................. INSERT
	// .............................. checkpoint: cannot pass the reader
	@ParameterizedTest
	@CsvSource({ "PASSIVE, PARTIAL", "FULL, BUSY", "RESTART, BUSY", "TRUNCATE, BUSY" })
	void readerOfAnOlderStateKeepsFramesBack(CheckpointMode mode, CheckpointOutcome outcome) throws Exception {
		open();
		insert(10);
		try (PlainConnection reader = plain()) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			insert(10);
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(outcome);
			assertThat(result.isComplete()).isFalse();
			assertThat(result.checkpointedFrames()).isPositive().isLessThan(result.walFrames());
			assertThat(result.detail()).contains("reader");
		}
		assertThat(this.database.checkpointer().checkpoint(mode).isComplete()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "PASSIVE, COMPLETE", "FULL, COMPLETE", "RESTART, BUSY", "TRUNCATE, BUSY" })
	void readerOfTheNewestStateKeepsTheWalFromStartingOver(CheckpointMode mode, CheckpointOutcome outcome)
			throws Exception {
		open();
		insert(10);
		try (PlainConnection reader = plain()) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(outcome);
			assertThat(result.checkpointedFrames()).isEqualTo(result.walFrames());
			assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("10");
		}
	}

	// reader of another process checkpointer of another process this process
	// BEGIN, SELECT
	// ........................... TRUNCATE (waits for the reader)
	// ............................................................. checkpoint: BUSY
	// COMMIT
	// ........................... done
	// ............................................................. checkpoint: all
	// copied
	@ParameterizedTest
	@EnumSource
	void checkpointOfAnotherProcessIsInTheWayAndNoFailure(CheckpointMode mode) throws Exception {
		open();
		insert(10);
		try (PlainConnection reader = plain();
				PlainConnection other = plain();
				Actor checkpointer = Actor.named("other checkpointer")) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			other.execute("PRAGMA busy_timeout=60000");
			var waits = checkpointer.begins(() -> other.query("PRAGMA wal_checkpoint(TRUNCATE)"));
			Awaitility.await().untilAsserted(() -> {
				CheckpointResult result = this.database.checkpointer().checkpoint(mode);
				assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
				assertThat(result.detail()).contains("another process is running a checkpoint");
			});
			assertThat(this.database.checkpointer().walStatus().frames()).isPositive();
			reader.execute("COMMIT");
			assertThat(Actor.result(waits)).isEqualTo("0");
		}
		assertThat(this.database.checkpointer().checkpoint(mode).isComplete()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "PASSIVE, COMPLETE", "FULL, BUSY", "RESTART, BUSY", "TRUNCATE, BUSY" })
	void writerOfAnotherProcessKeepsAllButPassiveOut(CheckpointMode mode, CheckpointOutcome outcome) throws Exception {
		open();
		insert(10);
		try (PlainConnection writer = plain()) {
			writer.execute("BEGIN IMMEDIATE").execute("INSERT INTO t VALUES ('theirs')");
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(outcome);
			// the PASSIVE that goes before has copied what is committed
			assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("10");
		}
	}

	// reader checkpoint writer
	// BEGIN
	// SELECT
	// ............. TRUNCATE, waits for the reader …
	// ............................ INSERT, stored
	// COMMIT
	// ............. done
	@ParameterizedTest
	@EnumSource(value = CheckpointMode.class, names = "PASSIVE", mode = EnumSource.Mode.EXCLUDE)
	void writersGoOnWhileACheckpointWaitsForAReader(CheckpointMode mode) throws Exception {
		open(SqliteDatabase.builder(file()).readers(1).checkpointBusyTimeout(Duration.ofSeconds(10)));
		insert(10);
		try (PlainConnection reader = plain()) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			insert(1);
			Future<CheckpointResult> checkpoint = actor("checkpoint")
				.begins(() -> this.database.checkpointer().checkpoint(mode));
			await(this::isCheckpointRunning);
			for (int i = 0; i < 100; i++) {
				insert(1);
			}
			assertThat(checkpoint.isDone()).as("it waits for the reader").isFalse();
			reader.execute("COMMIT");
			assertThat(Actor.result(checkpoint).isComplete()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource(value = CheckpointMode.class, names = "PASSIVE", mode = EnumSource.Mode.EXCLUDE)
	void aCheckpointThatWaitedForAReaderInVainIsBusy(CheckpointMode mode) throws Exception {
		open();
		insert(10);
		try (PlainConnection reader = plain()) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			insert(1);
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
			assertThat(result.heldBackBy()).isEmpty();
			assertThat(result.detail()).isEqualTo("a reader of another process uses the WAL");
			assertThat(result.framesBefore()).isPositive();
			assertThat(result.writersBlocked()).isPositive();
			assertThat(reader.query("SELECT count(*) FROM t")).as("the reader is still there").isEqualTo("10");
		}
	}

	@ParameterizedTest
	@EnumSource(value = CheckpointMode.class, names = "PASSIVE", mode = EnumSource.Mode.EXCLUDE)
	void checkpointInsideAWriteTransactionOfTheSameThreadFailsWithTheReason(CheckpointMode mode) throws Exception {
		open();
		try (Connection connection = transaction()) {
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.FAILED);
			assertThat(result.detail()).contains("this thread is in a write transaction");
			connection.commit();
		}
		assertThat(this.database.checkpointer().checkpoint(mode).isComplete()).isTrue();
	}

	@Test
	void passiveInsideAWriteTransactionCopiesWhatIsCommitted() throws Exception {
		open();
		insert(10);
		try (Connection connection = transaction()) {
			assertThat(this.database.checkpointer().checkpoint(CheckpointMode.PASSIVE).outcome())
				.isEqualTo(CheckpointOutcome.COMPLETE);
		}
		assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("10");
	}

	// reader checkpoint
	// SELECT …
	// ............. INSERT
	// ............. PASSIVE: copies a part, and names the reader
	@Test
	void passiveThatIsHeldBackNamesTheReaderOfThisProcess() throws Exception {
		open();
		insert(10);
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT x FROM t")) {
			rows.next();
			actor("writer").does(() -> insert(1));
			CheckpointResult result = actor("checkpoint")
				.does(() -> this.database.checkpointer().checkpoint(CheckpointMode.PASSIVE));
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.PARTIAL);
			assertThat(result.heldBackBy()).singleElement().satisfies((lease) -> {
				assertThat(lease.thread()).isEqualTo(Thread.currentThread().getName());
				assertThat(lease.sql()).isEqualTo("SELECT x FROM t");
			});
			assertThat(result.detail()).contains(Thread.currentThread().getName(), "SELECT x FROM t");
		}
	}

	@ParameterizedTest
	@EnumSource(CheckpointMode.class)
	void databaseInMemoryHasNothingToCheckpoint(CheckpointMode mode) throws Exception {
		open(SqliteDatabase.builder(DatabaseLocation.memory()));
		CheckpointResult result = this.database.checkpointer().checkpoint(mode);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		assertThat(result.detail()).contains("memory");
		assertThat(this.database.checkpointer().walStatus()).isNull();
		assertThat(this.database.checkpointer().history()).isEmpty();
		assertThat(this.database.checkpointer().prepareForOtherProcesses().outcome())
			.isEqualTo(CheckpointOutcome.SKIPPED);
	}

	// holder checkpoint 1 checkpoint 2 scheduler
	// BEGIN
	// ............. FULL …
	// ........................................... skipped
	// ............................ FULL …
	// COMMIT
	// ............. complete
	// ............................ complete
	@Test
	void oneCheckpointRunsAtATime() throws Exception {
		open();
		Connection connection = transaction();
		Future<CheckpointResult> first = actor("checkpoint-1")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.FULL));
		awaitQueuedWrites(1);
		CheckpointResult scheduled = this.database.checkpointer()
			.checkpointIfIdle(CheckpointMode.TRUNCATE, CheckpointTrigger.INTERVAL);
		assertThat(scheduled.outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		assertThat(scheduled.detail()).isEqualTo("another checkpoint is running");
		Actor actor = actor("checkpoint-2");
		actor.does(() -> true);
		Future<CheckpointResult> second = actor
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.FULL));
		await(() -> actor.thread().getState() == Thread.State.TIMED_WAITING);
		assertThat(this.database.status().queuedWrites()).as("only the first waits for the writer").isEqualTo(1);
		connection.commit();
		connection.close();
		assertThat(Actor.result(first).outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(Actor.result(second).outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(this.database.checkpointer().history()).containsExactly(Actor.result(second), Actor.result(first));
	}

	@Test
	void scheduledCheckpointWithNothingToCopyIsSkippedAndNotKept() throws Exception {
		open();
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		CheckpointResult result = this.database.checkpointer()
			.checkpointIfIdle(CheckpointMode.PASSIVE, CheckpointTrigger.INTERVAL);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		assertThat(this.database.checkpointer().history()).hasSize(1);
		insert(1);
		assertThat(this.database.checkpointer()
			.checkpointIfIdle(CheckpointMode.PASSIVE, CheckpointTrigger.INTERVAL)
			.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
	}

	@Test
	void historyKeepsTheLastFifty() throws Exception {
		open();
		assertThat(this.database.checkpointer().last()).isNull();
		for (int i = 0; i < 60; i++) {
			this.database.checkpointer().checkpoint(CheckpointMode.PASSIVE);
		}
		assertThat(this.database.checkpointer().history()).hasSize(50).first().isEqualTo(this.told.get(59));
		assertThat(this.database.checkpointer().last()).isEqualTo(this.told.get(59));
	}

	@Test
	void lookingAtTheWalDoesNotCheckpoint() throws Exception {
		open();
		insert(10);
		for (int i = 0; i < 3; i++) {
			WalStatus status = this.database.checkpointer().walStatus();
			assertThat(status.frames()).isGreaterThanOrEqualTo(10);
			assertThat(status.checkpointedFrames()).isZero();
			assertThat(status.bytes()).isEqualTo(Files.size(DatabaseLocation.file(file()).walFile()));
		}
		this.database.checkpointer().checkpoint(CheckpointMode.PASSIVE);
		WalStatus status = this.database.checkpointer().walStatus();
		assertThat(status.checkpointedFrames()).isEqualTo(status.frames());
	}

	// holder readers checkpoint another process observer
	// BEGIN
	// INSERT
	// ............. SELECT, open
	// .......................................... BEGIN IMMEDIATE …
	// ............................................................. looks
	@Test
	void lookingWaitsForNobody() throws Exception {
		open(SqliteDatabase.builder(file()).readers(2));
		insert(10);
		Connection writer = transaction();
		List<Connection> readers = List.of(this.database.dataSource().getConnection(),
				this.database.dataSource().getConnection());
		for (Connection reader : readers) {
			reader.setAutoCommit(false);
			reader.setReadOnly(true);
			reader.createStatement().executeQuery("SELECT * FROM t").next();
		}
		assertThat(this.database.status().readersInUse()).isEqualTo(2);
		assertThat(this.database.status().writer()).isNotNull();
		assertThat(this.database.checkpointer().walStatus().frames()).isPositive();
		this.database.probe();
		for (Connection reader : readers) {
			reader.close();
		}
		writer.close();
	}

	// reader checkpoint observer
	// BEGIN
	// SELECT
	// ............. FULL, waits for the reader …
	// ............................ looks
	// COMMIT
	// ............. complete
	@Test
	void lookingDoesNotWaitForACheckpointThatRuns() throws Exception {
		open(SqliteDatabase.builder(file()).readers(1).checkpointBusyTimeout(Duration.ofSeconds(10)));
		insert(10);
		WalStatus before = this.database.checkpointer().walStatus();
		PlainConnection reader = plain();
		reader.execute("BEGIN").query("SELECT count(*) FROM t");
		insert(10);
		Future<CheckpointResult> checkpoint = actor("checkpoint")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.FULL));
		await(this::isCheckpointRunning);
		for (int i = 0; i < 20; i++) {
			this.database.status();
			assertThat(this.database.checkpointer().walStatus().frames()).isGreaterThanOrEqualTo(before.frames());
			this.database.probe();
			assertThat(this.database.checkpointer()
				.checkpointIfIdle(CheckpointMode.PASSIVE, CheckpointTrigger.INTERVAL)
				.outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		}
		assertThat(checkpoint.isDone()).as("it still waits for the reader").isFalse();
		reader.close();
		assertThat(Actor.result(checkpoint).outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
	}

	// writer the one who starts processes
	// BEGIN
	// INSERT
	// .............................. prepare …
	// COMMIT
	// .............................. prepared: the row is in the main file
	@Test
	void prepareWaitsForTheTransactionThatRunsAndTheMainFileAloneHoldsEverything() throws Exception {
		open();
		insert(10);
		Actor writer = actor("writer");
		Connection connection = writer.does(this::transaction);
		Future<CheckpointResult> prepared = actor("starter")
			.begins(() -> this.database.checkpointer().prepareForOtherProcesses());
		awaitQueuedWrites(1);
		assertThat(prepared.isDone()).isFalse();
		writer.does(() -> {
			connection.commit();
			connection.close();
			return null;
		});
		assertThat(Actor.result(prepared).isComplete()).isTrue();
		assertThat(Actor.result(prepared).trigger()).isEqualTo(CheckpointTrigger.OTHER_PROCESSES);
		assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("11");
		try (OtherProcess other = OtherProcess.start(file())) {
			other.execute("CREATE TABLE seen AS SELECT count(*) AS rows FROM t");
		}
		assertThat(PlainConnection.ask(file(), "SELECT rows FROM seen")).isEqualTo("11");
	}

	@Test
	void prepareWaitsForAReaderOfAnOlderState() throws Exception {
		open();
		insert(10);
		PlainConnection reader = plain();
		reader.execute("BEGIN").query("SELECT count(*) FROM t");
		insert(5);
		Future<CheckpointResult> prepared = actor("starter")
			.begins(() -> this.database.checkpointer().prepareForOtherProcesses());
		await(() -> this.told.stream().anyMatch((result) -> result.outcome() == CheckpointOutcome.BUSY));
		reader.close();
		assertThat(Actor.result(prepared).isComplete()).isTrue();
		assertThat(mainFileAlone("SELECT count(*) FROM t")).isEqualTo("15");
	}

	@Test
	void prepareThatIsImpossibleSaysWhy() throws Exception {
		open(SqliteDatabase.builder(file()).readers(1).lockTimeout(Duration.ofMillis(300)));
		insert(10);
		try (Connection connection = transaction()) {
			assertThatIllegalStateException().isThrownBy(() -> this.database.checkpointer().prepareForOtherProcesses())
				.withMessageContaining("this thread is in a write transaction, which has to be committed first");
			assertThatIllegalStateException()
				.isThrownBy(() -> actor("starter").does(() -> this.database.checkpointer().prepareForOtherProcesses()))
				.withMessageContaining("the writer")
				.withMessageContaining(Thread.currentThread().getName());
		}
		try (PlainConnection reader = plain()) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			insert(5);
			assertThatIllegalStateException().isThrownBy(() -> this.database.checkpointer().prepareForOtherProcesses())
				.withMessageContaining("a reader")
				.withMessageContaining("frames are copied");
		}
		assertThat(this.database.checkpointer().prepareForOtherProcesses().isComplete()).isTrue();
	}

	@Test
	void noCommitEverCheckpoints() throws Exception {
		open();
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		long size = Files.size(file());
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			for (int i = 0; i < 1100; i++) {
				statement.executeUpdate("INSERT INTO t VALUES (zeroblob(4000))");
			}
		}
		WalStatus status = this.database.checkpointer().walStatus();
		// SQLite's default would have copied at 1000
		assertThat(status.frames()).isGreaterThan(1100);
		assertThat(status.checkpointedFrames()).isZero();
		assertThat(file()).hasSize(size);
	}

	@Test
	void checkpointAfterTheCloseFails() throws Exception {
		open();
		this.database.close();
		CheckpointResult result = this.database.checkpointer().checkpoint(CheckpointMode.FULL);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.FAILED);
		assertThat(result.detail()).contains("closed");
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.database.checkpointer()::walStatus);
	}

	private void open() throws SQLException {
		open(SqliteDatabase.builder(file()).readers(1));
	}

	private void open(SqliteDatabase.Builder builder) throws SQLException {
		this.database = builder.checkpointInterval(Duration.ZERO)
			.checkpointTriggerSize(0)
			.checkpointListener(this.told::add)
			.open();
		this.opened.add(this.database);
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (x)");
		}
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	private PlainConnection plain() throws SQLException {
		return PlainConnection.to(file());
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

	private int insert(int count) throws SQLException {
		int inserted = 0;
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			for (int i = 0; i < count; i++) {
				inserted += statement.executeUpdate("INSERT INTO t VALUES ('row')");
			}
		}
		return inserted;
	}

	/**
	 * A transaction that has inserted a row.
	 */
	private Connection transaction() throws SQLException {
		Connection connection = this.database.dataSource().getConnection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t VALUES ('row')");
		}
		return connection;
	}

	/**
	 * Asks a copy of the database file that was made without its WAL.
	 */
	private String mainFileAlone(String sql) throws Exception {
		Path copy = this.directory.resolve("copy.db");
		new ProcessBuilder("cp", file().toString(), copy.toString()).start().waitFor();
		return PlainConnection.ask(copy, sql);
	}

	private boolean isCheckpointRunning() {
		return this.database.checkpointer().isRunning();
	}

	private void awaitQueuedWrites(int count) {
		await(() -> this.database.status().queuedWrites() == count);
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(condition);
	}

}
