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
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the application sees of the cache of prepared statements, which is to be nothing.
 */
@Timeout(60)
class CachedStatementsTests {

	private static final String ALL = "SELECT * FROM item";

	private static final String BY_NAME = "SELECT id, name FROM item WHERE name <> ? ORDER BY id";

	@TempDir
	Path directory;

	private TestDatabase database;

	@BeforeEach
	void open() throws SQLException {
		// one reader, so that its cached statement is the one that runs again
		this.database = TestDatabase.in(this.directory, (builder) -> builder.readers(1));
		this.database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)",
				"INSERT INTO item VALUES (1, 'first'), (2, 'second')");
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	private void assertCached(String sql) throws SQLException {
		long before = hits();
		row(sql);
		assertThat(hits()).as("hits").isGreaterThan(before);
	}

	private long hits() {
		return this.database.status()
			.connections()
			.stream()
			.mapToLong((connection) -> connection.statementCacheHits())
			.sum();
	}

	/**
	 * The first row by the names of its columns.
	 */
	private String row(String sql) throws SQLException {
		try (Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(sql);
				ResultSet rows = statement.executeQuery()) {
			assertThat(rows.next()).isTrue();
			List<String> values = new ArrayList<>();
			for (String label : labels(rows.getMetaData())) {
				values.add(label + "=" + rows.getString(label));
			}
			return String.join(" ", values);
		}
	}

	private static List<String> labels(ResultSetMetaData metaData) throws SQLException {
		List<String> labels = new ArrayList<>();
		for (int i = 1; i <= metaData.getColumnCount(); i++) {
			labels.add(metaData.getColumnLabel(i));
		}
		return labels;
	}

	// A schema that changes

	@Test
	void columnsChangeUnderTheReader() throws SQLException {
		assertThat(row(ALL)).isEqualTo("id=1 name=first");
		assertCached(ALL);
		change("ALTER TABLE item ADD COLUMN price DEFAULT 5");
		assertThat(row(ALL)).isEqualTo("id=1 name=first price=5");
		change("ALTER TABLE item RENAME COLUMN price TO cost");
		assertThat(row(ALL)).isEqualTo("id=1 name=first cost=5");
		change("ALTER TABLE item DROP COLUMN name");
		assertThat(row(ALL)).isEqualTo("id=1 cost=5");
		change("DROP TABLE item", "CREATE TABLE item (other, id)", "INSERT INTO item VALUES ('x', 'y')");
		assertThat(row(ALL)).isEqualTo("other=x id=y");
		assertCached(ALL);
	}

	private void change(String... statements) throws SQLException {
		this.database.execute(statements);
	}

	@Test
	void columnsChangeUnderTheTransactionThatChangesThem() throws SQLException {
		try (Connection connection = this.database.connection();
				Statement ddl = connection.createStatement();
				PreparedStatement statement = connection.prepareStatement(ALL)) {
			connection.setAutoCommit(false);
			assertThat(columns(statement)).containsExactly("id", "name");
			ddl.execute("ALTER TABLE item ADD COLUMN price");
			assertThat(columns(statement)).containsExactly("id", "name", "price");
			connection.rollback();
			assertThat(columns(statement)).containsExactly("id", "name");
		}
	}

	private List<String> columns(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = statement.executeQuery()) {
			return labels(rows.getMetaData());
		}
	}

	@Test
	void columnsChangeInAnotherProcess() throws SQLException {
		assertThat(row(ALL)).isEqualTo("id=1 name=first");
		try (Connection outsider = this.database.outsider(); Statement statement = outsider.createStatement()) {
			statement.execute("ALTER TABLE item RENAME COLUMN name TO title");
			statement.execute("ALTER TABLE item ADD COLUMN price DEFAULT 5");
		}
		assertThat(row(ALL)).isEqualTo("id=1 title=first price=5");
		assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(() -> byLabel("name"))
			.withMessageContaining("id, title, price");
	}

	private void byLabel(String label) throws SQLException {
		try (Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(ALL);
				ResultSet rows = statement.executeQuery()) {
			rows.next();
			rows.getString(label);
		}
	}

	@Test
	void parametersStayWhereTheyAre() throws SQLException {
		String sql = "SELECT * FROM item WHERE name = ? AND id = ?";
		assertThat(find(sql, "second", 2)).isEqualTo(2);
		change("ALTER TABLE item ADD COLUMN price DEFAULT 5");
		assertThat(find(sql, "second", 2)).isEqualTo(3);
	}

	private int find(String sql, String name, int id) throws SQLException {
		try (Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setString(1, name);
			statement.setInt(2, id);
			assertThat(statement.getParameterMetaData().getParameterCount()).isEqualTo(2);
			try (ResultSet rows = statement.executeQuery()) {
				assertThat(rows.next()).isTrue();
				return rows.getMetaData().getColumnCount();
			}
		}
	}

	@Test
	void metaDataBeforeTheStatementRunsIsThatOfTheSchemaAsItIsNow() throws SQLException {
		row(ALL);
		try (Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(ALL)) {
			assertThat(labels(statement.getMetaData())).as("of a statement that has run before")
				.containsExactly("id", "name");
			try (Connection outsider = this.database.outsider(); Statement ddl = outsider.createStatement()) {
				ddl.execute("ALTER TABLE item RENAME COLUMN name TO title");
			}
			assertThat(labels(statement.getMetaData())).containsExactly("id", "title");
		}
	}

	// The same SQL inside of itself

	@Test
	void outsideATransaction() throws SQLException {
		try (Connection connection = this.database.connection()) {
			assertNested(connection);
		}
	}

	@Test
	void insideATransaction() throws SQLException {
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			assertNested(connection);
			connection.commit();
		}
	}

	private void assertNested(Connection connection) throws SQLException {
		List<String> seen = new ArrayList<>();
		// twice: with new statements, and with what is cached by then
		for (int i = 0; i < 2; i++) {
			try (PreparedStatement outer = connection.prepareStatement(BY_NAME)) {
				outer.setString(1, "first");
				try (ResultSet outerRows = outer.executeQuery()) {
					assertThat(outerRows.next()).isTrue();
					seen.add(inner(connection, "second"));
					seen.add(inner(connection, "none"));
					seen.add(outerRows.getString("name"));
					assertThat(outerRows.next()).isFalse();
				}
			}
		}
		assertThat(seen).containsExactly("first", "firstsecond", "second", "first", "firstsecond", "second");
	}

	private String inner(Connection connection, String name) throws SQLException {
		StringBuilder names = new StringBuilder();
		try (PreparedStatement statement = connection.prepareStatement(BY_NAME)) {
			statement.setString(1, name);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					names.append(rows.getString("name"));
				}
			}
		}
		return names.toString();
	}

	@Test
	void valuesOfTheExecutionBeforeAreGone() throws SQLException {
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			try (PreparedStatement statement = connection.prepareStatement("SELECT ? || ?")) {
				statement.setString(1, "a");
				statement.setString(2, "b");
				statement.executeQuery().close();
			}
			try (PreparedStatement statement = connection.prepareStatement("SELECT ? || ?")) {
				statement.setString(1, "c");
				assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery)
					.withMessageContaining("Parameter 2 of 2 is not set");
			}
			connection.rollback();
		}
	}

	@Test
	void maximumOfRowsIsThatOfTheExecution() throws SQLException {
		try (Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(ALL)) {
			statement.setMaxRows(1);
			assertThat(count(statement)).isOne();
			statement.setMaxRows(0);
			assertThat(count(statement)).isEqualTo(2);
		}
	}

	private static int count(PreparedStatement statement) throws SQLException {
		int count = 0;
		try (ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				count++;
			}
		}
		return count;
	}

}
