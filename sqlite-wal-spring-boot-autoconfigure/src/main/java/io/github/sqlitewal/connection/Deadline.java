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

package io.github.sqlitewal.connection;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A moment on the monotonic clock by which something must have happened. One deadline is
 * made where a call enters and is passed down, so that waits inside each other never add
 * up. Immutable and safe to share between threads.
 */
public final class Deadline {

	private final Duration timeout;

	private final long start;

	private Deadline(Duration timeout, long start) {
		this.timeout = timeout;
		this.start = start;
	}

	/**
	 * A deadline that starts now.
	 * @param timeout how long from now; zero or negative has passed already
	 * @return the deadline
	 */
	public static Deadline after(Duration timeout) {
		return new Deadline(timeout, System.nanoTime());
	}

	/**
	 * The time that remains.
	 * @return nanoseconds, zero once the deadline has passed
	 */
	public long remainingNanos() {
		return Math.max(0, saturatedNanos(this.timeout) - (System.nanoTime() - this.start));
	}

	/**
	 * The time that remains.
	 * @return the time, {@link Duration#ZERO} once the deadline has passed
	 */
	public Duration remaining() {
		return Duration.ofNanos(remainingNanos());
	}

	/**
	 * The time since the deadline was made.
	 * @return the time, never negative
	 */
	public Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.start);
	}

	/**
	 * How long the deadline allowed when it was made.
	 * @return the timeout
	 */
	public Duration timeout() {
		return this.timeout;
	}

	/**
	 * Whether the deadline has passed.
	 * @return whether no time remains
	 */
	public boolean hasPassed() {
		return remainingNanos() == 0;
	}

	private static long saturatedNanos(Duration duration) {
		// half the range, so that differences of System.nanoTime() cannot overflow
		long limit = Long.MAX_VALUE / 2;
		if (duration.compareTo(Duration.ofSeconds(TimeUnit.NANOSECONDS.toSeconds(limit))) >= 0) {
			return limit;
		}
		return duration.toNanos();
	}

	@Override
	public String toString() {
		return "Deadline[timeout=" + this.timeout + ", remaining=" + remaining() + "]";
	}

}
