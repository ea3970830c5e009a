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

package io.github.sqlitewal.jdbc;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link RetrySettings}.
 */
class RetrySettingsTests {

	private static final Duration ONE = Duration.ofMillis(1);

	@Test
	void defaultsHaveNoLimitButTheDeadline() {
		assertThat(RetrySettings.defaults())
			.isEqualTo(new RetrySettings(true, 0, ONE, 1.5, Duration.ofMillis(25), 0.5));
	}

	@Test
	void negativeAttemptsAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new RetrySettings(true, -1, ONE, 1.5, ONE, 0.5))
			.withMessage(
					"sqlite.retry.max-attempts must be at least 1, or 0 for no limit but sqlite.lock-timeout, but is -1");
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1 })
	void initialIntervalThatIsNotPositiveIsRefused(long millis) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetrySettings(true, 0, Duration.ofMillis(millis), 1.5, ONE, 0.5))
			.withMessageStartingWith("sqlite.retry.initial-interval must be positive");
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.9, Double.NaN })
	void multiplierBelowOneIsRefused(double multiplier) {
		assertThatIllegalArgumentException().isThrownBy(() -> new RetrySettings(true, 0, ONE, multiplier, ONE, 0.5))
			.withMessageStartingWith("sqlite.retry.multiplier must be at least 1");
	}

	@Test
	void maxIntervalBelowTheInitialOneIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RetrySettings(true, 0, ONE, 1.5, Duration.ofNanos(1), 0.5))
			.withMessageStartingWith("sqlite.retry.max-interval must be at least sqlite.retry.initial-interval");
	}

	@ParameterizedTest
	@ValueSource(doubles = { -0.1, 1.1, Double.NaN })
	void jitterOutOfRangeIsRefused(double jitter) {
		assertThatIllegalArgumentException().isThrownBy(() -> new RetrySettings(true, 0, ONE, 1.5, ONE, jitter))
			.withMessageStartingWith("sqlite.retry.jitter must be between 0 and 1");
	}

}
