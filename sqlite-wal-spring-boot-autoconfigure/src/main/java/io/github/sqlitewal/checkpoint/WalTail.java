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
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.SqlitePool;

/**
 * The end of the {@code -wal} file that no frame uses, because the WAL has started over.
 * <p>
 * A file system takes about half a second to give back a gigabyte, and a TRUNCATE keeps
 * the writers waiting for it. So most of it is given back before, a piece at a time, with
 * the writers passing in between and no reader waiting at all. It is what SQLite itself
 * does for {@code journal_size_limit}, at the same moment: with the write lock held, and
 * after the first transaction since the WAL started over. Before that one the header on
 * the disk is still that of the old frames, and after a crash SQLite would read what is
 * left of them instead of the newer pages of the database file.
 * <p>
 * There are no POSIX locks on this file, so that to close it drops none.
 */
final class WalTail {

	/** For some milliseconds of the writer. */
	static final long PIECE_BYTES = 8 << 20;

	private static final int HEADER_BYTES = 32;

	/** The part of the time that is left to the writers: three of four. */
	private static final int PAUSE = 3;

	private static final Logger logger = LoggerFactory.getLogger(WalTail.class);

	private final SqlitePool pool;

	private final Path file;

	private final long frameBytes;

	/**
	 * Creates the tail.
	 * @param pool the connections
	 * @param file the {@code -wal} file
	 * @param frameBytes the size of a frame with its header
	 */
	WalTail(SqlitePool pool, Path file, long frameBytes) {
		this.pool = pool;
		this.file = file;
		this.frameBytes = frameBytes;
	}

	/**
	 * Whether a TRUNCATE would keep the writers waiting.
	 */
	boolean isLong() {
		return bytes() > 2 * PIECE_BYTES;
	}

	private long bytes() {
		return this.file.toFile().length();
	}

	/**
	 * Gives back what no frame uses, until the rest is short.
	 * @param deadline when to stop
	 * @return for how long the writer was held, in nanoseconds
	 */
	long giveBack(Deadline deadline) throws SQLException {
		long held = 0;
		long step = 1;
		while (step > 0 && isLong() && !deadline.hasPassed() && !Thread.currentThread().isInterrupted()) {
			step = giveBackPiece(deadline);
			held += step;
			LockSupport.parkNanos(Math.min(PAUSE * step, deadline.remainingNanos()));
		}
		return held;
	}

	/**
	 * Gives a piece back.
	 * @return for how long the writer was held, zero when there is nothing to give back
	 */
	private long giveBackPiece(Deadline deadline) throws SQLException {
		try (Lease lease = this.pool.acquireWriterForCheckpoint("give back the end of the WAL", deadline)) {
			long start = System.nanoTime();
			if (!lockOut(lease)) {
				return 0;
			}
			try {
				WalCheckpointRow row = this.pool.maintenance()
					.run((connection) -> WalCheckpointRow.run(connection, WalCheckpointRow.NOOP), deadline);
				long bytes = bytes();
				long rest = Math.max(bytes - PIECE_BYTES, HEADER_BYTES + row.log() * this.frameBytes);
				if (row.log() <= 0 || rest >= bytes) {
					return 0;
				}
				try (FileChannel channel = FileChannel.open(this.file, StandardOpenOption.WRITE)) {
					channel.truncate(rest);
				}
				return System.nanoTime() - start;
			}
			catch (IOException ex) {
				logger.debug("The end of {} is left to the TRUNCATE", this.file, ex);
				return 0;
			}
			finally {
				lease.connection().rollback();
			}
		}
	}

	/** Keeps the writers of other processes out. */
	private static boolean lockOut(Lease lease) throws SQLException {
		try {
			lease.connection().beginWrite();
			return true;
		}
		catch (SQLException ex) {
			if (ResultCodes.isBusy(ex)) {
				return false;
			}
			throw ex;
		}
	}

	/**
	 * The tail of a WAL in a file.
	 * @return the tail, or {@code null} for a database in memory
	 */
	static @Nullable WalTail of(SqlitePool pool, @Nullable Path file, long frameBytes) {
		return (file != null) ? new WalTail(pool, file, frameBytes) : null;
	}

}
