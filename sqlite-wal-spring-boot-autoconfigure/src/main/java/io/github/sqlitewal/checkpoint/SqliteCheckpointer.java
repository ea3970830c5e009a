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

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LockCycleException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.SelfDeadlockException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * Copies the WAL into the database file, off the commit path, and says what it achieved.
 * <p>
 * A thread of its own looks after the WAL ({@link CheckpointSettings}): when the WAL has
 * reached its trigger size it is made to start over, so that it stays bounded while
 * readers overlap and writers never stop; what is written meanwhile is copied each
 * interval. Everybody may ask for a checkpoint beside that. How one goes, and whom it
 * holds up, is told at {@code CheckpointRun}.
 * <p>
 * One checkpoint runs at a time; another one waits for it, and a scheduled one leaves it
 * be. When another program checkpoints the database, none runs here. Safe for use by many
 * threads.
 */
public final class SqliteCheckpointer {

	/** So few that what they write is copied within milliseconds. */
	private static final long PACE_AFTER = 1000;

	/** Ends a round that something went wrong with; none takes nearly as long. */
	private static final Duration BACKGROUND_LIMIT = Duration.ofMinutes(1);

	/** From this many times its trigger size on, the WAL is urgent. */
	private static final double URGENT = 4;

	private static final double MAX_PATIENCE = 10;

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	/** The page size of a file that was made with none configured. */
	private static final long DEFAULT_PAGE_SIZE = 4096;

	private static final Logger logger = LoggerFactory.getLogger(SqliteCheckpointer.class);

	private final SqlitePool pool;

	private final DatabaseLocation location;

	private final CheckpointSettings settings;

	private final CheckpointListener listener;

	private final ReentrantLock running = new ReentrantLock();

	private final ReentrantLock telling = new ReentrantLock();

	private final CheckpointHistory history = new CheckpointHistory();

	private final GapBackoff gaps;

	private final WalWatch watch;

	private final @Nullable WalTail tail;

	private volatile long paceAfter = PACE_AFTER;

	/** How many times its trigger size the WAL has. */
	private volatile double fill = 1;

	private final @Nullable BackgroundCheckpoints background;

	private volatile @Nullable WalStatus lastStatus;

	/**
	 * Creates the checkpointer of a database. Nothing runs before {@link #start()}.
	 * @param pool its connections
	 * @param location where it is
	 * @param settings when to checkpoint
	 * @param listener is told of each checkpoint
	 * @throws SQLException when the database cannot be read
	 */
	public SqliteCheckpointer(SqlitePool pool, DatabaseLocation location, CheckpointSettings settings,
			CheckpointListener listener) throws SQLException {
		this.pool = pool;
		this.location = location;
		this.settings = settings;
		this.listener = listener;
		this.gaps = new GapBackoff(pool::readLeases, settings.busyTimeout());
		this.watch = new WalWatch(location, settings, pool.writeBrake(), pageSize(pool));
		this.tail = pool.isMemory() ? null : new WalTail(pool, location, this.watch.frameBytes());
		long trigger = this.watch.frames(settings.triggerSize());
		// with one processor, commits would wait for it as long as it takes
		boolean headroom = settings.headroom() && !settings.external()
				&& Runtime.getRuntime().availableProcessors() > 1;
		this.background = (this.tail != null) ? new BackgroundCheckpoints(this, pool, settings, trigger,
				headroom ? headroom(this.tail, trigger, WalHeadroom.FILE_SYSTEMS) : null) : null;
	}

	/**
	 * What makes the WAL ready ahead of the writer.
	 * @param tail the end of the WAL
	 * @param trigger frames from which on the WAL is to start over
	 * @param fileSystems on which file systems to
	 * @return it, not at work
	 */
	WalHeadroom headroom(WalTail tail, long trigger, Set<String> fileSystems) {
		return new WalHeadroom(this.pool, this.location, tail, trigger, fileSystems);
	}

	/**
	 * The end of the WAL, {@code null} for a database in memory.
	 */
	@Nullable WalTail tail() {
		return this.tail;
	}

	private static long pageSize(SqlitePool pool) throws SQLException {
		if (pool.isMemory()) {
			return DEFAULT_PAGE_SIZE;
		}
		String size = pool.maintenance()
			.run((connection) -> String.valueOf(connection.queryForString("PRAGMA page_size")), pool.deadline());
		return Long.parseLong(size);
	}

	/**
	 * Deals with a large WAL that the process before has left, and begins to look after
	 * it.
	 * @throws SQLException when the WAL cannot be read
	 */
	public void start() throws SQLException {
		if (this.background == null) {
			return;
		}
		WalStatus wal = walStatus();
		long trigger = this.watch.frames(this.settings.triggerSize());
		if (!this.settings.external() && wal != null && trigger > 0 && wal.frames() >= trigger) {
			CheckpointResult result = checkpoint(CheckpointMode.TRUNCATE, CheckpointTrigger.STARTUP,
					this.pool.deadline());
			logger.info("The WAL of {} had {} frames at the start; after a checkpoint of {} ms: {}", this.location,
					wal.frames(), result.duration().toMillis(), result.outcome());
		}
		if (!this.settings.interval().isZero() || this.settings.triggerSize() > 0) {
			this.background.start();
		}
	}

	/**
	 * Stops to look after the WAL; a checkpoint that runs goes on to its end. Checkpoints
	 * that are asked for run as before.
	 */
	public void stop() {
		if (this.background != null) {
			this.background.stop();
		}
	}

	/**
	 * Runs a checkpoint now, after the one that is running. FULL, RESTART and TRUNCATE
	 * wait for the writer, before all others, for at most {@code sqlite.lock-timeout},
	 * and for readers for at most {@code sqlite.checkpoint.busy-timeout}, while writers
	 * go on. Before and after a TRUNCATE writers have their turn, for at most a twentieth
	 * of that each time, while readers wait. When the file is large they have it also
	 * between the pieces in which most of it is given back to the file system.
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
		if (isRunning()) {
			return CheckpointResult.skipped(mode, trigger, "another checkpoint is running");
		}
		if (mode == CheckpointMode.PASSIVE && isWalCopied()) {
			return CheckpointResult.skipped(mode, trigger, "there is nothing to copy");
		}
		return checkpoint(mode, trigger, Deadline.after(BACKGROUND_LIMIT));
	}

	/**
	 * Makes the WAL file empty at the time of the cron expression, after the checkpoint
	 * that is running. Says in the log when it could not.
	 * @return what it achieved
	 */
	public CheckpointResult truncateOnSchedule() {
		CheckpointResult result = checkpoint(CheckpointMode.TRUNCATE, CheckpointTrigger.CRON,
				Deadline.after(BACKGROUND_LIMIT));
		if (result.outcome() != CheckpointOutcome.RESET && !this.pool.isMemory() && !this.pool.isClosing()) {
			logger.warn("The scheduled checkpoint of {} did not make the WAL empty ({}): {}", this.location,
					result.outcome(), result.detail());
		}
		return result;
	}

	/**
	 * Whether a WAL that is held back is made ready ahead of the writer.
	 */
	boolean hasHeadroom() {
		return this.background != null && this.background.hasHeadroom();
	}

	/**
	 * Whether a checkpoint is running.
	 */
	boolean isRunning() {
		return this.running.isLocked();
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
	 * Makes the WAL start over, because it has reached its trigger size.
	 */
	CheckpointResult startOver() {
		return startOver(PACE_AFTER, 1);
	}

	/**
	 * Makes the WAL start over, because it has reached its trigger size.
	 * @param paceAfter commits that may be made while it copies before writers are paced
	 * @param fill how many times its trigger size the WAL has: the larger it is, the
	 * longer readers are waited for
	 */
	CheckpointResult startOver(long paceAfter, double fill) {
		this.paceAfter = paceAfter;
		this.fill = fill;
		CheckpointResult result = checkpoint(CheckpointMode.RESTART, CheckpointTrigger.PRESSURE,
				Deadline.after(BACKGROUND_LIMIT));
		Duration evictAfter = this.pool.evictReadAfter();
		if (evictAfter != null && this.watch.isOverLimit() && !result.heldBackBy().isEmpty()) {
			this.pool.evictReads(evictAfter);
		}
		return result;
	}

	/**
	 * Copies what is new, because the interval has passed.
	 * @param paceAfter commits that may be made while it copies before writers are paced
	 */
	void copyAtInterval(long paceAfter) {
		this.paceAfter = paceAfter;
		checkpointIfIdle(CheckpointMode.PASSIVE, CheckpointTrigger.INTERVAL);
	}

	/**
	 * Commits what is pending in batches, waits for the write transactions that are under
	 * way or were asked for before, and makes sure that everything that is committed by
	 * then is in the database file. Call it before processes are started that read the
	 * file, and they all see every row, also those that open or copy the main file alone.
	 * @return what the checkpoint achieved: {@code COMPLETE} or {@code RESET}
	 * @throws IllegalStateException when it could not be done within
	 * {@code sqlite.lock-timeout}, with what stood in the way, when this thread is in a
	 * write transaction of its own, which it must commit first, or when another program
	 * checkpoints the database
	 */
	public CheckpointResult prepareForOtherProcesses() {
		Deadline deadline = this.pool.deadline();
		try {
			this.pool.flushPendingWork(deadline);
		}
		catch (SQLException ex) {
			throw new IllegalStateException("What is pending could not be committed: " + ex.getMessage(), ex);
		}
		awaitWritesBefore(deadline);
		while (true) {
			CheckpointResult result = checkpoint(CheckpointMode.FULL, CheckpointTrigger.OTHER_PROCESSES, deadline);
			if (result.isComplete() || this.pool.isMemory()) {
				return result;
			}
			if (result.outcome() == CheckpointOutcome.FAILED || this.settings.external() || deadline.hasPassed()
					|| Thread.currentThread().isInterrupted()) {
				throw incomplete(result.detail() + ((result.walFrames() < 0) ? ""
						: " (" + result.checkpointedFrames() + " of " + result.walFrames() + " frames are copied)"),
						null);
			}
			LockSupport.parkNanos(Math.min(RETRY_NANOS, deadline.remainingNanos()));
		}
	}

	/**
	 * Stands in the queue of the writer once, because a checkpoint goes before all
	 * others.
	 */
	private void awaitWritesBefore(Deadline deadline) {
		try (Lease lease = this.pool.acquireWriterForOthers("prepareForOtherProcesses", deadline)) {
			logger.trace("{} are committed", lease);
		}
		catch (SelfDeadlockException ex) {
			throw incomplete(CheckpointRun.IN_TRANSACTION, ex);
		}
		catch (SQLException ex) {
			throw incomplete(ex.getMessage(), ex);
		}
	}

	private static IllegalStateException incomplete(@Nullable String reason, @Nullable SQLException cause) {
		return new IllegalStateException("The database file does not hold everything yet, because " + reason, cause);
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
			return CheckpointResult.skipped(mode, trigger, "a database in memory has no WAL");
		}
		if (this.settings.external()) {
			return CheckpointResult.skipped(mode, trigger,
					"another program checkpoints this database (sqlite.checkpoint.external)");
		}
		Instant startedAt = Instant.now();
		long start = System.nanoTime();
		if (!lock(deadline)) {
			return CheckpointResult.skipped(mode, trigger, Thread.currentThread().isInterrupted()
					? "the thread was interrupted" : "another checkpoint is running");
		}
		CheckpointResult result;
		try {
			long resets = this.watch.resets();
			CheckpointRun run = newRun(mode, trigger, deadline);
			try {
				result = runLocked(run, mode, trigger, startedAt, start);
				this.watch.ended(result, status(result), resets);
			}
			catch (SelfDeadlockException ex) {
				// the caller's mistake, which says nothing of the WAL
				result = result(run, null, mode, trigger, CheckpointOutcome.FAILED, CheckpointRun.IN_TRANSACTION,
						startedAt, start);
			}
			catch (DatabaseClosedException ex) {
				if (trigger.isBackground()) {
					// the checkpoint of the shutdown does its work
					return CheckpointResult.skipped(mode, trigger, String.valueOf(ex.getMessage()));
				}
				result = result(run, null, mode, trigger, CheckpointOutcome.FAILED, ex.getMessage(), startedAt, start);
			}
			this.history.add(result);
		}
		finally {
			this.running.unlock();
		}
		logger.debug("{}", result);
		CheckpointResult ended = result;
		tell(() -> this.listener.checkpointed(ended));
		tellChanges();
		return result;
	}

	private CheckpointRun newRun(CheckpointMode mode, CheckpointTrigger trigger, Deadline deadline) {
		double full = (trigger == CheckpointTrigger.PRESSURE) ? this.fill : 1;
		double factor = Math.max(1, Math.min(full / 2, MAX_PATIENCE));
		Duration patience = Duration.ofNanos((long) (this.settings.busyTimeout().toNanos() * factor));
		return new CheckpointRun(this.pool, this.tail, this.gaps, patience, full >= URGENT, pace(mode, trigger),
				deadline);
	}

	private @Nullable WalStatus status(CheckpointResult result) {
		if (result.walFrames() < 0) {
			return null;
		}
		WalStatus status = new WalStatus(result.walFrames(), result.checkpointedFrames(), this.location.walBytes(),
				Instant.now());
		this.lastStatus = status;
		return status;
	}

	private CheckpointResult runLocked(CheckpointRun run, CheckpointMode mode, CheckpointTrigger trigger,
			Instant startedAt, long start) throws SelfDeadlockException, DatabaseClosedException {
		WalCheckpointRow row = null;
		CheckpointOutcome outcome;
		String detail;
		try {
			row = run(run, mode, trigger);
			outcome = outcome(row, run, trigger);
			detail = run.obstacle(row);
		}
		catch (SelfDeadlockException | DatabaseClosedException ex) {
			throw ex;
		}
		catch (LockTimeoutException | LockCycleException | WriterQueueFullException ex) {
			outcome = CheckpointOutcome.BUSY;
			detail = ex.getMessage();
		}
		catch (SQLException ex) {
			outcome = Thread.currentThread().isInterrupted() ? CheckpointOutcome.SKIPPED : CheckpointOutcome.FAILED;
			detail = ex.getMessage();
		}
		return result(run, row, mode, trigger, outcome, detail, startedAt, start);
	}

	private static CheckpointResult result(CheckpointRun run, @Nullable WalCheckpointRow row, CheckpointMode mode,
			CheckpointTrigger trigger, CheckpointOutcome outcome, @Nullable String detail, Instant startedAt,
			long start) {
		CheckpointMode reached = (trigger == CheckpointTrigger.PRESSURE) ? run.mode() : mode;
		return new CheckpointResult(reached, trigger, outcome, run.framesBefore(), (row != null) ? row.log() : -1,
				(row != null) ? row.checkpointed() : -1, startedAt, Duration.ofNanos(System.nanoTime() - start),
				run.writersBlocked(), run.writersSlowed(), run.readersBlocked(), run.heldBackBy(), detail);
	}

	private static WalCheckpointRow run(CheckpointRun run, CheckpointMode mode, CheckpointTrigger trigger)
			throws SQLException {
		if (mode == CheckpointMode.PASSIVE) {
			return run.copy();
		}
		return switch (trigger) {
			case PRESSURE -> run.startOver();
			case SHUTDOWN -> run.last(mode);
			default -> run.goAsFarAs(mode);
		};
	}

	private long pace(CheckpointMode mode, CheckpointTrigger trigger) {
		return switch (trigger) {
			case PRESSURE, INTERVAL -> this.paceAfter;
			// nobody is blocked by a PASSIVE that is asked for
			default -> (mode == CheckpointMode.PASSIVE) ? Integer.MAX_VALUE : PACE_AFTER;
		};
	}

	private static CheckpointOutcome outcome(WalCheckpointRow row, CheckpointRun run, CheckpointTrigger trigger) {
		CheckpointOutcome outcome = row.outcome(run.mode());
		if (trigger == CheckpointTrigger.PRESSURE && outcome == CheckpointOutcome.BUSY && !row.isElsewhere()) {
			// the background takes what it can get
			return row.isCopied() ? CheckpointOutcome.COMPLETE : CheckpointOutcome.PARTIAL;
		}
		return outcome;
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

	/**
	 * Tells the listener of changes in their order. Whoever finds another thread at it
	 * leaves his to that one.
	 */
	void tellChanges() {
		while (this.watch.hasUntold() && !this.telling.isHeldByCurrentThread() && this.telling.tryLock()) {
			try {
				WalStateChange change = this.watch.nextUntold();
				if (change != null) {
					tell(() -> this.listener.walStateChanged(change));
				}
			}
			finally {
				this.telling.unlock();
			}
		}
	}

	boolean hasUntold() {
		return this.watch.hasUntold();
	}

	private static void tell(Runnable telling) {
		try {
			telling.run();
		}
		catch (Throwable ex) {
			// whatever it is, the checkpoints go on
			logger.warn("A listener failed", ex);
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
		look();
		return this.lastStatus;
	}

	/**
	 * Looks at the WAL.
	 * @return what is there now, {@code null} when somebody else looks or checkpoints
	 */
	@Nullable WalStatus look() throws SQLException {
		WalStatus status = this.pool.maintenance().<WalStatus>tryRun((connection) -> {
			WalCheckpointRow row = WalCheckpointRow.run(connection, WalCheckpointRow.NOOP);
			WalStatus seen = new WalStatus(row.log(), row.checkpointed(), this.location.walBytes(), Instant.now());
			// before anybody else can look, so that looks are taken in their order
			this.lastStatus = seen;
			this.watch.observed(seen);
			return seen;
		});
		if (status != null && (this.background == null || !this.background.tells())) {
			// whoever only looks does not run the listeners when there is a thread for it
			tellChanges();
		}
		return status;
	}

	/**
	 * For how long the WAL had better not be made to start over, because that would hold
	 * up readers that were held up just now.
	 * @return nanoseconds, zero or less for not at all
	 */
	long readersRestNanos() {
		return this.pool.areReadersHome() ? 0 : this.gaps.restNanos();
	}

	/**
	 * The frames of the WAL that count: none, when it starts over with the next write.
	 */
	long framesInUse(WalStatus wal) {
		return this.watch.framesInUse(wal);
	}

	/**
	 * How the WAL is doing, and since when.
	 * @return the last change; from NORMAL to NORMAL when there was none
	 */
	public WalStateChange walState() {
		return this.watch.current();
	}

	/**
	 * How often the WAL was seen to start over.
	 * @return the count since the database was opened
	 */
	public long walResets() {
		return this.watch.resets();
	}

	/**
	 * When the WAL was last seen to start over.
	 * @return the time, or {@code null} when it has not since the database was opened
	 */
	public @Nullable Instant lastWalReset() {
		return this.watch.lastReset();
	}

	/**
	 * When it checkpoints.
	 * @return the settings
	 */
	public CheckpointSettings settings() {
		return this.settings;
	}

	/**
	 * The last checkpoints. Of those that the background ran one after the other, and
	 * that ended alike, only the last is kept.
	 * @return results, the newest first
	 */
	public List<CheckpointResult> history() {
		return this.history.all();
	}

	/**
	 * The last checkpoint.
	 * @return its result, or {@code null} before the first
	 */
	public @Nullable CheckpointResult last() {
		return this.history.last();
	}

}
