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

package io.github.sqlitewal.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.HandTimer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class FarDeadlinesTests {

	private static final Deadline FAR = Deadline.after(Duration.ofHours(1));

	private final HandTimer timer = new HandTimer();

	private final AtomicBoolean others = new AtomicBoolean();

	private final FarDeadlines deadlines = new FarDeadlines(this.timer, this.others::get);

	@Test
	void deadlineIsFarForMoreThanASecond() {
		assertThat(FarDeadlines.isFar(FAR)).isTrue();
		assertThat(FarDeadlines.isFar(Deadline.after(Duration.ofMillis(500)))).isFalse();
	}

	@Test
	void manyAreLookedAtTogether() {
		assertThat(this.deadlines.isWatching()).isFalse();
		assertThat(this.deadlines.startWatching()).isTrue();
		assertThat(this.deadlines.isWatching()).isTrue();
		assertThat(this.deadlines.startWatching()).isTrue();
		assertThat(this.timer.scheduled()).isEqualTo(1);
	}

	@Test
	void looksAgainAsLongAsSomebodyWaits() {
		this.deadlines.startWatching();
		this.others.set(true);
		this.timer.runScheduled();
		assertThat(this.timer.scheduled()).isEqualTo(1);
		this.others.set(false);
		this.timer.runScheduled();
		assertThat(this.timer.scheduled()).isZero();
		assertThat(this.deadlines.startWatching()).isTrue();
		assertThat(this.timer.scheduled()).isEqualTo(1);
	}

	// The look goes over those who wait, and then somebody comes whom it has not seen.
	@Test
	void whoComesDuringTheLastLookIsLookedAt() {
		FarDeadlines[] watch = new FarDeadlines[1];
		watch[0] = new FarDeadlines(this.timer, () -> {
			assertThat(watch[0].startWatching()).isTrue();
			return false;
		});
		watch[0].startWatching();
		this.timer.runScheduled();
		assertThat(this.timer.scheduled()).isEqualTo(1);
	}

	@Test
	void looksAgainWhenALookFailed() {
		FarDeadlines failing = new FarDeadlines(this.timer, () -> {
			throw new IllegalStateException("look");
		});
		failing.startWatching();
		assertThatIllegalStateException().isThrownBy(this.timer::runScheduled).withMessage("look");
		assertThat(this.timer.scheduled()).isEqualTo(1);
	}

	@Test
	void nobodyIsWatchedByATimerThatIsClosed() {
		this.timer.refuse();
		assertThat(this.deadlines.startWatching()).isFalse();
		assertThat(this.deadlines.startWatching()).isFalse();
		assertThat(this.deadlines.isWatching()).isFalse();
	}

}
