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
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.PinSettings;
import io.github.sqlitewal.pool.PollingRetry;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.PoolSettings;
import io.github.sqlitewal.pool.SelfDeadlockException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriteGroupLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Whom a TRUNCATE lets pass before it takes the writer, and after it has given it back.
 */
@Timeout(120)
class TruncateTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	/** Writers are let pass for as long as the test takes. */
	private static final Duration ENDLESS_PATIENCE = Duration.ofHours(1);

	/** Writers are let pass for a second. */
	private static final Duration PATIENCE = Duration.ofSeconds(20);

	@TempDir
	Path directory;

	private final List<Actor> actors = new ArrayList<>();

	private final AtomicInteger slowed = new AtomicInteger();

	private final CountDownLatch goesToTheQueue = new CountDownLatch(1);

	private DatabaseLocation location;

	private SqlitePool pool;

	private WalTail tail;

	@BeforeEach
	void open() throws SQLException {
		this.location = DatabaseLocation.file(this.directory.resolve("app.db"));
		this.pool = SqlitePool.open(
				new ConnectionFactory(new ConnectionSettings(this.location, Map.of(), Map.of(), List.of(), 16)),
				new PoolSettings(2, LONG, 1000, WriteGroupLimits.DEFAULT, PinSettings.DEFAULT, true),
				PollingRetry.instance(), new StopsBeforeTheQueue());
		write(acquireWriter(), "CREATE TABLE t (x)");
		this.tail = new WalTail(this.pool, this.location, 4096 + 24);
	}

	@AfterEach
	void close() {
		this.goesToTheQueue.countDown();
		this.actors.forEach(Actor::close);
		this.pool.drain(Deadline.after(Duration.ofMillis(100)));
		this.pool.closeReaders();
		this.pool.closeWriter();
	}

	// @formatter:off
	//
	// writer                       checkpoint
	// held up by the pace
	// (not in the queue yet)
	//                              TRUNCATE: lets him go first …
	// INSERT
	//                              done
	//
	// @formatter:on
	@Test
	void writerThatWasHeldUpHasHisTurnFirst() throws Exception {
		Future<Lease> writer = holdUp(actor("writer"));
		Actor checkpoint = actor("checkpoint");
		Future<WalCheckpointRow> truncate = checkpoint.begins(() -> truncate(ENDLESS_PATIENCE));
		awaitWaitingForTurns(checkpoint);
		assertThat(this.pool.status().writer()).isNull();
		this.goesToTheQueue.countDown();
		Lease lease = Actor.result(writer);
		CheckpointDatabase.await(() -> this.pool.status().queuedWrites() == 1);
		assertThat(truncate.isDone()).isFalse();
		write(lease, "INSERT INTO t VALUES (1)");
		assertThat(Actor.result(truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
	}

	// @formatter:off
	//
	// importer          writer               checkpoint
	// BEGIN
	//                   held up by the pace
	//                   stands in the queue …
	//                                        TRUNCATE: lets him go first …
	// INSERT, COMMIT
	//                   has it
	//                                        copies the row
	//                                        waits for the writer …
	//                   done
	//                                        done
	//
	// @formatter:on
	@Test
	void nothingIsLeftToCopyWhenTheWriterIsTaken() throws Exception {
		BehindImporter writer = new BehindImporter();
		CheckpointDatabase.await(() -> this.pool.status().queuedWrites() == 1);
		assertThat(look().remaining()).isZero();
		writer.lease.close();
		assertThat(Actor.result(writer.truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
	}

	// @formatter:off
	//
	// writer                       checkpoint
	// held up by the pace
	// (not in the queue yet)
	//                              TRUNCATE: lets him go first, for a while; done
	// INSERT
	//
	// @formatter:on
	@Test
	void writerThatDoesNotComeIsNotWaitedForToTheEnd() throws Exception {
		Future<Lease> writer = holdUp(actor("writer"));
		Future<WalCheckpointRow> truncate = actor("checkpoint").begins(() -> truncate(PATIENCE));
		assertThat(Actor.result(truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
		assertThat(writer.isDone()).isFalse();
		this.goesToTheQueue.countDown();
		write(Actor.result(writer), "INSERT INTO t VALUES (1)");
		assertThat(this.location.walBytes()).isPositive();
	}

	// @formatter:off
	//
	// reader           importer         writer           checkpoint
	// SELECT … (of a WAL without frames)
	//                  BEGIN
	//                                   held up by the pace
	//                                   stands in the queue …
	//                                                    TRUNCATE: lets him go first …
	//                  INSERT, COMMIT
	//                                   has it
	//                                                    gap, without the writer …
	//                                   done
	// done
	//                                                    done
	//
	// @formatter:on
	@Test
	void writersDoNotWaitForATruncationThatAReaderStoodInTheWayOfMeanwhile() throws Exception {
		truncate(PATIENCE);
		Lease reader = acquireReader();
		reader.connection().beginRead();
		reader.connection().queryForString("SELECT count(*) FROM t");
		BehindImporter writer = new BehindImporter();
		CheckpointDatabase.await(TruncateTests::isGapOpen);
		Future<Lease> read = actor("reader 2").begins(this::acquireReader);
		CheckpointDatabase.await(() -> this.pool.status().queuedReads() == 1);
		assertThat(this.pool.status().queuedWrites()).isZero();
		writer.lease.close();
		reader.close();
		assertThat(Actor.result(writer.truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		Actor.result(read).close();
	}

	@Test
	void writersAreHeldUpAgainAfterwards() throws Exception {
		this.goesToTheQueue.countDown();
		truncate(PATIENCE);
		assertThat(isHeldUp()).isTrue();
		try (Lease lease = acquireWriter()) {
			assertThatExceptionOfType(SelfDeadlockException.class).isThrownBy(() -> truncate(PATIENCE));
		}
		assertThat(isHeldUp()).as("also when it failed").isTrue();
	}

	// @formatter:off
	//
	// reader 1       importer       writer        reader 2      checkpoint
	// SELECT …
	//                                                           TRUNCATE: gap …
	//                                             SELECT …
	//                BEGIN
	//                               INSERT …
	// done
	//                                                           waits for the writer …
	//                COMMIT
	//                                                           the WAL is empty
	//                               has it
	//                                                           lets him commit …
	//                               done
	//                                                           done
	//                                             done
	//
	// @formatter:on
	@Test
	void readersGoOnWhenThoseHaveCommittedWhoWaitedForTheTruncation() throws Exception {
		InGap gap = new InGap(ENDLESS_PATIENCE);
		CheckpointDatabase.await(() -> this.pool.status().queuedWrites() == 1);
		assertThat(this.location.walBytes()).isZero();
		assertThat(gap.read.isDone()).isFalse();
		assertThat(gap.truncate.isDone()).isFalse();
		write(gap.written, "INSERT INTO t VALUES (2)");
		Actor.result(gap.read).close();
		assertThat(Actor.result(gap.truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
	}

	@Test
	void readersDoNotWaitForALongTransactionThatWaitedForTheTruncation() throws Exception {
		InGap gap = new InGap(PATIENCE);
		Actor.result(gap.read).close();
		assertThat(Actor.result(gap.truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.pool.status().queuedWrites()).isZero();
		gap.written.close();
	}

	// @formatter:off
	//
	// writers                   checkpoint
	// import, BEGIN
	//                           TRUNCATE: waits, before all others …
	// import, COMMIT
	//                           the WAL starts over with the next write, which is waited for …
	// 1: BEGIN
	// 2: waits …
	// 1: INSERT, COMMIT
	//                           waits, in its turn …
	// 2: INSERT
	// 3: waits …
	// 2: COMMIT
	//                           the file has 8 MiB less
	// 3: INSERT
	//                           waits, in its turn …
	// 4: waits …
	// 3: COMMIT
	//                           the file has 16 MiB less
	// 4: INSERT, COMMIT
	//                           a third piece, and then the file is empty
	//
	// @formatter:on
	@Test
	void writersHaveTheirTurnBetweenThePiecesInWhichALargeFileIsGivenBack() throws Exception {
		this.goesToTheQueue.countDown();
		long large = makeLarge();
		Lease importing = acquireWriter();
		Future<WalCheckpointRow> truncate = actor("checkpoint").begins(() -> truncate(ENDLESS_PATIENCE));
		awaitQueued(1);
		importing.close();
		CheckpointDatabase.await(() -> CheckpointDatabase.isAnyoneIn("hasBegun"));
		Lease first = acquireWriter();
		Future<Lease> second = actor("writer").begins(this::acquireWriter);
		awaitQueued(1);
		execute(first, "INSERT INTO t VALUES (1)");
		awaitQueued(2);
		first.close();
		Lease lease = Actor.result(second);
		assertThat(this.location.walBytes()).isEqualTo(large);
		execute(lease, "INSERT INTO t VALUES (1)");
		for (int pieces = 1; pieces <= 2; pieces++) {
			awaitQueued(1);
			Future<Lease> next = actor("writer " + pieces).begins(this::acquireWriter);
			awaitQueued(2);
			lease.close();
			lease = Actor.result(next);
			assertThat(this.location.walBytes()).isEqualTo(large - pieces * CheckpointRun.PIECE_BYTES);
			assertWholeAfterACrash(2 + pieces);
			execute(lease, "INSERT INTO t VALUES (1)");
			assertWholeAfterACrash(3 + pieces);
		}
		lease.close();
		assertThat(Actor.result(truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
		assertWholeAfterACrash(5);
	}

	// a transaction that is longer than the time for the pieces
	@Test
	void aLargeFileIsGivenBackAtOnceWhenAPieceDoesNotHaveTheWriterInTime() throws Exception {
		this.goesToTheQueue.countDown();
		long large = makeLarge();
		Lease importing = acquireWriter();
		Future<WalCheckpointRow> truncate = actor("checkpoint").begins(() -> truncate(Duration.ofSeconds(10)));
		awaitQueued(1);
		Future<Lease> next = actor("writer").begins(this::acquireWriter);
		awaitQueued(2);
		importing.close();
		Lease writing = Actor.result(next);
		execute(writing, "INSERT INTO t VALUES (1)");
		CheckpointDatabase.await(() -> CheckpointDatabase.isAnyoneIn("cut"));
		CheckpointDatabase.await(() -> !CheckpointDatabase.isAnyoneIn("cut"));
		assertThat(this.location.walBytes()).isEqualTo(large);
		writing.close();
		assertThat(Actor.result(truncate).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
		assertWholeAfterACrash(2);
	}

	@Test
	void aLargeFileThatNobodyWritesToIsGivenBackAtOnce() throws Exception {
		makeLarge();
		assertThat(truncate(Duration.ofSeconds(400)).outcome(CheckpointMode.TRUNCATE))
			.isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
	}

	@Test
	void aReaderOfWhatIsCopiedKeepsNoLargeFile() throws Exception {
		makeLarge();
		copyAll();
		Lease reader = actor("reader").does(this::acquireReader);
		reader.connection().beginRead();
		execute(reader, "SELECT count(*) FROM t");
		assertThat(truncate(ENDLESS_PATIENCE).outcome(CheckpointMode.TRUNCATE)).isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.location.walBytes()).isZero();
		reader.close();
	}

	/**
	 * Makes the WAL three pieces long, and a little more.
	 */
	private long makeLarge() throws SQLException {
		write(acquireWriter(), "INSERT INTO t VALUES (zeroblob(" + 3 * CheckpointRun.PIECE_BYTES + "))");
		return this.location.walBytes();
	}

	private void copyAll() throws SQLException {
		WalCheckpointRow row = this.pool.maintenance()
			.run((connection) -> WalCheckpointRow.run(connection, "PASSIVE"), Deadline.after(LONG));
		assertThat(row.isCopied()).isTrue();
	}

	private void assertWholeAfterACrash(int rows) throws Exception {
		CheckpointDatabase.assertWholeAfterACrash(this.directory.resolve("app.db"), rows);
	}

	private void awaitQueued(int writes) {
		CheckpointDatabase.await(() -> this.pool.status().queuedWrites() == writes);
	}

	/**
	 * A writer that the pace has held up and that has not come to the queue.
	 */
	private Future<Lease> holdUp(Actor actor) throws Exception {
		this.pool.writeBrake().paceFrom(0);
		Future<Lease> writer = actor.begins(this::acquireWriter);
		CheckpointDatabase.await(() -> this.slowed.get() == 1);
		this.pool.writeBrake().endPace();
		return writer;
	}

	private boolean isHeldUp() throws SQLException {
		int before = this.slowed.get();
		this.pool.writeBrake().paceFrom(0);
		acquireWriter().close();
		this.pool.writeBrake().endPace();
		return this.slowed.get() > before;
	}

	private void awaitWaitingForTurns(Actor checkpoint) {
		CheckpointDatabase.await(() -> checkpoint.thread() != null
				&& LockSupport.getBlocker(checkpoint.thread()) == this.pool.writeBrake());
	}

	private static boolean isGapOpen() {
		return CheckpointDatabase.isAnyoneIn("awaitHome");
	}

	private WalCheckpointRow truncate(Duration patience) throws SQLException {
		GapBackoff gaps = new GapBackoff(this.pool::readLeases, patience);
		return new CheckpointRun(this.pool, this.tail, gaps, patience, false, Integer.MAX_VALUE,
				Deadline.after(ENDLESS_PATIENCE))
			.goAsFarAs(CheckpointMode.TRUNCATE);
	}

	private WalCheckpointRow look() throws SQLException {
		return this.pool.maintenance()
			.run((connection) -> WalCheckpointRow.run(connection, WalCheckpointRow.NOOP), Deadline.after(LONG));
	}

	private Lease acquireWriter() throws SQLException {
		return this.pool.acquireWriter("INSERT", Deadline.after(LONG), null);
	}

	private Lease acquireReader() throws SQLException {
		return this.pool.acquireReader("SELECT", Deadline.after(LONG), null);
	}

	private static void write(Lease lease, String sql) throws SQLException {
		try (lease) {
			execute(lease, sql);
		}
	}

	private static void execute(Lease lease, String sql) throws SQLException {
		try (Statement statement = lease.connection().driverConnection().createStatement()) {
			statement.execute(sql);
		}
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.actors.add(actor);
		return actor;
	}

	/**
	 * A writer that was held up and has its turn now, behind an import that has committed
	 * while the checkpoint let him go first.
	 */
	private final class BehindImporter {

		private final Future<WalCheckpointRow> truncate;

		private final Lease lease;

		private BehindImporter() throws Exception {
			TruncateTests.this.goesToTheQueue.countDown();
			Lease importer = acquireWriter();
			Future<Lease> writer = holdUp(actor("writer"));
			CheckpointDatabase.await(() -> TruncateTests.this.pool.status().queuedWrites() == 1);
			Actor checkpoint = actor("checkpoint");
			this.truncate = checkpoint.begins(() -> TruncateTests.this.truncate(ENDLESS_PATIENCE));
			awaitWaitingForTurns(checkpoint);
			write(importer, "INSERT INTO t VALUES (1)");
			this.lease = Actor.result(writer);
		}

	}

	/**
	 * A checkpoint that has been made in a gap, and a writer that stood in the queue
	 * meanwhile and has its turn now.
	 */
	private final class InGap {

		private final Future<WalCheckpointRow> truncate;

		private final Future<Lease> read;

		private final Lease written;

		private InGap(Duration patience) throws Exception {
			Lease reader = acquireReader();
			reader.connection().beginRead();
			reader.connection().queryForString("SELECT count(*) FROM t");
			write(acquireWriter(), "INSERT INTO t VALUES (1)");
			this.truncate = actor("checkpoint").begins(() -> TruncateTests.this.truncate(patience));
			CheckpointDatabase.await(TruncateTests::isGapOpen);
			this.read = actor("reader 2").begins(TruncateTests.this::acquireReader);
			CheckpointDatabase.await(() -> TruncateTests.this.pool.status().queuedReads() == 1);
			Lease importer = acquireWriter();
			Future<Lease> writer = actor("writer").begins(TruncateTests.this::acquireWriter);
			CheckpointDatabase.await(() -> TruncateTests.this.pool.status().queuedWrites() == 1);
			reader.close();
			CheckpointDatabase.await(() -> TruncateTests.this.pool.status().queuedWrites() == 2);
			importer.close();
			this.written = Actor.result(writer);
		}

	}

	/**
	 * Stops writers that were held up on their way to the queue.
	 */
	private final class StopsBeforeTheQueue implements PoolListener {

		@Override
		public void writeSlowed(long nanos) {
			TruncateTests.this.slowed.incrementAndGet();
			try {
				TruncateTests.this.goesToTheQueue.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
