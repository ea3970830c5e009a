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

import java.sql.ParameterMetaData;
import java.sql.SQLException;
import java.sql.Types;

/**
 * What can be said of the parameters of a statement: SQLite types values and not
 * parameters, so their types are those of the values that are set.
 */
final class ValuesMetaData implements ParameterMetaData {

	private final LogicalPreparedStatement statement;

	ValuesMetaData(LogicalPreparedStatement statement) {
		this.statement = statement;
	}

	@Override
	public int getParameterCount() throws SQLException {
		return this.statement.parameterCount();
	}

	@Override
	public int getParameterType(int index) {
		Object value = this.statement.parameter(index);
		if (value == null) {
			return Types.NULL;
		}
		if (value instanceof Integer) {
			return Types.INTEGER;
		}
		if (value instanceof Long) {
			return Types.BIGINT;
		}
		if (value instanceof Double || value instanceof Float) {
			return Types.REAL;
		}
		return (value instanceof byte[]) ? Types.BLOB : Types.VARCHAR;
	}

	@Override
	public String getParameterTypeName(int index) {
		return switch (getParameterType(index)) {
			case Types.NULL -> "NULL";
			case Types.INTEGER, Types.BIGINT -> "INTEGER";
			case Types.REAL -> "REAL";
			case Types.BLOB -> "BLOB";
			default -> "TEXT";
		};
	}

	@Override
	public String getParameterClassName(int index) {
		return switch (getParameterType(index)) {
			case Types.INTEGER, Types.BIGINT -> Long.class.getName();
			case Types.REAL -> Double.class.getName();
			case Types.BLOB -> byte[].class.getName();
			default -> String.class.getName();
		};
	}

	@Override
	public int isNullable(int index) {
		return parameterNullable;
	}

	@Override
	public boolean isSigned(int index) {
		return true;
	}

	@Override
	public int getPrecision(int index) {
		return 0;
	}

	@Override
	public int getScale(int index) {
		return 0;
	}

	@Override
	public int getParameterMode(int index) {
		return parameterModeIn;
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		throw SqlExceptions.notSupported("Unwrapping to " + type.getName());
	}

	@Override
	public boolean isWrapperFor(Class<?> type) {
		return type.isInstance(this);
	}

}
