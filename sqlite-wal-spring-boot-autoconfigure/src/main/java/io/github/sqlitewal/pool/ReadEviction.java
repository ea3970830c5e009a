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

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * Ends one read from outside, whatever its thread is doing.
 * <ol>
 * <li>The lease is claimed, so that its owner, who may be closing it at this moment, does
 * not give the reader back as well. An owner that was first is left alone.</li>
 * <li>It is revoked: from here on each use of it throws a
 * {@link ReadEvictedException}.</li>
 * <li>Its connection is closed, and with it every statement and the read mark. The driver
 * waits for the statement that runs in SQLite, which is interrupted again and again until
 * it has ended: an interrupt that comes just before a statement's first step is
 * lost.</li>
 * <li>The place of the connection is free for another one, and the reader is home. That
 * does not wait for the owner, which may sit idle with an open result set for ever. What
 * the owner still has is the closed connection, never the new one.</li>
 * </ol>
 * The connection is closed on a thread of its own, because a function of the application
 * that runs inside SQLite cannot be interrupted; the reader is home when it returns.
 */
final class ReadEviction {

	private static final Logger logger = LoggerFactory.getLogger(ReadEviction.class);

	private static final long INTERRUPT_MILLIS = 10;

	private final Lease lease;

	private final PhysicalConnection connection;

	private final PinStatus pin;

	private final CountDownLatch done = new CountDownLatch(1);

	private ReadEviction(Lease lease, PhysicalConnection connection, PinStatus pin) {
		this.lease = lease;
		this.connection = connection;
		this.pin = pin;
	}

	/**
	 * Ends the reads that are older than a limit.
	 * @param readers the readers
	 * @param limit the age
	 * @param deadline when to stop waiting for what cannot be interrupted
	 * @return what was ended, the oldest first
	 */
	static List<PinStatus> evict(ReaderPool readers, Duration limit, Deadline deadline) {
		List<ReadEviction> evictions = new ArrayList<>();
		for (Lease lease : readers.oldestFirst()) {
			if (lease.isRevoked()) {
				// by an earlier call, whose interrupts may all have come too soon
				lease.interrupt();
				continue;
			}
			ReadEviction eviction = (lease.heldNanos() > limit.toNanos()) ? begin(lease, limit) : null;
			if (eviction != null) {
				evictions.add(eviction);
				eviction.closeOnThread(readers);
			}
		}
		interrupt(evictions, deadline);
		evictions.forEach(ReadEviction::report);
		return evictions.stream().map((eviction) -> eviction.pin).toList();
	}

	private static @Nullable ReadEviction begin(Lease lease, Duration limit) {
		// one without a connection has only just begun
		PhysicalConnection connection = lease.attached();
		PinStatus pin = lease.pin();
		if (connection == null || !lease.claim()) {
			return null;
		}
		lease.revoke(() -> new ReadEvictedException(pin.lease(), limit));
		return new ReadEviction(lease, connection, pin);
	}

	private void closeOnThread(ReaderPool readers) {
		Runnable close = () -> {
			try {
				this.lease.slot().discard(this.connection);
			}
			finally {
				readers.home(this.lease);
				this.done.countDown();
			}
		};
		try {
			Thread closer = new Thread(close, "sqlite-evict-" + this.lease.slot().name());
			closer.setDaemon(true);
			closer.start();
		}
		catch (OutOfMemoryError ex) {
			// no thread is to be had; the lease is claimed, and nobody else gives it back
			close.run();
		}
	}

	private static void interrupt(List<ReadEviction> evictions, Deadline deadline) {
		List<ReadEviction> running = new ArrayList<>(evictions);
		try {
			while (!running.isEmpty() && !deadline.hasPassed()) {
				running.forEach((eviction) -> eviction.connection.interrupt());
				running.get(0).done.await(INTERRUPT_MILLIS, TimeUnit.MILLISECONDS);
				running.removeIf(ReadEviction::isDone);
			}
		}
		catch (InterruptedException ex) {
			// they end all the same, only that nobody waits for it
			Thread.currentThread().interrupt();
		}
	}

	private boolean isDone() {
		return this.done.getCount() == 0;
	}

	private void report() {
		logger.warn("{}: {}", isDone() ? "Ended a read that held back the WAL for too long"
				: "A read that held back the WAL for too long is inside something that cannot be interrupted, and"
						+ " ends when that returns",
				this.pin.describe(), this.lease.origin());
	}

}
