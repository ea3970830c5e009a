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

import java.util.Arrays;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;

/**
 * Counts what was tried again because another process held a lock, as
 * {@code sqlite.retries}; see {@link SqliteMetrics}. A class of its own because
 * spring-retry is optional.
 * <p>
 * An operation is counted when it ends, by the attempts after its first.
 */
final class SqliteRetryMetrics implements MeterBinder, RetryListener {

	private volatile Counter[] counters = new Counter[0];

	@Override
	public synchronized void bindTo(MeterRegistry registry) {
		Counter counter = Counter.builder("sqlite.retries")
			.description("Attempts after the first, because another process held a lock")
			.register(registry);
		if (Arrays.stream(this.counters).noneMatch((bound) -> bound == counter)) {
			Counter[] counters = Arrays.copyOf(this.counters, this.counters.length + 1);
			counters[this.counters.length] = counter;
			this.counters = counters;
		}
	}

	@Override
	public <T, E extends Throwable> void close(RetryContext context, RetryCallback<T, E> callback,
			@Nullable Throwable throwable) {
		// the context counts failed attempts; the last one of a failure was not followed
		// by another
		int retries = context.getRetryCount() - ((throwable != null) ? 1 : 0);
		if (retries > 0) {
			for (Counter counter : this.counters) {
				counter.increment(retries);
			}
		}
	}

}
