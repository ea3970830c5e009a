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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application under load, as Boot configures it.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ManyThreadsTests {

	@TempDir
	Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(SqliteAutoConfiguration.class, SqliteJdbcTemplateAutoConfiguration.class,
							DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
							JdbcClientAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class,
							DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class))
			.withBean(Counter.class)
			.withPropertyValues("sqlite.path=" + this.directory.resolve("load.db"));
	}

	@Test
	void updatesOfManyThreadsLoseNothingAndFailNothing() {
		runner().run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, thread INTEGER, n INTEGER, UNIQUE (thread, n))");
			inThreads(64, (thread) -> {
				for (int n = 0; n < 200; n++) {
					assertThat(template.update("INSERT INTO t (thread, n) VALUES (?, ?)", thread, n)).isEqualTo(1);
				}
				return null;
			});
			assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(64 * 200);
			// a checkpoint may hold it for a moment; a lease that is lost is never given
			// back
			Awaitility.await().until(() -> context.getBean(SqliteDatabase.class).status().writer() == null);
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void singleWritesThatWaitAreCombinedUnlessThatIsSwitchedOff(boolean combine) {
		AtomicInteger combined = new AtomicInteger();
		runner().withPropertyValues("sqlite.pool.combine-writes=" + combine)
			.withBean(PoolListener.class, () -> new PoolListener() {

				@Override
				public void writesCombined(int count) {
					combined.addAndGet(count);
				}

			})
			.run((context) -> {
				JdbcTemplate template = context.getBean(JdbcTemplate.class);
				template.execute("CREATE TABLE t (thread INTEGER, n INTEGER)");
				inThreads(16, (thread) -> {
					for (int n = 0; n < 200; n++) {
						template.update("INSERT INTO t VALUES (?, ?)", thread, n);
					}
					return null;
				});
				assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(16 * 200);
				if (combine) {
					assertThat(combined).hasPositiveValue();
				}
				else {
					assertThat(combined).hasValue(0);
				}
			});
	}

	/*
	 * Each reads the counter and writes what it read plus one. If two transactions could
	 * read the same value, one of the increments would be lost.
	 */
	@Test
	void transactionsThatReadAndThenWriteLoseNoIncrement() {
		runner().run((context) -> {
			Counter counter = context.getBean(Counter.class);
			counter.create();
			inThreads(32, (thread) -> {
				for (int n = 0; n < 50; n++) {
					counter.increment();
				}
				return null;
			});
			assertThat(counter.value()).isEqualTo(1600);
		});
	}

	private static void inThreads(int count, Work work) throws Exception {
		CyclicBarrier start = new CyclicBarrier(count);
		ExecutorService executor = Executors.newFixedThreadPool(count);
		try {
			List<Callable<Void>> tasks = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				int thread = i;
				tasks.add(() -> {
					start.await();
					return work.run(thread);
				});
			}
			for (Future<Void> future : executor.invokeAll(tasks)) {
				future.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private interface Work {

		Void run(int thread) throws Exception;

	}

	static class Counter {

		private final JdbcClient jdbc;

		Counter(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		void create() {
			this.jdbc.sql("CREATE TABLE counter (value INTEGER)").update();
			this.jdbc.sql("INSERT INTO counter VALUES (0)").update();
		}

		@Transactional
		public void increment() {
			int value = value();
			// whoever comes next has every chance to read the same value, if it can
			Thread.yield();
			this.jdbc.sql("UPDATE counter SET value = ?").param(value + 1).update();
		}

		@Transactional(readOnly = true)
		public int value() {
			return this.jdbc.sql("SELECT value FROM counter").query(Integer.class).single();
		}

	}

}
