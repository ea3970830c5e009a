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

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * How long a read may be open before somebody is told, or it is ended.
 *
 * @param maxReadAge the age from which it is reported, zero for never
 * @param evictReadAfter the age from which it may be ended when it holds back a WAL that
 * is above its hard limit, {@code null} for never
 * @param recordStacks whether to remember where each lease was taken, which costs a stack
 * trace each time
 */
public record PinSettings(Duration maxReadAge, @Nullable Duration evictReadAfter, boolean recordStacks) {

	/** Longer than anybody waits for a page, shorter than a WAL takes to fill a disk. */
	public static final Duration DEFAULT_MAX_READ_AGE = Duration.ofMinutes(1);

	/** Report after a minute, never end, no stacks. */
	public static final PinSettings DEFAULT = new PinSettings(DEFAULT_MAX_READ_AGE, null, false);

	public PinSettings {
		if (maxReadAge.isNegative()) {
			throw new SqliteConfigurationException("A maximum age of reads of " + maxReadAge + " is not possible",
					"Set 'sqlite.pool.max-read-age' to a duration such as 1m, or to 0 to switch the warning off.");
		}
		if (evictReadAfter != null && (evictReadAfter.isNegative() || evictReadAfter.isZero())) {
			throw new SqliteConfigurationException("Reads cannot be ended after " + evictReadAfter,
					"Set 'sqlite.pool.evict-read-after' to a positive duration such as 5m, or remove it to never end"
							+ " a read.");
		}
	}

}
