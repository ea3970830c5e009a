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

package io.github.sqlitewal.jdbc;

import java.time.Duration;
import java.util.Objects;

/**
 * How often and how soon a call that met a lock of another process is made again
 * ({@code sqlite.retry.*}). Whatever is set here, {@code sqlite.lock-timeout} ends it.
 * <p>
 * The {@linkplain #defaults() defaults} poll often and keep doing so. SQLite's own busy
 * handler goes from 1 ms up to 100 ms, so that the longer a thread has waited, the more
 * rarely it looks, and newcomers overtake it: 16 threads waited up to 2.9 s for locks
 * that were held for less than a millisecond. Here the pause grows by half each time and
 * stops at 25 ms, and the jitter keeps waiters from trying in step. There is no limit on
 * the attempts, because a number of attempts says nothing about the time they take; the
 * deadline does.
 *
 * @param enabled whether to retry at all
 * @param maxAttempts the most attempts, the first one included; 0 for no limit but the
 * deadline
 * @param initialInterval the pause after the first attempt, positive
 * @param multiplier by how much each pause is longer than the one before, at least 1
 * @param maxInterval the longest pause before jitter, at least the initial one
 * @param jitter the part of a pause that is random, between 0 and 1: a pause of 10 ms and
 * a jitter of 0.5 make one of 5 to 15 ms
 */
public record RetrySettings(boolean enabled, int maxAttempts, Duration initialInterval, double multiplier,
		Duration maxInterval, double jitter) {

	/**
	 * Checks the settings.
	 * @throws IllegalArgumentException when one is out of its range
	 */
	public RetrySettings {
		Objects.requireNonNull(initialInterval, "initialInterval");
		Objects.requireNonNull(maxInterval, "maxInterval");
		check(maxAttempts >= 0, "sqlite.retry.max-attempts", "at least 1, or 0 for no limit but sqlite.lock-timeout",
				maxAttempts);
		check(initialInterval.compareTo(Duration.ZERO) > 0, "sqlite.retry.initial-interval", "positive",
				initialInterval);
		// written so that NaN does not pass
		check(multiplier >= 1, "sqlite.retry.multiplier", "at least 1", multiplier);
		check(maxInterval.compareTo(initialInterval) >= 0, "sqlite.retry.max-interval",
				"at least sqlite.retry.initial-interval (" + initialInterval + ")", maxInterval);
		check(jitter >= 0 && jitter <= 1, "sqlite.retry.jitter", "between 0 and 1", jitter);
	}

	private static void check(boolean holds, String property, String range, Object value) {
		if (!holds) {
			throw new IllegalArgumentException(property + " must be " + range + ", but is " + value);
		}
	}

	/**
	 * What holds when nothing is configured: enabled, no limit on the attempts, 1 ms at
	 * first, 1.5 times as long each time, 25 ms at most, jitter 0.5.
	 * @return the default settings
	 */
	public static RetrySettings defaults() {
		return new RetrySettings(true, 0, Duration.ofMillis(1), 1.5, Duration.ofMillis(25), 0.5);
	}

}
