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

package io.github.sqlitewal.pool;

import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import org.awaitility.Awaitility;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.SqliteConnectionCustomizer;

/**
 * A pool on a file with the table {@code t (x)}, as a test needs it.
 */
final class TestPool implements AutoCloseable {

	/** Never passes in a test that passes. */
	static final Duration LONG = Duration.ofSeconds(60);

	private final DatabaseLocation location;

	private final List<SqliteConnectionCustomizer> customizers = new ArrayList<>();

	private int readers = 2;

	private int maxQueuedWrites = 1000;

	private BusyRetry busyRetry = PollingRetry.instance();

	private PinSettings pins = PinSettings.DEFAULT;

	private PoolListener listener = new PoolListener() {
	};

	private boolean holdReadLock = true;

	private WalFile wal;

	private SqlitePool pool;

	private TestPool(DatabaseLocation location) {
		this.location = location;
	}

	static TestPool in(Path directory) {
		return new TestPool(DatabaseLocation.file(directory.resolve("app.db")));
	}

	static TestPool inMemory() {
		return new TestPool(DatabaseLocation.memory());
	}

	TestPool readers(int readers) {
		this.readers = readers;
		return this;
	}

	TestPool maxQueuedWrites(int maxQueuedWrites) {
		this.maxQueuedWrites = maxQueuedWrites;
		return this;
	}

	TestPool busyRetry(BusyRetry busyRetry) {
		this.busyRetry = busyRetry;
		return this;
	}

	TestPool pins(PinSettings pins) {
		this.pins = pins;
		return this;
	}

	TestPool listener(PoolListener listener) {
		this.listener = listener;
		return this;
	}

	TestPool customizer(SqliteConnectionCustomizer customizer) {
		this.customizers.add(customizer);
		return this;
	}

	TestPool holdReadLock(boolean holdReadLock) {
		this.holdReadLock = holdReadLock;
		return this;
	}

	TestPool wal(WalFile wal) {
		this.wal = wal;
		return this;
	}

	TestPool open() throws SQLException {
		ConnectionSettings settings = new ConnectionSettings(this.location, Map.of(), Map.of(), this.customizers, 16);
		this.pool = SqlitePool.open(
				new ConnectionFactory(settings), new PoolSettings(this.readers, LONG, this.maxQueuedWrites,
						WriteGroupLimits.DEFAULT, this.pins, this.holdReadLock),
				this.busyRetry, this.listener, this.wal);
		try (Lease lease = writer("CREATE TABLE")) {
			execute(lease, "CREATE TABLE IF NOT EXISTS t (x)");
		}
		return this;
	}

	SqlitePool pool() {
		return this.pool;
	}

	Path file() {
		return this.location.file();
	}

	Lease writer(String sql) throws SQLException {
		return this.pool.acquireWriter(sql, Deadline.after(LONG), null);
	}

	Lease reader(String sql) throws SQLException {
		return this.pool.acquireReader(sql, Deadline.after(LONG), null);
	}

	/**
	 * Waits until so many stand in the writer's queue.
	 */
	void awaitQueuedWrites(int count) {
		await(() -> this.pool.status().queuedWrites() == count);
	}

	void awaitQueuedReads(int count) {
		await(() -> this.pool.status().queuedReads() == count);
	}

	static void await(Callable<Boolean> condition) {
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(condition);
	}

	static void execute(Lease lease, String sql) throws SQLException {
		try (Statement statement = lease.connection().driverConnection().createStatement()) {
			statement.execute(sql);
		}
	}

	@Override
	public void close() {
		this.pool.drain(Deadline.after(Duration.ofMillis(100)));
		this.pool.closeReaders();
		this.pool.closeWriter();
	}

}
