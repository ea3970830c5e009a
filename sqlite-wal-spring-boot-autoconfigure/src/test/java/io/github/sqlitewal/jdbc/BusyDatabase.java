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
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A database whose next executions fail with a result code, and which counts them all.
 * Everything else succeeds: a query has one row with one column, an update changes one.
 */
class BusyDatabase {

	private int failures;

	private SQLiteErrorCode code = SQLiteErrorCode.SQLITE_BUSY;

	private @Nullable Runnable beforeFailure;

	private int executions;

	final DataSource dataSource = fake(DataSource.class, this::answer);

	void failNext(int times, SQLiteErrorCode code) {
		this.failures = times;
		this.code = code;
		this.executions = 0;
	}

	void beforeFailure(Runnable action) {
		this.beforeFailure = action;
	}

	int executions() {
		return this.executions;
	}

	void execute() throws SQLException {
		this.executions++;
		if (this.failures > 0) {
			this.failures--;
			if (this.beforeFailure != null) {
				this.beforeFailure.run();
			}
			throw new SQLiteException("execution " + this.executions, this.code);
		}
	}

	static <T> T fake(Class<T> type, InvocationHandler handler) {
		return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, handler));
	}

	private @Nullable Object answer(Object proxy, Method method, Object @Nullable [] arguments) throws SQLException {
		return switch (method.getName()) {
			// a ConnectionHolder in the transaction manager compares and logs connections
			case "equals" -> arguments != null && proxy == arguments[0];
			case "hashCode" -> System.identityHashCode(proxy);
			case "toString" -> method.getDeclaringClass().getName();
			case "supportsBatchUpdates" -> true;
			case "execute", "executeQuery", "executeUpdate", "executeBatch" -> {
				execute();
				yield value(method.getReturnType());
			}
			default -> value(method.getReturnType());
		};
	}

	private @Nullable Object value(Class<?> type) {
		if (type == ResultSet.class) {
			AtomicBoolean row = new AtomicBoolean(true);
			return fake(type, (proxy, method, arguments) -> method.getName().equals("next")
					? (Object) row.getAndSet(false) : answer(proxy, method, arguments));
		}
		if (type.isInterface() && type.getName().startsWith("java.sql")) {
			return fake(type, this::answer);
		}
		if (type == boolean.class) {
			return false;
		}
		if (type == int.class || type == Object.class) {
			return 1;
		}
		if (type == String.class) {
			return "id";
		}
		return (type == int[].class) ? new int[] { 1 } : null;
	}

}
