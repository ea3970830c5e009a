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
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.OtherProcess;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The thread that looks after the WAL, as it runs in an application.
 */
@Timeout(180)
class BackgroundCheckpointsTests {

	/** 15 frames of 4 KiB pages. */
	private static final long SMALL = 64 << 10;

	@TempDir
	Path directory;

	private CheckpointDatabase database;

	@AfterEach
	void close() throws SQLException {
		if (this.database != null) {
			this.database.close();
		}
	}

	// @formatter:off
	//
	// writer (never stops)      readers (overlap)         background
	// INSERT                    SELECT, SELECT
	// INSERT                            SELECT            starts over
	// INSERT                    SELECT       SELECT
	// INSERT                         SELECT               starts over
	//
	// @formatter:on
	@Test
	void walStartsOverAgainAndAgainWhileWritersNeverStopAndReadersOverlap() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		AtomicBoolean over = new AtomicBoolean();
		Future<?> first = this.database.actor("reader 1").begins(() -> readUntil(over));
		Future<?> second = this.database.actor("reader 2").begins(() -> readUntil(over));
		try (Connection connection = this.database.connection();
				PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (zeroblob(1000))")) {
			while (this.database.checkpointer().walResets() < 20) {
				insert.executeUpdate();
			}
		}
		over.set(true);
		Actor.result(first);
		Actor.result(second);
		awaitBelowTheTrigger();
		assertThat(this.database.checkpointer().lastWalReset()).isNotNull();
		assertThat(this.database.results()).anySatisfy((result) -> {
			assertThat(result.trigger()).isEqualTo(CheckpointTrigger.PRESSURE);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.RESET);
		});
	}

	// @formatter:off
	//
	// 20 writers (a queue that never ends)   readers (overlap)   background
	// BEGIN, INSERT, COMMIT                  SELECT, SELECT
	// BEGIN, INSERT, COMMIT                          SELECT      starts over, before the queue
	//
	// @formatter:on
	@Test
	void walStartsOverBesideAQueueOfWritersThatNeverEnds() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		AtomicBoolean over = new AtomicBoolean();
		List<Future<?>> running = new ArrayList<>();
		running.add(this.database.actor("reader 1").begins(() -> readUntil(over)));
		running.add(this.database.actor("reader 2").begins(() -> readUntil(over)));
		for (int i = 0; i < 20; i++) {
			running.add(this.database.actor("writer " + i).begins(() -> {
				while (!over.get()) {
					try (Connection connection = this.database.writing()) {
						// a transaction that does something else too
						LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
						connection.commit();
					}
				}
				return null;
			}));
		}
		CheckpointDatabase.await(() -> this.database.checkpointer().walResets() >= 3);
		over.set(true);
		for (Future<?> future : running) {
			Actor.result(future);
		}
	}

	@Test
	void listenerThatFailsInAnyWayDoesNotEndTheBackground() throws Exception {
		AtomicInteger told = new AtomicInteger();
		open((builder) -> builder.checkpointTriggerSize(SMALL).checkpointListener((result) -> {
			told.incrementAndGet();
			throw new NoClassDefFoundError("of a listener");
		}));
		for (int i = 1; i <= 3; i++) {
			int resets = i;
			while (this.database.checkpointer().walResets() < resets) {
				this.database.insert(10);
			}
		}
		assertThat(told).hasPositiveValue();
	}

	// what slows writers down ends with its reason
	@Test
	void writersAreNotSlowedDownWhenTheReadersAreHome() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		AtomicBoolean over = new AtomicBoolean();
		Future<?> first = this.database.actor("reader 1").begins(() -> readUntil(over));
		Future<?> second = this.database.actor("reader 2").begins(() -> readUntil(over));
		while (this.database.checkpointer().walResets() < 5) {
			this.database.insert(10);
		}
		over.set(true);
		Actor.result(first);
		Actor.result(second);
		awaitBelowTheTrigger();
		CheckpointDatabase.await(() -> !this.database.isSlowedDown());
	}

	private Object readUntil(AtomicBoolean over) throws SQLException {
		while (!over.get()) {
			this.database.query("SELECT count(*) FROM t");
		}
		return null;
	}

	// with no interval nothing but the commits wakes the background
	@Test
	void burstOfCommitsThatEndsSuddenlyIsDealtWith() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		for (int i = 0; i < 10; i++) {
			this.database.insert(37);
			awaitBelowTheTrigger();
		}
	}

	@Test
	void oneLongTransactionIsDealtWith() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		this.database.insert(5);
		try (Connection connection = this.database.connection(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
					+ " WHERE n < 20000) SELECT randomblob(1000) FROM c");
			connection.commit();
		}
		awaitBelowTheTrigger();
		assertThat(this.database.checkpointer().walResets()).isPositive();
	}

	// @formatter:off
	//
	// this process      another process         background
	//                   INSERT
	//                                           at the interval: PASSIVE
	//
	// @formatter:on
	@Test
	void intervalCopiesWhatAnotherProcessHasWritten() throws Exception {
		open((builder) -> builder.checkpointInterval(Duration.ofMillis(20)));
		awaitCopied();
		try (PlainConnection other = this.database.outside("PRAGMA wal_autocheckpoint=0")) {
			int before = this.database.results().size();
			other.execute("INSERT INTO t VALUES ('theirs')");
			CheckpointDatabase.await(() -> this.database.results().size() > before);
			awaitCopied();
		}
		assertThat(this.database.results()).allSatisfy((result) -> {
			assertThat(result.trigger()).isEqualTo(CheckpointTrigger.INTERVAL);
			assertThat(result.mode()).isEqualTo(CheckpointMode.PASSIVE);
			assertThat(result.writersBlocked()).isZero();
			assertThat(result.readersBlocked()).isZero();
		});
		assertThat(this.database.checkpointer().history()).as("routine").hasSizeLessThanOrEqualTo(1);
	}

	@Test
	void withoutTriggerAndIntervalThereIsNoThread() throws Exception {
		Set<Thread> before = threads();
		open((builder) -> {
		});
		assertThat(newThreads(before)).isEmpty();
		this.database.insert(50);
		assertThat(this.database.wal().checkpointedFrames()).isZero();
	}

	@Test
	void closingEndsTheThread() throws Exception {
		Set<Thread> before = threads();
		open((builder) -> builder.checkpointTriggerSize(SMALL).checkpointInterval(Duration.ofHours(1)));
		Thread thread = newThreads(before).iterator().next();
		this.database.database().close();
		thread.join(TimeUnit.SECONDS.toMillis(60));
		assertThat(thread.isAlive()).isFalse();
		assertThat(this.database.states()).isEmpty();
	}

	@Test
	void stoppedItLeavesTheWalAloneAndCheckpointsThatAreAskedForRunAsBefore() throws Exception {
		Set<Thread> before = threads();
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		Thread thread = newThreads(before).iterator().next();
		this.database.checkpointer().stop();
		thread.join(TimeUnit.SECONDS.toMillis(60));
		assertThat(thread.isAlive()).isFalse();
		this.database.insert(50);
		assertThat(this.database.wal().checkpointedFrames()).isZero();
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
	}

	// @formatter:off
	//
	// reader (pinned)   writer           background                   listener
	// BEGIN, SELECT
	//                   INSERT …
	//                                    held back …                  HELD_BACK, once
	// COMMIT
	//                                    starts over, by itself       NORMAL, once
	//
	// @formatter:on
	@Test
	void pinnedReaderIsToldOnceAndItsEndOnce() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		Actor pinned = this.database.actor("http-7");
		Connection reading = pinned.does(() -> this.database.reading("SELECT count(*) FROM t"));
		this.database.insert(50);
		CheckpointDatabase.await(() -> !this.database.changes().isEmpty());
		assertThat(this.database.changes()).singleElement().satisfies((change) -> {
			assertThat(change.previous()).isEqualTo(WalState.NORMAL);
			assertThat(change.current()).isEqualTo(WalState.HELD_BACK);
			assertThat(change.detail()).contains("http-7");
			assertThat(change.heldBackBy()).singleElement()
				.satisfies((lease) -> assertThat(lease.sql()).isEqualTo("SELECT count(*) FROM t"));
		});
		int rounds = this.database.results().size();
		CheckpointDatabase.await(() -> this.database.results().size() > rounds + 1);
		assertThat(this.database.states()).as("not at each round").containsExactly(WalState.HELD_BACK);
		reading.close();
		CheckpointDatabase.await(() -> this.database.changes().size() > 1);
		assertThat(this.database.states()).containsExactly(WalState.HELD_BACK, WalState.NORMAL);
		awaitBelowTheTrigger();
	}

	@Test
	void pinOfAnotherProcessIsToldAsSuch() throws Exception {
		open((builder) -> builder.checkpointTriggerSize(SMALL));
		this.database.insert(5);
		try (PlainConnection reader = this.database.outside("BEGIN")) {
			this.database.insert(50);
			CheckpointDatabase.await(() -> !this.database.changes().isEmpty());
			assertThat(this.database.changes()).singleElement().satisfies((change) -> {
				assertThat(change.current()).isEqualTo(WalState.HELD_BACK);
				assertThat(change.heldBackBy()).isEmpty();
				assertThat(change.detail()).isEqualTo("a reader of another process uses the WAL");
			});
		}
		CheckpointDatabase.await(() -> this.database.states().contains(WalState.NORMAL));
	}

	@Test
	void externalCheckpointerIsLeftAlone() throws Exception {
		open((builder) -> builder.externalCheckpoints(true)
			.checkpointTriggerSize(SMALL)
			.maxWalSize(4 * SMALL, WalLimitPolicy.REPORT)
			.checkpointInterval(Duration.ofMillis(20)));
		this.database.insert(1200);
		CheckpointDatabase.await(() -> this.database.states().contains(WalState.OVER_LIMIT));
		WalStatus wal = this.database.wal();
		assertThat(wal.checkpointedFrames()).isZero();
		assertThat(wal.frames()).as("SQLite's own checkpoint would have come at 1000").isGreaterThan(1200);
		for (CheckpointMode mode : CheckpointMode.values()) {
			CheckpointResult result = this.database.checkpointer().checkpoint(mode);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
			assertThat(result.detail()).contains("another program", "sqlite.checkpoint.external");
		}
		assertThatIllegalStateException().isThrownBy(() -> this.database.checkpointer().prepareForOtherProcesses())
			.withMessageContaining("sqlite.checkpoint.external");
		assertThat(this.database.wal().checkpointedFrames()).isZero();
		assertThat(this.database.results()).isEmpty();
		// what the program does is seen
		try (PlainConnection program = this.database.outside("PRAGMA busy_timeout=60000")) {
			assertThat(program.query("PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("0");
		}
		CheckpointDatabase.await(() -> this.database.states().contains(WalState.NORMAL));
		assertThat(this.database.checkpointer().walResets()).isOne();
		assertThat(this.database.states()).containsExactly(WalState.OVER_LIMIT, WalState.NORMAL);
	}

	@Test
	void walStaysBesideTheFileForTheExternalCheckpointer() throws Exception {
		open((builder) -> builder.externalCheckpoints(true));
		this.database.insert(10);
		Path wal = this.directory.resolve("app.db-wal");
		long bytes = Files.size(wal);
		this.database.database().close();
		assertThat(wal).hasSize(bytes);
		Path alone = this.directory.resolve("alone.db");
		CheckpointDatabase.copy(this.database.file(), alone);
		assertThatExceptionOfType(SQLException.class).as("the rows, and even the table, are in the WAL")
			.isThrownBy(() -> PlainConnection.ask(alone, "SELECT count(*) FROM t"));
		try (SqliteDatabase again = SqliteDatabase.builder(this.database.file()).open();
				Connection connection = again.dataSource().getConnection()) {
			assertThat(CheckpointDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("10");
		}
		assertThat(wal).doesNotExist();
	}

	@Test
	void largeWalThatACrashHasLeftIsDealtWithBeforeTheDatabaseIsOpen() throws Exception {
		leaveALargeWal();
		open((builder) -> builder.checkpointTriggerSize(SMALL).checkpointInterval(Duration.ofHours(1)));
		CheckpointResult first = this.database.results().get(0);
		assertThat(first.trigger()).isEqualTo(CheckpointTrigger.STARTUP);
		assertThat(first.mode()).isEqualTo(CheckpointMode.TRUNCATE);
		assertThat(first.outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(first.framesBefore()).isGreaterThan(20);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("50");
	}

	@Test
	void smallWalThatACrashHasLeftIsNoReasonToWaitAtTheStart() throws Exception {
		leaveALargeWal();
		open((builder) -> {
		});
		assertThat(this.database.results()).isEmpty();
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("50");
	}

	@Test
	void readerOfAnotherProcessDoesNotKeepTheDatabaseFromOpening() throws Exception {
		leaveALargeWal();
		Path file = this.directory.resolve("app.db");
		try (PlainConnection reader = PlainConnection.to(file)) {
			reader.execute("BEGIN").query("SELECT count(*) FROM t");
			open((builder) -> builder.checkpointTriggerSize(SMALL).checkpointInterval(Duration.ofHours(1)));
			CheckpointResult first = this.database.results().get(0);
			assertThat(first.trigger()).isEqualTo(CheckpointTrigger.STARTUP);
			assertThat(first.outcome()).isEqualTo(CheckpointOutcome.BUSY);
			assertThat(first.detail()).isEqualTo("a reader of another process uses the WAL");
			this.database.insert(1);
		}
		awaitBelowTheTrigger();
	}

	/**
	 * Of a process that had the power switched off, with 50 rows in it.
	 */
	private void leaveALargeWal() throws Exception {
		Path file = this.directory.resolve("app.db");
		try (OtherProcess other = OtherProcess.start(file)) {
			other.execute("PRAGMA journal_mode=WAL");
			other.execute("PRAGMA wal_autocheckpoint=0");
			other.execute("CREATE TABLE t (x)");
			for (int i = 0; i < 50; i++) {
				other.execute("INSERT INTO t VALUES (zeroblob(1000))");
			}
		}
		assertThat(Files.size(this.directory.resolve("app.db-wal"))).isGreaterThan(SMALL);
	}

	private void awaitBelowTheTrigger() {
		CheckpointDatabase.await(() -> this.database.framesInUse() < 15);
	}

	private void awaitCopied() {
		CheckpointDatabase.await(() -> {
			WalStatus wal = this.database.wal();
			return wal.frames() == wal.checkpointedFrames();
		});
	}

	private static Set<Thread> newThreads(Set<Thread> before) {
		Set<Thread> threads = new HashSet<>(threads());
		threads.removeAll(before);
		return threads;
	}

	private static Set<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("sqlite-checkpoint"))
			.collect(Collectors.toSet());
	}

	private void open(Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		this.database = CheckpointDatabase.in(this.directory, settings);
	}

}
