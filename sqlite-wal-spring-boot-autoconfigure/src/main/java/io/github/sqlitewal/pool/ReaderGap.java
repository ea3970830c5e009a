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
import java.util.List;

import io.github.sqlitewal.connection.Deadline;

/**
 * The moment in which all readers are at home, so that no reader of this process uses the
 * WAL and a checkpoint can make it start over.
 * <p>
 * While it is open, new reads wait in front of the pool and those that run come home.
 * When it is closed all that waited go on at once, on as many readers as there are; a
 * fair semaphore in its place would let them through one by one and leave a convoy
 * behind. A thread that holds a connection already is let through, because it would not
 * give that one back before it has the other.
 * <p>
 * There is one at a time. Must be closed, by the thread that began it.
 */
public final class ReaderGap implements AutoCloseable {

	private final ReaderPool readers;

	private final long start = System.nanoTime();

	ReaderGap(ReaderPool readers) {
		this.readers = readers;
		readers.beginGap();
	}

	/**
	 * Waits until all readers are home.
	 * @param deadline when to give up
	 * @return whether they are
	 */
	public boolean await(Deadline deadline) {
		return this.readers.awaitHome(deadline);
	}

	/**
	 * Those that have not come home.
	 * @return their leases
	 */
	public List<Lease> away() {
		return this.readers.away();
	}

	/**
	 * How long new reads have been kept waiting.
	 * @return the time since the gap was begun
	 */
	public Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.start);
	}

	/**
	 * Lets the reads go on.
	 */
	@Override
	public void close() {
		this.readers.endGap();
	}

}
