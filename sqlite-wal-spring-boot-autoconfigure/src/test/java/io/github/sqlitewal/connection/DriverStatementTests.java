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

package io.github.sqlitewal.connection;

import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * {@link DriverStatement} beside the JDBC face that it passes by: both must give the
 * same.
 */
class DriverStatementTests {

	private static final Calendar SYDNEY = Calendar.getInstance(TimeZone.getTimeZone("Australia/Sydney"));

	private SQLiteConnection connection;

	@BeforeEach
	void connect() throws SQLException {
		this.connection = connect(new SQLiteConfig());
	}

	private static SQLiteConnection connect(SQLiteConfig config) throws SQLException {
		config.setGetGeneratedKeys(false);
		SQLiteConnection connection = JDBC.createConnection("jdbc:sqlite::memory:", config.toProperties());
		connection.getConnectionConfig().setAutoCommit(false);
		return connection;
	}

	@AfterEach
	void disconnect() throws SQLException {
		this.connection.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 1 AS a, 'text' AS B, NULL AS c, 2.5 AS a, x'00ff' AS e",
			"SELECT value, value * 5000000000 AS big FROM json_each('[1, 2, 3]')", "SELECT 1 AS none WHERE 0",
			"SELECT 1", "PRAGMA user_version", "PRAGMA user_version = 7", "EXPLAIN QUERY PLAN SELECT 1" })
	void givesTheRowsOfTheDriver(String sql) throws SQLException {
		DriverStatement statement = new DriverStatement(this.connection, sql);
		PreparedStatement expected = this.connection.prepareStatement(sql);
		// the second time it is a statement that was used before
		for (int i = 0; i < 2; i++) {
			for (int maxRows = 0; maxRows < 3; maxRows++) {
				expected.setMaxRows(maxRows);
				assertThat(read(statement.execute(maxRows)))
					.isEqualTo(read(expected.execute() ? expected.getResultSet() : null));
			}
		}
		statement.close();
		assertThat(statement.isClosed()).isTrue();
		expected.close();
	}

	private static List<@Nullable Object> read(@Nullable ResultSet rows) throws SQLException {
		List<@Nullable Object> read = new ArrayList<>();
		if (rows == null) {
			read.add("no rows");
			return read;
		}
		try (rows) {
			DriverStatement.nameColumns(rows);
			int columns = rows.getMetaData().getColumnCount();
			read.add(columns);
			read.add(rows.isBeforeFirst());
			for (int i = 1; i <= columns; i++) {
				String label = rows.getMetaData().getColumnLabel(i);
				read.add(label + " is " + rows.findColumn(label));
				read.add(rows.getMetaData().getColumnTypeName(i));
			}
			while (rows.next()) {
				for (int i = 1; i <= columns; i++) {
					Object value = rows.getObject(i);
					read.add((value instanceof byte[] bytes) ? List.of(bytes[0], bytes[1]) : value);
					read.add(rows.wasNull());
				}
			}
		}
		return read;
	}

	@Test
	void countsTheRowsOfAnUpdate() throws SQLException {
		run("CREATE TABLE t (x UNIQUE)");
		DriverStatement insert = new DriverStatement(this.connection, "INSERT INTO t VALUES (?), (?)");
		insert.set(1, 1);
		insert.set(2, null);
		assertThat(insert.executeUpdate()).isEqualTo(2);
		DriverStatement update = new DriverStatement(this.connection, "UPDATE t SET x = 5 WHERE x = 4");
		assertThat(update.executeUpdate()).isZero();
		assertThatExceptionOfType(SQLiteException.class).isThrownBy(insert::executeUpdate)
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE);
	}

	@Test
	void valuesStayUntilTheyAreCleared() throws SQLException {
		DriverStatement statement = new DriverStatement(this.connection, "SELECT ?, ?3");
		assertThat(statement.parameterCount()).isEqualTo(3);
		statement.set(1, "one");
		statement.set(3, 3L);
		assertThat(read(statement.execute())).contains("one", 3);
		assertThat(read(statement.execute())).contains("one", 3);
		statement.clearParameters();
		assertThat(read(statement.execute())).doesNotContain("one", 3);
	}

	@ParameterizedTest
	@CsvSource({ "INTEGER, MILLISECONDS", "INTEGER, SECONDS", "REAL, MILLISECONDS", "TEXT, MILLISECONDS" })
	void storesDatesAsTheDriverDoes(String dateClass, String precision) throws SQLException {
		SQLiteConfig config = new SQLiteConfig();
		config.setDateClass(dateClass);
		config.setDatePrecision(precision);
		try (SQLiteConnection configured = connect(config)) {
			String sql = "SELECT ? AS a, typeof(?1) AS b";
			DriverStatement statement = new DriverStatement(configured, sql);
			PreparedStatement expected = configured.prepareStatement(sql);
			for (long millis : new long[] { 0, -1, 1_700_000_000_123L, -2_000_000_000_001L }) {
				statement.setDate(1, new Timestamp(millis), SYDNEY);
				expected.setTimestamp(1, new Timestamp(millis), SYDNEY);
				assertThat(read(statement.execute())).isEqualTo(read(expected.executeQuery()));
				statement.setDate(1, new Date(millis), SYDNEY);
				expected.setDate(1, new Date(millis), SYDNEY);
				assertThat(read(statement.execute())).isEqualTo(read(expected.executeQuery()));
				statement.setDate(1, new Time(millis), Calendar.getInstance());
				expected.setObject(1, new Time(millis));
				assertThat(read(statement.execute())).isEqualTo(read(expected.executeQuery()));
			}
			statement.close();
			expected.close();
		}
	}

	private void run(String sql) throws SQLException {
		DriverStatement statement = new DriverStatement(this.connection, sql);
		assertThat(statement.execute()).isNull();
		statement.close();
	}

}
