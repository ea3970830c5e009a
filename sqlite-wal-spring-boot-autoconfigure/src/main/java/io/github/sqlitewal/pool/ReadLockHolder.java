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

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Holds SQLite's read lock while many read and nobody writes, so that the readers of this
 * process need not take it from the system for each read.
 * <p>
 * A read begins and ends with a lock on the WAL-index. SQLite takes it from the system
 * only when no other connection of the process has it, and does so under a mutex of all
 * connections of the process to the file; so short reads pay two calls of the system
 * each, and readers on several processors wait for each other. One connection that holds
 * the lock saves the others both. What they read is not changed by it: each read still
 * looks up which commit is the last.
 * <p>
 * Held on, it would be what a forgotten reader is, so it never is:
 * <ul>
 * <li>A writer of this process lets it go before it begins, and while the writer is lent
 * it is not taken. Nor does it outlive the beginning of a checkpoint or a look at the
 * WAL, because it is held on the connection that makes them.</li>
 * <li>It is taken only after a time without a commit of this process and with so many
 * reads that it is worth it.</li>
 * <li>It is taken anew every few milliseconds, so that what another process commits or
 * checkpoints is not held up by it for longer; and when nobody reads any more a timer
 * lets it go.</li>
 * </ul>
 * The readers do the work, whoever comes when it is due; the timer has a thread only
 * while the lock is, or was a moment ago, held.
 */
final class ReadLockHolder {

	/**
	 * How long it is held for those who come later: many short reads, and less than any
	 * other process waits for a lock.
	 */
	private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	/** From how many reads in that time on it is worth it: it costs as much as a few. */
	private static final long MIN_READS = 16;

	private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private static final long THREAD_IDLE_SECONDS = 5;

	private final MaintenanceConnection connection;

	private final LongSupplier reads;

	private final LongSupplier commits;

	private final BooleanSupplier writerFree;

	private final LongSupplier nanoTime;

	private final AtomicBoolean looking = new AtomicBoolean();

	private final AtomicBoolean timerSet = new AtomicBoolean();

	private final ScheduledThreadPoolExecutor timer;

	/** When the next look is due. */
	private volatile long due;

	/** When it was last taken. */
	private volatile long heldSince;

	/** Of the last look; for whoever is looking. */
	private long readsBefore;

	private long commitsBefore = -1;

	/**
	 * @param connection holds the lock
	 * @param reads how many reads have begun so far
	 * @param commits how often the writer has committed so far
	 * @param writerFree whether nobody has the writer; who gets it is seen there before
	 * he {@linkplain MaintenanceConnection#letReadLockGo() lets the lock go}
	 */
	ReadLockHolder(MaintenanceConnection connection, LongSupplier reads, LongSupplier commits,
			BooleanSupplier writerFree) {
		this(connection, reads, commits, writerFree, System::nanoTime);
	}

	/**
	 * Creates one for a test, which says what time it is.
	 */
	ReadLockHolder(MaintenanceConnection connection, LongSupplier reads, LongSupplier commits,
			BooleanSupplier writerFree, LongSupplier nanoTime) {
		this.connection = connection;
		this.reads = reads;
		this.commits = commits;
		this.writerFree = writerFree;
		this.nanoTime = nanoTime;
		this.due = nanoTime.getAsLong();
		this.timer = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(task, "sqlite-read-lock");
			thread.setDaemon(true);
			return thread;
		}, new ThreadPoolExecutor.DiscardPolicy());
		this.timer.setKeepAliveTime(THREAD_IDLE_SECONDS, TimeUnit.SECONDS);
		this.timer.allowCoreThreadTimeOut(true);
		this.timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
	}

	/**
	 * Tells that a read begins.
	 */
	void readBegins() {
		if (this.nanoTime.getAsLong() - this.due >= 0 && this.looking.compareAndSet(false, true)) {
			try {
				look();
			}
			finally {
				this.looking.set(false);
			}
		}
	}

	private void look() {
		long begun = this.reads.getAsLong();
		long committed = this.commits.getAsLong();
		boolean worthIt = begun - this.readsBefore >= MIN_READS && committed == this.commitsBefore;
		this.readsBefore = begun;
		this.commitsBefore = committed;
		if (worthIt && this.connection.holdReadLock(this.writerFree)) {
			this.heldSince = this.nanoTime.getAsLong();
			setTimer();
		}
		else {
			this.connection.letReadLockGo();
		}
		this.due = this.nanoTime.getAsLong() + HELD_NANOS;
	}

	private void setTimer() {
		if (this.timerSet.compareAndSet(false, true)) {
			this.timer.schedule(this::timeOut, IDLE_NANOS, TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Lets it go when it has not been taken anew for a while.
	 */
	void timeOut() {
		this.timerSet.set(false);
		if (this.nanoTime.getAsLong() - this.heldSince >= IDLE_NANOS / 2) {
			this.connection.letReadLockGo();
		}
		if (this.connection.isReadLockHeld()) {
			setTimer();
		}
	}

	/**
	 * Sets no timer any more. The connection must be closed after this.
	 */
	void close() {
		this.timer.shutdownNow();
	}

}
