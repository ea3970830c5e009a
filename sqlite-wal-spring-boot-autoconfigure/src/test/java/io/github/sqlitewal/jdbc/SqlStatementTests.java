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

import io.github.sqlitewal.jdbc.SqlStatement.Kind;
import io.github.sqlitewal.jdbc.SqlStatement.Verb;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/**
 * Tests for {@link SqlStatement}.
 */
class SqlStatementTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
			SELECT 1 | SELECT | READ
			select 'a;b' | SELECT | READ
			sElEcT 1; | SELECT | READ
			SELECT/**/1 | SELECT | READ
			SELECT*FROM t | SELECT | READ
			SELECT 1 FROM t WHERE a = 'DELETE FROM t; ' | SELECT | READ
			VALUES (1), (2) | VALUES | READ
			WITH x AS (SELECT 1) SELECT * FROM x | SELECT | READ
			WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c | SELECT | READ
			WITH x(a) AS NOT MATERIALIZED (SELECT 1), y AS MATERIALIZED (VALUES (2)) SELECT 1 | SELECT | READ
			WITH x AS (VALUES (1)) VALUES (2) | VALUES | READ
			WITH "a)(" AS (SELECT ')') SELECT 1 | SELECT | READ
			WITH replace AS (SELECT 8) SELECT * FROM replace | SELECT | READ
			WITH x AS (SELECT 1), replace(b) AS (SELECT 2) SELECT 1 | SELECT | READ
			WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x | INSERT | WRITE
			with x as (select 1)insert into t select * from x | INSERT | WRITE
			WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x | REPLACE | WRITE
			WITH x AS (SELECT 1) UPDATE t SET a = (SELECT 1) | UPDATE | WRITE
			WITH x AS (SELECT 1) DELETE FROM t | DELETE | WRITE
			WITH x AS (SELECT 1 | OTHER | WRITE
			WITH | OTHER | WRITE
			INSERT INTO t VALUES ('SELECT') | INSERT | WRITE
			INSERT OR ROLLBACK INTO t VALUES (1) | INSERT | WRITE
			REPLACE INTO t VALUES (1) | REPLACE | WRITE
			UPDATE t SET a = 1 | UPDATE | WRITE
			DELETE FROM t | DELETE | WRITE
			CREATE TABLE t (a) | CREATE | WRITE
			CREATE TABLE IF NOT EXISTS t (a) | CREATE | WRITE
			CREATE TABLE temp (a) | CREATE | WRITE
			CREATE TABLE main.temp (a) | CREATE | WRITE
			CREATE TABLE t AS SELECT * FROM temp.x | CREATE | WRITE
			CREATE UNIQUE INDEX i ON t (a) | CREATE | WRITE
			CREATE VIRTUAL TABLE t USING fts5(a) | CREATE | WRITE
			CREATE TEMP TABLE t (a) | CREATE | SESSION
			create temporary view v as select 1 | CREATE | SESSION
			CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END | CREATE | SESSION
			CREATE TABLE temp.t (a) | CREATE | SESSION
			CREATE TABLE IF NOT EXISTS "Temp" . t (a) | CREATE | SESSION
			CREATE UNIQUE INDEX IF NOT EXISTS temp.i ON t (a) | CREATE | SESSION
			CREATE VIRTUAL TABLE [temp].t USING fts5(a) | CREATE | SESSION
			DROP TABLE t | DROP | WRITE
			DROP TABLE IF EXISTS temp | DROP | WRITE
			DROP TABLE temp.t | DROP | SESSION
			DROP VIEW IF EXISTS temp.v | DROP | SESSION
			ALTER TABLE t ADD b | ALTER | WRITE
			ALTER TABLE temp.t ADD b | ALTER | SESSION
			REINDEX t | REINDEX | WRITE
			ANALYZE | ANALYZE | WRITE
			VACUUM | VACUUM | STANDALONE
			VACUUM INTO 'x.db' | VACUUM | STANDALONE
			ATTACH 'x.db' AS x | ATTACH | SESSION
			DETACH x | DETACH | SESSION
			EXPLAIN SELECT 1 | EXPLAIN | READ
			EXPLAIN QUERY PLAN DELETE FROM t | EXPLAIN | READ
			EXPLAIN PRAGMA cache_size | EXPLAIN | READ
			EXPLAIN PRAGMA cache_size = 7 | EXPLAIN | SESSION
			EXPLAIN QUERY PLAN PRAGMA user_version = 7 | EXPLAIN | WRITE
			BEGIN | BEGIN | TRANSACTION
			BEGIN IMMEDIATE TRANSACTION | BEGIN | TRANSACTION
			COMMIT | COMMIT | TRANSACTION
			END TRANSACTION | COMMIT | TRANSACTION
			ROLLBACK | ROLLBACK | TRANSACTION
			ROLLBACK TRANSACTION | ROLLBACK | TRANSACTION
			ROLLBACK TO a | ROLLBACK_TO | TRANSACTION
			SAVEPOINT a | SAVEPOINT | TRANSACTION
			RELEASE a | RELEASE | TRANSACTION
			(SELECT 1) | OTHER | WRITE
			"SELECT" 1 | OTHER | WRITE
			SELECTED | OTHER | WRITE
			MERGE INTO t | OTHER | WRITE
			backup to x.db | OTHER | WRITE
			PRAGMA | PRAGMA | WRITE
			SELECT 'abc | SELECT | READ
			UPDATE t SET a = "abc | UPDATE | WRITE
			DELETE FROM t /* abc | DELETE | WRITE
			""")
	void verbAndKind(String sql, Verb verb, Kind kind) {
		SqlStatement statement = SqlStatement.parse(sql);
		assertThat(statement.verb()).isEqualTo(verb);
		assertThat(statement.kind()).isEqualTo(kind);
		assertThat(statement.text()).isSameAs(sql);
		assertThat(statement.isLast()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { " \t\n\f\r\u000bDELETE FROM t", "-- SELECT\nDELETE FROM t", "/* SELECT; */DELETE FROM t",
			"/*/ SELECT */ DELETE FROM t", ";; ;DELETE FROM t", "\uFEFFDELETE FROM t",
			"\uFEFF-- x\r\n/* y */; DELETE FROM t", "--\nDELETE FROM t", "/**/DELETE FROM t;", "DELETE FROM t; -- done",
			"DELETE FROM t;;/* done */;" })
	void whatStandsAroundTheStatementIsSkipped(String sql) {
		assertThat(SqlStatement.parse(sql).verb()).isEqualTo(Verb.DELETE);
		assertThat(SqlStatement.parse(sql).text()).isSameAs(sql);
		assertThat(SqlStatement.parse(sql).isLast()).isTrue();
		assertThat(SqlStatement.parseAll(sql)).singleElement()
			.satisfies((statement) -> assertThat(statement.verb()).isEqualTo(Verb.DELETE))
			.satisfies((statement) -> assertThat(statement.text()).isSameAs(sql));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", ";", "-- nothing", "/* nothing */ ; ;\n", "/* nothing", "\uFEFF" })
	void aTextWithoutStatementHasNone(String sql) {
		assertThat(SqlStatement.parseAll(sql)).isEmpty();
		assertThat(SqlStatement.parse(sql).verb()).isEqualTo(Verb.OTHER);
		assertThat(SqlStatement.parse(sql).kind()).isEqualTo(Kind.WRITE);
		assertThat(SqlStatement.parse(sql).text()).isSameAs(sql);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT ';' || 'it''s;' || 1", "SELECT \"a;\"\"b\", 2", "SELECT `a;``b`, 2",
			"SELECT [a;b], 2", "SELECT 1 -- ; x\n, 2", "SELECT 1 /* ; \n ; */, 2", "SELECT $a(;), 2",
			"SELECT 'unterminated; SELECT 2", "SELECT \"unterminated; SELECT 2", "SELECT [unterminated; SELECT 2",
			"SELECT 1 /* unterminated; SELECT 2", "SELECT x';'" })
	void aSemicolonThatIsNoTokenSeparatesNothing(String sql) {
		assertThat(texts(sql)).containsExactly(sql);
		assertThat(SqlStatement.parse(sql).isLast()).isTrue();
		assertThat(SqlStatement.parse(sql).text()).isSameAs(sql);
	}

	@Test
	void severalStatementsAreSplit() {
		String sql = "INSERT INTO t VALUES (';'); -- first\nSELECT ';--';; /* c */ DELETE FROM t ;\n";
		List<SqlStatement> statements = SqlStatement.parseAll(sql);
		assertThat(texts(sql)).containsExactly("INSERT INTO t VALUES (';')", "-- first\nSELECT ';--'",
				"/* c */ DELETE FROM t");
		assertThat(statements).extracting(SqlStatement::verb).containsExactly(Verb.INSERT, Verb.SELECT, Verb.DELETE);
		assertThat(statements).extracting(SqlStatement::isLast).containsExactly(false, false, true);
	}

	@Test
	void theFirstOfSeveralStatementsSaysThatMoreFollow() {
		SqlStatement statement = SqlStatement.parse("SELECT 1; DROP TABLE t; SELECT 2");
		assertThat(statement.text()).isEqualTo("SELECT 1");
		assertThat(statement.kind()).isEqualTo(Kind.READ);
		assertThat(statement.isLast()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM u; END",
			"create temp trigger if not exists x after insert on t begin select 1; end",
			"CREATE TEMPORARY TRIGGER x DELETE ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END",
			"CREATE TRIGGER x UPDATE OF a ON t WHEN CASE new.a WHEN 1 THEN 1 END BEGIN\n"
					+ " INSERT INTO u VALUES (CASE WHEN new.a THEN CASE WHEN 1 THEN 2 END END); -- END;\n"
					+ " SELECT 'END;'; /* ; END */ END",
			"-- comment\nCREATE /* ; */ TRIGGER x INSERT ON t BEGIN SELECT 1; END",
			"EXPLAIN QUERY PLAN CREATE TRIGGER x INSERT ON t BEGIN SELECT 1; END" })
	void theBodyOfATriggerIsNotSplit(String trigger) {
		assertThat(texts(trigger)).containsExactly(trigger);
		assertThat(texts(trigger + ";")).containsExactly(trigger + ";");
		assertThat(texts("SELECT 1;" + trigger + " ; SELECT 2")).containsExactly("SELECT 1", trigger, "SELECT 2");
	}

	@Test
	void aTableNamedTriggerIsNoTrigger() {
		assertThat(texts("CREATE TABLE trigger (a); SELECT 1")).containsExactly("CREATE TABLE trigger (a)", "SELECT 1");
	}

	@Test
	void theSplitTextsRun(@TempDir Path directory) throws SQLException {
		String script = """
				-- schema
				CREATE TABLE t (a, b DEFAULT ';');
				CREATE TABLE log (a);
				CREATE TRIGGER logged AFTER INSERT ON t BEGIN
					INSERT INTO log VALUES (CASE WHEN new.a > 1 THEN 'big;' ELSE 'small' END); -- END;
					INSERT INTO log SELECT 'END;' WHERE CASE new.a WHEN 3 THEN 1 END;
				END;
				INSERT INTO t (a) VALUES (1), (3);;
				""";
		try (Connection connection = open(directory); Statement statement = connection.createStatement()) {
			for (SqlStatement part : SqlStatement.parseAll(script)) {
				statement.execute(part.text());
			}
			assertThat(strings(connection, "SELECT a FROM log")).containsExactly("small", "big;", "END;");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
			INSERT INTO t VALUES (1) RETURNING id | true
			insert into t values (1)returning* | true
			INSERT INTO t SELECT a FROM (SELECT 1) ON CONFLICT DO NOTHING RETURNING id; | true
			INSERT INTO t DEFAULT VALUES /* x */ RETURNING/**/id | true
			REPLACE INTO t VALUES (1) RETURNING id | true
			UPDATE t SET a = ?RETURNING a | true
			DELETE FROM t WHERE a = 'x' RETURNING "a" | true
			WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x RETURNING id | true
			WITH x AS (SELECT 1) DELETE FROM t RETURNING id | true
			INSERT INTO t VALUES ('x RETURNING id') | false
			INSERT INTO t VALUES (1) -- RETURNING id | false
			INSERT INTO t VALUES (1) /* RETURNING id */ | false
			INSERT INTO t VALUES (:returning, $returning, @RETURNING) | false
			UPDATE t SET a = :returning | false
			UPDATE t SET "returning" = 1, [returning] = 2, `returning` = 3 | false
			INSERT INTO t (a, "returning") SELECT a AS "RETURNING" FROM u | false
			INSERT INTO returning_log VALUES (1) | false
			INSERT INTO t SELECT a FROM not_returning | false
			INSERT INTO t VALUES (1) | false
			SELECT 1 AS "returning" | false
			EXPLAIN INSERT INTO t VALUES (1) RETURNING id | false
			CREATE TABLE t ("returning") | false
			""")
	void returning(String sql, boolean expected) {
		assertThat(SqlStatement.parse(sql).hasReturning()).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^',
			textBlock = """
					INSERT INTO t VALUES (1) | INSERT INTO t VALUES (1) RETURNING id
					INSERT INTO t VALUES (1); | INSERT INTO t VALUES (1) RETURNING id;
					INSERT INTO t VALUES (1) -- done; | INSERT INTO t VALUES (1) RETURNING id -- done;
					INSERT INTO t VALUES (1)--done | INSERT INTO t VALUES (1) RETURNING id--done
					INSERT INTO t VALUES (1) /* a */ ; /* b */ -- c | INSERT INTO t VALUES (1) RETURNING id /* a */ ; /* b */ -- c
					INSERT INTO t VALUES ('--;') /* a | INSERT INTO t VALUES ('--;') RETURNING id /* a
					INSERT INTO t DEFAULT VALUES | INSERT INTO t DEFAULT VALUES RETURNING id
					""")
	void withReturning(String sql, String expected) {
		assertThat(SqlStatement.parse(sql).withReturning("id")).isEqualTo(expected);
		assertThat(SqlStatement.parse(expected).hasReturning()).isTrue();
	}

	@Test
	void withReturningRuns(@TempDir Path directory) throws SQLException {
		try (Connection connection = open(directory); Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
			String sql = SqlStatement.parse("INSERT INTO t (a) VALUES ('x;') -- the first").withReturning("id, \"a\"");
			assertThat(strings(connection, sql)).containsExactly("1");

		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^', nullValues = "-", textBlock = """
			SAVEPOINT a | a
			savepoint "a ""b\""" | a "b"
			SAVEPOINT [a b]; | a b
			SAVEPOINT `a` | a
			SAVEPOINT 'it''s' | it's
			RELEASE a | a
			RELEASE SAVEPOINT a -- x | a
			ROLLBACK TO a | a
			ROLLBACK TO SAVEPOINT a | a
			ROLLBACK TRANSACTION TO SAVEPOINT A | A
			ROLLBACK TRANSACTION x TO "to" | to
			SAVEPOINT | -
			RELEASE SAVEPOINT | -
			ROLLBACK | -
			ROLLBACK TRANSACTION x | -
			BEGIN | -
			SELECT a | -
			""")
	void savepointName(String sql, String name) {
		assertThat(SqlStatement.parse(sql).savepointName()).isEqualTo(name);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			SELECT last_insert_rowid()                       | true
			select Changes ( )                               | true
			SELECT a, total_changes() FROM t                 | true
			WITH x AS (SELECT changes()) SELECT * FROM x     | true
			SELECT 'changes()'                               | false
			SELECT count(changes) FROM t                     | false
			SELECT "last_insert_rowid" FROM t WHERE a IN (1) | false
			INSERT INTO t VALUES (last_insert_rowid())       | false
			""", quoteCharacter = '~')
	void readsLastWrite(String sql, boolean expected) {
		assertThat(SqlStatement.parse(sql).readsLastWrite()).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
			PRAGMA table_info(t) | table_info | READ
			PRAGMA main.table_info('t') | table_info | READ
			pragma TABLE_XINFO = t | table_xinfo | READ
			PRAGMA "temp" . "table_list" ("t") | table_list | READ
			PRAGMA user_version | user_version | READ
			PRAGMA user_version; -- = 7 | user_version | READ
			PRAGMA user_version /* = */ = -7 | user_version | WRITE
			PRAGMA main.user_version(7) | user_version | WRITE
			PRAGMA journal_mode=WAL | journal_mode | WRITE
			PRAGMA wal_checkpoint | wal_checkpoint | WRITE
			PRAGMA main.wal_checkpoint(TRUNCATE) | wal_checkpoint | WRITE
			PRAGMA wal_checkpoint(NOOP) | wal_checkpoint | READ
			PRAGMA wal_checkpoint='noop' | wal_checkpoint | READ
			PRAGMA optimize | optimize | WRITE
			PRAGMA optimize(0x10002) | optimize | WRITE
			PRAGMA incremental_vacuum | incremental_vacuum | WRITE
			PRAGMA incremental_vacuum(7) | incremental_vacuum | WRITE
			PRAGMA shrink_memory | shrink_memory | SESSION
			PRAGMA foreign_keys=OFF | foreign_keys | SESSION
			PRAGMA cache_size(-2000) | cache_size | SESSION
			PRAGMA unknown_to_sqlite | unknown_to_sqlite | READ
			PRAGMA unknown_to_sqlite = 1 | unknown_to_sqlite | SESSION
			""")
	void pragma(String sql, String name, Kind kind) {
		SqlStatement statement = SqlStatement.parse(sql);
		assertThat(statement.verb()).isEqualTo(Verb.PRAGMA);
		assertThat(statement.pragmaName()).isEqualTo(name);
		assertThat(statement.kind()).isEqualTo(kind);
	}

	@ParameterizedTest
	@ValueSource(strings = { "collation_list", "compile_options", "data_version", "database_list", "foreign_key_check",
			"foreign_key_list", "freelist_count", "function_list", "index_info", "index_list", "index_xinfo",
			"integrity_check", "module_list", "page_count", "pragma_list", "quick_check", "table_info", "table_list",
			"table_xinfo" })
	void pragmaThatOnlyReads(String name) {
		assertThat(SqlStatement.parse("PRAGMA " + name).kind()).isEqualTo(Kind.READ);
		assertThat(SqlStatement.parse("PRAGMA " + name + "(x)").kind()).isEqualTo(Kind.READ);
		assertThat(SqlStatement.parse("PRAGMA " + name + " = x").kind()).isEqualTo(Kind.READ);
	}

	@ParameterizedTest
	@ValueSource(strings = { "application_id", "default_cache_size", "journal_mode", "schema_version", "user_version" })
	void pragmaThatWritesTheFile(String name) {
		assertThat(SqlStatement.parse("PRAGMA " + name).kind()).isEqualTo(Kind.READ);
		assertThat(SqlStatement.parse("PRAGMA " + name + "(7)").kind()).isEqualTo(Kind.WRITE);
		assertThat(SqlStatement.parse("PRAGMA " + name + " = 7").kind()).isEqualTo(Kind.WRITE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "analysis_limit", "auto_vacuum", "automatic_index", "busy_timeout", "cache_size",
			"cache_spill", "case_sensitive_like", "cell_size_check", "checkpoint_fullfsync", "count_changes",
			"defer_foreign_keys", "empty_result_callbacks", "encoding", "foreign_keys", "full_column_names",
			"fullfsync", "hard_heap_limit", "ignore_check_constraints", "journal_size_limit", "legacy_alter_table",
			"locking_mode", "max_page_count", "mmap_size", "page_size", "query_only", "read_uncommitted",
			"recursive_triggers", "reverse_unordered_selects", "secure_delete", "short_column_names", "soft_heap_limit",
			"synchronous", "temp_store", "temp_store_directory", "threads", "trusted_schema", "wal_autocheckpoint",
			"writable_schema" })
	void pragmaThatSetsTheConnection(String name) {
		assertThat(SqlStatement.parse("PRAGMA " + name).kind()).isEqualTo(Kind.READ);
		assertThat(SqlStatement.parse("PRAGMA main." + name + "(ON)").kind()).isEqualTo(Kind.SESSION);
		assertThat(SqlStatement.parse("PRAGMA " + name + "=ON").kind()).isEqualTo(Kind.SESSION);
	}

	// the list is SQLite's own, so a pragma that a new version brings is tried here too
	@Test
	void everyPragmaThatOnlyReadsRunsOnAReadOnlyConnection(@TempDir Path directory) throws SQLException {
		try (Connection writer = open(directory); Statement write = writer.createStatement()) {
			write.execute("PRAGMA journal_mode=WAL");
			write.execute("CREATE TABLE t (a)");
			SQLiteConfig config = new SQLiteConfig();
			config.setReadOnly(true);
			try (Connection reader = DriverManager.getConnection(url(directory), config.toProperties());
					Statement read = reader.createStatement()) {
				assertThatCode(() -> read.execute("PRAGMA wal_checkpoint(NOOP)")).doesNotThrowAnyException();
				List<String> names = strings(reader, "PRAGMA pragma_list");
				assertThat(names).contains("table_info", "user_version", "wal_checkpoint");
				for (String name : names) {
					for (String sql : List.of("PRAGMA " + name, "PRAGMA " + name + "(t)")) {
						if (SqlStatement.parse(sql).kind() == Kind.READ) {
							assertThatCode(() -> read.execute(sql)).as(sql).doesNotThrowAnyException();
						}
					}
				}
			}
		}
	}

	// RETURNING is searched as a word, which is right only as long as it is reserved
	@Test
	void returningIsAReservedWord(@TempDir Path directory) throws SQLException {
		try (Connection connection = open(directory); Statement statement = connection.createStatement()) {
			assertThatCode(() -> statement.execute("SELECT 1 AS returning")).hasMessageContaining("syntax error");
		}
	}

	private static List<String> texts(String sql) {
		return SqlStatement.parseAll(sql).stream().map(SqlStatement::text).toList();
	}

	private static String url(Path directory) {
		return "jdbc:sqlite:" + directory.resolve("test.db");
	}

	private static Connection open(Path directory) throws SQLException {
		return DriverManager.getConnection(url(directory));
	}

	private static List<String> strings(Connection connection, String sql) throws SQLException {
		List<String> strings = new ArrayList<>();
		try (Statement statement = connection.createStatement(); ResultSet resultSet = statement.executeQuery(sql)) {
			while (resultSet.next()) {
				strings.add(resultSet.getString(1));
			}
		}
		return strings;
	}

}
