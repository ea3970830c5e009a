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
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.WriteOutcome.Fate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of single writes that run in one transaction, whatever happens to it.
 */
@Timeout(120)
class WriteGroupTests {

	private static final WriteGroupLimits NO_LIMITS = new WriteGroupLimits(Integer.MAX_VALUE, TestPool.LONG);

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
	void allAreCommittedTogetherAndOnlyTheLastIsTheLast() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a");
		Write b = new Write("b");
		Write c = new Write("c");
		long before = pool.pool().commits();
		run(pool, a, b, c);
		assertThat(pool.pool().commits()).isEqualTo(before + 1);
		assertThat(a.outcome()).isEqualTo(new WriteOutcome(Fate.COMMITTED, before + 1, 0, false, null));
		assertThat(b.outcome()).isEqualTo(new WriteOutcome(Fate.COMMITTED, before + 1, 0, false, null));
		assertThat(c.outcome()).isEqualTo(new WriteOutcome(Fate.COMMITTED, before + 1, 0, true, null));
		assertStored(pool, "a,b,c");
	}

	@Test
	void oneThatArrivesWhileAnotherRunsIsTaken() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Deque<WriteRequest> queue = new ArrayDeque<>();
		Write late = new Write("late");
		Write first = new Write("first", (connection, run) -> queue.add(late));
		run(pool, pool.writer("holder"), NO_LIMITS, first, queue::poll);
		assertThat(List.of(first.fate(), late.fate())).containsOnly(Fate.COMMITTED);
		assertThat(late.outcome().commits()).isEqualTo(first.outcome().commits());
	}

	@Test
	void noneIsTakenBeyondTheBoundOfCount() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Deque<WriteRequest> queue = new ArrayDeque<>(List.of(new Write("b"), new Write("c"), new Write("d")));
		run(pool, pool.writer("holder"), new WriteGroupLimits(3, TestPool.LONG), new Write("a"), queue::poll);
		assertThat(queue).hasSize(1);
		assertStored(pool, "a,b,c");
	}

	@Test
	void noneIsTakenBeyondTheBoundOfTime() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Deque<WriteRequest> queue = new ArrayDeque<>(List.of(new Write("b")));
		run(pool, pool.writer("holder"), new WriteGroupLimits(100, Duration.ZERO), new Write("a"), queue::poll);
		assertThat(queue).hasSize(1);
		assertStored(pool, "a");
	}

	// a, b, c: c rolls all back. a, b again: b rolls all back. a alone
	@Test
	void secondLossLeavesTheRestToRunOneByOne() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a");
		Write b = new Write("b", (connection, run) -> {
			if (run == 2) {
				rollBackAll(connection);
			}
		});
		Write c = new Write("c", (connection, run) -> rollBackAll(connection));
		Write d = new Write("d");
		Deque<WriteRequest> queue = new ArrayDeque<>(List.of(b, c, d));
		run(pool, pool.writer("holder"), NO_LIMITS, a, queue::poll);
		assertThat(a.fate()).isEqualTo(Fate.COMMITTED);
		assertThat(b.fate()).isEqualTo(Fate.FAILED);
		assertThat(c.fate()).isEqualTo(Fate.FAILED);
		assertThat(List.of(a.runs, b.runs, c.runs, d.runs)).containsExactly(3, 2, 1, 0);
		assertThat(queue).as("never started").containsExactly(d);
		assertStored(pool, "a");
	}

	// a constraint error of b has to be found again: what it met may be gone
	@Test
	void oneThatFailedBeforeTheTransactionWasLostIsRunAgainToo() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a");
		Write b = new Write("b", (connection, run) -> {
			if (run == 1) {
				throw new SQLiteException("unique", SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE);
			}
		});
		Write c = new Write("c", (connection, run) -> rollBackAll(connection));
		run(pool, a, b, c);
		assertThat(List.of(a.fate(), b.fate(), c.fate())).containsExactly(Fate.COMMITTED, Fate.COMMITTED, Fate.FAILED);
		assertStored(pool, "a,b");
	}

	@ParameterizedTest
	@MethodSource("throwables")
	void whatIsThrownByOneIsItsOwnAndCostsTheOthersASecondRun(Throwable thrown) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a");
		Write b = new Write("b", (connection, run) -> sneak(thrown));
		Write c = new Write("c");
		run(pool, a, b, c);
		assertThat(b.outcome().failure()).isSameAs(thrown);
		assertThat(b.fate()).isEqualTo(Fate.FAILED);
		assertThat(a.fate()).isEqualTo(Fate.COMMITTED);
		assertThat(List.of(a.runs, b.runs, c.runs)).containsExactly(2, 1, 0);
		assertStored(pool, "a");
	}

	@ParameterizedTest
	@MethodSource("throwables")
	void whatIsThrownByTheFirstIsItsOwnToo(Throwable thrown) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a", (connection, run) -> sneak(thrown));
		run(pool, a, new Write("b"));
		assertThat(a.outcome().failure()).isSameAs(thrown);
		assertStored(pool, "");
		assertThat(pool.pool().status().writer()).isNull();
	}

	static Stream<Throwable> throwables() {
		return Stream.of(new IllegalStateException("function"), new OutOfMemoryError("made for a test"),
				new StackOverflowError("made for a test"));
	}

	// leader others
	// runs a, runs b
	// dies
	// ............. a, b: rolled back, may be run again
	// ............. the next in the queue has the writer
	@Test
	void leaderThatDiesAnswersAllAndHandsOver() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a");
		Write b = new Write("b");
		Deque<WriteRequest> queue = new ArrayDeque<>(List.of(b));
		Lease lease = pool.writer("leader");
		Future<Boolean> next = actor("next").begins(() -> {
			try (Lease granted = pool.writer("next")) {
				return granted.connection().isInTransaction();
			}
		});
		pool.awaitQueuedWrites(1);
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> run(pool, lease, NO_LIMITS, a, () -> {
			if (queue.isEmpty()) {
				throw new OutOfMemoryError("made for a test");
			}
			return queue.poll();
		}));
		for (Write write : List.of(a, b)) {
			assertThat(write.answers).isEqualTo(1);
			assertThat(write.fate()).isEqualTo(Fate.FAILED);
			assertThat(write.outcome().failure()).isInstanceOf(SQLTransactionRollbackException.class);
		}
		assertThat(Actor.result(next)).as("in a transaction").isFalse();
		assertStored(pool, "");
	}

	@Test
	void requestThatCannotBeAnsweredDoesNotKeepTheOthersFromTheirAnswer() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a") {

			@Override
			void answer() {
				throw new IllegalStateException("a callback that fails");
			}

		};
		Write b = new Write("b");
		Deque<WriteRequest> others = new ArrayDeque<>(List.of(b));
		run(pool, pool.writer("holder"), NO_LIMITS, a, others::poll);
		assertThat(b.answers).isEqualTo(1);
		assertStored(pool, "a,b");
	}

	@Test
	void errorOfTheFileInAStatementReplacesTheConnectionForTheOthers() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		List<PhysicalConnection> used = new ArrayList<>();
		Write a = new Write("a", (connection, run) -> used.add(connection));
		Write b = new Write("b", (connection, run) -> {
			SQLiteException failure = new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR_WRITE);
			connection.failed(failure);
			throw failure;
		});
		run(pool, a, b);
		assertThat(a.fate()).isEqualTo(Fate.COMMITTED);
		assertThat(b.fate()).as("it did not come to its commit").isEqualTo(Fate.FAILED);
		assertThat(used).hasSize(2).doesNotHaveDuplicates();
		assertStored(pool, "a");
	}

	// the connection that knows of it is closed before the others run again
	@Test
	void syncOfSqliteThatFailedInAStatementRefusesTheOthers() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).wal(new ScriptedWal()));
		Write a = new Write("a");
		Write b = new Write("b", (connection, run) -> {
			SQLiteException failure = new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
			connection.failed(failure);
			throw failure;
		});
		run(pool, a, b);
		assertThat(a.fate()).isEqualTo(Fate.FAILED);
		assertThat(a.outcome().failure()).isInstanceOf(WritesRefusedException.class);
		assertThat(a.runs).isEqualTo(1);
		assertStored(pool, "");
	}

	@Test
	void connectionThatCannotBeReplacedFailsEachOfTheOthers() throws Exception {
		AtomicBoolean refusing = new AtomicBoolean();
		TestPool pool = open(TestPool.in(this.directory).customizer((connection, role) -> {
			if (refusing.get()) {
				throw new SQLException("no more files");
			}
		}));
		Write a = new Write("a");
		Write b = new Write("b");
		Write c = new Write("c", (connection, run) -> {
			refusing.set(true);
			SQLiteException failure = new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR_WRITE);
			connection.failed(failure);
			throw failure;
		});
		run(pool, a, b, c);
		assertThat(List.of(a.fate(), b.fate(), c.fate())).containsOnly(Fate.FAILED);
		assertThat(a.outcome().failure()).isNotSameAs(b.outcome().failure()).isInstanceOf(SQLException.class);
		refusing.set(false);
		assertStored(pool, "");
		run(pool, new Write("d"), new Write("e"));
		assertStored(pool, "d,e");
	}

	// it is committed when its step is done, and memory may end after that
	@Test
	void errorOfTheVirtualMachineInAutocommitIsOfUnknownOutcome() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a", (connection, run) -> {
			throw new OutOfMemoryError("made for a test");
		});
		runAlone(pool, a);
		assertThat(a.fate()).isEqualTo(Fate.UNKNOWN);
		assertThat(a.outcome().failure()).isInstanceOf(OutOfMemoryError.class);
		assertStored(pool, "a");
	}

	@Test
	void failureInAutocommitIsNoCommitUnlessItLeavesRows() throws Exception {
		ScriptedWal wal = new ScriptedWal();
		TestPool pool = open(TestPool.in(this.directory).wal(wal));
		runAlone(pool, new Write("a"));
		for (String sql : List.of("INSERT INTO nowhere VALUES (1)", "INSERT INTO t (rowid) VALUES (10), (1)",
				"INSERT OR FAIL INTO t (rowid) VALUES (1)")) {
			long before = pool.pool().committed();
			long commits = pool.pool().commits();
			runAlone(pool, failing(sql));
			assertThat(pool.pool().commits()).as("what was read may be older").isGreaterThan(commits);
			assertThat(pool.pool().committed()).as(sql).isEqualTo(before + 1);
		}
		long before = pool.pool().committed();
		runAlone(pool, failing("INSERT OR FAIL INTO t (rowid, x) VALUES (2, 'left'), (1, 'again')"));
		assertThat(pool.pool().committed()).isEqualTo(before + 2);
		assertStored(pool, "a,left");
	}

	private static Write failing(String sql) {
		return new Write(new Insert(null, (connection, run) -> insert(connection, sql)));
	}

	private static void runAlone(TestPool pool, Write write) throws SQLException {
		try (Lease lease = pool.writer("holder")) {
			new WriteGroup(pool.pool(), lease, WriteGroupLimits.OFF).runAlone(write, Deadline.after(TestPool.LONG),
					new Cancellation());
		}
	}

	@Test
	void errorOfTheFileInAutocommitIsOfUnknownOutcome() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Write a = new Write("a", (connection, run) -> {
			throw new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
		});
		try (Lease lease = pool.writer("holder")) {
			new WriteGroup(pool.pool(), lease, WriteGroupLimits.OFF).runAlone(a, Deadline.after(TestPool.LONG),
					new Cancellation());
		}
		assertThat(a.fate()).isEqualTo(Fate.UNKNOWN);
		assertThat(a.runs).isEqualTo(1);
	}

	// holder leader follower
	// acquire
	// ............. write …
	// ........................... write …
	// release
	// ............. runs both, releases
	// ........................... answered: the writer is free
	@Test
	void followerThatIsAnsweredFindsTheWriterFree() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		for (int round = 0; round < 50; round++) {
			Lease holder = pool.writer("holder");
			Future<WriteOutcome> leads = actor("leader").begins(() -> write(pool, new Write("leader")));
			pool.awaitQueuedWrites(1);
			Future<Lease> follows = actor("follower").begins(() -> {
				assertThat(write(pool, new Write("follower")).fate()).isEqualTo(Fate.COMMITTED);
				LeaseStatus status = pool.pool().status().writer();
				assertThat(status).isNull();
				return null;
			});
			pool.awaitQueuedWrites(2);
			holder.close();
			assertThat(Actor.result(leads).fate()).isEqualTo(Fate.COMMITTED);
			Actor.result(follows);
		}
	}

	// writers the one who disturbs
	// write, with a deadline
	// .............................. interrupt, or cancel, at any moment
	// is stored, or has left
	@Test
	void takingThatRacesWithInterruptDeadlineAndCancellationIsAnsweredRightly() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		int count = 8;
		int rounds = 500;
		AtomicInteger stored = new AtomicInteger();
		AtomicInteger left = new AtomicInteger();
		AtomicReferenceArray<Cancellation> cancellations = new AtomicReferenceArray<>(count);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			threads.add(new Thread(() -> {
				Random random = new Random(number);
				for (int round = 0; round < rounds; round++) {
					Cancellation cancellation = new Cancellation();
					cancellations.set(number, cancellation);
					Deadline deadline = Deadline.after(Duration.ofNanos(random.nextInt(400_000)));
					SingleWrite write = new Write(number + "-" + round).write();
					try {
						if (pool.pool().write(write, deadline, cancellation).fate() == Fate.COMMITTED) {
							stored.incrementAndGet();
						}
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
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(*) FROM t")).isEqualTo(stored.toString());
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(DISTINCT x) FROM t")).isEqualTo(stored.toString());
		assertThat(stored).hasPositiveValue();
		assertThat(left).hasPositiveValue();
		assertThat(pool.pool().status().writer()).isNull();
		assertThat(pool.pool().status().queuedWrites()).isZero();
	}

	private static WriteOutcome write(TestPool pool, Write write) throws SQLException {
		return pool.pool().write(write.write(), Deadline.after(TestPool.LONG), new Cancellation());
	}

	private static void run(TestPool pool, Write... writes) throws SQLException {
		Deque<WriteRequest> others = new ArrayDeque<>(Arrays.asList(writes).subList(1, writes.length));
		run(pool, pool.writer("holder"), NO_LIMITS, writes[0], others::poll);
		for (Write write : writes) {
			assertThat(write.answers).isEqualTo((write.isSettled()) ? 1 : 0);
		}
	}

	private static void run(TestPool pool, Lease lease, WriteGroupLimits limits, WriteRequest first,
			Supplier<WriteRequest> others) {
		WriteGroup group = new WriteGroup(pool.pool(), lease, limits);
		try {
			group.runTogether(first, others, Deadline.after(TestPool.LONG), new Cancellation());
		}
		finally {
			lease.close();
			group.answer();
		}
	}

	private static void assertStored(TestPool pool, String values) throws SQLException {
		assertThat(PlainConnection.ask(pool.file(),
				"SELECT coalesce(group_concat(x), '') FROM (SELECT x FROM t ORDER BY rowid)"))
			.isEqualTo(values);
	}

	private static void rollBackAll(PhysicalConnection connection) throws SQLException {
		insert(connection, "INSERT OR ROLLBACK INTO t (rowid, x) SELECT max(rowid), 'again' FROM t");
	}

	private static void insert(PhysicalConnection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.driverConnection().prepareStatement(sql)) {
			statement.executeUpdate();
		}
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void sneak(Throwable thrown) throws T {
		throw (T) thrown;
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

	/**
	 * Inserts its name, and then does what a test wants.
	 */
	private static class Write extends WriteRequest {

		private int runs;

		private int answers;

		Write(String name) {
			this(name, (connection, run) -> {
			});
		}

		Write(String name, Then then) {
			this(new Insert(name, then));
		}

		private Write(Insert insert) {
			super(insert);
			insert.write = this;
		}

		Fate fate() {
			return outcome().fate();
		}

		@Override
		void answer() {
			this.answers++;
		}

	}

	private static final class Insert extends CombinableWrite {

		private final String name;

		private final Then then;

		private Write write;

		private Insert(String name, Then then) {
			super("INSERT " + name);
			this.name = name;
			this.then = then;
		}

		@Override
		public void run(PhysicalConnection connection) throws SQLException {
			this.write.runs++;
			if (this.name != null) {
				insert(connection, "INSERT INTO t VALUES ('" + this.name + "')");
			}
			this.then.run(connection, this.write.runs);
		}

	}

	private interface Then {

		void run(PhysicalConnection connection, int run) throws SQLException;

	}

}
