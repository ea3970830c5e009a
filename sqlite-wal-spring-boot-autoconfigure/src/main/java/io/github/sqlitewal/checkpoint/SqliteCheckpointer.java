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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LockCycleException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.SelfDeadlockException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * Copies the WAL into the database file, off the commit path.
 * <p>
 * The policy, in tiers:
 * <ol>
 * <li>PASSIVE blocks nobody. It copies what no reader holds back, and cannot make the WAL
 * start over while a writer goes on appending to it.</li>
 * <li>So when it leaves more than {@value #FINISH_FRAMES} frames behind, it is followed
 * by a short <em>finish</em>: the writer is taken as any write request takes it, and a
 * second PASSIVE copies the few frames that came meanwhile. With everything copied, the
 * next write starts over in the WAL, as soon as no reader uses it.</li>
 * <li>FULL, RESTART and TRUNCATE are for those who ask. A PASSIVE goes before them, so
 * that they find little to do, and the writer is taken for their time: SQLite would keep
 * the writers out anyway while it waits for readers, and here they wait in their queue.
 * The wait for readers is bounded by the busy timeout of the maintenance connection
 * ({@code sqlite.checkpoint.busy-timeout}), which no other connection shares.</li>
 * </ol>
 * <p>
 * One checkpoint runs at a time; another one waits for it, and a scheduled one leaves it
 * be. Safe for use by many threads.
 */
public final class SqliteCheckpointer {

	/**
	 * What remains after a PASSIVE that is worth the writer's time: 4 MiB of 4 KiB pages.
	 */
	static final long FINISH_FRAMES = 1000;

	/** How long a finish waits for its turn; the next interval brings another one. */
	private static final Duration FINISH_WAIT = Duration.ofSeconds(1);

	private static final int HISTORY = 50;

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private static final Logger logger = LoggerFactory.getLogger(SqliteCheckpointer.class);

	private final SqlitePool pool;

	private final DatabaseLocation location;

	private final CheckpointListener listener;

	private final ReentrantLock running = new ReentrantLock();

	private final ArrayDeque<CheckpointResult> history = new ArrayDeque<>();

	private volatile @Nullable WalStatus lastStatus;

	/**
	 * Creates the checkpointer of a database.
	 * @param pool its connections
	 * @param location where it is
	 * @param listener is told of each checkpoint
	 */
	public SqliteCheckpointer(SqlitePool pool, DatabaseLocation location, CheckpointListener listener) {
		this.pool = pool;
		this.location = location;
		this.listener = listener;
	}

	/**
	 * Runs a checkpoint now, after the one that is running.
	 * @param mode how far it is to go
	 * @return what it achieved; an error of SQLite is an outcome too
	 */
	public CheckpointResult checkpoint(CheckpointMode mode) {
		return checkpoint(mode, CheckpointTrigger.REQUEST, this.pool.deadline());
	}

	/**
	 * Runs a checkpoint unless one is running.
	 * @param mode how far it is to go
	 * @param trigger why it runs
	 * @return what it achieved; {@code SKIPPED} when one is running or nothing is to be
	 * copied, which is not kept in the history
	 */
	public CheckpointResult checkpointIfIdle(CheckpointMode mode, CheckpointTrigger trigger) {
		if (this.running.isLocked()) {
			return skipped(mode, trigger, "another checkpoint is running");
		}
		if (mode == CheckpointMode.PASSIVE && isWalCopied()) {
			return skipped(mode, trigger, "there is nothing to copy");
		}
		return checkpoint(mode, trigger, this.pool.deadline());
	}

	private boolean isWalCopied() {
		try {
			WalStatus status = walStatus();
			return status != null && status.frames() == status.checkpointedFrames();
		}
		catch (SQLException ex) {
			// the checkpoint will say what is wrong
			return false;
		}
	}

	/**
	 * Commits what is pending in batches, waits for the write transactions that are under
	 * way or were asked for before, and makes sure that everything that is committed by
	 * then is in the database file. Call it before processes are started that read the
	 * file, and they all see every row, also those that open or copy the main file alone.
	 * @return what the checkpoint achieved: {@code COMPLETE} or {@code RESET}
	 * @throws IllegalStateException when it could not be done within
	 * {@code sqlite.lock-timeout}, with what stood in the way, or when this thread is in
	 * a write transaction of its own, which it must commit first
	 */
	public CheckpointResult prepareForOtherProcesses() {
		Deadline deadline = this.pool.deadline();
		try {
			this.pool.flushPendingWork(deadline);
		}
		catch (SQLException ex) {
			throw new IllegalStateException("A batch that is open could not be committed: " + ex.getMessage(), ex);
		}
		while (true) {
			CheckpointResult result = checkpoint(CheckpointMode.FULL, CheckpointTrigger.OTHER_PROCESSES, deadline);
			if (result.isComplete() || this.pool.isMemory()) {
				return result;
			}
			if (result.outcome() == CheckpointOutcome.FAILED || deadline.hasPassed()
					|| Thread.currentThread().isInterrupted()) {
				throw new IllegalStateException("The database file does not hold everything yet, because "
						+ result.detail() + ((result.walFrames() < 0) ? "" : " (" + result.checkpointedFrames() + " of "
								+ result.walFrames() + " frames are copied)"));
			}
			LockSupport.parkNanos(Math.min(RETRY_NANOS, deadline.remainingNanos()));
		}
	}

	/**
	 * Runs the last checkpoint, when no reader is open any more, until it succeeds or the
	 * deadline passes: another process may be in the way.
	 * @param deadline when to give up
	 * @return what it achieved
	 */
	public CheckpointResult checkpointForShutdown(Deadline deadline) {
		while (true) {
			CheckpointResult result = checkpoint(CheckpointMode.TRUNCATE, CheckpointTrigger.SHUTDOWN, deadline);
			if (result.outcome() != CheckpointOutcome.BUSY || deadline.hasPassed()) {
				return result;
			}
			LockSupport.parkNanos(Math.min(RETRY_NANOS, deadline.remainingNanos()));
		}
	}

	private CheckpointResult checkpoint(CheckpointMode mode, CheckpointTrigger trigger, Deadline deadline) {
		if (this.pool.isMemory()) {
			return skipped(mode, trigger, "a database in memory has no WAL");
		}
		Instant startedAt = Instant.now();
		long start = System.nanoTime();
		if (!lock(deadline)) {
			return skipped(mode, trigger, "another checkpoint is running");
		}
		CheckpointResult result;
		CheckpointResult previous;
		try {
			result = runLocked(mode, trigger, deadline, startedAt, start);
			previous = remember(result);
		}
		finally {
			this.running.unlock();
		}
		tell(result, previous);
		return result;
	}

	private CheckpointResult runLocked(CheckpointMode mode, CheckpointTrigger trigger, Deadline deadline,
			Instant startedAt, long start) {
		Row row = null;
		CheckpointOutcome outcome;
		String detail;
		try {
			row = run(mode, trigger, deadline);
			if (row.log() >= 0) {
				this.lastStatus = new WalStatus(row.log(), row.checkpointed(), this.location.walBytes(), Instant.now());
			}
			outcome = row.outcome(mode);
			detail = row.detail(mode);
		}
		catch (SelfDeadlockException ex) {
			outcome = CheckpointOutcome.FAILED;
			detail = "this thread is in a write transaction, which has to be committed first";
		}
		catch (LockTimeoutException | LockCycleException | WriterQueueFullException ex) {
			outcome = CheckpointOutcome.BUSY;
			detail = ex.getMessage();
		}
		catch (SQLException ex) {
			outcome = Thread.currentThread().isInterrupted() ? CheckpointOutcome.SKIPPED : CheckpointOutcome.FAILED;
			detail = ex.getMessage();
		}
		return new CheckpointResult(mode, trigger, outcome, (row != null) ? row.log() : -1,
				(row != null) ? row.checkpointed() : -1, startedAt, Duration.ofNanos(System.nanoTime() - start),
				detail);
	}

	private boolean lock(Deadline deadline) {
		try {
			return this.running.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private Row run(CheckpointMode mode, CheckpointTrigger trigger, Deadline deadline) throws SQLException {
		Row passive = pragma(CheckpointMode.PASSIVE, deadline);
		if (mode == CheckpointMode.PASSIVE) {
			return (passive.log() - passive.checkpointed() > FINISH_FRAMES) ? finish(passive, deadline) : passive;
		}
		if (trigger == CheckpointTrigger.SHUTDOWN) {
			// drained: nobody can take the writer any more, and it is not to be had
			return pragma(mode, deadline);
		}
		try (Lease lease = this.pool.acquireWriter("wal_checkpoint(" + mode + ")", deadline, null)) {
			return pragma(mode, deadline);
		}
	}

	/**
	 * Copies the frames that were written during the first PASSIVE, while no write
	 * request of this process runs. When the writer is not to be had, the first one
	 * stands.
	 */
	private Row finish(Row passive, Deadline deadline) throws SQLException {
		// a long transaction is no reason to keep every other checkpoint waiting
		Deadline wait = (deadline.remaining().compareTo(FINISH_WAIT) < 0) ? deadline : Deadline.after(FINISH_WAIT);
		try (Lease lease = this.pool.acquireWriter("wal_checkpoint(PASSIVE)", wait, null)) {
			return pragma(CheckpointMode.PASSIVE, deadline);
		}
		catch (SelfDeadlockException | LockTimeoutException | LockCycleException | WriterQueueFullException ex) {
			logger.debug("The checkpoint of {} does without the writer", this.location, ex);
			return passive;
		}
	}

	private Row pragma(CheckpointMode mode, Deadline deadline) throws SQLException {
		return this.pool.maintenance().run((connection) -> row(connection, mode.name()), deadline);
	}

	private static Row row(PhysicalConnection connection, String mode) throws SQLException {
		String sql = "PRAGMA wal_checkpoint(" + mode + ")";
		DriverStatement statement = connection.prepare(sql);
		boolean done = false;
		try (ResultSet resultSet = statement.execute()) {
			if (resultSet == null || !resultSet.next()) {
				throw new SQLException("SQLite gave no answer to " + sql, "HY000");
			}
			Row row = new Row(resultSet.getInt(1) != 0, resultSet.getLong(2), resultSet.getLong(3));
			done = true;
			return row;
		}
		catch (SQLException ex) {
			connection.failed(ex);
			throw ex;
		}
		finally {
			connection.giveBack(statement, done);
		}
	}

	/**
	 * The state of the WAL, without a checkpoint and without waiting.
	 * @return the state now, or when it was last known if a checkpoint is running;
	 * {@code null} for a database in memory, or when nothing is known yet
	 * @throws SQLException when SQLite cannot read the file
	 */
	public @Nullable WalStatus walStatus() throws SQLException {
		if (this.pool.isMemory()) {
			return null;
		}
		WalStatus status = this.pool.maintenance().<WalStatus>tryRun((connection) -> {
			Row row = row(connection, "NOOP");
			return new WalStatus(row.log(), row.checkpointed(), this.location.walBytes(), Instant.now());
		});
		if (status != null) {
			this.lastStatus = status;
		}
		return this.lastStatus;
	}

	/**
	 * The last checkpoints. Of those that the interval ran one after the other, and that
	 * copied everything, only the last is kept.
	 * @return results, the newest first
	 */
	public List<CheckpointResult> history() {
		synchronized (this.history) {
			return new ArrayList<>(this.history);
		}
	}

	/**
	 * The last checkpoint.
	 * @return its result, or {@code null} before the first
	 */
	public @Nullable CheckpointResult last() {
		synchronized (this.history) {
			return this.history.peekFirst();
		}
	}

	/**
	 * Keeps a result. Called with the lock of the running checkpoint held, so that
	 * results come in the order of the checkpoints; nothing else is locked under the
	 * history's.
	 * @return the one before
	 */
	private @Nullable CheckpointResult remember(CheckpointResult result) {
		synchronized (this.history) {
			CheckpointResult previous = this.history.peekFirst();
			// a run of intervals in which all went well is one entry, so that those in
			// which something happened are still there tomorrow
			if (previous != null && isRoutine(previous) && isRoutine(result)) {
				this.history.removeFirst();
			}
			this.history.addFirst(result);
			if (this.history.size() > HISTORY) {
				this.history.removeLast();
			}
			return previous;
		}
	}

	private static boolean isRoutine(CheckpointResult result) {
		return result.trigger() == CheckpointTrigger.INTERVAL && result.isComplete();
	}

	private void tell(CheckpointResult result, @Nullable CheckpointResult previous) {
		boolean failed = result.outcome() == CheckpointOutcome.FAILED;
		boolean failedBefore = previous != null && previous.outcome() == CheckpointOutcome.FAILED;
		// said when it begins and when it ends, not at every tick in between
		if (failed && !failedBefore) {
			logger.warn("Checkpoint {} of {} failed: {}", result.mode(), this.location, result.detail());
		}
		else if (!failed && failedBefore) {
			logger.info("Checkpoints of {} work again", this.location);
		}
		logger.debug("{}", result);
		this.listener.checkpointed(result);
	}

	private static CheckpointResult skipped(CheckpointMode mode, CheckpointTrigger trigger, String detail) {
		return new CheckpointResult(mode, trigger, CheckpointOutcome.SKIPPED, -1, -1, Instant.now(), Duration.ZERO,
				detail);
	}

	/**
	 * What {@code PRAGMA wal_checkpoint} answers.
	 *
	 * @param busy whether a lock could not be had: for PASSIVE only the one that keeps
	 * two checkpoints apart, so that it is false even when a part was copied only
	 * @param log frames in the WAL, -1 when another connection is checkpointing, or when
	 * the database is not in WAL mode
	 * @param checkpointed how many of them are in the database file
	 */
	private record Row(boolean busy, long log, long checkpointed) {

		CheckpointOutcome outcome(CheckpointMode mode) {
			if (this.busy) {
				return CheckpointOutcome.BUSY;
			}
			if (this.log < 0) {
				return CheckpointOutcome.FAILED;
			}
			if (this.checkpointed < this.log) {
				return CheckpointOutcome.PARTIAL;
			}
			return (mode == CheckpointMode.TRUNCATE || mode == CheckpointMode.RESTART) ? CheckpointOutcome.RESET
					: CheckpointOutcome.COMPLETE;
		}

		@Nullable String detail(CheckpointMode mode) {
			return switch (outcome(mode)) {
				case FAILED -> "the database is not in WAL mode";
				case BUSY -> (this.log < 0) ? "another process is running a checkpoint"
						: "a reader, or a writer of another process, did not let go in time";
				case PARTIAL -> "a reader uses an older state of the WAL, or a writer went on";
				default -> null;
			};
		}

	}

}
