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

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.github.sqlitewal.connection.Deadline;

/**
 * One thread at a time is in a batch, and one task runs when nobody is: at once, or else
 * when whoever is inside leaves, by their thread. So the timer, whose thread all batches
 * share, never waits for an operation of one of them.
 */
final class BatchLock {

	private final ReentrantLock lock = new ReentrantLock();

	private final Runnable task;

	private volatile boolean due;

	/**
	 * Creates the lock.
	 * @param task what {@link #runWhenFree()} runs, with this lock held
	 */
	BatchLock(Runnable task) {
		this.task = task;
	}

	void lock() {
		this.lock.lock();
	}

	/**
	 * Waits for the lock.
	 * @return whether it is held now
	 */
	boolean tryLock(Deadline deadline) {
		try {
			return this.lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	void unlock() {
		this.lock.unlock();
		runIfDue();
	}

	/**
	 * Runs the task as soon as nobody is inside.
	 */
	void runWhenFree() {
		this.due = true;
		runIfDue();
	}

	// A thread that finds the lock taken can go: its "due" was written before the other
	// one's unlock(), and is read after it.
	private void runIfDue() {
		while (this.due && !this.lock.isHeldByCurrentThread() && this.lock.tryLock()) {
			try {
				if (this.due) {
					this.due = false;
					this.task.run();
				}
			}
			finally {
				this.lock.unlock();
			}
		}
	}

}
