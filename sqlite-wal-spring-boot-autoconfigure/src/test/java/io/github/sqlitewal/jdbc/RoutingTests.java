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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.Function;

import io.github.sqlitewal.pool.PoolStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which statement runs on which connection.
 */
class RoutingTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private final AtomicReference<String> seen = new AtomicReference<>("");

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory, (builder) -> builder
			.customizer((connection, role) -> Function.create(connection, "seen", new Function() {

				@Override
				protected void xFunc() throws SQLException {
					RoutingTests.this.seen.set(RoutingTests.this.database.held());
					result(1);
				}

			})));
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "CREATE INDEX t_name ON t (name)",
				"INSERT INTO t VALUES (1, 'a')");
	}

	@AfterEach
	void close() {
		this.database.assertNothingHeld();
		this.database.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			reader | SELECT seen()
			reader | /* INSERT */ -- DELETE
			reader | ; SELECT seen()
			reader | (SELECT seen())
			reader | WITH x AS (SELECT seen()) SELECT * FROM x
			reader | WITH RECURSIVE "insert"(n) AS (VALUES (seen())) SELECT n FROM "insert"
			reader | VALUES (seen())
			writer | INSERT INTO t VALUES (2, seen())
			writer | /* SELECT */ insert into t values (2, seen())
			writer | WITH x AS (SELECT seen() AS s) INSERT INTO t SELECT 2, s FROM x
			writer | WITH x(s) AS (VALUES (seen())) UPDATE t SET name = (SELECT s FROM x)
			writer | REPLACE INTO t VALUES (1, seen())
			writer | UPDATE t SET name = seen()
			writer | DELETE FROM t WHERE id = seen()
			writer | INSERT INTO t VALUES (2, seen()) RETURNING id
			writer | UPDATE t SET name = seen() RETURNING *
			writer | DELETE FROM t WHERE id = seen() RETURNING id
			writer | CREATE TABLE u AS SELECT seen() AS s
			writer | CREATE TEMP TABLE u AS SELECT seen() AS s
			""")
	void statementsOutsideATransaction(String connection, String sql) throws Exception {
		String text = sql.startsWith("/* INSERT") ? sql + "\n SELECT seen()" : sql;
		if (text.startsWith("(")) {
			assertThatExceptionOfType(SQLException.class).as("SQLite has no such syntax")
				.isThrownBy(() -> this.database.execute(text));
			return;
		}
		this.database.execute(text);
		assertThat(this.seen.get()).isEqualTo(connection);
	}

	@ParameterizedTest
	@ValueSource(strings = { "EXPLAIN INSERT INTO t VALUES (9, '')", "EXPLAIN QUERY PLAN DELETE FROM t WHERE id = 1",
			"PRAGMA table_info(t)", "PRAGMA user_version", "PRAGMA foreign_keys", "pragma main.page_count",
			"PRAGMA integrity_check", "PRAGMA wal_checkpoint(NOOP)", "SELECT * FROM pragma_table_info('t')" })
	void readsNeedNoWriter(String sql) throws Exception {
		try (Connection holder = this.database.connection()) {
			holder.setAutoCommit(false);
			TestDatabase.execute(holder, "DELETE FROM t WHERE id = 99");
			assertThat(this.database.query(sql)).isNotNull();
			assertThat(this.database.held()).isEqualTo("writer");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO t VALUES (9, '')", "WITH x AS (SELECT 1) DELETE FROM t",
			"UPDATE t SET name = ''", "INSERT INTO t VALUES (9, '') RETURNING id", "CREATE TABLE u (x)", "DROP TABLE t",
			"ALTER TABLE t ADD COLUMN x", "CREATE INDEX i ON t (name)", "PRAGMA user_version = 9", "ANALYZE",
			"REINDEX t", "VACUUM" })
	void readOnlyRefusesWrites(String sql) throws Exception {
		try (Connection connection = this.database.connection()) {
			connection.setReadOnly(true);
			String before = this.database.query("SELECT count(*), group_concat(sql) FROM t, sqlite_schema");
			for (boolean autoCommit : new boolean[] { true, false }) {
				connection.setAutoCommit(autoCommit);
				if (sql.equals("VACUUM") && !autoCommit) {
					break;
				}
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.execute(connection, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			}
			connection.rollback();
			assertThat(this.database.query("SELECT count(*), group_concat(sql) FROM t, sqlite_schema"))
				.isEqualTo(before);
			assertThat(this.database.query("PRAGMA user_version")).isEqualTo("0");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void readOnlyRefusesWritesInMemoryAndForgetsIt(boolean autoCommit) throws Exception {
		try (TestDatabase memory = TestDatabase.inMemory(); Connection connection = memory.connection()) {
			memory.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			connection.setReadOnly(true);
			connection.setAutoCommit(autoCommit);
			for (String sql : List.of("INSERT INTO t VALUES (1)", "DROP TABLE t",
					"INSERT INTO t VALUES (1) RETURNING id")) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.execute(connection, sql))
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			}
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("0");
			connection.close();
			memory.execute("INSERT INTO t VALUES (1)");
			assertThat(memory.query("SELECT count(*) FROM t")).isEqualTo("1");
		}
	}

	@Test
	void readOnlyRefusesWritesInASession() throws Exception {
		try (Connection connection = this.database.connection()) {
			TestDatabase.execute(connection, "CREATE TEMP TABLE x (y)");
			connection.setReadOnly(true);
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "INSERT INTO t VALUES (2, 'b')"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
			connection.setReadOnly(false);
			TestDatabase.execute(connection, "INSERT INTO t VALUES (2, 'b')");
		}
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo("2");
	}

	@Test
	void attachedDatabaseIsThereUntilClose() throws Exception {
		Path other = this.directory.resolve("other.db");
		PoolStatus before = this.database.status();
		try (Connection connection = this.database.connection()) {
			TestDatabase.execute(connection, "ATTACH '" + other + "' AS o");
			assertThat(this.database.held()).isEqualTo("writer");
			TestDatabase.execute(connection, "CREATE TABLE o.x AS SELECT * FROM main.t");
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM o.x")).isEqualTo("1");
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "INSERT INTO o.x SELECT id + 1, name FROM t");
			connection.rollback();
			assertThat(this.database.held()).isEqualTo("writer");
			TestDatabase.execute(connection, "INSERT INTO o.x SELECT id + 2, name FROM t");
			connection.commit();
			connection.setAutoCommit(true);
			assertThat(TestDatabase.query(connection, "SELECT group_concat(id) FROM o.x")).isEqualTo("1,3");
		}
		this.database.assertNothingHeld();
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM pragma_database_list")).isEqualTo("1");
		}
		assertThat(this.database.status().connections().get(0).settings())
			.isEqualTo(before.connections().get(0).settings());
	}

	@Test
	void temporaryTableIsThereUntilClose() throws Exception {
		try (Connection connection = this.database.connection()) {
			TestDatabase.execute(connection, "CREATE TEMP TABLE x (y)");
			TestDatabase.execute(connection, "INSERT INTO x VALUES (7)");
			assertThat(TestDatabase.query(connection, "SELECT y FROM x")).isEqualTo("7");
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.database.execute("INSERT INTO x VALUES (8)"));
	}

	@Test
	void settingOfAConnectionIsThereUntilClose() throws Exception {
		try (Connection connection = this.database.connection()) {
			TestDatabase.execute(connection, "PRAGMA foreign_keys = OFF");
			assertThat(TestDatabase.query(connection, "PRAGMA foreign_keys")).isEqualTo("0");
		}
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			assertThat(TestDatabase.query(connection, "PRAGMA foreign_keys")).isEqualTo("1");
		}
	}

	@Test
	void sessionThatCouldNotBeginHoldsNothing() throws Exception {
		try (Connection connection = this.database.connection()) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "ATTACH '/no/such/directory/x.db' AS o"));
			this.database.assertNothingHeld();
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("1");
		}
	}

	@Test
	void vacuumAnalyzeAndReindexRun() throws Exception {
		this.database.execute("CREATE INDEX i ON t (name)", "ANALYZE", "REINDEX i", "VACUUM");
		assertThat(this.database.query("SELECT count(*) FROM sqlite_stat1")).isEqualTo("2");
		Path copy = this.directory.resolve("copy.db");
		this.database.execute("VACUUM INTO '" + copy + "'");
		assertThat(copy).isNotEmptyFile();
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "DELETE FROM t WHERE id = 99");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.execute(connection, "VACUUM"));
		}
	}

	@Test
	void cachedStatementSeesTheColumnsOfANewSchema() throws Exception {
		assertThat(this.database.query("SELECT * FROM t")).isEqualTo("1|a");
		this.database.execute("ALTER TABLE t ADD COLUMN more DEFAULT 'm'");
		assertThat(this.database.query("SELECT * FROM t")).isEqualTo("1|a|m");
		try (Connection outsider = this.database.outsider()) {
			TestDatabase.execute(outsider, "DROP INDEX t_name");
			TestDatabase.execute(outsider, "ALTER TABLE t DROP COLUMN name");
			TestDatabase.execute(outsider, "ALTER TABLE t RENAME COLUMN more TO other");
		}
		try (Connection connection = this.database.connection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT * FROM t")) {
			assertThat(rows.next()).isTrue();
			assertThat(rows.getMetaData().getColumnCount()).isEqualTo(2);
			assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("other");
			assertThat(rows.getString("other")).isEqualTo("m");
		}
	}

	@Test
	void bareReadSeesTheLastCommitOfItsThread() throws Exception {
		try (Connection connection = this.database.connection();
				Statement outer = connection.createStatement();
				ResultSet rows = outer.executeQuery("SELECT * FROM t")) {
			assertThat(rows.next()).isTrue();
			for (int i = 2; i < 10; i++) {
				TestDatabase.execute(connection, "INSERT INTO t (name) VALUES ('x')");
				assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo(String.valueOf(i));
			}
			assertThat(this.database.held()).isEqualTo("reader");
			assertThat(rows.next()).as("the snapshot of the older result set").isFalse();
		}
	}

	@Test
	void nestedReadsShareTheReader() throws Exception {
		try (Connection connection = this.database.connection();
				Statement outer = connection.createStatement();
				ResultSet rows = outer.executeQuery("VALUES (1), (2)")) {
			assertThat(rows.next()).isTrue();
			try (Statement inner = connection.createStatement();
					ResultSet same = inner.executeQuery("VALUES (1), (2)")) {
				assertThat(same.next()).isTrue();
				assertThat(this.database.held()).isEqualTo("reader");
			}
			assertThat(rows.next()).isTrue();
			assertThat(rows.getInt(1)).isEqualTo(2);
		}
	}

	// each of three threads, with three readers
	// --
	// SELECT; next()
	// all wait for each other
	// SELECT inside it, and another inside that
	@Test
	void nestedReadsOfAsManyThreadsAsReadersDoNotWaitForEachOther() {
		CyclicBarrier allReading = new CyclicBarrier(3);
		List<Running> threads = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			threads.add(Running.of(() -> {
				try (Connection connection = this.database.connection();
						Statement outer = connection.createStatement();
						ResultSet rows = outer.executeQuery("SELECT 1")) {
					rows.next();
					allReading.await();
					try (Statement middle = connection.createStatement();
							ResultSet nested = middle.executeQuery("SELECT 2")) {
						nested.next();
						allReading.await();
						return TestDatabase.query(connection, "SELECT 3");
					}
				}
			}));
		}
		assertThat(threads).allSatisfy((thread) -> assertThat(thread.join()).isEqualTo("3"));
	}

}
