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
import java.sql.SQLNonTransientConnectionException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;

/**
 * Makes commits durable, many by one sync of the WAL.
 * <p>
 * SQLite runs with {@code synchronous=NORMAL}, so that a commit writes its frames and
 * does not sync. Whoever has committed gets a ticket, the number of the commit, gives the
 * writer back, and waits here until a sync has completed that <em>began after</em> the
 * commit. The first one to come syncs, the leader; those who come meanwhile are
 * followers, because nobody can say whether the sync that runs has seen their frames.
 * When it ends, the first of them becomes the next leader, and its sync covers all the
 * others. So nobody waits for more than two syncs, and a sync covers more commits the
 * slower the disk is. There is no thread of its own: a single committer pays for its sync
 * and for no hand-over.
 * <p>
 * A sync that fails is the end: everybody who waits is told that it is unknown whether
 * the commit survives a loss of power, and from then on nothing may be written (see
 * {@link SyncFailure}).
 * <p>
 * An interrupt does not end the wait, because the commit has happened and its outcome is
 * what the caller has to know; the flag is kept. There is no timeout either. Threads
 * park; the one that syncs blocks, so of virtual threads at most one keeps its carrier.
 * <p>
 * The lock is held for a few instructions only, never during a sync, and no other lock is
 * taken under it.
 */
final class WalSync {

	private static final Logger logger = LoggerFactory.getLogger(WalSync.class);

	private final WalFile file;

	private final PoolListener listener;

	private final ReentrantLock lock = new ReentrantLock();

	/** Followers, in the order in which they came. */
	private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();

	/** Whether there is a leader. */
	private boolean syncing;

	private boolean closed;

	/** The last ticket. */
	private final AtomicLong committed = new AtomicLong();

	/** The last ticket that is on the disk; never goes back. */
	private volatile long durable;

	private volatile @Nullable SyncFailure failure;

	/** Those that have succeeded. */
	private final LongAdder syncs = new LongAdder();

	WalSync(WalFile file, PoolListener listener) {
		this.file = file;
		this.listener = listener;
	}

	/**
	 * Counts a commit. Called by the holder of the writer after the COMMIT.
	 * @return the ticket to wait with
	 */
	long committed() {
		return this.committed.incrementAndGet();
	}

	/**
	 * Waits until a commit is on the disk.
	 * @param ticket the ticket of the commit
	 * @throws SQLNonTransientConnectionException with SQLState 08007 when it is unknown
	 * whether the commit survives a loss of power
	 */
	void awaitDurable(long ticket) throws SQLException {
		await(ticket, null);
	}

	/**
	 * Waits until everything that was committed is on the disk. To be called when nothing
	 * can be committed any more. Those who still wait at the deadline are told that the
	 * outcome is unknown.
	 * @param deadline when to give up
	 * @return whether it is
	 */
	boolean drain(Deadline deadline) {
		try {
			return await(this.committed.get(), deadline);
		}
		catch (SQLException ex) {
			return false;
		}
	}

	private boolean await(long ticket, @Nullable Deadline deadline) throws SQLException {
		Waiter waiter = enter(ticket);
		if (waiter == null) {
			return true;
		}
		boolean interrupted = false;
		try {
			while (waiter.state == State.WAITING) {
				if (deadline == null) {
					LockSupport.park(this);
				}
				else if (deadline.hasPassed()) {
					close();
				}
				else {
					LockSupport.parkNanos(this, deadline.remainingNanos());
				}
				// otherwise park() would return at once from now on
				interrupted |= Thread.interrupted();
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		if (waiter.state == State.LEADING) {
			sync();
		}
		if (this.durable < ticket) {
			throw unknown();
		}
		return true;
	}

	/**
	 * @return the place of a leader or of a follower, {@code null} when the commit is on
	 * the disk
	 */
	private @Nullable Waiter enter(long ticket) throws SQLException {
		this.lock.lock();
		try {
			if (this.durable >= ticket) {
				return null;
			}
			if (this.failure != null || this.closed) {
				throw unknown();
			}
			Waiter waiter = new Waiter(ticket);
			if (this.syncing) {
				this.waiting.add(waiter);
			}
			else {
				this.syncing = true;
				waiter.state = State.LEADING;
			}
			return waiter;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void sync() {
		// what is committed from here on may come too late for this sync
		long covered = this.committed.get();
		int commits = (int) (covered - this.durable);
		long start = System.nanoTime();
		Throwable problem = null;
		try {
			this.file.sync();
		}
		catch (Throwable ex) {
			// whatever it is, nobody may wait for ever, nor go on as if nothing had been
			problem = ex;
		}
		long nanos = System.nanoTime() - start;
		if (problem == null) {
			succeeded(covered);
			this.syncs.increment();
			this.listener.synced(commits, nanos);
		}
		else {
			failed(problem);
		}
	}

	private void succeeded(long covered) {
		List<Waiter> done = new ArrayList<>();
		Waiter next;
		this.lock.lock();
		try {
			// a success after a failure proves nothing
			if (this.failure == null) {
				this.durable = covered;
			}
			this.waiting.removeIf((waiter) -> waiter.ticket <= covered && done.add(waiter));
			next = this.waiting.poll();
			this.syncing = next != null;
			closeFile();
		}
		finally {
			this.lock.unlock();
		}
		// the disk first
		if (next != null) {
			next.wake(State.LEADING);
		}
		done.forEach((waiter) -> waiter.wake(State.SETTLED));
	}

	private void failed(Throwable problem) {
		report(problem);
		this.lock.lock();
		try {
			this.syncing = false;
			closeFile();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Refuses everything from now on, because a sync has failed: one of these, or one
	 * that SQLite made for itself.
	 * @param problem what the operating system, or SQLite, said
	 */
	void report(Throwable problem) {
		List<Waiter> unknown;
		this.lock.lock();
		try {
			if (this.failure == null) {
				this.failure = new SyncFailure(Instant.now(), problem);
			}
			unknown = takeWaiting();
		}
		finally {
			this.lock.unlock();
		}
		unknown.forEach((waiter) -> waiter.wake(State.SETTLED));
		logger.error("A sync failed. Nothing is written any more until the database has been opened again", problem);
		this.listener.syncFailed();
	}

	private List<Waiter> takeWaiting() {
		List<Waiter> taken = List.copyOf(this.waiting);
		this.waiting.clear();
		return taken;
	}

	/**
	 * How many commits have shared a sync.
	 * @return the mean, 0 before the first sync
	 */
	double commitsPerSync() {
		long done = this.syncs.sum();
		return (done > 0) ? (double) this.durable / done : 0;
	}

	/**
	 * How many followers wait.
	 */
	int waiting() {
		this.lock.lock();
		try {
			return this.waiting.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * What failed, if something did.
	 */
	@Nullable SyncFailure failure() {
		return this.failure;
	}

	/**
	 * Syncs nothing any more. Those who wait are told that the outcome is unknown; the
	 * one whose sync runs is told how it ends.
	 */
	void close() {
		List<Waiter> unknown;
		this.lock.lock();
		try {
			this.closed = true;
			unknown = takeWaiting();
			closeFile();
		}
		finally {
			this.lock.unlock();
		}
		unknown.forEach((waiter) -> waiter.wake(State.SETTLED));
	}

	/** Called with the lock held. A sync that runs closes the file when it ends. */
	private void closeFile() {
		if (this.closed && !this.syncing) {
			this.file.close();
		}
	}

	private SQLException unknown() {
		SyncFailure failed = this.failure;
		String reason = (failed != null) ? "the sync of the WAL failed at " + failed.at() + ": " + failed.cause()
				: "the database was closed before a sync of the WAL had completed";
		return new SQLNonTransientConnectionException(
				"It is unknown whether the transaction survives a loss of power. It was committed, but " + reason,
				"08007", (failed != null) ? failed.cause() : null);
	}

	private enum State {

		/** There is a leader, and this is none. */
		WAITING,

		/** Has to sync. */
		LEADING,

		/** Covered by a sync, or never to be. */
		SETTLED

	}

	private static final class Waiter {

		private final long ticket;

		private final Thread thread = Thread.currentThread();

		private volatile State state = State.WAITING;

		private Waiter(long ticket) {
			this.ticket = ticket;
		}

		private void wake(State state) {
			this.state = state;
			LockSupport.unpark(this.thread);
		}

	}

}
