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
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.SqliteConnectionCustomizer;
import io.github.sqlitewal.pool.BusyRetry;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.PinSettings;
import io.github.sqlitewal.pool.PollingRetry;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.PoolSettings;
import io.github.sqlitewal.pool.PoolStatus;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WalFile;
import io.github.sqlitewal.pool.WriteGroupLimits;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A database on which single writes wait for the writer in a known order, so that what is
 * combined is no matter of chance. Its tables are {@code t (id, name)}, whose ids are
 * unique, {@code log (name)}, where a statement that ran twice shows, {@code child (t)},
 * whose foreign key is deferred, and {@code typed (n, word)}, which is STRICT.
 * <p>
 * The SQL function {@code gate(x)} says that it was reached and blocks until it is
 * opened; nothing interrupts it.
 */
final class WaitingWrites implements AutoCloseable {

	private static final Duration LONG = Duration.ofSeconds(60);

	private final DatabaseLocation location;

	private final SqlitePool pool;

	private final SqliteDataSource dataSource;

	private @Nullable Lease holder;

	private final List<Integer> combined = Collections.synchronizedList(new ArrayList<>());

	private final Semaphore reached = new Semaphore(0);

	private final Semaphore opened = new Semaphore(0);

	private final List<AutoCloseable> connections = new ArrayList<>();

	private WaitingWrites(DatabaseLocation location, Settings settings) throws SQLException {
		this.location = location;
		settings.customizers.add((connection, role) -> Function.create(connection, "gate", new Gate()));
		ConnectionSettings connections = new ConnectionSettings(location, Map.of(), Map.of(), settings.customizers, 64);
		PoolListener listener = new PoolListener() {

			@Override
			public void writesCombined(int count) {
				WaitingWrites.this.combined.add(count);
			}

		};
		this.pool = SqlitePool.open(new ConnectionFactory(connections),
				new PoolSettings(2, LONG, 1000, settings.limits, PinSettings.DEFAULT, true), settings.busyRetry,
				listener, settings.wal);
		this.dataSource = new SqliteDataSource(this.pool, LONG, BatchSettings.DEFAULT, "jdbc:sqlite:" + location);
	}

	static WaitingWrites in(Path directory) throws SQLException {
		return in(directory, (settings) -> {
		});
	}

	static WaitingWrites in(Path directory, Consumer<Settings> settings) throws SQLException {
		Settings chosen = new Settings();
		settings.accept(chosen);
		WaitingWrites writes = new WaitingWrites(DatabaseLocation.file(directory.resolve("test.db")), chosen);
		for (String sql : List.of("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "CREATE TABLE log (name)",
				"CREATE TABLE child (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)", "CREATE TABLE refusing (name)",
				"CREATE TRIGGER refuses BEFORE INSERT ON refusing"
						+ " BEGIN SELECT RAISE(ROLLBACK, 'refused by the trigger'); END",
				"CREATE TABLE typed (n INTEGER, word TEXT) STRICT", "INSERT INTO typed VALUES (1, '1'), (2, 'two')",
				"INSERT INTO t VALUES (1, 'there')")) {
			TestDatabase.execute(writes.connection(), sql);
		}
		writes.hold();
		return writes;
	}

	SqlitePool pool() {
		return this.pool;
	}

	SqliteDataSource dataSource() {
		return this.dataSource;
	}

	PoolStatus status() {
		return this.pool.status();
	}

	String query(String sql) throws SQLException {
		return TestDatabase.query(connection(), sql);
	}

	/**
	 * A connection of the bare driver, as another process has it: it never waits.
	 */
	Connection outsider() throws SQLException {
		return DriverManager.getConnection("jdbc:sqlite:" + this.location.file() + "?busy_timeout=0");
	}

	void assertNothingHeld() {
		assertThat(status().writer()).isNull();
		assertThat(status().queuedWrites()).isZero();
		assertThat(status().readersInUse()).isZero();
	}

	/**
	 * Takes the writer for this thread, without SQLite's lock, so that what is queued
	 * next waits.
	 */
	void hold() throws SQLException {
		this.holder = this.pool.acquireWriter("the holder", Deadline.after(LONG), null);
	}

	PhysicalConnection held() throws SQLException {
		return this.holder.connection();
	}

	void letGo() {
		this.holder.close();
	}

	/**
	 * Starts a thread that has a connection of its own, and returns when it waits behind
	 * those that were queued before.
	 */
	Running queue(Work work) throws SQLException {
		Connection connection = connection();
		return queued(() -> work.on(connection));
	}

	Running queued(Callable<?> call) {
		int before = status().queuedWrites();
		Running running = Running.of(call);
		running.until(() -> status().queuedWrites() > before);
		return running;
	}

	/**
	 * One that runs a statement and returns its count.
	 */
	Running queue(String sql) throws SQLException {
		return queue((connection) -> TestDatabase.execute(connection, sql));
	}

	Running queueLog(String name) throws SQLException {
		return queue("INSERT INTO log VALUES ('" + name + "')");
	}

	Connection connection() {
		Connection connection = this.dataSource.getConnection();
		this.connections.add(connection);
		return connection;
	}

	/**
	 * The sizes of the groups.
	 */
	List<Integer> combined() {
		return this.combined;
	}

	/**
	 * What is in the log, in the order in which it was stored.
	 */
	String log() throws SQLException {
		return query("SELECT coalesce(group_concat(name), '') FROM (SELECT name FROM log ORDER BY rowid)");
	}

	void awaitGate(Running running) {
		running.until(() -> this.reached.tryAcquire());
	}

	void openGate() {
		this.opened.release();
	}

	static List<Long> longs(ResultSet rows) throws SQLException {
		List<Long> values = new ArrayList<>();
		while (rows.next()) {
			values.add(rows.getLong(1));
		}
		return values;
	}

	static List<Long> keysOf(Connection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
			statement.executeUpdate();
			return longs(statement.getGeneratedKeys());
		}
	}

	@Override
	public void close() throws Exception {
		this.opened.release(1000);
		letGo();
		for (AutoCloseable connection : this.connections) {
			connection.close();
		}
		this.pool.drain(Deadline.after(Duration.ofMillis(100)));
		this.pool.closeReaders();
		this.pool.closeWriter();
	}

	interface Work {

		Object on(Connection connection) throws Exception;

	}

	static final class Settings {

		final List<SqliteConnectionCustomizer> customizers = new ArrayList<>();

		BusyRetry busyRetry = PollingRetry.instance();

		// so that what is combined does not depend on how fast this machine is
		WriteGroupLimits limits = new WriteGroupLimits(1000, LONG);

		// null when a commit need not survive a loss of power
		@Nullable WalFile wal;

	}

	private final class Gate extends Function {

		@Override
		protected void xFunc() throws SQLException {
			WaitingWrites.this.reached.release();
			WaitingWrites.this.opened.acquireUninterruptibly();
			result(value_text(0));
		}

	}

}
