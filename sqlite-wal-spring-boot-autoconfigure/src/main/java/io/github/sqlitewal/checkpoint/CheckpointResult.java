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

import io.github.sqlitewal.pool.PinStatus;

/**
 * One checkpoint.
 *
 * @param mode how far it went; what the background runs is RESTART when the WAL has
 * reached its trigger size, and PASSIVE otherwise
 * @param trigger why it ran
 * @param outcome what it achieved
 * @param framesBefore frames in the WAL that were not in the database file when it began,
 * a frame being one page; -1 when it is not known
 * @param walFrames frames in the WAL afterwards; zero after TRUNCATE, -1 when it is not
 * known
 * @param checkpointedFrames how many of them are in the database file, -1 when it is not
 * known
 * @param startedAt when it began
 * @param duration how long it took, waits included
 * @param writersBlocked how long it kept the writers of this process out, in all
 * @param writersSlowed how long write requests were held up before they asked for the
 * writer, so that the copying could keep up with them, in all
 * @param readersBlocked how long it kept new reads of this process waiting, in all
 * @param heldBackBy the reads of this process that stood in its way, as far as they are
 * known
 * @param detail what stood in the way, or what SQLite said; {@code null} when all went
 * well
 */
public record CheckpointResult(CheckpointMode mode, CheckpointTrigger trigger, CheckpointOutcome outcome,
		long framesBefore, long walFrames, long checkpointedFrames, Instant startedAt, Duration duration,
		Duration writersBlocked, Duration writersSlowed, Duration readersBlocked, List<PinStatus> heldBackBy,
		@Nullable String detail) {

	static CheckpointResult skipped(CheckpointMode mode, CheckpointTrigger trigger, String detail) {
		return new CheckpointResult(mode, trigger, CheckpointOutcome.SKIPPED, -1, -1, -1, Instant.now(), Duration.ZERO,
				Duration.ZERO, Duration.ZERO, Duration.ZERO, List.of(), detail);
	}

	/**
	 * Whether everything that was committed before the checkpoint is in the database
	 * file.
	 * @return whether the outcome is {@code RESET} or {@code COMPLETE}
	 */
	public boolean isComplete() {
		return this.outcome == CheckpointOutcome.RESET || this.outcome == CheckpointOutcome.COMPLETE;
	}

}
