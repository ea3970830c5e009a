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
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.jdbc4.JDBC4ResultSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

class LeasedResultSetTests {

	private static final String THREE_ROWS = "select 1 as id, null as v union all select 2, 'b' union all select 3, 'c'";

	private final Statement owner = mock(Statement.class);

	private final RecordingHooks hooks = new RecordingHooks();

	private Connection connection;

	private Statement statement;

	@BeforeEach
	void connect() throws SQLException {
		this.connection = DriverManager.getConnection("jdbc:sqlite::memory:");
		this.statement = this.connection.createStatement();
	}

	@AfterEach
	void disconnect() throws SQLException {
		this.connection.close();
	}

	@Test
	void rowsAreReadInOrder() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		assertThat(rows.getStatement()).isSameAs(this.owner);
		assertThat(rows.next()).isTrue();
		assertThat(rows.getInt(1)).isEqualTo(1);
		assertThat(rows.getString("V")).isNull();
		assertThat(rows.wasNull()).isTrue();
		assertThat(rows.getLong(1)).isEqualTo(1);
		assertThat(rows.wasNull()).isFalse();
		assertThat(rows.next()).isTrue();
		assertThat(rows.next()).isTrue();
		assertThat(rows.getObject(2)).isEqualTo("c");
		assertThat(rows.next()).isFalse();
		assertThat(rows.next()).isFalse();
	}

	@Test
	void columnsAreReadOnARowOnly() throws SQLException {
		// the driver stands on the first row already, and reads 0 after the last
		LeasedResultSet rows = query("select 7 as id");
		assertNotOnRow(rows, "call next()");
		rows.next();
		assertThat(rows.getInt(1)).isEqualTo(7);
		rows.next();
		assertNotOnRow(rows, "next() has returned false");
	}

	@Test
	void positionIsKnownAtEveryStep() throws SQLException {
		LeasedResultSet rows = query("select 1 union all select 2");
		assertPosition(rows, true, false, false, 0);
		rows.next();
		assertPosition(rows, false, true, false, 1);
		rows.next();
		assertPosition(rows, false, false, false, 2);
		rows.next();
		assertPosition(rows, false, false, true, 0);
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(rows::isLast);
	}

	@Test
	void emptyResultIsAtNoPosition() throws SQLException {
		LeasedResultSet rows = query("select 1 as id where 0");
		assertPosition(rows, false, false, false, 0);
		assertThat(rows.next()).isFalse();
		assertPosition(rows, false, false, false, 0);
		assertThat(rows.findColumn("ID")).isEqualTo(1);
		assertThat(rows.getMetaData().getColumnLabel(1)).isEqualTo("id");
	}

	@Test
	void wasNullNeedsAColumnThatWasRead() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		rows.next();
		assertThatExceptionOfType(SQLException.class).isThrownBy(rows::wasNull).withMessageContaining("wasNull()");
	}

	@Test
	void metaDataDoesNotDisturbWasNull() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		rows.next();
		assertThat(rows.getString(2)).isNull();
		assertThat(rows.getMetaData().getColumnType(1)).isEqualTo(java.sql.Types.INTEGER);
		assertThat(rows.getMetaData().getColumnClassName(1)).isEqualTo("java.lang.Integer");
		assertThat(rows.wasNull()).isTrue();
	}

	@Test
	void metaDataIsNotTheDriversResultSet() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		ResultSetMetaData metaData = rows.getMetaData();
		assertThat(metaData).isNotInstanceOf(ResultSet.class);
		assertThat(metaData.isWrapperFor(ResultSet.class)).isFalse();
		assertThat(metaData.getColumnCount()).isEqualTo(2);
		assertThat(metaData.getColumnName(2)).isEqualTo("v");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> metaData.getColumnLabel(3))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
		rows.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(metaData::getColumnCount)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
	}

	@Test
	void unwrapsToTheDriversClassWhenAsked() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		assertThat(rows.unwrap(ResultSet.class)).isSameAs(rows);
		assertThat(rows.unwrap(ReadOnlyResultSet.class)).isSameAs(rows);
		assertThat(rows.isWrapperFor(JDBC4ResultSet.class)).isTrue();
		assertThat(rows.unwrap(JDBC4ResultSet.class)).isNotNull();
		assertThat(rows.isWrapperFor(ResultSetMetaData.class)).isFalse();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.unwrap(ResultSetMetaData.class));
	}

	@Test
	void hooksSurroundEachStep() throws SQLException {
		LeasedResultSet rows = query("select 1");
		rows.next();
		rows.next();
		rows.next();
		assertThat(this.hooks.events).containsExactly("before", "after", "before", "after");
	}

	@Test
	void refusedStepLeavesTheRow() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		rows.next();
		this.hooks.refusal = new SQLTimeoutException("too long");
		assertThatExceptionOfType(SQLTimeoutException.class).isThrownBy(rows::next);
		assertThat(rows.getInt(1)).isEqualTo(1);
		this.hooks.refusal = null;
		rows.next();
		assertThat(rows.getInt(1)).isEqualTo(2);
	}

	@Test
	void failedStepIsTranslatedAndNotRepeated() throws SQLException {
		// the driver would run the query again and give its first row
		LeasedResultSet rows = query("select abs(-9223372036854775807 - v) from (select 0 as v union all select 1)");
		rows.next();
		assertThatExceptionOfType(TranslatedException.class).isThrownBy(rows::next)
			.withCauseInstanceOf(SQLiteException.class);
		assertThat(this.hooks.events).endsWith("before", "failed", "after");
		assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next).withMessageContaining("execute it again");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getLong(1))
			.withMessageContaining("execute it again");
	}

	@Test
	void driversExceptionOfAGetterIsTranslated() throws SQLException {
		ResultSet delegate = mock(ResultSet.class);
		given(delegate.next()).willReturn(true);
		given(delegate.getString(1)).willThrow(new SQLiteException("no memory", SQLiteErrorCode.SQLITE_NOMEM));
		given(delegate.getTimestamp(1)).willThrow(new SQLiteException("no memory", SQLiteErrorCode.SQLITE_NOMEM));
		given(delegate.getObject(1)).willReturn(1);
		LeasedResultSet rows = new LeasedResultSet(this.owner, delegate, this.hooks);
		rows.next();
		assertThatExceptionOfType(TranslatedException.class).isThrownBy(() -> rows.getString(1));
		assertThatExceptionOfType(TranslatedException.class).isThrownBy(() -> rows.getTimestamp(1));
	}

	@Test
	void closingTwiceGivesTheLeaseBackOnce() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		rows.next();
		rows.close();
		rows.close();
		assertThat(this.hooks.closed).containsExactly(rows);
	}

	@Test
	void leaseGoesBackWhenTheDriversCloseFails() throws SQLException {
		ResultSet delegate = mock(ResultSet.class);
		willThrow(new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR)).given(delegate).close();
		this.hooks.closeFailure = new SQLException("lease");
		LeasedResultSet rows = new LeasedResultSet(this.owner, delegate, this.hooks);
		assertThatExceptionOfType(TranslatedException.class).isThrownBy(rows::close)
			.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(this.hooks.closeFailure));
		rows.close();
		assertThat(this.hooks.closed).containsExactly(rows);
	}

	@Test
	void leaseGoesBackWhenTheDriversCloseBreaks() throws SQLException {
		ResultSet delegate = mock(ResultSet.class);
		willThrow(new IllegalStateException()).given(delegate).close();
		LeasedResultSet rows = new LeasedResultSet(this.owner, delegate, this.hooks);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(rows::close);
		assertThat(this.hooks.closed).containsExactly(rows);
	}

	@Test
	void resultSetClosedUnderneathIsNotAShortResult() throws SQLException {
		LeasedResultSet rows = query(THREE_ROWS);
		rows.next();
		this.statement.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt(1))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.findColumn("id"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
	}

	@Test
	void closedNeverReadsTheNextExecution() throws SQLException {
		LeasedResultSet first = query("select 1");
		first.next();
		first.close();
		LeasedResultSet second = query("select 2");
		second.next();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> first.getInt(1))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY010"));
		first.close();
		assertThat(second.getInt(1)).isEqualTo(2);
	}

	@Test
	void closedRefusesEverything() throws Exception {
		LeasedResultSet rows = query("select 1 as v");
		rows.next();
		rows.close();
		ClosedResultSet.assertRefusesEverything(rows);
	}

	private LeasedResultSet query(String sql) throws SQLException {
		return new LeasedResultSet(this.owner, this.statement.executeQuery(sql), this.hooks);
	}

	private static void assertNotOnRow(ResultSet rows, String message) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> rows.getInt(1))
			.withMessageContaining(message)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("HY109"));
	}

	private static void assertPosition(ResultSet rows, boolean beforeFirst, boolean first, boolean afterLast, int row)
			throws SQLException {
		assertThat(rows.isBeforeFirst()).isEqualTo(beforeFirst);
		assertThat(rows.isFirst()).isEqualTo(first);
		assertThat(rows.isAfterLast()).isEqualTo(afterLast);
		assertThat(rows.getRow()).isEqualTo(row);
	}

	private static final class TranslatedException extends SQLException {

		private static final long serialVersionUID = 1L;

		TranslatedException(SQLException cause) {
			super(cause);
		}

	}

	private static final class RecordingHooks implements LeasedResultSet.Hooks {

		private final List<String> events = new ArrayList<>();

		private final List<LeasedResultSet> closed = new ArrayList<>();

		private @Nullable SQLException refusal;

		private @Nullable SQLException closeFailure;

		@Override
		public void beforeNext() throws SQLException {
			if (this.refusal != null) {
				throw this.refusal;
			}
			this.events.add("before");
		}

		@Override
		public void afterNext() {
			this.events.add("after");
		}

		@Override
		public SQLException failed(SQLException ex) {
			this.events.add("failed");
			return new TranslatedException(ex);
		}

		@Override
		public void closed(LeasedResultSet resultSet) throws SQLException {
			this.closed.add(resultSet);
			if (this.closeFailure != null) {
				throw this.closeFailure;
			}
		}

	}

}
