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

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CheckpointHistory}.
 */
class CheckpointHistoryTests {

	private final CheckpointHistory history = new CheckpointHistory();

	@Test
	void ofThoseTheBackgroundRanInPeaceOnlyTheLastIsKept() {
		CheckpointResult request = add(CheckpointTrigger.REQUEST, CheckpointOutcome.COMPLETE, null);
		add(CheckpointTrigger.INTERVAL, CheckpointOutcome.COMPLETE, null);
		add(CheckpointTrigger.PRESSURE, CheckpointOutcome.RESET, null);
		CheckpointResult last = add(CheckpointTrigger.INTERVAL, CheckpointOutcome.COMPLETE, null);
		assertThat(this.history.all()).containsExactly(last, request);
	}

	@Test
	void aNightOfHeldBackRoundsDoesNotPushTheRestOut() {
		CheckpointResult request = add(CheckpointTrigger.REQUEST, CheckpointOutcome.RESET, null);
		CheckpointResult complete = add(CheckpointTrigger.PRESSURE, CheckpointOutcome.COMPLETE,
				"a reader uses the WAL");
		for (int i = 0; i < 100; i++) {
			add(CheckpointTrigger.PRESSURE, CheckpointOutcome.PARTIAL, "a reader uses the WAL");
		}
		CheckpointResult last = add(CheckpointTrigger.PRESSURE, CheckpointOutcome.PARTIAL, "another reader");
		CheckpointResult reset = add(CheckpointTrigger.PRESSURE, CheckpointOutcome.RESET, null);
		assertThat(this.history.all()).containsExactly(reset, last, complete, request);
		assertThat(this.history.last()).isEqualTo(reset);
	}

	@Test
	void whatWasAskedForIsKeptUpToFifty() {
		for (int i = 0; i < 60; i++) {
			add(CheckpointTrigger.REQUEST, CheckpointOutcome.COMPLETE, null);
		}
		assertThat(this.history.all()).hasSize(50);
	}

	private CheckpointResult add(CheckpointTrigger trigger, CheckpointOutcome outcome, @Nullable String detail) {
		CheckpointResult result = new CheckpointResult(CheckpointMode.PASSIVE, trigger, outcome, 1, 1, 1, Instant.now(),
				Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, List.of(), detail);
		this.history.add(result);
		return result;
	}

}
