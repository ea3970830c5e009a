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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.BusyHandler;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor;
import io.github.sqlitewal.autoconfigure.actuate.SqliteEndpoint;
import io.github.sqlitewal.autoconfigure.health.SqliteHealthAutoConfiguration;
import io.github.sqlitewal.autoconfigure.metrics.SqliteMetrics;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.connection.ConnectionRole;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Observing costs nothing: no metric, health check or endpoint takes the writer, keeps a
 * read transaction open, or waits behind one (invariant 9).
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObservingTests {

	private static final int READERS = 2;

	@TempDir
	private Path directory;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final CountDownLatch stuck = new CountDownLatch(1);

	private final CountDownLatch release = new CountDownLatch(1);

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final List<AutoCloseable> held = new ArrayList<>();

	private SqliteDatabase database;

	@BeforeEach
	void open() throws SQLException {
		SqliteMetrics metrics = new SqliteMetrics(() -> this.database);
		this.database = SqliteDatabase.builder(this.directory.resolve("app.db"))
			.readers(READERS)
			.poolListener(metrics)
			.checkpointListener(metrics)
			.customizer((connection, role) -> {
				if (role == ConnectionRole.MAINTENANCE) {
					BusyHandler.setHandler(connection, new BusyHandler() {

						@Override
						protected int callback(int invocations) {
							return getStuck();
						}

					});
				}
			})
			.open();
		metrics.bindTo(this.registry);
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			statement.execute("INSERT INTO t VALUES (1), (2), (3)");
		}
	}

	@AfterEach
	void close() throws Exception {
		this.release.countDown();
		for (AutoCloseable closeable : this.held) {
			closeable.close();
		}
		this.threads.shutdown();
		assertThat(this.threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
		this.database.close();
	}

	// @formatter:off
	//
	// writer            readers           checkpoint        observer
	// BEGIN IMMEDIATE
	// INSERT
	//                   SELECT (all)
	//                                     FULL
	//                                     waits for writer
	//                                                       health, db, endpoint, scrape
	// COMMIT
	//                                     goes on
	//
	// @formatter:on
	@Test
	void waitsNeitherForTheWriterNorForReadersNorForACheckpointThatWaits() throws Exception {
		CountDownLatch written = new CountDownLatch(1);
		Future<?> writer = this.threads.submit(() -> {
			try (Connection connection = this.database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				connection.setAutoCommit(false);
				statement.execute("INSERT INTO t VALUES (4)");
				written.countDown();
				this.release.await();
				connection.commit();
			}
			return null;
		});
		assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
		holdAllReaders();
		Future<CheckpointResult> checkpoint = checkpoint(CheckpointMode.FULL);
		Awaitility.await().until(() -> this.database.status().queuedWrites() == 1);

		Observed observed = observe();

		assertThat(observed.sqlite().getDetails()).containsKey("walFrames").containsEntry("queuedWrites", 1);
		assertThat(observed.endpoint().writer()).isNotNull();
		assertThat(observed.endpoint().writer().sql()).isEqualTo("INSERT INTO t VALUES (4)");
		assertThat(observed.endpoint().readersInUse()).isEqualTo(READERS);
		assertThat(connections("writer")).isOne();
		assertThat(connections("reader")).isEqualTo(READERS);
		assertThat(gauge("sqlite.writer.queue")).isOne();
		assertThat(gauge("sqlite.wal.frames")).isPositive();
		assertThat(writer.isDone()).isFalse();
		assertThat(checkpoint.isDone()).isFalse();
	}

	// @formatter:off
	//
	// readers           checkpoint                          observer
	// SELECT (all)
	//                   (INSERT by another connection)
	//                   FULL
	//                   waits for readers, inside SQLite
	//                                                       health, db, endpoint, scrape
	//                   gives up
	//
	// @formatter:on
	@Test
	void doesNotWaitForACheckpointThatIsStuckInsideSqlite() throws Exception {
		holdAllReaders();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("INSERT INTO t VALUES (4)");
		}
		Future<CheckpointResult> checkpoint = checkpoint(CheckpointMode.FULL);
		assertThat(this.stuck.await(10, TimeUnit.SECONDS)).isTrue();

		Observed observed = observe();

		assertThat(observed.sqlite().getDetails()).extractingByKey("writer")
			.asString()
			.contains("wal_checkpoint(FULL)");
		assertThat(observed.endpoint().connections()).filteredOn((connection) -> connection.lease() != null)
			.hasSize(READERS + 2);
		assertThat(connections("maintenance")).isOne();
		assertThat(connections("reader")).isEqualTo(READERS);
		assertThat(checkpoint.isDone()).isFalse();
		this.release.countDown();
		assertThat(checkpoint.get().outcome()).isEqualTo(CheckpointOutcome.BUSY);
	}

	@Test
	void keepsNoReadTransactionOpen() {
		observe();
		// would be BUSY if anything still read from the WAL
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.stuck.getCount()).isOne();
	}

	private Observed observe() {
		List<Observed> observed = new ArrayList<>();
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SqliteHealthAutoConfiguration.class))
			// the context does not close it
			.withBean("database", SqliteDatabase.class, () -> this.database,
					(definition) -> definition.setDestroyMethodName(""))
			.withBean("dataSource", DataSource.class, () -> this.database.dataSource())
			.run((context) -> {
				Health sqlite = context.getBean("sqliteHealthContributor", HealthIndicator.class).health();
				Health db = context.getBean("dbHealthContributor", HealthIndicator.class).health();
				assertThat(sqlite.getStatus()).isEqualTo(Status.UP);
				assertThat(db.getStatus()).isEqualTo(Status.UP);
				SqliteDescriptor endpoint = new SqliteEndpoint(this.database).sqlite();
				this.registry.getMeters().forEach((meter) -> meter.measure().forEach((value) -> value.getValue()));
				observed.add(new Observed(sqlite, endpoint));
			});
		return observed.get(0);
	}

	private Future<CheckpointResult> checkpoint(CheckpointMode mode) {
		return this.threads.submit(() -> this.database.checkpointer().checkpoint(mode));
	}

	private void holdAllReaders() throws SQLException {
		for (int i = 0; i < READERS; i++) {
			Connection connection = this.database.dataSource().getConnection();
			this.held.add(connection);
			ResultSet rows = connection.createStatement().executeQuery("SELECT id FROM t");
			assertThat(rows.next()).isTrue();
		}
		assertThat(this.database.status().readersInUse()).isEqualTo(READERS);
	}

	private int getStuck() {
		this.stuck.countDown();
		try {
			this.release.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return 0;
	}

	private double connections(String role) {
		return this.registry.get("sqlite.connections").tags("role", role, "state", "active").gauge().value();
	}

	private double gauge(String name) {
		return this.registry.get(name).gauge().value();
	}

	private record Observed(Health sqlite, SqliteDescriptor endpoint) {
	}

}
