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

package io.github.sqlitewal.autoconfigure.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStateChange;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.pool.ConnectionStatus;
import io.github.sqlitewal.pool.LeaseStatus;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolStatus;

/**
 * A database as the endpoint shows it. What is {@code null} is left out of the JSON.
 *
 * @param file the database file, or {@code :memory:}
 * @param sqliteVersion the version of the SQLite library
 * @param durability what a commit that has returned survives, {@code null} for a database
 * in memory
 * @param writeRefusal why writes are refused, {@code null} when they are not
 * @param writer who holds the writer
 * @param queuedWrites how many write requests wait for the writer
 * @param queuedReads how many reads wait for a reader
 * @param submittedWrites how many submitted writes have no answer yet
 * @param readersInUse how many readers are leased
 * @param readLockHeld whether SQLite's read lock is held for all readers, for some
 * milliseconds, which a checkpoint of another process finds
 * @param pins the open reads, each of which keeps the WAL from starting over, the oldest
 * first
 * @param wal the WAL, or {@code null} for a database in memory and when it could not be
 * read
 * @param error why the WAL could not be read
 * @param connections the physical connections: the writer, the readers, the maintenance
 * connection
 * @param checkpoints the last checkpoints, the newest first
 */
public record SqliteDescriptor(String file, String sqliteVersion, @Nullable Durability durability,
		@Nullable String writeRefusal, @Nullable LeaseDescriptor writer, int queuedWrites, int queuedReads,
		int submittedWrites, int readersInUse, boolean readLockHeld, List<PinDescriptor> pins,
		@Nullable WalDescriptor wal, @Nullable String error, List<ConnectionDescriptor> connections,
		List<CheckpointDescriptor> checkpoints) implements OperationResponseBody {

	static SqliteDescriptor of(SqliteDatabase database, @Nullable WalStatus wal, @Nullable String error) {
		PoolStatus status = database.status();
		return new SqliteDescriptor(database.location().toString(), database.sqliteVersion(),
				database.location().isMemory() ? null : database.durability(), database.writeRefusal(),
				LeaseDescriptor.of(status.writer()), status.queuedWrites(), status.queuedReads(),
				database.batchWriter().queued(), status.readersInUse(), status.readLockHeld(),
				PinDescriptor.of(database.pins()), WalDescriptor.of(wal, database.checkpointer()), error,
				status.connections().stream().map(ConnectionDescriptor::of).toList(),
				database.checkpointer().history().stream().map(CheckpointDescriptor::of).toList());
	}

	/**
	 * A physical connection.
	 *
	 * @param name its name in logs
	 * @param role what it is for
	 * @param settings its pragmas as SQLite read them back, by name; empty while it is
	 * not open
	 * @param lease who holds it
	 * @param statementCacheHits how many statements were found prepared
	 * @param statementCacheMisses how many statements were prepared
	 * @param statementCacheEvictions how many statements fell out for others; many of
	 * them ask for a larger {@code sqlite.pool.statement-cache-size}
	 */
	public record ConnectionDescriptor(String name, ConnectionRole role, Map<String, String> settings,
			@Nullable LeaseDescriptor lease, long statementCacheHits, long statementCacheMisses,
			long statementCacheEvictions) {

		private static ConnectionDescriptor of(ConnectionStatus status) {
			// sorted, so that two answers can be compared
			return new ConnectionDescriptor(status.name(), status.role(), new TreeMap<>(status.settings()),
					LeaseDescriptor.of(status.lease()), status.statementCacheHits(), status.statementCacheMisses(),
					status.statementCacheEvictions());
		}

	}

	/**
	 * The use of a connection.
	 *
	 * @param thread the thread that has it
	 * @param heldMs for how long, in milliseconds
	 * @param sql the beginning of the statement that runs, or ran last
	 */
	public record LeaseDescriptor(String thread, long heldMs, @Nullable String sql) {

		private static @Nullable LeaseDescriptor of(@Nullable LeaseStatus status) {
			return (status != null) ? new LeaseDescriptor(status.thread(), status.held().toMillis(), status.shortSql())
					: null;
		}

	}

	/**
	 * An open read.
	 *
	 * @param connection the connection that it reads from
	 * @param thread the thread that opened it, or used it last
	 * @param since when it began
	 * @param heldMs how long ago that is, in milliseconds
	 * @param sql the beginning of the statement that runs, or ran last
	 * @param stack where it was opened, when {@code sqlite.pool.record-stacks} is on
	 */
	public record PinDescriptor(String connection, String thread, Instant since, long heldMs, @Nullable String sql,
			@Nullable List<String> stack) {

		private static List<PinDescriptor> of(List<PinStatus> statuses) {
			return statuses.stream().map(PinDescriptor::of).toList();
		}

		private static PinDescriptor of(PinStatus status) {
			return new PinDescriptor(status.connection(), status.thread(), status.since(), status.held().toMillis(),
					status.lease().shortSql(), status.stack().isEmpty() ? null : status.stack());
		}

	}

	/**
	 * The WAL.
	 *
	 * @param frames how many frames it holds, -1 when the file is not in WAL mode
	 * @param checkpointedFrames how many of them are in the database file
	 * @param bytes the size of its file
	 * @param observedAt when this was so, which is a while ago while a checkpoint runs
	 * @param state how it is doing
	 * @param stateSince since when
	 * @param heldBackBy the reads of this process that hold it back
	 * @param detail what is the matter with it
	 * @param resets how often it was seen to start over
	 * @param lastReset when it was last seen to
	 */
	public record WalDescriptor(long frames, long checkpointedFrames, long bytes, Instant observedAt, WalState state,
			Instant stateSince, List<PinDescriptor> heldBackBy, @Nullable String detail, long resets,
			@Nullable Instant lastReset) {

		private static @Nullable WalDescriptor of(@Nullable WalStatus status, SqliteCheckpointer checkpointer) {
			if (status == null) {
				return null;
			}
			WalStateChange state = checkpointer.walState();
			return new WalDescriptor(status.frames(), status.checkpointedFrames(), status.bytes(), status.observedAt(),
					state.current(), state.at(), PinDescriptor.of(state.heldBackBy()), state.detail(),
					checkpointer.walResets(), checkpointer.lastWalReset());
		}

	}

	/**
	 * A checkpoint.
	 *
	 * @param mode how far it was to go
	 * @param trigger why it ran
	 * @param outcome what it achieved
	 * @param framesBefore how many frames were not in the database file when it began, -1
	 * when that is not known
	 * @param walFrames how many frames the WAL held afterwards, -1 when that is not known
	 * @param checkpointedFrames how many of them were in the database file afterwards
	 * @param startedAt when it began
	 * @param durationMs how long it took, waits included, in milliseconds
	 * @param writersBlockedMs how long it kept the writers out, in milliseconds
	 * @param writersSlowedMs how long write requests were held up so that the copying
	 * could keep up, in all, in milliseconds
	 * @param readersBlockedMs how long it kept new reads waiting, in milliseconds
	 * @param heldBackBy the reads of this process that stood in the way
	 * @param detail what stood in the way
	 */
	public record CheckpointDescriptor(CheckpointMode mode, CheckpointTrigger trigger, CheckpointOutcome outcome,
			long framesBefore, long walFrames, long checkpointedFrames, Instant startedAt, long durationMs,
			double writersBlockedMs, double writersSlowedMs, double readersBlockedMs, List<PinDescriptor> heldBackBy,
			@Nullable String detail) implements OperationResponseBody {

		static CheckpointDescriptor of(CheckpointResult result) {
			return new CheckpointDescriptor(result.mode(), result.trigger(), result.outcome(), result.framesBefore(),
					result.walFrames(), result.checkpointedFrames(), result.startedAt(), result.duration().toMillis(),
					millis(result.writersBlocked()), millis(result.writersSlowed()), millis(result.readersBlocked()),
					PinDescriptor.of(result.heldBackBy()), result.detail());
		}

		private static double millis(Duration duration) {
			return duration.toNanos() / 1000 / 1000.0;
		}

	}

}
