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

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

class RowsResultSetTests {

	@ParameterizedTest
	@ValueSource(strings = { "null", "0", "-7", "3000000000", "9223372036854775807", "-9223372036854775808", "1.9",
			"-1.9", "1e30", "-1e30", "9e999", "-9e999", "1.0", "-0.0", "0.1+0.2", "4.35", "1e-4", "1e-5", "1.5e-7",
			"1e15", "1e16", "1e17", "1.25e17", "1e22", "1e100", "123456789.125", "1.7976931348623157e308", "''",
			"'12abc'", "' 12'", "'1e3'", "'1.9'", "'.5'", "'5.'", "'+7'", "'-'", "'-.5'", "'.'", "'1e'", "'1e+'",
			"'0x10'", "'9223372036854775808'", "'-9223372036854775809'", "'99999999999999999999'", "'1e400'",
			"'1.5e2xyz'", "'true'", "'zwölf'", "x''", "x'3132'", "x'4142'", "char(9)||'7'", "char(11)||'7'",
			"char(160)||'7'" })
	void getterGivesWhatSqliteGives(String expression) throws SQLException {
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
				Statement first = connection.createStatement();
				Statement second = connection.createStatement()) {
			ResultSet expected = first.executeQuery("select " + expression);
			ResultSet actual = RowsResultSet.readAll(null, second.executeQuery("select " + expression));
			assertThat(expected.next()).isTrue();
			assertThat(actual.next()).isTrue();
			assertThat(actual.getInt(1)).isEqualTo(expected.getInt(1));
			assertThat(actual.getLong(1)).isEqualTo(expected.getLong(1));
			assertThat(actual.getShort(1)).isEqualTo(expected.getShort(1));
			assertThat(actual.getByte(1)).isEqualTo(expected.getByte(1));
			assertThat(actual.getBoolean(1)).isEqualTo(expected.getBoolean(1));
			assertThat(actual.getDouble(1)).isEqualTo(expected.getDouble(1));
			assertThat(actual.getFloat(1)).isEqualTo(expected.getFloat(1));
			assertThat(actual.getObject(1)).isEqualTo(expected.getObject(1));
			assertThat(actual.wasNull()).isEqualTo(expected.wasNull());
			assertThat(actual.getString(1)).isEqualTo(expected.getString(1));
			assertThat(actual.getBytes(1)).isEqualTo(expected.getBytes(1));
		}
	}

	@Test
	void rowsOutliveTheConnection() throws SQLException {
		ResultSet rows;
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
				Statement statement = connection.createStatement()) {
			rows = RowsResultSet.readAll(statement,
					statement.executeQuery("select 1 as a, 'x' as \"B\" union all select 2, null"));
			assertThat(rows.getStatement()).isSameAs(statement);
		}
		assertThat(rows.next()).isTrue();
		assertThat(rows.getInt("A")).isEqualTo(1);
		assertThat(rows.getString("b")).isEqualTo("x");
		assertThat(rows.wasNull()).isFalse();
		assertThat(rows.next()).isTrue();
		assertThat(rows.getString(2)).isNull();
		assertThat(rows.wasNull()).isTrue();
		assertThat(rows.next()).isFalse();
	}

	@Test
	void positionIsKnownAtEveryStep() throws SQLException {
		ResultSet rows = rows(List.of("a"), row(1), row(2));
		assertPosition(rows, true, false, false, false, 0);
		rows.next();
		assertPosition(rows, false, true, false, false, 1);
		rows.next();
		assertPosition(rows, false, false, true, false, 2);
		rows.next();
		assertPosition(rows, false, false, false, true, 0);
		rows.next();
		assertPosition(rows, false, false, false, true, 0);
	}

	@Test
	void emptyResultIsAtNoPosition() throws SQLException {
		ResultSet rows = rows(List.of("a"));
		assertPosition(rows, false, false, false, false, 0);
		assertThat(rows.next()).isFalse();
		assertPosition(rows, false, false, false, false, 0);
		assertThat(rows.getMetaData().getColumnCount()).isEqualTo(1);
	}

	@Test
	void columnsAreReadOnARowOnly() throws SQLException {
		ResultSet rows = rows(List.of("a"), row(1));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt(1)).withMessageContaining("next()");
		rows.next();
		rows.next();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt(1))
			.withMessageContaining("next() has returned false");
	}

	@Test
	void firstOfColumnsWithOneNameIsFound() throws SQLException {
		ResultSet rows = rows(List.of("x", "ID", "id"), row(0, 1, 2));
		rows.next();
		assertThat(rows.getInt("id")).isEqualTo(1);
	}

	@Test
	void bytesAreTheCallers() throws SQLException {
		ResultSet rows = rows(List.of("a"), row((Object) new byte[] { 1 }));
		rows.next();
		rows.getBytes(1)[0] = 9;
		((byte[]) rows.getObject(1))[0] = 9;
		assertThat(rows.getBytes(1)).containsExactly(1);
	}

	@Test
	void metaDataIsOfTheFirstValueThatIsNotNull() throws SQLException {
		ResultSet rows = rows(List.of("i", "l", "d", "t", "b", "n"), row(null, null, null, null, null, null),
				row(1, 3_000_000_000L, 1.5, "x", new byte[0], null));
		ResultSetMetaData metaData = rows.getMetaData();
		assertThat(metaData.getColumnCount()).isEqualTo(6);
		List<Integer> types = new ArrayList<>();
		List<String> names = new ArrayList<>();
		for (int column = 1; column <= 6; column++) {
			types.add(metaData.getColumnType(column));
			names.add(metaData.getColumnTypeName(column));
		}
		assertThat(types).containsExactly(Types.INTEGER, Types.BIGINT, Types.DOUBLE, Types.VARCHAR, Types.BLOB,
				Types.NULL);
		assertThat(names).containsExactly("INTEGER", "BIGINT", "REAL", "VARCHAR", "BLOB", "NULL");
		assertThat(metaData.getColumnLabel(2)).isEqualTo("l");
		assertThat(metaData.getColumnClassName(2)).isEqualTo("java.lang.Long");
		assertThat(metaData.getColumnClassName(6)).isEqualTo("java.lang.Object");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> metaData.getColumnName(7))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
	}

	@Test
	void closedRefusesEverything() throws Exception {
		ResultSet rows = new RowsResultSet(mock(Statement.class), List.of("v"), List.<Object[]>of(row(1)));
		rows.next();
		rows.close();
		ClosedResultSet.assertRefusesEverything(rows);
	}

	private static void assertPosition(ResultSet rows, boolean beforeFirst, boolean first, boolean last,
			boolean afterLast, int row) throws SQLException {
		assertThat(rows.isBeforeFirst()).isEqualTo(beforeFirst);
		assertThat(rows.isFirst()).isEqualTo(first);
		assertThat(rows.isLast()).isEqualTo(last);
		assertThat(rows.isAfterLast()).isEqualTo(afterLast);
		assertThat(rows.getRow()).isEqualTo(row);
	}

	private static ResultSet rows(List<String> columnNames, @Nullable Object[]... rows) {
		return new RowsResultSet(null, columnNames, List.of(rows));
	}

	private static @Nullable Object[] row(@Nullable Object... values) {
		return values;
	}

}
