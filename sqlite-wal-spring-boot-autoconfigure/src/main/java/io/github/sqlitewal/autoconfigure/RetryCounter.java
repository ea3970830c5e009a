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

package io.github.sqlitewal.autoconfigure;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;

import io.github.sqlitewal.pool.PoolListener;

/**
 * Tells the pool's listeners of retries. No bean: {@code @EnableRetry} would make it a
 * listener of every method of the application that is retried.
 */
final class RetryCounter implements RetryListener {

	private final Supplier<PoolListener> listener;

	RetryCounter(Supplier<PoolListener> listener) {
		this.listener = listener;
	}

	@Override
	public <T, E extends Throwable> void close(RetryContext context, RetryCallback<T, E> callback,
			@Nullable Throwable throwable) {
		// the context counts failed attempts; the last one of a failure was not followed
		// by another
		int retries = context.getRetryCount() - ((throwable != null) ? 1 : 0);
		if (retries > 0) {
			this.listener.get().retried(retries);
		}
	}

}
