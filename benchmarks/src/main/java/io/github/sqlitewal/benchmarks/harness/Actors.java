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

package io.github.sqlitewal.benchmarks.harness;

import java.lang.management.ManagementFactory;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.management.ThreadMXBean;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.benchmarks.harness.Load.Phase;
import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.peer.Session;

/**
 * The threads of a {@link Load} that do the same operation, and what is measured of them.
 * Each has its own histogram, and they are added when all have ended.
 */
public final class Actors {

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private final Load load;

	private final String name;

	private final Task task;

	/** What the rest of the operations is, or {@code null} when all are the same. */
	private final @Nullable Task other;

	private final int percent;

	private final List<Actor> actors = new ArrayList<>();

	Actors(Load load, String name, int count, Task task, int percent, @Nullable Task other) {
		this.load = load;
		this.name = name;
		this.task = task;
		this.percent = percent;
		this.other = other;
		for (int i = 0; i < count; i++) {
			this.actors.add(new Actor(i));
		}
	}

	int count() {
		return this.actors.size();
	}

	boolean hasEnded() {
		return this.actors.stream().anyMatch((actor) -> actor.ended.get() > 0);
	}

	void start(ThreadFactory threads, CountDownLatch ready, CountDownLatch go, List<Thread> started) {
		for (Actor actor : this.actors) {
			Thread thread = threads.newThread(() -> actor.run(ready, go));
			thread.setName(this.name + "-" + actor.number);
			thread.start();
			started.add(thread);
		}
	}

	/**
	 * How many operations ended in a second.
	 * @return the rate of all threads together
	 */
	public double rate() {
		return operations() / (this.load.measured().toNanos() / 1e9);
	}

	private long operations() {
		return this.actors.stream().mapToLong((actor) -> actor.ended.get()).sum();
	}

	/**
	 * How long operations took.
	 * @return a histogram of nanoseconds
	 */
	public Histogram latencies() {
		Histogram all = firstLatencies();
		this.actors.stream().map((actor) -> actor.otherLatencies).filter(Objects::nonNull).forEach(all::add);
		return all;
	}

	/**
	 * How long operations of the first kind took, where there are two.
	 * @return a histogram of nanoseconds
	 */
	public Histogram firstLatencies() {
		Histogram all = histogram();
		this.actors.forEach((actor) -> all.add(actor.latencies));
		return all;
	}

	/**
	 * How much heap an operation allocates.
	 * @return bytes
	 */
	public double allocated() {
		return (double) this.actors.stream().mapToLong((actor) -> actor.allocated).sum() / operations();
	}

	/**
	 * Operations that failed with SQLITE_BUSY.
	 * @return how many
	 */
	public long failures() {
		return this.actors.stream().mapToLong((actor) -> actor.failures).sum();
	}

	/**
	 * What all loads measure.
	 * @return rate and latencies
	 */
	public Measurement measurement() {
		Histogram latencies = latencies();
		return new Measurement().withFailures(failures())
			.with(Quantity.RATE, rate())
			.with(Quantity.P99, latencies.getValueAtPercentile(99))
			.with(Quantity.P999, latencies.getValueAtPercentile(99.9))
			.with(Quantity.LONGEST, latencies.getMaxValue());
	}

	/** Two digits: a hundredth of a value is nothing here, and there may be thousands. */
	private static Histogram histogram() {
		return new Histogram(1, TimeUnit.HOURS.toNanos(1), 2);
	}

	private static boolean isBusy(Throwable thrown) {
		for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLTransientConnectionException) {
				return true;
			}
			// an extended code has the code in its lowest byte
			if (cause instanceof SQLiteException ex
					&& (ex.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code) {
				return true;
			}
		}
		return false;
	}

	private final class Actor {

		private final int number;

		private final Histogram latencies = histogram();

		private final @Nullable Histogram otherLatencies = (Actors.this.other != null) ? histogram() : null;

		/** Written by the actor alone, and read by the one who runs the load. */
		private final AtomicLong ended = new AtomicLong();

		private long failures;

		private long allocated;

		/** Kept, so that no answer is one that nobody needs. */
		@SuppressWarnings("unused")
		private volatile long answers;

		Actor(int number) {
			this.number = number;
		}

		void run(CountDownLatch ready, CountDownLatch go) {
			try (Session session = Actors.this.load.peer().openSession()) {
				ready.countDown();
				go.await();
				loop(session, new SplittableRandom(this.number));
			}
			catch (Throwable ex) {
				Actors.this.load.fail(ex);
			}
			finally {
				// for the one who failed to begin
				ready.countDown();
			}
		}

		private void loop(Session session, SplittableRandom random) throws Exception {
			long sum = 0;
			long allocatedBefore = -1;
			for (Phase phase = Actors.this.load.phase(); phase != Phase.OVER; phase = Actors.this.load.phase()) {
				if (phase == Phase.MEASURED && allocatedBefore < 0) {
					allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
				}
				Task task = Actors.this.task;
				Histogram kept = this.latencies;
				if (Actors.this.other != null && this.otherLatencies != null
						&& random.nextInt(100) >= Actors.this.percent) {
					task = Actors.this.other;
					kept = this.otherLatencies;
				}
				boolean done = true;
				long start = System.nanoTime();
				try {
					sum += task.run(session, random);
				}
				catch (Exception ex) {
					if (!Actors.this.load.peer().type().isBusyExpected() || !isBusy(ex)) {
						throw ex;
					}
					done = false;
				}
				record(kept, System.nanoTime() - start, done);
			}
			this.allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
			this.answers = sum;
		}

		private void record(Histogram latencies, long nanos, boolean done) {
			Phase phase = Actors.this.load.phase();
			if (phase == Phase.WARM_UP) {
				return;
			}
			latencies.recordValue(nanos);
			if (!done) {
				this.failures++;
			}
			else if (phase == Phase.MEASURED) {
				this.ended.lazySet(this.ended.getPlain() + 1);
			}
		}

	}

}
