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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.pool.MaintenanceConnection.ReadLock;

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
 * <li>It is taken anew every few milliseconds. When another process has committed
 * meanwhile it is let go for a second, and for longer each time, up to a minute: that
 * process may checkpoint right after each of its commits, and would find it each
 * time.</li>
 * <li>When nobody reads any more a timer lets it go.</li>
 * </ul>
 * The readers do the work, whoever comes when it is due. What goes wrong in it is not
 * theirs to know.
 */
final class ReadLockHolder {

	private static final Logger logger = LoggerFactory.getLogger(ReadLockHolder.class);

	/** How long it is held for those who come later: many short reads. */
	private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	/** A look that comes later knows nothing of how many read now. */
	private static final long MAX_LOOK_NANOS = 4 * HELD_NANOS;

	/** From how many reads in that time on it is worth it: it costs as much as a few. */
	private static final long MIN_READS = 16;

	private static final long TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private static final long MIN_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long MAX_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

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

	/** Of the last look, as the rest below; for whoever is looking. */
	private long lookedAt;

	private long readsBefore;

	private long commitsBefore = -1;

	private long commitsWhenHeld = -1;

	private long pausedAt;

	/** How long the last pause was, zero before the first one. */
	private long pauseNanos;

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
		this.lookedAt = this.due;
		this.timer = DaemonTimer.create("sqlite-read-lock");
	}

	/**
	 * Tells that a read begins.
	 */
	void readBegins() {
		if (isDue() && this.looking.compareAndSet(false, true)) {
			try {
				// somebody may have looked since
				if (isDue()) {
					look(this.nanoTime.getAsLong());
				}
			}
			catch (RuntimeException | Error ex) {
				// the read can do without; a stack that is too deep may come from there
				this.due = this.nanoTime.getAsLong() + MIN_PAUSE_NANOS;
				logger.debug("The read lock could not be held, and reads take it each for itself", ex);
			}
			finally {
				this.looking.set(false);
			}
		}
	}

	private boolean isDue() {
		return this.nanoTime.getAsLong() - this.due >= 0;
	}

	private void look(long now) {
		long begun = this.reads.getAsLong();
		long committed = this.commits.getAsLong();
		boolean worthIt = begun - this.readsBefore >= MIN_READS && committed == this.commitsBefore
				&& now - this.lookedAt <= MAX_LOOK_NANOS;
		this.lookedAt = now;
		this.readsBefore = begun;
		this.commitsBefore = committed;
		if (!worthIt) {
			this.connection.letReadLockGo();
			this.due = this.nanoTime.getAsLong() + HELD_NANOS;
			return;
		}
		ReadLock result = this.connection.holdReadLock(this.writerFree);
		this.due = this.nanoTime.getAsLong() + HELD_NANOS;
		switch (result) {
			case HELD -> {
				this.heldSince = now;
				this.commitsWhenHeld = committed;
				setTimer();
			}
			case OVERTAKEN -> {
				// by others, when it was not the writer here
				if (this.commits.getAsLong() == this.commitsWhenHeld) {
					pause(now);
				}
			}
			case FAILED -> this.due = now + MIN_PAUSE_NANOS;
			case NOT_HELD -> {
			}
		}
	}

	private void pause(long now) {
		boolean recurs = this.pauseNanos > 0 && now - this.pausedAt < 2 * MAX_PAUSE_NANOS;
		this.pausedAt = now;
		this.pauseNanos = recurs ? Math.min(2 * this.pauseNanos, MAX_PAUSE_NANOS) : MIN_PAUSE_NANOS;
		this.due = now + this.pauseNanos;
	}

	/** What no timer would let go is not held. */
	private void setTimer() {
		if (!this.timerSet.compareAndSet(false, true)) {
			return;
		}
		boolean set = false;
		try {
			this.timer.schedule(this::timeOut, TIMER_NANOS, TimeUnit.NANOSECONDS);
			set = true;
		}
		finally {
			if (!set) {
				this.timerSet.set(false);
				this.connection.letReadLockGo();
			}
		}
	}

	/**
	 * Lets it go when it has not been taken anew for a while.
	 */
	void timeOut() {
		this.timerSet.set(false);
		try {
			if (this.nanoTime.getAsLong() - this.heldSince >= TIMER_NANOS / 2) {
				this.connection.letReadLockGo();
			}
		}
		finally {
			if (this.connection.isReadLockHeld()) {
				setTimer();
			}
		}
	}

	/**
	 * Sets no timer any more. The connection must be closed after this.
	 */
	void close() {
		this.timer.shutdownNow();
	}

}
