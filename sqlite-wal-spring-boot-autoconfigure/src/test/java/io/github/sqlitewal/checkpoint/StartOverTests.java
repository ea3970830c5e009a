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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the background makes the WAL start over, each interleaving forced: nothing runs
 * here that the test does not run.
 */
@Timeout(120)
class StartOverTests {

	private static final Duration PATIENT = Duration.ofSeconds(10);

	@TempDir
	Path directory;

	private CheckpointDatabase database;

	@AfterEach
	void close() throws SQLException {
		if (this.database != null) {
			this.database.close();
		}
	}

	@Test
	void walStartsOverWhenNobodyIsInTheWay() throws Exception {
		open();
		this.database.insert(20);
		CheckpointResult result = this.database.startOver();
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(result.mode()).isEqualTo(CheckpointMode.RESTART);
		assertThat(result.trigger()).isEqualTo(CheckpointTrigger.PRESSURE);
		assertThat(result.framesBefore()).isGreaterThanOrEqualTo(20);
		assertThat(result.writersBlocked()).isPositive();
		assertThat(result.readersBlocked()).as("no gap was needed").isZero();
		assertThat(result.heldBackBy()).isEmpty();
		assertThat(result.detail()).isNull();
		long bytes = this.database.walBytes();
		this.database.insert(1);
		assertThat(this.database.wal().frames()).as("from the beginning").isLessThan(5);
		assertThat(this.database.walBytes()).isEqualTo(bytes);
	}

	// @formatter:off
	//
	// reader 1          checkpoint             reader 2          writer
	// BEGIN, SELECT
	//                   PASSIVE: all copied
	//                   gap: waits …
	//                                          SELECT …
	//                                                            INSERT, stored
	// COMMIT
	//                   RESTART: reset
	//                                          sees the row
	//
	// @formatter:on
	@Test
	void readerAtTheTipComesHomeAndTheWalStartsOverInTheGap() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(PATIENT));
		this.database.insert(20);
		Actor reader = this.database.actor("reader 1");
		Connection reading = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		Future<CheckpointResult> round = this.database.actor("checkpoint").begins(this.database::startOver);
		awaitGap();
		Future<String> second = this.database.actor("reader 2")
			.begins(() -> this.database.query("SELECT count(*) FROM t"));
		CheckpointDatabase.await(() -> this.database.database().status().queuedReads() == 1);
		this.database.insert(1);
		assertThat(second.isDone()).isFalse();
		assertThat(round.isDone()).isFalse();
		reader.does(() -> {
			reading.close();
			return null;
		});
		CheckpointResult result = Actor.result(round);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(result.readersBlocked()).isPositive();
		assertThat(result.writersBlocked()).isPositive();
		assertThat(result.detail()).isNull();
		assertThat(Actor.result(second)).isEqualTo("21");
		this.database.insert(1);
		assertThat(this.database.wal().frames()).isLessThan(5);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("22");
	}

	// @formatter:off
	//
	// pinned                  checkpoint                          others
	// BEGIN, SELECT
	//                                                             INSERT
	//                         PASSIVE: a part
	//                         gap: given up
	//                                                             SELECT, INSERT
	//                         again: no gap, he is still away
	//                                                             SELECT
	// COMMIT
	//                         again: reset
	//
	// @formatter:on
	@Test
	void gapIsGivenUpForAPinnedReaderAndNotMadeAgainBeforeHeIsHome() throws Exception {
		open();
		this.database.insert(10);
		Actor pinned = this.database.actor("http-7");
		Connection reading = pinned.does(() -> this.database.reading("SELECT count(*) FROM t -- report"));
		this.database.insert(10);
		CheckpointResult first = this.database.startOver();
		assertThat(first.outcome()).isEqualTo(CheckpointOutcome.PARTIAL);
		assertThat(first.mode()).as("it got no further").isEqualTo(CheckpointMode.PASSIVE);
		assertThat(first.checkpointedFrames()).isLessThan(first.walFrames());
		assertThat(first.heldBackBy()).singleElement().satisfies((lease) -> {
			assertThat(lease.thread()).isEqualTo("http-7");
			assertThat(lease.sql()).isEqualTo("SELECT count(*) FROM t -- report");
		});
		assertThat(first.detail()).contains("a reader uses the WAL", "http-7", "-- report");
		assertThat(first.writersBlocked()).as("writers have not noticed").isZero();
		assertThat(first.readersBlocked()).isPositive();
		this.database.insert(1);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("21");
		CheckpointResult second = this.database.startOver();
		assertThat(second.outcome()).isEqualTo(CheckpointOutcome.PARTIAL);
		assertThat(second.readersBlocked()).as("no gap").isZero();
		assertThat(second.writersBlocked()).isZero();
		assertThat(second.heldBackBy()).singleElement()
			.satisfies((lease) -> assertThat(lease.thread()).isEqualTo("http-7"));
		assertThat(pinned.does(() -> CheckpointDatabase.query(reading, "SELECT count(*) FROM t"))).isEqualTo("10");
		pinned.does(() -> {
			reading.close();
			return null;
		});
		CheckpointResult third = this.database.startOver();
		assertThat(third.outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(third.detail()).isNull();
		assertThat(third.heldBackBy()).isEmpty();
	}

	@Test
	void pinnedReaderAtTheTipLeavesTheRoundCompleteAndIsNamed() throws Exception {
		open();
		this.database.insert(10);
		Connection reading = this.database.actor("http-7").does(() -> this.database.reading("SELECT count(*) FROM t"));
		CheckpointResult result = this.database.startOver();
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(result.detail()).contains("http-7");
		assertThat(result.writersBlocked()).isZero();
		reading.close();
	}

	// @formatter:off
	//
	// nested                    checkpoint
	// BEGIN, SELECT
	//                           gap: waits …
	// another connection: SELECT (passes)
	// COMMIT
	//                           RESTART: reset
	//
	// @formatter:on
	@Test
	void nestedReadOfThePinnedThreadIsNotKeptWaiting() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(PATIENT));
		this.database.insert(10);
		Actor nested = this.database.actor("nested");
		Connection reading = nested.does(() -> this.database.reading("SELECT count(*) FROM t"));
		Future<CheckpointResult> round = this.database.actor("checkpoint").begins(this.database::startOver);
		awaitGap();
		assertThat(nested.does(() -> this.database.query("SELECT count(*) FROM t"))).isEqualTo("10");
		assertThat(round.isDone()).isFalse();
		nested.does(() -> {
			reading.close();
			return null;
		});
		assertThat(Actor.result(round).outcome()).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void roundOfAThreadThatReadsItselfMakesNoGap() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(PATIENT));
		this.database.insert(10);
		try (Connection reading = this.database.reading("SELECT count(*) FROM t")) {
			CheckpointResult result = this.database.startOver();
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
			assertThat(result.readersBlocked()).isZero();
			assertThat(result.heldBackBy()).singleElement()
				.satisfies((lease) -> assertThat(lease.thread()).isEqualTo(Thread.currentThread().getName()));
			assertThat(CheckpointDatabase.query(reading, "SELECT count(*) FROM t")).isEqualTo("10");
		}
	}

	// @formatter:off
	//
	// importer          checkpoint
	// BEGIN, INSERT
	//                   waits for the writer …
	//                   given up
	// COMMIT
	//                   again: reset
	//
	// @formatter:on
	@Test
	void longWriteTransactionIsLeftAloneAndNamed() throws Exception {
		open();
		this.database.insert(10);
		Actor importer = this.database.actor("importer");
		Connection writing = importer.does(this.database::writing);
		CheckpointResult result = this.database.startOver();
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(result.detail()).contains("the writer", "importer", "INSERT INTO t");
		assertThat(result.heldBackBy()).isEmpty();
		assertThat(result.writersBlocked()).isZero();
		importer.does(() -> {
			writing.commit();
			writing.close();
			return null;
		});
		assertThat(this.database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("11");
	}

	// @formatter:off
	//
	// reader            importer          checkpoint                   reader 2
	// BEGIN, SELECT
	//                   BEGIN, INSERT
	//                                     gap: waits …
	//                                                                  SELECT …
	// COMMIT
	//                                     all are home; waits for the writer …
	//                                     gives up: the gap ends
	//                                                                  has it
	//                   COMMIT
	//
	// @formatter:on
	@Test
	void longWriteTransactionDoesNotKeepTheReadsOfAGapWaiting() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(Duration.ofSeconds(3)));
		this.database.insert(10);
		Actor reader = this.database.actor("reader");
		Connection reading = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		Actor importer = this.database.actor("importer");
		Connection writing = importer.does(this.database::writing);
		Future<CheckpointResult> round = this.database.actor("checkpoint").begins(this.database::startOver);
		awaitGap();
		Future<String> second = this.database.actor("reader 2")
			.begins(() -> this.database.query("SELECT count(*) FROM t"));
		CheckpointDatabase.await(() -> this.database.database().status().queuedReads() == 1);
		reader.does(() -> {
			reading.close();
			return null;
		});
		CheckpointDatabase.await(() -> this.database.database().status().queuedWrites() == 1);
		CheckpointResult result = Actor.result(round);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(result.detail()).contains("the writer", "importer");
		assertThat(result.writersBlocked()).isZero();
		assertThat(result.readersBlocked()).isPositive();
		assertThat(Actor.result(second)).isEqualTo("10");
		writing.close();
	}

	@Test
	void roundInsideAWriteTransactionOfTheSameThreadCopiesWhatIsCommitted() throws Exception {
		open();
		this.database.insert(10);
		try (Connection writing = this.database.writing()) {
			CheckpointResult result = this.database.startOver();
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
			assertThat(result.detail()).contains("this thread is in a write transaction");
			writing.commit();
		}
		assertThat(this.database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void pinOfAnotherProcessIsNamedAsSuch() throws Exception {
		open();
		this.database.insert(10);
		try (PlainConnection pinned = this.database.outside("BEGIN")) {
			this.database.insert(10);
			CheckpointResult result = this.database.startOver();
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.PARTIAL);
			assertThat(result.heldBackBy()).isEmpty();
			assertThat(result.detail()).isEqualTo("a reader of another process uses the WAL");
			assertThat(result.readersBlocked()).as("no gap would help").isZero();
			assertThat(pinned.query("SELECT count(*) FROM t")).isEqualTo("10");
		}
		assertThat(this.database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void readerOfAnotherProcessAtTheTipIsNamedAsSuch() throws Exception {
		open();
		this.database.insert(10);
		try (PlainConnection reader = this.database.outside("BEGIN")) {
			CheckpointResult result = this.database.startOver();
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
			assertThat(result.heldBackBy()).isEmpty();
			assertThat(result.detail()).isEqualTo("a reader of another process uses the WAL");
			assertThat(reader.query("SELECT count(*) FROM t")).isEqualTo("10");
		}
		assertThat(this.database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void writerOfAnotherProcessIsNamedAsSuch() throws Exception {
		open();
		this.database.insert(10);
		try (PlainConnection writer = this.database.outside("BEGIN IMMEDIATE")) {
			writer.execute("INSERT INTO t VALUES ('theirs')");
			CheckpointResult result = this.database.startOver();
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
			assertThat(result.heldBackBy()).isEmpty();
			assertThat(result.detail()).isEqualTo("a writer of another process did not let go in time");
			writer.execute("COMMIT");
		}
		assertThat(this.database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("11");
	}

	// @formatter:off
	//
	// reader elsewhere    checkpoint elsewhere                   checkpoint
	// BEGIN, SELECT
	//                     TRUNCATE (waits for the reader) …
	//                                                            busy, at once
	// COMMIT
	//                     done
	//                                                            reset
	//
	// @formatter:on
	@Test
	void checkpointOfAnotherProcessIsNamedAsSuch() throws Exception {
		open();
		this.database.insert(10);
		PlainConnection reader = this.database.outside("BEGIN");
		PlainConnection other = this.database.outside("PRAGMA busy_timeout=60000");
		Actor elsewhere = this.database.actor("elsewhere");
		Future<String> waits = elsewhere.begins(() -> {
			// busy at once while one of this process runs
			String busy = "1";
			while (busy.equals("1")) {
				busy = other.query("PRAGMA wal_checkpoint(TRUNCATE)");
			}
			return busy;
		});
		CheckpointDatabase.await(() -> this.database.startOver().outcome() == CheckpointOutcome.BUSY);
		CheckpointResult result = this.database.startOver();
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
		assertThat(result.detail()).isEqualTo("another process is running a checkpoint");
		assertThat(result.writersBlocked()).isZero();
		assertThat(result.readersBlocked()).isZero();
		reader.execute("COMMIT");
		assertThat(Actor.result(waits)).isEqualTo("0");
		assertThat(this.database.checkpointer().walState().current()).isEqualTo(WalState.NORMAL);
	}

	// @formatter:off
	//
	// reader 1 (long)      checkpoint                    reader 2 (pinned)
	// BEGIN, SELECT
	//                      TRUNCATE: waits in a gap …
	// COMMIT
	//                      reset
	//
	// @formatter:on
	@Test
	void truncateThatIsAskedForWaitsForReadersInAGapAndNotWithTheWriter() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(PATIENT));
		this.database.insert(10);
		Actor reader = this.database.actor("reader");
		Connection reading = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		Future<CheckpointResult> truncate = this.database.actor("checkpoint")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE));
		awaitGap();
		assertThat(this.database.database().status().writer()).as("nobody holds the writer").isNull();
		this.database.insert(5);
		assertThat(truncate.isDone()).isFalse();
		reader.does(() -> {
			reading.close();
			return null;
		});
		assertThat(Actor.result(truncate).outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.database.walBytes()).isZero();
	}

	// @formatter:off
	//
	// reader 1          importer            checkpoint                  reader 2
	// BEGIN, SELECT
	//                   BEGIN, INSERT
	//                                       TRUNCATE: waits for the writer …
	// COMMIT
	//                                                                   BEGIN, SELECT
	//                   COMMIT
	//                                       busy: names reader 2 alone
	//
	// @formatter:on
	@Test
	void onlyThoseAreNamedWhoAreInTheWayWhenTheWriterIsHad() throws Exception {
		// no second attempt, which would find out anew
		open((builder) -> builder.checkpointBusyTimeout(Duration.ZERO));
		this.database.insert(10);
		Actor first = this.database.actor("early");
		Connection early = first.does(() -> this.database.reading("SELECT 1 FROM t"));
		Actor importer = this.database.actor("importer");
		Connection writing = importer.does(this.database::writing);
		Future<CheckpointResult> truncate = this.database.actor("checkpoint")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE));
		CheckpointDatabase.await(() -> this.database.database().status().queuedWrites() == 1);
		first.does(() -> {
			early.close();
			return null;
		});
		Connection late = this.database.actor("late").does(() -> this.database.reading("SELECT 2 FROM t"));
		importer.does(() -> {
			writing.commit();
			writing.close();
			return null;
		});
		CheckpointResult result = Actor.result(truncate);
		assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
		assertThat(result.heldBackBy()).singleElement()
			.satisfies((lease) -> assertThat(lease.thread()).isEqualTo("late"));
		assertThat(result.detail()).contains("late").doesNotContain("early");
		late.close();
	}

	// @formatter:off
	//
	// reader            checkpoint               close
	// BEGIN, SELECT
	//                   gap: waits …
	//                                            refuses new work, waits for the reader …
	// COMMIT
	//                   all are home: the writer is not to be had any more
	//                                            TRUNCATE, done
	//
	// @formatter:on
	@Test
	void closingWhileAGapIsOpenEndsTheRoundAndIsNoFailure() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(PATIENT));
		this.database.insert(10);
		Actor reader = this.database.actor("reader");
		Connection reading = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		Future<CheckpointResult> round = this.database.actor("checkpoint").begins(this.database::startOver);
		awaitGap();
		Future<Boolean> closed = this.database.actor("close").begins(() -> {
			this.database.database().close();
			return true;
		});
		CheckpointDatabase.await(this::isDraining);
		reader.does(() -> {
			reading.close();
			return null;
		});
		assertThat(Actor.result(closed)).isTrue();
		assertThat(Actor.result(round).outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		assertThat(this.database.states()).isEmpty();
		assertThat(this.database.checkpointer().history()).extracting(CheckpointResult::trigger)
			.containsExactly(CheckpointTrigger.SHUTDOWN);
		assertThat(this.database.walBytes()).isZero();
		assertThat(PlainConnection.ask(this.database.file(), "SELECT count(*) FROM t")).isEqualTo("10");
	}

	// @formatter:off
	//
	// importer          checkpoint                   close
	// BEGIN, INSERT
	//                   waits for the writer …
	//                                                refuses new work, waits …
	// COMMIT
	//                   RESTART: reset
	//                                                TRUNCATE, done
	//
	// @formatter:on
	@Test
	void closingWaitsForTheRoundThatStandsInTheQueueOfTheWriter() throws Exception {
		open();
		this.database.insert(10);
		Actor importer = this.database.actor("importer");
		Connection writing = importer.does(this.database::writing);
		Future<CheckpointResult> truncate = this.database.actor("checkpoint")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.RESTART));
		CheckpointDatabase.await(() -> this.database.database().status().queuedWrites() == 1);
		Future<Boolean> closed = this.database.actor("close").begins(() -> {
			this.database.database().close();
			return true;
		});
		CheckpointDatabase.await(this::isDraining);
		importer.does(() -> {
			writing.commit();
			writing.close();
			return null;
		});
		assertThat(Actor.result(truncate).outcome()).isEqualTo(CheckpointOutcome.RESET);
		assertThat(Actor.result(closed)).isTrue();
		assertThat(PlainConnection.ask(this.database.file(), "SELECT count(*) FROM t")).isEqualTo("11");
	}

	/**
	 * Whether the database waits for what it has accepted, and takes nothing new.
	 */
	private boolean isDraining() {
		return this.database.database().isClosed() && Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals("sqlite-close")
					&& thread.getState() == Thread.State.TIMED_WAITING);
	}

	// @formatter:off
	//
	// writer 1          writer 2          prepareForOtherProcesses
	// INSERT
	//                   INSERT (waits) …
	//                                     waits for both …
	// COMMIT
	//                   done
	//                                     done
	//
	// @formatter:on
	@Test
	void otherProcessesSeeWhatWasAskedForBefore() throws Exception {
		open();
		this.database.insert(1);
		Connection writer = this.database.writing();
		Future<Object> second = this.database.actor("second").begins(() -> {
			this.database.insert(1);
			return null;
		});
		CheckpointDatabase.await(() -> this.database.database().status().queuedWrites() == 1);
		Future<CheckpointResult> prepared = this.database.actor("prepare")
			.begins(() -> this.database.checkpointer().prepareForOtherProcesses());
		CheckpointDatabase.await(() -> this.database.database().status().queuedWrites() == 2);
		writer.commit();
		writer.close();
		assertThat(Actor.result(prepared).isComplete()).isTrue();
		Path alone = this.directory.resolve("alone.db");
		CheckpointDatabase.copy(this.database.file(), alone);
		assertThat(PlainConnection.ask(alone, "SELECT count(*) FROM t")).isEqualTo("3");
		Actor.result(second);
	}

	// @formatter:off
	//
	// reader            writer            TRUNCATE
	// SELECT
	//                   3000 frames
	//                                     PASSIVE copies nothing past the reader
	//                                     (3000 frames are too many to keep writers waiting for)
	//                   INSERT
	//
	// @formatter:on
	@Test
	void writersAreNotKeptWaitingWhileMuchIsCopied() throws Exception {
		open();
		this.database.insert(1);
		try (Connection reader = this.database.reading("SELECT count(*) FROM t")) {
			this.database.execute("INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
					+ " WHERE n < 3000) SELECT randomblob(3900) FROM c");
			CheckpointResult result = this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
			assertThat(result.writersBlocked()).isZero();
			assertThat(result.heldBackBy()).hasSize(1);
		}
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
	}

	// @formatter:off
	//
	// reader            writer            RESTART
	// SELECT
	//                                     gives up its gap (once)
	//                                     RESTART again: no gap for him, looks now and then
	//                   INSERT (open)
	// comes home
	//                                     asks for the writer, and does not get it in time
	//
	// @formatter:on
	@Test
	void requestThatNeverHadTheWriterIsBusy() throws Exception {
		open((builder) -> builder.checkpointBusyTimeout(Duration.ofMillis(600)));
		this.database.insert(1);
		Actor actor = this.database.actor("reader");
		Connection reader = actor.does(() -> this.database.reading("SELECT count(*) FROM t"));
		this.database.insert(5);
		assertThat(asked(CheckpointMode.RESTART).outcome()).isEqualTo(CheckpointOutcome.BUSY);
		Future<CheckpointResult> restart = this.database.actor("restart")
			.begins(() -> this.database.checkpointer().checkpoint(CheckpointMode.RESTART));
		CheckpointDatabase.await(() -> Thread.getAllStackTraces()
			.values()
			.stream()
			.anyMatch((stack) -> Arrays.stream(stack)
				.limit(3)
				.anyMatch((frame) -> frame.getMethodName().equals("goAsFarAs"))));
		try (Connection writer = this.database.writing()) {
			actor.does(() -> {
				reader.close();
				return null;
			});
			CheckpointResult result = Actor.result(restart);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.BUSY);
			assertThat(result.detail()).contains("INSERT INTO t");
			writer.rollback();
		}
		assertThat(asked(CheckpointMode.RESTART).outcome()).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void readerThatBeganWhenEverythingWasCopiedIsInNobodysWay() throws Exception {
		open();
		this.database.insert(5);
		assertThat(asked(CheckpointMode.PASSIVE).outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		try (Connection reader = this.database.reading("SELECT count(*) FROM t")) {
			CheckpointResult result = asked(CheckpointMode.TRUNCATE);
			assertThat(result.outcome()).isEqualTo(CheckpointOutcome.RESET);
			assertThat(result.readersBlocked()).isZero();
			assertThat(CheckpointDatabase.query(reader, "SELECT count(*) FROM t")).isEqualTo("5");
		}
		assertThat(this.database.walBytes()).isZero();
	}

	private CheckpointResult asked(CheckpointMode mode) {
		return this.database.checkpointer().checkpoint(mode);
	}

	@Test
	void requestsMakeOneGapForAReaderThatDoesNotComeHomeAndSpoilNoneOfTheBackground() throws Exception {
		open();
		this.database.insert(1);
		Actor reader = this.database.actor("reader");
		Connection first = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		this.database.insert(5);
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.RESTART).readersBlocked()).isPositive();
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.RESTART).readersBlocked()).isZero();
		reader.does(() -> {
			first.close();
			return null;
		});
		Connection second = reader.does(() -> this.database.reading("SELECT count(*) FROM t"));
		// the background tries at once: a gap on request is no reason for a pause
		assertThat(this.database.startOver().readersBlocked()).isPositive();
		reader.does(() -> {
			second.close();
			return null;
		});
	}

	/**
	 * Waits until new reads wait: one of them shows it.
	 */
	private void awaitGap() {
		CheckpointDatabase.await(() -> {
			Actor probe = this.database.actor("probe");
			Future<String> read = probe.begins(() -> this.database.query("SELECT 1"));
			CheckpointDatabase.await(() -> read.isDone() || this.database.database().status().queuedReads() > 0);
			if (read.isDone()) {
				return false;
			}
			probe.thread().interrupt();
			CheckpointDatabase.await(() -> this.database.database().status().queuedReads() == 0);
			return true;
		});
	}

	private void open() throws SQLException {
		open((builder) -> {
		});
	}

	private void open(Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		this.database = CheckpointDatabase.in(this.directory, settings);
	}

}
