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

import org.jspecify.annotations.Nullable;

/**
 * One checkpoint.
 *
 * @param mode how far it was to go
 * @param trigger why it ran
 * @param outcome what it achieved
 * @param walFrames frames in the WAL afterwards, a frame being one page; zero after
 * TRUNCATE, -1 when it is not known
 * @param checkpointedFrames how many of them are in the database file, -1 when it is not
 * known
 * @param startedAt when it began
 * @param duration how long it took
 * @param detail what stood in the way, or what SQLite said; {@code null} when all went
 * well
 */
public record CheckpointResult(CheckpointMode mode, CheckpointTrigger trigger, CheckpointOutcome outcome,
		long walFrames, long checkpointedFrames, Instant startedAt, Duration duration, @Nullable String detail) {

	/**
	 * Whether everything that was committed before the checkpoint is in the database
	 * file.
	 * @return whether the outcome is {@code RESET} or {@code COMPLETE}
	 */
	public boolean isComplete() {
		return this.outcome == CheckpointOutcome.RESET || this.outcome == CheckpointOutcome.COMPLETE;
	}

}
