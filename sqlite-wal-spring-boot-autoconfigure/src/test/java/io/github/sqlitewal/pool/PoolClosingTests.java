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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.fixture.ScriptedWal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of those who use the pool, or wait for it, when it closes.
 */
@Timeout(120)
class PoolClosingTests {

	private static final Deadline NOW = Deadline.after(Duration.ZERO);

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	// holder waiter newcomer closer
	// acquire
	// ............. acquire …
	// ......................................... drain …
	// ........................... refused
	// commit
	// ............. has it, commit
	// ......................................... drained
	@Test
	void whatWasAcceptedIsDoneAndWhatComesLaterIsRefused() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Actor holder = actor("holder");
		Lease held = holder.does(() -> begun(pool));
		Future<Boolean> waiter = actor("waiter").begins(() -> {
			try (Lease lease = begun(pool)) {
				lease.connection().commit();
				return true;
			}
		});
		pool.awaitQueuedWrites(1);
		Future<Boolean> drained = actor("closer").begins(() -> pool.pool().drain(Deadline.after(TestPool.LONG)));
		TestPool.await(() -> isRefused(pool));
		assertThat(drained.isDone()).isFalse();
		held.connection().commit();
		held.close();
		assertThat(Actor.result(waiter)).isTrue();
		assertThat(Actor.result(drained)).isTrue();
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(*) FROM t")).isEqualTo("2");
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> pool.reader("SELECT"));
	}

	@Test
	void pendingWorkThatThrowsDoesNotEndTheClosing() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		pool.pool().addPendingWork(new PendingWork() {

			@Override
			public void flush(Deadline deadline) {
			}

			@Override
			public void close(Deadline deadline) {
				throw new IllegalStateException("made for a test");
			}

			@Override
			public void turnAway() {
				throw new IllegalStateException("made for a test");
			}

		});
		assertThat(pool.pool().drain(Deadline.after(TestPool.LONG))).isTrue();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> pool.reader("SELECT"));
	}

	// holder waiter closer
	// BEGIN
	// INSERT
	// ............. acquire …
	// ........................... drain: the deadline passes
	// ............. turned away
	// (rolled back)
	@Test
	void whatIsNotDoneInTimeIsRolledBackAndTurnedAway() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Lease held = actor("holder").does(() -> begun(pool));
		Future<Lease> waiter = actor("waiter").begins(() -> pool.writer("INSERT"));
		pool.awaitQueuedWrites(1);
		assertThat(pool.pool().drain(NOW)).isFalse();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> Actor.result(waiter));
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(held::connection)
			.withMessageContaining("rolled back");
		try (PlainConnection other = PlainConnection.to(pool.file())) {
			other.execute("INSERT INTO t VALUES ('the lock is free')");
			assertThat(other.query("SELECT count(*) FROM t")).isEqualTo("1");
		}
		held.close();
	}

	// holder closer
	// BEGIN
	// INSERT 1
	// .............................. drain: the deadline passes, ROLLBACK
	// INSERT 2: refused
	// COMMIT: refused
	@Test
	void transactionThatIsRolledBackFromOutsideIsNotTakenForCommitted() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Lease held = begun(pool);
		PhysicalConnection connection = held.connection();
		assertThat(pool.pool().drain(NOW)).isFalse();
		assertThatExceptionOfType(SQLException.class).as("a statement that would commit by itself").isThrownBy(() -> {
			connection.checkTransaction();
			connection.prepare("INSERT INTO t VALUES (2)").execute();
		});
		assertThatExceptionOfType(SQLException.class).isThrownBy(connection::commit);
		held.close();
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(*) FROM t")).isEqualTo("0");
	}

	// committer closer
	// COMMIT, gives the writer back
	// ............. drain: syncs
	// ............. close
	// finds it on the disk
	@Test
	void commitWhoseCallerDoesNotWaitYetIsSyncedBeforeTheEnd() throws Exception {
		ScriptedWal wal = new ScriptedWal();
		TestPool pool = open(TestPool.in(this.directory).wal(wal));
		long ticket;
		try (Lease lease = begun(pool)) {
			lease.connection().commit();
			ticket = pool.pool().committed();
		}
		assertThat(wal.syncs()).isZero();
		assertThat(pool.pool().drain(Deadline.after(TestPool.LONG))).isTrue();
		assertThat(wal.syncs()).isOne();
		pool.close();
		pool.pool().awaitDurable(ticket);
	}

	@Test
	void statementThatRunsTooLongIsInterrupted() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Future<String> runs = actor("reader").begins(() -> {
			try (Lease lease = pool.reader("endless")) {
				return lease.connection()
					.queryForString("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
							+ " SELECT count(*) FROM c");
			}
		});
		TestPool.await(() -> pool.pool().status().readersInUse() == 1);
		pool.pool().drain(NOW);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(runs));
	}

	@Test
	void waiterForAReaderIsTurnedAway() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Lease held = pool.reader("SELECT");
		Future<Lease> waiter = actor("waiter").begins(() -> pool.reader("SELECT"));
		pool.awaitQueuedReads(1);
		assertThat(pool.pool().drain(NOW)).isFalse();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> Actor.result(waiter));
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(held::connection);
		held.close();
	}

	// holder closer
	// acquire
	// .............................. drain: the deadline passes
	// .............................. close
	// release
	@Test
	void leaseThatComesBackAfterTheCloseOpensNothing() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Lease writer = begun(pool);
		Lease reader = pool.reader("SELECT");
		pool.pool().drain(NOW);
		pool.pool().closeReaders();
		pool.pool().closeWriter();
		writer.close();
		reader.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(writer::attach);
		assertThatExceptionOfType(SQLException.class).isThrownBy(reader::attach);
		assertThat(pool.pool().status().connections())
			.allSatisfy((connection) -> assertThat(connection.settings()).isEmpty());
		assertThat(this.directory).isDirectoryNotContaining("glob:**-wal");
	}

	@Test
	void closeDoesNotWaitForWhatRunsOnTheMaintenanceConnection() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		CountDownLatch running = new CountDownLatch(1);
		Future<String> runs = actor("maintainer").begins(() -> pool.pool().maintenance().run((connection) -> {
			running.countDown();
			return connection.queryForString(
					"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)" + " SELECT count(*) FROM c");
		}, Deadline.after(TestPool.LONG)));
		running.await();
		pool.pool().closeWriter();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(runs));
		assertThatExceptionOfType(DatabaseClosedException.class)
			.isThrownBy(() -> pool.pool().maintenance().run((connection) -> true, Deadline.after(TestPool.LONG)));
	}

	// writers closer
	// INSERT, COMMIT, again …
	// .............................. drain, close
	// each call: committed, or an exception
	@Test
	void everyCallIsAnsweredExactlyOnce() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		int count = 8;
		CountDownLatch under = new CountDownLatch(200);
		AtomicInteger committed = new AtomicInteger();
		List<Future<Boolean>> writers = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			writers.add(actor("writer-" + i).begins(() -> {
				while (true) {
					try (Lease lease = begun(pool)) {
						lease.connection().commit();
						committed.incrementAndGet();
						under.countDown();
					}
					catch (DatabaseClosedException ex) {
						return true;
					}
				}
			}));
		}
		under.await();
		assertThat(pool.pool().drain(Deadline.after(TestPool.LONG))).isTrue();
		for (Future<Boolean> writer : writers) {
			assertThat(Actor.result(writer)).isTrue();
		}
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(*) FROM t")).isEqualTo(committed.toString());
	}

	private static Lease begun(TestPool pool) throws SQLException {
		Lease lease = pool.writer("INSERT INTO t VALUES (1)");
		pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
		TestPool.execute(lease, "INSERT INTO t VALUES (1)");
		return lease;
	}

	private static boolean isRefused(TestPool pool) throws SQLException {
		try {
			pool.pool().acquireWriter("newcomer", NOW, null).close();
			return false;
		}
		catch (DatabaseClosedException ex) {
			return true;
		}
		catch (LockTimeoutException ex) {
			return false;
		}
	}

	private TestPool open(TestPool pool) throws SQLException {
		this.opened.add(pool.open());
		return pool;
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

}
