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

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.datasource.init.ScriptUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Texts of several statements.
 */
class ScriptTests {

	private static final String SCRIPT = """
			-- a script; with a semicolon in a comment
			CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
			CREATE TABLE log (text TEXT);
			CREATE TRIGGER t_insert AFTER INSERT ON t BEGIN
			  INSERT INTO log VALUES (CASE WHEN new.id > 1 THEN 'more;' ELSE 'first' END);
			  INSERT INTO log VALUES ('end');
			END;
			INSERT INTO t (name) VALUES ('a;b'), ('c');
			/* the end */
			""";

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void executeRunsEachStatement(boolean autoCommit) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(autoCommit);
			assertThat(statement.execute(SCRIPT)).isFalse();
			assertThat(statement.getUpdateCount()).as("of the last").isEqualTo(2);
			assertThat(statement.executeUpdate("DELETE FROM log WHERE text = 'end'; DELETE FROM log WHERE 0")).isZero();
			try (ResultSet rows = statement
				.executeQuery("INSERT INTO log VALUES ('x'); SELECT group_concat(text) FROM log;")) {
				assertThat(rows.next()).isTrue();
				assertThat(rows.getString(1)).isEqualTo("first,more;,x");
			}
			connection.setAutoCommit(true);
			database.assertNothingHeld();
		}
	}

	@Test
	void scriptOfATransactionIsOne() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			TestDatabase.execute(connection, "BEGIN; CREATE TABLE t (x); INSERT INTO t VALUES (1); COMMIT");
			assertThat(TestDatabase.query(connection, "SELECT x FROM t")).isEqualTo("1");
			database.assertNothingHeld();
		}
	}

	@Test
	void prepareStatementTakesOneStatementOnly() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			assertThatExceptionOfType(SQLSyntaxErrorException.class)
				.isThrownBy(() -> connection.prepareStatement("SELECT 1; SELECT 2"));
			connection.prepareStatement("SELECT 1; -- the only one").executeQuery().close();
			connection.prepareStatement("SELECT ';'").executeQuery().close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ";", " -- nothing\n", "/* nothing */ ;;" })
	void nothingAtAllIsNothingToDoAndLeavesNothingBehind(String sql) throws Exception {
		Path file = this.directory.resolve("test.db");
		try (TestDatabase database = TestDatabase.in(this.directory);
				Connection connection = database.connection();
				Statement statement = connection.createStatement()) {
			assertThat(statement.execute(sql)).isFalse();
			assertThat(statement.executeUpdate(sql)).isZero();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.executeQuery(sql));
			assertThatExceptionOfType(SQLSyntaxErrorException.class).isThrownBy(() -> connection.prepareStatement(sql));
			statement.addBatch(sql);
			assertThat(statement.executeBatch()).isEmpty();
			database.assertNothingHeld();
		}
		// an object of the driver that cannot be closed would keep the connection open
		assertThat(file.resolveSibling("test.db-wal")).doesNotExist();
	}

	@Test
	void springsScriptsWithATriggerRun() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			String script = SCRIPT.replaceAll("(?m)^(CREATE TABLE.*|END|INSERT INTO t.*);$", "$1^;");
			ResourceDatabasePopulator populator = new ResourceDatabasePopulator(
					new ByteArrayResource(script.getBytes(StandardCharsets.UTF_8)));
			populator.setSeparator("^;");
			populator.execute(database.dataSource());
			assertThat(database.query("SELECT group_concat(text) FROM log")).isEqualTo("first,end,more;,end");
			ScriptUtils.executeSqlScript(connection, new ByteArrayResource("""
					DELETE FROM log;
					INSERT INTO t (name) VALUES ('d'); -- why
					""".getBytes(StandardCharsets.UTF_8)));
			assertThat(database.query("SELECT count(*) FROM log")).isEqualTo("2");
			database.assertNothingHeld();
		}
	}

}
