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
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LockCycleException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * The WAL file behind its last frame, where it is made longer and shorter.
 * <p>
 * To SQLite, what is there is what an earlier and longer WAL has left: a frame counts by
 * its salts and its checksum, and not by the size of the file. It is touched only while
 * this process holds SQLite's write lock, so that nobody, in whatever process, appends to
 * the WAL, makes it start over, cuts or recovers it meanwhile, and only when the last
 * frame is where SQLite says it is and is one of the WAL that the header of the file
 * tells of.
 * <p>
 * What SQLite counts stays, also the frames of a WAL that starts over with the next
 * write. They are in the database file, but after a crash they are read once more, and a
 * part of them would undo what the others have done.
 */
final class WalTail {

	private static final int HEADER_BYTES = 32;

	private static final int SALTS_OFFSET = 16;

	private static final int FRAME_SALTS_OFFSET = 8;

	private final SqlitePool pool;

	private final DatabaseLocation location;

	private final @Nullable Object databaseKey;

	private final Path file;

	private final long frameBytes;

	/**
	 * @param pool the connections
	 * @param location a file
	 * @param frameBytes the size of a frame with its header
	 */
	WalTail(SqlitePool pool, DatabaseLocation location, long frameBytes) {
		this.pool = pool;
		this.location = location;
		this.databaseKey = location.fileKey();
		this.file = Objects.requireNonNull(location.walFile());
		this.frameBytes = frameBytes;
	}

	/**
	 * Opens it.
	 * @return the file, or {@code null} when it cannot be told from another one
	 * @throws IOException when it is not there
	 */
	@Nullable Opened open() throws IOException {
		Object key = key();
		if (key == null) {
			return null;
		}
		// there are no locks on this file that closing it would drop
		FileChannel channel = FileChannel.open(this.file, StandardOpenOption.READ, StandardOpenOption.WRITE);
		return new Opened(channel, key);
	}

	/**
	 * The file system that it is on, as the system names it.
	 */
	String fileSystem() throws IOException {
		return Files.getFileStore(this.file).type();
	}

	/**
	 * Its size, zero when it is not there.
	 */
	long size() {
		return this.location.walBytes();
	}

	/**
	 * The size of a frame with its header.
	 */
	long frameBytes() {
		return this.frameBytes;
	}

	private @Nullable Object key() throws IOException {
		return Files.readAttributes(this.file, BasicFileAttributes.class).fileKey();
	}

	/**
	 * Where the last frame that is committed ends.
	 * @return the offset in the file, or -1 when nobody can say just now
	 */
	long end() throws SQLException {
		WalCheckpointRow row = this.pool.maintenance()
			.tryRun((connection) -> WalCheckpointRow.run(connection, WalCheckpointRow.NOOP));
		return (row == null || row.log() < 0) ? -1 : HEADER_BYTES + row.log() * this.frameBytes;
	}

	/**
	 * The file, open until it is closed. For one thread at a time, but for
	 * {@link #stop()}.
	 */
	final class Opened implements AutoCloseable {

		private final FileChannel channel;

		private final Object key;

		private long writerNanos;

		private volatile boolean stopped;

		private Opened(FileChannel channel, Object key) {
			this.channel = channel;
			this.key = key;
		}

		long size() throws IOException {
			return this.channel.size();
		}

		int read(ByteBuffer bytes, long offset) throws IOException {
			return this.channel.read(bytes, offset);
		}

		/**
		 * Makes it longer by a hole, by writing one zero byte, unless somebody else
		 * writes just now.
		 * @param step by how much
		 * @param until how long the writer is waited for, in its turn, so that nobody
		 * waits longer for this
		 * @return whether it is longer; not when another process writes, or the last
		 * frame is not to be found
		 * @throws IOException when it is not the file any more that was opened, or cannot
		 * be written
		 */
		boolean extend(long step, Deadline until) throws IOException, SQLException {
			return whileNobodyWrites("make the WAL ready", until, (end) -> {
				this.channel.write(ByteBuffer.allocate(1), size() + step - 1);
				return true;
			});
		}

		/**
		 * Cuts off what is behind the last frame, unless somebody else writes just now.
		 * @param most how much to cut off at the most
		 * @param until how long the writer is waited for, in its turn
		 * @return whether it is shorter; not when nothing is there, another process
		 * writes, or the last frame is not to be found
		 * @throws IOException when it is not the file any more that was opened, or cannot
		 * be cut
		 */
		boolean cut(long most, Deadline until) throws IOException, SQLException {
			return whileNobodyWrites("make the WAL file smaller", until, (end) -> {
				long size = size();
				long to = Math.max(end, size - most);
				if (to >= size || isCurrent(end)) {
					return false;
				}
				this.channel.truncate(to);
				return true;
			});
		}

		private boolean whileNobodyWrites(String what, Deadline until, Change change) throws IOException, SQLException {
			requireSameFiles();
			try (Lease writer = WalTail.this.pool.acquireWriterForOthers(what, until)) {
				long start = System.nanoTime();
				try {
					return inTransaction(writer.connection(), change);
				}
				finally {
					this.writerNanos += System.nanoTime() - start;
				}
			}
			catch (LockTimeoutException | LockCycleException | WriterQueueFullException ex) {
				return false;
			}
			catch (SQLException ex) {
				if (ResultCodes.isBusy(ex)) {
					return false;
				}
				throw ex;
			}
		}

		private boolean inTransaction(PhysicalConnection connection, Change change) throws IOException, SQLException {
			// from here on SQLite keeps all others from the WAL
			connection.beginWrite();
			boolean changed = false;
			// nor is the connection closed meanwhile, which would let the lock go
			synchronized (connection.driverConnection().getDatabase()) {
				requireSameFiles();
				if (!this.stopped && !connection.driverConnection().isClosed()) {
					long end = end();
					changed = hasLastFrame(end) && change.make(end);
				}
			}
			connection.rollback();
			return changed;
		}

		/**
		 * The names are still those of the files that were opened.
		 */
		private void requireSameFiles() throws IOException {
			Object database = WalTail.this.databaseKey;
			if (database == null || !database.equals(WalTail.this.location.fileKey()) || !this.key.equals(key())) {
				throw new IOException("Other files have the names of the database and its WAL");
			}
		}

		/**
		 * Whether the last frame is where SQLite has it.
		 */
		private boolean hasLastFrame(long end) throws IOException {
			return end > HEADER_BYTES && size() >= end && isCurrent(end - WalTail.this.frameBytes);
		}

		/**
		 * Whether a frame of the WAL that the header tells of is at an offset.
		 */
		private boolean isCurrent(long offset) throws IOException {
			return salts(SALTS_OFFSET) == salts(offset + FRAME_SALTS_OFFSET);
		}

		private long salts(long offset) throws IOException {
			ByteBuffer salts = ByteBuffer.allocate(Long.BYTES);
			read(salts, offset);
			return salts.getLong(0);
		}

		/**
		 * For how long the writer was held in all.
		 */
		long writerNanos() {
			return this.writerNanos;
		}

		/**
		 * Lets it stay as it is from here on. May be called by any thread.
		 */
		void stop() {
			this.stopped = true;
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
		}

	}

	/**
	 * What is done to it.
	 */
	private interface Change {

		/**
		 * @param end where the last frame ends
		 * @return whether it was done
		 */
		boolean make(long end) throws IOException, SQLException;

	}

}
