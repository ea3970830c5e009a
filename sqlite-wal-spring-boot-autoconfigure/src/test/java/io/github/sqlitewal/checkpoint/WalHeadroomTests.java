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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A WAL that is made ready ahead of the writer: when, and that nobody finds anything else
 * in it than what was committed.
 */
@Timeout(180)
class WalHeadroomTests {

	private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

	private static final long FRAME = 4096 + 24;

	@TempDir
	Path directory;

	private CheckpointDatabase database;

	@BeforeEach
	void open() throws SQLException {
		this.database = CheckpointDatabase.in(this.directory);
	}

	@AfterEach
	void close() throws SQLException {
		this.database.close();
	}

	// @formatter:off
	//
	// writer                   headroom
	// INSERT 2,000 frames
	//                          begins, makes the file longer
	// INSERT 20,000 frames
	//                          stays ahead
	// RESTART
	//                          ends
	//
	// @formatter:on
	@Test
	void theFileIsAheadOfTheWriterUntilTheWalStartsOver() throws Exception {
		WalHeadroom headroom = headroom(100);
		insertFrames(2000);
		begin(headroom);
		for (int i = 0; i < 10; i++) {
			insertFrames(2000);
			if (!headroom.isActive()) {
				// a machine that is so slow
				begin(headroom);
			}
			CheckpointDatabase.await(() -> this.database.walBytes() > wantedBytes());
		}
		assertThat(this.database.walBytes()).isGreaterThan(wantedBytes());
		int rows = Integer.parseInt(this.database.query("SELECT count(*) FROM t"));
		this.database.assertWholeAfterACrash(rows);
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.RESTART).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
		this.database.insert(1);
		CheckpointDatabase.await(() -> !headroom.isActive());
		this.database.assertWholeAfterACrash(rows + 1);
	}

	private long wantedBytes() throws SQLException {
		return this.database.wal().frames() * FRAME + WalHeadroom.AHEAD_BYTES;
	}

	@Test
	void itEndsWhenNothingIsWrittenAnyMoreAndBeginsAnew() throws Exception {
		WalHeadroom headroom = headroom(100);
		insertFrames(2000);
		begin(headroom);
		CheckpointDatabase.await(() -> !headroom.isActive());
		insertFrames(3000);
		begin(headroom);
		headroom.stop();
		CheckpointDatabase.await(() -> !headroom.isActive());
		headroom.heldBack(100_000);
		assertThat(headroom.isActive()).as("it was stopped for good").isFalse();
	}

	/**
	 * A headroom that works on the file system that the test runs on.
	 */
	private WalHeadroom headroom(long triggerFrames) throws IOException {
		SqliteCheckpointer checkpointer = this.database.checkpointer();
		return checkpointer.headroom(checkpointer.tail(), triggerFrames, Set.of(checkpointer.tail().fileSystem()));
	}

	// @formatter:off
	//
	// writer           headroom
	// BEGIN
	//                  waits, to make the file longer …
	//                                                        stop
	// ROLLBACK
	//                  ends
	//
	// @formatter:on
	@Test
	void itDoesNothingAnyMoreWhenItHasBeenStopped() throws Exception {
		WalHeadroom headroom = headroom(100);
		insertFrames(2000);
		long bytes = this.database.walBytes();
		Connection writing = this.database.actor("writer").does(this.database::writing);
		begin(headroom);
		CheckpointDatabase.await(() -> CheckpointDatabase.isAnyoneIn("acquireWriterForOthers") || !headroom.isActive());
		headroom.stop();
		writing.rollback();
		writing.close();
		CheckpointDatabase.await(() -> !headroom.isActive());
		assertThat(this.database.walBytes()).isEqualTo(bytes);
	}

	private void begin(WalHeadroom headroom) throws SQLException {
		long now = System.nanoTime();
		headroom.heldBack(this.database.wal().frames() - 2000, now);
		headroom.heldBack(this.database.wal().frames(), now + SECOND);
		assertThat(headroom.isActive()).isTrue();
	}

	@Test
	void aWalThatIsSmallOrGrowsSlowlyIsLeftAlone() throws Exception {
		WalHeadroom headroom = headroom(1000);
		long now = System.nanoTime();
		headroom.heldBack(2000, now);
		headroom.heldBack(3999, now + SECOND);
		assertThat(headroom.isActive()).as("less than four times the trigger").isFalse();
		headroom.heldBack(5000, now + 2 * SECOND);
		assertThat(headroom.isActive()).as("1001 frames in a second are less than 4 MiB").isFalse();
		headroom.heldBack(4000, now + 3 * SECOND);
		assertThat(headroom.isActive()).as("started over").isFalse();
	}

	@Test
	void onAnotherFileSystemNothingIsDone() throws Exception {
		this.database.insert(20);
		long bytes = this.database.walBytes();
		WalHeadroom headroom = this.database.checkpointer()
			.headroom(this.database.checkpointer().tail(), 1, Set.of("none"));
		headroom.heldBack(0, 0);
		headroom.heldBack(100_000, SECOND);
		CheckpointDatabase.await(headroom::isUnsuitable);
		CheckpointDatabase.await(() -> !headroom.isActive());
		assertThat(this.database.walBytes()).isEqualTo(bytes);
		headroom.heldBack(200_000, 2 * SECOND);
		assertThat(headroom.isActive()).as("not tried again").isFalse();
	}

	@Test
	void itEndsForGoodWhenSomethingGoesWrong() throws Exception {
		WalHeadroom headroom = headroom(100);
		insertFrames(2000);
		Path wal = this.directory.resolve("app.db-wal");
		Path away = this.directory.resolve("away");
		Files.move(wal, away);
		headroom.heldBack(0, 0);
		headroom.heldBack(2000, SECOND);
		CheckpointDatabase.await(headroom::isUnsuitable);
		CheckpointDatabase.await(() -> !headroom.isActive());
		Files.move(away, wal);
		headroom.heldBack(100_000);
		assertThat(headroom.isActive()).as("not tried again").isFalse();
		this.database.insert(1);
		this.database.assertWholeAfterACrash(2001);
	}

	@Test
	void notInADatabaseThatAnotherProgramCheckpointsNorWhenItIsSwitchedOff() throws Exception {
		assertThat(hasHeadroom("on", true, false)).isEqualTo(Runtime.getRuntime().availableProcessors() > 1);
		assertThat(hasHeadroom("off", false, false)).isFalse();
		assertThat(hasHeadroom("external", true, true)).isFalse();
	}

	private boolean hasHeadroom(String name, boolean headroom, boolean external) throws Exception {
		Path other = Files.createDirectory(this.directory.resolve(name));
		try (CheckpointDatabase opened = CheckpointDatabase.in(other,
				(builder) -> builder.walHeadroom(headroom)
					.externalCheckpoints(external)
					.checkpointInterval(Duration.ofSeconds(1)))) {
			return opened.checkpointer().hasHeadroom();
		}
	}

	// @formatter:off
	//
	// reader (pinned)   writer                background              headroom
	// BEGIN, SELECT
	//                   INSERT …
	//                                         does not start over
	//                                                                 begins
	// COMMIT
	//                   closes: one file is left, and no thread
	//
	// @formatter:on
	@Test
	void aWalThatIsHeldBackIsMadeReadyUntilTheDatabaseIsClosed() throws Exception {
		assumeThat(WalHeadroom.FILE_SYSTEMS).contains(Files.getFileStore(this.directory).type());
		assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
		Path other = Files.createDirectory(this.directory.resolve("held"));
		int rows = 0;
		try (CheckpointDatabase held = CheckpointDatabase.in(other,
				(builder) -> builder.checkpointTriggerSize(1 << 20).checkpointInterval(Duration.ofSeconds(1)))) {
			Connection reading = held.actor("reader").does(() -> held.reading("SELECT count(*) FROM t"));
			long threads = 0;
			while (!isMadeReady(held, rows)) {
				assertThat(rows).as("rows, without anything made ready").isLessThan(200_000);
				int rounds = held.results().size();
				held.execute(rows(6000));
				rows += 6000;
				int written = rows;
				// so much between two looks is fast
				CheckpointDatabase.await(() -> held.results().size() > rounds || isMadeReady(held, written));
				threads += headroomThreads();
			}
			assertThat(threads).isPositive();
			reading.close();
		}
		CheckpointDatabase.await(() -> headroomThreads() == 0);
		try (Stream<Path> files = Files.list(other)) {
			assertThat(files).containsExactly(other.resolve("app.db"));
		}
		assertThat(PlainConnection.ask(other.resolve("app.db"), "SELECT count(*) FROM t"))
			.isEqualTo(String.valueOf(rows));
	}

	/** A page for each row, and a few that lead to them. */
	private static boolean isMadeReady(CheckpointDatabase database, int rows) {
		return database.walBytes() > (rows + rows / 50 + 500) * FRAME;
	}

	private static long headroomThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("sqlite-wal-headroom"))
			.count();
	}

	private void insertFrames(int count) throws SQLException {
		this.database.execute(rows(count));
	}

	private static String rows(int count) {
		return "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < " + count
				+ ") SELECT zeroblob(4000) FROM c";
	}

}
