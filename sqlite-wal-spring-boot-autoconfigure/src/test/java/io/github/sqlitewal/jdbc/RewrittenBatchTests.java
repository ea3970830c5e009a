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
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.Function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Nothing can tell whether the rows of a batch went into SQLite one by one or by
 * statements of many rows: each scenario is run both ways, and everything that can be
 * seen is compared.
 */
class RewrittenBatchTests {

	/** More than two statements of many rows, and some over. */
	private static final int MANY = 150;

	private static final String PLAIN = "INSERT INTO t (x) VALUES (?)";

	@TempDir
	Path directory;

	private static Object[] row(Object... values) {
		return values;
	}

	static Stream<Arguments> scenarios() {
		List<BatchScenario> all = new ArrayList<>();
		String keyed = "CREATE TABLE t (x INTEGER PRIMARY KEY, y)";
		String insertKeyed = "INSERT INTO t VALUES (?, ?)";
		all.add(BatchScenario.named("plain rows").given("CREATE TABLE t (x)").inserts(PLAIN, MANY, (i) -> row(i)));
		for (int count : new int[] { 16, 17, 32, 33, 64, 65, 80, 128, 129 }) {
			all.add(BatchScenario.named(count + " rows").given(keyed).inserts(insertKeyed, count, (i) -> row(i, i)));
		}
		for (int at : new int[] { 0, 1, 15, 16, 63, 64, 100, 128, 140, MANY - 1 }) {
			all.add(BatchScenario.named("duplicate at " + at)
				.given(keyed, "INSERT INTO t VALUES (" + at + ", 'there')")
				.inserts(insertKeyed, MANY, (i) -> row(i, "row")));
		}
		all.add(BatchScenario.named("few rows, duplicate")
			.given(keyed)
			.inserts(insertKeyed, 40, (i) -> row((i < 30) ? i : 7, "row")));
		all.add(BatchScenario.named("duplicate of a row of the batch")
			.given("CREATE TABLE t (x UNIQUE)")
			.inserts(PLAIN, MANY, (i) -> row((i == 90) ? 70 : i)));
		all.add(BatchScenario.named("literals and functions")
			.given("CREATE TABLE t (x, a, b, c, d, e, f DEFAULT 7, g DEFAULT (upper('g')))")
			.inserts(
					"INSERT INTO main.\"t\" (x, a, b, c, d, e) VALUES (?, -1.5e3, 'it''s', NULL, upper(?) || '!', 2 * ?);",
					MANY, (i) -> row(i, "a" + i, i)));
		all.add(BatchScenario.named("malformed JSON")
			.given("CREATE TABLE t (x)")
			.inserts("INSERT INTO t VALUES (json(?))", MANY, (i) -> row((i == 80) ? "{" : "[" + i + "]")));
		all.add(BatchScenario.named("type error in a STRICT table")
			.given("CREATE TABLE t (x INTEGER) STRICT")
			.inserts(PLAIN, MANY, (i) -> row((i == 80) ? "text" : (Object) i)));
		all.add(BatchScenario.named("error of an expression index")
			.given("CREATE TABLE t (x)", "CREATE INDEX i ON t (json_extract(x, '$.a'))")
			.inserts(PLAIN, MANY, (i) -> row((i == 80) ? "{" : "{}")));
		all.add(BatchScenario.named("error of a generated column")
			.given("CREATE TABLE t (x, y AS (json_extract(x, '$.a')) STORED)")
			.inserts(PLAIN, MANY, (i) -> row((i == 80) ? "{" : "{}")));
		all.add(BatchScenario.named("NOT NULL and CHECK")
			.given("CREATE TABLE t (x NOT NULL CHECK (x <> 80))")
			.inserts(PLAIN, MANY, (i) -> row(i)));
		all.add(BatchScenario.named("NULL where it must not be")
			.given("CREATE TABLE t (x NOT NULL)")
			.inserts(PLAIN, MANY, (i) -> row((i == 80) ? (Object) null : i)));
		all.add(BatchScenario.named("AUTOINCREMENT")
			.given("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x UNIQUE)",
					"INSERT INTO t (id, x) VALUES (1000, 'first')", "DELETE FROM t")
			.inserts(PLAIN, MANY, (i) -> row((i == 140) ? 3 : i))
			.ask("SELECT * FROM sqlite_sequence"));
		all.add(BatchScenario.withoutRowid("WITHOUT ROWID")
			.given("CREATE TABLE t (x PRIMARY KEY) WITHOUT ROWID")
			.inserts(PLAIN, MANY, (i) -> row((i == 140) ? 3 : i)));
		all.add(BatchScenario.named("all kinds of values")
			.given("CREATE TABLE t (x, a INTEGER, b TEXT, c REAL, d NUMERIC, e BLOB)")
			.inserts("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", MANY, (i) -> {
				Object[] values = { i, 1L << 40, 1.5, "12", "x" + i, new byte[] { (byte) i }, null, true,
						new Timestamp(i), LocalDate.ofEpochDay(i) };
				return Stream.iterate(i, (n) -> n + 1).limit(6).map((n) -> values[n % values.length]).toArray();
			})
			.ask("SELECT typeof(x), typeof(a), typeof(b), typeof(c), typeof(d), typeof(e) FROM t"));
		all.add(BatchScenario.named("a parameter that is not set")
			.given(keyed)
			.inserts(insertKeyed, MANY, (i) -> (i == 80) ? row(i) : row(i, i)));
		all.add(BatchScenario.named("one parameter too many")
			.given(keyed)
			.inserts(insertKeyed, MANY, (i) -> (i == 80) ? row(i, i, i) : row(i, i)));
		all.add(BatchScenario.named("numbered parameters")
			.given(keyed)
			.inserts("INSERT INTO t VALUES (?1, ?1)", MANY, (i) -> row(i)));
		for (String action : List.of("IGNORE", "FAIL", "ROLLBACK", "REPLACE", "ABORT")) {
			all.add(BatchScenario.named("INSERT OR " + action)
				.given(keyed)
				.inserts("INSERT OR " + action + " INTO t VALUES (?, ?)", MANY, (i) -> row((i == 80) ? 70 : i, i)));
			all.add(BatchScenario.named("ON CONFLICT " + action + " of the table")
				.given("CREATE TABLE t (x UNIQUE ON CONFLICT " + action + ")")
				.inserts(PLAIN, MANY, (i) -> row((i == 80) ? 70 : i)));
		}
		all.add(BatchScenario.named("upsert")
			.given(keyed)
			.inserts("INSERT INTO t VALUES (?, ?) ON CONFLICT DO NOTHING", MANY, (i) -> row(i % 100, i)));
		for (String raise : List.of("RAISE(IGNORE)", "RAISE(FAIL, 'no')", "RAISE(ROLLBACK, 'no')",
				"RAISE(ABORT, 'no')")) {
			all.add(BatchScenario.named("trigger that does " + raise)
				.given("CREATE TABLE t (x)",
						"CREATE TRIGGER g AFTER INSERT ON t WHEN new.x = 80 BEGIN SELECT " + raise + "; END")
				.inserts(PLAIN, MANY, (i) -> row(i)));
		}
		all.add(BatchScenario.named("trigger that looks around")
			.given("CREATE TABLE t (x)", "CREATE TABLE log (c, l, n, o)", """
					CREATE TRIGGER g BEFORE INSERT ON t BEGIN
					INSERT INTO log SELECT changes(), last_insert_rowid(), total_changes(), (SELECT count(*) FROM t);
					END""")
			.inserts(PLAIN, MANY, (i) -> row(i))
			.ask("SELECT * FROM log"));
		all.add(BatchScenario.named("temporary trigger that looks around")
			.given("CREATE TABLE t (x)", "CREATE TABLE log (c)",
					"CREATE TEMP TRIGGER g BEFORE INSERT ON t BEGIN INSERT INTO log SELECT changes(); END")
			.inserts(PLAIN, MANY, (i) -> row(i))
			.ask("SELECT * FROM log"));
		all.add(BatchScenario.named("temporary table that hides")
			.given("CREATE TABLE main.t (x)", "CREATE TEMP TABLE t (x UNIQUE ON CONFLICT IGNORE)")
			.inserts(PLAIN, MANY, (i) -> row(i % 100))
			.ask("SELECT count(*) FROM main.t"));
		for (String deferred : List.of("", " DEFERRABLE INITIALLY DEFERRED")) {
			all.add(BatchScenario.named("reference to a later row" + deferred)
				.given("CREATE TABLE t (id INTEGER PRIMARY KEY, x REFERENCES T (id)" + deferred + ")")
				.inserts("INSERT INTO t VALUES (?, ?)", MANY, (i) -> row(i, (i == 80) ? 81 : i)));
		}
		all.add(BatchScenario.named("reference to another table")
			.given("CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p VALUES (1)",
					"CREATE TABLE t (x REFERENCES p)")
			.inserts(PLAIN, MANY, (i) -> row((i == 80) ? 2 : 1)));
		all.add(BatchScenario.named("subselect of the table")
			.given("CREATE TABLE t (x, y)")
			.inserts("INSERT INTO t VALUES (?, (SELECT count(*) FROM t))", MANY, (i) -> row(i)));
		all.add(BatchScenario.named("changes() and last_insert_rowid() as values")
			.given("CREATE TABLE t (x, y, z)")
			.inserts("INSERT INTO t VALUES (?, changes(), last_insert_rowid())", MANY, (i) -> row(i)));
		all.add(BatchScenario.named("total_changes() as default")
			.given("CREATE TABLE t (x, y DEFAULT (total_changes()))")
			.inserts(PLAIN, MANY, (i) -> row(i)));
		all.add(BatchScenario.withoutRowid("view")
			.given("CREATE TABLE u (x)", "CREATE VIEW t AS SELECT x FROM u", """
					CREATE TRIGGER g INSTEAD OF INSERT ON t BEGIN
					INSERT INTO u VALUES (new.x + (SELECT count(*) FROM u) + changes()); END""")
			.inserts(PLAIN, MANY, (i) -> row(i)));
		all.add(BatchScenario.named("full-text table")
			.given("CREATE VIRTUAL TABLE t USING fts5(x)")
			.inserts(PLAIN, MANY, (i) -> row("word" + i)));
		all.add(BatchScenario.named("no such column")
			.given("CREATE TABLE t (x)")
			.inserts("INSERT INTO t (x, y) VALUES (?, ?)", MANY, (i) -> row(i, i)));
		return all.stream().flatMap((each) -> Stream.of(Arguments.of(each, true), Arguments.of(each, false)));
	}

	@ParameterizedTest(name = "{0}, autoCommit {1}")
	@MethodSource("scenarios")
	void looksTheSame(BatchScenario scenario, boolean autoCommit) throws Exception {
		assertThat(scenario.run(this.directory, true, autoCommit))
			.isEqualTo(scenario.run(this.directory, false, autoCommit));
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })
	void randomBatchesLookTheSame(long seed) throws Exception {
		Random random = new Random(seed);
		String[] tables = { "CREATE TABLE t (x INTEGER PRIMARY KEY, y UNIQUE, z)",
				"CREATE TABLE t (x UNIQUE, y NOT NULL, z CHECK (z < 950))",
				"CREATE TABLE t (x INTEGER, y TEXT, z ANY, UNIQUE (x, y)) STRICT",
				"CREATE TABLE t (x, y REFERENCES t (x), z, PRIMARY KEY (x))" };
		int count = 1 + random.nextInt(300);
		List<Object[]> rows = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			// about one duplicate or wrong value in two batches
			boolean odd = random.nextInt(2 * count) == 0;
			rows.add(row(odd ? random.nextInt(count) : i, odd ? null : "y" + i,
					random.nextInt(900 + random.nextInt(60))));
		}
		BatchScenario scenario = BatchScenario.named("random")
			.given("PRAGMA foreign_keys", tables[random.nextInt(tables.length)])
			.inserts("INSERT INTO t VALUES (?, ?, ?)", rows);
		boolean autoCommit = random.nextBoolean();
		assertThat(scenario.run(this.directory, true, autoCommit))
			.isEqualTo(scenario.run(this.directory, false, autoCommit));
	}

	/**
	 * The one thing that tells: a hook that is told of each row at once, and of those
	 * that are undone too.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void onlyAListenerOfTheDriverSeesTheRowsOfAFailedStatement(boolean rewrite) throws Exception {
		AtomicInteger seen = new AtomicInteger();
		try (TestDatabase database = TestDatabase.in(this.directory, (builder) -> builder.batchRewriteInserts(rewrite)
			.customizer((connection, role) -> connection.addUpdateListener((type, db, table, rowid) -> {
				if (table.equals("t")) {
					seen.incrementAndGet();
				}
			})))) {
			database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (10)");
			seen.set(0);
			try (Connection connection = database.connection();
					PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
				for (int i = 0; i < 20; i++) {
					insert.setInt(1, i);
					insert.addBatch();
				}
				assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
					.satisfies((ex) -> assertThat(ex.getUpdateCounts()).hasSize(10));
			}
			assertThat(seen).as("so the rows did go together, or did not").hasValue(rewrite ? 20 : 10);
		}
	}

	/**
	 * The version of the schema goes up with each change and back with a rollback, so
	 * that two schemas have the same.
	 */
	@Test
	void aSchemaThatWasRolledBackIsForgotten() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute("CREATE TABLE log (x)");
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "CREATE TABLE t (x)");
			String plain = TestDatabase.query(connection, "PRAGMA schema_version");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			connection.rollback();
			TestDatabase.execute(connection, "CREATE TABLE t (x UNIQUE ON CONFLICT IGNORE)");
			assertThat(TestDatabase.query(connection, "PRAGMA schema_version")).isEqualTo(plain);
			assertThat(insert(connection, PLAIN)).as("half of them are there already").isEqualTo(MANY / 2);
			connection.rollback();
		}
	}

	@Test
	void aSchemaThatWasRolledBackToASavepointIsForgotten() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			connection.setAutoCommit(false);
			var savepoint = connection.setSavepoint();
			TestDatabase.execute(connection, "CREATE TABLE t (x)");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			connection.rollback(savepoint);
			TestDatabase.execute(connection, "CREATE TABLE t (x UNIQUE ON CONFLICT IGNORE)");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY / 2);
			connection.rollback();
		}
	}

	@Test
	void aTriggerOfAnotherProcessIsSeen() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Connection other = database.outsider()) {
			database.execute("CREATE TABLE t (x)", "CREATE TABLE log (c)");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			TestDatabase.execute(other,
					"CREATE TRIGGER g BEFORE INSERT ON t BEGIN INSERT INTO log VALUES (changes()); END");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			assertThat(database.query("SELECT group_concat(DISTINCT c) FROM log")).as("each row after one row")
				.isEqualTo("1");
		}
	}

	@Test
	void aTemporaryTriggerThatComesLaterIsSeen() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute("CREATE TABLE t (x)", "CREATE TABLE log (c)");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			TestDatabase.execute(connection,
					"CREATE TEMP TRIGGER g BEFORE INSERT ON t BEGIN INSERT INTO log VALUES (changes()); END");
			TestDatabase.execute(connection, "INSERT INTO log VALUES (1)");
			assertThat(insert(connection, PLAIN)).isEqualTo(MANY);
			assertThat(TestDatabase.query(connection, "SELECT group_concat(DISTINCT c) FROM log")).isEqualTo("1");
		}
	}

	@Test
	void noSavepointStaysOpen() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			database.execute("CREATE TABLE t (x UNIQUE)");
			connection.setAutoCommit(false);
			// half of the rows are there already when the other half comes
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(() -> insert(connection, PLAIN))
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).hasSize(MANY / 2));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "RELEASE sqlite_wal_rows"))
				.withMessageContaining("no such savepoint");
			connection.rollback();
		}
	}

	private static long insert(Connection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			for (int i = 0; i < MANY; i++) {
				statement.setInt(1, i % (MANY / 2));
				statement.addBatch();
			}
			return Arrays.stream(statement.executeBatch()).sum();
		}
	}

	@Test
	void whenSqliteRollsBackTheEntriesThatMayHaveFailedAreNamed() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory, (builder) -> builder.pragma("trusted_schema", "on")
			.customizer((connection, role) -> Function.create(connection, "interrupt_at_5", new Function() {

				@Override
				protected void xFunc() throws SQLException {
					if (value_int(0) == 5) {
						connection.getDatabase().interrupt();
					}
					result(value_int(0));
				}

			}, 1, Function.FLAG_DETERMINISTIC))); Connection connection = database.connection()) {
			database.execute("CREATE TABLE t (x)", "CREATE INDEX i ON t (interrupt_at_5(x))");
			try (PreparedStatement insert = connection.prepareStatement(PLAIN)) {
				for (int i = 0; i < 20; i++) {
					insert.setInt(1, i);
					insert.addBatch();
				}
				assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
					.withMessageContaining(
							"One of the batch entries 0 to 15 failed, and SQLite has rolled the" + " transaction back")
					.satisfies((ex) -> {
						assertThat(ex.getUpdateCounts()).isEmpty();
						assertThat(ex.getSQLState()).isEqualTo("57014");
					});
			}
			assertThat(database.query("SELECT count(*) FROM t NOT INDEXED")).isEqualTo("0");
			database.assertNothingHeld();
		}
	}

}
