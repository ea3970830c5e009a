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

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.SQLiteException;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What goes wrong is a standard exception with an SQLState, whose cause is the driver's,
 * and through a plain {@link JdbcTemplate} the exception of Spring that a user would
 * catch.
 */
class JdbcExceptionsTests {

	@TempDir
	Path directory;

	@ParameterizedTest(name = "{0}")
	@MethodSource("failures")
	void statementFails(String sql, Class<? extends SQLException> standard, String state,
			Class<? extends DataAccessException> springs) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL CHECK (name <> 'bad'))",
					"CREATE TABLE child (t REFERENCES t)", "INSERT INTO t VALUES (1, 'a')");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> database.execute(sql)).satisfies((ex) -> {
				assertThat((Throwable) ex).isExactlyInstanceOf(standard);
				assertThat(ex.getSQLState()).isEqualTo(state);
				assertThat(ex.getCause()).isInstanceOf(SQLiteException.class);
				assertThat((Throwable) ex).hasMessageContaining(sql);
			});
			JdbcTemplate template = new JdbcTemplate(database.dataSource());
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> template.execute(sql))
				.satisfies((ex) -> assertThat((Throwable) ex).isInstanceOf(springs));
			database.assertNothingHeld();
		}
	}

	static Stream<Arguments> failures() {
		Class<?> integrity = SQLIntegrityConstraintViolationException.class;
		Class<?> syntax = SQLSyntaxErrorException.class;
		return Stream.of(arguments("INSERT INTO t VALUES (1, 'b')", integrity, "23505", DuplicateKeyException.class),
				arguments("INSERT INTO t VALUES (2, 'a')", integrity, "23505", DuplicateKeyException.class),
				arguments("INSERT INTO t VALUES (2, 'a') RETURNING id", integrity, "23505",
						DuplicateKeyException.class),
				arguments("INSERT INTO child VALUES (7)", integrity, "23503", DataIntegrityViolationException.class),
				arguments("INSERT INTO t VALUES (2, NULL)", integrity, "23502", DataIntegrityViolationException.class),
				arguments("INSERT INTO t VALUES (2, 'bad')", integrity, "23514", DataIntegrityViolationException.class),
				arguments("SELECT * FROM nowhere", syntax, "42S02", BadSqlGrammarException.class),
				arguments("INSERT INTO nowhere VALUES (1)", syntax, "42S02", BadSqlGrammarException.class),
				arguments("SELECT missing FROM t", syntax, "42S22", BadSqlGrammarException.class),
				arguments("SELEKT 1", syntax, "42000", BadSqlGrammarException.class));
	}

	@Test
	void anotherProcessThatHoldsTheLock() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.lockTimeout(Duration.ofMillis(50))); Connection outsider = database.outsider()) {
			database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			TestDatabase.execute(outsider, "BEGIN IMMEDIATE");
			assertThatExceptionOfType(SQLTransactionRollbackException.class)
				.isThrownBy(() -> database.execute("INSERT INTO t VALUES (1)"))
				.withMessageContaining("Another process")
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40001"))
				.havingRootCause()
				.isInstanceOf(SQLiteException.class);
			assertThatExceptionOfType(CannotAcquireLockException.class)
				.isThrownBy(() -> new JdbcTemplate(database.dataSource()).update("INSERT INTO t VALUES (1)"));
			assertThat(database.query("SELECT count(*) FROM t")).as("who reads does not wait").isEqualTo("0");
			database.assertNothingHeld();
		}
	}

	@Test
	void queryThatTakesTooLong() {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			JdbcTemplate template = new JdbcTemplate(database.dataSource());
			template.setQueryTimeout(1);
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(() -> template.queryForObject(TestDatabase.ENDLESS, Long.class))
				.withCauseInstanceOf(SQLTimeoutException.class)
				.havingRootCause()
				.isInstanceOf(SQLiteException.class);
		}
	}

	@Test
	void writeOnAReadOnlyConnection() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			connection.setReadOnly(true);
			assertThatExceptionOfType(SQLNonTransientException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, "CREATE TABLE t (x)"))
				.withCauseInstanceOf(SQLiteException.class)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
		}
	}

	@Test
	void fullDisk() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.customizer((connection, role) -> {
					try (java.sql.Statement statement = connection.createStatement()) {
						statement.execute("PRAGMA max_page_count = 20");
					}
				}))) {
			database.execute("CREATE TABLE t (x)");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> database.execute("INSERT INTO t VALUES (zeroblob(1000000))"))
				.withCauseInstanceOf(SQLiteException.class)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53100"));
			assertThatExceptionOfType(DataAccessResourceFailureException.class).isThrownBy(
					() -> new JdbcTemplate(database.dataSource()).update("INSERT INTO t VALUES (zeroblob(1000000))"));
			database.assertNothingHeld();
			database.execute("INSERT INTO t VALUES (1)");
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("1");
		}
	}

	@Test
	void damagedFile() throws Exception {
		Path file = this.directory.resolve("test.db");
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			database.execute("CREATE TABLE t (x)", "INSERT INTO t SELECT randomblob(1000) FROM"
					+ " (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200) SELECT n FROM c)");
		}
		try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
			damage.seek(4096);
			damage.write(new byte[16 * 4096]);
		}
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			assertThatExceptionOfType(SQLNonTransientConnectionException.class)
				.isThrownBy(() -> database.query("SELECT sum(length(x)) FROM t"))
				.withCauseInstanceOf(SQLiteException.class)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("XX001"));
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(() -> new JdbcTemplate(database.dataSource()).queryForObject("SELECT sum(length(x)) FROM t",
						Long.class));
			database.assertNothingHeld();
		}
	}

	@Test
	void closedDatabase() throws Exception {
		TestDatabase database = TestDatabase.in(this.directory);
		Connection connection = database.connection();
		database.close();
		for (String sql : new String[] { "SELECT 1", "CREATE TABLE t (x)" }) {
			assertThatExceptionOfType(SQLNonTransientConnectionException.class)
				.isThrownBy(() -> TestDatabase.execute(connection, sql))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08003"));
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(() -> new JdbcTemplate(database.dataSource()).execute(sql));
		}
		connection.close();
	}

}
