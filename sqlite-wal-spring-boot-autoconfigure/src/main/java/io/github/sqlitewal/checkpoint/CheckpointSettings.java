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

import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * When the WAL is copied into the database file, and how large it may become.
 *
 * @param interval pause between two looks at the WAL when nothing is committed; zero to
 * look only when something is
 * @param triggerSize size of the WAL, in bytes, from which on it is made to start over;
 * zero to leave that to the interval and to callers
 * @param busyTimeout how long a checkpoint waits for readers, who are not lent again
 * meanwhile
 * @param maxWalSize size in bytes that the WAL should not exceed; zero for no limit
 * @param limitPolicy what happens to writers when it does
 * @param external whether another program checkpoints the database, and this process only
 * looks
 * @param headroom whether the next megabytes of a WAL that is held back and grows fast
 * are made ready off the commit path, on file systems where that helps
 */
public record CheckpointSettings(Duration interval, long triggerSize, Duration busyTimeout, long maxWalSize,
		WalLimitPolicy limitPolicy, boolean external, boolean headroom) {

	/** Often enough that a crash leaves little to recover. */
	public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(1);

	/**
	 * 24 MiB, 6,000 frames: a checkpoint copies each page once however often it was
	 * written, so it is cheaper the larger the WAL, and a read of a page that is in the
	 * WAL the dearer.
	 */
	public static final long DEFAULT_TRIGGER_SIZE = 24L << 20;

	/** A read that takes longer is not worth the wait of all others. */
	public static final Duration DEFAULT_BUSY_TIMEOUT = Duration.ofMillis(100);

	/** Far above what any round leaves behind: something holds the WAL back for long. */
	public static final long DEFAULT_MAX_WAL_SIZE = 1L << 30;

	private static final Duration MAX_INTERVAL = Duration.ofDays(1);

	private static final Duration MAX_BUSY_TIMEOUT = Duration.ofSeconds(10);

	public CheckpointSettings {
		if (interval.isNegative() || interval.compareTo(MAX_INTERVAL) > 0) {
			throw new SqliteConfigurationException("A checkpoint interval of " + interval + " is not possible",
					"Set 'sqlite.checkpoint.interval' to a duration such as 1s, at most a day, or to 0 to switch it off.");
		}
		if (triggerSize < 0) {
			throw new SqliteConfigurationException("A trigger size of " + triggerSize + " bytes is not possible",
					"Set 'sqlite.checkpoint.trigger-size' to a size such as 24MB, or to 0 to switch it off.");
		}
		if (busyTimeout.isNegative() || busyTimeout.compareTo(MAX_BUSY_TIMEOUT) > 0) {
			throw new SqliteConfigurationException(
					"A checkpoint cannot wait " + busyTimeout + " while it keeps new reads waiting",
					"Set 'sqlite.checkpoint.busy-timeout' to at most 10s; the default is 100ms.");
		}
		if (maxWalSize < 0 || (maxWalSize > 0 && maxWalSize < 2 * triggerSize)) {
			throw new SqliteConfigurationException(
					"A limit of " + maxWalSize + " bytes for the WAL is not possible with a trigger size of "
							+ triggerSize + " bytes: it would be exceeded in the normal course of things",
					"Set 'sqlite.checkpoint.max-wal-size' to at least twice 'sqlite.checkpoint.trigger-size', or to 0"
							+ " for no limit.");
		}
		if (limitPolicy != WalLimitPolicy.REPORT && maxWalSize > 0) {
			requireThatItIsMadeSmaller(interval, triggerSize, external);
		}
	}

	/** Otherwise writes, once they are held up, would be so for ever. */
	private static void requireThatItIsMadeSmaller(Duration interval, long triggerSize, boolean external) {
		if (!external && triggerSize == 0) {
			throw new SqliteConfigurationException(
					"Writes cannot be held up until the WAL is smaller when nothing makes it smaller",
					"Set 'sqlite.checkpoint.trigger-size' to a size such as 24MB, or"
							+ " 'sqlite.checkpoint.on-max-wal-size' to report.");
		}
		if (external && interval.isZero()) {
			throw new SqliteConfigurationException(
					"Writes cannot be held up until the WAL is smaller when nobody looks at it",
					"Set 'sqlite.checkpoint.interval' to a duration such as 1s, or"
							+ " 'sqlite.checkpoint.on-max-wal-size' to report.");
		}
	}

}
