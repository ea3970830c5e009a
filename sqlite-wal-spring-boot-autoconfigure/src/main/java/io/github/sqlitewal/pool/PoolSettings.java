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

import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * How many connections there are and how long callers wait for one.
 *
 * @param readers how many read-only connections are open
 * @param lockTimeout how long a caller waits for a lease, all waits and retries together
 * @param maxQueuedWrites how many write requests may wait; one more is turned away
 * @param combined how many single writes that wait share a transaction
 * @param pins how long a read may be open
 * @param holdReadLock whether SQLite's read lock is held for all readers while many read
 * and nobody writes
 */
public record PoolSettings(int readers, Duration lockTimeout, int maxQueuedWrites, WriteGroupLimits combined,
		PinSettings pins, boolean holdReadLock) {

	/** Enough that a burst of web requests waits, and that a stuck writer is noticed. */
	public static final int DEFAULT_MAX_QUEUED_WRITES = 1000;

	/** Long enough for another process's bulk load, short enough for a person. */
	public static final Duration DEFAULT_LOCK_TIMEOUT = Duration.ofSeconds(30);

	public PoolSettings {
		if (readers < 1 || readers > 1024) {
			throw new SqliteConfigurationException(readers + " readers cannot be opened",
					"Set 'sqlite.pool.readers' to a number from 1 to 1024.");
		}
		if (lockTimeout.isNegative() || lockTimeout.isZero()) {
			throw new SqliteConfigurationException("A lock timeout of " + lockTimeout + " is not possible",
					"Set 'sqlite.lock-timeout' to a positive duration such as 30s.");
		}
		if (maxQueuedWrites < 0) {
			throw new SqliteConfigurationException("A queue of " + maxQueuedWrites + " writes is not possible",
					"Set 'sqlite.pool.max-queued-writes' to 0 or more.");
		}
	}

	/**
	 * The number of readers when none is configured: reads of one connection run one
	 * after the other, so there are more than processors, for those that wait for the
	 * disk.
	 * @return twice the processors, at least 4
	 */
	public static int defaultReaders() {
		return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
	}

}
