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
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.pool.Waiter.State;

/**
 * Who may use the writer, one after the other in the order in which they asked.
 * <p>
 * SQLite itself has no queue: those who find the write lock taken sleep and poll, the
 * longer the longer they have waited, so that newcomers overtake them and the worst wait
 * is a hundred times the median. Here whoever gives the writer back hands it to the first
 * in the queue, and nobody can come in between. The price is one wake-up for each
 * hand-over.
 * <p>
 * A waiter leaves the queue in exactly one way: it is granted the writer, or the holder
 * takes its single write and runs it, or it leaves by itself (deadline, interrupt,
 * cancellation, a cycle of locks), or it is turned away because the database closes.
 * Which one is decided under the lock, so that a grant is never lost: a waiter that finds
 * itself granted when it wants to leave passes the writer on, and one whose write is
 * taken waits for the answer, whatever happens to it.
 * <p>
 * A holder takes from the head of the queue only, so that nothing overtakes a lease. One
 * kind of request goes before all others: that of a checkpoint, for which readers may be
 * waiting, which is short, and of which there is one at a time.
 * <p>
 * Threads park, so that virtual threads free their carriers. The lock is held for a few
 * instructions only, and no other lock is taken under it.
 */
final class WriterQueue {

	/** A wait this long is worth asking the JVM what the holder waits for. */
	private static final long FIRST_CYCLE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private static final long CYCLE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	/**
	 * How often a thread lets others run before it parks. The answer to a single write is
	 * often one turn of the processor away, and to be woken up costs several times what
	 * the write does.
	 */
	private static final int YIELDS = 10;

	private final int maxWaiting;

	/**
	 * Threads that do what was accepted before: they may still ask for the writer while
	 * the database closes, and however many wait.
	 */
	private final Predicate<Thread> admitted;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition idle = this.lock.newCondition();

	private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();

	/** For virtual threads, as what uses it. */
	private final ScheduledExecutorService timer;

	private final Turnstile turnstile;

	private final FarDeadlines farDeadlines;

	private volatile @Nullable Lease holder;

	private volatile int waitingCount;

	private boolean closing;

	private boolean closed;

	WriterQueue(int maxWaiting) {
		this(maxWaiting, (thread) -> false);
	}

	WriterQueue(int maxWaiting, Predicate<Thread> admitted) {
		this(maxWaiting, admitted, DaemonTimer.create("sqlite-waiters"));
	}

	/**
	 * Creates a queue for a test, which says what the timer does.
	 */
	WriterQueue(int maxWaiting, Predicate<Thread> admitted, ScheduledExecutorService timer) {
		this.maxWaiting = maxWaiting;
		this.admitted = admitted;
		this.timer = timer;
		this.turnstile = new Turnstile(timer);
		this.farDeadlines = new FarDeadlines(timer, this::lookForThoseWithoutTimer);
	}

	/**
	 * Waits until the lease holds the writer, or until the single write is done by
	 * another thread; {@link Waiter#state()} tells which.
	 * @param waiter the request of this thread
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @throws SQLException when it is neither
	 */
	void acquire(Waiter waiter, Deadline deadline, @Nullable Cancellation cancellation) throws SQLException {
		this.lock.lock();
		try {
			if (this.closed || (this.closing && !this.admitted.test(Thread.currentThread()))) {
				throw DatabaseClosedException.noNewWork();
			}
			Lease current = this.holder;
			if (current == null) {
				this.holder = waiter.lease();
				waiter.become(State.GRANTED);
				return;
			}
			if (current.owner() == Thread.currentThread()) {
				throw new SelfDeadlockException("This thread holds the writer already (since "
						+ Durations.format(current.status().held())
						+ ") and asks for it again, which would wait for itself for ever. A database has one writer:"
						+ " use the transaction that is open (REQUIRED or NESTED in place of REQUIRES_NEW), make the"
						+ " inner one read-only, or run it after the outer one has completed");
			}
			if (!waiter.isUrgent() && this.waiting.size() >= this.maxWaiting
					&& !this.admitted.test(Thread.currentThread())) {
				throw new WriterQueueFullException(this.waiting.size() + " writes wait already; the writer is held by "
						+ current.status().describe()
						+ ". Slow down the callers, or raise sqlite.pool.max-queued-writes");
			}
			waiter.waitsUntil(deadline, this.turnstile);
			if (waiter.isUrgent()) {
				this.waiting.addFirst(waiter);
			}
			else {
				this.waiting.add(waiter);
			}
			this.waitingCount = this.waiting.size();
		}
		finally {
			this.lock.unlock();
		}
		try {
			await(waiter, deadline, cancellation);
		}
		catch (RuntimeException | Error ex) {
			abandon(waiter);
			throw ex;
		}
		finally {
			waiter.goesOn();
		}
	}

	private void await(Waiter waiter, Deadline deadline, @Nullable Cancellation cancellation) throws SQLException {
		long start = System.nanoTime();
		long nextCycleCheck = FIRST_CYCLE_CHECK_NANOS;
		if (cancellation != null) {
			cancellation.waits(waiter.thread());
		}
		yieldWhile(waiter, State.WAITING);
		while (true) {
			long waited = System.nanoTime() - start;
			State state = waiter.state();
			if (state == State.GRANTED) {
				return;
			}
			if (state == State.TAKEN || state == State.ANSWERED) {
				awaitAnswer(waiter);
				return;
			}
			if (state == State.TURNED_AWAY) {
				throw DatabaseClosedException.noNewWork();
			}
			if (waited >= nextCycleCheck) {
				if (isFirst(waiter)) {
					breakCycle();
				}
				nextCycleCheck = System.nanoTime() - start + CYCLE_CHECK_NANOS;
				// whoever has waited for a lock may have missed a wake-up
				continue;
			}
			String cycle = waiter.cycle();
			boolean interrupted = waiter.thread().isInterrupted();
			boolean cancelled = cancellation != null && cancellation.isCancelled();
			if (interrupted || cancelled || cycle != null || deadline.hasPassed()) {
				SQLException reason = leave(waiter, interrupted, cancelled, cycle, deadline);
				if (reason != null) {
					throw reason;
				}
				continue;
			}
			park(waiter, deadline, nextCycleCheck - waited);
		}
	}

	/**
	 * Parks, unless a lock was taken on the way: to wait for one uses up a wake-up, so
	 * that the state has to be looked at again. When there is nobody to watch the
	 * deadline it parks all the same, for a short time.
	 */
	private void park(Waiter waiter, Deadline deadline, long untilCheck) {
		if (waiter.isVirtual() && FarDeadlines.isFar(deadline)) {
			if (this.farDeadlines.isWatching()) {
				LockSupport.park(this);
				return;
			}
			if (this.farDeadlines.startWatching()) {
				return;
			}
		}
		LockSupport.parkNanos(this, Math.min(deadline.remainingNanos(), untilCheck));
	}

	/**
	 * Looks at what virtual threads do not wake up for: cycles of locks, and their
	 * deadlines, which they look at themselves when they are near.
	 * @return whether a virtual thread waits that has not just been waked up
	 */
	private boolean lookForThoseWithoutTimer() {
		boolean others = false;
		boolean virtualFirst;
		this.lock.lock();
		try {
			Waiter next = firstInTurn();
			virtualFirst = next != null && next.isVirtual();
			for (Waiter waiter : this.waiting) {
				if (waiter.comesNearDeadline()) {
					waiter.wake();
				}
				else {
					others |= waiter.isVirtual();
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		if (virtualFirst) {
			breakCycle();
		}
		return others;
	}

	/**
	 * Waits for the answer to a write that another thread has begun to run. Nothing ends
	 * this wait: the write may be stored, and the answer is a commit away.
	 */
	private void awaitAnswer(Waiter waiter) {
		boolean interrupted = false;
		yieldWhile(waiter, State.TAKEN);
		while (waiter.state() != State.ANSWERED) {
			LockSupport.park(this);
			// a thread that is interrupted would not park
			interrupted |= Thread.interrupted();
		}
		if (interrupted) {
			waiter.thread().interrupt();
		}
	}

	private static void yieldWhile(Waiter waiter, State state) {
		// who is urgent keeps others waiting and must not miss his turn; and a virtual
		// thread goes behind all of its carrier, and is waked up for less
		int yields = (waiter.isUrgent() || waiter.isVirtual()) ? 0 : YIELDS;
		for (int i = 0; i < yields && waiter.state() == state && !waiter.thread().isInterrupted(); i++) {
			Thread.yield();
		}
	}

	/**
	 * Takes the first in the queue if it is a single write, for the holder of the writer
	 * to run. Its thread waits for the answer from now on.
	 * @param lease the lease that holds the writer
	 * @return the write, or {@code null} when nobody waits or it is a lease's turn
	 */
	@Nullable WriteRequest takeWrite(Lease lease) {
		if (this.waitingCount == 0) {
			return null;
		}
		this.lock.lock();
		try {
			Waiter first = this.waiting.peekFirst();
			WriteRequest write = (first != null) ? first.combinable() : null;
			if (first == null || write == null || this.holder != lease) {
				return null;
			}
			this.waiting.removeFirst();
			this.waitingCount = this.waiting.size();
			first.started(State.TAKEN);
			return write;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether {@link #takeWrite} would find one at this moment.
	 */
	boolean isWriteNext() {
		if (this.waitingCount == 0) {
			return false;
		}
		this.lock.lock();
		try {
			Waiter first = this.waiting.peekFirst();
			return first != null && first.combinable() != null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends the wait of the one that the holder waits for, if there is one. Only the first
	 * in the queue looks, for all of them.
	 */
	private void breakCycle() {
		Lease current = this.holder;
		Thread owner = (current != null) ? current.owner() : null;
		if (owner == null) {
			return;
		}
		Map<Long, String> chain = LockCycles.ownersBlocking(owner);
		if (chain.isEmpty()) {
			return;
		}
		this.lock.lock();
		try {
			// the chain is the one of this holder
			if (this.holder != current) {
				return;
			}
			for (Waiter waiting : this.waiting) {
				String cycle = chain.get(LockCycles.threadId(waiting.thread()));
				if (cycle != null) {
					waiting.isInCycle("thread " + waiting.thread().getName() + " waits for the writer, " + cycle);
					waiting.wake();
					return;
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isFirst(Waiter waiter) {
		this.lock.lock();
		try {
			return firstInTurn() == waiter;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Called with the lock held. */
	private @Nullable Waiter firstInTurn() {
		for (Waiter waiter : this.waiting) {
			if (!waiter.isUrgent()) {
				return waiter;
			}
		}
		return null;
	}

	/**
	 * Takes one away whose thread dies, so that nobody waits for it.
	 */
	private void abandon(Waiter waiter) {
		this.lock.lock();
		try {
			if (waiter.state() == State.WAITING) {
				this.waiting.remove(waiter);
				this.waitingCount = this.waiting.size();
			}
		}
		finally {
			this.lock.unlock();
		}
		if (waiter.state() == State.GRANTED) {
			release(waiter.lease());
		}
	}

	/**
	 * Takes a waiter out of the queue.
	 * @return what to throw, or {@code null} when the state has changed meanwhile and
	 * says what to do
	 */
	private @Nullable SQLException leave(Waiter waiter, boolean interrupted, boolean cancelled, @Nullable String cycle,
			Deadline deadline) {
		SQLException reason;
		this.lock.lock();
		try {
			if (waiter.state() == State.WAITING) {
				Lease current = this.holder;
				int ahead = position(waiter);
				this.waiting.remove(waiter);
				this.waitingCount = this.waiting.size();
				reason = reason(interrupted, cancelled, cycle, deadline, current, ahead);
			}
			else if (waiter.state() == State.GRANTED && (interrupted || cancelled)) {
				reason = reason(interrupted, cancelled, null, deadline, null, 0);
			}
			else {
				return null;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (waiter.state() == State.GRANTED) {
			release(waiter.lease());
		}
		return reason;
	}

	private int position(Waiter waiter) {
		int position = 0;
		for (Waiter other : this.waiting) {
			if (other == waiter) {
				return position;
			}
			position++;
		}
		return position;
	}

	private static SQLException reason(boolean interrupted, boolean cancelled, @Nullable String cycle,
			Deadline deadline, @Nullable Lease holder, int ahead) {
		if (interrupted) {
			return new SQLTransientException("The thread was interrupted while it waited for the writer", "57014");
		}
		if (cancelled) {
			return new SQLTransientException("The statement was cancelled while it waited for the writer", "57014");
		}
		if (cycle != null) {
			return new LockCycleException("This wait for the writer would never end: " + cycle
					+ ". Take locks of the application before the transaction begins, or not inside of it");
		}
		String by = (holder != null) ? holder.status().describe() : "nobody any more";
		return new LockTimeoutException("Waited " + Durations.format(deadline.elapsed()) + " for the writer, behind "
				+ ahead + " others; it is held by " + by + ". Shorten that transaction, or raise sqlite.lock-timeout");
	}

	/**
	 * Hands the writer to the first in the queue. Does nothing when the lease does not
	 * hold it.
	 * @param lease the lease that held it
	 */
	void release(Lease lease) {
		Waiter next;
		this.lock.lock();
		try {
			if (this.holder != lease) {
				return;
			}
			next = this.waiting.poll();
			if (next == null) {
				this.holder = null;
				this.idle.signalAll();
				return;
			}
			this.waitingCount = this.waiting.size();
			next.lease().granted();
			this.holder = next.lease();
			next.started(State.GRANTED);
		}
		finally {
			this.lock.unlock();
		}
		if (next.isVirtual()) {
			this.turnstile.wakeAtOnce(next.thread());
		}
		else {
			next.wake();
		}
	}

	/**
	 * Where virtual threads go on that were answered, and others who like to.
	 */
	Turnstile turnstile() {
		return this.turnstile;
	}

	/**
	 * Lets those go on first who were answered, if the current thread is virtual. To be
	 * called by one who has done his work himself.
	 */
	void letOthersPass() {
		this.turnstile.letOthersPass();
	}

	/**
	 * Lets those go on who have their answers. Nobody waits for anything else any more:
	 * whoever did was {@linkplain #turnAway() turned away} before.
	 */
	void close() {
		this.timer.shutdownNow();
		this.turnstile.close();
		Lease last = this.holder;
		if (last != null) {
			// what was to wake it up may have been forgotten by the timer
			LockSupport.unpark(last.owner());
		}
	}

	/**
	 * Takes no new requests any more, but for those of threads that are admitted.
	 */
	void refuse() {
		this.lock.lock();
		try {
			this.closing = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes no new requests any more, as {@link #refuse()}, and waits until those that
	 * were taken are done.
	 * @param deadline when to stop waiting
	 * @return whether the writer is free
	 */
	boolean drain(Deadline deadline) {
		this.lock.lock();
		try {
			this.closing = true;
			long remaining = deadline.remainingNanos();
			while (this.holder != null && remaining > 0) {
				remaining = this.idle.awaitNanos(remaining);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
		return this.holder == null;
	}

	/**
	 * Takes no new requests of anybody any more and turns those away who still wait. None
	 * of them has started.
	 * @return who holds the writer, and is the last to hold it; {@code null} when nobody
	 * does
	 */
	@Nullable Lease turnAway() {
		this.lock.lock();
		try {
			this.closing = true;
			this.closed = true;
			for (Waiter waiter : this.waiting) {
				waiter.become(State.TURNED_AWAY);
				waiter.wake();
			}
			this.waiting.clear();
			this.waitingCount = 0;
			return this.holder;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Nullable Lease holder() {
		return this.holder;
	}

	boolean isHeldBy(Thread thread) {
		Lease current = this.holder;
		return current != null && current.owner() == thread;
	}

	int waiting() {
		return this.waitingCount;
	}

}
