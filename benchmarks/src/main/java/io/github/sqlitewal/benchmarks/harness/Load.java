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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Session;

/**
 * Threads that do operations as fast as they can, for a time.
 * <p>
 * Connections are made before the first operation. Then the threads warm up, and go on
 * without a pause into the time that is measured. A rate counts the operations that ended
 * in that time. A latency is kept of each that overlapped with its end or ended in it, so
 * that one who waited from before the beginning to after the end is not missed.
 * <p>
 * The first operation that fails ends the load, and the run: what is left would be
 * another work.
 */
public final class Load {

	private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	/** For the slowest operation that a peer's own timeouts allow. */
	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private final OpenPeer peer;

	private final Settings settings;

	private final List<Actors> actors = new ArrayList<>();

	private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

	private ThreadFactory threads = Thread::new;

	private volatile Phase phase = Phase.WARM_UP;

	private Duration measured = Duration.ZERO;

	/**
	 * Describes a load.
	 * @param peer who is put under it
	 * @param settings how long
	 */
	public Load(OpenPeer peer, Settings settings) {
		this.peer = peer;
		this.settings = settings;
	}

	/**
	 * Makes the threads, platform threads when this is not called.
	 * @param threads makes a thread that is not started
	 * @return this
	 */
	public Load on(ThreadFactory threads) {
		this.threads = threads;
		return this;
	}

	/**
	 * Adds threads that do the same.
	 * @param name their name
	 * @param count how many
	 * @param task one operation
	 * @return what is measured of them, once the load has run
	 */
	public Actors add(String name, int count, Task task) {
		return add(new Actors(this, name, count, task, 100, null));
	}

	/**
	 * Adds threads that do one of two things each time.
	 * @param name their name
	 * @param count how many
	 * @param percent how many of 100 operations are of the first kind
	 * @param first an operation of the first kind
	 * @param second an operation of the second kind
	 * @return what is measured of them, once the load has run
	 */
	public Actors add(String name, int count, int percent, Task first, Task second) {
		return add(new Actors(this, name, count, first, percent, second));
	}

	private Actors add(Actors added) {
		this.actors.add(added);
		return added;
	}

	/**
	 * Runs the load.
	 * @throws Exception when an operation failed
	 */
	public void run() throws Exception {
		run(new Monitor() {
		});
	}

	/**
	 * Runs the load and looks at something every few milliseconds of the measured time.
	 * @param monitor what looks
	 * @throws Exception when an operation failed
	 */
	public void run(Monitor monitor) throws Exception {
		List<Thread> started = new ArrayList<>();
		try {
			CountDownLatch ready = new CountDownLatch(this.actors.stream().mapToInt(Actors::count).sum());
			CountDownLatch go = new CountDownLatch(1);
			for (Actors each : this.actors) {
				each.start(this.threads, ready, go, started);
			}
			await(ready);
			// what earlier loads left is not this one's to clear away
			System.gc();
			go.countDown();
			sleep(this.settings.warmUp());
			monitor.begin();
			measure(monitor);
		}
		finally {
			this.phase = Phase.OVER;
			for (Thread thread : started) {
				thread.join(PATIENCE.toMillis());
				if (thread.isAlive()) {
					fail(new IllegalStateException(
							"Thread " + thread.getName() + " does not end: " + List.of(thread.getStackTrace())));
				}
			}
		}
		throwFailure();
	}

	private void measure(Monitor monitor) throws Exception {
		long start = System.nanoTime();
		this.phase = Phase.MEASURED;
		long now = start;
		boolean goOn = true;
		while (goOn && (now - start < this.settings.measure().toNanos() || !allHaveEnded(now - start))) {
			throwFailure();
			goOn = monitor.sample(now);
			LockSupport.parkNanos(SAMPLE_NANOS);
			now = System.nanoTime();
		}
		this.phase = Phase.OVER;
		this.measured = Duration.ofNanos(System.nanoTime() - start);
	}

	/** A rate of nothing can be compared with nothing. */
	private boolean allHaveEnded(long elapsedNanos) {
		if (elapsedNanos > PATIENCE.toNanos()) {
			throw new IllegalStateException("No operation of some thread ended in " + PATIENCE);
		}
		return this.actors.stream().allMatch(Actors::hasEnded);
	}

	private void sleep(Duration duration) throws Exception {
		long end = System.nanoTime() + duration.toNanos();
		while (System.nanoTime() - end < 0) {
			throwFailure();
			LockSupport.parkNanos(SAMPLE_NANOS);
		}
	}

	private void await(CountDownLatch ready) throws Exception {
		while (!ready.await(SAMPLE_NANOS, TimeUnit.NANOSECONDS)) {
			throwFailure();
		}
		throwFailure();
	}

	void fail(Throwable failure) {
		this.failure.compareAndSet(null, failure);
	}

	private void throwFailure() {
		Throwable thrown = this.failure.get();
		if (thrown != null) {
			throw new IllegalStateException("An operation on " + this.peer.type() + " failed: " + thrown, thrown);
		}
	}

	OpenPeer peer() {
		return this.peer;
	}

	/**
	 * Whether what ends now is not measured.
	 * @return whether the threads warm up
	 */
	public boolean isWarmingUp() {
		return phase() == Phase.WARM_UP;
	}

	/**
	 * Whether the threads end.
	 * @return whether what is measured is over
	 */
	public boolean isOver() {
		return phase() == Phase.OVER;
	}

	Phase phase() {
		return this.phase;
	}

	Duration measured() {
		return this.measured;
	}

	enum Phase {

		WARM_UP, MEASURED, OVER

	}

	/**
	 * One operation.
	 */
	@FunctionalInterface
	public interface Task {

		/**
		 * Does it.
		 * @param session the thread's session
		 * @param random the thread's numbers, the same on each peer
		 * @return something of what was answered
		 * @throws Exception when it failed
		 */
		long run(Session session, SplittableRandom random) throws Exception;

	}

	/**
	 * Looks at something beside the load, on the thread that runs it.
	 */
	public interface Monitor {

		/**
		 * Called between warm-up and measurement.
		 * @throws Exception to end the run
		 */
		default void begin() throws Exception {
		}

		/**
		 * Called every few milliseconds.
		 * @param nanoTime the time now
		 * @return whether to go on with the measurement
		 * @throws Exception to end the run
		 */
		default boolean sample(long nanoTime) throws Exception {
			return true;
		}

	}

}
