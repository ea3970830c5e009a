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

/**
 * Is told how long callers waited for connections and kept them, what they forgot to give
 * back, and of syncs. Called on the thread of the caller, or of whoever noticed, so it
 * must be quick and must not use the database. What it throws is logged and forgotten.
 */
public interface PoolListener {

	/**
	 * A write request was given the writer.
	 * @param waitNanos how long it waited, in nanoseconds, zero when it did not
	 */
	default void writerAcquired(long waitNanos) {
	}

	/**
	 * A write request was held up before it asked for the writer, so that the WAL stays
	 * bounded.
	 * @param nanos for how long, in nanoseconds
	 */
	default void writeSlowed(long nanos) {
	}

	/**
	 * The writer was given back.
	 * @param holdNanos how long it was held, in nanoseconds
	 */
	default void writerReleased(long holdNanos) {
	}

	/**
	 * Single writes that waited have run in one transaction.
	 * @param count how many, at least two
	 */
	default void writesCombined(int count) {
	}

	/**
	 * A call that had to be tried again, because another process held a lock, has ended.
	 * @param retries how often it was tried again
	 */
	default void retried(int retries) {
	}

	/**
	 * A read was given a reader.
	 * @param waitNanos how long it waited, in nanoseconds, zero when it did not
	 */
	default void readerAcquired(long waitNanos) {
	}

	/**
	 * A read is open for longer than {@code sqlite.pool.max-read-age}. Told once for each
	 * read.
	 * @param read the read
	 */
	default void readTooOld(PinStatus read) {
	}

	/**
	 * A read was ended because it held back the WAL for longer than
	 * {@code sqlite.pool.evict-read-after}.
	 * @param read what it was
	 */
	default void readEvicted(PinStatus read) {
	}

	/**
	 * A connection or result set was garbage-collected without having been closed, and
	 * what it held has been given back.
	 * @param lease what it held: a reader or the writer
	 */
	default void leaseForgotten(PinStatus lease) {
	}

	/**
	 * A sync of the WAL has made commits durable.
	 * @param commits how many, by that one sync
	 * @param nanos how long the sync took, in nanoseconds
	 */
	default void synced(int commits, long nanos) {
	}

	/**
	 * A sync has failed, and nothing is written any more.
	 */
	default void syncFailed() {
	}

}
