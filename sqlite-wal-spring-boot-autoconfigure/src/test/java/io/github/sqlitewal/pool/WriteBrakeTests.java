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
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link WriteBrake}, before the writer's queue of a pool.
 */
@Timeout(120)
class WriteBrakeTests {

	/** Longer than any test that passes. */
	private static final Duration LONG_PAUSE = Duration.ofHours(1);

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	private TestPool pool;

	private WriteBrake brake;

	@BeforeEach
	void open() throws SQLException {
		this.pool = TestPool.in(this.directory).open();
		this.opened.add(this.pool);
		this.brake = this.pool.pool().writeBrake();
	}

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	@Test
	void refusedWriteHasDoneNothingAndSaysWhy() throws Exception {
		this.brake.refuse("the WAL is too large");
		assertThatExceptionOfType(WalSizeExceededException.class).isThrownBy(() -> this.pool.writer("INSERT"))
			.withMessage("the WAL is too large")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53400"));
		assertThat(this.brake.refusal()).isEqualTo("the WAL is too large");
		this.pool.reader("SELECT").close();
		this.brake.release();
		assertThat(this.brake.refusal()).isNull();
		this.pool.writer("INSERT").close();
	}

	// @formatter:off
	//
	// writer            waiter            brake
	// BEGIN
	//                   acquire …
	//                                     refuse
	// INSERT, COMMIT
	//                   has it
	//                                     (the next one is refused)
	//
	// @formatter:on
	@Test
	void transactionThatHasBegunAndThoseWhoStandInTheQueueGoOn() throws Exception {
		Lease writer = this.pool.writer("INSERT");
		writer.connection().beginWrite();
		Future<Lease> waiter = actor("waiter").begins(() -> this.pool.writer("INSERT"));
		this.pool.awaitQueuedWrites(1);
		this.brake.refuse("the WAL is too large");
		TestPool.execute(writer, "INSERT INTO t VALUES (1)");
		TestPool.execute(writer, "COMMIT");
		writer.close();
		try (Lease next = Actor.result(waiter)) {
			assertThat(next.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("1");
		}
		assertThatExceptionOfType(WalSizeExceededException.class).isThrownBy(() -> this.pool.writer("INSERT"));
	}

	@Test
	void checkpointIsNotHeldUp() throws Exception {
		this.brake.refuse("the WAL is too large");
		this.pool.pool().acquireWriterForCheckpoint("wal_checkpoint", Deadline.after(TestPool.LONG)).close();
		this.brake.slowDown(LONG_PAUSE);
		this.pool.pool().acquireWriterForCheckpoint("wal_checkpoint", Deadline.after(TestPool.LONG)).close();
	}

	// @formatter:off
	//
	// brake             slow writer                       checkpoint
	// slow down
	//                   acquire: parks before the queue …
	//                                                     takes the writer, and gives it back
	// release
	//                   has it
	//
	// @formatter:on
	@Test
	void slowedWriteWaitsInFrontOfTheQueueWhereNobodyWaitsBehindIt() throws Exception {
		this.brake.slowDown(LONG_PAUSE);
		Actor slow = actor("slow");
		Future<Lease> write = slow.begins(this::writeWithoutAnEnd);
		awaitParked(slow);
		assertThat(this.pool.pool().status().queuedWrites()).isZero();
		assertThat(this.pool.pool().status().writer()).isNull();
		this.pool.reader("SELECT").close();
		this.pool.pool().acquireWriterForCheckpoint("wal_checkpoint", Deadline.after(TestPool.LONG)).close();
		assertThat(write.isDone()).isFalse();
		this.brake.release();
		Actor.result(write).close();
	}

	@Test
	void shortPauseEndsByItself() throws Exception {
		this.brake.slowDown(Duration.ofMillis(1));
		this.pool.writer("INSERT").close();
	}

	@Test
	void pauseIsAPartOfTheDeadline() throws Exception {
		this.brake.slowDown(LONG_PAUSE);
		Lease writer = this.pool.pool().acquireWriterForCheckpoint("wal_checkpoint", Deadline.after(TestPool.LONG));
		Actor slow = actor("slow");
		assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> slow
			.does(() -> this.pool.pool().acquireWriter("INSERT", Deadline.after(Duration.ofMillis(5)), null)));
		writer.close();
	}

	@Test
	void pauseEndsWithAnInterruptAndWithACancellation() throws Exception {
		this.brake.slowDown(LONG_PAUSE);
		Actor interrupted = actor("interrupted");
		Future<Lease> first = interrupted.begins(() -> this.pool.writer("INSERT"));
		awaitParked(interrupted);
		interrupted.thread().interrupt();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(() -> Actor.result(first))
			.withMessageContaining("interrupted")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		Cancellation cancellation = new Cancellation();
		Actor cancelled = actor("cancelled");
		Future<Lease> second = cancelled
			.begins(() -> this.pool.pool().acquireWriter("INSERT", Deadline.after(TestPool.LONG), cancellation));
		awaitParked(cancelled);
		cancellation.cancel();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(() -> Actor.result(second))
			.withMessageContaining("cancelled")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		assertThat(this.pool.pool().status().writer()).isNull();
		assertThat(this.pool.pool().status().queuedWrites()).isZero();
	}

	@Test
	void slowedWriteIsRefusedWhenThePolicySaysSoMeanwhile() throws Exception {
		this.brake.slowDown(LONG_PAUSE);
		Actor slow = actor("slow");
		Future<Lease> write = slow.begins(this::writeWithoutAnEnd);
		awaitParked(slow);
		this.brake.refuse("the WAL is too large");
		assertThatExceptionOfType(WalSizeExceededException.class).isThrownBy(() -> Actor.result(write));
	}

	/**
	 * Only the brake ends its pause.
	 */
	private Lease writeWithoutAnEnd() throws SQLException {
		return this.pool.pool().acquireWriter("INSERT", Deadline.after(LONG_PAUSE), null);
	}

	// @formatter:off
	//
	// writer            brake
	//                   paces from commit 5
	// commit 7
	//                   paces no more
	// (commit 7 is told now)
	// request passes
	//
	// @formatter:on
	@Test
	void commitThatIsToldAfterThePaceHasEndedPacesNobody() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake paced = new WriteBrake(clock::get);
		paced.paceFrom(5);
		paced.endPace();
		paced.committed(7);
		assertThat(paced.beforeWrite(Deadline.after(TestPool.LONG), null)).isZero();
		paced.paceFrom(8);
		assertThat(paced.beforeWrite(Deadline.after(TestPool.LONG), null)).isZero();
	}

	// @formatter:off
	//
	// writers           brake             clock
	//                   1000/s            stands
	// commit
	// request passes    (early by nothing)
	// commit
	// request …
	//                   any rate
	// goes on
	//
	// @formatter:on
	@Test
	void requestThatComesTooEarlyForTheRateWaits() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake limited = new WriteBrake(clock::get);
		Deadline deadline = Deadline.after(TestPool.LONG);
		limited.limitRate(1000);
		limited.beforeWrite(deadline, null);
		limited.committed(1);
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, limited);
		limited.endRate();
		Actor.result(request);
		limited.beforeWrite(deadline, null);
	}

	@Test
	void rateThatWasNotUsedIsNotSavedUp() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake limited = new WriteBrake(clock::get);
		Deadline deadline = Deadline.after(TestPool.LONG);
		limited.limitRate(1000);
		clock.addAndGet(TimeUnit.HOURS.toNanos(1));
		// one for the millisecond before, and one for the next
		limited.committed(1);
		limited.beforeWrite(deadline, null);
		limited.committed(2);
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, limited);
		clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
		Actor.result(request);
	}

	@Test
	void noRequestWaitsForARateForLongerThanTenMilliseconds() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake limited = new WriteBrake(clock::get);
		limited.limitRate(1e-9);
		for (int i = 0; i < 1000; i++) {
			limited.committed(i);
		}
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, limited);
		clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(10));
		Actor.result(request);
	}

	@Test
	void waitForThePaceCountsForTheRate() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake limited = new WriteBrake(clock::get);
		limited.limitRate(1e-9);
		limited.paceFrom(0);
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, limited);
		clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(9));
		limited.committed(1);
		clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
		Actor.result(request);
	}

	// @formatter:off
	//
	// writer            brake             clock
	//                   paces             stands
	// request …
	//                   suspended
	// passes
	// request passes
	//                   resumed
	// request …
	//
	// @formatter:on
	@Test
	void suspendedBrakeHoldsNobodyUpForThePaceOrTheRate() throws Exception {
		AtomicLong clock = new AtomicLong(1);
		WriteBrake paced = new WriteBrake(clock::get);
		paced.limitRate(1e-9);
		paced.paceFrom(0);
		paced.committed(1);
		Actor writer = actor("writer");
		for (int i = 0; i < 2; i++) {
			Future<Long> request = heldUp(writer, paced);
			paced.suspend();
			Actor.result(request);
			assertThat(writer.does(() -> paced.beforeWrite(Deadline.after(TestPool.LONG), null))).isZero();
			paced.resume();
			paced.endPace();
		}
	}

	// @formatter:off
	//
	// holder            writer            checkpoint
	// has the writer
	//                   is paced
	//                   stands in the queue …
	//                                     awaits the turn …
	// gives it back
	//                   has it
	//                                     goes on
	//
	// @formatter:on
	@Test
	void turnOfOneThatWasHeldUpIsAwaitedAlsoInTheQueue() throws Exception {
		Lease holder = this.pool.writer("INSERT");
		Future<Lease> writer = paced(actor("writer"), this::writeWithoutAnEnd);
		this.pool.awaitQueuedWrites(1);
		Actor checkpoint = actor("checkpoint");
		Future<Void> turns = checkpoint.begins(this::awaitTurns);
		awaitParked(checkpoint);
		assertThat(turns.isDone()).isFalse();
		holder.close();
		Actor.result(writer).close();
		Actor.result(turns);
	}

	@Test
	void whoGivesUpIsNotAwaited() throws Exception {
		Lease holder = this.pool.writer("INSERT");
		Actor interrupted = actor("interrupted");
		Future<Lease> request = paced(interrupted, this::writeWithoutAnEnd);
		this.pool.awaitQueuedWrites(1);
		interrupted.thread().interrupt();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(() -> Actor.result(request));
		assertNobodyIsAwaited(this.brake);
		holder.close();
	}

	@Test
	void whoGivesUpBeforeTheQueueIsNotAwaited() throws Exception {
		WriteBrake paced = pacedForEver();
		Actor interrupted = actor("interrupted");
		Future<Long> request = heldUp(interrupted, paced);
		interrupted.thread().interrupt();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(() -> Actor.result(request));
		assertNobodyIsAwaited(paced);
	}

	@Test
	void whoIsRefusedAfterThePaceIsNotAwaited() throws Exception {
		WriteBrake paced = pacedForEver();
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, paced);
		paced.refuse("the WAL is too large");
		paced.suspend();
		assertThatExceptionOfType(WalSizeExceededException.class).isThrownBy(() -> Actor.result(request));
		assertNobodyIsAwaited(paced);
	}

	@Test
	void whoIsSlowedDownForALargeWalIsNotAwaited() throws Exception {
		WriteBrake paced = pacedForEver();
		Actor writer = actor("writer");
		Future<Long> request = heldUp(writer, paced);
		paced.slowDown(LONG_PAUSE);
		paced.suspend();
		assertNobodyIsAwaited(paced);
		assertThat(request.isDone()).isFalse();
		paced.release();
		Actor.result(request);
	}

	@Test
	void turnsAreAwaitedUntilTheDeadlineOrAnInterrupt() throws Exception {
		try (Lease holder = this.pool.writer("INSERT")) {
			Future<Lease> writer = paced(actor("writer"), this::writeWithoutAnEnd);
			this.pool.awaitQueuedWrites(1);
			this.brake.awaitTurns(Deadline.after(Duration.ofMillis(1)));
			Thread.currentThread().interrupt();
			this.brake.awaitTurns(Deadline.after(LONG_PAUSE));
			assertThat(Thread.interrupted()).isTrue();
			assertThat(writer.isDone()).isFalse();
			holder.close();
			Actor.result(writer).close();
		}
	}

	/**
	 * A brake that paces, and whose clock stands.
	 */
	private static WriteBrake pacedForEver() {
		WriteBrake paced = new WriteBrake(new AtomicLong(1)::get);
		paced.paceFrom(0);
		return paced;
	}

	/**
	 * Begins a request that is held up.
	 */
	private static Future<Long> heldUp(Actor actor, WriteBrake brake) {
		Future<Long> begun = actor.begins(() -> brake.beforeWrite(Deadline.after(LONG_PAUSE), null));
		awaitParked(actor, brake);
		return begun;
	}

	/**
	 * Begins a request that is held up for a moment and stands in the queue then.
	 */
	private Future<Lease> paced(Actor actor, Callable<Lease> request) {
		this.brake.paceFrom(0);
		Future<Lease> begun = actor.begins(request);
		TestPool.await(() -> this.brake.slowedNanos() > 0);
		this.brake.endPace();
		return begun;
	}

	private static void assertNobodyIsAwaited(WriteBrake brake) {
		Deadline deadline = Deadline.after(Duration.ofSeconds(10));
		brake.awaitTurns(deadline);
		assertThat(deadline.hasPassed()).isFalse();
	}

	private Void awaitTurns() {
		this.brake.awaitTurns(Deadline.after(LONG_PAUSE));
		return null;
	}

	private void awaitParked(Actor actor) {
		awaitParked(actor, this.brake);
	}

	private static void awaitParked(Actor actor, WriteBrake brake) {
		TestPool.await(() -> actor.thread() != null && LockSupport.getBlocker(actor.thread()) == brake);
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

}
