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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * Calls everything that {@link ResultSet} has, so that no method can be forgotten.
 */
final class ClosedResultSet {

	private static final Set<String> ALLOWED = Set.of("close", "isClosed", "unwrap", "isWrapperFor");

	private ClosedResultSet() {
	}

	static void assertRefusesEverything(ResultSet resultSet) throws Exception {
		assertThat(resultSet.isClosed()).isTrue();
		resultSet.close();
		int called = 0;
		for (Method method : ResultSet.class.getMethods()) {
			if (ALLOWED.contains(method.getName())) {
				continue;
			}
			try {
				method.invoke(resultSet, arguments(method));
				fail(method + " did not refuse");
			}
			catch (InvocationTargetException ex) {
				if (method.isDefault()) {
					// the JDK's own updateObject(…, SQLType), overridden here
					assertThat(resultSet.getClass().getMethod(method.getName(), method.getParameterTypes()).isDefault())
						.isFalse();
				}
				assertThat(ex.getCause()).as(method.toString()).isInstanceOf(SQLException.class);
				assertThat(((SQLException) ex.getCause()).getSQLState()).as(method.toString()).isEqualTo("HY010");
				called++;
			}
		}
		assertThat(called).isGreaterThan(180);
	}

	private static Object[] arguments(Method method) {
		List<Object> arguments = new ArrayList<>();
		for (Class<?> type : method.getParameterTypes()) {
			arguments.add(argument(type));
		}
		return arguments.toArray();
	}

	private static Object argument(Class<?> type) {
		if (type == int.class) {
			return 1;
		}
		if (type == long.class) {
			return 1L;
		}
		if (type == short.class) {
			return (short) 1;
		}
		if (type == byte.class) {
			return (byte) 1;
		}
		if (type == double.class) {
			return 1d;
		}
		if (type == float.class) {
			return 1f;
		}
		if (type == boolean.class) {
			return true;
		}
		if (type == String.class) {
			return "v";
		}
		return (type == Class.class) ? Integer.class : null;
	}

}
