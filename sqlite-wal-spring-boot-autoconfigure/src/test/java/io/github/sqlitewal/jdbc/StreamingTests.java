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
import java.util.Iterator;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Result sets that are read while other things happen.
 */
class StreamingTests {

	private static final int ROWS = 100_000;

	@TempDir
	Path directory;

	private TestDatabase database;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory);
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)",
				"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < " + ROWS
						+ ") INSERT INTO t SELECT n FROM c");
	}

	@AfterEach
	void close() {
		this.database.assertNothingHeld();
		this.database.close();
	}

	@Test
	void streamOfATemplateHoldsOneReaderFromTheFirstRowToItsClose() throws Exception {
		JdbcTemplate template = new JdbcTemplate(this.database.dataSource());
		template.setFetchSize(10);
		try (Stream<Integer> stream = template.queryForStream("SELECT id FROM t ORDER BY id",
				(rows, number) -> rows.getInt(1))) {
			Iterator<Integer> ids = stream.iterator();
			int expected = 1;
			while (ids.hasNext()) {
				assertThat(ids.next()).isEqualTo(expected++);
				if (expected % 10_000 == 0) {
					assertThat(this.database.held()).isEqualTo("reader");
					this.database.execute("UPDATE t SET id = -id WHERE id = " + expected + " - 1");
				}
			}
			assertThat(expected).isEqualTo(ROWS + 1);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void twoResultSetsOfTheSameSqlAreIndependent(boolean autoCommit) throws Exception {
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(autoCommit);
			String sql = "SELECT id FROM t WHERE id <= ? ORDER BY id";
			try (PreparedStatement outer = connection.prepareStatement(sql);
					PreparedStatement inner = connection.prepareStatement(sql)) {
				outer.setInt(1, 5);
				int sum = 0;
				try (ResultSet rows = outer.executeQuery()) {
					while (rows.next()) {
						inner.setInt(1, rows.getInt(1));
						try (ResultSet nested = inner.executeQuery()) {
							while (nested.next()) {
								sum += nested.getInt(1);
							}
						}
					}
				}
				assertThat(sum).isEqualTo(1 + 3 + 6 + 10 + 15);
			}
			assertThat(this.database.held()).isEqualTo(autoCommit ? "" : "writer");
		}
	}

	@Test
	void rowsAreReadWhileTheTransactionWrites() throws Exception {
		try (Connection connection = this.database.connection();
				Statement reading = connection.createStatement();
				PreparedStatement writing = connection.prepareStatement("UPDATE t SET id = -id WHERE id = ?")) {
			connection.setAutoCommit(false);
			try (ResultSet rows = reading.executeQuery("SELECT id FROM t WHERE id BETWEEN 1 AND 3 ORDER BY id")) {
				int count = 0;
				while (rows.next()) {
					writing.setInt(1, rows.getInt(1));
					count += writing.executeUpdate();
				}
				assertThat(count).isEqualTo(3);
			}
			connection.commit();
			assertThat(TestDatabase.query(connection, "SELECT count(*) FROM t WHERE id < 0")).isEqualTo("3");
		}
	}

	@Test
	void readingAfterTheTransactionFailsClearly() throws Exception {
		try (Connection connection = this.database.connection(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			ResultSet rows = statement.executeQuery("SELECT id FROM t");
			assertThat(rows.next()).isTrue();
			connection.rollback();
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next).withMessageContaining("closed");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt("id"))
				.withMessageContaining("closed");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void maxRowsEndTheRows(boolean memory) throws Exception {
		try (TestDatabase other = TestDatabase.of(memory, this.directory.resolve("other"));
				Connection connection = other.connection();
				Statement statement = connection.createStatement()) {
			statement.setMaxRows(2);
			statement.setFetchSize(1);
			assertThat(count(statement.executeQuery("VALUES (1), (2), (3)"))).isEqualTo(2);
			statement.setMaxRows(0);
			assertThat(count(statement.executeQuery("VALUES (1), (2), (3)"))).isEqualTo(3);
			assertThat(statement.getFetchSize()).isEqualTo(1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.setMaxRows(-1));
		}
	}

	@Test
	void maxRowsOfOneStatementAreNotThoseOfAnotherWithTheSameSql() throws Exception {
		try (Connection connection = this.database.connection();
				Statement limited = connection.createStatement();
				Statement unlimited = connection.createStatement()) {
			limited.setMaxRows(2);
			assertThat(count(limited.executeQuery("VALUES (1), (2), (3)"))).isEqualTo(2);
			assertThat(count(unlimited.executeQuery("VALUES (1), (2), (3)"))).isEqualTo(3);
		}
	}

	private static int count(ResultSet rows) throws SQLException {
		int count = 0;
		while (rows.next()) {
			count++;
		}
		rows.close();
		return count;
	}

	@Test
	void onlyForwardReadOnlyCursorsAreOffered() throws Exception {
		try (Connection connection = this.database.connection()) {
			connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY).close();
			assertThatExceptionOfType(java.sql.SQLFeatureNotSupportedException.class).isThrownBy(
					() -> connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY));
			assertThatExceptionOfType(java.sql.SQLFeatureNotSupportedException.class).isThrownBy(() -> connection
				.prepareStatement("SELECT 1", ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE));
		}
	}

}
