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
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;

/**
 * Slows writers down, or refuses them, while the WAL is larger than it may be; and paces
 * them while a checkpoint copies, when they write faster than the disk takes it, because
 * it would never come to an end. It acts before a write request stands in the queue, so
 * that nobody waits behind one that is held up, and a transaction that has begun goes on.
 * <p>
 * Safe for use by many threads; released it costs a write request one read of a field.
 */
public final class WriteBrake {

	/**
	 * The most that a request waits for a checkpoint to get on, for the pace and the rate
	 * together: a writer that is held up is slow, and nobody notices a single one of its
	 * waits.
	 */
	private static final long MAX_PAUSE_NANOS = 10_000_000;

	/** Nobody sleeps for less: to be woken takes a part of it. */
	private static final long MIN_PAUSE_NANOS = 1_000_000;

	private final LongSupplier nanoTime;

	private final Set<Thread> pausing = ConcurrentHashMap.newKeySet();

	/** Who was held up for the pace or the rate and has not had the writer since. */
	private final Set<Thread> heldUp = ConcurrentHashMap.newKeySet();

	/** Who waits until nobody is held up. */
	private volatile @Nullable Thread waitsForTurns;

	private volatile boolean suspended;

	private volatile @Nullable State state;

	private volatile boolean removed;

	/** The count of commits from which on write requests are paced. */
	private volatile long paceAt = Long.MAX_VALUE;

	/** The count of commits. */
	private volatile long commits;

	private final LongAdder slowedNanos = new LongAdder();

	/** The time that each commit takes at the rate that is allowed, zero for any. */
	private volatile long intervalNanos;

	/** When the next commit is due at that rate. */
	private volatile long nextDue;

	/**
	 * Creates a brake that is not pulled.
	 */
	public WriteBrake() {
		this(System::nanoTime);
	}

	WriteBrake(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Paces write requests from a count of commits on, until {@link #endPace()}.
	 * @param commits the count
	 */
	public void paceFrom(long commits) {
		this.paceAt = commits;
	}

	/**
	 * Paces write requests no more.
	 */
	public void endPace() {
		this.paceAt = Long.MAX_VALUE;
		this.pausing.forEach(LockSupport::unpark);
	}

	private boolean isPaced() {
		return this.commits >= this.paceAt && !this.suspended;
	}

	private boolean isRateLimited() {
		return this.intervalNanos > 0 && !this.suspended;
	}

	/**
	 * Holds no write request up for the pace or the rate, until {@link #resume()}, and
	 * lets those pass that are held up.
	 */
	public void suspend() {
		this.suspended = true;
		this.pausing.forEach(LockSupport::unpark);
	}

	/**
	 * Holds write requests up again.
	 */
	public void resume() {
		this.suspended = false;
	}

	/**
	 * Waits until all that were held up have had their turn, so that what comes now is
	 * not added to their wait: between the brake and the queue nobody sees them. Called
	 * while the brake is {@linkplain #suspend() suspended}, by one thread at a time.
	 * @param deadline when to wait no more. An interrupt ends the wait too, and is kept
	 */
	public void awaitTurns(Deadline deadline) {
		Thread thread = Thread.currentThread();
		this.waitsForTurns = thread;
		try {
			while (!this.heldUp.isEmpty() && !deadline.hasPassed() && !thread.isInterrupted()) {
				LockSupport.parkNanos(this, deadline.remainingNanos());
				// who ended by an error of the virtual machine tells nobody
				this.heldUp.removeIf((held) -> !held.isAlive());
			}
		}
		finally {
			this.waitsForTurns = null;
		}
	}

	/**
	 * Tells that the request of this thread has had its turn, or has none any more.
	 */
	void hadTurn() {
		if (!this.heldUp.isEmpty() && this.heldUp.remove(Thread.currentThread())) {
			LockSupport.unpark(this.waitsForTurns);
		}
	}

	/**
	 * Lets write requests pass at a rate, until {@link #endRate()}. The rate is that of
	 * all writers together over some milliseconds; no request waits for longer than 10 ms
	 * for it, so many writers at once may exceed it.
	 * @param commitsPerSecond the rate
	 */
	public void limitRate(double commitsPerSecond) {
		if (this.intervalNanos == 0) {
			this.nextDue = this.nanoTime.getAsLong();
		}
		this.intervalNanos = (long) Math.max(1, Math.min(1e9 / commitsPerSecond, MAX_PAUSE_NANOS));
	}

	/**
	 * Lets write requests pass at any rate.
	 */
	public void endRate() {
		if (this.intervalNanos > 0) {
			this.intervalNanos = 0;
			this.pausing.forEach(LockSupport::unpark);
		}
	}

	/** Called by the holder of the writer. */
	void committed(long commits) {
		this.commits = commits;
		long interval = this.intervalNanos;
		if (interval > 0) {
			// what was not used is not saved up
			long now = this.nanoTime.getAsLong();
			// nor is what was used too much held against those who come later
			this.nextDue = Math.min(Math.max(this.nextDue, now - MIN_PAUSE_NANOS) + interval, now + MAX_PAUSE_NANOS);
		}
	}

	/**
	 * Makes each write request wait before it stands in the queue.
	 * @param pause how long
	 */
	public void slowDown(Duration pause) {
		this.state = new State(pause.toNanos(), null);
	}

	/**
	 * Refuses write requests.
	 * @param reason what their callers are told
	 */
	public void refuse(String reason) {
		this.state = new State(0, reason);
		this.pausing.forEach(LockSupport::unpark);
	}

	/**
	 * Lets write requests pass.
	 */
	public void release() {
		this.state = null;
		this.pausing.forEach(LockSupport::unpark);
	}

	/**
	 * Lets all write requests pass from now on, because the database closes and what was
	 * accepted is to be done.
	 */
	void remove() {
		this.removed = true;
		this.paceAt = Long.MAX_VALUE;
		this.intervalNanos = 0;
		release();
	}

	/**
	 * Whether writes are refused, and why.
	 * @return the reason, or {@code null} when they are not
	 */
	public @Nullable String refusal() {
		State current = this.state;
		return (current != null) ? current.refusal : null;
	}

	/**
	 * Holds a write request up. One that passes tells when it {@linkplain #hadTurn() had
	 * its turn}.
	 * @return for how long it did, in nanoseconds
	 */
	long beforeWrite(Deadline deadline, @Nullable Cancellation cancellation) throws SQLException {
		long slowed = 0;
		if (this.removed) {
			return slowed;
		}
		if (isPaced()) {
			this.heldUp.add(Thread.currentThread());
			slowed += pause(MAX_PAUSE_NANOS, this::isPaced, deadline, cancellation);
		}
		if (isRateLimited()) {
			long early = Math.min(this.nextDue - this.nanoTime.getAsLong(), MAX_PAUSE_NANOS - slowed);
			if (early >= MIN_PAUSE_NANOS) {
				this.heldUp.add(Thread.currentThread());
				slowed += pause(early, this::isRateLimited, deadline, cancellation);
			}
		}
		State current = this.state;
		if (current != null && current.refusal == null) {
			// for a large WAL, and for as long as that says
			hadTurn();
			slowed += pause(current.pauseNanos, this::isSlow, deadline, cancellation);
			current = this.state;
		}
		if (current != null && current.refusal != null) {
			hadTurn();
			throw new WalSizeExceededException(current.refusal);
		}
		return slowed;
	}

	/**
	 * How long write requests have been held up.
	 * @return nanoseconds, in all
	 */
	public long slowedNanos() {
		return this.slowedNanos.sum();
	}

	private long pause(long nanos, BooleanSupplier on, Deadline deadline, @Nullable Cancellation cancellation)
			throws SQLException {
		Thread thread = Thread.currentThread();
		if (cancellation != null) {
			cancellation.waits(thread);
		}
		this.pausing.add(thread);
		long start = this.nanoTime.getAsLong();
		boolean passes = false;
		try {
			long remaining = nanos;
			while (remaining > 0 && !this.removed && on.getAsBoolean() && !deadline.hasPassed()) {
				if (thread.isInterrupted()) {
					throw new SQLTransientException(
							"The thread was interrupted while writes are slowed down for the WAL", "57014");
				}
				if (cancellation != null && cancellation.isCancelled()) {
					throw new SQLTransientException(
							"The statement was cancelled while writes are slowed down for the WAL", "57014");
				}
				LockSupport.parkNanos(this, Math.min(remaining, deadline.remainingNanos()));
				remaining = nanos - (this.nanoTime.getAsLong() - start);
			}
			passes = true;
			return this.nanoTime.getAsLong() - start;
		}
		finally {
			this.pausing.remove(thread);
			if (!passes) {
				hadTurn();
			}
			this.slowedNanos.add(this.nanoTime.getAsLong() - start);
		}
	}

	private boolean isSlow() {
		State current = this.state;
		return current != null && current.refusal == null;
	}

	/**
	 * What the brake does.
	 *
	 * @param pauseNanos how long a write request waits
	 * @param refusal why it is refused, {@code null} when it is not
	 */
	private record State(long pauseNanos, @Nullable String refusal) {
	}

}
