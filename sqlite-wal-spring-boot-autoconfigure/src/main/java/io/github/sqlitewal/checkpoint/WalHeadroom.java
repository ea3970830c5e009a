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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * Makes the next megabytes of a WAL ready, off the commit path, while it cannot start
 * over and grows fast.
 * <p>
 * A WAL that starts over is written into pages of the file that the system has in memory.
 * One that grows needs a new page of memory for each frame, and the thread that commits
 * pays for finding, clearing and entering it: little on a machine of one's own, and up to
 * a quarter of a commit on a virtual one, whose host gives memory when it is first used.
 * Here a thread reads what comes behind the last frame, so that the pages are there when
 * SQLite writes. For that the file is made longer, by a hole: nothing but one zero byte
 * is written, and so much of the disk taken.
 * <p>
 * That byte is written while this process holds SQLite's write lock, so that nobody, in
 * whatever process, appends to the WAL, makes it start over or cuts it meanwhile. To
 * SQLite it is what an earlier and longer WAL has left: a frame counts by its salts and
 * its checksum, and not by the size of the file.
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

	/** In its turn, so that nobody waits longer for it. */
	private static final Duration WRITER_WAIT = Duration.ofMillis(200);

	/** Who could not have the writer leaves it to the others for a while. */
	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private static final int CHUNK_BYTES = 64 << 10;

	private static final int WAL_HEADER_BYTES = 32;

	private static final int SALTS_OFFSET = 16;

	private static final int FRAME_SALTS_OFFSET = 8;

	/** Those of which it is known that a hole costs nothing and that reading it helps. */
	static final Set<String> FILE_SYSTEMS = Set.of("ext4");

	private static final Logger logger = LoggerFactory.getLogger(WalHeadroom.class);

	private final SqlitePool pool;

	private final DatabaseLocation location;

	private final @Nullable Object databaseKey;

	private final Path file;

	private final long frameBytes;

	private final long minFrames;

	private final Set<String> fileSystems;

	private long lastFrames;

	private long lastGrowth = System.nanoTime();

	private volatile boolean active;

	private volatile boolean unsuitable;

	private volatile boolean stopped;

	private volatile @Nullable Thread thread;

	/**
	 * @param pool the connections
	 * @param location a file
	 * @param frameBytes the size of a frame with its header
	 * @param triggerFrames frames from which on the WAL is to start over
	 * @param fileSystems on which file systems to work, as the system names them
	 */
	WalHeadroom(SqlitePool pool, DatabaseLocation location, long frameBytes, long triggerFrames,
			Set<String> fileSystems) {
		this.pool = pool;
		this.location = location;
		this.databaseKey = location.fileKey();
		this.file = Objects.requireNonNull(location.walFile());
		this.frameBytes = frameBytes;
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
		boolean fast = isFast((frames - this.lastFrames) * this.frameBytes, now - this.lastGrowth);
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
			String fileSystem = Files.getFileStore(this.file).type();
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
		Object key = key();
		// there are no locks on this file that closing it would drop
		try (FileChannel wal = FileChannel.open(this.file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			if (key != null && key.equals(key())) {
				logger.debug("The WAL of {} is made ready ahead of the writer", this.location);
				long bytes = new Growth(wal, key).follow();
				logger.debug("Of the WAL of {}, {} MB were made ready", this.location, bytes >> 20);
			}
		}
	}

	private @Nullable Object key() throws IOException {
		return Files.readAttributes(this.file, BasicFileAttributes.class).fileKey();
	}

	/**
	 * Where the last frame that is committed ends.
	 * @return the offset in the file, or -1 when nobody can say just now
	 */
	private long end() throws SQLException {
		WalCheckpointRow row = this.pool.maintenance()
			.tryRun((connection) -> WalCheckpointRow.run(connection, WalCheckpointRow.NOOP));
		return (row == null || row.log() < 0) ? -1 : WAL_HEADER_BYTES + row.log() * this.frameBytes;
	}

	/**
	 * Makes the file longer by a hole, unless somebody else writes just now.
	 * @param wal the file
	 * @param key what tells it from another one
	 * @param step by how much
	 * @return whether it is longer; not when another process writes, or the last frame is
	 * not to be found
	 * @throws IOException when it is not the file any more that was opened, or cannot be
	 * written
	 */
	boolean extend(FileChannel wal, Object key, long step) throws IOException, SQLException {
		requireSameFiles(key);
		try (Lease writer = this.pool.acquireWriterForOthers("make the WAL ready", Deadline.after(WRITER_WAIT))) {
			PhysicalConnection connection = writer.connection();
			// from here on SQLite keeps all others from the WAL
			connection.beginWrite();
			boolean longer;
			// nor is the connection closed meanwhile, which would let the lock go
			synchronized (connection.driverConnection().getDatabase()) {
				requireSameFiles(key);
				longer = !this.stopped && !connection.driverConnection().isClosed() && hasLastFrame(wal)
						&& append(wal, step);
			}
			connection.rollback();
			return longer;
		}
		catch (LockTimeoutException | WriterQueueFullException ex) {
			return false;
		}
		catch (SQLException ex) {
			if (ResultCodes.isBusy(ex)) {
				return false;
			}
			throw ex;
		}
	}

	private static boolean append(FileChannel wal, long step) throws IOException {
		wal.write(ByteBuffer.allocate(1), wal.size() + step - 1);
		return true;
	}

	/**
	 * The names are still those of the files that were opened.
	 */
	private void requireSameFiles(Object key) throws IOException {
		if (this.databaseKey == null || !this.databaseKey.equals(this.location.fileKey()) || !key.equals(key())) {
			throw new IOException("Other files have the names of the database and its WAL");
		}
	}

	/**
	 * Whether the last frame is where SQLite has it.
	 */
	private boolean hasLastFrame(FileChannel wal) throws IOException, SQLException {
		long end = end();
		return end > WAL_HEADER_BYTES && wal.size() >= end
				&& salts(wal, SALTS_OFFSET) == salts(wal, end - this.frameBytes + FRAME_SALTS_OFFSET);
	}

	private static long salts(FileChannel wal, long offset) throws IOException {
		ByteBuffer salts = ByteBuffer.allocate(Long.BYTES);
		wal.read(salts, offset);
		return salts.getLong(0);
	}

	/**
	 * One growth of the WAL, until it starts over or is in no hurry any more.
	 */
	private final class Growth {

		private final FileChannel wal;

		private final Object key;

		private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

		/** Up to here the pages of the file are in memory. */
		private long ready;

		private long bytes;

		private long lastRefusal = System.nanoTime() - RETRY_NANOS;

		Growth(FileChannel wal, Object key) {
			this.wal = wal;
			this.key = key;
		}

		/**
		 * Stays ahead of the writer.
		 * @return how many bytes were made ready
		 */
		long follow() throws IOException, SQLException {
			long endBefore = -1;
			long before = System.nanoTime();
			while (!WalHeadroom.this.stopped) {
				long end = end();
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
					&& !extend(this.wal, this.key, STEP_BYTES)) {
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
