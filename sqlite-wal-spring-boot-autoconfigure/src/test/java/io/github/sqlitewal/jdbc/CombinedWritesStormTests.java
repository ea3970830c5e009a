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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.sqlitewal.fixture.VirtualThreadFactory;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many threads whose single statements are combined as chance has it, with errors of all
 * kinds between them: what a caller was told is what is in the file.
 */
@Timeout(180)
class CombinedWritesStormTests {

	private static final int THREADS = 32;

	private static final int ROUNDS = 150;

	@TempDir
	Path directory;

	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void everyCallIsStoredExactlyOnceOrNotAtAllAsItWasTold(ThreadFactory factory) throws Exception {
		AtomicInteger combined = new AtomicInteger();
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.poolListener(new PoolListener() {

					@Override
					public void writesCombined(int count) {
						combined.addAndGet(count);
					}

				}))) {
			database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, thread INTEGER, n INTEGER)",
					"CREATE TABLE child (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
					"INSERT INTO t VALUES (1, -1, -1)");
			AtomicInteger stored = new AtomicInteger();
			Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
			AtomicReferenceArray<PreparedStatement> running = new AtomicReferenceArray<>(THREADS);
			CyclicBarrier start = new CyclicBarrier(THREADS);
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				int number = i;
				threads.add(factory.newThread(() -> {
					try (Connection connection = database.connection()) {
						start.await();
						Random random = new Random(number);
						for (int n = 0; n < ROUNDS; n++) {
							stored.addAndGet(round(connection, random.nextInt(10), number, n, running));
						}
					}
					catch (Throwable ex) {
						unexpected.add(ex);
					}
				}));
			}
			threads.forEach(Thread::start);
			Random random = new Random(42);
			while (threads.stream().anyMatch(Thread::isAlive)) {
				PreparedStatement statement = running.get(random.nextInt(THREADS));
				if (statement != null) {
					cancel(statement);
				}
				Thread.onSpinWait();
			}
			assertThat(unexpected).isEmpty();
			assertThat(database.query("SELECT count(*) FROM t WHERE thread >= 0")).isEqualTo(stored.toString());
			assertThat(database.query("SELECT count(*) FROM (SELECT 1 FROM t GROUP BY thread, n HAVING count(*) > 1)"))
				.isEqualTo("0");
			assertThat(database.query("SELECT count(*) FROM child")).isEqualTo("0");
			assertThat(combined).as("combined").hasPositiveValue();
			database.assertNothingHeld();
		}
	}

	private static void cancel(PreparedStatement statement) {
		try {
			statement.cancel();
		}
		catch (SQLException ex) {
			// closed meanwhile
			return;
		}
	}

	// returns how many rows are stored
	private static int round(Connection connection, int kind, int thread, int n,
			AtomicReferenceArray<PreparedStatement> running) throws SQLException {
		String values = " INTO t (thread, n) VALUES (" + thread + ", " + n + ")";
		switch (kind) {
			case 0 -> assertRefused(connection, "INSERT INTO t VALUES (1, 0, 0)");
			case 1 -> assertRefused(connection, "INSERT OR ROLLBACK INTO t VALUES (1, 0, 0)");
			case 2 -> assertRefused(connection, "INSERT INTO child VALUES (-7)");
			case 3 -> {
				try (PreparedStatement statement = connection
					.prepareStatement("INSERT" + values + " RETURNING thread, n");
						ResultSet rows = statement.executeQuery()) {
					assertThat(rows.next()).isTrue();
					assertThat(rows.getInt(1)).isEqualTo(thread);
					assertThat(rows.getInt(2)).isEqualTo(n);
				}
				return 1;
			}
			case 4 -> {
				connection.setAutoCommit(false);
				assertThat(TestDatabase.execute(connection, "INSERT" + values)).isEqualTo(1);
				connection.setAutoCommit(true);
				return 1;
			}
			case 5 -> {
				try (PreparedStatement statement = connection.prepareStatement("INSERT" + values)) {
					running.set(thread, statement);
					return statement.executeUpdate();
				}
				catch (SQLTransientException ex) {
					assertThat(ex.getSQLState()).isEqualTo("57014");
					return 0;
				}
				finally {
					running.set(thread, null);
				}
			}
			default -> {
				assertThat(TestDatabase.execute(connection, "INSERT" + values)).isEqualTo(1);
				return 1;
			}
		}
		return 0;
	}

	private static void assertRefused(Connection connection, String sql) throws SQLException {
		try {
			TestDatabase.execute(connection, sql);
		}
		catch (SQLIntegrityConstraintViolationException ex) {
			assertThat(ex.getMessage()).contains(sql);
			return;
		}
		throw new AssertionError("not refused: " + sql);
	}

}
