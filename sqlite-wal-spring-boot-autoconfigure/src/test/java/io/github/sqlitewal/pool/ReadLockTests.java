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

package io.github.sqlitewal.pool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.ProgressHandler;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.pool.MaintenanceConnection.ReadLock;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * SQLite's read lock, held for all readers while nobody writes. Whether it is held is
 * asked of SQLite where that matters: a checkpoint of somebody else finds it.
 */
@Timeout(120)
class ReadLockTests {

	private static final String TRUNCATE = "PRAGMA wal_checkpoint(TRUNCATE)";

	/** Tells nobody that there was something, as TRUNCATE does. */
	private static final String RESTART = "PRAGMA wal_checkpoint(RESTART)";

	private static final String NOT_BUSY = "0";

	private static final String BUSY = "1";

	private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

	@TempDir
	Path directory;

	private final Actor writer = Actor.named("writer");

	private final Actor reader = Actor.named("reader");

	/** Of the holder that is made by hand, as the rest below. */
	private final AtomicLong now = new AtomicLong();

	private final AtomicLong reads = new AtomicLong();

	private final AtomicLong commits = new AtomicLong();

	private final AtomicBoolean writerFree = new AtomicBoolean(true);

	private TestPool pool;

	private MaintenanceConnection maintenance;

	private ReadLockHolder holder;

	@BeforeEach
	void open() throws SQLException {
		this.pool = TestPool.in(this.directory).open();
		this.maintenance = this.pool.pool().maintenance();
		this.holder = new ReadLockHolder(this.maintenance, this.reads::get, this.commits::get, this.writerFree::get,
				this.now::get);
	}

	@AfterEach
	void close() {
		this.reader.close();
		this.writer.close();
		this.holder.close();
		this.pool.close();
	}

	@Test
	void takenWhenSixteenReadsBeginInTwoMilliseconds() {
		read(1, 0);
		read(15, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		read(16, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isTrue();
		assertThat(this.pool.pool().status().readLockHeld()).isTrue();
	}

	@Test
	void notTakenForWhatWasReadLongAgo() {
		read(1, 0);
		read(20, MILLI);
		read(1, TimeUnit.MINUTES.toNanos(10));
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	@Test
	void fewReadsLetItGo() {
		hold();
		read(15, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	@Test
	void notTakenAfterACommitInTheLastTwoMilliseconds() {
		read(1, 0);
		this.commits.incrementAndGet();
		read(100, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		read(100, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isTrue();
	}

	@Test
	void notTakenWhileTheWriterIsLent() {
		this.writerFree.set(false);
		read(1, 0);
		read(100, 2 * MILLI);
		read(100, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	@Test
	void lookedAtOnlyEveryTwoMilliseconds() {
		hold();
		this.commits.incrementAndGet();
		read(100, 2 * MILLI - 1);
		assertThat(this.maintenance.isReadLockHeld()).isTrue();
		read(1, 1);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	@Test
	void timeOutLetsItGoUnlessItWasTakenAnew() {
		hold();
		read(20, 8 * MILLI);
		this.now.addAndGet(10 * MILLI - 1);
		this.holder.timeOut();
		assertThat(this.maintenance.isReadLockHeld()).isTrue();
		this.now.incrementAndGet();
		this.holder.timeOut();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	@Test
	void timerLetsItGoWhenNobodyReadsAnyMore() throws Exception {
		readUntilHeld();
		TestPool.await(() -> !this.maintenance.isReadLockHeld());
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			assertThat(other.query(TRUNCATE)).isEqualTo(NOT_BUSY);
		}
	}

	// what holding it means, and why it is let go
	@Test
	void checkpointOfSomebodyElseWaitsForIt() throws Exception {
		hold();
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("INSERT INTO t VALUES ('theirs')");
			assertThat(other.query(TRUNCATE)).isEqualTo(BUSY);
			this.maintenance.letReadLockGo();
			assertThat(other.query(TRUNCATE)).isEqualTo(NOT_BUSY);
		}
	}

	// reader another process
	// holds it
	// .............................. commits, and its checkpoint finds a reader
	// takes it anew: overtaken
	// .............................. commits, and checkpoints all
	@Test
	void letGoForAWhileWhenSomebodyElseHasCommitted() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (long pause : new long[] { 1, 2, 4 }) {
				holdAgain();
				other.execute("INSERT INTO t VALUES ('theirs')");
				assertThat(other.query(TRUNCATE)).isEqualTo(BUSY);
				read(16, 2 * MILLI);
				assertThat(this.maintenance.isReadLockHeld()).isFalse();
				assertThat(other.query(RESTART)).isEqualTo(NOT_BUSY);
				read(1, pause * 1_000 * MILLI - 3 * MILLI);
				read(16, 2 * MILLI);
				assertThat(this.maintenance.isReadLockHeld()).isFalse();
				read(1, MILLI);
				read(16, 2 * MILLI);
				assertThat(this.maintenance.isReadLockHeld()).isTrue();
			}
		}
	}

	// reader another process
	// holds it
	// .............................. commits
	// lets it go
	// takes it: overtaken
	@Test
	void letGoForAWhileAlsoWhenItWasLetGoMeanwhile() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			hold();
			other.execute("INSERT INTO t VALUES ('theirs')");
			this.now.addAndGet(20 * MILLI);
			this.holder.timeOut();
			holdAgain(false);
			hold();
			other.execute("INSERT INTO t VALUES ('theirs')");
			read(1, 2 * MILLI);
			holdAgain(false);
		}
	}

	@Test
	void pauseIsOneOfASecondAgainWhenNobodyElseHasCommittedForLong() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (int i = 0; i < 3; i++) {
				hold();
				other.execute("INSERT INTO t VALUES ('theirs')");
				read(16, 2 * MILLI);
				read(1, 1_000 * MILLI);
				holdAgain();
				this.now.addAndGet(TimeUnit.MINUTES.toNanos(2));
			}
		}
	}

	@Test
	void commitsOfThisPoolAreNotThoseOfSomebodyElse() throws Exception {
		for (int i = 0; i < 3; i++) {
			holdAgain();
			try (Lease lease = this.pool.writer("INSERT")) {
				TestPool.execute(lease, "INSERT INTO t VALUES ('ours')");
			}
			this.commits.incrementAndGet();
			assertThat(this.maintenance.isReadLockHeld()).isFalse();
			read(1, 2 * MILLI);
			holdAgain(false);
			holdAgain();
			checkpoint();
		}
	}

	@Test
	void somebodyElseWhoWritesAndCheckpointsWhileReadsNeverStopKeepsHisWalSmall() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		AtomicLong done = new AtomicLong();
		Future<Void> reading = this.reader.begins(() -> {
			while (!over.get()) {
				readOnce();
				done.incrementAndGet();
			}
			return null;
		});
		long largest = 0;
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("PRAGMA wal_autocheckpoint=20").execute("PRAGMA synchronous=OFF");
			TestPool.await(this.maintenance::isReadLockHeld);
			for (int i = 0; i < 1_000; i++) {
				long before = done.get();
				other.execute("INSERT INTO t VALUES ('theirs')");
				TestPool.await(() -> done.get() > before + 20);
				largest = Math.max(largest, Files.size(this.pool.file().resolveSibling("app.db-wal")));
			}
		}
		finally {
			over.set(true);
		}
		Actor.result(reading);
		assertThat(largest / 4_120).as("frames").isLessThan(100);
	}

	@Test
	void readsSeeWhatAnotherProcessCommitsMeanwhile() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (int i = 1; i <= 20; i++) {
				this.maintenance.holdReadLock(() -> true);
				other.execute("INSERT INTO t VALUES (" + i + ")");
				assertThat(readOnce()).isEqualTo(String.valueOf(i));
			}
		}
	}

	@Test
	void whoGetsTheWriterLetsItGo() throws Exception {
		readUntilHeld();
		try (Lease lease = this.pool.writer("INSERT")) {
			assertThat(this.maintenance.isReadLockHeld()).isFalse();
			TestPool.execute(lease, "INSERT INTO t VALUES ('ours')");
			for (int i = 0; i < 5_000; i++) {
				readOnce();
			}
			try (PlainConnection other = PlainConnection.to(this.pool.file())) {
				assertThat(other.query(TRUNCATE)).isEqualTo(NOT_BUSY);
			}
		}
	}

	@Test
	void whatIsDoneOnTheConnectionFindsNoTransaction() throws Exception {
		hold();
		checkpoint();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		holdAgain();
		assertThat(this.maintenance.<Boolean>tryRun(PhysicalConnection::isInTransaction)).isFalse();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	// reader writer
	// may it be held? the writer is free
	// .............................. gets the writer
	// .............................. lets it go: waits for the reader
	// holds it
	// .............................. lets it go
	@Test
	void writerThatComesWhileItIsTakenLetsItGo() throws Exception {
		AtomicReference<Future<Void>> letGo = new AtomicReference<>();
		ReadLock held = this.maintenance.holdReadLock(() -> {
			letGo.set(this.writer.begins(() -> {
				this.maintenance.letReadLockGo();
				return null;
			}));
			return isWaiting(letGo.get());
		});
		assertThat(held).isEqualTo(ReadLock.HELD);
		Actor.result(letGo.get());
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	// reader writer
	// .............................. gets the writer, and nothing is held
	// may it be held? the writer is lent
	@Test
	void readerThatComesAfterTheWriterDoesNotTakeIt() throws Exception {
		assertThat(this.maintenance.holdReadLock(() -> false)).isEqualTo(ReadLock.NOT_HELD);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		assertThat(this.maintenance.<Boolean>tryRun(PhysicalConnection::isInTransaction)).isFalse();
	}

	@Test
	void writerNeverMeetsItHoweverTheyMeet() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		Future<Long> reading = this.reader.begins(() -> {
			long count = 0;
			while (!over.get()) {
				count += (this.maintenance.holdReadLock(this.writerFree::get) == ReadLock.HELD) ? 1 : 0;
			}
			return count;
		});
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (int i = 0; i < 1_000; i++) {
				this.writerFree.set(false);
				this.maintenance.letReadLockGo();
				other.execute("INSERT INTO t VALUES (" + i + ")");
				assertThat(other.query(TRUNCATE)).isEqualTo(NOT_BUSY);
				this.writerFree.set(true);
				TestPool.await(this.maintenance::isReadLockHeld);
			}
		}
		finally {
			over.set(true);
		}
		assertThat(Actor.result(reading)).isPositive();
	}

	// a look that finds the connection busy is one that has not been made
	@Test
	void lookWaitsForTheMomentThatItTakes() throws Exception {
		AtomicReference<Future<Boolean>> look = new AtomicReference<>();
		ReadLock held = this.maintenance.holdReadLock(() -> {
			look.set(this.reader.begins(() -> this.maintenance.<Boolean>tryRun((connection) -> true)));
			return isWaiting(look.get());
		});
		assertThat(held).isEqualTo(ReadLock.HELD);
		assertThat(Actor.result(look.get())).isTrue();
	}

	// the same with all that the pool does
	@Test
	void writerOfThePoolNeverMeetsItHoweverTheyMeet() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		Future<Void> reading = this.reader.begins(() -> {
			while (!over.get()) {
				// counts as a read, and has no read lock of its own
				this.pool.reader("SELECT").close();
			}
			return null;
		});
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			TestPool.await(this.maintenance::isReadLockHeld);
			for (int i = 0; i < 1_000; i++) {
				try (Lease lease = this.pool.writer("INSERT")) {
					TestPool.execute(lease, "INSERT INTO t VALUES (1)");
					this.pool.pool().committed();
					assertThat(other.query(RESTART)).isEqualTo(NOT_BUSY);
				}
				if (i % 10 == 0) {
					TestPool.await(this.maintenance::isReadLockHeld);
				}
			}
		}
		finally {
			over.set(true);
		}
		Actor.result(reading);
	}

	// writer maintenance
	// it is held
	// .............................. begins a checkpoint, which lets it go
	// goes on
	// .............................. is done
	@Test
	void writerDoesNotWaitForACheckpointThatHasLetItGo() throws Exception {
		hold();
		this.maintenance.run((connection) -> {
			try {
				return this.writer.does(() -> {
					this.maintenance.letReadLockGo();
					return "gone on";
				});
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}, Deadline.after(TestPool.LONG));
	}

	@Test
	void readsGoOnWhenBeginFails() throws Exception {
		PhysicalConnection connection = this.maintenance.slot().current();
		interruptAfter(0);
		hold(false);
		assertThat(connection.isInTransaction()).isFalse();
		assertThat(readOnce()).isEqualTo("0");
		ProgressHandler.clearHandler(connection.driverConnection());
		hold();
	}

	@Test
	void readsGoOnWhenWhatFollowsBeginFails() throws Exception {
		PhysicalConnection connection = this.maintenance.slot().current();
		AtomicInteger steps = interruptAfter(-1);
		connection.beginRead();
		int begin = steps.get();
		connection.rollback();
		interruptAfter(begin);
		hold(false);
		assertThat(connection.isInTransaction()).isFalse();
		assertIsFree();
		holdAgain(false);
		ProgressHandler.clearHandler(connection.driverConnection());
		hold();
	}

	@Test
	void readsGoOnWithoutTheConnection() throws Exception {
		hold();
		this.maintenance.slot().close();
		hold(false);
		assertThat(readOnce()).isEqualTo("0");
	}

	@Test
	void readIsNotToldWhatGoesWrong() throws Exception {
		AtomicBoolean wrong = new AtomicBoolean();
		this.holder = new ReadLockHolder(this.maintenance, this.reads::get, this.commits::get, () -> {
			if (wrong.get()) {
				throw new StackOverflowError();
			}
			return true;
		}, this.now::get);
		hold();
		wrong.set(true);
		read(16, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		assertIsFree();
		wrong.set(false);
		holdAgain(false);
		hold();
	}

	/** Interrupts once, after so many steps of SQLite's machine; -1 for never. */
	private AtomicInteger interruptAfter(int steps) throws SQLException {
		AtomicInteger taken = new AtomicInteger();
		ProgressHandler.setHandler(this.maintenance.slot().current().driverConnection(), 1, new ProgressHandler() {

			@Override
			protected int progress() {
				return (taken.incrementAndGet() == steps + 1) ? 1 : 0;
			}

		});
		return taken;
	}

	@Test
	void closesWithIt() throws Exception {
		hold();
		this.pool.close();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		assertThat(this.maintenance.holdReadLock(() -> true)).isEqualTo(ReadLock.NOT_HELD);
		assertThat(this.pool.file()).exists();
		assertThat(this.pool.file().resolveSibling("app.db-wal")).doesNotExist();
	}

	@Test
	void canBeSwitchedOff() throws Exception {
		try (TestPool off = TestPool.in(this.directory.resolve("off")).holdReadLock(false).open()) {
			for (int i = 0; i < 5_000; i++) {
				off.reader("SELECT 1").close();
			}
			assertThat(off.pool().maintenance().isReadLockHeld()).isFalse();
		}
	}

	private void hold() {
		hold(true);
	}

	/** Whatever was before. */
	private void hold(boolean held) {
		read(1, TimeUnit.MINUTES.toNanos(1));
		holdAgain(held);
	}

	private void holdAgain() {
		holdAgain(true);
	}

	private void holdAgain(boolean held) {
		read(1, 2 * MILLI);
		read(16, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isEqualTo(held);
	}

	/**
	 * Asked by another thread, because this one may have the lock as often as it likes.
	 */
	private void assertIsFree() throws Exception {
		assertThat(this.reader.does(() -> this.maintenance.<Boolean>tryRun((connection) -> true))).isTrue();
	}

	private void checkpoint() throws SQLException {
		String busy = this.maintenance.run((connection) -> connection.queryForString(TRUNCATE),
				Deadline.after(TestPool.LONG));
		assertThat(busy).isEqualTo(NOT_BUSY);
	}

	private void read(int count, long after) {
		this.now.addAndGet(after);
		this.reads.addAndGet(count);
		this.holder.readBegins();
	}

	private void readUntilHeld() {
		TestPool.await(() -> {
			for (int i = 0; i < 100 && !this.maintenance.isReadLockHeld(); i++) {
				readOnce();
			}
			return this.maintenance.isReadLockHeld();
		});
	}

	private String readOnce() throws SQLException {
		try (Lease lease = this.pool.reader("SELECT")) {
			return lease.connection().queryForString("SELECT count(*) FROM t");
		}
	}

	/**
	 * Whether a step waits; one that does not is over by the end of this.
	 */
	private static boolean isWaiting(Future<?> step) {
		try {
			step.get(200, TimeUnit.MILLISECONDS);
			return false;
		}
		catch (TimeoutException ex) {
			return true;
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
