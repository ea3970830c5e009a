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
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.support.GeneratedKeyHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Generated keys are those of the rows that the statement has stored, and of no others.
 */
class GeneratedKeysTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private Connection connection;

	private Statement statement;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory);
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, made TEXT DEFAULT 'now')",
				"CREATE TABLE other (id INTEGER PRIMARY KEY)");
		this.connection = this.database.connection();
		this.statement = this.connection.createStatement();
	}

	@AfterEach
	void close() throws Exception {
		this.connection.close();
		this.database.assertNothingHeld();
		this.database.close();
	}

	private static List<String> keys(Statement statement) throws SQLException {
		List<String> keys = new ArrayList<>();
		try (ResultSet rows = statement.getGeneratedKeys()) {
			while (rows.next()) {
				StringBuilder row = new StringBuilder();
				for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
					row.append((i > 1) ? "|" : "").append(rows.getString(i));
				}
				keys.add(row.toString());
			}
		}
		return keys;
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ofOneRow(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		assertThat(this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a');", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).containsExactly("1");
		this.statement.execute("/* c */ INSERT INTO t (name) VALUES ('b') -- d", Statement.RETURN_GENERATED_KEYS);
		assertThat(this.statement.getUpdateCount()).isEqualTo(1);
		assertThat(this.statement.getResultSet()).isNull();
		assertThat(keys(this.statement)).containsExactly("2");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ofManyRows(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		this.statement.setMaxRows(1);
		assertThat(this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a'), ('b'), ('c')",
				Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(3);
		assertThat(keys(this.statement)).containsExactly("1", "2", "3");
	}

	@Test
	void byColumnNames() throws Exception {
		assertThat(this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')",
				new String[] { "made", "ID", "Name" }))
			.isEqualTo(1);
		assertThat(keys(this.statement)).containsExactly("now|1|a");
		this.database.execute("CREATE TABLE odd (\"a `quoted\"\" name\" INTEGER PRIMARY KEY, \"select\" DEFAULT 2)");
		this.statement.executeUpdate("INSERT INTO odd DEFAULT VALUES", new String[] { "a `quoted\" name", "select" });
		assertThat(keys(this.statement)).containsExactly("1|2");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void unknownColumnIsAnErrorAndStoresNothing(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(
				() -> this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')", new String[] { "nonsense" }))
			.withMessageContaining("nonsense")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"));
		assertThat(TestDatabase.query(this.connection, "SELECT count(*) FROM t")).isEqualTo("0");
	}

	@Test
	void noneWhenNothingWasInserted() throws Exception {
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')", Statement.RETURN_GENERATED_KEYS);
		assertThat(this.statement.executeUpdate("INSERT OR IGNORE INTO t (name) VALUES ('a')",
				Statement.RETURN_GENERATED_KEYS))
			.isZero();
		assertThat(keys(this.statement)).isEmpty();
		assertThat(this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a') ON CONFLICT DO NOTHING",
				Statement.RETURN_GENERATED_KEYS))
			.isZero();
		assertThat(keys(this.statement)).isEmpty();
	}

	@Test
	void ofTheRowThatAnUpsertUpdated() throws Exception {
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a'), ('b')");
		assertThat(this.statement.executeUpdate(
				"INSERT INTO t (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET made = 'then'",
				Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).containsExactly("1");
		assertThat(this.statement.executeUpdate("REPLACE INTO t (name) VALUES ('a')", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).containsExactly("3");
	}

	@Test
	void noneOfATableWithoutRowid() throws Exception {
		this.database.execute("CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID");
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')");
		assertThat(this.statement.executeUpdate("INSERT INTO w VALUES ('x')", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).isEmpty();
		this.statement.executeUpdate("INSERT INTO w VALUES ('y')", new String[] { "k" });
		assertThat(keys(this.statement)).containsExactly("y");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ofAFullTextTable(boolean autoCommit) throws Exception {
		this.database.execute("CREATE VIRTUAL TABLE f USING fts5(x)");
		this.connection.setAutoCommit(autoCommit);
		// the same number as the key that follows, on the same connection
		this.statement.executeUpdate("INSERT INTO other VALUES (1)");
		assertThat(this.statement.executeUpdate("INSERT INTO f VALUES ('a')", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).containsExactly("1");
		this.statement.executeUpdate("INSERT INTO f (rowid, x) VALUES (7, 'b')", Statement.RETURN_GENERATED_KEYS);
		assertThat(keys(this.statement)).containsExactly("7");
		assertThat(this.statement.executeUpdate("INSERT INTO f VALUES ('b'), ('c')", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(2);
		assertThat(keys(this.statement)).as("the one that is known").containsExactly("9");
		this.statement.executeUpdate("INSERT INTO f VALUES ('d')", new String[] { "x", "rowid" });
		assertThat(keys(this.statement)).containsExactly("d|10");
		this.statement.executeUpdate("INSERT INTO f SELECT 'c' WHERE 0", Statement.RETURN_GENERATED_KEYS);
		assertThat(keys(this.statement)).isEmpty();
	}

	@Test
	void noneWhenNoneWereAskedFor() throws Exception {
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')");
		assertThat(keys(this.statement)).isEmpty();
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('b')", Statement.RETURN_GENERATED_KEYS);
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('c')", Statement.NO_GENERATED_KEYS);
		assertThat(keys(this.statement)).as("not those of the statement before").isEmpty();
	}

	// a cached statement with RETURNING would be a miss of its own
	@Test
	void nothingMoreIsPreparedWhenNoneWereAskedFor() throws Exception {
		long before = this.database.status().connections().get(0).statementCacheMisses();
		for (int i = 0; i < 3; i++) {
			this.statement.executeUpdate("INSERT INTO t (name) VALUES (hex(randomblob(9)))");
		}
		assertThat(this.database.status().connections().get(0).statementCacheMisses()).isEqualTo(before + 1);
	}

	@Test
	void ofOtherStatementsThanInsert() throws Exception {
		this.statement.executeUpdate("INSERT INTO t (name) VALUES ('a')");
		assertThat(this.statement.executeUpdate("UPDATE t SET name = 'b'", Statement.RETURN_GENERATED_KEYS))
			.isEqualTo(1);
		assertThat(keys(this.statement)).isEmpty();
		assertThat(this.statement.executeUpdate("DELETE FROM t", Statement.RETURN_GENERATED_KEYS)).isEqualTo(1);
		assertThat(keys(this.statement)).isEmpty();
		assertThat(this.statement.execute("VACUUM", Statement.RETURN_GENERATED_KEYS)).isFalse();
		assertThat(this.statement.execute("CREATE TABLE u (x)", Statement.RETURN_GENERATED_KEYS)).isFalse();
		assertThat(this.statement.execute("SELECT 1", Statement.RETURN_GENERATED_KEYS)).isTrue();
		try (PreparedStatement select = this.connection.prepareStatement("SELECT 1", Statement.RETURN_GENERATED_KEYS)) {
			assertThat(select.executeQuery().next()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ofABatch(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		this.database.execute();
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT OR IGNORE INTO t (name) VALUES (?)",
				Statement.RETURN_GENERATED_KEYS)) {
			for (String name : List.of("a", "b", "a", "c")) {
				insert.setString(1, name);
				insert.addBatch();
			}
			assertThat(insert.executeBatch()).containsExactly(1, 1, 0, 1);
			assertThat(keys(insert)).containsExactly("1", "2", "3");
		}
		this.connection.setAutoCommit(true);
	}

	@Test
	void ofWithInsert() throws Exception {
		this.statement.executeUpdate("WITH n(x) AS (VALUES ('a'), ('b')) INSERT INTO t (name) SELECT x FROM n",
				Statement.RETURN_GENERATED_KEYS);
		assertThat(keys(this.statement)).containsExactly("1", "2");
	}

	@Test
	void bySpringsTemplates() {
		JdbcTemplate template = new JdbcTemplate(this.database.dataSource());
		GeneratedKeyHolder holder = new GeneratedKeyHolder();
		template.update((connection) -> {
			PreparedStatement insert = connection.prepareStatement("INSERT INTO t (name) VALUES (?)",
					Statement.RETURN_GENERATED_KEYS);
			insert.setString(1, "a");
			return insert;
		}, holder);
		assertThat(holder.getKeyAs(Integer.class)).isEqualTo(1);
		GeneratedKeyHolder columns = new GeneratedKeyHolder();
		new NamedParameterJdbcTemplate(template).update("INSERT INTO t (name) VALUES (:name)",
				new MapSqlParameterSource("name", "b"), columns, new String[] { "id", "made" });
		assertThat(columns.getKeys()).isEqualTo(Map.of("id", 2, "made", "now"));
		GeneratedKeyHolder batch = new GeneratedKeyHolder();
		new NamedParameterJdbcTemplate(template).batchUpdate("INSERT INTO t (name) VALUES (:name)",
				new MapSqlParameterSource[] { new MapSqlParameterSource("name", "c"),
						new MapSqlParameterSource("name", "d") },
				batch);
		assertThat(batch.getKeyList()).hasSize(2);
		assertThat(batch.getKeyList().get(1).values()).containsExactly(4);
	}

	@Test
	void bySimpleJdbcInsert() {
		SimpleJdbcInsert insert = new SimpleJdbcInsert(this.database.dataSource()).withTableName("t")
			.usingGeneratedKeyColumns("id");
		assertThat(insert.executeAndReturnKey(Map.of("name", "a"))).isEqualTo(1);
		assertThat(insert.executeAndReturnKey(Map.of("name", "b"))).isEqualTo(2);
		assertThat(new SimpleJdbcInsert(this.database.dataSource()).withTableName("t")
			.usingColumns("name")
			.usingGeneratedKeyColumns("id", "made")
			.executeAndReturnKeyHolder(Map.of("name", "c"))
			.getKeys()).isEqualTo(Map.of("id", 3, "made", "now"));
		assertThat(new SimpleJdbcInsert(this.database.dataSource()).withTableName("t")
			.usingColumns("name")
			.execute(Map.of("name", "d"))).isEqualTo(1);
	}

}
