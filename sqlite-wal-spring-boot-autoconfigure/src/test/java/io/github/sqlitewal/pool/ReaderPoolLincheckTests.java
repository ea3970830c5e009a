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
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.objenesis.Objenesis;
import org.springframework.objenesis.ObjenesisStd;
import org.springframework.test.util.ReflectionTestUtils;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * Tests for {@link ReaderPool} and {@link ReaderGap} in the interleavings that Lincheck
 * finds for a few threads: no reader is lent twice, none is lost, and in a gap that says
 * that all are at home nobody reads. The connections are empty shells, and nothing runs
 * on them.
 * <p>
 * The model wakes a parked thread whenever it likes, as the JVM may, so that only the
 * tests with real threads see that somebody who should be woken is not. Its clock stands
 * still: whoever waits has waited for no time, so that readers are left to whoever runs,
 * or handed over always.
 * <p>
 * What Lincheck calls is public.
 */
@Tag("lincheck")
public class ReaderPoolLincheckTests {

	private static final PoolListener LISTENER = new PoolListener() {
	};

	/**
	 * Makes connections without their constructor, which needs SQLite: of a real one the
	 * model would have to know all that it refers to.
	 */
	private static final Objenesis objenesis = new ObjenesisStd();

	private static final ScheduledExecutorService timer = DaemonTimer.create("lincheck");

	@ParameterizedTest
	@ValueSource(classes = { Waiting.class, HandedOver.class, Gaps.class })
	void noReaderIsLostOrLentTwiceAndNobodyReadsInAGap(Class<?> operations) {
		new ModelCheckingOptions().threads(2)
			.actorsPerThread(1)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(4)
			.invocationsPerIteration(50)
			.minimizeFailedScenario(false)
			// the words of an exception are many steps
			.addGuarantee(ManagedStrategyGuaranteeKt.forClasses(ReaderPool.class.getName()).methods("reason").ignore())
			.check(operations);
	}

	@ParameterizedTest
	@ValueSource(classes = { Waiting.class, HandedOver.class, Gaps.class })
	void whoeverIsLentAReaderIsWoken(Class<?> operations) {
		new StressOptions().threads(3)
			.actorsPerThread(4)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(4)
			.invocationsPerIteration(1000)
			.minimizeFailedScenario(false)
			.check(operations);
	}

	@Test
	void whoeverIsLetLookIsWoken() {
		new StressOptions().threads(4)
			.actorsPerThread(4)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(8)
			.invocationsPerIteration(1000)
			.minimizeFailedScenario(false)
			.check(Looking.class);
	}

	private static Turnstile withoutTurns() {
		return new Turnstile(timer, 1, (thread) -> false);
	}

	/** Reads that use a reader alone. */
	public abstract static class Operations {

		private final List<ConnectionSlot> slots;

		private final ReaderPool pool;

		private final AtomicIntegerArray users;

		Operations(int readers, Duration handOver, Turnstile turnstile) {
			this.slots = IntStream.range(0, readers).mapToObj(Operations::slot).toList();
			this.pool = new ReaderPool(this.slots, (thread) -> false, turnstile, handOver.toNanos());
			this.users = new AtomicIntegerArray(readers);
		}

		private static ConnectionSlot slot(int number) {
			ConnectionSlot slot = new ConnectionSlot("reader-" + number, ConnectionRole.READER, null);
			ReflectionTestUtils.setField(slot, "connection", objenesis.newInstance(PhysicalConnection.class));
			return slot;
		}

		@Operation
		public void read() throws SQLException {
			read(never(), null, () -> {
			});
		}

		final void read(Deadline deadline, Cancellation cancellation, Runnable work) throws SQLException {
			try (Lease lease = this.pool.acquire(null, deadline, cancellation, LISTENER, null, null)) {
				int number = this.slots.indexOf(lease.slot());
				if (this.users.incrementAndGet(number) != 1) {
					throw new IllegalStateException("reader-" + number + " is lent twice");
				}
				work.run();
				this.users.decrementAndGet(number);
			}
		}

		/** Will not wait, unless it is lent a reader while it leaves. */
		final void readOrGiveUp() {
			try {
				read(passed(), null, () -> {
				});
			}
			catch (SQLException ex) {
				// all are lent, or there is a gap
			}
		}

		final ReaderGap beginGap() {
			return new ReaderGap(this.pool);
		}

		final void requireNobodyReads() {
			for (int i = 0; i < this.users.length(); i++) {
				if (this.users.get(i) != 0) {
					throw new IllegalStateException("reader-" + i + " is lent in a gap");
				}
			}
		}

		// made where they are needed, by the clock of the model

		final Deadline never() {
			return Deadline.after(Duration.ofDays(1));
		}

		final Deadline passed() {
			return Deadline.after(Duration.ZERO);
		}

		@Validate
		public void allAreHome() {
			if (!this.pool.isAllHome() || this.pool.waiting() != 0 || !this.pool.away().isEmpty()) {
				throw new IllegalStateException("A reader is lent, or somebody waits, although all have returned");
			}
		}

	}

	/**
	 * More threads than readers, of which some leave. A reader that comes back is free
	 * for whoever runs.
	 */
	public static class Waiting extends Operations {

		private volatile Cancellation cancellation = new Cancellation();

		public Waiting() {
			this(Duration.ofDays(1));
		}

		Waiting(Duration handOver) {
			this(handOver, withoutTurns());
		}

		Waiting(Duration handOver, Turnstile turnstile) {
			super(1, handOver, turnstile);
		}

		@Operation
		public void giveUp() {
			readOrGiveUp();
		}

		@Operation
		public void isCancelled() throws SQLException {
			Cancellation own = new Cancellation();
			this.cancellation = own;
			try {
				read(never(), own, () -> {
				});
			}
			catch (SQLException ex) {
				if (!own.isCancelled()) {
					throw ex;
				}
			}
		}

		@Override
		@Operation
		public void read() throws SQLException {
			read(never(), null, () -> this.cancellation.cancel());
		}

	}

	/** The same, and a reader that comes back is handed to the first who waits. */
	public static class HandedOver extends Waiting {

		public HandedOver() {
			this(withoutTurns());
		}

		HandedOver(Turnstile turnstile) {
			super(Duration.ZERO, turnstile);
		}

	}

	/**
	 * The same, and after a gap all but the first look themselves, one after the other.
	 */
	public static class Looking extends HandedOver {

		public Looking() {
			super(new Turnstile(timer, 1, (thread) -> true));
		}

		@Operation(nonParallelGroup = "gap")
		public void gap() {
			try (ReaderGap gap = beginGap()) {
				if (gap.await(never())) {
					requireNobodyReads();
				}
			}
		}

		@Operation(nonParallelGroup = "gap")
		public void gapThatGivesUp() {
			beginGap().close();
		}

	}

	/** Gaps, one at a time, between reads of which some have two readers. */
	public static class Gaps extends Operations {

		public Gaps() {
			super(2, Duration.ofDays(1), withoutTurns());
		}

		// more than one at a time would wait for each other's
		@Operation(nonParallelGroup = "nested")
		public void readInsideOfARead() throws SQLException {
			read(never(), null, this::readInside);
		}

		private void readInside() {
			try {
				super.read();
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Operation(nonParallelGroup = "gap")
		public boolean gap() {
			try (ReaderGap gap = beginGap()) {
				boolean home = gap.await(never());
				requireNobodyReads();
				return home;
			}
		}

		/** Does not wait for those who read. */
		@Operation(nonParallelGroup = "gap")
		public void gapThatGivesUp() {
			try (ReaderGap gap = beginGap()) {
				if (gap.await(passed())) {
					requireNobodyReads();
				}
			}
		}

	}

}
