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
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Batches of prepared and of plain statements.
 */
class BatchTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private Connection connection;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory);
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
		this.connection = this.database.connection();
	}

	@AfterEach
	void close() throws Exception {
		this.connection.close();
		this.database.assertNothingHeld();
		this.database.close();
	}

	private String ids() throws SQLException {
		return TestDatabase.query(this.connection,
				"SELECT coalesce(group_concat(id), '') FROM (SELECT id FROM t ORDER BY id)");
	}

	private static void add(PreparedStatement statement, int... ids) throws SQLException {
		for (int id : ids) {
			statement.setInt(1, id);
			statement.setString(2, "name " + id);
			statement.addBatch();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void preparedCountsItsEntries(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)");
				PreparedStatement update = this.connection.prepareStatement("UPDATE t SET name = ? WHERE id > ?")) {
			add(insert, 1, 2, 3);
			assertThat(insert.executeBatch()).containsExactly(1, 1, 1);
			assertThat(insert.executeBatch()).as("the batch is empty again").isEmpty();
			for (int id = 0; id < 4; id++) {
				update.setString(1, "u");
				update.setInt(2, id);
				update.addBatch();
			}
			assertThat(update.executeLargeBatch()).containsExactly(3, 2, 1, 0);
		}
		assertThat(ids()).isEqualTo("1,2,3");
		this.connection.setAutoCommit(true);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void plainCountsItsEntries(boolean autoCommit) throws Exception {
		this.connection.setAutoCommit(autoCommit);
		try (Statement statement = this.connection.createStatement()) {
			statement.addBatch("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
			statement.addBatch("CREATE TABLE u (x)");
			statement.addBatch("DELETE FROM t WHERE id = 1");
			statement.addBatch("INSERT INTO u VALUES (1)");
			assertThat(statement.executeBatch()).containsExactly(2, 0, 1, 1);
			statement.addBatch("nonsense");
			statement.clearBatch();
			assertThat(statement.executeBatch()).isEmpty();
		}
		assertThat(ids()).isEqualTo("2");
		this.connection.setAutoCommit(true);
	}

	@Test
	void outsideATransactionStoresAllOrNothing() throws Exception {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			add(insert, 1, 2, 1, 3);
			assertFailedAfter(insert, 1, 1);
			this.database.assertNothingHeld();
			assertThat(ids()).isEmpty();
			add(insert, 4, 5);
			assertThat(insert.executeBatch()).as("usable after the failure").containsExactly(1, 1);
		}
		assertThat(ids()).isEqualTo("4,5");
	}

	private static void assertFailedAfter(Statement statement, int... counts) {
		assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch).satisfies((ex) -> {
			assertThat(ex.getUpdateCounts()).containsExactly(counts);
			assertThat(ex.getLargeUpdateCounts()).hasSize(counts.length);
			assertThat(ex.getSQLState()).isEqualTo("23505");
			assertThat(ex.getCause()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertThat((Throwable) ex.getNextException()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
		});
	}

	@Test
	void onASessionStoresAllOrNothing() throws Exception {
		TestDatabase.execute(this.connection, "CREATE TEMP TABLE source (x)");
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			add(insert, 1, 2, 1);
			assertFailedAfter(insert, 1, 1);
		}
		assertThat(ids()).isEmpty();
	}

	@Test
	void inATransactionKeepsTheEntriesBefore() throws Exception {
		this.connection.setAutoCommit(false);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			add(insert, 1, 2, 1, 3);
			assertFailedAfter(insert, 1, 1);
			add(insert, 4);
			assertThat(insert.executeBatch()).containsExactly(1);
		}
		this.connection.commit();
		assertThat(ids()).isEqualTo("1,2,4");
		this.connection.setAutoCommit(true);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 1", "INSERT INTO t VALUES (2, 'b') RETURNING id",
			"WITH x AS (SELECT 1) SELECT * FROM x" })
	void rowsAreRefused(String sql) throws Exception {
		try (Statement statement = this.connection.createStatement()) {
			statement.addBatch("INSERT INTO t VALUES (1, 'a')");
			statement.addBatch(sql);
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(statement::executeBatch)
				.satisfies((ex) -> assertThat(ex.getUpdateCounts()).containsExactly(1));
		}
		this.database.assertNothingHeld();
	}

	@Test
	void parametersAreThoseOfTheTimeOfAddBatch() throws Exception {
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			byte[] name = { 1 };
			insert.setInt(1, 1);
			insert.setBytes(2, name);
			insert.addBatch();
			name[0] = 2;
			insert.setInt(1, 2);
			insert.addBatch();
			insert.clearParameters();
			insert.setInt(1, 3);
			insert.addBatch();
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07001"));
			insert.setInt(1, 1);
			insert.setBytes(2, name);
			insert.addBatch();
			name[0] = 3;
			insert.executeBatch();
		}
		assertThat(TestDatabase.query(this.connection, "SELECT id, hex(name) FROM t")).isEqualTo("1|02");
	}

	@Test
	void readOnlyConnectionRefuses() throws Exception {
		this.connection.setReadOnly(true);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
			add(insert, 1);
			assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(insert::executeBatch)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"));
		}
	}

	@Test
	void springTranslatesItsFailure() throws Exception {
		JdbcTemplate template = new JdbcTemplate(this.database.dataSource());
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> template.batchUpdate("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (1, 'b')"));
		assertThat(ids()).isEmpty();
	}

	@Test
	void springSaysWhichRowOfAPreparedBatchFailed() throws Exception {
		JdbcTemplate template = new JdbcTemplate(this.database.dataSource());
		List<Object[]> rows = IntStream.range(0, 100).mapToObj((i) -> new Object[] { (i == 70) ? 7 : i, "x" }).toList();
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> template.batchUpdate("INSERT INTO t VALUES (?, ?)", rows))
			.withStackTraceContaining("Batch entry 70 failed")
			.satisfies((ex) -> assertThat(rootBatchFailure(ex).getUpdateCounts()).hasSize(70));
		assertThat(ids()).isEmpty();
	}

	private static BatchUpdateException rootBatchFailure(Throwable failure) {
		for (Throwable each = failure; each != null; each = each.getCause()) {
			if (each instanceof BatchUpdateException batch) {
				return batch;
			}
		}
		throw new AssertionError("No BatchUpdateException", failure);
	}

	@Test
	void entriesOfDifferentSqlRunInTheirOrder() throws Exception {
		try (Statement statement = this.connection.createStatement()) {
			for (int i = 0; i < 3; i++) {
				statement.addBatch("INSERT INTO t VALUES (1, 'a')");
				statement.addBatch("UPDATE t SET id = id + 1");
				statement.addBatch("UPDATE t SET id = id + 1");
			}
			statement.addBatch("-- nothing");
			assertThat(statement.executeBatch()).containsExactly(1, 1, 1, 1, 2, 2, 1, 3, 3);
		}
		assertThat(ids()).isEqualTo("3,5,7");
	}

	@Test
	void whenItIsNotAtomicEachEntryCommitsByItself() throws Exception {
		try (TestDatabase other = TestDatabase.in(this.directory.resolve("other"),
				(builder) -> builder.batchAtomic(false)); Connection own = other.connection()) {
			other.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
			try (PreparedStatement insert = own.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
				add(insert, 1, 2, 1, 3);
				assertFailedAfter(insert, 1, 1);
			}
			assertThat(other.query("SELECT group_concat(id) FROM t")).isEqualTo("1,2");
			own.setAutoCommit(false);
			try (PreparedStatement insert = own.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
				add(insert, 4, 5);
				insert.executeBatch();
			}
			own.rollback();
			assertThat(other.query("SELECT group_concat(id) FROM t")).as("a transaction is one all the same")
				.isEqualTo("1,2");
			other.assertNothingHeld();
		}
	}

}
