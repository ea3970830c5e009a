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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MultiRowInsert} and {@link PlainTables#isPlain}.
 */
class MultiRowInsertTests {

	private static MultiRowInsert of(String sql, int entries) {
		return MultiRowInsert.of(SqlStatement.parse(sql), entries);
	}

	@Test
	void repeatsTheRow() {
		MultiRowInsert insert = of("/* why */ insert into main.\"my t\" (a, b) values (?, 'x;' || ? ) ; ", 17);
		assertThat(insert.table()).isEqualTo("my t");
		assertThat(insert.parameters()).isEqualTo(2);
		assertThat(insert.rows()).isEqualTo(16);
		assertThat(insert.text())
			.startsWith("insert into main.\"my t\" (a, b) values (?, 'x;' || ? ), (?, 'x;' || ? ), (?, 'x;' || ? )")
			.endsWith(", (?, 'x;' || ? )");
		assertThat(insert.text().chars().filter((c) -> c == '?').count()).isEqualTo(32);
	}

	@ParameterizedTest
	@CsvSource({ "1, 16, 0", "1, 17, 16", "1, 64, 16", "1, 65, 64", "16, 1000, 64", "17, 1000, 32", "33, 1000, 16",
			"64, 1000, 16", "65, 1000, 0" })
	void takesAsManyRowsAsThereIsAUseFor(int parameters, int entries, int rows) {
		MultiRowInsert insert = of("INSERT INTO t VALUES (?" + ", ?".repeat(parameters - 1) + ")", entries);
		assertThat((insert != null) ? insert.rows() : 0).isEqualTo(rows);
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO t VALUES (1.5e-3, -2, +3, 0x1F, NULL, TRUE, CURRENT_TIMESTAMP, 'a', ? * 2)",
			"INSERT INTO t (a) VALUES (upper(trim(?)))", "INSERT INTO [t] VALUES ((? + 1))",
			"INSERT INTO 't' VALUES (?)" })
	void takesValuesThatDependOnNothing(String sql) {
		assertThat(of(sql, 100)).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "REPLACE INTO t VALUES (?)", "INSERT OR IGNORE INTO t VALUES (?)",
			"INSERT INTO t VALUES (?) RETURNING a", "INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING",
			"INSERT INTO t VALUES (?), (?)", "INSERT INTO t SELECT ?", "INSERT INTO t DEFAULT VALUES",
			"INSERT INTO t AS u VALUES (?)", "WITH w AS (SELECT 1) INSERT INTO t VALUES (?)",
			"INSERT INTO temp.t VALUES (?)", "INSERT INTO other.t VALUES (?)", "INSERT INTO t VALUES (?1)",
			"INSERT INTO t VALUES (:a)", "INSERT INTO t VALUES ($a)", "INSERT INTO t VALUES (changes())",
			"INSERT INTO t VALUES (last_insert_rowid())", "INSERT INTO t VALUES (mine(?))",
			"INSERT INTO t VALUES ((SELECT max(a) FROM t))", "INSERT INTO t VALUES (? IN (SELECT a FROM t))",
			"INSERT INTO t VALUES (\"a\")", "INSERT INTO t VALUES (?", "INSERT INTO t VALUES (?) garbage",
			"INSERT INTO", "UPDATE t SET a = ?", "EXPLAIN INSERT INTO t VALUES (?)" })
	void leavesAllElseAlone(String sql) {
		assertThat(of(sql, 100)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "CREATE TABLE t (x)", "CREATE TABLE \"conflict\" (x DEFAULT 1, y DEFAULT 'changes()')",
			"CREATE TABLE t (x DEFAULT CURRENT_TIMESTAMP, y DEFAULT (unixepoch('subsec')))",
			"CREATE TABLE t (x DEFAULT (lower(hex(randomblob(16)))), CHECK (mine(x)))",
			"CREATE TABLE t (x REFERENCES u ON DELETE SET DEFAULT, UNIQUE (x))", "CREATE TABLE t (x) STRICT" })
	void plainTables(String definition) {
		assertThat(PlainTables.isPlain(definition)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "CREATE VIRTUAL TABLE t USING fts5(x)", "CREATE TABLE t (x UNIQUE ON CONFLICT IGNORE)",
			"CREATE TABLE t (x PRIMARY KEY on conflict FAIL)", "CREATE TABLE t (x DEFAULT (changes()))",
			"CREATE TABLE t (x DEFAULT (1 + abs(total_changes())))", "CREATE TABLE t (x DEFAULT (mine()))",
			"CREATE TABLE t (x DEFAULT (\"changes\"()))" })
	void otherTables(String definition) {
		assertThat(PlainTables.isPlain(definition)).isFalse();
	}

	@Test
	void aTableThatIsNotThereIsNotPlain() {
		assertThat(PlainTables.isPlain(null)).isFalse();
	}

}
