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

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

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

import static org.assertj.core.api.Assertions.assertThat;

/**
 * SQLite's read lock, held for all readers while nobody writes. Whether it is held is
 * asked of SQLite where that matters: a checkpoint of somebody else finds it.
 */
@Timeout(120)
class ReadLockTests {

	private static final String TRUNCATE = "PRAGMA wal_checkpoint(TRUNCATE)";

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
		read(20, 10 * MILLI);
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

	@Test
	void checkpointOfSomebodyElseGetsInWhileReadsNeverStop() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		Future<Void> reading = this.reader.begins(() -> {
			while (!over.get()) {
				readOnce();
			}
			return null;
		});
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (int i = 0; i < 20; i++) {
				TestPool.await(this.maintenance::isReadLockHeld);
				other.execute("INSERT INTO t VALUES ('theirs')");
				TestPool.await(() -> NOT_BUSY.equals(other.query(TRUNCATE)));
			}
		}
		over.set(true);
		Actor.result(reading);
	}

	@Test
	void readsSeeWhatAnotherProcessCommitsMeanwhile() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			for (int i = 1; i <= 20; i++) {
				readUntilHeld();
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
		String busy = this.maintenance.run((connection) -> connection.queryForString(TRUNCATE),
				Deadline.after(TestPool.LONG));
		assertThat(busy).isEqualTo(NOT_BUSY);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		hold();
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
		Future<Void>[] letGo = future();
		boolean held = this.maintenance.holdReadLock(() -> {
			letGo[0] = this.writer.begins(() -> {
				this.maintenance.letReadLockGo();
				return null;
			});
			return isWaiting(letGo[0]);
		});
		assertThat(held).isTrue();
		Actor.result(letGo[0]);
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
	}

	// reader writer
	// .............................. gets the writer, and nothing is held
	// may it be held? the writer is lent
	@Test
	void readerThatComesAfterTheWriterDoesNotTakeIt() throws Exception {
		assertThat(this.maintenance.holdReadLock(() -> false)).isFalse();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		assertThat(this.maintenance.<Boolean>tryRun(PhysicalConnection::isInTransaction)).isFalse();
	}

	@Test
	void writerNeverMeetsItHoweverTheyMeet() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		Future<Long> reading = this.reader.begins(() -> {
			long count = 0;
			while (!over.get()) {
				count += this.maintenance.holdReadLock(this.writerFree::get) ? 1 : 0;
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
		over.set(true);
		assertThat(Actor.result(reading)).isPositive();
	}

	// a look that finds the connection busy is one that has not been made
	@Test
	void lookWaitsForTheMomentThatItTakes() throws Exception {
		Future<Boolean>[] look = future();
		boolean held = this.maintenance.holdReadLock(() -> {
			look[0] = this.reader.begins(() -> this.maintenance.<Boolean>tryRun((connection) -> true));
			return isWaiting(look[0]);
		});
		assertThat(held).isTrue();
		assertThat(Actor.result(look[0])).isTrue();
	}

	@Test
	void readsGoOnWhenItCannotBeHeld() throws Exception {
		PhysicalConnection connection = this.maintenance.slot().current();
		ProgressHandler.setHandler(connection.driverConnection(), 1, new ProgressHandler() {

			@Override
			protected int progress() {
				return 1;
			}

		});
		hold(false);
		assertThat(connection.isInTransaction()).isFalse();
		assertThat(readOnce()).isEqualTo("0");
		ProgressHandler.clearHandler(connection.driverConnection());
		hold();
		this.maintenance.slot().close();
		hold(false);
	}

	@Test
	void closesWithIt() throws Exception {
		hold();
		this.pool.close();
		assertThat(this.maintenance.isReadLockHeld()).isFalse();
		assertThat(this.maintenance.holdReadLock(() -> true)).isFalse();
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

	private void hold(boolean held) {
		read(1, 2 * MILLI);
		read(16, 2 * MILLI);
		assertThat(this.maintenance.isReadLockHeld()).isEqualTo(held);
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

	@SuppressWarnings("unchecked")
	private static <T> Future<T>[] future() {
		return new Future[1];
	}

}
