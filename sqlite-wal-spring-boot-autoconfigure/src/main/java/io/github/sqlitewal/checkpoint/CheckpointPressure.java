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

import java.util.concurrent.TimeUnit;

/**
 * When to look at the WAL next, and when to make it start over.
 * <p>
 * The commit path counts commits and nothing else. How many frames a commit makes is
 * learned from each look, so that the next look comes when the WAL is about to reach its
 * trigger size. A round that did not succeed is followed by a pause that doubles, since
 * what stood in its way is likely to stand there still; one that did succeed is followed
 * by the shortest one.
 * <p>
 * Used by the background's thread only.
 */
final class CheckpointPressure {

	/** Between two looks: one costs some microseconds, a round some milliseconds. */
	static final long MIN_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	static final long MAX_SPACING_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long FIRST_FAILURE_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

	/** Looked at earlier than a steady load would need, in case it grows. */
	private static final double MARGIN = 0.75;

	private final long triggerFrames;

	private double framesPerCommit = 1;

	private long lastCommits;

	private long lastFrames;

	private long spacingNanos = MIN_SPACING_NANOS;

	/**
	 * Creates the pressure gauge of a database.
	 * @param triggerFrames frames from which on the WAL is to start over; zero for never
	 */
	CheckpointPressure(long triggerFrames) {
		this.triggerFrames = triggerFrames;
	}

	/**
	 * Takes a look into account.
	 * @param commits how often this process has committed
	 * @param frames how many frames are in the WAL
	 * @return whether the WAL is to start over
	 */
	boolean observe(long commits, long frames) {
		long committed = commits - this.lastCommits;
		// when there are fewer it has started over, and nobody knows at which commit
		if (committed > 0 && frames >= this.lastFrames) {
			double written = (double) (frames - this.lastFrames) / committed;
			this.framesPerCommit = Math.max(Math.max(0.01, written), this.framesPerCommit / 2);
		}
		this.lastCommits = commits;
		this.lastFrames = frames;
		return this.triggerFrames > 0 && frames >= this.triggerFrames;
	}

	/**
	 * A round has ended.
	 * @param reset whether the WAL starts over
	 */
	void ended(boolean reset) {
		if (reset) {
			this.lastFrames = 0;
			relax();
		}
		else {
			this.spacingNanos = (this.spacingNanos < FIRST_FAILURE_SPACING_NANOS) ? FIRST_FAILURE_SPACING_NANOS
					: Math.min(2 * this.spacingNanos, MAX_SPACING_NANOS);
		}
	}

	/**
	 * The WAL starts over, at about this count of commits.
	 */
	void startedOver(long commits) {
		this.lastCommits = commits;
	}

	/**
	 * There was no need for a round.
	 */
	void relax() {
		this.spacingNanos = MIN_SPACING_NANOS;
	}

	/**
	 * The shortest pause before the next look.
	 */
	long spacingNanos() {
		return this.spacingNanos;
	}

	/**
	 * How many commits may be made while it is copied: they fill half a WAL of the
	 * trigger size.
	 */
	long commitsWhileCopying() {
		return Math.max(1, (long) (0.5 * this.triggerFrames / this.framesPerCommit));
	}

	/**
	 * How many commits make so many frames.
	 */
	double commits(long frames) {
		return frames / this.framesPerCommit;
	}

	/**
	 * At which count of commits the next look is due.
	 */
	long nextLook() {
		if (this.triggerFrames == 0) {
			return Long.MAX_VALUE;
		}
		double left = (this.triggerFrames - this.lastFrames) * MARGIN / this.framesPerCommit;
		return this.lastCommits + Math.max(1, (long) left);
	}

}
