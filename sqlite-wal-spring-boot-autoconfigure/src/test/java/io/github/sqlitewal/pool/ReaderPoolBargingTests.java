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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.HandTimer;
import io.github.sqlitewal.pool.Turnstile.Pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for what happens in a {@link ReaderPool} between the moment in which one who
 * waits is waked up and the one in which he looks: a thread that runs may come in between
 * (ADR 15). The thread that was waked up is stopped there, see {@link Reader}; which one
 * has waited for long is said by the test, and by no clock.
 */
@Timeout(120)
class ReaderPoolBargingTests {

	private static final PoolListener LISTENER = new PoolListener() {
	};

	private static final Duration NEVER = Duration.ofDays(1);

	private static final Deadline PASSED = Deadline.after(Duration.ZERO);

	@TempDir
	Path directory;

	private final List<Reader> readers = new ArrayList<>();

	private final HandTimer timer = new HandTimer();

	private final Turnstile turnstile = new Turnstile(this.timer, 1, (thread) -> this.turns);

	/** Whether threads go on through the turnstile. */
	private volatile boolean turns;

	private List<ConnectionSlot> slots;

	private ReaderPool pool;

	/** Holds the writer, and so passes a gap. */
	private volatile Thread writing;

	@BeforeEach
	void open() throws SQLException {
		ConnectionFactory factory = new ConnectionFactory(new ConnectionSettings(
				DatabaseLocation.file(this.directory.resolve("app.db")), Map.of(), Map.of(), List.of(), 16));
		try (ConnectionFactory.PreparedFile file = factory.prepareFile()) {
			this.slots = IntStream.rangeClosed(1, 2)
				.mapToObj((number) -> new ConnectionSlot("reader-" + number, ConnectionRole.READER, factory))
				.toList();
			for (ConnectionSlot slot : this.slots) {
				slot.connection();
			}
		}
	}

	@AfterEach
	void close() {
		this.readers.forEach(Reader::mayLook);
		this.pool.turnAway();
		this.slots.forEach(ConnectionSlot::shutDown);
	}

	// @formatter:off
	//
	// test         waits        behind
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	// acquire:
	//   has it
	//              looks: none
	//              …
	// close
	//              has it
	//
	// @formatter:on
	@Test
	void threadThatRunsTakesTheReaderAndTheOneWhoWasWakedKeepsHisPlace() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		Lease barged = acquire();
		waits.looksInVain();
		assertThat(this.pool.waiting()).isEqualTo(2);
		barged.close();
		Lease next = waits.lease();
		assertThat(behind.isDone()).isFalse();
		next.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind
	// has two
	//              acquire …
	//                           acquire …
	// close one
	//              is waked up
	// close the other
	//              looks: has one
	//                           is waked up: has one
	//
	// @formatter:on
	@Test
	void readersThatComeBackTogetherAreForTwo() throws Exception {
		pool(2, NEVER);
		Lease first = acquire();
		Lease second = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		second.close();
		assertThat(behind.isDone()).as("one is waked up at a time").isFalse();
		waits.mayLook();
		Lease one = waits.lease();
		Lease other = behind.lease();
		assertThat(one.slot()).isNotSameAs(other.slot());
		one.close();
		other.close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind
	// has two
	//              acquire …
	//                           acquire …
	// close one
	//              is waked up
	// acquire: has it
	// close the other
	//              looks: has it
	// close
	//                           is waked up: has it
	//
	// @formatter:on
	@Test
	void readerThatComesBackWhileTheOneWhoWasWakedHasNotLookedIsForHim() throws Exception {
		pool(2, NEVER);
		Lease first = acquire();
		Lease second = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		Lease barged = acquire();
		second.close();
		waits.mayLook();
		Lease one = waits.lease();
		assertThat(behind.isDone()).isFalse();
		barged.close();
		behind.lease().close();
		one.close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	// interrupt
	//              leaves
	//                           is waked up: has it
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedAndIsInterruptedWakesTheNext() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		waits.interrupt();
		waits.mayLook();
		assertThatExceptionOfType(SQLException.class).isThrownBy(waits::lease).withMessageContaining("interrupted");
		behind.lease().close();
		assertAllAreHome();
	}

	// as above
	@Test
	void oneWhoWasWakedAndIsCancelledWakesTheNext() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Cancellation cancellation = new Cancellation();
		Reader waits = waiting("waits", Deadline.after(NEVER), cancellation);
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		cancellation.cancel();
		waits.mayLook();
		assertThatExceptionOfType(SQLException.class).isThrownBy(waits::lease).withMessageContaining("cancelled");
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	//              (time is over)
	// acquire: has it
	//              looks: none
	//              leaves
	// close
	//                           is waked up: has it
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedAndWhoseTimeIsOverLeavesTheNextReaderToTheNext() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Deadline deadline = Deadline.after(Duration.ofMillis(100));
		Reader waits = stopping("waits", deadline);
		Reader behind = waiting("behind");
		first.close();
		Lease barged = acquire();
		TestPool.await(deadline::hasPassed);
		waits.mayLook();
		assertThatExceptionOfType(SQLException.class).isThrownBy(waits::lease)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53300"));
		assertThat(behind.isDone()).isFalse();
		barged.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// as above, and nobody comes in between
	@Test
	void oneWhoWasWakedInTimeHasTheReaderThatIsThere() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Deadline deadline = Deadline.after(Duration.ofMillis(100));
		Reader waits = stopping("waits", deadline);
		first.close();
		TestPool.await(deadline::hasPassed);
		waits.mayLook();
		waits.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind       gap
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	//                                        begin
	//                                        all are home
	//              looks: none
	//                                        close
	//              has it
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedWaitsForAGapThatHasBegun() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			assertThat(gap.await(PASSED)).isTrue();
			waits.looksInVain();
			assertThat(gap.await(PASSED)).as("he has taken none").isTrue();
			assertThat(this.pool.waiting()).isEqualTo(2);
		}
		Lease next = waits.lease();
		assertThat(behind.isDone()).isFalse();
		next.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind       gap
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	//                                        begin
	//                                        close: lends to waits
	//              looks: has it
	//              close
	//                           is waked up: has it
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedBeforeAGapThatIsOverHasItsReaderAndNoOther() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		new ReaderGap(this.pool).close();
		assertThat(this.pool.waiting()).isOne();
		waits.mayLook();
		Lease next = waits.lease();
		assertThat(behind.isDone()).isFalse();
		next.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         writing      behind       gap
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	//                                        begin: lends to writing
	//              looks: has it
	//                                        not home
	//              close
	//                                        all are home
	//                                        close
	//                           has it
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedAndHoldsTheWriterPassesAGapThatBegins() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = reader("writing", Deadline.after(NEVER), null);
		this.writing = waits;
		waiting(waits);
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			assertThat(gap.await(PASSED)).isFalse();
			waits.mayLook();
			waits.lease().close();
			assertThat(gap.await(PASSED)).isTrue();
			assertThat(behind.isDone()).isFalse();
		}
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        behind
	// has one
	//              acquire …
	//                           acquire …
	// close
	//              is waked up
	// drain, turn away
	//              looks:       is turned
	//              is turned    away
	//              away
	//
	// @formatter:on
	@Test
	void oneWhoWasWakedIsTurnedAwayLikeThoseBehindHim() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		assertThat(this.pool.drain(PASSED)).as("drained").isFalse();
		this.pool.turnAway();
		assertThat(this.pool.drain(PASSED)).as("nobody waits").isTrue();
		waits.mayLook();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(waits::lease);
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(behind::lease);
		assertThat(this.pool.isAllHome()).isTrue();
	}

	// @formatter:off
	//
	// test         waits
	// has one
	//              acquire …
	// close
	//              is waked up
	//                           drain …
	//              looks: has it
	//              close
	//                           drained
	//
	// @formatter:on
	@Test
	void closingWaitsForTheOneWhoWasWaked() throws Exception {
		pool(1, NEVER);
		Lease first = acquire();
		Reader waits = waiting("waits");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		try (Actor closing = Actor.named("closing")) {
			Future<Boolean> drained = closing.begins(() -> this.pool.drain(Deadline.after(TestPool.LONG)));
			TestPool.await(() -> closing.thread() != null && closing.thread().getState() == Thread.State.TIMED_WAITING);
			waits.mayLook();
			Lease last = waits.lease();
			assertThat(drained.isDone()).isFalse();
			last.close();
			assertThat(Actor.result(drained)).isTrue();
		}
	}

	// @formatter:off
	//
	// test         waits        behind
	// has one
	//              acquire …
	//                           acquire …
	// (waits has waited for long)
	// close: lends to waits
	// acquire with no time:
	//   none
	//              has it
	//
	// @formatter:on
	@Test
	void nobodyOvertakesTheOneWhoHasWaitedForLong() throws Exception {
		pool(1, Duration.ZERO);
		Lease first = acquire();
		Reader waits = waiting("waits");
		Reader behind = waiting("behind");
		waits.stopsWhenWaked();
		first.close();
		waits.awaitStopped();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> acquire(PASSED, null))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53300"));
		assertThat(this.pool.waiting()).as("behind").isOne();
		waits.mayLook();
		Lease next = waits.lease();
		assertThat(behind.isDone()).isFalse();
		next.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        stands       stands too   turnstile    gap
	//                                                     is full
	//                                                                  begin
	//              acquire …
	//                           acquire …
	//                                        acquire …
	//                                                                  close: lends to waits
	//              has it
	//              close
	//                           …
	// acquire:
	//   has it
	// close
	//                                                     has room
	//                           looks: has it
	//                           close
	//                                        …
	//                                                     has room
	//                                        looks: has it
	//
	// @formatter:on
	@Test
	void afterAGapNothingIsHandedToThoseWhoStandAtTheTurnstile() throws Exception {
		pool(1, Duration.ZERO);
		Pass before = standsBefore();
		List<Reader> waited = waitingForAGap("waits", "stands", "stands too");
		Reader waits = waited.get(0);
		Reader stands = waited.get(1);
		Reader standsToo = waited.get(2);
		waits.lease().close();
		assertThat(this.pool.isAllHome()).isTrue();
		assertThat(this.pool.waiting()).isEqualTo(2);
		acquire().close();
		before.passed();
		this.timer.run();
		Lease next = stands.lease();
		next.close();
		assertThat(this.pool.waiting()).as("stands too").isOne();
		this.timer.run();
		standsToo.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        stands       behind       turnstile    gap
	//                                                     is full
	//                                                                  begin
	//              acquire …
	//                           acquire …
	//                                                                  close: lends to waits
	//              has it
	//                                        acquire …
	//              close
	//                                        is waked up: has it
	// interrupt
	//                           leaves
	//
	// @formatter:on
	@Test
	void oneWhoStandsKeepsNobodyWaitingAndLeavesTheTurnstileWhenHeIsInterrupted() throws Exception {
		pool(1, Duration.ZERO);
		Pass before = standsBefore();
		List<Reader> waited = waitingForAGap("waits", "stands");
		Reader waits = waited.get(0);
		Reader stands = waited.get(1);
		Lease first = waits.lease();
		Reader behind = waiting("behind");
		first.close();
		behind.lease().close();
		assertThat(this.pool.waiting()).as("stands").isOne();
		stands.interrupt();
		assertThatExceptionOfType(SQLException.class).isThrownBy(stands::lease).withMessageContaining("interrupted");
		assertAllAreHome();
		before.passed();
		assertThat(this.timer.waiting()).as("nobody stands").isZero();
	}

	// @formatter:off
	//
	// test         waits        stands       turnstile    gap
	//                                        is full
	//                                                     begin
	//              acquire …
	//                           acquire …
	//                                                     close: lends to waits
	//              has it
	//              close
	//                           (time is over)
	//                           looks: has it
	//
	// @formatter:on
	@Test
	void oneWhoStandsLooksBeforeHeGivesUp() throws Exception {
		pool(1, Duration.ZERO);
		standsBefore();
		Deadline deadline = Deadline.after(Duration.ofMillis(100));
		Reader waits;
		Reader stands;
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			waits = waiting("waits");
			stands = stopping("stands", deadline, 2);
		}
		waits.lease().close();
		assertThat(this.pool.isAllHome()).isTrue();
		TestPool.await(deadline::hasPassed);
		stands.mayLook();
		stands.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        stands       stands too   behind       turnstile    gap
	//                                                                  is full
	//                                                                               begin
	//              acquire …
	//                           acquire …
	//                                        acquire …
	//                                                                               close: lends to waits
	//              has it
	//                                                     acquire …
	//                                                                  has room
	//                           looks: none
	//                                                                  has room
	//                                        looks: none
	//              close
	//                           is waked up: has it
	//                           close
	//                                        is waked up: has it
	//                                        close
	//                                                     is waked up: has it
	//
	// @formatter:on
	@Test
	void thoseWhoLookInVainHaveTheirPlacesAgain() throws Exception {
		pool(1, NEVER);
		Pass before = standsBefore();
		List<Reader> waited = waitingForAGap("waits", "stands", "stands too");
		Reader waits = waited.get(0);
		Reader stands = waited.get(1);
		Reader standsToo = waited.get(2);
		Lease first = waits.lease();
		Reader behind = waiting("behind");
		stands.stopsWhenWaked();
		standsToo.stopsWhenWaked();
		before.passed();
		this.timer.run();
		stands.awaitStopped();
		stands.looksInVain();
		this.timer.run();
		standsToo.awaitStopped();
		standsToo.looksInVain();
		first.close();
		Lease next = stands.lease();
		assertThat(standsToo.isDone()).isFalse();
		next.close();
		next = standsToo.lease();
		assertThat(behind.isDone()).isFalse();
		next.close();
		behind.lease().close();
		assertAllAreHome();
	}

	// @formatter:off
	//
	// test         waits        stands       turnstile    gap
	//                                        is full
	//                                                     begin
	//              acquire …
	//                           acquire …
	//                                                     close: lends to waits
	//              has it
	// turn away
	//                           is turned away
	//
	// @formatter:on
	@Test
	void oneWhoStandsIsTurnedAway() throws Exception {
		pool(1, NEVER);
		standsBefore();
		List<Reader> waited = waitingForAGap("waits", "stands");
		Reader waits = waited.get(0);
		Reader stands = waited.get(1);
		Lease last = waits.lease();
		assertThat(this.pool.drain(PASSED)).as("drained").isFalse();
		this.pool.turnAway();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(stands::lease);
		last.close();
		assertThat(this.pool.isAllHome()).isTrue();
	}

	// @formatter:off
	//
	// test         waits        stands       gap
	//                                        begin
	//              acquire …
	//                           acquire …
	//                                        close: lends to waits
	//              has it
	//                           is let look
	// turn away
	//              close
	//                           is turned away
	//
	// @formatter:on
	@Test
	void oneWhoIsLetLookAndTurnedAwayBeforeHeDoesTakesNone() throws Exception {
		pool(1, NEVER);
		this.turns = true;
		Reader waits;
		Reader stands;
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			waits = waiting("waits");
			stands = waiting("stands");
			stands.stopsWhenWaked();
		}
		Lease last = waits.lease();
		stands.awaitStopped();
		assertThat(this.pool.drain(PASSED)).as("drained").isFalse();
		this.pool.turnAway();
		last.close();
		stands.mayLook();
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(stands::lease);
		assertThat(this.pool.isAllHome()).isTrue();
	}

	// @formatter:off
	//
	// test         waits        stands       wakes up     turnstile    gap
	// has one                                             is full
	//                                                                  begin
	//              acquire …
	//                           acquire …
	//                                        acquire …
	//                                                                  close: lends to waits
	//                                                                    stands is let go
	//                                        looks: none
	//                                                                    wakes up is let go
	//                                                     has room
	//                           looks: none
	//                                        looks: none
	//                                                                  begin
	//              close
	//                                                                  close: lends to stands
	//                           close
	//                                        looks: has it
	//
	// @formatter:on
	@Test
	void oneWhoWakesUpByHimselfBeforeHeIsLetGoIsLetGoAgain() throws Exception {
		pool(2, NEVER);
		Lease held = acquire();
		Pass before = standsBefore();
		Reader waits;
		Reader stands;
		Reader wakesUp;
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			waits = waiting("waits");
			stands = waiting("stands");
			wakesUp = waiting("wakes up");
			Thread closing = Thread.currentThread();
			this.timer.keepWaiting(() -> {
				wakesUp.stopsWhenWaked();
				LockSupport.unpark(wakesUp);
				wakesUp.awaitStopped();
				wakesUp.looksInVain();
				LockSupport.unpark(closing);
			});
		}
		Lease first = waits.lease();
		before.passed();
		this.timer.run();
		TestPool.await(() -> this.timer.waiting() == 1);
		this.timer.run();
		TestPool.await(() -> wakesUp.getState() == Thread.State.TIMED_WAITING);
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			first.close();
		}
		stands.lease().close();
		wakesUp.lease().close();
		held.close();
		assertAllAreHome();
	}

	private void pool(int readers, Duration handOver) {
		this.pool = new ReaderPool(this.slots.subList(0, readers), (thread) -> thread == this.writing, this.turnstile,
				handOver.toNanos());
	}

	/**
	 * From now on threads go on through the turnstile, and stand there until another one
	 * has passed it.
	 */
	private Pass standsBefore() {
		this.turns = true;
		Pass before = this.turnstile.passFor(Thread.currentThread());
		before.letGo();
		return before;
	}

	/**
	 * Readers that wait for a gap, which is over.
	 */
	private List<Reader> waitingForAGap(String... names) {
		try (ReaderGap gap = new ReaderGap(this.pool)) {
			return Arrays.stream(names).map(this::waiting).toList();
		}
	}

	private Lease acquire() throws SQLException {
		// none of these has to wait
		return acquire(PASSED, null);
	}

	private Lease acquire(Deadline deadline, Cancellation cancellation) throws SQLException {
		return this.pool.acquire("SELECT", deadline, cancellation, LISTENER, null, null);
	}

	private Reader waiting(String name) {
		return waiting(name, Deadline.after(NEVER), null);
	}

	private Reader waiting(String name, Deadline deadline, Cancellation cancellation) {
		return waiting(reader(name, deadline, cancellation));
	}

	private Reader waiting(Reader reader) {
		int before = this.pool.waiting();
		reader.start();
		TestPool.await(() -> this.pool.waiting() == before + 1 && reader.getState() == Thread.State.TIMED_WAITING);
		return reader;
	}

	private Reader reader(String name, Deadline deadline, Cancellation cancellation) {
		Reader reader = new Reader(name, new FutureTask<>(() -> acquire(deadline, cancellation)));
		this.readers.add(reader);
		return reader;
	}

	/**
	 * One who stands in the queue and has stopped before he looked, as if he had been
	 * waked up, so that his deadline cannot pass while he is parked.
	 */
	private Reader stopping(String name, Deadline deadline) {
		return stopping(name, deadline, 1);
	}

	private Reader stopping(String name, Deadline deadline, int waiting) {
		Reader reader = reader(name, deadline, null);
		reader.stopsWhenWaked();
		reader.start();
		reader.awaitStopped();
		assertThat(this.pool.waiting()).isEqualTo(waiting);
		return reader;
	}

	private void assertAllAreHome() {
		assertThat(this.pool.isAllHome()).isTrue();
		assertThat(this.pool.waiting()).isZero();
		assertThat(this.pool.away()).isEmpty();
	}

	/**
	 * A thread that can be stopped between the moment in which it is waked up and the one
	 * in which it looks for a reader: there the pool asks it whether it is interrupted.
	 */
	private static final class Reader extends Thread {

		private final FutureTask<Lease> task;

		private volatile CountDownLatch stopped = new CountDownLatch(0);

		private volatile CountDownLatch go = new CountDownLatch(0);

		private Reader(String name, FutureTask<Lease> task) {
			super(task, name);
			setDaemon(true);
			this.task = task;
		}

		@Override
		public boolean isInterrupted() {
			CountDownLatch gate = this.go;
			if (Thread.currentThread() == this && gate.getCount() > 0) {
				this.stopped.countDown();
				pass(gate);
			}
			return super.isInterrupted();
		}

		private void pass(CountDownLatch gate) {
			boolean interrupted = false;
			while (gate.getCount() > 0) {
				try {
					gate.await();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			if (interrupted) {
				interrupt();
			}
			// to wait here may have used up a wake-up of the pool's
			LockSupport.unpark(this);
		}

		void stopsWhenWaked() {
			this.stopped = new CountDownLatch(1);
			this.go = new CountDownLatch(1);
		}

		void awaitStopped() {
			try {
				this.stopped.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void mayLook() {
			this.go.countDown();
		}

		/**
		 * Lets it look, and returns when it has found none and is parked again.
		 */
		void looksInVain() {
			CountDownLatch gate = this.go;
			// once more, because it is waked up by itself when it has passed the gate
			stopsWhenWaked();
			gate.countDown();
			awaitStopped();
			mayLook();
			TestPool.await(() -> getState() == State.TIMED_WAITING);
		}

		boolean isDone() {
			return this.task.isDone();
		}

		Lease lease() throws Exception {
			return Actor.result(this.task);
		}

	}

}
