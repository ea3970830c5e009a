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

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.batch.SqliteBatchWriter;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStateChange;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.pool.ConnectionStatus;
import io.github.sqlitewal.pool.LeaseStatus;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link SqliteMetrics}.
 */
class SqliteMetricsTests {

	private static final long ALWAYS_NEW = 0;

	@TempDir
	private Path directory;

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private SqliteDatabase database;

	private final SqliteMetrics metrics = new SqliteMetrics(() -> this.database, ALWAYS_NEW);

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(this.directory.resolve("app.db"))
			.readers(2)
			.poolListener(this.metrics)
			.checkpointListener(this.metrics)
			.open();
		execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
		execute("INSERT INTO t VALUES (1), (2), (3)");
		this.metrics.bindTo(this.registry);
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	@Test
	void timesWaitsAndHoldsFromTheBindingOn() throws SQLException {
		assertThat(this.registry.get("sqlite.writer.wait").timer().count()).isZero();
		execute("INSERT INTO t VALUES (4)");
		assertThat(this.registry.get("sqlite.writer.wait").timer().count()).isOne();
		assertThat(this.registry.get("sqlite.writer.hold").timer().totalTime(TimeUnit.NANOSECONDS)).isPositive();
		assertThat(this.registry.get("sqlite.reader.wait").timer().count()).isZero();
		execute("SELECT * FROM t");
		assertThat(this.registry.get("sqlite.reader.wait").timer().count()).isOne();
	}

	@Test
	void summarizesHowManyWritesWereCommittedTogether() {
		this.metrics.writesCombined(2);
		this.metrics.writesCombined(30);
		DistributionSummary combined = this.registry.get("sqlite.writer.combined").summary();
		assertThat(combined.count()).isEqualTo(2);
		assertThat(combined.totalAmount()).isEqualTo(32);
		assertThat(combined.max()).isEqualTo(30);
	}

	@Test
	void timesInEveryRegistryOnce() throws SQLException {
		SimpleMeterRegistry second = new SimpleMeterRegistry();
		this.metrics.bindTo(second);
		this.metrics.bindTo(second);
		execute("INSERT INTO t VALUES (4)");
		assertThat(this.registry.get("sqlite.writer.hold").timer().count()).isOne();
		assertThat(second.get("sqlite.writer.hold").timer().count()).isOne();
	}

	@Test
	void showsHowManyReadsAreOpenAndHowOldTheOldestIs() throws SQLException {
		assertThat(gauge("sqlite.pins")).isZero();
		assertThat(age()).isZero();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT id FROM t")) {
			assertThat(rows.next()).isTrue();
			assertThat(gauge("sqlite.pins")).isOne();
			double age = age();
			assertThat(age).isPositive();
			assertThat(age()).isGreaterThan(age);
		}
		assertThat(gauge("sqlite.pins")).isZero();
	}

	private double age() {
		return this.registry.get("sqlite.pin.age").timeGauge().value(TimeUnit.NANOSECONDS);
	}

	@Test
	void countsWhatIsSaidOfReads() {
		PinStatus pin = new PinStatus(new LeaseStatus("reader-1", "http-1", Duration.ofMinutes(2), "SELECT 1"),
				Instant.now(), List.of());
		this.metrics.readTooOld(pin);
		this.metrics.readTooOld(pin);
		this.metrics.readEvicted(pin);
		this.metrics.leaseForgotten(pin);
		assertThat(this.registry.get("sqlite.reads.overdue").counter().count()).isEqualTo(2);
		assertThat(this.registry.get("sqlite.reads.evicted").counter().count()).isOne();
		assertThat(this.registry.get("sqlite.leases.forgotten").counter().count()).isOne();
	}

	@Test
	void countsSyncsAndTheCommitsThatSharedThem() {
		this.metrics.synced(1, 1_000);
		this.metrics.synced(5, 3_000);
		this.metrics.syncFailed();
		assertThat(this.registry.get("sqlite.wal.syncs").timer().count()).isEqualTo(2);
		assertThat(this.registry.get("sqlite.wal.syncs").timer().totalTime(TimeUnit.NANOSECONDS)).isEqualTo(4_000);
		assertThat(this.registry.get("sqlite.wal.sync.commits").summary().mean()).isEqualTo(3);
		assertThat(this.registry.get("sqlite.wal.sync.failures").counter().count()).isEqualTo(1);
	}

	@Test
	void eventAllocatesNothing() {
		int events = 100_000;
		events(events);
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		events(events);
		// less than a byte for each: what the measurement itself costs
		assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(events);
	}

	private void events(int count) {
		for (int i = 0; i < count; i++) {
			this.metrics.writerAcquired(i);
			this.metrics.writerReleased(i);
			this.metrics.readerAcquired(i);
			this.metrics.writesCombined(i);
			this.metrics.synced(1, i);
		}
	}

	@Test
	void countsConnectionsByRoleAndState() throws SQLException {
		assertThat(connections("writer", "idle")).isOne();
		assertThat(connections("reader", "idle")).isEqualTo(2);
		assertThat(connections("maintenance", "idle")).isOne();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT id FROM t")) {
			assertThat(rows.next()).isTrue();
			assertThat(connections("reader", "active")).isOne();
			assertThat(connections("reader", "idle")).isOne();
			assertThat(connections("writer", "active")).isZero();
		}
		assertThat(connections("reader", "active")).isZero();
	}

	@Test
	void measuresTheWal() throws Exception {
		assertThat(gauge("sqlite.wal.frames")).isPositive();
		assertThat(gauge("sqlite.wal.checkpointed.frames")).isZero();
		assertThat(gauge("sqlite.wal.size")).isEqualTo((double) Files.size(this.directory.resolve("app.db-wal")));
		assertThat(this.registry.get("sqlite.wal.size").gauge().getId().getBaseUnit()).isEqualTo("bytes");
		this.database.checkpointer().checkpoint(CheckpointMode.PASSIVE);
		assertThat(gauge("sqlite.wal.checkpointed.frames")).isEqualTo(gauge("sqlite.wal.frames"));
	}

	@Test
	void timesCheckpointsByModeOutcomeAndTrigger() {
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		this.metrics.checkpointed(new CheckpointResult(CheckpointMode.FULL, CheckpointTrigger.OTHER_PROCESSES,
				CheckpointOutcome.BUSY, 3, 3, 2, Instant.now(), Duration.ofSeconds(2), Duration.ofMillis(5),
				Duration.ZERO, Duration.ZERO, List.of(), null));
		assertThat(this.registry.get("sqlite.checkpoint")
			.tags("mode", "truncate", "outcome", "reset", "trigger", "request")
			.timer()
			.count()).isOne();
		assertThat(this.registry.get("sqlite.checkpoint")
			.tags("mode", "full", "outcome", "busy", "trigger", "other-processes")
			.timer()
			.totalTime(TimeUnit.SECONDS)).isEqualTo(2);
	}

	@Test
	void countsTheStatementCache() throws SQLException {
		double hits = cache("hit");
		double misses = cache("miss");
		assertThat(misses).isPositive();
		execute("INSERT INTO t VALUES (4)");
		assertThat(cache("miss")).isGreaterThan(misses);
		assertThat(cache("hit")).isGreaterThanOrEqualTo(hits);
	}

	@Test
	void countsWhatFallsOutOfTheStatementCache() throws SQLException {
		assertThat(evictions()).isZero();
		for (int i = 0; i < 300; i++) {
			execute("INSERT INTO t VALUES (%d)".formatted(100 + i));
		}
		assertThat(evictions()).isGreaterThanOrEqualTo(300 - 256);
	}

	@Test
	void statementCacheNeverShrinksWhenAConnectionIsReplaced() {
		SqliteDatabase database = mock(SqliteDatabase.class);
		SqliteCheckpointer checkpointer = checkpointer();
		given(database.checkpointer()).willReturn(checkpointer);
		SqliteBatchWriter batchWriter = mock(SqliteBatchWriter.class);
		given(database.batchWriter()).willReturn(batchWriter);
		given(database.status()).willReturn(writer(10, 5, 3), writer(12, 6, 4), writer(20, 10, 0));
		Snapshots snapshots = new Snapshots(ALWAYS_NEW);
		snapshots.observe(database);
		assertThat(IntStream.range(0, 3).mapToDouble((i) -> snapshots.statementCacheHits())).containsExactly(10.0, 12.0,
				32.0);
		// another look at the third connection
		assertThat(snapshots.statementCacheMisses()).isEqualTo(16);
		assertThat(snapshots.statementCacheEvictions()).isEqualTo(4);
	}

	@Test
	void scrapeOfEveryMeterTakesOneLook() throws SQLException {
		SqliteDatabase database = mock(SqliteDatabase.class);
		SqliteCheckpointer checkpointer = checkpointer();
		given(database.checkpointer()).willReturn(checkpointer);
		SqliteBatchWriter batchWriter = mock(SqliteBatchWriter.class);
		given(database.batchWriter()).willReturn(batchWriter);
		given(database.status()).willReturn(writer(1, 1, 0));
		given(checkpointer.walStatus()).willReturn(new WalStatus(2, 1, 4096, Instant.now()));
		SqliteMetrics metrics = new SqliteMetrics(() -> database, Duration.ofMinutes(1).toNanos());
		SimpleMeterRegistry first = new SimpleMeterRegistry();
		SimpleMeterRegistry second = new SimpleMeterRegistry();
		metrics.bindTo(first);
		metrics.bindTo(second);
		scrape(first);
		scrape(second);
		verify(database, times(1)).status();
		verify(checkpointer, times(1)).walStatus();
	}

	@Test
	void submittedWritesAreCounted() throws Exception {
		SqliteDatabase database = mock(SqliteDatabase.class);
		SqliteCheckpointer checkpointer = checkpointer();
		given(database.checkpointer()).willReturn(checkpointer);
		SqliteBatchWriter batchWriter = mock(SqliteBatchWriter.class);
		given(database.batchWriter()).willReturn(batchWriter);
		given(database.status()).willReturn(writer(1, 1, 0));
		given(batchWriter.queued()).willReturn(7);
		given(batchWriter.rejected()).willReturn(3L);
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		new SqliteMetrics(() -> database, ALWAYS_NEW).bindTo(registry);
		assertThat(registry.get("sqlite.batch.queue").gauge().value()).isEqualTo(7);
		assertThat(registry.get("sqlite.batch.rejected").functionCounter().count()).isEqualTo(3);
	}

	@Test
	void gaugesAreNaNForWhatIsNotKnown() throws SQLException {
		SqliteDatabase database = mock(SqliteDatabase.class);
		SqliteCheckpointer checkpointer = checkpointer();
		given(database.checkpointer()).willReturn(checkpointer);
		SqliteBatchWriter batchWriter = mock(SqliteBatchWriter.class);
		given(database.batchWriter()).willReturn(batchWriter);
		given(database.status()).willReturn(writer(1, 1, 0));
		given(checkpointer.walStatus()).willThrow(new SQLException("damaged"));
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		new SqliteMetrics(() -> database, ALWAYS_NEW).bindTo(registry);
		assertThat(registry.get("sqlite.wal.frames").gauge().value()).isNaN();
		assertThat(registry.get("sqlite.writer.queue").gauge().value()).isZero();
	}

	@Test
	void gaugesAreNaNAfterClose() {
		scrape(this.registry);
		double misses = cache("miss");
		this.database.close();
		assertThat(gauge("sqlite.wal.frames")).isNaN();
		assertThat(gauge("sqlite.writer.queue")).isNaN();
		assertThat(connections("reader", "idle")).isNaN();
		assertThat(cache("miss")).isGreaterThanOrEqualTo(misses);
		assertThat(this.registry.get("sqlite.checkpoint").tags("trigger", "shutdown").timer().count()).isOne();
	}

	@Test
	void gaugesAreNaNWithoutADatabase() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		new SqliteMetrics(() -> null).bindTo(registry);
		assertThat(registry.get("sqlite.writer.queue").gauge().value()).isNaN();
	}

	@Test
	void databaseInMemoryHasNoWal() {
		try (SqliteDatabase memory = SqliteDatabase.builder(DatabaseLocation.memory()).open()) {
			SimpleMeterRegistry registry = new SimpleMeterRegistry();
			SqliteMetrics metrics = new SqliteMetrics(() -> memory, ALWAYS_NEW);
			metrics.bindTo(registry);
			assertThat(registry.get("sqlite.wal.size").gauge().value()).isNaN();
			assertThat(registry.get("sqlite.connections").tags("role", "reader", "state", "idle").gauge().value())
				.isZero();
			assertThat(registry.get("sqlite.connections").tags("role", "writer", "state", "idle").gauge().value())
				.isOne();
		}
	}

	@Test
	void everyMeterHasADescription() {
		assertThat(this.registry.getMeters()).isNotEmpty()
			.allSatisfy((meter) -> assertThat(meter.getId().getDescription()).isNotBlank());
	}

	private static SqliteCheckpointer checkpointer() {
		SqliteCheckpointer checkpointer = mock(SqliteCheckpointer.class);
		given(checkpointer.walState())
			.willReturn(new WalStateChange(WalState.NORMAL, WalState.NORMAL, Instant.now(), null, List.of(), null));
		return checkpointer;
	}

	private static PoolStatus writer(long hits, long misses, long evictions) {
		return new PoolStatus(null, 0, 0, 0, false, List
			.of(new ConnectionStatus("writer", ConnectionRole.WRITER, Map.of(), null, hits, misses, evictions)));
	}

	private static void scrape(SimpleMeterRegistry registry) {
		assertThatNoException().isThrownBy(() -> registry.getMeters()
			.stream()
			.map(Meter::measure)
			.forEach((values) -> values.forEach((value) -> value.getValue())));
	}

	private double connections(String role, String state) {
		return this.registry.get("sqlite.connections").tags("role", role, "state", state).gauge().value();
	}

	private double gauge(String name) {
		return this.registry.get(name).gauge().value();
	}

	private double evictions() {
		return this.registry.get("sqlite.statement.cache.evictions").functionCounter().count();
	}

	private double cache(String result) {
		return this.registry.get("sqlite.statement.cache").tag("result", result).functionCounter().count();
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
