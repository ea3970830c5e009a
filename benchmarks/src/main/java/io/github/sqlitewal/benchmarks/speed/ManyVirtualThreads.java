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

package io.github.sqlitewal.benchmarks.speed;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.harness.Actors;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Load;
import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * Thousands of virtual threads, and one more that only sleeps a millisecond at a time:
 * how late it is says for how long the others keep the carriers to themselves. The JDK's
 * scheduler runs what is in a carrier's own queue before it looks at a thread whose sleep
 * is over, so the same is measured beside threads that use no database.
 */
final class ManyVirtualThreads extends Workload {

	private static final int THREADS = 2000;

	/** The first JDK with long-term support in which a monitor does not pin a carrier. */
	private static final int FEATURE = 25;

	private static final Duration HEARTBEAT = Duration.ofMillis(1);

	ManyVirtualThreads() {
		super("virtual-2000", "2,000 virtual threads, INSERT and SELECT by key, again and again",
				List.of(Peers.STARTER_LONG_QUEUE),
				List.of(Figure.limit("longest delay of a heartbeat", Quantity.LATENESS, Peers.STARTER_LONG_QUEUE)
					.atMost(Duration.ofMillis(20)),
						Figure.limit("the same beside threads that use no database", Quantity.LATENESS_WITHOUT_DATABASE,
								Peers.STARTER_LONG_QUEUE)));
	}

	@Override
	public @Nullable String unavailable() {
		int feature = Runtime.version().feature();
		return (feature < FEATURE) ? "it needs JDK " + FEATURE + ", and this is " + feature : super.unavailable();
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Task insert = Operations.insert();
		Task select = Operations.select(settings);
		Load load = new Load(peer, settings).on(virtualThreads());
		Actors workers = load.add("virtual", THREADS,
				(session, random) -> insert.run(session, random) + select.run(session, random));
		long late = lateness(load);
		Measurement measured = workers.measurement();
		double busyNanos = Runtime.getRuntime().availableProcessors() * 1e9 / measured.get(Quantity.RATE);
		return measured.with(Quantity.LATENESS, late)
			.with(Quantity.LATENESS_WITHOUT_DATABASE, latenessWithoutDatabase(peer, settings, (long) busyNanos));
	}

	/**
	 * As many threads that compute for as long as an operation of the others took of the
	 * processors, a tenth of it under a lock for which they wait in a queue.
	 */
	private static long latenessWithoutDatabase(OpenPeer peer, Settings settings, long busyNanos) throws Exception {
		ReentrantLock lock = new ReentrantLock(true);
		Load load = new Load(peer, settings).on(virtualThreads());
		load.add("virtual", THREADS, (session, random) -> {
			compute(busyNanos - busyNanos / 10);
			lock.lock();
			try {
				compute(busyNanos / 10);
			}
			finally {
				lock.unlock();
			}
			return 1;
		});
		return lateness(load);
	}

	private static void compute(long nanos) {
		long start = System.nanoTime();
		while (System.nanoTime() - start < nanos) {
			Thread.onSpinWait();
		}
	}

	private static long lateness(Load load) throws Exception {
		Heartbeat heartbeat = new Heartbeat(load);
		Thread thread = virtualThreads().newThread(heartbeat);
		thread.start();
		load.run();
		thread.join();
		return heartbeat.longest;
	}

	/** Compiled for Java 17, which does not know them. */
	private static ThreadFactory virtualThreads() throws ReflectiveOperationException {
		Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
		Method factory = Class.forName("java.lang.Thread$Builder").getMethod("factory");
		return (ThreadFactory) factory.invoke(builder);
	}

	/**
	 * Not one of the load's own threads, of which each has to come to an end of its
	 * operation: one that is kept from running for all of the time is as late as that.
	 */
	private static final class Heartbeat implements Runnable {

		private final Load load;

		private long longest;

		Heartbeat(Load load) {
			this.load = load;
		}

		@Override
		public void run() {
			while (!this.load.isOver()) {
				long start = System.nanoTime();
				LockSupport.parkNanos(HEARTBEAT.toNanos());
				if (!this.load.isWarmingUp()) {
					this.longest = Math.max(this.longest, System.nanoTime() - start - HEARTBEAT.toNanos());
				}
			}
		}

	}

}
