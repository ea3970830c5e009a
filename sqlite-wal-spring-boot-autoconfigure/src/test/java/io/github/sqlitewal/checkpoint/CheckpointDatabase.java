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
package io.github.sqlitewal.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.awaitility.Awaitility;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A database with the table {@code t (x)}, in which nothing checkpoints unless the test
 * does, and all that was told of it.
 */
final class CheckpointDatabase implements AutoCloseable, CheckpointListener {

	private final List<CheckpointResult> results = new CopyOnWriteArrayList<>();

	private final List<WalStateChange> changes = new CopyOnWriteArrayList<>();

	private final AtomicInteger slowed = new AtomicInteger();

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final Path file;

	private final SqliteDatabase database;

	private CheckpointDatabase(Path file, Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		this.file = file;
		SqliteDatabase.Builder builder = SqliteDatabase.builder(file)
			.readers(3)
			.checkpointInterval(Duration.ZERO)
			.checkpointTriggerSize(0)
			.checkpointListener(this)
			.poolListener(new PoolListener() {

				@Override
				public void writeSlowed(long nanos) {
					CheckpointDatabase.this.slowed.incrementAndGet();
				}

			});
		settings.accept(builder);
		this.database = builder.open();
		execute("CREATE TABLE IF NOT EXISTS t (x)");
	}

	static CheckpointDatabase in(Path directory) throws SQLException {
		return in(directory, (builder) -> {
		});
	}

	static CheckpointDatabase in(Path directory, Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		return new CheckpointDatabase(directory.resolve("app.db"), settings);
	}

	SqliteDatabase database() {
		return this.database;
	}

	SqliteCheckpointer checkpointer() {
		return this.database.checkpointer();
	}

	/**
	 * Whether a write is held up before it asks for the writer.
	 */
	boolean isSlowedDown() throws SQLException {
		long before = this.slowed.get();
		insert(3);
		return this.slowed.get() > before;
	}

	CheckpointResult startOver() {
		return checkpointer().startOver();
	}

	Path file() {
		return this.file;
	}

	long walBytes() {
		return DatabaseLocation.file(this.file).walBytes();
	}

	WalStatus wal() throws SQLException {
		return checkpointer().walStatus();
	}

	/**
	 * The frames of the WAL, and not those of a WAL that starts over with the next write.
	 */
	long framesInUse() throws SQLException {
		return checkpointer().framesInUse(wal());
	}

	List<CheckpointResult> results() {
		return this.results;
	}

	List<WalState> states() {
		return this.changes.stream().map(WalStateChange::current).toList();
	}

	List<WalStateChange> changes() {
		return this.changes;
	}

	Connection connection() {
		return this.database.dataSource().getConnection();
	}

	void execute(String sql) throws SQLException {
		try (Connection connection = connection(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	void insert(int count) throws SQLException {
		for (int i = 0; i < count; i++) {
			execute("INSERT INTO t VALUES (zeroblob(1000))");
		}
	}

	String query(String sql) throws SQLException {
		try (Connection connection = connection()) {
			return query(connection, sql);
		}
	}

	static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			return rows.next() ? rows.getString(1) : null;
		}
	}

	/**
	 * A transaction that has read, and so uses the WAL until it is closed.
	 */
	Connection reading(String sql) throws SQLException {
		Connection connection = connection();
		connection.setReadOnly(true);
		connection.setAutoCommit(false);
		query(connection, sql);
		return connection;
	}

	/**
	 * A transaction that has written.
	 */
	Connection writing() throws SQLException {
		Connection connection = connection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.executeUpdate("INSERT INTO t VALUES ('open')");
		}
		return connection;
	}

	/**
	 * Someone outside of this process, who has begun a transaction.
	 */
	PlainConnection outside(String begin) throws SQLException {
		PlainConnection outside = PlainConnection.to(this.file);
		this.opened.add(outside);
		outside.execute(begin).query("SELECT count(*) FROM t");
		return outside;
	}

	Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

	/**
	 * Makes the WAL file longer by a hole.
	 */
	boolean extend(long step) throws SQLException, IOException {
		try (WalTail.Opened wal = checkpointer().tail().open()) {
			return wal.extend(step, soon());
		}
	}

	/**
	 * Cuts the WAL file off behind its last frame.
	 */
	boolean cut(long most) throws SQLException, IOException {
		try (WalTail.Opened wal = checkpointer().tail().open()) {
			return wal.cut(most, soon());
		}
	}

	static Deadline soon() {
		return Deadline.after(Duration.ofMillis(200));
	}

	/**
	 * Whether a thread is in a method of this name.
	 */
	static boolean isAnyoneIn(String method) {
		return Thread.getAllStackTraces()
			.values()
			.stream()
			.flatMap(Arrays::stream)
			.anyMatch((frame) -> frame.getMethodName().equals(method));
	}

	/**
	 * Copies a file by another process: to open the database file in this one would drop
	 * SQLite's locks on it.
	 */
	static void copy(Path from, Path to) throws IOException, InterruptedException {
		Process process = new ProcessBuilder("cp", from.toString(), to.toString()).inheritIO().start();
		if (process.waitFor() != 0) {
			throw new IOException("cp failed for " + from);
		}
	}

	/**
	 * Opens a copy of the file and its WAL, as they would be there after a crash at this
	 * moment, and looks whether all is well and nothing is lost.
	 */
	void assertWholeAfterACrash(int rows) throws SQLException, IOException, InterruptedException {
		assertWholeAfterACrash(this.file, rows);
	}

	static void assertWholeAfterACrash(Path file, int rows) throws SQLException, IOException, InterruptedException {
		Path copy = file.resolveSibling("copy.db");
		Path wal = file.resolveSibling("copy.db-wal");
		Files.deleteIfExists(copy);
		Files.deleteIfExists(wal);
		copy(file, copy);
		copy(file.resolveSibling(file.getFileName() + "-wal"), wal);
		assertThat(PlainConnection.ask(copy, "PRAGMA integrity_check")).isEqualTo("ok");
		assertThat(PlainConnection.ask(copy, "SELECT count(*) FROM t")).isEqualTo(String.valueOf(rows));
		Files.delete(copy);
	}

	static void await(Callable<Boolean> condition) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(1))
			.until(condition);
	}

	@Override
	public void checkpointed(CheckpointResult result) {
		this.results.add(result);
	}

	@Override
	public void walStateChanged(WalStateChange change) {
		this.changes.add(change);
	}

	@Override
	public void close() throws SQLException {
		for (AutoCloseable closeable : this.opened) {
			try {
				closeable.close();
			}
			catch (Exception ex) {
				throw new SQLException(ex);
			}
		}
		this.database.close();
	}

}
