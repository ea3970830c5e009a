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

import org.junit.jupiter.api.Test;

import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LeaseStatus;
import io.github.sqlitewal.pool.PinStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link GapBackoff}.
 */
class GapBackoffTests {

	private static final Duration PATIENCE = Duration.ofMillis(100);

	private final AtomicLong nanos = new AtomicLong(-1);

	private final List<Lease> leases = new ArrayList<>();

	private final GapBackoff gaps = new GapBackoff(() -> List.copyOf(this.leases), PATIENCE, this.nanos::get);

	@Test
	void firstGapIsWorthATry() {
		lease(Duration.ZERO);
		assertThat(this.gaps.isPausing(false)).isFalse();
		assertThat(this.gaps.hopeless()).isEmpty();
	}

	@Test
	void thoseWhoDidNotComeHomeAreWaitedForBeforeTheNextGap() {
		Lease pinned = lease(Duration.ZERO);
		lease(Duration.ZERO);
		this.gaps.gaveUp(List.of(pinned));
		pass(Duration.ofHours(1));
		assertThat(this.gaps.isPausing(false)).isFalse();
		assertThat(this.gaps.hopeless()).containsExactly(pinned);
		this.leases.remove(pinned);
		assertThat(this.gaps.hopeless()).isEmpty();
	}

	@Test
	void readThatHasTakenMuchLongerThanTheGapMayIsHopelessAtOnce() {
		Lease old = lease(PATIENCE.multipliedBy(11));
		lease(PATIENCE.multipliedBy(9));
		assertThat(this.gaps.hopeless()).containsExactly(old);
	}

	@Test
	void readOfTheThreadItselfIsHopeless() {
		Lease own = lease(Duration.ZERO);
		given(own.isOwnedBy(Thread.currentThread())).willReturn(true);
		assertThat(this.gaps.hopeless()).containsExactly(own);
	}

	@Test
	void pauseDoublesWithEachGapThatIsGivenUpAndIsTheShortestAfterOneThatWasMade() {
		assertThat(pause()).isEqualTo(Duration.ofMillis(500));
		assertThat(pause()).isEqualTo(Duration.ofSeconds(1));
		assertThat(pause()).isEqualTo(Duration.ofSeconds(2));
		for (int i = 0; i < 10; i++) {
			pause();
		}
		assertThat(pause()).isEqualTo(Duration.ofSeconds(10));
		this.gaps.gaveUp(List.of());
		this.gaps.made(Duration.ZERO);
		assertThat(this.gaps.isPausing(false)).isFalse();
		assertThat(pause()).isEqualTo(Duration.ofMillis(500));
	}

	@Test
	void pauseIsTheShortestWhenThoseWhoWereAwayHaveComeHome() {
		Lease away = lease(Duration.ZERO);
		for (int i = 0; i < 5; i++) {
			this.gaps.gaveUp(List.of(away));
		}
		pass(Duration.ofMillis(500));
		assertThat(this.gaps.isPausing(false)).isTrue();
		given(away.isClosed()).willReturn(true);
		assertThat(this.gaps.isPausing(false)).isFalse();
	}

	@Test
	void pauseIsASecondAtMostWhenTheWalIsLarge() {
		for (int i = 0; i < 5; i++) {
			this.gaps.gaveUp(List.of());
		}
		pass(Duration.ofSeconds(1));
		assertThat(this.gaps.isPausing(false)).isTrue();
		assertThat(this.gaps.isPausing(true)).isFalse();
	}

	@Test
	void gapOnRequestThatWasGivenUpMakesNoPauseButNamesThoseToWaitFor() {
		Lease away = lease(Duration.ZERO);
		this.gaps.gaveUpOnRequest(List.of(away));
		assertThat(this.gaps.isPausing(false)).isFalse();
		assertThat(this.gaps.hopeless()).containsExactly(away);
	}

	@Test
	void restIsSixteenTimesAsLongAsReadersWereHeldUpAndTenSecondsAtMost() {
		assertThat(this.gaps.restNanos()).isNotPositive();
		this.gaps.made(Duration.ofMillis(20));
		assertThat(this.gaps.isPausing(false)).isFalse();
		assertThat(Duration.ofNanos(this.gaps.restNanos())).isEqualTo(Duration.ofMillis(320));
		pass(Duration.ofMillis(320));
		assertThat(this.gaps.restNanos()).isNotPositive();
		this.gaps.made(Duration.ofSeconds(3));
		assertThat(Duration.ofNanos(this.gaps.restNanos())).isEqualTo(Duration.ofSeconds(10));
	}

	/**
	 * Gives up a gap and finds out for how long there is no other.
	 */
	private Duration pause() {
		this.gaps.gaveUp(List.of());
		Duration step = Duration.ofMillis(100);
		Duration pause = Duration.ZERO;
		while (this.gaps.isPausing(false)) {
			pass(step);
			pause = pause.plus(step);
		}
		return pause;
	}

	private void pass(Duration time) {
		this.nanos.addAndGet(time.toNanos());
	}

	private Lease lease(Duration held) {
		Lease lease = mock(Lease.class);
		given(lease.pin())
			.willReturn(new PinStatus(new LeaseStatus("reader", "thread", held, null), Instant.now(), List.of()));
		given(lease.isOwnedBy(any())).willReturn(false);
		this.leases.add(lease);
		return lease;
	}

}
