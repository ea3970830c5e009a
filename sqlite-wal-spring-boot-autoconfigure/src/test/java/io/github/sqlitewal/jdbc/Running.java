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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.fail;

/**
 * Something that another thread does.
 */
final class Running {

	private final CompletableFuture<Object> outcome = new CompletableFuture<>();

	private final Thread thread;

	private Running(Callable<?> work) {
		this.thread = new Thread(() -> {
			try {
				this.outcome.complete(work.call());
			}
			catch (Throwable ex) {
				this.outcome.completeExceptionally(ex);
			}
		}, "test-other");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	static Running of(Callable<?> work) {
		return new Running(work);
	}

	Thread thread() {
		return this.thread;
	}

	boolean isDone() {
		return this.outcome.isDone();
	}

	void untilQueued(TestDatabase database) {
		until(() -> database.status().queuedWrites() > 0);
	}

	void untilReading(TestDatabase database) {
		until(() -> database.status().readersInUse() > 0);
	}

	void untilWriting(TestDatabase database) {
		until(() -> database.status().writer() != null);
	}

	void until(Callable<Boolean> condition) {
		Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> this.outcome.isDone() || condition.call());
		if (this.outcome.isDone()) {
			join();
		}
	}

	/**
	 * Waits for the end and gives what was returned.
	 */
	Object join() {
		try {
			return this.outcome.get(60, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			return fail("The other thread failed", ex.getCause());
		}
		catch (Exception ex) {
			return fail("The other thread has not come to an end", ex);
		}
	}

	/**
	 * Waits for the end and gives what was thrown.
	 */
	Throwable failure() {
		try {
			return fail("Nothing was thrown, but returned: " + this.outcome.get(60, TimeUnit.SECONDS));
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (Exception ex) {
			return fail("The other thread has not come to an end", ex);
		}
	}

}
