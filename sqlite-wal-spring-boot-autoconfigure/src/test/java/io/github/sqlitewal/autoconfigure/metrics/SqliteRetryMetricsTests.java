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

package io.github.sqlitewal.autoconfigure.metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.retry.RetryListener;
import org.springframework.retry.support.RetryTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link SqliteRetryMetrics}.
 */
class SqliteRetryMetricsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final SqliteRetryMetrics metrics = new SqliteRetryMetrics();

	private final RetryTemplate template = RetryTemplate.builder()
		.maxAttempts(3)
		.noBackoff()
		.withListener((RetryListener) this.metrics)
		.build();

	@BeforeEach
	void bind() {
		this.metrics.bindTo(this.registry);
	}

	@Test
	void firstAttemptIsNoRetry() {
		succeedAfter(0);
		assertThat(retries()).isZero();
	}

	@Test
	void countsTheAttemptsUpToSuccess() {
		succeedAfter(2);
		assertThat(retries()).isEqualTo(2);
	}

	@Test
	void countsTheAttemptsUpToFailure() {
		assertThatIllegalStateException().isThrownBy(() -> succeedAfter(3));
		assertThat(retries()).isEqualTo(2);
	}

	@Test
	void countsInEveryRegistryOnce() {
		SimpleMeterRegistry second = new SimpleMeterRegistry();
		this.metrics.bindTo(second);
		this.metrics.bindTo(second);
		succeedAfter(1);
		assertThat(retries()).isOne();
		assertThat(second.get("sqlite.retries").counter().count()).isOne();
	}

	private void succeedAfter(int failures) {
		this.template.<Object, IllegalStateException>execute((context) -> {
			if (context.getRetryCount() < failures) {
				throw new IllegalStateException("busy");
			}
			return "done";
		});
	}

	private double retries() {
		return this.registry.get("sqlite.retries").counter().count();
	}

}
