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
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where virtual threads go on that have got what they waited for, or may look for it, a
 * few at a time.
 * <p>
 * The JDK runs virtual threads on a carrier for each processor. A thread that is waked up
 * by another virtual thread stands in the queue of that one's carrier, and a carrier
 * looks for what came from elsewhere (the end of a sleep, an answer of the network, a new
 * thread) only when its own queue is empty. Whoever answers hundreds of threads after
 * each commit keeps it from ever being that, and all other threads of the application
 * wait.
 * <p>
 * So no more than a few are waked up and have not run yet, and the next ones are waked up
 * by a platform thread, so that they come from elsewhere like all others and have their
 * turn with them. A virtual thread that makes single writes and never has to wait would
 * go on for ever, since nothing takes its carrier away from it: it
 * {@linkplain #letOthersPass() lets those pass} who stand here.
 * <p>
 * A thread that holds its carrier while it stands here, because of a native frame below
 * it, may keep those from running who were waked up. When nobody has passed for a while,
 * the next ones are waked up all the same.
 * <p>
 * Only threads that {@linkplain VirtualThreads#isVirtual can be} taken from their
 * carriers wherever they wait come here. Safe for use by many threads; the lock is held
 * for a few instructions only, nothing is allocated under it, and no other lock is taken.
 */
final class Turnstile {

	private static final Logger logger = LoggerFactory.getLogger(Turnstile.class);

	/**
	 * As many as run within a millisecond or two; and enough for the change of threads
	 * that wakes them up to be a small part of what they do.
	 */
	private static final int MAX_AWAKE = 32;

	private static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private final int maxAwake;

	private final Predicate<Thread> standing;

	private final ScheduledExecutorService elsewhere;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Pass first;

	private @Nullable Pass last;

	/** Whether somebody stands here. */
	private volatile boolean crowded;

	/** How many were waked up and have not run. */
	private int awake;

	/** Whether somebody is on the way to wake the next ones up. */
	private boolean waking;

	/** Whether somebody looks whether they are stuck. */
	private boolean watched;

	/** How many have run that were waked up. */
	private long ran;

	/** How often those who were waked up were given up because they did not run. */
	private int round;

	private boolean closed;

	/**
	 * Creates a turnstile at which nobody stands.
	 * @param elsewhere runs what wakes the next ones up
	 */
	Turnstile(ScheduledExecutorService elsewhere) {
		this(elsewhere, MAX_AWAKE, VirtualThreads::isVirtual);
	}

	/**
	 * Creates a turnstile for a test.
	 * @param elsewhere runs what wakes the next ones up
	 * @param maxAwake how many are waked up and have not run, at most
	 * @param standing which threads stand here
	 */
	Turnstile(ScheduledExecutorService elsewhere, int maxAwake, Predicate<Thread> standing) {
		this.elsewhere = elsewhere;
		this.maxAwake = maxAwake;
		this.standing = standing;
	}

	/**
	 * A pass for one wait.
	 * @param thread who waits
	 * @return the pass, {@code null} for a platform thread, which needs none
	 */
	@Nullable Pass passFor(Thread thread) {
		return this.standing.test(thread) ? new Pass(thread) : null;
	}

	/**
	 * Wakes a virtual thread up for which others wait. It does not stand here, but while
	 * others do it comes from elsewhere too.
	 */
	void wakeAtOnce(Thread thread) {
		if (!this.crowded || !wakesElsewhere(thread)) {
			LockSupport.unpark(thread);
		}
	}

	private boolean wakesElsewhere(Thread thread) {
		try {
			if (!this.standing.test(Thread.currentThread())) {
				return false;
			}
			this.elsewhere.execute(() -> LockSupport.unpark(thread));
			return true;
		}
		catch (RejectedExecutionException | VirtualMachineError ex) {
			// it closes, or there is no thread or no stack to be had
			return false;
		}
	}

	/**
	 * Lets those go on first who stand here, if the current thread is virtual. An
	 * interrupt does not end it, and is kept.
	 */
	void letOthersPass() {
		if (!this.crowded) {
			return;
		}
		try {
			Pass pass = passFor(Thread.currentThread());
			if (pass != null) {
				pass.goBehind();
			}
		}
		catch (VirtualMachineError ex) {
			// it has done its work, and only its manners are gone
			logger.debug("A virtual thread did not let others pass", ex);
		}
	}

	/**
	 * Lets everybody go on from now on.
	 */
	void close() {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		wakeNext(Integer.MAX_VALUE);
	}

	/** Called with the lock held. */
	private boolean hasRoom() {
		return this.closed || (this.awake < this.maxAwake && this.first == null);
	}

	/**
	 * Called with the lock held.
	 * @return whether {@link #watch} is to be called without it
	 */
	private boolean stand(Pass pass) {
		pass.state = PassState.STANDING;
		pass.before = this.last;
		if (this.last != null) {
			this.last.behind = pass;
		}
		else {
			this.first = pass;
		}
		this.last = pass;
		this.crowded = true;
		boolean unwatched = !this.watched;
		this.watched = true;
		return unwatched;
	}

	/** Called with the lock held. */
	private void wakes(Pass pass) {
		pass.state = PassState.AWAKE;
		pass.round = this.round;
		this.awake++;
	}

	/** Called with the lock held. */
	private void remove(Pass pass) {
		Pass before = pass.before;
		Pass behind = pass.behind;
		if (before != null) {
			before.behind = behind;
		}
		else {
			this.first = behind;
		}
		if (behind != null) {
			behind.before = before;
		}
		else {
			this.last = before;
		}
		pass.before = null;
		pass.behind = null;
		this.crowded = this.first != null;
	}

	private void watch(long ranBefore) {
		try {
			this.elsewhere.schedule(() -> look(ranBefore), STUCK_NANOS, TimeUnit.NANOSECONDS);
		}
		catch (RejectedExecutionException | VirtualMachineError ex) {
			// it closes, or there is no thread or no stack to be had
			unwatch();
			wakeNext(Integer.MAX_VALUE);
		}
	}

	private void unwatch() {
		this.lock.lock();
		try {
			this.watched = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void look(long ranBefore) {
		boolean stuck;
		boolean again;
		long ranNow;
		this.lock.lock();
		try {
			ranNow = this.ran;
			stuck = ranNow == ranBefore;
			if (stuck) {
				// they are not waited for any more
				this.awake = 0;
				this.round++;
			}
			again = this.crowded;
			this.watched = again;
		}
		finally {
			this.lock.unlock();
		}
		try {
			if (stuck) {
				wakeNext(this.maxAwake);
			}
		}
		finally {
			if (again) {
				watch(ranNow);
			}
		}
	}

	/**
	 * Wakes those up who stand in front.
	 * @param count how many
	 */
	private void wakeNext(int count) {
		Pass next = takeFirst();
		for (int i = 1; next != null; i++) {
			LockSupport.unpark(next.thread);
			next = (i < count) ? takeFirst() : null;
		}
	}

	private @Nullable Pass takeFirst() {
		this.lock.lock();
		try {
			this.waking = false;
			Pass pass = this.first;
			if (pass != null) {
				remove(pass);
				wakes(pass);
			}
			return pass;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void wakeNextElsewhere() {
		try {
			this.elsewhere.execute(() -> wakeNext(this.maxAwake));
		}
		catch (RejectedExecutionException | VirtualMachineError ex) {
			// it closes, or there is no thread or no stack to be had
			wakeNext(this.maxAwake);
		}
	}

	private enum PassState {

		NEW, STANDING, AWAKE, PASSED

	}

	/**
	 * What one thread needs for one wait.
	 */
	final class Pass {

		private final Thread thread;

		private volatile PassState state = PassState.NEW;

		/** In which it was waked up. */
		private int round;

		private @Nullable Pass before;

		private @Nullable Pass behind;

		Pass(Thread thread) {
			this.thread = thread;
		}

		/**
		 * Whether the thread stands here.
		 */
		boolean isStanding() {
			return this.state == PassState.STANDING;
		}

		/**
		 * Whether the thread has been waked up, and has not told that it runs.
		 */
		boolean isAwake() {
			return this.state == PassState.AWAKE;
		}

		/**
		 * Wakes the thread up when its turn has come, or at once when there is no stack
		 * for more. To be called when it has a reason to run.
		 */
		void letGo() {
			try {
				letGoInTurn();
			}
			catch (VirtualMachineError ex) {
				LockSupport.unpark(this.thread);
			}
		}

		private void letGoInTurn() {
			boolean wake = false;
			boolean watch = false;
			Turnstile turnstile = Turnstile.this;
			turnstile.lock.lock();
			try {
				if (this.state != PassState.NEW) {
					return;
				}
				wake = turnstile.hasRoom();
				if (wake) {
					turnstile.wakes(this);
				}
				else {
					watch = turnstile.stand(this);
				}
			}
			finally {
				turnstile.lock.unlock();
			}
			if (wake) {
				LockSupport.unpark(this.thread);
			}
			else if (watch) {
				turnstile.watch(-1);
			}
		}

		/**
		 * Tells that the thread has run, whoever has waked it up, and may be let go once
		 * more. To be called by the thread.
		 */
		void waitsAgain() {
			leave(PassState.NEW);
		}

		/**
		 * Tells that the thread goes on, whoever has waked it up. To be called by the
		 * thread, in any case.
		 */
		void passed() {
			try {
				leave(PassState.PASSED);
			}
			catch (VirtualMachineError ex) {
				// it has its answer, and those behind it are looked for
			}
		}

		private void leave(PassState next) {
			boolean wakeNext;
			Turnstile turnstile = Turnstile.this;
			turnstile.lock.lock();
			try {
				if (this.state == PassState.STANDING) {
					turnstile.remove(this);
				}
				else if (this.state == PassState.AWAKE) {
					turnstile.ran++;
					if (this.round == turnstile.round) {
						turnstile.awake--;
					}
				}
				this.state = next;
				// not before all have run: a carrier leaves the queue of those that came
				// from elsewhere when it is empty
				wakeNext = turnstile.awake == 0 && turnstile.crowded && !turnstile.waking;
				turnstile.waking |= wakeNext;
			}
			finally {
				turnstile.lock.unlock();
			}
			if (wakeNext) {
				turnstile.wakeNextElsewhere();
			}
		}

		private void goBehind() {
			boolean interrupted = false;
			try {
				letGo();
				while (isStanding()) {
					LockSupport.park(Turnstile.this);
					// a thread that is interrupted would not park
					interrupted |= Thread.interrupted();
				}
				passed();
			}
			finally {
				if (interrupted) {
					this.thread.interrupt();
				}
			}
		}

	}

}
