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

import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;

/**
 * A thread that wants the writer: for a lease, or to have a single write done. A single
 * write is either granted the writer like a lease, and its thread then runs it and those
 * that wait behind it, or another thread takes it and answers it.
 * <p>
 * The state is changed by the {@link WriterQueue} under its lock, but for the answer,
 * which nothing can come in between.
 */
final class Waiter {

	private final Lease lease;

	private final @Nullable WriteRequest request;

	private final boolean combinable;

	private final boolean urgent;

	private final Thread thread = Thread.currentThread();

	private final long startNanos = System.nanoTime();

	private volatile State state = State.WAITING;

	private long waitedNanos;

	/** Of a thread that has to wait. */
	private @Nullable Deadline deadline;

	/** Of a virtual thread that has to wait. */
	private Turnstile.@Nullable Pass pass;

	/** Whether its deadline was found to be near. */
	private boolean near;

	/** The cycle of locks that this wait is a part of. */
	private volatile @Nullable String cycle;

	/**
	 * Creates a request of this thread to hold the writer.
	 * @param lease what is to hold it
	 */
	Waiter(Lease lease) {
		this(lease, false);
	}

	/**
	 * Creates a request of this thread to hold the writer.
	 * @param lease what is to hold it
	 * @param urgent whether it goes before all others, however many they are
	 */
	Waiter(Lease lease, boolean urgent) {
		this.lease = lease;
		this.request = null;
		this.combinable = false;
		this.urgent = urgent;
	}

	/**
	 * Creates a request of this thread to have a single write done.
	 * @param lease what is to hold the writer when this thread does it
	 * @param write what to do
	 * @param combinable whether another thread may do it
	 */
	Waiter(Lease lease, SingleWrite write, boolean combinable) {
		this.lease = lease;
		this.request = new ParkedWrite(write);
		this.combinable = combinable;
		this.urgent = false;
	}

	boolean isUrgent() {
		return this.urgent;
	}

	Lease lease() {
		return this.lease;
	}

	/**
	 * The single write.
	 */
	WriteRequest request() {
		return Objects.requireNonNull(this.request);
	}

	/**
	 * What another thread may do in place of this one, {@code null} when nothing.
	 */
	@Nullable WriteRequest combinable() {
		return this.combinable ? this.request : null;
	}

	WriteOutcome outcome() {
		return request().outcome();
	}

	Thread thread() {
		return this.thread;
	}

	State state() {
		return this.state;
	}

	void become(State state) {
		this.state = state;
	}

	/**
	 * Ends the waiting, by a grant at once or by a thread that begins to run the write.
	 */
	void started(State state) {
		this.waitedNanos = System.nanoTime() - this.startNanos;
		this.state = state;
	}

	/**
	 * How long it waited until it was started.
	 */
	long waitedNanos() {
		return this.waitedNanos;
	}

	void wake() {
		LockSupport.unpark(this.thread);
	}

	boolean isVirtual() {
		return this.pass != null;
	}

	/**
	 * Tells that the thread has to wait. Called before anybody can answer it.
	 * @param deadline until when
	 * @param turnstile where a virtual thread goes on when it is answered
	 */
	void waitsUntil(Deadline deadline, Turnstile turnstile) {
		this.deadline = deadline;
		this.pass = turnstile.passFor(this.thread);
	}

	/**
	 * Until when a thread waits that has to.
	 */
	Deadline deadline() {
		return Objects.requireNonNull(this.deadline);
	}

	/**
	 * Whether a virtual thread is to be waked up to look at the clock itself, which it is
	 * once.
	 */
	boolean comesNearDeadline() {
		if (this.near || !isVirtual() || FarDeadlines.isFar(deadline())) {
			return false;
		}
		this.near = true;
		return true;
	}

	/**
	 * Tells that the thread does not wait any more. Called by it.
	 */
	void goesOn() {
		if (this.pass != null) {
			this.pass.passed();
		}
	}

	@Nullable String cycle() {
		return this.cycle;
	}

	void isInCycle(String cycle) {
		this.cycle = cycle;
	}

	enum State {

		WAITING,

		/** Has the writer. */
		GRANTED,

		/** Another thread runs its write, and it cannot leave any more. */
		TAKEN,

		/** Another thread has run its write. */
		ANSWERED,

		TURNED_AWAY

	}

	private final class ParkedWrite extends WriteRequest {

		private ParkedWrite(SingleWrite write) {
			super(write);
		}

		@Override
		void answer() {
			if (Waiter.this.state == State.TAKEN) {
				Waiter.this.state = State.ANSWERED;
				if (Waiter.this.pass != null) {
					Waiter.this.pass.letGo();
				}
				else {
					wake();
				}
			}
		}

	}

}
