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
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.PoolListener;

/**
 * A database on which single writes wait for the writer in a known order, so that what is
 * combined is no matter of chance. Its tables are {@code t (id, name)}, whose ids are
 * unique, {@code log (name)}, where a statement that ran twice shows, and
 * {@code child (t)}, whose foreign key is deferred.
 * <p>
 * The SQL function {@code gate(x)} says that it was reached and blocks until it is
 * opened; nothing interrupts it.
 */
final class WaitingWrites implements AutoCloseable {

	private final TestDatabase database;

	private @Nullable Lease holder;

	private final List<Integer> combined = Collections.synchronizedList(new ArrayList<>());

	private final Semaphore reached = new Semaphore(0);

	private final Semaphore opened = new Semaphore(0);

	private final List<AutoCloseable> connections = new ArrayList<>();

	private WaitingWrites(TestDatabase database) {
		this.database = database;
	}

	static WaitingWrites in(Path directory) throws SQLException {
		return in(directory, (builder) -> {
		});
	}

	static WaitingWrites in(Path directory, Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		Later later = new Later();
		TestDatabase database = TestDatabase.in(directory, (builder) -> {
			builder.poolListener(later);
			builder.customizer((connection, role) -> Function.create(connection, "gate", later));
			settings.accept(builder);
		});
		database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "CREATE TABLE log (name)",
				"CREATE TABLE child (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)", "CREATE TABLE refusing (name)",
				"CREATE TRIGGER refuses BEFORE INSERT ON refusing"
						+ " BEGIN SELECT RAISE(ROLLBACK, 'refused by the trigger'); END",
				"INSERT INTO t VALUES (1, 'there')");
		WaitingWrites writes = new WaitingWrites(database);
		later.writes = writes;
		writes.hold();
		return writes;
	}

	TestDatabase database() {
		return this.database;
	}

	/**
	 * Takes the writer for this thread, without SQLite's lock, so that what is queued
	 * next waits.
	 */
	void hold() throws SQLException {
		this.holder = this.database.dataSource()
			.pool()
			.acquireWriter("the holder", Deadline.after(Duration.ofSeconds(60)), null);
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
		int before = this.database.status().queuedWrites();
		Running running = Running.of(call);
		running.until(() -> this.database.status().queuedWrites() > before);
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
		Connection connection = this.database.connection();
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
		return this.database
			.query("SELECT coalesce(group_concat(name), '') FROM (SELECT name FROM log ORDER BY rowid)");
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
		this.database.close();
	}

	interface Work {

		Object on(Connection connection) throws Exception;

	}

	/**
	 * The listener and the function, which are there before the database.
	 */
	private static final class Later extends Function implements PoolListener {

		private volatile WaitingWrites writes;

		@Override
		public void writesCombined(int count) {
			this.writes.combined.add(count);
		}

		@Override
		protected void xFunc() throws SQLException {
			this.writes.reached.release();
			this.writes.opened.acquireUninterruptibly();
			result(value_text(0));
		}

	}

}
