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

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CheckpointPressure}.
 */
class CheckpointPressureTests {

	private final CheckpointPressure pressure = new CheckpointPressure(1000);

	@Test
	void isDueFromTheTriggerOn() {
		assertThat(this.pressure.observe(1, 999)).isFalse();
		assertThat(this.pressure.observe(2, 1000)).isTrue();
		assertThat(this.pressure.observe(3, 5000)).isTrue();
	}

	@Test
	void isNeverDueWithoutATrigger() {
		CheckpointPressure none = new CheckpointPressure(0);
		assertThat(none.observe(1, 1_000_000)).isFalse();
		assertThat(none.nextLook()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void nextLookComesBeforeTheTriggerIsReached() {
		// ten frames a commit, so that 90 more commits reach it
		this.pressure.observe(10, 100);
		assertThat(this.pressure.nextLook()).isGreaterThan(10).isLessThan(10 + 90);
	}

	@Test
	void nextLookGetsCloserToTheTriggerAndIsAlwaysAhead() {
		long commits = 10;
		long frames = 100;
		int looks = 0;
		while (!this.pressure.observe(commits, frames)) {
			long next = this.pressure.nextLook();
			assertThat(next).isGreaterThan(commits);
			frames += 10 * (next - commits);
			commits = next;
			looks++;
		}
		assertThat(frames).as("at a steady load it is not overshot").isLessThanOrEqualTo(1010);
		assertThat(looks).as("and not looked at for each of the 90 commits").isLessThan(20);
	}

	@Test
	void learnsFromEachLookAlsoWhenTheWalHasStartedOverInBetween() {
		this.pressure.observe(10, 900);
		long few = this.pressure.nextLook() - 10;
		// a hundred commits made the 100 frames since it started over
		this.pressure.observe(110, 100);
		assertThat(this.pressure.nextLook() - 110).isGreaterThan(few);
	}

	@Test
	void looksWithoutACommitTeachNothing() {
		this.pressure.observe(10, 100);
		long next = this.pressure.nextLook();
		this.pressure.observe(10, 100);
		assertThat(this.pressure.nextLook()).isEqualTo(next);
	}

	@Test
	void commitsOfNoFramesDoNotPutTheNextLookOffForEver() {
		this.pressure.observe(1_000, 0);
		assertThat(this.pressure.nextLook()).isLessThanOrEqualTo(1_000 + 100_000);
	}

	@Test
	void pauseDoublesWithEachRoundThatFailsUpToALimit() {
		assertThat(this.pressure.spacingNanos()).isEqualTo(CheckpointPressure.MIN_SPACING_NANOS);
		this.pressure.ended(false);
		long first = this.pressure.spacingNanos();
		assertThat(first).isGreaterThan(CheckpointPressure.MIN_SPACING_NANOS);
		this.pressure.ended(false);
		assertThat(this.pressure.spacingNanos()).isEqualTo(2 * first);
		for (int i = 0; i < 20; i++) {
			this.pressure.ended(false);
		}
		assertThat(this.pressure.spacingNanos()).isEqualTo(CheckpointPressure.MAX_SPACING_NANOS)
			.isEqualTo(Duration.ofSeconds(1).toNanos());
	}

	@Test
	void oneRoundThatSucceedsIsFollowedByTheShortestPause() {
		this.pressure.ended(false);
		this.pressure.ended(false);
		this.pressure.ended(true);
		assertThat(this.pressure.spacingNanos()).isEqualTo(CheckpointPressure.MIN_SPACING_NANOS);
	}

	@Test
	void noNeedForARoundIsFollowedByTheShortestPauseAndForgetsNoFrames() {
		this.pressure.observe(10, 500);
		long next = this.pressure.nextLook();
		this.pressure.ended(false);
		this.pressure.relax();
		assertThat(this.pressure.spacingNanos()).isEqualTo(CheckpointPressure.MIN_SPACING_NANOS);
		assertThat(this.pressure.nextLook()).isEqualTo(next);
	}

	@Test
	void afterAResetTheWholeTriggerIsAhead() {
		this.pressure.observe(100, 1000);
		this.pressure.ended(true);
		// ten frames a commit
		assertThat(this.pressure.nextLook()).isBetween(100L + 50, 100L + 100);
	}

}
