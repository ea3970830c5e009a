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

package io.github.sqlitewal.benchmarks.checkpoint;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.autoconfigure.actuate.SqliteEndpoint;
import io.github.sqlitewal.autoconfigure.health.SqliteHealthIndicator;
import io.github.sqlitewal.benchmarks.peer.SpringPeer;

/**
 * A thread that begins a read-only transaction, reads, and stays in it. Knows how long it
 * took until the health and the endpoint of the application named that thread.
 */
final class HeldReader implements AutoCloseable {

	private static final String NAME = "report-of-the-month";

	private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

	private final SqliteHealthIndicator health;

	private final SqliteEndpoint endpoint;

	private final CountDownLatch end = new CountDownLatch(1);

	private final Thread thread;

	private final long begin;

	private volatile @Nullable Throwable failure;

	private long lastAsked;

	private double namedAfter = Double.POSITIVE_INFINITY;

	HeldReader(SpringPeer application) throws InterruptedException {
		this.health = application.bean(SqliteHealthIndicator.class);
		this.endpoint = application.bean(SqliteEndpoint.class);
		TransactionTemplate transaction = new TransactionTemplate(application.bean(PlatformTransactionManager.class));
		transaction.setReadOnly(true);
		JdbcTemplate jdbc = application.bean(JdbcTemplate.class);
		CountDownLatch reading = new CountDownLatch(1);
		this.thread = new Thread(() -> {
			try {
				transaction.executeWithoutResult((status) -> {
					jdbc.queryForObject("SELECT count(*) FROM item WHERE id = 1", Long.class);
					reading.countDown();
					awaitEnd();
				});
			}
			catch (Throwable ex) {
				this.failure = ex;
			}
			finally {
				reading.countDown();
			}
		}, NAME);
		this.thread.start();
		reading.await();
		this.begin = System.nanoTime();
	}

	private void awaitEnd() {
		try {
			this.end.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException("The reader was interrupted", ex);
		}
	}

	/**
	 * Asks health and endpoint now and then, until both have named the reader.
	 * @param nanoTime the time now
	 */
	void look(long nanoTime) {
		if (Double.isFinite(this.namedAfter) || nanoTime - this.lastAsked < ASK_NANOS
				|| nanoTime - this.begin > PATIENCE_NANOS) {
			return;
		}
		this.lastAsked = nanoTime;
		if (String.valueOf(this.health.health()).contains(NAME)
				&& String.valueOf(this.endpoint.sqlite()).contains(NAME)) {
			this.namedAfter = System.nanoTime() - this.begin;
		}
	}

	double namedAfter() {
		return this.namedAfter;
	}

	@Override
	public void close() throws InterruptedException {
		this.end.countDown();
		this.thread.join();
		if (this.failure != null) {
			throw new IllegalStateException("The reader that holds its transaction failed", this.failure);
		}
	}

}
