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

/**
 * The driver's metadata of a {@link LeasedResultSet}, usable as long as that is open. The
 * driver's object is its result set itself, which must not be handed out: it could be
 * cast back, and after close it is the next execution's.
 */
final class LeasedMetaData implements ResultSetMetaData {

	private final LeasedResultSet resultSet;

	LeasedMetaData(LeasedResultSet resultSet) {
		this.resultSet = resultSet;
	}

	@Override
	public int getColumnCount() throws SQLException {
		return this.resultSet.readMetaData(1, ResultSetMetaData::getColumnCount);
	}

	@Override
	public String getColumnLabel(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnLabel(column));
	}

	@Override
	public String getColumnName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnName(column));
	}

	@Override
	public int getColumnType(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnType(column));
	}

	@Override
	public String getColumnTypeName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnTypeName(column));
	}

	@Override
	public String getColumnClassName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnClassName(column));
	}

	@Override
	public int getColumnDisplaySize(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getColumnDisplaySize(column));
	}

	@Override
	public int getPrecision(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getPrecision(column));
	}

	@Override
	public int getScale(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getScale(column));
	}

	@Override
	public String getTableName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getTableName(column));
	}

	@Override
	public String getSchemaName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getSchemaName(column));
	}

	@Override
	public String getCatalogName(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.getCatalogName(column));
	}

	@Override
	public int isNullable(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isNullable(column));
	}

	@Override
	public boolean isAutoIncrement(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isAutoIncrement(column));
	}

	@Override
	public boolean isCaseSensitive(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isCaseSensitive(column));
	}

	@Override
	public boolean isSearchable(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isSearchable(column));
	}

	@Override
	public boolean isCurrency(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isCurrency(column));
	}

	@Override
	public boolean isSigned(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isSigned(column));
	}

	@Override
	public boolean isReadOnly(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isReadOnly(column));
	}

	@Override
	public boolean isWritable(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isWritable(column));
	}

	@Override
	public boolean isDefinitelyWritable(int column) throws SQLException {
		return this.resultSet.readMetaData(column, (metaData) -> metaData.isDefinitelyWritable(column));
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
