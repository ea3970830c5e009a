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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.pool.LeaseStatus;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.WriteBrake;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WalWatch}.
 */
class WalWatchTests {

	private static final int PAGE = 4096;

	private static final long FRAME = PAGE + 24;

	private static final long TRIGGER = 10 * FRAME;

	private static final long LIMIT = 100 * FRAME;

	private static final List<PinStatus> PIN = List.of(new PinStatus(
			new LeaseStatus("reader-1", "http-7", Duration.ofSeconds(1), "SELECT 1"), Instant.now(), List.of()));

	private final AtomicLong nanos = new AtomicLong(-1);

	private final List<WalState> states = new ArrayList<>();

	private final WriteBrake brake = new WriteBrake();

	private WalWatch watch = watch(WalLimitPolicy.REPORT);

	private long looks;

	@Test
	void walThatIsHeldBackForAWhileIsToldOnceAndWhenItIsWellOnce() {
		look(20);
		heldBack(20);
		assertThat(this.states).as("one round that fails is no news").isEmpty();
		pass(Duration.ofMillis(499));
		heldBack(21);
		assertThat(this.states).isEmpty();
		pass(Duration.ofMillis(1));
		heldBack(22);
		assertThat(this.states).containsExactly(WalState.HELD_BACK);
		for (int i = 23; i < 40; i++) {
			look(i);
			heldBack(i);
		}
		assertThat(this.states).containsExactly(WalState.HELD_BACK);
		assertThat(this.watch.current().heldBackBy()).isEqualTo(PIN);
		assertThat(this.watch.current().detail()).isEqualTo("a reader");
		reset(40);
		look(1);
		assertThat(this.states).containsExactly(WalState.HELD_BACK, WalState.NORMAL);
		assertThat(this.watch.current().heldBackBy()).isEmpty();
		assertThat(this.watch.current().detail()).isNull();
	}

	@Test
	void walThatIsHeldBackIsWellWhenItStartsOverByItself() {
		heldBack(20);
		pass(Duration.ofSeconds(1));
		heldBack(21);
		look(3);
		assertThat(this.states).containsExactly(WalState.HELD_BACK, WalState.NORMAL);
		assertThat(this.watch.resets()).isOne();
	}

	@Test
	void nextTimeItIsHeldBackTheWhileBeginsAnew() {
		heldBack(20);
		pass(Duration.ofSeconds(1));
		reset(20);
		heldBack(20);
		assertThat(this.states).isEmpty();
	}

	// a transaction may be larger than the limit
	@Test
	void largeWalThatNobodyHoldsBackIsNotOverItsLimit() {
		this.watch = watch(WalLimitPolicy.REFUSE);
		look(500);
		assertThat(this.brake.refusal()).isNull();
		reset(500);
		assertThat(this.states).isEmpty();
		look(500);
		heldBack(500);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT);
		assertThat(this.brake.refusal()).contains("a reader");
	}

	@Test
	void limitIsToldOnceOnTheWayUpAndOnceWellBelowItOnTheWayDown() {
		heldBack(99);
		assertThat(this.states).isEmpty();
		look(100);
		look(101);
		look(500);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT);
		// frames of an undone transaction are not counted any more
		look(99);
		look(81);
		look(100);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT);
		look(79);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT, WalState.NORMAL);
		look(99);
		assertThat(this.states).hasSize(2);
	}

	@Test
	void walOverItsLimitIsWellAfterAResetAndNotWithItsSizeOnDisk() {
		heldBack(150);
		reset(150);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT, WalState.NORMAL);
		// RESTART leaves the frames there until the next write
		look(150, 150);
		assertThat(this.states).hasSize(2);
		assertThat(this.watch.framesInUse(wal(150, 150))).isZero();
	}

	@Test
	void writesAreRefusedFromTheLimitOnUntilTheWalIsWellBelowIt() {
		this.watch = watch(WalLimitPolicy.REFUSE);
		look(99);
		assertThat(this.brake.refusal()).isNull();
		heldBack(100);
		assertThat(this.brake.refusal()).contains("above its limit", "sqlite.checkpoint.max-wal-size", "a reader");
		look(90);
		assertThat(this.brake.refusal()).isNotNull();
		reset(90);
		assertThat(this.brake.refusal()).isNull();
	}

	@Test
	void whoHoldsTheWalBackIsNotForgottenWhenAPassiveCopiesAll() {
		this.watch = watch(WalLimitPolicy.REFUSE);
		heldBack(100);
		ended(CheckpointTrigger.REQUEST, CheckpointOutcome.COMPLETE, 100, List.of(), null);
		assertThat(this.brake.refusal()).contains("a reader");
		assertThat(this.watch.current().heldBackBy()).isEqualTo(PIN);
	}

	@Test
	void checkpointsThatFailAreToldOnceAndOnceWhenTheySucceed() {
		failed();
		failed();
		assertThat(this.states).containsExactly(WalState.FAILING);
		assertThat(this.watch.current().detail()).isEqualTo("disk I/O error");
		// which says nothing of the disk
		ended(CheckpointTrigger.PRESSURE, CheckpointOutcome.BUSY, -1, List.of(), "another process");
		assertThat(this.states).hasSize(1);
		ended(CheckpointTrigger.INTERVAL, CheckpointOutcome.COMPLETE, 5, List.of(), null);
		assertThat(this.states).containsExactly(WalState.FAILING, WalState.NORMAL);
	}

	@Test
	void failingIsWorseThanTheLimitAndTheLimitIsStillThereAfterwards() {
		heldBack(120);
		failed();
		ended(CheckpointTrigger.INTERVAL, CheckpointOutcome.COMPLETE, 120, List.of(), null);
		assertThat(this.states).containsExactly(WalState.OVER_LIMIT, WalState.FAILING, WalState.OVER_LIMIT);
	}

	// @formatter:off
	//
	// checkpoint        writer        look
	// RESTART: reset
	//                                 30 frames, none in use
	//                   INSERT
	//                                 2 frames: the same reset
	//
	// @formatter:on
	@Test
	void resetIsCountedOnceAlthoughTheFramesDecreaseLater() {
		look(30);
		reset(30);
		assertThat(this.watch.resets()).isOne();
		assertThat(this.watch.lastReset()).isNotNull();
		look(30, 30);
		look(2);
		look(5);
		assertThat(this.watch.resets()).isOne();
		reset(5);
		assertThat(this.watch.resets()).isEqualTo(2);
	}

	// @formatter:off
	//
	// checkpoint        writer        look
	// RESTART: reset
	//                   INSERT
	//                                 2 frames: fewer than before
	// ends              (not another one)
	//
	// @formatter:on
	@Test
	void resetThatALookHasSeenBeforeTheCheckpointEndsIsCountedOnce() {
		look(30);
		long before = this.watch.resets();
		look(2);
		CheckpointResult result = result(CheckpointTrigger.PRESSURE, CheckpointOutcome.RESET, 30, List.of(), null);
		this.watch.ended(result, wal(2, 0), before);
		assertThat(this.watch.resets()).isOne();
		look(3);
		assertThat(this.watch.resets()).isOne();
	}

	@Test
	void resetOfAnotherProcessIsCountedWhenItIsSeen() {
		look(30);
		look(4);
		look(8);
		assertThat(this.watch.resets()).isOne();
	}

	@Test
	void resetOfAnEmptyWalIsNone() {
		reset(0);
		reset(0);
		assertThat(this.watch.resets()).isZero();
	}

	@Test
	void walThatHasGrownToTheSameSizeAgainIsInUse() {
		look(30);
		reset(30);
		assertThat(this.watch.framesInUse(wal(30, 30))).isZero();
		assertThat(this.watch.framesInUse(wal(30, 0))).isEqualTo(30);
		look(30, 0);
		assertThat(this.watch.framesInUse(wal(30, 30))).as("copied since").isEqualTo(30);
	}

	@Test
	void fileThatIsNotInWalModeChangesNothing() {
		heldBack(120);
		this.watch.observed(wal(-1, -1));
		assertThat(this.watch.hasUntold()).isFalse();
		assertThat(this.watch.current().current()).isEqualTo(WalState.OVER_LIMIT);
	}

	// another program has copied all, and only a write can start the WAL over
	@Test
	void writesAreNotRefusedForAWalThatAnotherProgramHasCopied() {
		WalWatch external = new WalWatch(DatabaseLocation.memory(), new CheckpointSettings(Duration.ofSeconds(1),
				TRIGGER, Duration.ZERO, LIMIT, WalLimitPolicy.REFUSE, true, false), this.brake, PAGE, this.nanos::get);
		external.observed(wal(1000, 10));
		assertThat(this.brake.refusal()).isNotNull();
		external.observed(wal(1000, 1000));
		assertThat(this.brake.refusal()).isNull();
		assertThat(external.framesInUse(wal(1000, 1000))).isZero();
	}

	private WalWatch watch(WalLimitPolicy policy) {
		return new WalWatch(DatabaseLocation.memory(),
				new CheckpointSettings(Duration.ZERO, TRIGGER, Duration.ZERO, LIMIT, policy, false, false), this.brake,
				PAGE, this.nanos::get);
	}

	private void look(long frames) {
		look(frames, 0);
	}

	private void look(long frames, long checkpointed) {
		this.watch.observed(wal(frames, checkpointed));
		told();
	}

	private void heldBack(long frames) {
		ended(CheckpointTrigger.PRESSURE, CheckpointOutcome.PARTIAL, frames, PIN, "a reader");
	}

	private void reset(long frames) {
		ended(CheckpointTrigger.PRESSURE, CheckpointOutcome.RESET, frames, List.of(), null);
	}

	private void failed() {
		ended(CheckpointTrigger.PRESSURE, CheckpointOutcome.FAILED, -1, List.of(), "disk I/O error");
	}

	private void ended(CheckpointTrigger trigger, CheckpointOutcome outcome, long frames, List<PinStatus> pins,
			@Nullable String detail) {
		long checkpointed = (outcome == CheckpointOutcome.PARTIAL) ? frames / 2 : frames;
		this.watch.ended(result(trigger, outcome, frames, pins, detail),
				(frames >= 0) ? wal(frames, checkpointed) : null, this.watch.resets());
		told();
	}

	private static CheckpointResult result(CheckpointTrigger trigger, CheckpointOutcome outcome, long frames,
			List<PinStatus> pins, @Nullable String detail) {
		return new CheckpointResult(CheckpointMode.RESTART, trigger, outcome, frames, frames, frames, Instant.now(),
				Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, pins, detail);
	}

	private WalStatus wal(long frames, long checkpointed) {
		this.looks++;
		return new WalStatus(frames, checkpointed, 1000 * FRAME, Instant.EPOCH.plusSeconds(this.looks));
	}

	private void told() {
		WalStateChange change = this.watch.nextUntold();
		if (change != null) {
			assertThat(change.previous())
				.isEqualTo(this.states.isEmpty() ? WalState.NORMAL : this.states.get(this.states.size() - 1));
			this.states.add(change.current());
		}
	}

	private void pass(Duration time) {
		this.nanos.addAndGet(time.toNanos());
	}

}
