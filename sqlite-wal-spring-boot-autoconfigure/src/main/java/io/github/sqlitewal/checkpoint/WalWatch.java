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

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.WriteBrake;

/**
 * Follows how the WAL is doing, from what looks and checkpoints tell: counts how often it
 * has started over, notices when it is held back or larger than it may be, and holds
 * writers up if that is the policy. Speaks, in the log and to listeners, when the state
 * changes and not at every look.
 * <p>
 * Safe for use by many threads. Changes are kept in their order for the caller, who tells
 * the listeners when no lock is held.
 */
final class WalWatch {

	/** The header of a frame; the one of the file is not worth counting. */
	private static final int FRAME_HEADER_BYTES = 24;

	/** A round that fails once is followed by others; a WAL held back outlasts them. */
	private static final long HELD_BACK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	/** Down from its limit by this much, so that the state does not flicker. */
	private static final double BELOW_LIMIT = 0.8;

	private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(SqliteCheckpointer.class);

	private final DatabaseLocation location;

	private final CheckpointSettings settings;

	private final WriteBrake brake;

	private final long pageSize;

	private final LongSupplier nanoTime;

	private long lastFrames;

	/** The frames of a WAL that starts over with the next write. */
	private long spentFrames = -1;

	private volatile long resets;

	private volatile @Nullable Instant lastReset;

	private long heldBackSince;

	private boolean heldBack;

	private boolean failing;

	private boolean overLimit;

	private List<PinStatus> heldBackBy = List.of();

	private @Nullable String detail;

	private final Queue<WalStateChange> untold = new ConcurrentLinkedQueue<>();

	private volatile WalStateChange current = new WalStateChange(WalState.NORMAL, WalState.NORMAL, Instant.now(), null,
			List.of(), null);

	WalWatch(DatabaseLocation location, CheckpointSettings settings, WriteBrake brake, long pageSize) {
		this(location, settings, brake, pageSize, System::nanoTime);
	}

	WalWatch(DatabaseLocation location, CheckpointSettings settings, WriteBrake brake, long pageSize,
			LongSupplier nanoTime) {
		this.location = location;
		this.settings = settings;
		this.brake = brake;
		this.pageSize = pageSize;
		this.nanoTime = nanoTime;
	}

	long frameBytes() {
		return this.pageSize + FRAME_HEADER_BYTES;
	}

	long frames(long bytes) {
		return (bytes == 0) ? 0 : Math.max(1, bytes / frameBytes());
	}

	/**
	 * The frames that count, which are none when the WAL starts over with the next write.
	 */
	synchronized long framesInUse(WalStatus wal) {
		if (this.settings.external() && wal.checkpointedFrames() == wal.frames()) {
			// the next write starts it over, and nobody here can do more for that
			return 0;
		}
		return isSpent(wal) ? 0 : wal.frames();
	}

	/** A WAL that has grown to the same size again has frames that are not copied. */
	private boolean isSpent(WalStatus wal) {
		return wal.frames() == this.spentFrames && wal.checkpointedFrames() == wal.frames();
	}

	/**
	 * Takes a look at the WAL into account.
	 */
	synchronized void observed(WalStatus wal) {
		if (wal.frames() < 0) {
			return;
		}
		if (wal.frames() < this.lastFrames) {
			wasReset();
		}
		if (!isSpent(wal)) {
			this.spentFrames = -1;
		}
		this.lastFrames = framesInUse(wal);
		long bytes = this.lastFrames * frameBytes();
		long limit = this.settings.maxWalSize();
		this.overLimit = limit > 0
				&& (this.overLimit ? bytes >= (long) (limit * BELOW_LIMIT) : bytes >= limit && hasBeenTried());
		if (frames(this.settings.triggerSize()) > this.lastFrames) {
			this.heldBack = false;
		}
		brake(bytes, limit);
		change(wal);
	}

	/**
	 * A transaction that is larger than the limit makes a large WAL that starts over at
	 * once, so the first round is waited for, which also finds out who holds it back.
	 */
	private boolean hasBeenTried() {
		return this.heldBack || this.settings.external() || this.settings.triggerSize() == 0;
	}

	private void wasReset() {
		this.resets++;
		this.lastReset = Instant.now();
		this.heldBack = false;
	}

	/**
	 * Takes the end of a checkpoint into account.
	 * @param result what it achieved
	 * @param wal the WAL afterwards, {@code null} when it is not known
	 * @param resetsBefore how often the WAL had started over when the checkpoint began
	 */
	synchronized void ended(CheckpointResult result, @Nullable WalStatus wal, long resetsBefore) {
		if (result.outcome() == CheckpointOutcome.FAILED) {
			this.failing = true;
		}
		else if (result.walFrames() >= 0) {
			this.failing = false;
		}
		if (result.outcome() == CheckpointOutcome.RESET) {
			// somebody who looked meanwhile may have seen it first
			if (this.lastFrames > 0 && this.resets == resetsBefore) {
				wasReset();
			}
			this.heldBack = false;
			this.lastFrames = 0;
			this.spentFrames = result.walFrames();
		}
		else if (result.trigger() == CheckpointTrigger.PRESSURE && !this.heldBack) {
			this.heldBack = true;
			this.heldBackSince = this.nanoTime.getAsLong();
		}
		// a PASSIVE that copied everything does not know who uses the WAL
		if (result.outcome() == CheckpointOutcome.RESET || result.detail() != null) {
			this.heldBackBy = result.heldBackBy();
			this.detail = result.detail();
		}
		if (wal != null) {
			observed(wal);
		}
		else {
			change(null);
		}
	}

	private void brake(long bytes, long limit) {
		if (!this.overLimit || this.settings.limitPolicy() == WalLimitPolicy.REPORT) {
			this.brake.release();
		}
		else if (this.settings.limitPolicy() == WalLimitPolicy.REFUSE) {
			this.brake.refuse("The WAL of " + this.location + " holds " + size(bytes) + ", above its limit of "
					+ size(limit) + " (sqlite.checkpoint.max-wal-size), and writes are refused until it is smaller. "
					+ describe());
		}
		else {
			double over = Math.max(0.001, (double) (bytes - limit) / limit);
			this.brake.slowDown(Duration.ofNanos((long) Math.min(MAX_PAUSE.toNanos(), MAX_PAUSE.toNanos() * over)));
		}
	}

	private String describe() {
		return "It is held back: " + ((this.detail != null) ? this.detail : "by what, is not known yet");
	}

	private static String size(long bytes) {
		return (bytes >= 1 << 20) ? (bytes >> 20) + " MB" : (bytes >> 10) + " KB";
	}

	private void change(@Nullable WalStatus wal) {
		WalState state = state();
		WalStateChange previous = this.current;
		if (previous.current() == state) {
			return;
		}
		boolean well = state == WalState.NORMAL;
		WalStateChange change = new WalStateChange(previous.current(), state, Instant.now(), wal,
				well ? List.of() : this.heldBackBy, well ? null : this.detail);
		this.current = change;
		this.untold.add(change);
		switch (state) {
			case NORMAL -> logger.info("The WAL of {} starts over again as it should", this.location);
			case HELD_BACK ->
				logger.warn("The WAL of {} does not start over and grows: {}", this.location, this.detail);
			case OVER_LIMIT -> logger.warn("The WAL of {} is above its limit of {}: {}", this.location,
					size(this.settings.maxWalSize()), describe());
			case FAILING -> logger.warn("Checkpoints of {} fail: {}", this.location, this.detail);
		}
	}

	/**
	 * Takes the oldest change that no listener has been told of.
	 * @return the change, or {@code null} when there is none
	 */
	@Nullable WalStateChange nextUntold() {
		return this.untold.poll();
	}

	boolean hasUntold() {
		return !this.untold.isEmpty();
	}

	private WalState state() {
		if (this.failing) {
			return WalState.FAILING;
		}
		if (this.overLimit) {
			return WalState.OVER_LIMIT;
		}
		if (this.heldBack && this.nanoTime.getAsLong() - this.heldBackSince >= HELD_BACK_NANOS) {
			return WalState.HELD_BACK;
		}
		return WalState.NORMAL;
	}

	/**
	 * The last change; who holds the WAL back is brought up to date.
	 */
	WalStateChange current() {
		WalStateChange change = this.current;
		if (change.current() == WalState.NORMAL) {
			return change;
		}
		synchronized (this) {
			return new WalStateChange(change.previous(), change.current(), change.at(), change.wal(), this.heldBackBy,
					this.detail);
		}
	}

	synchronized boolean isOverLimit() {
		return this.overLimit;
	}

	long resets() {
		return this.resets;
	}

	@Nullable Instant lastReset() {
		return this.lastReset;
	}

}
