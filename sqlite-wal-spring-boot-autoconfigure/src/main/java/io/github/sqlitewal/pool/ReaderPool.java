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
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;

/**
 * Lends the readers. The one that came back last goes out first, because its page cache
 * is warm; those who find none wait in the order in which they came.
 * <p>
 * A reader that comes back is free for whoever comes first: for the one who is waked up
 * for it, or for a thread that runs anyway, which is mostly the one that has just given
 * it back. To hand each of them to the first in the queue would cost a change of threads
 * for each read, and that is many times a short read. Who has waited for a while gets the
 * next one handed over.
 * <p>
 * After a gap nearly everybody waits. Virtual threads that were handed their readers one
 * by the other would keep the carriers to themselves until all have had theirs, so they
 * leave the queue, go on through the {@link Turnstile}, and look themselves. Who looks in
 * vain has his place in the queue again.
 * <p>
 * At each moment in which a reader is idle and somebody stands in the queue, one of those
 * has been waked up and has not looked yet, or a gap is made.
 * <p>
 * The lock is held for a few instructions only, and no other lock is taken under it.
 */
final class ReaderPool {

	private static final Logger logger = LoggerFactory.getLogger(ReaderPool.class);

	/** As long as many short reads; and a part of what is felt. */
	private static final long HAND_OVER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final List<ConnectionSlot> slots;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition allHome = this.lock.newCondition();

	private final ArrayDeque<ConnectionSlot> idle = new ArrayDeque<>();

	/** In the order in which they came, also those who have looked in vain. */
	private final LinkedList<Waiter> waiting = new LinkedList<>();

	/** Those who have left the queue after a gap, and have not looked yet. */
	private final ArrayList<Waiter> looking = new ArrayList<>(0);

	private final Consumer<Lease> giveBack = this::release;

	private final Predicate<Thread> holdsWriter;

	private final Turnstile turnstile;

	private final long handOverNanos;

	/** The one who has been waked up for a reader and has not looked yet. */
	private volatile @Nullable Waiter waked;

	/** Whether a gap is made: readers come home and are not lent. */
	private boolean gap;

	private boolean closing;

	/** How many readers were asked for. */
	private long asked;

	ReaderPool(List<ConnectionSlot> slots, Predicate<Thread> holdsWriter, Turnstile turnstile) {
		this(slots, holdsWriter, turnstile, HAND_OVER_NANOS);
	}

	/**
	 * Creates a pool for which a test says when a wait is long, so that no clock decides.
	 */
	ReaderPool(List<ConnectionSlot> slots, Predicate<Thread> holdsWriter, Turnstile turnstile, long handOverNanos) {
		this.slots = List.copyOf(slots);
		this.holdsWriter = holdsWriter;
		this.turnstile = turnstile;
		this.handOverNanos = handOverNanos;
		this.idle.addAll(slots);
	}

	/**
	 * Waits for a reader.
	 * @param sql what is to run on it
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @param listener is told how long it took
	 * @param user what it is for, see {@link Lease}
	 * @param origin where it was asked for
	 * @return the lease
	 * @throws SQLException when none could be had
	 */
	Lease acquire(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation, PoolListener listener,
			@Nullable LeaseUser user, @Nullable LeaseOrigin origin) throws SQLException {
		ConnectionSlot slot;
		Waiter waiter = null;
		this.lock.lock();
		try {
			if (this.closing) {
				throw DatabaseClosedException.noNewWork();
			}
			this.asked++;
			// also one that has to wait for another reason, since a gap may begin
			// meanwhile
			boolean passesGap = (this.gap || this.idle.isEmpty()) && passesGap(Thread.currentThread());
			slot = (!this.gap || passesGap) ? this.idle.pollLast() : null;
			if (slot == null) {
				waiter = new Waiter(passesGap, this.turnstile);
				this.waiting.add(waiter);
			}
		}
		finally {
			this.lock.unlock();
		}
		long waited = 0;
		if (waiter != null) {
			long start = System.nanoTime();
			try {
				slot = await(waiter, deadline, cancellation);
			}
			catch (RuntimeException | Error ex) {
				leave(waiter, true);
				throw ex;
			}
			finally {
				waiter.goesOn();
			}
			waited = System.nanoTime() - start;
		}
		return lend(Objects.requireNonNull(slot), sql, listener, waited, user, origin);
	}

	private Lease lend(ConnectionSlot slot, @Nullable String sql, PoolListener listener, long waited,
			@Nullable LeaseUser user, @Nullable LeaseOrigin origin) throws SQLException {
		Lease lease = null;
		boolean attached = false;
		try {
			lease = new Lease(slot, sql, this.giveBack, user, origin);
			slot.leased(lease);
			lease.attach();
			listener.readerAcquired(waited);
			attached = true;
		}
		finally {
			if (lease == null) {
				home(slot);
			}
			else if (!attached) {
				lease.close();
			}
		}
		return lease;
	}

	/**
	 * How many readers were asked for since the pool was opened.
	 */
	long asked() {
		this.lock.lock();
		try {
			return this.asked;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether a thread is lent a reader while a gap is made: one that holds a connection
	 * already does not give it back before it has the second one.
	 */
	private boolean passesGap(Thread thread) {
		return this.holdsWriter.test(thread) || away().stream().anyMatch((lease) -> lease.owner() == thread);
	}

	private ConnectionSlot await(Waiter waiter, Deadline deadline, @Nullable Cancellation cancellation)
			throws SQLException {
		if (cancellation != null) {
			cancellation.waits(waiter.thread);
		}
		while (true) {
			ConnectionSlot slot = waiter.slot;
			boolean interrupted = waiter.thread.isInterrupted();
			boolean cancelled = cancellation != null && cancellation.isCancelled();
			if (slot != null && !interrupted && !cancelled) {
				return slot;
			}
			boolean ends = interrupted || cancelled || waiter.turnedAway;
			boolean over = deadline.hasPassed();
			if (!ends && mayLook(waiter) && (takeIdle(waiter) || !over)) {
				// whoever has waited for a lock may have missed a wake-up
				continue;
			}
			if (ends || over) {
				if (leave(waiter, interrupted || cancelled)) {
					throw reason(interrupted, cancelled, waiter.turnedAway, deadline);
				}
				continue;
			}
			LockSupport.parkNanos(this, deadline.remainingNanos());
		}
	}

	/**
	 * Whether one who waits looks for a reader: because he was waked up for it, or comes
	 * out of a gap.
	 */
	private boolean mayLook(Waiter waiter) {
		if (waiter.looks || waiter.wasLetGo()) {
			// before he looks, so that he can be let look again at once
			waiter.waitsAgain();
			return true;
		}
		return waiter == this.waked;
	}

	/**
	 * Looks for a reader on behalf of one who waits.
	 * @return whether he has got one, or was given another answer before
	 */
	private boolean takeIdle(Waiter waiter) {
		this.lock.lock();
		try {
			if (waiter.slot != null || waiter.turnedAway) {
				return true;
			}
			if (waiter == this.waked) {
				this.waked = null;
			}
			boolean may = !this.gap || waiter.passesGap;
			ConnectionSlot slot = may ? this.idle.pollLast() : null;
			if (slot == null) {
				queueAgain(waiter);
				return false;
			}
			waiter.slot = slot;
			remove(waiter);
			wakeNext();
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void queueAgain(Waiter waiter) {
		if (waiter.looks) {
			ListIterator<Waiter> place = this.waiting.listIterator();
			while (place.hasNext()) {
				if (place.next().startNanos - waiter.startNanos > 0) {
					place.previous();
					break;
				}
			}
			place.add(waiter);
			this.looking.remove(waiter);
			waiter.looks = false;
		}
	}

	private void remove(Waiter waiter) {
		if (waiter.looks) {
			this.looking.remove(waiter);
			waiter.looks = false;
		}
		else {
			this.waiting.remove(waiter);
		}
	}

	/**
	 * Wakes up the first in the queue if there is a reader for him.
	 */
	private void wakeNext() {
		if (this.waked == null && !this.gap && !this.idle.isEmpty()) {
			Waiter first = this.waiting.peek();
			if (first != null) {
				this.waked = first;
				LockSupport.unpark(first.thread);
			}
		}
	}

	/**
	 * Takes one away who waits.
	 * @param evenIfLent whether also one who has been lent a reader
	 * @return whether he is away
	 */
	private boolean leave(Waiter waiter, boolean evenIfLent) {
		ConnectionSlot granted;
		this.lock.lock();
		try {
			granted = waiter.slot;
			if (granted != null && !evenIfLent) {
				return false;
			}
			waiter.slot = null;
			remove(waiter);
			if (this.waked == waiter) {
				this.waked = null;
			}
			wakeNext();
			signalIfHome();
		}
		finally {
			this.lock.unlock();
		}
		if (granted != null) {
			home(granted);
		}
		return true;
	}

	private SQLException reason(boolean interrupted, boolean cancelled, boolean turnedAway, Deadline deadline) {
		if (interrupted) {
			return new SQLTransientException("The thread was interrupted while it waited for a reader", "57014");
		}
		if (cancelled) {
			return new SQLTransientException("The statement was cancelled while it waited for a reader", "57014");
		}
		if (turnedAway) {
			return DatabaseClosedException.noNewWork();
		}
		return new SQLTransientConnectionException(
				"Waited " + Durations.format(deadline.elapsed()) + " for one of " + this.slots.size()
						+ " readers; they are held by " + describeLeases()
						+ ". Close result sets and end read-only transactions sooner, or raise sqlite.pool.readers",
				"53300");
	}

	private String describeLeases() {
		return away().stream().map((lease) -> lease.status().describe()).collect(Collectors.joining("; "));
	}

	/**
	 * The leases that are not home.
	 */
	List<Lease> away() {
		return this.slots.stream().map(ConnectionSlot::lease).filter(Objects::nonNull).toList();
	}

	private void release(Lease lease) {
		ConnectionSlot slot = lease.slot();
		try {
			slot.recycle();
		}
		finally {
			home(lease);
		}
	}

	/**
	 * Takes back the reader of a lease that has ended, and whose connection is as it was
	 * opened, or gone.
	 */
	void home(Lease lease) {
		ConnectionSlot slot = lease.slot();
		slot.leased(null);
		home(slot);
	}

	private void home(ConnectionSlot slot) {
		this.lock.lock();
		try {
			Waiter next = this.gap ? pollPassing() : pollOverdue();
			if (next != null) {
				lend(slot, next);
				wakeNext();
				return;
			}
			this.idle.addLast(slot);
			wakeNext();
			signalIfHome();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void signalIfHome() {
		if (this.idle.size() == this.slots.size()) {
			this.allHome.signalAll();
		}
	}

	private @Nullable Waiter pollOverdue() {
		Waiter first = this.waiting.peek();
		if (first == null || System.nanoTime() - first.startNanos < this.handOverNanos) {
			return null;
		}
		return this.waiting.poll();
	}

	private @Nullable Waiter pollPassing() {
		for (Waiter waiter : this.waiting) {
			if (waiter.passesGap) {
				this.waiting.remove(waiter);
				return waiter;
			}
		}
		return null;
	}

	private void lend(ConnectionSlot slot, Waiter waiter) {
		if (this.waked == waiter) {
			this.waked = null;
		}
		waiter.slot = slot;
		LockSupport.unpark(waiter.thread);
	}

	/**
	 * Begins a gap: readers that come home are not lent until it ends.
	 */
	void beginGap() {
		this.lock.lock();
		try {
			if (this.gap) {
				throw new IllegalStateException("A reader gap is being made already");
			}
			this.gap = true;
			Waiter passing = this.idle.isEmpty() ? null : pollPassing();
			while (passing != null) {
				lend(this.idle.removeLast(), passing);
				passing = this.idle.isEmpty() ? null : pollPassing();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Waits until all readers are home.
	 * @param deadline when to stop waiting
	 * @return whether all are home
	 */
	boolean awaitHome(Deadline deadline) {
		this.lock.lock();
		try {
			long remaining = deadline.remainingNanos();
			while (this.idle.size() < this.slots.size() && remaining > 0) {
				remaining = this.allHome.awaitNanos(remaining);
			}
			return this.idle.size() == this.slots.size();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends a gap: those who came first get the readers all at once, and of the others the
	 * virtual threads look themselves, a few at a time.
	 */
	void endGap() {
		List<Waiter> others = List.of();
		this.lock.lock();
		try {
			this.gap = false;
			boolean home = !this.idle.isEmpty();
			while (!this.idle.isEmpty() && !this.waiting.isEmpty()) {
				lend(this.idle.removeLast(), this.waiting.remove());
			}
			if (home) {
				others = letLook();
			}
		}
		catch (VirtualMachineError ex) {
			// they are handed their readers as they come home
			logger.debug("Virtual threads do not look themselves after a gap", ex);
		}
		finally {
			this.lock.unlock();
		}
		for (int i = 0; i < others.size(); i++) {
			others.get(i).letGo();
		}
	}

	private List<Waiter> letLook() {
		List<Waiter> others = this.waiting.stream().filter((waiter) -> waiter.pass != null).toList();
		this.looking.ensureCapacity(this.looking.size() + others.size());
		this.waiting.removeIf((waiter) -> waiter.pass != null);
		// nothing is allocated any more that could fail
		for (int i = 0; i < others.size(); i++) {
			Waiter waiter = others.get(i);
			this.looking.add(waiter);
			waiter.looks = true;
		}
		return others;
	}

	boolean isAllHome() {
		this.lock.lock();
		try {
			return this.idle.size() == this.slots.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Lends no reader any more and waits until all are home.
	 * @param deadline when to stop waiting
	 * @return whether all are home
	 */
	boolean drain(Deadline deadline) {
		this.lock.lock();
		try {
			this.closing = true;
			long remaining = deadline.remainingNanos();
			while (!isDrained() && remaining > 0) {
				remaining = this.allHome.awaitNanos(remaining);
			}
			return isDrained();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	// during a gap all are home and those who wait still get theirs
	private boolean isDrained() {
		return this.idle.size() == this.slots.size() && this.waiting.isEmpty() && this.looking.isEmpty();
	}

	void turnAway() {
		this.lock.lock();
		try {
			this.waiting.forEach(Waiter::turnAway);
			this.waiting.clear();
			this.looking.forEach(Waiter::turnAway);
			this.looking.clear();
			this.waked = null;
			signalIfHome();
		}
		finally {
			this.lock.unlock();
		}
	}

	int waiting() {
		this.lock.lock();
		try {
			return this.waiting.size() + this.looking.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The leases at this moment.
	 */
	List<Lease> oldestFirst() {
		// from one moment, because clocks of this kind can only be compared by difference
		long now = System.nanoTime();
		return this.slots.stream()
			.map(ConnectionSlot::lease)
			.filter(Objects::nonNull)
			.sorted(Comparator.comparingLong((lease) -> -lease.heldNanos(now)))
			.toList();
	}

	List<ConnectionSlot> slots() {
		return this.slots;
	}

	@Override
	public String toString() {
		return "ReaderPool" + Arrays.toString(this.slots.stream().map(ConnectionSlot::name).toArray());
	}

	private static final class Waiter {

		private final Thread thread = Thread.currentThread();

		private final boolean passesGap;

		private final long startNanos = System.nanoTime();

		private volatile @Nullable ConnectionSlot slot;

		private volatile boolean turnedAway;

		/** Of a virtual thread, unless others wait for what it holds. */
		private final Turnstile.@Nullable Pass pass;

		/**
		 * Whether it has left the queue to look itself. Changed under the lock, like the
		 * slot.
		 */
		private volatile boolean looks;

		private Waiter(boolean passesGap, Turnstile turnstile) {
			this.passesGap = passesGap;
			this.pass = passesGap ? null : turnstile.passFor(this.thread);
		}

		private void turnAway() {
			this.turnedAway = true;
			LockSupport.unpark(this.thread);
		}

		/**
		 * Lets a virtual thread look when its turn has come.
		 */
		private void letGo() {
			Objects.requireNonNull(this.pass).letGo();
		}

		/**
		 * Whether it was let go and has not looked since; it may have looked before.
		 */
		private boolean wasLetGo() {
			return this.pass != null && this.pass.isAwake();
		}

		private void waitsAgain() {
			Objects.requireNonNull(this.pass).waitsAgain();
		}

		private void goesOn() {
			if (this.pass != null) {
				this.pass.passed();
			}
		}

	}

}
