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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Function;
import org.sqlite.SQLiteCommitListener;
import org.sqlite.SQLiteConnection;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.fixture.Actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
class ReadEvictionTests {

	private static final Duration ANY_AGE = Duration.ZERO;

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

	// owner checkpointer
	// BEGIN, SELECT
	// .............................. evict
	// .............................. TRUNCATE: nobody stands in its way
	// SELECT: evicted
	// release
	@Test
	void idleReadLetsGoOfTheWalAndItsReaderIsHomeAtOnce() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Lease lease = actor("http-7").does(() -> reading(pool, "SELECT 'report'"));
		PhysicalConnection taken = lease.connection();
		write(pool);
		assertThat(truncate(pool)).as("busy").isEqualTo("1");
		assertThat(pool.pool().evictReads(ANY_AGE)).hasSize(1).first().satisfies((pin) -> {
			assertThat(pin.connection()).isEqualTo("reader-1");
			assertThat(pin.thread()).isEqualTo("http-7");
			assertThat(pin.sql()).isEqualTo("SELECT 'report'");
		});
		assertThat(truncate(pool)).as("busy").isEqualTo("0");
		assertThat(taken.driverConnection().isClosed()).isTrue();
		assertThat(pool.pool().pins()).isEmpty();
		assertAllAreHome(pool, 1);
		assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(lease::connection)
			.withMessageContaining("sqlite.pool.evict-read-after")
			.withMessageContaining("thread http-7")
			.withMessageContaining("SELECT 'report'")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		lease.close();
		assertAllAreHome(pool, 1);
	}

	@Test
	void youngReadGoesOn() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		try (Lease lease = reading(pool, "SELECT")) {
			assertThat(pool.pool().evictReads(Duration.ofHours(1))).isEmpty();
			assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	@Test
	void writerIsNeverEvicted() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		try (Lease lease = pool.writer("INSERT")) {
			lease.connection().beginWrite();
			TestPool.execute(lease, "INSERT INTO t VALUES (1)");
			assertThat(pool.pool().evictReads(ANY_AGE)).isEmpty();
			lease.connection().commit();
		}
	}

	// owner evicter
	// release …
	// ............ ROLLBACK …
	// .............................. evict: too late
	// ............ ROLLBACK is done
	// is home
	@Test
	void ownerThatIsGivingTheReaderBackIsLeftAlone() throws Exception {
		CountDownLatch rollingBack = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		TestPool pool = open(TestPool.in(this.directory).readers(1).customizer((connection, role) -> {
			if (role == ConnectionRole.READER) {
				onRollback((SQLiteConnection) connection, () -> {
					rollingBack.countDown();
					await(goOn);
				});
			}
		}));
		Lease lease = reading(pool, "SELECT");
		PhysicalConnection connection = lease.connection();
		Future<Boolean> closed = actor("owner").begins(() -> {
			lease.close();
			return true;
		});
		rollingBack.await();
		assertThat(pool.pool().evictReads(ANY_AGE)).isEmpty();
		goOn.countDown();
		Actor.result(closed);
		assertThat(lease.isRevoked()).isFalse();
		assertAllAreHome(pool, 1);
		try (Lease next = pool.reader("SELECT")) {
			assertThat(next.connection()).isSameAs(connection);
		}
	}

	// owner evicter
	// .............................. evict, claims, closes …
	// release: nothing to do
	// .............................. connection is closed
	// .............................. is home
	@Test
	void ownerThatComesSecondGivesNothingBack() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Lease lease = reading(pool, "SELECT");
		Future<List<PinStatus>> evicted;
		// whoever closes the driver's connection waits for this
		synchronized (lease.connection().driverConnection().getDatabase()) {
			evicted = actor("evicter").begins(() -> pool.pool().evictReads(ANY_AGE));
			TestPool.await(lease::isRevoked);
			lease.close();
			assertThat(pool.pool().status().readersInUse()).isOne();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> pool.pool().acquireReader("SELECT", Deadline.after(Duration.ZERO), null));
		}
		assertThat(Actor.result(evicted)).hasSize(1);
		awaitHome(pool);
		assertAllAreHome(pool, 1);
	}

	// owner evicter next
	// SELECT …
	// .............................. evict, interrupts
	// interrupted
	// ........................................ acquire the same place
	// ........................................ SELECT …
	// interrupt, release
	// ........................................ has its result
	@Test
	void ownerThatWasEvictedDoesNotTouchTheNextOneInItsPlace() throws Exception {
		CountDownLatch inSqlite = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		TestPool pool = open(TestPool.in(this.directory).readers(1).customizer((connection, role) -> {
			function(connection, "wait_for_test", () -> {
				inSqlite.countDown();
				ReadEvictionTests.await(goOn);
			});
		}));
		Lease evicted = reading(pool, "SELECT");
		assertThat(pool.pool().evictReads(ANY_AGE)).hasSize(1);
		Lease next = pool.reader("SELECT wait_for_test()");
		assertThat(next.status().connection()).isEqualTo("reader-1");
		Future<String> result = actor("next").begins(() -> {
			next.connection().beginRead();
			next.connection().queryForString("SELECT count(*), wait_for_test() FROM t");
			return next.connection().queryForString("SELECT count(*) FROM t");
		});
		inSqlite.await();
		evicted.interrupt();
		evicted.close();
		goOn.countDown();
		assertThat(Actor.result(result)).isEqualTo("0");
		assertThat(next.connection().isInTransaction()).isTrue();
		next.close();
		assertAllAreHome(pool, 1);
	}

	@Test
	void readThatIsInsideAFunctionEndsWhenThatReturns() throws Exception {
		CountDownLatch inSqlite = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		TestPool pool = open(TestPool.in(this.directory).readers(1).customizer((connection, role) -> {
			function(connection, "wait_for_test", () -> {
				inSqlite.countDown();
				ReadEvictionTests.await(goOn);
			});
		}));
		Lease lease = pool.reader("SELECT wait_for_test()");
		Future<String> result = actor("owner").begins(() -> lease.connection()
			.queryForString("WITH RECURSIVE c (n) AS (SELECT wait_for_test() UNION ALL SELECT n + 1 FROM c)"
					+ " SELECT count(*) FROM c"));
		inSqlite.await();
		assertThat(pool.pool().evictReads(ANY_AGE)).hasSize(1);
		assertThat(pool.pool().pins()).as("holds the WAL as before").hasSize(1);
		assertThat(pool.pool().evictReads(ANY_AGE)).as("only once").isEmpty();
		goOn.countDown();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(result));
		awaitHome(pool);
		assertAllAreHome(pool, 1);
	}

	// owners evicter
	// acquire, BEGIN, SELECT, release
	// .............................. evict, at any moment
	@Test
	void noReaderIsLostOrGivenBackTwice() throws Exception {
		int readers = 3;
		int count = 4;
		int rounds = 300;
		TestPool pool = open(TestPool.in(this.directory).readers(readers));
		AtomicInteger ended = new AtomicInteger();
		List<Future<Boolean>> owners = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			Random random = new Random(i);
			owners.add(actor("owner-" + i).begins(() -> {
				for (int round = 0; round < rounds; round++) {
					try (Lease lease = pool.reader("storm")) {
						for (int spin = random.nextInt(20_000); spin > 0; spin--) {
							Thread.onSpinWait();
						}
						lease.connection().beginRead();
						lease.connection().queryForString("SELECT count(*) FROM t");
					}
					catch (SQLException ex) {
						ended.incrementAndGet();
					}
				}
				return true;
			}));
		}
		AtomicBoolean over = new AtomicBoolean();
		Future<Integer> evicter = actor("evicter").begins(() -> {
			int evicted = 0;
			while (!over.get()) {
				evicted += pool.pool().evictReads(ANY_AGE).size();
			}
			return evicted;
		});
		for (Future<Boolean> owner : owners) {
			Actor.result(owner);
		}
		over.set(true);
		assertThat(Actor.result(evicter)).isPositive().isGreaterThanOrEqualTo(ended.get());
		awaitHome(pool);
		assertAllAreHome(pool, readers);
	}

	private static Lease reading(TestPool pool, String sql) throws SQLException {
		Lease lease = pool.reader(sql);
		lease.connection().beginRead();
		ResultSet open = lease.connection().driverConnection().createStatement().executeQuery("SELECT x FROM t");
		open.next();
		return lease;
	}

	private static void write(TestPool pool) throws SQLException {
		try (Lease lease = pool.writer("INSERT")) {
			TestPool.execute(lease, "INSERT INTO t VALUES (1)");
		}
	}

	private static String truncate(TestPool pool) throws SQLException {
		return pool.pool()
			.maintenance()
			.run((connection) -> String.valueOf(connection.queryForString("PRAGMA wal_checkpoint(TRUNCATE)")),
					Deadline.after(TestPool.LONG));
	}

	private static void awaitHome(TestPool pool) {
		TestPool.await(() -> pool.pool().status().readersInUse() == 0);
	}

	private static void assertAllAreHome(TestPool pool, int readers) throws Exception {
		assertThat(pool.pool().status().readersInUse()).isZero();
		List<Lease> leases = new ArrayList<>();
		for (int i = 0; i < readers; i++) {
			leases.add(pool.pool().acquireReader("home", Deadline.after(Duration.ZERO), null));
		}
		assertThat(leases).extracting((lease) -> lease.status().connection()).doesNotHaveDuplicates();
		assertThatExceptionOfType(SQLException.class).as("one too many")
			.isThrownBy(() -> pool.pool().acquireReader("home", Deadline.after(Duration.ZERO), null));
		leases.forEach(Lease::close);
	}

	private static void onRollback(SQLiteConnection connection, Runnable action) {
		connection.addCommitListener(new SQLiteCommitListener() {

			@Override
			public void onCommit() {
			}

			@Override
			public void onRollback() {
				action.run();
			}

		});
	}

	private static void function(java.sql.Connection connection, String name, Runnable action) throws SQLException {
		Function.create(connection, name, new Function() {

			@Override
			protected void xFunc() throws SQLException {
				action.run();
				result(1);
			}

		});
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
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
