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
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Function;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.pool.ReadEvictedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What the application sees of a read that was ended because it held back the WAL.
 */
@Timeout(120)
class EvictedReadTests {

	@TempDir
	Path directory;

	private final CountDownLatch inSqlite = new CountDownLatch(1);

	private TestDatabase database;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory,
				(builder) -> builder.readers(1).customizer((connection, role) -> inSqlite(connection)));
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
				"INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
	}

	@AfterEach
	void close() {
		this.database.assertNothingHeld();
		this.database.close();
	}

	// reader checkpointer
	// next() …
	// .............................. evict
	// evicted
	@Test
	void whileItIsInsideNext() throws Exception {
		try (Actor reader = Actor.named("reader"); Connection connection = this.database.connection()) {
			Statement statement = connection.createStatement();
			ResultSet rows = statement.executeQuery("SELECT 1 UNION ALL SELECT (" + endless() + ")");
			assertThat(rows.next()).isTrue();
			Future<Boolean> next = reader.begins(rows::next);
			this.inSqlite.await();
			evict(1);
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(() -> Actor.result(next));
			assertEvicted(rows);
			assertGoesOn(connection, statement);
		}
	}

	// reader checkpointer
	// executeQuery() …
	// .............................. evict
	// evicted
	@Test
	void whileItsStatementBegins() throws Exception {
		try (Actor reader = Actor.named("reader");
				Connection connection = this.database.connection();
				PreparedStatement statement = connection.prepareStatement(endless())) {
			Future<ResultSet> query = reader.begins(statement::executeQuery);
			this.inSqlite.await();
			evict(1);
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(() -> Actor.result(query))
				.withMessageContaining("thread reader");
			assertGoesOn(connection, connection.createStatement());
		}
	}

	@Test
	void whileItsTimeoutRuns() throws Exception {
		try (Actor reader = Actor.named("reader");
				Connection connection = this.database.connection();
				Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(3600);
			Future<ResultSet> query = reader.begins(() -> statement.executeQuery(endless()));
			this.inSqlite.await();
			evict(1);
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(() -> Actor.result(query));
		}
	}

	@Test
	void whileItsResultSetIsOpenAndNobodyReads() throws Exception {
		try (Connection connection = this.database.connection(); Statement statement = connection.createStatement()) {
			ResultSet rows = statement.executeQuery("SELECT id, name FROM t");
			assertThat(rows.next()).isTrue();
			assertThat(rows.getInt(1)).isOne();
			evict(1);
			assertEvicted(rows);
			assertThatNoException().isThrownBy(rows::close);
			assertGoesOn(connection, statement);
		}
	}

	@Test
	void whileTwoResultSetsShareTheReader() throws Exception {
		try (Connection connection = this.database.connection();
				Statement first = connection.createStatement();
				Statement second = connection.createStatement()) {
			ResultSet outer = first.executeQuery("SELECT id, name FROM t");
			ResultSet inner = second.executeQuery("SELECT id, name FROM t");
			assertThat(this.database.held()).isEqualTo("reader");
			evict(1);
			assertEvicted(outer);
			assertEvicted(inner);
			// a new one gets a reader of its own, and not the one that is gone
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("3");
			assertGoesOn(connection, first);
		}
	}

	@Test
	void inAReadOnlyTransaction() throws Exception {
		try (Connection connection = this.database.connection(); Statement statement = connection.createStatement()) {
			connection.setReadOnly(true);
			connection.setAutoCommit(false);
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("3");
			evict(1);
			assertThatExceptionOfType(ReadEvictedException.class)
				.isThrownBy(() -> statement.executeQuery("SELECT id FROM t"));
			assertThatExceptionOfType(ReadEvictedException.class).as("again")
				.isThrownBy(() -> statement.executeQuery("SELECT id FROM t"));
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(connection::setSavepoint);
			assertThatNoException().isThrownBy(connection::rollback);
			assertGoesOn(connection, statement);
			evict(1);
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(connection::commit);
			assertGoesOn(connection, statement);
			evict(1);
			assertThatNoException().isThrownBy(connection::close);
		}
	}

	@Test
	void inASpringTransaction() {
		JdbcTransactionManager manager = new JdbcTransactionManager(this.database.dataSource());
		TransactionTemplate transaction = new TransactionTemplate(manager);
		transaction.setReadOnly(true);
		JdbcTemplate template = new JdbcTemplate(this.database.dataSource());
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> transaction.executeWithoutResult((status) -> {
				template.queryForList("SELECT id FROM t", Integer.class);
				evict(1);
				template.queryForList("SELECT id FROM t", Integer.class);
			}))
			.withCauseInstanceOf(ReadEvictedException.class);
		assertThat(template.queryForList("SELECT id FROM t", Integer.class)).containsExactly(1, 2, 3);
	}

	// reader checkpointer
	// BEGIN, SELECT
	// INSERT by another
	// .............................. TRUNCATE: busy
	// .............................. evict, TRUNCATE: done
	@Test
	void itsReadMarkIsGone() throws Exception {
		try (Connection reading = this.database.connection();
				Connection outsider = this.database.outsider();
				Statement statement = reading.createStatement()) {
			ResultSet rows = statement.executeQuery("SELECT id, name FROM t");
			this.database.execute("INSERT INTO t VALUES (4, 'd')");
			assertThat(TestDatabase.query(outsider, "PRAGMA wal_checkpoint(TRUNCATE)")).startsWith("1|");
			evict(1);
			assertThat(TestDatabase.query(outsider, "PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("0|0|0");
			assertEvicted(rows);
		}
	}

	private void evict(int count) {
		assertThat(this.database.dataSource().pool().evictReads(Duration.ZERO)).hasSize(count);
	}

	private static void assertEvicted(ResultSet rows) {
		for (Reading reading : new Reading[] { ResultSet::next, (row) -> row.getInt(1), (row) -> row.getString(1),
				(row) -> row.getObject(1) }) {
			assertThatExceptionOfType(ReadEvictedException.class).isThrownBy(() -> reading.from(rows));
		}
	}

	private void assertGoesOn(Connection connection, Statement statement) throws SQLException {
		assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t")).isEqualTo("3");
		try (ResultSet rows = statement.executeQuery("SELECT id FROM t")) {
			assertThat(rows.next()).isTrue();
		}
	}

	private static String endless() {
		return "WITH RECURSIVE c(n) AS (SELECT in_sqlite() UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
	}

	private void inSqlite(Connection connection) throws SQLException {
		Function.create(connection, "in_sqlite", new Function() {

			@Override
			protected void xFunc() throws SQLException {
				EvictedReadTests.this.inSqlite.countDown();
				result(1);
			}

		});
	}

	@FunctionalInterface
	private interface Reading {

		Object from(ResultSet rows) throws SQLException;

	}

}
