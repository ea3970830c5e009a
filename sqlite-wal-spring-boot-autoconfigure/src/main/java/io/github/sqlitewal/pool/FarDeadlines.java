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

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

import io.github.sqlitewal.connection.Deadline;

/**
 * Watches the deadlines of virtual threads as long as they are far away.
 * <p>
 * A virtual thread that parks for a time hands a task to the JDK's timer thread, which is
 * waked up for it, and again when the wait has ended. For a wait of some microseconds,
 * which nearly all are, that costs more than anything else; with two thousand threads it
 * took a third of the work that was done. So a virtual thread parks without a time as
 * long as its deadline is far away, and is waked up when it is not any more.
 * <p>
 * Safe for use by many threads.
 */
final class FarDeadlines {

	/** Waits this long are rare, and then the time to wake up once is nothing. */
	private static final long FAR_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long INTERVAL_NANOS = FAR_NANOS / 4;

	private final BooleanSupplier look;

	private final ScheduledExecutorService timer;

	/** Whether somebody looks within the interval. */
	private final AtomicBoolean watching = new AtomicBoolean();

	/**
	 * Creates a watch that has nothing to look at yet.
	 * @param timer looks later
	 * @param look wakes those up whose deadline {@linkplain #isFar is not far} any more,
	 * and answers whether there is a reason to look again
	 */
	FarDeadlines(ScheduledExecutorService timer, BooleanSupplier look) {
		this.look = look;
		this.timer = timer;
	}

	static boolean isFar(Deadline deadline) {
		return deadline.remainingNanos() > FAR_NANOS;
	}

	/**
	 * Whether somebody looks within the interval. Takes no lock, so that whoever can be
	 * seen by the look may park right after it, as long as his deadline is far away.
	 */
	boolean isWatching() {
		return this.watching.get();
	}

	/**
	 * Has somebody look within the interval. May wait for a lock.
	 * @return whether somebody does
	 */
	boolean startWatching() {
		if (!this.watching.compareAndSet(false, true)) {
			return true;
		}
		try {
			this.timer.schedule(this::lookAgain, INTERVAL_NANOS, TimeUnit.NANOSECONDS);
			return true;
		}
		catch (RejectedExecutionException | VirtualMachineError ex) {
			// it closes, or there is no thread or no stack to be had: he looks himself
			this.watching.set(false);
			return false;
		}
	}

	private void lookAgain() {
		// who comes after the look finds that nobody watches
		this.watching.set(false);
		boolean again = true;
		try {
			again = this.look.getAsBoolean();
		}
		finally {
			if (again) {
				startWatching();
			}
		}
	}

}
