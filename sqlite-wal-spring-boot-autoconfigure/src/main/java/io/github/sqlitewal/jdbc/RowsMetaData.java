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

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.Types;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The columns of a {@link RowsResultSet}. SQLite types values and not columns, so the
 * type is that of the first value that is not NULL. Immutable, and usable after the
 * result set is closed.
 */
final class RowsMetaData implements ResultSetMetaData {

	private final List<String> columnNames;

	private final List<@Nullable Object[]> rows;

	RowsMetaData(List<String> columnNames, List<@Nullable Object[]> rows) {
		this.columnNames = columnNames;
		this.rows = rows;
	}

	private @Nullable Object example(int column) throws SQLException {
		check(column);
		for (@Nullable
		Object[] row : this.rows) {
			if (row[column - 1] != null) {
				return row[column - 1];
			}
		}
		return null;
	}

	private void check(int column) throws SQLException {
		if (column < 1 || column > this.columnNames.size()) {
			throw ResultSetErrors.noSuchColumn(column, this.columnNames.size(), null);
		}
	}

	@Override
	public int getColumnCount() {
		return this.columnNames.size();
	}

	@Override
	public String getColumnLabel(int column) throws SQLException {
		check(column);
		return this.columnNames.get(column - 1);
	}

	@Override
	public String getColumnName(int column) throws SQLException {
		return getColumnLabel(column);
	}

	@Override
	public int getColumnType(int column) throws SQLException {
		Object value = example(column);
		if (value == null) {
			return Types.NULL;
		}
		if (value instanceof Integer) {
			return Types.INTEGER;
		}
		if (value instanceof Long) {
			return Types.BIGINT;
		}
		if (value instanceof Double) {
			return Types.DOUBLE;
		}
		return (value instanceof byte[]) ? Types.BLOB : Types.VARCHAR;
	}

	@Override
	public String getColumnTypeName(int column) throws SQLException {
		return switch (getColumnType(column)) {
			case Types.NULL -> "NULL";
			case Types.INTEGER -> "INTEGER";
			case Types.BIGINT -> "BIGINT";
			case Types.DOUBLE -> "REAL";
			case Types.BLOB -> "BLOB";
			default -> "VARCHAR";
		};
	}

	@Override
	public String getColumnClassName(int column) throws SQLException {
		Object value = example(column);
		return ((value != null) ? value.getClass() : Object.class).getName();
	}

	@Override
	public boolean isSigned(int column) throws SQLException {
		return example(column) instanceof Number;
	}

	@Override
	public int isNullable(int column) throws SQLException {
		check(column);
		return columnNullableUnknown;
	}

	@Override
	public boolean isAutoIncrement(int column) throws SQLException {
		check(column);
		return false;
	}

	@Override
	public boolean isCaseSensitive(int column) throws SQLException {
		check(column);
		return true;
	}

	@Override
	public boolean isSearchable(int column) throws SQLException {
		check(column);
		return false;
	}

	@Override
	public boolean isCurrency(int column) throws SQLException {
		check(column);
		return false;
	}

	@Override
	public int getColumnDisplaySize(int column) throws SQLException {
		check(column);
		return Integer.MAX_VALUE;
	}

	@Override
	public int getPrecision(int column) throws SQLException {
		check(column);
		return 0;
	}

	@Override
	public int getScale(int column) throws SQLException {
		check(column);
		return 0;
	}

	@Override
	public String getSchemaName(int column) throws SQLException {
		check(column);
		return "";
	}

	@Override
	public String getTableName(int column) throws SQLException {
		check(column);
		return "";
	}

	@Override
	public String getCatalogName(int column) throws SQLException {
		check(column);
		return "";
	}

	@Override
	public boolean isReadOnly(int column) throws SQLException {
		check(column);
		return true;
	}

	@Override
	public boolean isWritable(int column) throws SQLException {
		check(column);
		return false;
	}

	@Override
	public boolean isDefinitelyWritable(int column) throws SQLException {
		check(column);
		return false;
	}

	@Override
	public boolean isWrapperFor(Class<?> iface) {
		return iface.isInstance(this);
	}

	@Override
	public <T> T unwrap(Class<T> iface) throws SQLException {
		if (iface.isInstance(this)) {
			return iface.cast(this);
		}
		throw new SQLNonTransientException("This metadata is no " + iface.getName(), "HY000");
	}

}
