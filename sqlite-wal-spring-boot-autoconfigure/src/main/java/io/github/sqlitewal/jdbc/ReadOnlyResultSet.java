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

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLWarning;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.util.Calendar;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What every result set here has in common: forward-only, read-only, closed at commit.
 * Labels go through {@link #findColumn} to the getters by index, and what is more than a
 * storage class of SQLite is made from {@link #getObject(int)}, so that both subclasses
 * read alike. The getters of the storage classes are left to the subclass, one call deep.
 * Used by one thread at a time, as JDBC has it.
 *
 * <p>
 * Dates and times: INTEGER is what the driver makes of it (epoch milliseconds, or seconds
 * under {@code date_precision}); text is explained at {@link StoredTime}; REAL is a
 * Julian day in UTC, as SQLite's date functions define it and as the driver writes it
 * under {@code date_class=REAL}. The driver reads that in the JVM's zone and gets another
 * moment back.
 */
abstract class ReadOnlyResultSet extends RefusingResultSet {

	private static final double JULIAN_DAY_OF_EPOCH = 2440587.5;

	/** 9999-12-31, where SQLite's date functions end. */
	private static final double JULIAN_DAY_END = 5373484.5;

	private static final double MILLIS_PER_DAY = 86_400_000;

	private int fetchSize;

	/**
	 * The moment as only the settings of the connection explain it: an INTEGER, or text
	 * in the configured format.
	 * @param columnIndex a column whose value is a number or text
	 * @param calendar whose zone counts, or null for the JVM's; not changed
	 * @return the moment, or null if the text is not in the format
	 */
	abstract @Nullable Timestamp configuredTimestamp(int columnIndex, @Nullable Calendar calendar) throws SQLException;

	@Override
	public <T> @Nullable T getObject(int columnIndex, Class<T> type) throws SQLException {
		return ColumnConversions.convert(this, columnIndex, type);
	}

	@Override
	public @Nullable Object getObject(int columnIndex, @Nullable Map<String, Class<?>> map) throws SQLException {
		if (map != null && !map.isEmpty()) {
			throw refused();
		}
		return getObject(columnIndex);
	}

	@Override
	public boolean getBoolean(int columnIndex) throws SQLException {
		return getInt(columnIndex) != 0;
	}

	@Override
	public byte getByte(int columnIndex) throws SQLException {
		return (byte) getInt(columnIndex);
	}

	@Override
	public short getShort(int columnIndex) throws SQLException {
		return (short) getInt(columnIndex);
	}

	@Override
	public float getFloat(int columnIndex) throws SQLException {
		return (float) getDouble(columnIndex);
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(int columnIndex) throws SQLException {
		return ColumnConversions.convert(this, columnIndex, BigDecimal.class);
	}

	@Override
	@Deprecated
	public @Nullable BigDecimal getBigDecimal(int columnIndex, int scale) throws SQLException {
		BigDecimal value = getBigDecimal(columnIndex);
		return (value != null) ? value.setScale(scale, RoundingMode.HALF_UP) : null;
	}

	@Override
	public @Nullable Timestamp getTimestamp(int columnIndex) throws SQLException {
		return getTimestamp(columnIndex, null);
	}

	@Override
	public @Nullable Timestamp getTimestamp(int columnIndex, @Nullable Calendar cal) throws SQLException {
		return legacy(columnIndex, cal, Timestamp.class);
	}

	@Override
	public @Nullable Date getDate(int columnIndex) throws SQLException {
		return getDate(columnIndex, null);
	}

	@Override
	public @Nullable Date getDate(int columnIndex, @Nullable Calendar cal) throws SQLException {
		Timestamp moment = legacy(columnIndex, cal, Date.class);
		return (moment != null) ? new Date(moment.getTime()) : null;
	}

	@Override
	public @Nullable Time getTime(int columnIndex) throws SQLException {
		return getTime(columnIndex, null);
	}

	@Override
	public @Nullable Time getTime(int columnIndex, @Nullable Calendar cal) throws SQLException {
		Timestamp moment = legacy(columnIndex, cal, Time.class);
		return (moment != null) ? new Time(moment.getTime()) : null;
	}

	private @Nullable Timestamp legacy(int columnIndex, @Nullable Calendar calendar, Class<?> type)
			throws SQLException {
		Object value = getObject(columnIndex);
		// empty text is no date, as the driver has it
		if (value == null || "".equals(value)) {
			return null;
		}
		try {
			StoredTime stored = (value instanceof String text) ? StoredTime.parse(text) : null;
			if (stored != null) {
				return (type == Time.class) ? stored.timeOfDay(calendar) : stored.timestamp(calendar);
			}
			return moment(columnIndex, value, calendar);
		}
		catch (IllegalArgumentException | DateTimeException ex) {
			throw notConvertible(columnIndex, value, type, ex);
		}
	}

	/**
	 * The moment of a value that {@link StoredTime} does not know.
	 * @throws IllegalArgumentException if it is none
	 */
	final Timestamp moment(int columnIndex, Object value, @Nullable Calendar calendar) throws SQLException {
		if (value instanceof Double day) {
			if (!(day >= 0 && day < JULIAN_DAY_END)) {
				throw new IllegalArgumentException("not a Julian day");
			}
			return new Timestamp(Math.round((day - JULIAN_DAY_OF_EPOCH) * MILLIS_PER_DAY));
		}
		Timestamp moment = (value instanceof byte[]) ? null : configuredTimestamp(columnIndex, calendar);
		if (moment == null) {
			throw new IllegalArgumentException("not a date or time");
		}
		return moment;
	}

	final SQLException notConvertible(int columnIndex, Object value, Class<?> type, Throwable cause)
			throws SQLException {
		return ResultSetErrors.notConvertible(columnIndex, getMetaData().getColumnLabel(columnIndex), value, type,
				cause);
	}

	@Override
	public @Nullable Blob getBlob(int columnIndex) throws SQLException {
		byte[] bytes = getBytes(columnIndex);
		return (bytes != null) ? new Lobs.Bytes(bytes) : null;
	}

	@Override
	public @Nullable Clob getClob(int columnIndex) throws SQLException {
		return getNClob(columnIndex);
	}

	@Override
	public @Nullable NClob getNClob(int columnIndex) throws SQLException {
		String text = getString(columnIndex);
		return (text != null) ? new Lobs.Text(text) : null;
	}

	@Override
	public @Nullable InputStream getBinaryStream(int columnIndex) throws SQLException {
		byte[] bytes = getBytes(columnIndex);
		return (bytes != null) ? new ByteArrayInputStream(bytes) : null;
	}

	@Override
	public @Nullable InputStream getAsciiStream(int columnIndex) throws SQLException {
		String text = getString(columnIndex);
		return (text != null) ? new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)) : null;
	}

	@Override
	@Deprecated
	public @Nullable InputStream getUnicodeStream(int columnIndex) throws SQLException {
		String text = getString(columnIndex);
		return (text != null) ? new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) : null;
	}

	@Override
	public @Nullable Reader getCharacterStream(int columnIndex) throws SQLException {
		String text = getString(columnIndex);
		return (text != null) ? new StringReader(text) : null;
	}

	@Override
	public @Nullable Reader getNCharacterStream(int columnIndex) throws SQLException {
		return getCharacterStream(columnIndex);
	}

	@Override
	public @Nullable String getNString(int columnIndex) throws SQLException {
		return getString(columnIndex);
	}

	@Override
	public @Nullable String getString(String columnLabel) throws SQLException {
		return getString(findColumn(columnLabel));
	}

	@Override
	public boolean getBoolean(String columnLabel) throws SQLException {
		return getBoolean(findColumn(columnLabel));
	}

	@Override
	public byte getByte(String columnLabel) throws SQLException {
		return getByte(findColumn(columnLabel));
	}

	@Override
	public short getShort(String columnLabel) throws SQLException {
		return getShort(findColumn(columnLabel));
	}

	@Override
	public int getInt(String columnLabel) throws SQLException {
		return getInt(findColumn(columnLabel));
	}

	@Override
	public long getLong(String columnLabel) throws SQLException {
		return getLong(findColumn(columnLabel));
	}

	@Override
	public float getFloat(String columnLabel) throws SQLException {
		return getFloat(findColumn(columnLabel));
	}

	@Override
	public double getDouble(String columnLabel) throws SQLException {
		return getDouble(findColumn(columnLabel));
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(String columnLabel) throws SQLException {
		return getBigDecimal(findColumn(columnLabel));
	}

	@Override
	public byte @Nullable [] getBytes(String columnLabel) throws SQLException {
		return getBytes(findColumn(columnLabel));
	}

	@Override
	public @Nullable Object getObject(String columnLabel) throws SQLException {
		return getObject(findColumn(columnLabel));
	}

	@Override
	public @Nullable Date getDate(String columnLabel) throws SQLException {
		return getDate(findColumn(columnLabel));
	}

	@Override
	public @Nullable Time getTime(String columnLabel) throws SQLException {
		return getTime(findColumn(columnLabel));
	}

	@Override
	public @Nullable Timestamp getTimestamp(String columnLabel) throws SQLException {
		return getTimestamp(findColumn(columnLabel));
	}

	@Override
	public @Nullable InputStream getAsciiStream(String columnLabel) throws SQLException {
		return getAsciiStream(findColumn(columnLabel));
	}

	@Override
	@Deprecated
	public @Nullable InputStream getUnicodeStream(String columnLabel) throws SQLException {
		return getUnicodeStream(findColumn(columnLabel));
	}

	@Override
	public @Nullable InputStream getBinaryStream(String columnLabel) throws SQLException {
		return getBinaryStream(findColumn(columnLabel));
	}

	@Override
	public @Nullable Reader getCharacterStream(String columnLabel) throws SQLException {
		return getCharacterStream(findColumn(columnLabel));
	}

	@Override
	public @Nullable Reader getNCharacterStream(String columnLabel) throws SQLException {
		return getNCharacterStream(findColumn(columnLabel));
	}

	@Override
	public @Nullable String getNString(String columnLabel) throws SQLException {
		return getNString(findColumn(columnLabel));
	}

	@Override
	public @Nullable Blob getBlob(String columnLabel) throws SQLException {
		return getBlob(findColumn(columnLabel));
	}

	@Override
	public @Nullable Clob getClob(String columnLabel) throws SQLException {
		return getClob(findColumn(columnLabel));
	}

	@Override
	public @Nullable NClob getNClob(String columnLabel) throws SQLException {
		return getNClob(findColumn(columnLabel));
	}

	@Override
	public @Nullable Date getDate(String columnLabel, @Nullable Calendar cal) throws SQLException {
		return getDate(findColumn(columnLabel), cal);
	}

	@Override
	public @Nullable Time getTime(String columnLabel, @Nullable Calendar cal) throws SQLException {
		return getTime(findColumn(columnLabel), cal);
	}

	@Override
	public @Nullable Timestamp getTimestamp(String columnLabel, @Nullable Calendar cal) throws SQLException {
		return getTimestamp(findColumn(columnLabel), cal);
	}

	@Override
	@Deprecated
	public @Nullable BigDecimal getBigDecimal(String columnLabel, int scale) throws SQLException {
		return getBigDecimal(findColumn(columnLabel), scale);
	}

	@Override
	public @Nullable Object getObject(String columnLabel, @Nullable Map<String, Class<?>> map) throws SQLException {
		return getObject(findColumn(columnLabel), map);
	}

	@Override
	public <T> @Nullable T getObject(String columnLabel, Class<T> type) throws SQLException {
		return getObject(findColumn(columnLabel), type);
	}

	@Override
	public @Nullable SQLWarning getWarnings() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
	}

	@Override
	public @Nullable String getCursorName() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public int getType() throws SQLException {
		checkOpen();
		return TYPE_FORWARD_ONLY;
	}

	@Override
	public int getConcurrency() throws SQLException {
		checkOpen();
		return CONCUR_READ_ONLY;
	}

	@Override
	public int getHoldability() throws SQLException {
		checkOpen();
		return CLOSE_CURSORS_AT_COMMIT;
	}

	@Override
	public int getFetchDirection() throws SQLException {
		checkOpen();
		return FETCH_FORWARD;
	}

	@Override
	public void setFetchDirection(int direction) throws SQLException {
		checkOpen();
		if (direction != FETCH_FORWARD) {
			throw refused();
		}
	}

	@Override
	public int getFetchSize() throws SQLException {
		checkOpen();
		return this.fetchSize;
	}

	// a hint that SQLite has no use for: each step reads one row
	@Override
	public void setFetchSize(int rows) throws SQLException {
		checkOpen();
		if (rows < 0) {
			throw new SQLNonTransientException("The fetch size must not be negative: " + rows, "HY024");
		}
		this.fetchSize = rows;
	}

	@Override
	public boolean rowUpdated() throws SQLException {
		checkOpen();
		return false;
	}

	@Override
	public boolean rowInserted() throws SQLException {
		checkOpen();
		return false;
	}

	@Override
	public boolean rowDeleted() throws SQLException {
		checkOpen();
		return false;
	}

	@Override
	public boolean isWrapperFor(Class<?> iface) throws SQLException {
		return iface.isInstance(this);
	}

	@Override
	public <T> T unwrap(Class<T> iface) throws SQLException {
		if (iface.isInstance(this)) {
			return iface.cast(this);
		}
		throw new SQLNonTransientException("This " + ResultSet.class.getName() + " is no " + iface.getName(), "HY000");
	}

}
