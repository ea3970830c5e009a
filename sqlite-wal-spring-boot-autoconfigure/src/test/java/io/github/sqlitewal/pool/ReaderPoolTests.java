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
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
class ReaderPoolTests {

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

	@Test
	void readerThatCameBackLastGoesOutFirst() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(3));
		Lease first = pool.reader("1");
		Lease second = pool.reader("2");
		Lease third = pool.reader("3");
		PhysicalConnection warm = second.connection();
		third.close();
		first.close();
		second.close();
		try (Lease next = pool.reader("4")) {
			assertThat(next.connection()).isSameAs(warm);
		}
		try (Lease next = pool.reader("5")) {
			assertThat(next.connection()).isSameAs(warm);
		}
	}

	// holder waiter 0 waiter 1 …
	// acquire
	// ............. acquire …
	// ........................... acquire …
	// release
	// ............. has it
	@Test
	void readersAreGrantedInTheOrderOfTheRequests() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		List<Integer> order = Collections.synchronizedList(new ArrayList<>());
		List<Future<Boolean>> waits = new ArrayList<>();
		Lease holder = pool.reader("holder");
		for (int i = 0; i < 10; i++) {
			int number = i;
			waits.add(actor("waiter-" + i).begins(() -> {
				try (Lease lease = pool.reader("waiter")) {
					return order.add(number);
				}
			}));
			pool.awaitQueuedReads(i + 1);
		}
		holder.close();
		for (Future<Boolean> wait : waits) {
			Actor.result(wait);
		}
		assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
	}

	@Test
	void deadlineThatPassesNamesEveryHolder() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Lease first = actor("http-1").does(() -> pool.reader("SELECT 'report'"));
		Lease second = actor("http-2").does(() -> pool.reader("SELECT 'export'"));
		assertThatExceptionOfType(SQLTransientConnectionException.class)
			.isThrownBy(() -> pool.pool().acquireReader("SELECT 1", Deadline.after(Duration.ofMillis(20)), null))
			.withMessageContaining("thread http-1")
			.withMessageContaining("SELECT 'report'")
			.withMessageContaining("thread http-2")
			.withMessageContaining("SELECT 'export'")
			.withMessageContaining("sqlite.pool.readers")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53300"));
		assertThat(pool.pool().status().queuedReads()).isZero();
		assertThat(pool.pool().status().readersInUse()).isEqualTo(2);
		first.close();
		second.close();
		assertThat(pool.pool().status().readersInUse()).isZero();
	}

	@Test
	void interruptAndCancellationEndTheWait() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Lease holder = pool.reader("holder");
		Actor interrupted = actor("interrupted");
		Future<Lease> first = interrupted.begins(() -> pool.reader("first"));
		pool.awaitQueuedReads(1);
		Cancellation cancellation = new Cancellation();
		Future<Lease> second = actor("cancelled")
			.begins(() -> pool.pool().acquireReader("second", Deadline.after(TestPool.LONG), cancellation));
		pool.awaitQueuedReads(2);
		interrupted.thread().interrupt();
		cancellation.cancel();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(first))
			.withMessageContaining("interrupted");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(second))
			.withMessageContaining("cancelled");
		holder.close();
		assertAllAreHome(pool, 1);
	}

	// readers the one who disturbs
	// acquire, with a deadline
	// .............................. interrupt, or cancel, at any moment
	// has one, or has left
	@Test
	void noReaderIsLostOrLentTwice() throws Exception {
		int readers = 3;
		int count = 8;
		int rounds = 1000;
		TestPool pool = open(TestPool.in(this.directory).readers(readers));
		AtomicReferenceArray<Cancellation> cancellations = new AtomicReferenceArray<>(count);
		Set<PhysicalConnection> lent = ConcurrentHashMap.newKeySet();
		AtomicInteger granted = new AtomicInteger();
		AtomicInteger left = new AtomicInteger();
		AtomicInteger violations = new AtomicInteger();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			threads.add(new Thread(() -> {
				Random random = new Random(number);
				for (int round = 0; round < rounds; round++) {
					Cancellation cancellation = new Cancellation();
					cancellations.set(number, cancellation);
					Duration timeout = Duration.ofNanos(random.nextInt(200_000));
					try (Lease lease = pool.pool().acquireReader("storm", Deadline.after(timeout), cancellation)) {
						PhysicalConnection connection = lease.connection();
						violations.addAndGet(lent.add(connection) ? 0 : 1);
						for (int spin = random.nextInt(2_000); spin > 0; spin--) {
							Thread.onSpinWait();
						}
						if (random.nextInt(50) == 0) {
							connection.markAltered();
						}
						lent.remove(connection);
						granted.incrementAndGet();
					}
					catch (SQLException ex) {
						left.incrementAndGet();
					}
					Thread.interrupted();
				}
			}));
		}
		AtomicBoolean over = new AtomicBoolean();
		Thread disturber = new Thread(() -> {
			Random random = new Random(42);
			while (!over.get()) {
				int victim = random.nextInt(count);
				Cancellation cancellation = cancellations.get(victim);
				if (random.nextBoolean()) {
					threads.get(victim).interrupt();
				}
				else if (cancellation != null) {
					cancellation.cancel();
				}
				Thread.onSpinWait();
			}
		});
		threads.forEach(Thread::start);
		disturber.start();
		for (Thread thread : threads) {
			thread.join();
		}
		over.set(true);
		disturber.join();
		assertThat(violations).hasValue(0);
		assertThat(granted.get() + left.get()).isEqualTo(count * rounds);
		assertThat(granted).hasPositiveValue();
		assertThat(left).hasPositiveValue();
		assertAllAreHome(pool, readers);
	}

	@Test
	void readerCannotWriteWhateverIsRunOnIt() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		try (Lease lease = pool.reader("raw")) {
			TestPool.execute(lease, "PRAGMA query_only=OFF");
			for (String sql : List.of("INSERT INTO t VALUES (1)", "CREATE TABLE u (x)", "DROP TABLE t",
					"PRAGMA user_version=7", "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a")) {
				assertThatExceptionOfType(SQLiteException.class).as(sql)
					.isThrownBy(() -> TestPool.execute(lease, sql))
					.extracting(SQLiteException::getResultCode)
					.isEqualTo(SQLiteErrorCode.SQLITE_READONLY);
			}
		}
	}

	@Test
	void alteredReaderIsReplacedByOneThatIsProvedAnew() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		PhysicalConnection altered;
		try (Lease lease = pool.reader("PRAGMA foreign_keys=OFF")) {
			altered = lease.connection();
			TestPool.execute(lease, "PRAGMA foreign_keys=OFF");
			altered.markAltered();
		}
		assertThat(altered.driverConnection().isClosed()).isTrue();
		try (Lease lease = pool.reader("SELECT 1")) {
			assertThat(lease.connection()).isNotSameAs(altered);
			assertThat(lease.connection().queryForString("PRAGMA foreign_keys")).isEqualTo("1");
			assertThat(lease.connection().settings()).containsEntry("foreign_keys", "on")
				.containsEntry("journal_mode", "wal");
		}
	}

	@Test
	void brokenWriterIsReplacedAndItsTransactionIsGone() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		PhysicalConnection broken;
		try (Lease lease = pool.writer("INSERT")) {
			broken = lease.connection();
			pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
			TestPool.execute(lease, "INSERT INTO t VALUES (1)");
			broken.failed(new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_WRITE));
		}
		assertThat(broken.driverConnection().isClosed()).isTrue();
		try (Lease lease = pool.writer("SELECT")) {
			assertThat(lease.connection()).isNotSameAs(broken);
			assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	@Test
	void replacementThatFailsLeavesThePlaceForALaterOne() throws Exception {
		AtomicBoolean fails = new AtomicBoolean();
		AtomicBoolean disagrees = new AtomicBoolean();
		TestPool pool = open(TestPool.in(this.directory).readers(1).customizer((connection, role) -> {
			if (fails.get()) {
				throw new SQLException("out of file descriptors");
			}
			if (disagrees.get()) {
				connection.createStatement().execute("PRAGMA foreign_keys=OFF");
			}
		}));
		for (ConnectionRole role : List.of(ConnectionRole.READER, ConnectionRole.WRITER)) {
			try (Lease lease = lease(pool, role)) {
				lease.connection().markAltered();
			}
			fails.set(true);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> lease(pool, role))
				.withMessage("out of file descriptors");
			fails.set(false);
			disagrees.set(true);
			// in the middle of a call of JDBC, so it is one of JDBC's exceptions
			assertThatExceptionOfType(SQLNonTransientConnectionException.class).isThrownBy(() -> lease(pool, role))
				.withMessageContaining("foreign_keys")
				.withCauseInstanceOf(SqliteConfigurationException.class);
			disagrees.set(false);
			try (Lease lease = lease(pool, role)) {
				assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
			}
		}
		assertThat(pool.pool().status().readersInUse()).isZero();
		assertThat(pool.pool().status().writer()).isNull();
	}

	@Test
	void transactionThatIsLeftOpenIsRolledBackWhenTheLeaseComesBack() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		try (Lease lease = pool.reader("SELECT")) {
			lease.connection().beginRead();
			lease.connection().queryForString("SELECT count(*) FROM t");
		}
		try (Lease lease = pool.reader("SELECT")) {
			assertThat(lease.connection().isInTransaction()).isFalse();
		}
		try (Lease lease = pool.writer("INSERT")) {
			lease.connection().beginWrite();
			TestPool.execute(lease, "INSERT INTO t VALUES (1)");
		}
		try (Lease lease = pool.writer("SELECT")) {
			assertThat(lease.connection().isInTransaction()).isFalse();
			assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	private static Lease lease(TestPool pool, ConnectionRole role) throws SQLException {
		return (role == ConnectionRole.READER) ? pool.reader("SELECT") : pool.writer("INSERT");
	}

	private static void assertAllAreHome(TestPool pool, int readers) throws Exception {
		assertThat(pool.pool().status().queuedReads()).isZero();
		assertThat(pool.pool().status().readersInUse()).isZero();
		List<Lease> leases = new ArrayList<>();
		for (int i = 0; i < readers; i++) {
			leases.add(pool.pool().acquireReader("home", Deadline.after(Duration.ZERO), null));
		}
		assertThat(leases).extracting((lease) -> lease.status().connection()).doesNotHaveDuplicates();
		leases.forEach(Lease::close);
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
