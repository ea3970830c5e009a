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

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.jdbc.StatementRunner.Expected;

/**
 * A prepared statement of a logical connection: its SQL and its parameters as values,
 * until it runs. SQLite sees the SQL when it runs for the first time, so an error in it
 * is reported then.
 */
final class LogicalPreparedStatement extends LogicalStatement implements PreparedStatement {

	private final SqlStatement sql;

	private final KeyColumns keys;

	private final Parameters parameters = new Parameters();

	private final List<BatchEntry> batch = new ArrayList<>();

	LogicalPreparedStatement(LogicalConnection connection, String sql, KeyColumns keys) throws SQLException {
		super(connection);
		this.sql = connection.dataSource().statements().get(sql);
		if (!this.sql.isLast()) {
			throw new SQLSyntaxErrorException("A prepared statement is one statement, and this text has several;"
					+ " use Statement.execute(), or a script runner [SQL: " + sql + "]", "42000");
		}
		if (this.sql.isEmpty()) {
			throw new SQLSyntaxErrorException("There is nothing to prepare in this text [SQL: " + sql + "]", "42000");
		}
		this.keys = keys;
	}

	boolean isWrite() {
		return this.sql.kind() == SqlStatement.Kind.WRITE;
	}

	/**
	 * The statement with its parameters of now, to be run later.
	 */
	SingleStatement later() throws SQLException {
		checkOpen();
		Expected.COUNT.check(this.sql);
		Call call = new Call(connection().dataSource().lockTimeout(), 0);
		return new SingleStatement(connection().runner(), this, call, this.sql, this.parameters.copy(), Expected.COUNT,
				KeyColumns.NONE);
	}

	@Override
	public ResultSet executeQuery() throws SQLException {
		return Objects
			.requireNonNull(execute(this.sql, this.parameters.copy(), Expected.ROWS, KeyColumns.NONE).resultSet());
	}

	@Override
	public long executeLargeUpdate() throws SQLException {
		return execute(this.sql, this.parameters.copy(), Expected.COUNT, this.keys).updateCount();
	}

	@Override
	public int executeUpdate() throws SQLException {
		return toInt(executeLargeUpdate());
	}

	@Override
	public boolean execute() throws SQLException {
		return execute(this.sql, this.parameters.copy(), Expected.ANYTHING, this.keys).resultSet() != null;
	}

	@Override
	public void addBatch() throws SQLException {
		checkOpen();
		this.batch.add(new BatchEntry(this.sql, this.parameters.copy()));
	}

	@Override
	public void clearBatch() throws SQLException {
		checkOpen();
		this.batch.clear();
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		return executeBatch(this.batch, this.keys);
	}

	@Override
	public void clearParameters() throws SQLException {
		checkOpen();
		this.parameters.clear();
	}

	@Override
	public @Nullable ResultSetMetaData getMetaData() throws SQLException {
		checkOpen();
		if (this.sql.pragmaName() != null) {
			// some pragmas act when they are prepared
			return null;
		}
		String text = this.sql.text();
		List<String> names = connection().runner().onReader(text, (physical) -> physical.columnNames(text));
		return names.isEmpty() ? null : new RowsMetaData(names, List.of());
	}

	@Override
	public ParameterMetaData getParameterMetaData() throws SQLException {
		checkOpen();
		return new ValuesMetaData(this);
	}

	int parameterCount() throws SQLException {
		if (this.sql.pragmaName() != null) {
			return 0;
		}
		String text = this.sql.text();
		return connection().runner().onReader(text, (physical) -> {
			DriverStatement prepared = physical.prepare(text);
			physical.giveBack(prepared, true);
			return prepared.parameterCount();
		});
	}

	@Nullable Object parameter(int index) {
		return this.parameters.get(index);
	}

	// Values

	private void set(int index, @Nullable Object value) throws SQLException {
		checkOpen();
		this.parameters.set(index, value);
	}

	@Override
	public void setNull(int index, int sqlType) throws SQLException {
		set(index, null);
	}

	@Override
	public void setNull(int index, int sqlType, @Nullable String typeName) throws SQLException {
		set(index, null);
	}

	@Override
	public void setBoolean(int index, boolean value) throws SQLException {
		set(index, value ? 1 : 0);
	}

	@Override
	public void setByte(int index, byte value) throws SQLException {
		set(index, (int) value);
	}

	@Override
	public void setShort(int index, short value) throws SQLException {
		set(index, (int) value);
	}

	@Override
	public void setInt(int index, int value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setLong(int index, long value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setFloat(int index, float value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setDouble(int index, double value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
		set(index, (value != null) ? value.toString() : null);
	}

	@Override
	public void setString(int index, @Nullable String value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setNString(int index, @Nullable String value) throws SQLException {
		set(index, value);
	}

	@Override
	public void setBytes(int index, byte @Nullable [] value) throws SQLException {
		set(index, (value != null) ? value.clone() : null);
	}

	@Override
	public void setDate(int index, @Nullable Date value) throws SQLException {
		set(index, (value != null) ? value.clone() : null);
	}

	@Override
	public void setTime(int index, @Nullable Time value) throws SQLException {
		set(index, (value != null) ? value.clone() : null);
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
		set(index, (value != null) ? value.clone() : null);
	}

	@Override
	public void setDate(int index, @Nullable Date value, @Nullable Calendar calendar) throws SQLException {
		set(index, temporal(value, calendar));
	}

	@Override
	public void setTime(int index, @Nullable Time value, @Nullable Calendar calendar) throws SQLException {
		set(index, temporal(value, calendar));
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value, @Nullable Calendar calendar) throws SQLException {
		set(index, temporal(value, calendar));
	}

	private static @Nullable Object temporal(java.util.@Nullable Date value, @Nullable Calendar calendar) {
		if (value == null || calendar == null) {
			return (value != null) ? value.clone() : null;
		}
		return new Parameters.Temporal((java.util.Date) value.clone(), (Calendar) calendar.clone());
	}

	@Override
	public void setObject(int index, @Nullable Object value) throws SQLException {
		// the frequent ones first: to be no Blob takes longer to find out
		if (value == null || value instanceof Integer || value instanceof Long || value instanceof Double
				|| value instanceof Float || value instanceof String) {
			set(index, value);
		}
		else if (value instanceof byte[] bytes) {
			setBytes(index, bytes);
		}
		else if (value instanceof BigDecimal decimal) {
			setBigDecimal(index, decimal);
		}
		else if (value instanceof java.util.Date date) {
			set(index, date.clone());
		}
		else if (value instanceof Boolean flag) {
			setBoolean(index, flag);
		}
		else if (value instanceof InputStream stream) {
			setBinaryStream(index, stream);
		}
		else if (value instanceof Reader reader) {
			setCharacterStream(index, reader);
		}
		else if (value instanceof Blob blob) {
			setBlob(index, blob);
		}
		else if (value instanceof Clob clob) {
			setClob(index, clob);
		}
		else if (value instanceof Byte || value instanceof Short) {
			setInt(index, ((Number) value).intValue());
		}
		else if (value instanceof Calendar calendar) {
			set(index, new Timestamp(calendar.getTimeInMillis()));
		}
		else if (value instanceof Enum<?> constant) {
			// not toString(), which may be for people; the name can be read back
			set(index, constant.name());
		}
		else {
			// java.time, UUID, BigInteger, ... as their text, which is what the
			// driver does; taken now, because the object may change until it is bound
			set(index, value.toString());
		}
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType) throws SQLException {
		setObject(index, value);
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType, int scaleOrLength) throws SQLException {
		setObject(index, value);
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		setObject(index, value);
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		setObject(index, value);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
		byte[] bytes = readBytes(value, -1);
		set(index, (bytes != null) ? new String(bytes, StandardCharsets.US_ASCII) : null);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, long length) throws SQLException {
		byte[] bytes = readBytes(value, length);
		set(index, (bytes != null) ? new String(bytes, StandardCharsets.US_ASCII) : null);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, int length) throws SQLException {
		setAsciiStream(index, value, (long) length);
	}

	@Override
	@Deprecated
	public void setUnicodeStream(int index, @Nullable InputStream value, int length) throws SQLException {
		byte[] bytes = readBytes(value, length);
		set(index, (bytes != null) ? new String(bytes, StandardCharsets.UTF_8) : null);
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
		set(index, readBytes(value, -1));
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, long length) throws SQLException {
		set(index, readBytes(value, length));
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, int length) throws SQLException {
		set(index, readBytes(value, length));
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
		set(index, readText(value, -1));
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		set(index, readText(value, length));
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, int length) throws SQLException {
		set(index, readText(value, length));
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
		set(index, readText(value, -1));
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		set(index, readText(value, length));
	}

	@Override
	public void setBlob(int index, @Nullable Blob value) throws SQLException {
		set(index, (value != null) ? value.getBytes(1, checkLength(value.length())) : null);
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value) throws SQLException {
		set(index, readBytes(value, -1));
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value, long length) throws SQLException {
		set(index, readBytes(value, length));
	}

	@Override
	public void setClob(int index, @Nullable Clob value) throws SQLException {
		set(index, (value != null) ? value.getSubString(1, checkLength(value.length())) : null);
	}

	@Override
	public void setClob(int index, @Nullable Reader value) throws SQLException {
		set(index, readText(value, -1));
	}

	@Override
	public void setClob(int index, @Nullable Reader value, long length) throws SQLException {
		set(index, readText(value, length));
	}

	@Override
	public void setNClob(int index, @Nullable NClob value) throws SQLException {
		setClob(index, (Clob) value);
	}

	@Override
	public void setNClob(int index, @Nullable Reader value) throws SQLException {
		set(index, readText(value, -1));
	}

	@Override
	public void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
		set(index, readText(value, length));
	}

	private static int checkLength(long length) throws SQLException {
		if (length > Integer.MAX_VALUE - 8) {
			throw new SQLDataException("A value of " + length + " is too long for SQLite", "22001");
		}
		return (int) length;
	}

	private static byte @Nullable [] readBytes(@Nullable InputStream stream, long length) throws SQLException {
		if (stream == null) {
			return null;
		}
		try {
			byte[] bytes = (length < 0) ? stream.readAllBytes() : stream.readNBytes(checkLength(length));
			if (length >= 0 && bytes.length < length) {
				throw new SQLDataException(
						"The stream ended after " + bytes.length + " bytes, and " + length + " were announced",
						"22026");
			}
			return bytes;
		}
		catch (IOException ex) {
			throw new SQLDataException("The stream of a parameter cannot be read: " + ex.getMessage(), "22000", ex);
		}
	}

	private static @Nullable String readText(@Nullable Reader reader, long length) throws SQLException {
		if (reader == null) {
			return null;
		}
		try {
			StringBuilder text = new StringBuilder();
			char[] buffer = new char[4096];
			long remaining = (length < 0) ? Long.MAX_VALUE : checkLength(length);
			while (remaining > 0) {
				int read = reader.read(buffer, 0, (int) Math.min(buffer.length, remaining));
				if (read < 0) {
					break;
				}
				text.append(buffer, 0, read);
				remaining -= read;
			}
			if (length >= 0 && remaining > 0) {
				throw new SQLDataException(
						"The reader ended after " + text.length() + " characters, and " + length + " were announced",
						"22026");
			}
			return text.toString();
		}
		catch (IOException ex) {
			throw new SQLDataException("The reader of a parameter cannot be read: " + ex.getMessage(), "22000", ex);
		}
	}

	@Override
	public void setURL(int index, @Nullable URL value) throws SQLException {
		set(index, (value != null) ? value.toString() : null);
	}

	@Override
	public void setRef(int index, @Nullable Ref value) throws SQLException {
		throw SqlExceptions.notSupported("Ref");
	}

	@Override
	public void setArray(int index, @Nullable Array value) throws SQLException {
		throw SqlExceptions.notSupported("Array");
	}

	@Override
	public void setRowId(int index, @Nullable RowId value) throws SQLException {
		throw SqlExceptions.notSupported("RowId");
	}

	@Override
	public void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
		throw SqlExceptions.notSupported("SQLXML");
	}

	// What a prepared statement has no use for

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		throw hasItsOwnSql();
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		throw hasItsOwnSql();
	}

	private static SQLException hasItsOwnSql() {
		return new SQLNonTransientException("A prepared statement has its SQL already; use createStatement()", "HY010");
	}

	@Override
	public String toString() {
		return this.sql.text();
	}

}
