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

import java.util.ArrayList;
import java.util.List;

/**
 * A timer whose time passes when a test says so, on the thread that says so.
 */
final class ManualTimer implements BatchTimer {

	private final List<Entry> entries = new ArrayList<>();

	private long now;

	@Override
	public synchronized long nanoTime() {
		return this.now;
	}

	@Override
	public synchronized void schedule(Runnable task, long delayNanos) {
		this.entries.add(new Entry(this.now + delayNanos, task));
	}

	synchronized int scheduled() {
		return this.entries.size();
	}

	/**
	 * Lets time pass, and runs what is due then. Returns when that is over.
	 */
	void pass(long nanos) {
		List<Entry> due;
		synchronized (this) {
			this.now += nanos;
			due = this.entries.stream().filter((entry) -> entry.at <= this.now).toList();
			this.entries.removeAll(due);
		}
		due.forEach((entry) -> entry.task.run());
	}

	private record Entry(long at, Runnable task) {
	}

}
