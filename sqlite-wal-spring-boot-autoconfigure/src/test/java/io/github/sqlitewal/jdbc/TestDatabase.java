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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.pool.PoolStatus;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A database of a test, and the questions that tests ask it.
 */
final class TestDatabase implements AutoCloseable {

	/** Runs for hours when nobody stops it, and returns its one row at the end. */
	static final String ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000000)"
			+ " SELECT count(*) FROM c";

	private final DatabaseLocation location;

	private final SqliteDatabase database;

	private TestDatabase(DatabaseLocation location, Consumer<SqliteDatabase.Builder> settings) {
		this.location = location;
		SqliteDatabase.Builder builder = SqliteDatabase.builder(location).readers(3);
		settings.accept(builder);
		this.database = builder.open();
	}

	static TestDatabase in(Path directory) {
		return in(directory, (builder) -> {
		});
	}

	static TestDatabase in(Path directory, Consumer<SqliteDatabase.Builder> settings) {
		return new TestDatabase(DatabaseLocation.file(directory.resolve("test.db")), settings);
	}

	static TestDatabase inMemory() {
		return new TestDatabase(DatabaseLocation.memory(), (builder) -> {
		});
	}

	/**
	 * For tests that hold for both kinds of database.
	 */
	static TestDatabase of(boolean memory, Path directory) {
		return memory ? inMemory() : in(directory);
	}

	SqliteDatabase database() {
		return this.database;
	}

	SqliteDataSource dataSource() {
		return this.database.dataSource();
	}

	Connection connection() {
		return dataSource().getConnection();
	}

	PoolStatus status() {
		return this.database.status();
	}

	/**
	 * A connection of the bare driver, as another process has it: it never waits.
	 */
	Connection outsider() throws SQLException {
		return DriverManager.getConnection("jdbc:sqlite:" + this.location.file() + "?busy_timeout=0");
	}

	void execute(String... statements) throws SQLException {
		try (Connection connection = connection(); Statement statement = connection.createStatement()) {
			for (String sql : statements) {
				statement.execute(sql);
			}
		}
	}

	String query(String sql) throws SQLException {
		try (Connection connection = connection()) {
			return query(connection, sql);
		}
	}

	/**
	 * The first row, columns joined by a bar, {@code null} when there is none.
	 */
	static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			if (!rows.next()) {
				return null;
			}
			List<String> values = new ArrayList<>();
			for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
				values.add(rows.getString(i));
			}
			return String.join("|", values.stream().map(String::valueOf).toList());
		}
	}

	static int execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
			return statement.getUpdateCount();
		}
	}

	/**
	 * What is leased at this moment: "", "writer", "reader", "writer+reader", ...
	 */
	String held() {
		PoolStatus status = status();
		List<String> held = new ArrayList<>();
		if (status.writer() != null) {
			held.add("writer");
		}
		for (int i = 0; i < status.readersInUse(); i++) {
			held.add("reader");
		}
		return String.join("+", held);
	}

	void assertNothingHeld() {
		assertThat(held()).as("leases").isEmpty();
		assertThat(status().queuedWrites()).as("queued writes").isZero();
		assertThat(status().queuedReads()).as("queued reads").isZero();
	}

	@Override
	public void close() {
		this.database.close();
	}

}
