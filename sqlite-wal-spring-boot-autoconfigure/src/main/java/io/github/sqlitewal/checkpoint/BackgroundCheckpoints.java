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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.pool.CommitWatch;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.SqlitePool;

/**
 * The thread that looks after the WAL, off the commit path: woken when enough has been
 * committed, and by the interval for the rest.
 * <p>
 * In each look, one {@code wal_checkpoint(NOOP)}, it decides: start over when the WAL has
 * reached its trigger size; else, when the interval has passed, copy what is new; else,
 * when nothing has been written for a while and the file is large, give its space back.
 * When another program checkpoints the database, it only looks.
 */
final class BackgroundCheckpoints implements Runnable {

	/** So that a WAL which starts over beside readers stays below two trigger sizes. */
	private static final double PATIENCE = 1.25;

	/** Nobody is waiting for the space, and a file that grows again costs time. */
	private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

	private static final Logger logger = LoggerFactory.getLogger(BackgroundCheckpoints.class);

	private final SqliteCheckpointer checkpointer;

	private final SqlitePool pool;

	private final CheckpointSettings settings;

	private final CheckpointPressure pressure;

	private final @Nullable WalHeadroom headroom;

	private final long triggerFrames;

	/** Up to here a WAL may grow for the sake of readers that were held up just now. */
	private final long patientFrames;

	private long lastInterval = System.nanoTime();

	private long lastWrite = System.nanoTime();

	private long lastCommits;

	private long lastFrames;

	private boolean idleTried;

	/** A WAL that is made to start over again and again needs no interval. */
	private boolean roundSinceInterval;

	/** Whether writers are slowed down until readers may be held up again. */
	private boolean waiting;

	private boolean failing;

	private volatile boolean stopped;

	private volatile boolean running;

	private volatile Thread thread = Thread.currentThread();

	BackgroundCheckpoints(SqliteCheckpointer checkpointer, SqlitePool pool, CheckpointSettings settings,
			long triggerFrames, @Nullable WalHeadroom headroom) {
		this.checkpointer = checkpointer;
		this.pool = pool;
		this.settings = settings;
		this.triggerFrames = triggerFrames;
		this.pressure = new CheckpointPressure(triggerFrames);
		this.headroom = headroom;
		long limit = (settings.maxWalSize() > 0)
				? (long) (0.75 * triggerFrames * settings.maxWalSize() / Math.max(1, settings.triggerSize()))
				: Long.MAX_VALUE;
		this.patientFrames = Math.min((long) (PATIENCE * triggerFrames), limit);
	}

	void start() {
		this.thread = new Thread(this, "sqlite-checkpoint");
		this.thread.setDaemon(true);
		this.running = true;
		this.thread.start();
	}

	/**
	 * Whether the thread is there to tell listeners of changes, which it does now.
	 */
	boolean tells() {
		if (this.running && Thread.currentThread() != this.thread) {
			LockSupport.unpark(this.thread);
			return true;
		}
		return false;
	}

	/**
	 * Lets the thread end. A checkpoint that runs goes on to its end.
	 */
	void stop() {
		this.stopped = true;
		if (this.headroom != null) {
			this.headroom.stop();
		}
		LockSupport.unpark(this.thread);
	}

	@Override
	public void run() {
		try {
			lookUntilStopped();
		}
		finally {
			this.running = false;
			this.pool.writeBrake().endRate();
			this.checkpointer.tellChanges();
		}
	}

	private void lookUntilStopped() {
		CommitWatch watch = this.pool.commitWatch();
		watch.watch();
		while (!this.stopped) {
			watch.looks();
			boolean again = look();
			// a look that is due at once waits for the spacing all the same
			park(this.pressure.spacingNanos(), null);
			if (!again) {
				watch.wakeAt(this.pressure.nextLook());
				park(untilInterval(), watch);
			}
		}
	}

	private void park(long nanos, @Nullable CommitWatch watch) {
		long end = System.nanoTime() + nanos;
		long left = nanos;
		while (!this.stopped && left > 0 && (watch == null || !watch.isDue())) {
			LockSupport.parkNanos(this, left);
			this.checkpointer.tellChanges();
			left = end - System.nanoTime();
		}
	}

	private long untilInterval() {
		long interval = this.settings.interval().toNanos();
		return (interval > 0) ? interval - (System.nanoTime() - this.lastInterval) : Long.MAX_VALUE / 2;
	}

	/**
	 * Looks at the WAL and does what is due.
	 * @return whether the next look is due after the spacing, however little is committed
	 */
	private boolean look() {
		boolean intervalPassed = untilInterval() <= 0;
		if (intervalPassed) {
			this.lastInterval = System.nanoTime();
		}
		this.waiting = false;
		try {
			boolean again = look(intervalPassed);
			this.failing = false;
			return again;
		}
		catch (DatabaseClosedException ex) {
			this.stopped = true;
			return false;
		}
		catch (SQLException | RuntimeException | Error ex) {
			// the thread goes on, whatever it was
			if (!this.failing) {
				logger.warn("The WAL cannot be looked at", ex);
			}
			this.failing = true;
			// again, and less and less often
			this.pressure.ended(false);
			return true;
		}
		finally {
			if (!this.waiting) {
				this.pool.writeBrake().endRate();
			}
		}
	}

	private boolean look(boolean intervalPassed) throws SQLException {
		long commits = this.pool.commits();
		WalStatus wal = this.checkpointer.look();
		if (wal == null) {
			// what was seen before says nothing of the commits since
			return true;
		}
		if (wal.frames() < 0) {
			this.pressure.observe(commits, 0);
			return false;
		}
		boolean due = this.pressure.observe(commits, this.checkpointer.framesInUse(wal));
		if (this.settings.external()) {
			// when a large one starts over is not for this process to say
			if (due) {
				this.pressure.ended(false);
			}
			else {
				this.pressure.relax();
			}
			return false;
		}
		return decide(commits, wal, due, intervalPassed);
	}

	private boolean decide(long commits, WalStatus wal, boolean due, boolean intervalPassed) {
		if (commits != this.lastCommits || wal.frames() != this.lastFrames) {
			this.lastCommits = commits;
			this.lastFrames = wal.frames();
			this.lastWrite = System.nanoTime();
			this.idleTried = false;
		}
		if (due && isWorthWaiting(wal.frames())) {
			this.waiting = true;
			if (intervalPassed) {
				this.checkpointer.copyAtInterval(this.pressure.commitsWhileCopying());
			}
			this.pressure.relax();
			return true;
		}
		if (due) {
			this.roundSinceInterval = true;
			CheckpointResult result = this.checkpointer.startOver(this.pressure.commitsWhileCopying(),
					(double) wal.frames() / this.triggerFrames);
			boolean reset = result.outcome() == CheckpointOutcome.RESET;
			this.pressure.ended(reset);
			if (reset) {
				this.pressure.startedOver(this.pool.commits());
			}
			else if (this.headroom != null && isHeldBack(result.outcome())) {
				this.headroom.heldBack(wal.frames());
			}
			// also when it starts over: how much was written since is not known
			return true;
		}
		this.pressure.relax();
		if (intervalPassed) {
			if (!this.roundSinceInterval) {
				atInterval(wal);
			}
			this.roundSinceInterval = false;
		}
		return false;
	}

	private static boolean isHeldBack(CheckpointOutcome outcome) {
		return outcome == CheckpointOutcome.COMPLETE || outcome == CheckpointOutcome.PARTIAL;
	}

	/**
	 * Whether somebody makes the WAL ready ahead of the writer when it is held back.
	 */
	boolean hasHeadroom() {
		return this.headroom != null;
	}

	/**
	 * Whether the WAL may grow a little, so that readers that overlap without a pause are
	 * held up for a small part of the time only. When writers would fill it before, they
	 * are slowed down to the rate at which they do not.
	 */
	private boolean isWorthWaiting(long frames) {
		long rest = this.checkpointer.readersRestNanos();
		long room = this.patientFrames - frames;
		if (rest <= 0 || room <= 0) {
			return false;
		}
		this.pool.writeBrake().limitRate(this.pressure.commits(room) * 1e9 / rest);
		return true;
	}

	private void atInterval(WalStatus wal) {
		if (wal.frames() > wal.checkpointedFrames()) {
			this.checkpointer.copyAtInterval(this.pressure.commitsWhileCopying());
		}
		else if (!this.idleTried && wal.bytes() > this.settings.triggerSize()
				&& System.nanoTime() - this.lastWrite > IDLE_NANOS && this.pool.isIdle()) {
			this.idleTried = true;
			this.checkpointer.checkpointIfIdle(CheckpointMode.TRUNCATE, CheckpointTrigger.IDLE);
		}
	}

}
