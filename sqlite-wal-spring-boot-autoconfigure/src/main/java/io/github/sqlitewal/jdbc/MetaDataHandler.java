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

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

/**
 * The {@link DatabaseMetaData} of a logical connection: the driver's, called on a
 * connection that is leased for the call. Its result sets are read into memory, because
 * they outlive the call. What takes no argument and returns no result set is a constant
 * of the driver, and is asked for once only: Spring asks for the driver's name each time
 * that it binds a null.
 */
final class MetaDataHandler implements InvocationHandler {

	private final LogicalConnection connection;

	MetaDataHandler(LogicalConnection connection) {
		this.connection = connection;
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		@Nullable Object[] values = (arguments != null) ? arguments : new Object[0];
		switch (method.getName()) {
			case "getConnection":
				return this.connection;
			case "isReadOnly":
				return this.connection.isReadOnly();
			case "equals":
				return proxy == values[0];
			case "hashCode":
				return System.identityHashCode(proxy);
			case "toString":
				return "DatabaseMetaData of " + this.connection;
			case "isWrapperFor":
				return ((Class<?>) require(values[0])).isInstance(proxy);
			case "unwrap":
				if (((Class<?>) require(values[0])).isInstance(proxy)) {
					return proxy;
				}
				throw SqlExceptions.notSupported("Unwrapping to " + values[0]);
			default:
				this.connection.checkOpen();
				return isConstant(method) ? constant(method) : call(method, values);
		}
	}

	private static Object require(@Nullable Object value) throws SQLException {
		if (value == null) {
			throw SqlExceptions.notSupported("Unwrapping to null");
		}
		return value;
	}

	private static boolean isConstant(Method method) {
		return method.getParameterCount() == 0 && method.getReturnType() != ResultSet.class;
	}

	private @Nullable Object constant(Method method) throws Throwable {
		Object value = this.connection.dataSource().metaData().get(method);
		if (value == null) {
			value = call(method);
			if (value != null) {
				this.connection.dataSource().metaData().put(method, value);
			}
		}
		return value;
	}

	private @Nullable Object call(Method method, @Nullable Object... arguments) throws Throwable {
		return this.connection.runner()
			.<@Nullable Object>onReader("DatabaseMetaData." + method.getName(), (physical) -> {
				try {
					Object result = method.invoke(physical.driverConnection().getMetaData(), arguments);
					if (result instanceof ResultSet resultSet) {
						try (resultSet) {
							return RowsResultSet.readAll(null, resultSet);
						}
					}
					return result;
				}
				catch (InvocationTargetException ex) {
					if (ex.getCause() instanceof SQLException failure) {
						throw failure;
					}
					throw new SQLException("The driver's meta data failed: " + ex.getCause(), "HY000", ex.getCause());
				}
				catch (ReflectiveOperationException ex) {
					throw new SQLException("The driver's meta data failed: " + ex, "HY000", ex);
				}
			});
	}

}
