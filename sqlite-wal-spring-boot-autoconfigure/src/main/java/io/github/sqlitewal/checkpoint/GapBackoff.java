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

package io.github.sqlitewal.checkpoint;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.github.sqlitewal.pool.Lease;

/**
 * Whether a reader gap is worth a try. One that was given up has kept new reads waiting
 * for nothing, so the next one is not made before the readers that did not come home have
 * done so, and after a pause that doubles each time. One that was made has kept them
 * waiting too, and is followed by a rest in proportion.
 * <p>
 * Used with the lock of the running checkpoint held, but for {@link #restNanos()}.
 */
final class GapBackoff {

	private static final long MIN_PAUSE_NANOS = 500_000_000L;

	private static final long MAX_PAUSE_NANOS = 10_000_000_000L;

	/** Readers are to be held up for about 6 % of the time. */
	private static final int REST = 16;

	private static final long MAX_REST_NANOS = 10_000_000_000L;

	/** For a WAL that has grown to several times its trigger size. */
	private static final long URGENT_PAUSE_NANOS = 1_000_000_000L;

	/** A read that has taken so many times the patience is not about to come home. */
	private static final int HOPELESS = 10;

	private final Supplier<List<Lease>> readLeases;

	private final Duration patience;

	private final LongSupplier nanoTime;

	private List<Lease> away = List.of();

	private long pauseNanos = MIN_PAUSE_NANOS;

	private long gaveUpAt;

	/** The pause after the last one that was given up, zero when it was made. */
	private long lastPauseNanos;

	private volatile long restUntil;

	GapBackoff(Supplier<List<Lease>> readLeases, Duration patience) {
		this(readLeases, patience, System::nanoTime);
	}

	GapBackoff(Supplier<List<Lease>> readLeases, Duration patience, LongSupplier nanoTime) {
		this.readLeases = readLeases;
		this.patience = patience;
		this.nanoTime = nanoTime;
		this.restUntil = nanoTime.getAsLong();
	}

	/**
	 * Those because of whom a gap would be given up.
	 * @return their leases, empty when none is known
	 */
	List<Lease> hopeless() {
		Duration limit = this.patience.multipliedBy(HOPELESS);
		Thread current = Thread.currentThread();
		return this.readLeases.get()
			.stream()
			.filter((lease) -> this.away.contains(lease) || lease.isOwnedBy(current)
					|| lease.pin().held().compareTo(limit) > 0)
			.toList();
	}

	/**
	 * Whether the last gap was given up so lately that another one is not tried.
	 * @param urgent whether the WAL is so large that it is tried again soon
	 */
	boolean isPausing(boolean urgent) {
		long pause = this.lastPauseNanos;
		if (!this.away.isEmpty() && this.away.stream().allMatch(Lease::isClosed)) {
			// what stood in the way is gone
			pause = Math.min(pause, MIN_PAUSE_NANOS);
		}
		if (urgent) {
			pause = Math.min(pause, URGENT_PAUSE_NANOS);
		}
		return pause > 0 && this.nanoTime.getAsLong() - this.gaveUpAt < pause;
	}

	/**
	 * A gap of the background was given up.
	 * @param away who did not come home; empty when the writer was not to be had, or
	 * another process stood in the way
	 */
	void gaveUp(List<Lease> away) {
		this.away = away;
		this.gaveUpAt = this.nanoTime.getAsLong();
		this.lastPauseNanos = this.pauseNanos;
		this.pauseNanos = Math.min(2 * this.pauseNanos, MAX_PAUSE_NANOS);
	}

	/**
	 * A gap that was asked for was given up, which says nothing of how often the
	 * background may try.
	 * @param away who did not come home
	 */
	void gaveUpOnRequest(List<Lease> away) {
		this.away = away;
	}

	/**
	 * A gap was made.
	 * @param readersBlocked how long it has held up new reads
	 */
	void made(Duration readersBlocked) {
		this.away = List.of();
		this.pauseNanos = MIN_PAUSE_NANOS;
		this.lastPauseNanos = 0;
		this.restUntil = this.nanoTime.getAsLong() + Math.min(REST * readersBlocked.toNanos(), MAX_REST_NANOS);
	}

	/**
	 * For how long a WAL with room to grow had better do so, because readers were held up
	 * just now. Safe for use by any thread.
	 * @return nanoseconds, zero or less for not at all
	 */
	long restNanos() {
		return this.restUntil - this.nanoTime.getAsLong();
	}

}
