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

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Rows held in memory: generated keys, and results that outlive the connection they came
 * from. It holds no lease and no connection, so nothing happens if nobody closes it. The
 * values are what the driver's {@code getObject} gives (null, Integer, Long, Double,
 * String or {@code byte[]}), and the getters convert them as SQLite would have done.
 */
final class RowsResultSet extends ReadOnlyResultSet {

	private final @Nullable Statement owner;

	private final List<String> columnNames;

	private final List<@Nullable Object[]> rows;

	/** Of the current row, from 0; -1 before the first and the size after the last. */
	private int position = -1;

	private boolean lastWasNull;

	private boolean closed;

	RowsResultSet(@Nullable Statement owner, List<String> columnNames, List<@Nullable Object[]> rows) {
		this.owner = owner;
		this.columnNames = List.copyOf(columnNames);
		this.rows = rows;
	}

	List<String> columnNames() {
		return this.columnNames;
	}

	List<@Nullable Object[]> rows() {
		return this.rows;
	}

	/**
	 * Take all rows that remain.
	 * @param owner the statement that {@link #getStatement} gives
	 * @param source a result set of the driver, before its first row; the caller closes
	 * it
	 * @return the rows, before the first
	 */
	static RowsResultSet readAll(@Nullable Statement owner, ResultSet source) throws SQLException {
		ResultSetMetaData metaData = source.getMetaData();
		List<String> columnNames = new ArrayList<>();
		for (int column = 1; column <= metaData.getColumnCount(); column++) {
			columnNames.add(metaData.getColumnLabel(column));
		}
		List<@Nullable Object[]> rows = new ArrayList<>();
		while (source.next()) {
			@Nullable Object[] row = new @Nullable Object[columnNames.size()];
			for (int i = 0; i < row.length; i++) {
				row[i] = source.getObject(i + 1);
			}
			rows.add(row);
		}
		return new RowsResultSet(owner, columnNames, rows);
	}

	@Override
	void checkOpen() throws SQLException {
		if (this.closed) {
			throw ResultSetErrors.closed();
		}
	}

	private @Nullable Object value(int columnIndex) throws SQLException {
		checkOpen();
		if (this.position < 0) {
			throw ResultSetErrors.beforeFirst();
		}
		if (this.position >= this.rows.size()) {
			throw ResultSetErrors.afterLast();
		}
		if (columnIndex < 1 || columnIndex > this.columnNames.size()) {
			throw ResultSetErrors.noSuchColumn(columnIndex, this.columnNames.size(), null);
		}
		Object value = this.rows.get(this.position)[columnIndex - 1];
		this.lastWasNull = (value == null);
		return value;
	}

	@Override
	public boolean next() throws SQLException {
		checkOpen();
		if (this.position < this.rows.size()) {
			this.position++;
		}
		return this.position < this.rows.size();
	}

	@Override
	public void close() {
		this.closed = true;
		if (this.owner instanceof LogicalStatement statement) {
			statement.completed(this);
		}
	}

	@Override
	public boolean isClosed() {
		return this.closed;
	}

	@Override
	public boolean wasNull() throws SQLException {
		checkOpen();
		return this.lastWasNull;
	}

	@Override
	public @Nullable Object getObject(int columnIndex) throws SQLException {
		Object value = value(columnIndex);
		return (value instanceof byte[] bytes) ? bytes.clone() : value;
	}

	@Override
	public int getInt(int columnIndex) throws SQLException {
		// sqlite3_column_int is the lower half of sqlite3_column_int64
		return (int) getLong(columnIndex);
	}

	@Override
	public long getLong(int columnIndex) throws SQLException {
		Object value = value(columnIndex);
		return (value != null) ? StorageClasses.toLong(value) : 0;
	}

	@Override
	public double getDouble(int columnIndex) throws SQLException {
		Object value = value(columnIndex);
		return (value != null) ? StorageClasses.toDouble(value) : 0;
	}

	@Override
	public @Nullable String getString(int columnIndex) throws SQLException {
		Object value = value(columnIndex);
		return (value != null) ? StorageClasses.toText(value) : null;
	}

	@Override
	public byte @Nullable [] getBytes(int columnIndex) throws SQLException {
		Object value = value(columnIndex);
		return (value != null) ? StorageClasses.toBytes(value) : null;
	}

	// the settings of the connection are gone with it; epoch milliseconds are its default
	@Override
	@Nullable Timestamp configuredTimestamp(int columnIndex, @Nullable Calendar calendar) throws SQLException {
		return (value(columnIndex) instanceof Number millis) ? new Timestamp(millis.longValue()) : null;
	}

	@Override
	public int findColumn(String columnLabel) throws SQLException {
		checkOpen();
		for (int i = 0; i < this.columnNames.size(); i++) {
			if (this.columnNames.get(i).equalsIgnoreCase(columnLabel)) {
				return i + 1;
			}
		}
		throw ResultSetErrors.noSuchColumn(columnLabel, this.columnNames);
	}

	@Override
	public ResultSetMetaData getMetaData() throws SQLException {
		checkOpen();
		return new RowsMetaData(this.columnNames, this.rows);
	}

	@Override
	public @Nullable Statement getStatement() throws SQLException {
		checkOpen();
		return this.owner;
	}

	@Override
	public boolean isBeforeFirst() throws SQLException {
		checkOpen();
		return this.position < 0 && !this.rows.isEmpty();
	}

	@Override
	public boolean isFirst() throws SQLException {
		checkOpen();
		return this.position == 0 && !this.rows.isEmpty();
	}

	@Override
	public boolean isLast() throws SQLException {
		checkOpen();
		return this.position == this.rows.size() - 1 && !this.rows.isEmpty();
	}

	@Override
	public boolean isAfterLast() throws SQLException {
		checkOpen();
		return this.position == this.rows.size() && !this.rows.isEmpty();
	}

	@Override
	public int getRow() throws SQLException {
		checkOpen();
		return (this.position < this.rows.size()) ? this.position + 1 : 0;
	}

}
