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

package io.github.sqlitewal.batch;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.github.sqlitewal.pool.DaemonTimer;

/**
 * The clock of the batches, and what wakes one up that nobody calls.
 */
interface BatchTimer {

	/**
	 * The time on a monotonic clock.
	 * @return nanoseconds since some moment
	 */
	long nanoTime();

	/**
	 * Runs something later, on a thread that belongs to nobody.
	 * @param task what to run; it does not wait for anything that another task of this
	 * timer has to do
	 * @param delayNanos how much later
	 */
	void schedule(Runnable task, long delayNanos);

	/**
	 * A timer with one daemon thread, which is there only while something is scheduled.
	 * So nobody has to close it.
	 * @return a new timer
	 */
	static BatchTimer daemon() {
		ScheduledThreadPoolExecutor executor = DaemonTimer.create("sqlite-batch");
		return new BatchTimer() {

			@Override
			public long nanoTime() {
				return System.nanoTime();
			}

			@Override
			public void schedule(Runnable task, long delayNanos) {
				executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
			}

		};
	}

}
