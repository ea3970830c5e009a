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

import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.SqlitePool;

/**
 * Makes the next megabytes of a WAL ready, off the commit path, while it cannot start
 * over and grows fast.
 * <p>
 * A WAL that starts over is written into pages of the file that the system has in memory.
 * One that grows needs a new page of memory for each frame, and the thread that commits
 * pays for finding, clearing and entering it: little on a machine of one's own, and up to
 * a quarter of a commit on a virtual one, whose host gives memory when it is first used.
 * Here a thread reads what comes behind the last frame, so that the pages are there when
 * SQLite writes. For that the file is made longer, by a hole ({@link WalTail}): nothing
 * but one zero byte is written, and so much of the disk taken.
 * <p>
 * It is a help and nothing else. Whatever goes wrong with it, commits are as they would
 * be without.
 */
final class WalHeadroom implements Runnable {

	/** What a writer at full speed fills while this thread waits for a processor. */
	static final long AHEAD_BYTES = 8L << 20;

	/** So much that the writer is taken a few times a second at the most. */
	private static final long STEP_BYTES = 24L << 20;

	/** Below this there is nothing to gain. */
	private static final long MIN_BYTES_PER_SECOND = 4L << 20;

	/** A WAL that starts over now and then hardly gets there, and is in memory. */
	private static final int MIN_TRIGGERS = 4;

	private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	/** For how long the rate is looked at. */
	private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final Duration WRITER_WAIT = Duration.ofMillis(200);

	/** Who could not have the writer leaves it to the others for a while. */
	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private static final int CHUNK_BYTES = 64 << 10;

	/** Those of which it is known that a hole costs nothing and that reading it helps. */
	static final Set<String> FILE_SYSTEMS = Set.of("ext4");

	private static final Logger logger = LoggerFactory.getLogger(WalHeadroom.class);

	private final SqlitePool pool;

	private final DatabaseLocation location;

	private final WalTail tail;

	private final long minFrames;

	private final Set<String> fileSystems;

	private long lastFrames;

	private long lastGrowth = System.nanoTime();

	private volatile boolean active;

	private volatile boolean unsuitable;

	private volatile boolean stopped;

	private volatile @Nullable Thread thread;

	private volatile WalTail.@Nullable Opened opened;

	/**
	 * @param pool the connections
	 * @param location a file
	 * @param tail the end of its WAL
	 * @param triggerFrames frames from which on the WAL is to start over
	 * @param fileSystems on which file systems to work, as the system names them
	 */
	WalHeadroom(SqlitePool pool, DatabaseLocation location, WalTail tail, long triggerFrames, Set<String> fileSystems) {
		this.pool = pool;
		this.location = location;
		this.tail = tail;
		this.minFrames = MIN_TRIGGERS * triggerFrames;
		this.fileSystems = fileSystems;
	}

	/**
	 * A look has found a WAL that cannot start over. Begins to work when it is large and
	 * grows fast. Called by one thread at a time.
	 * @param frames the frames that it has
	 */
	void heldBack(long frames) {
		heldBack(frames, System.nanoTime());
	}

	void heldBack(long frames, long now) {
		boolean fast = isFast((frames - this.lastFrames) * this.tail.frameBytes(), now - this.lastGrowth);
		this.lastFrames = frames;
		this.lastGrowth = now;
		if (fast && frames >= this.minFrames && !this.active && !this.unsuitable && !this.stopped) {
			start();
		}
	}

	private static boolean isFast(long bytes, long nanos) {
		return (double) bytes * TimeUnit.SECONDS.toNanos(1) >= (double) MIN_BYTES_PER_SECOND * nanos;
	}

	private void start() {
		this.active = true;
		try {
			Thread starting = new Thread(this, "sqlite-wal-headroom");
			starting.setDaemon(true);
			this.thread = starting;
			starting.start();
		}
		catch (OutOfMemoryError ex) {
			// as many threads as the system allows
			this.active = false;
			failed(ex);
		}
	}

	private void failed(Throwable failure) {
		this.unsuitable = true;
		if (this.stopped || this.pool.isClosing()) {
			// the connection or the file was taken away from under it
			return;
		}
		logger.info("The WAL of {} is not made ready ahead any more until the next start, and commits are as they"
				+ " would be without: {}", this.location, failure.toString());
	}

	/**
	 * Lets the thread end, and none begin. May be called by any thread.
	 */
	void stop() {
		this.stopped = true;
		WalTail.Opened wal = this.opened;
		if (wal != null) {
			wal.stop();
		}
		LockSupport.unpark(this.thread);
	}

	/**
	 * Whether the thread is at work.
	 */
	boolean isActive() {
		return this.active;
	}

	/**
	 * Whether the thread will not begin to work any more, because of the file system or
	 * of a failure.
	 */
	boolean isUnsuitable() {
		return this.unsuitable;
	}

	@Override
	public void run() {
		try {
			String fileSystem = this.tail.fileSystem();
			if (this.fileSystems.contains(fileSystem)) {
				work();
			}
			else {
				this.unsuitable = true;
				logger.debug("The WAL of {} is not made ready ahead on {}", this.location, fileSystem);
			}
		}
		catch (DatabaseClosedException ex) {
			this.stopped = true;
		}
		catch (IOException | SQLException | RuntimeException | Error ex) {
			failed(ex);
		}
		finally {
			this.active = false;
		}
	}

	private void work() throws IOException, SQLException {
		try (WalTail.Opened wal = this.tail.open()) {
			this.opened = wal;
			if (wal != null && !this.stopped) {
				logger.debug("The WAL of {} is made ready ahead of the writer", this.location);
				long bytes = new Growth(wal).follow();
				logger.debug("Of the WAL of {}, {} MB were made ready", this.location, bytes >> 20);
			}
		}
	}

	/**
	 * One growth of the WAL, until it starts over or is in no hurry any more.
	 */
	private final class Growth {

		private final WalTail.Opened wal;

		private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

		/** Up to here the pages of the file are in memory. */
		private long ready;

		private long bytes;

		private long lastRefusal = System.nanoTime() - RETRY_NANOS;

		Growth(WalTail.Opened wal) {
			this.wal = wal;
		}

		/**
		 * Stays ahead of the writer.
		 * @return how many bytes were made ready
		 */
		long follow() throws IOException, SQLException {
			long endBefore = -1;
			long before = System.nanoTime();
			while (!WalHeadroom.this.stopped) {
				long end = WalHeadroom.this.tail.end();
				if (end >= 0) {
					endBefore = (endBefore < 0) ? end : endBefore;
					goAhead(end);
					long nanos = System.nanoTime() - before;
					if (nanos >= WINDOW_NANOS) {
						if (!isFast(end - endBefore, nanos)) {
							// also when it has started over
							return this.bytes;
						}
						before += nanos;
						endBefore = end;
					}
				}
				LockSupport.parkNanos(this, TICK_NANOS);
			}
			return this.bytes;
		}

		private void goAhead(long end) throws IOException, SQLException {
			if (this.wal.size() < end + 2 * AHEAD_BYTES && System.nanoTime() - this.lastRefusal >= RETRY_NANOS
					&& !this.wal.extend(STEP_BYTES, Deadline.after(WRITER_WAIT))) {
				this.lastRefusal = System.nanoTime();
			}
			// what the writer is at, it has in memory itself
			this.ready = Math.max(this.ready, end + CHUNK_BYTES);
			while (this.ready < end + AHEAD_BYTES && !WalHeadroom.this.stopped) {
				this.chunk.clear();
				int read = this.wal.read(this.chunk, this.ready);
				if (read <= 0) {
					return;
				}
				this.ready += read;
				this.bytes += read;
			}
		}

	}

}
