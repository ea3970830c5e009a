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

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.WriteOutcome.Fate;

/**
 * Tests for {@link WriterQueue} in the interleavings that Lincheck finds for a few
 * threads. What the writer protects is a counter in a plain field: two holders would
 * count the same number twice, a grant or an answer that is lost lets a thread wait for
 * ever, and both are reported with the interleaving that led there.
 * <p>
 * The model wakes a parked thread whenever it likes, as the JVM may, so that only the
 * tests with real threads see that somebody who should be woken is not. Even these see it
 * of an answer alone: whoever waits for a grant looks up by himself now and then, for
 * {@link LockCycles}.
 * <p>
 * What Lincheck calls is public.
 */
@Tag("lincheck")
public class WriterQueueLincheckTests {

	@ParameterizedTest
	@ValueSource(classes = { GivingUp.class, Cancelling.class, SingleWrites.class, Closing.class })
	void writerHasOneHolderAndNoGrantOrAnswerIsLost(Class<?> operations) {
		new ModelCheckingOptions().threads(2)
			.actorsPerThread(1)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(4)
			.invocationsPerIteration(60)
			.minimizeFailedScenario(false)
			// the words of an exception are many steps
			.addGuarantee(ManagedStrategyGuaranteeKt.forClasses(WriterQueue.class.getName()).methods("reason").ignore())
			.check(operations);
	}

	@ParameterizedTest
	@ValueSource(classes = { Cancelling.class, SingleWrites.class, Closing.class })
	void whoeverIsAnsweredIsWoken(Class<?> operations) {
		new StressOptions().threads(3)
			.actorsPerThread(4)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(4)
			.invocationsPerIteration(1000)
			.minimizeFailedScenario(false)
			.check(operations);
	}

	/** What waits for the writer, and what it counts with it. */
	public abstract static class Operations {

		private final ConnectionSlot slot = new ConnectionSlot("writer", ConnectionRole.WRITER, null);

		private final Set<Thread> admitted = ConcurrentHashMap.newKeySet();

		private final WriterQueue queue;

		private int counter;

		Operations(int maxWaiting) {
			this.queue = new WriterQueue(maxWaiting, this.admitted::contains);
		}

		final WriterQueue queue() {
			return this.queue;
		}

		final Set<Thread> admitted() {
			return this.admitted;
		}

		final int hold(boolean urgent, Deadline deadline, Cancellation cancellation, Runnable work)
				throws SQLException {
			Lease lease = new Lease(this.slot, null, this.queue::release);
			this.queue.acquire(new Waiter(lease, urgent), deadline, cancellation);
			int counted = ++this.counter;
			work.run();
			this.queue.release(lease);
			return counted;
		}

		final int write(Deadline deadline) throws SQLException {
			Lease lease = new Lease(this.slot, null, this.queue::release);
			Increment increment = new Increment();
			Waiter waiter = new Waiter(lease, increment, true);
			this.queue.acquire(waiter, deadline, null);
			if (waiter.state() == Waiter.State.GRANTED) {
				writeTogether(waiter.request(), lease);
			}
			return (waiter.outcome().fate() == Fate.COMMITTED) ? increment.counted : -1;
		}

		/** As {@link WriteGroup}, without SQLite. */
		private void writeTogether(WriteRequest first, Lease lease) {
			List<WriteRequest> taken = new ArrayList<>();
			WriteRequest next = first;
			while (next != null) {
				taken.add(next);
				next.run(null);
				next.committed(0, 0, false);
				next = this.queue.takeWrite(lease);
			}
			// as long as a commit, so that those that were taken wait for their answer
			Thread.yield();
			this.queue.release(lease);
			taken.forEach(WriteRequest::answer);
		}

		// made where they are needed, by the clock of the model

		final Deadline never() {
			return Deadline.after(Duration.ofDays(1));
		}

		final Deadline passed() {
			return Deadline.after(Duration.ZERO);
		}

		@Validate
		public void writerIsFree() {
			if (this.queue.holder() != null || this.queue.waiting() != 0) {
				throw new IllegalStateException("The writer is held, or somebody waits, although all have returned");
			}
		}

		private final class Increment extends CombinableWrite {

			private int counted;

			private Increment() {
				super("UPDATE");
			}

			@Override
			public void run(PhysicalConnection connection) {
				this.counted = ++Operations.this.counter;
			}

		}

	}

	// few operations in each, so that a few scenarios have all pairs of them

	/** Leases of which some are wanted at once or not at all, and some before others. */
	public static class GivingUp extends Operations {

		public GivingUp() {
			super(100);
		}

		@Operation
		public int hold() throws SQLException {
			return hold(false, never(), null, () -> {
			});
		}

		@Operation
		public int giveUpAndComeAgainUrgently() throws SQLException {
			try {
				return hold(false, passed(), null, () -> {
				});
			}
			catch (LockTimeoutException ex) {
				return hold(true, never(), null, () -> {
				});
			}
		}

	}

	/** Leases whose wait is cancelled by the one that holds the writer. */
	public static class Cancelling extends Operations {

		private volatile Cancellation cancellation = new Cancellation();

		public Cancelling() {
			super(100);
		}

		@Operation
		public int holdUrgently() throws SQLException {
			return hold(true, never(), null, () -> this.cancellation.cancel());
		}

		@Operation
		public int isCancelledAndComesAgain() throws SQLException {
			Cancellation own = new Cancellation();
			this.cancellation = own;
			try {
				return hold(false, never(), own, () -> {
				});
			}
			catch (SQLException ex) {
				if (!own.isCancelled()) {
					throw ex;
				}
				return holdUrgently();
			}
		}

	}

	/** Single writes, which the holder may run, and urgent leases before them. */
	public static class SingleWrites extends Operations {

		public SingleWrites() {
			super(100);
		}

		@Operation
		public int holdUrgently() throws SQLException {
			return hold(true, never(), null, () -> {
			});
		}

		@Operation
		public int write() throws SQLException {
			return write(never());
		}

		@Operation
		public int giveUpAndComeAgain() throws SQLException {
			try {
				return write(passed());
			}
			catch (LockTimeoutException ex) {
				return write();
			}
		}

	}

	/**
	 * Leases when the database closes, in two steps, and nobody may wait but who is
	 * urgent or admitted. What was not counted, because it was refused or turned away, is
	 * -1.
	 */
	public static class Closing extends Operations {

		public Closing() {
			super(0);
		}

		/** Is refused when the writer is held, and asks again as one that is not. */
		@Operation
		public int hold() throws SQLException {
			try {
				return holdUnlessClosed(false);
			}
			catch (WriterQueueFullException ex) {
				return holdUnlessClosed(true);
			}
		}

		private int holdUnlessClosed(boolean urgent) throws SQLException {
			try {
				return hold(urgent, never(), null, () -> {
				});
			}
			catch (DatabaseClosedException ex) {
				return -1;
			}
		}

		@Operation
		public int holdUrgently() throws SQLException {
			return holdUnlessClosed(true);
		}

		@Operation
		public int holdAdmitted() throws SQLException {
			admitted().add(Thread.currentThread());
			try {
				return holdUnlessClosed(false);
			}
			finally {
				admitted().remove(Thread.currentThread());
			}
		}

		@Operation
		public void refuse() {
			queue().refuse();
		}

		@Operation
		public void drain() {
			queue().drain(never());
		}

		@Operation
		public void turnAway() {
			queue().turnAway();
		}

	}

}
