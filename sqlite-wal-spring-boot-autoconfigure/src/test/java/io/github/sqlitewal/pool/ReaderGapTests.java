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
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ReaderGap}.
 */
@Timeout(120)
class ReaderGapTests {

	private static final Deadline PASSED = Deadline.after(Duration.ZERO);

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

	// @formatter:off
	//
	// gap          reader 1     reader 2     reader 3
	// begin
	//              acquire …
	//                           acquire …
	//                                        acquire …
	// all are home
	// close
	//              has it       has it       has it
	//
	// @formatter:on
	@Test
	void newReadsWaitWhileAGapIsOpenAndAllGoOnAtOnceWhenItCloses() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(3));
		List<Future<Lease>> reads = new ArrayList<>();
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			for (int i = 1; i <= 3; i++) {
				reads.add(actor("reader " + i).begins(() -> pool.reader("SELECT")));
				pool.awaitQueuedReads(i);
			}
			assertThat(gap.await(PASSED)).isTrue();
			assertThat(gap.away()).isEmpty();
			assertThat(reads).noneMatch(Future::isDone);
		}
		List<Lease> leases = new ArrayList<>();
		for (Future<Lease> read : reads) {
			leases.add(Actor.result(read));
		}
		assertThat(pool.pool().status().readersInUse()).as("all at once").isEqualTo(3);
		leases.forEach(Lease::close);
		assertAllAreHome(pool, 3);
	}

	// @formatter:off
	//
	// reader 1     reader 2     gap          reader 3
	// has one      has one
	//                           begin
	//                                        acquire …
	//                           not home
	// close
	//                           not home     (is not lent the one that came home)
	//              close
	//                           all are home
	//                           close
	//                                        has it
	//
	// @formatter:on
	@Test
	void allAreHomeOnlyWhenTheLastHasComeAndNoneIsLentAgain() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Lease first = actor("reader 1").does(() -> pool.reader("first"));
		Lease second = actor("reader 2").does(() -> pool.reader("second"));
		Future<Lease> third;
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			Future<Boolean> home = actor("gap").begins(() -> gap.await(Deadline.after(TestPool.LONG)));
			third = actor("reader 3").begins(() -> pool.reader("third"));
			pool.awaitQueuedReads(1);
			assertThat(gap.await(PASSED)).isFalse();
			first.close();
			assertThat(gap.await(PASSED)).isFalse();
			assertThat(gap.away()).containsExactly(second);
			assertThat(home.isDone()).isFalse();
			second.close();
			assertThat(Actor.result(home)).isTrue();
			assertThat(gap.away()).isEmpty();
			assertThat(third.isDone()).isFalse();
			assertThat(pool.pool().status().queuedReads()).isOne();
		}
		Actor.result(third).close();
		assertAllAreHome(pool, 2);
	}

	@Test
	void gapThatIsGivenUpNamesThoseWhoAreAwayAndHoldsUpNobodyAnyMore() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Lease pinned = actor("http-7").does(() -> pool.reader("SELECT 'report'"));
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			assertThat(gap.await(Deadline.after(Duration.ofMillis(1)))).isFalse();
			assertThat(gap.away()).singleElement().satisfies((lease) -> {
				assertThat(lease.status().thread()).isEqualTo("http-7");
				assertThat(lease.status().sql()).isEqualTo("SELECT 'report'");
			});
			assertThat(gap.elapsed()).isPositive();
		}
		pool.reader("SELECT").close();
		pinned.close();
		assertAllAreHome(pool, 2);
	}

	// @formatter:off
	//
	// nested       gap          other
	// has one
	//              begin
	//                           acquire …
	// acquire:
	//   has two
	// close both
	//              all are home
	//
	// @formatter:on
	@Test
	void threadThatReadsAlreadyPassesTheGap() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Actor nested = actor("nested");
		Lease outer = nested.does(() -> pool.reader("outer"));
		Future<Lease> other;
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			other = actor("other").begins(() -> pool.reader("other"));
			pool.awaitQueuedReads(1);
			Lease inner = nested.does(() -> pool.reader("inner"));
			assertThat(gap.away()).containsExactlyInAnyOrder(outer, inner);
			inner.close();
			outer.close();
			assertThat(gap.await(PASSED)).isTrue();
			assertThat(other.isDone()).isFalse();
		}
		Actor.result(other).close();
		assertAllAreHome(pool, 2);
	}

	@Test
	void threadThatHoldsTheWriterPassesTheGap() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Actor writing = actor("writing");
		Lease writer = writing.does(() -> pool.writer("INSERT"));
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			Lease reader = writing.does(() -> pool.reader("SELECT"));
			assertThat(gap.await(PASSED)).isFalse();
			reader.close();
			assertThat(gap.await(PASSED)).isTrue();
		}
		writer.close();
		assertAllAreHome(pool, 1);
	}

	// @formatter:off
	//
	// nested       other        gap          newcomer
	// has one      has one
	// acquire …                              acquire …
	//                           begin
	//              close
	// has two                                (waits for the gap)
	// close both
	//                           all are home
	//
	// @formatter:on
	@Test
	void threadThatReadsAlreadyAndWaitedWhenTheGapBeganPassesIt() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Actor nested = actor("nested");
		Lease outer = nested.does(() -> pool.reader("outer"));
		Lease other = actor("other").does(() -> pool.reader("other"));
		Future<Lease> newcomer = actor("newcomer").begins(() -> pool.reader("newcomer"));
		pool.awaitQueuedReads(1);
		Future<Lease> inner = nested.begins(() -> pool.reader("inner"));
		pool.awaitQueuedReads(2);
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			other.close();
			Actor.result(inner).close();
			outer.close();
			assertThat(gap.await(PASSED)).isTrue();
			assertThat(newcomer.isDone()).isFalse();
		}
		Actor.result(newcomer).close();
		assertAllAreHome(pool, 2);
	}

	@Test
	void writingThreadThatWaitedForAReaderWhenTheGapBeganPassesIt() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Actor writing = actor("writing");
		Lease writer = writing.does(() -> pool.writer("INSERT"));
		Lease other = actor("other").does(() -> pool.reader("other"));
		Future<Lease> reader = writing.begins(() -> pool.reader("SELECT"));
		pool.awaitQueuedReads(1);
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			other.close();
			Actor.result(reader).close();
			assertThat(gap.await(PASSED)).isTrue();
		}
		writer.close();
		assertAllAreHome(pool, 1);
	}

	// @formatter:off
	//
	// gap          timed out    interrupted  cancelled
	// begin
	//              acquire …    acquire …    acquire …
	//              leaves       leaves       leaves
	// close
	//
	// @formatter:on
	@Test
	void thoseWhoLeaveDuringAGapLeaveCleanly() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> pool.pool().acquireReader("SELECT", Deadline.after(Duration.ofMillis(1)), null))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53300"));
			Actor interrupted = actor("interrupted");
			Future<Lease> first = interrupted.begins(() -> pool.reader("SELECT"));
			pool.awaitQueuedReads(1);
			Cancellation cancellation = new Cancellation();
			Future<Lease> second = actor("cancelled")
				.begins(() -> pool.pool().acquireReader("SELECT", Deadline.after(TestPool.LONG), cancellation));
			pool.awaitQueuedReads(2);
			interrupted.thread().interrupt();
			cancellation.cancel();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(first))
				.withMessageContaining("interrupted");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(second))
				.withMessageContaining("cancelled");
			assertThat(pool.pool().status().queuedReads()).isZero();
			assertThat(gap.await(PASSED)).isTrue();
		}
		assertAllAreHome(pool, 2);
	}

	@Test
	void thereIsOneGapAtATime() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(1));
		Future<Lease> read;
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			assertThatIllegalStateException().isThrownBy(() -> pool.pool().beginReaderGap());
			read = actor("reader").begins(() -> pool.reader("SELECT"));
			pool.awaitQueuedReads(1);
			assertThat(gap.await(PASSED)).as("the refused one has not ended the first").isTrue();
		}
		Actor.result(read).close();
		try (ReaderGap again = pool.pool().beginReaderGap()) {
			assertThat(again.await(PASSED)).isTrue();
		}
		assertAllAreHome(pool, 1);
	}

	// @formatter:off
	//
	// gap          reader       close
	// begin
	//              acquire …
	//                           drain …
	// all are home
	// close
	//              has it
	//              close
	//                           drained
	//
	// @formatter:on
	@Test
	void closingDuringAGapWaitsForTheReadsThatWaitInIt() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		Future<Boolean> drained;
		Future<Lease> read;
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			read = actor("reader").begins(() -> pool.reader("SELECT"));
			pool.awaitQueuedReads(1);
			Actor closing = actor("close");
			drained = closing.begins(() -> pool.pool().drain(Deadline.after(TestPool.LONG)));
			TestPool.await(() -> closing.thread().getState() == Thread.State.TIMED_WAITING);
			assertThat(gap.await(PASSED)).isTrue();
			assertThat(drained.isDone()).as("a read that was accepted is not lost").isFalse();
		}
		Actor.result(read).close();
		assertThat(Actor.result(drained)).isTrue();
	}

	@Test
	void closingThatHasNoTimeTurnsThoseAwayWhoWaitInAGap() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).readers(2));
		try (ReaderGap gap = pool.pool().beginReaderGap()) {
			Future<Lease> read = actor("reader").begins(() -> pool.reader("SELECT"));
			pool.awaitQueuedReads(1);
			actor("close").does(() -> pool.pool().drain(PASSED));
			assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> Actor.result(read));
			assertThat(gap.await(PASSED)).isTrue();
		}
		assertThat(pool.pool().drain(Deadline.after(TestPool.LONG))).isTrue();
	}

	// @formatter:off
	//
	// readers (one, nested, while writing)   gaps               disturber
	// acquire, release                       begin, await,      interrupt, at any moment
	//                                        close
	// … again and again: everyone comes to an end, and all readers are home
	//
	// @formatter:on
	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void noReaderIsLostHoweverManyGapsThereAre(ThreadFactory factory) throws Exception {
		int readers = 3;
		// more than pass a turnstile at once
		int count = 48;
		int gapsToMake = 200;
		int readsToMake = 2000;
		TestPool pool = open(TestPool.in(this.directory).readers(readers));
		AtomicInteger granted = new AtomicInteger();
		AtomicInteger lentInGap = new AtomicInteger();
		AtomicInteger made = new AtomicInteger();
		Queue<SQLException> unexpected = new ConcurrentLinkedQueue<>();
		AtomicBoolean over = new AtomicBoolean();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			threads.add(factory.newThread(() -> {
				Random random = new Random(number);
				while (made.get() < gapsToMake || granted.get() < readsToMake) {
					read(pool, random, granted, unexpected);
					Thread.interrupted();
				}
			}));
		}
		Thread gaps = new Thread(() -> {
			Random random = new Random(99);
			while (!over.get()) {
				try (ReaderGap gap = pool.pool().beginReaderGap()) {
					if (gap.await(Deadline.after(Duration.ofNanos(random.nextInt(2_000_000))))) {
						made.incrementAndGet();
						// nobody holds the writer in this storm, so nobody passes
						lentInGap.addAndGet(gap.away().size());
						lentInGap.addAndGet(pool.pool().areReadersHome() ? 0 : 1);
					}
				}
			}
		});
		Thread disturber = new Thread(() -> {
			Random random = new Random(42);
			while (!over.get()) {
				threads.get(random.nextInt(count)).interrupt();
				LockSupport.parkNanos(random.nextInt(100_000));
			}
		});
		threads.forEach(Thread::start);
		gaps.start();
		disturber.start();
		for (Thread thread : threads) {
			thread.join();
		}
		over.set(true);
		gaps.join();
		disturber.join();
		assertThat(unexpected).isEmpty();
		assertThat(lentInGap).hasValue(0);
		assertAllAreHome(pool, readers);
	}

	/**
	 * Reads, and every now and then in a nested way. All of them nested at the same time
	 * would wait for each other, gap or not, so that the inner one has no time.
	 */
	private static void read(TestPool pool, Random random, AtomicInteger granted, Queue<SQLException> unexpected) {
		try (Lease lease = pool.reader("storm")) {
			granted.incrementAndGet();
			if (random.nextInt(4) == 0) {
				pool.pool().acquireReader("nested", Deadline.after(Duration.ofMillis(1)), null).close();
			}
		}
		catch (SQLException ex) {
			if (!Set.of("57014", "53300").contains(ex.getSQLState())) {
				unexpected.add(ex);
			}
		}
	}

	private static void assertAllAreHome(TestPool pool, int readers) throws Exception {
		assertThat(pool.pool().status().queuedReads()).isZero();
		assertThat(pool.pool().areReadersHome()).isTrue();
		List<Lease> leases = new ArrayList<>();
		for (int i = 0; i < readers; i++) {
			leases.add(pool.pool().acquireReader("home", PASSED, null));
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
