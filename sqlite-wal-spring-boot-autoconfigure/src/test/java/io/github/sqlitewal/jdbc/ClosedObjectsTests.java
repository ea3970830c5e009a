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
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * "This method is called on a closed connection": what JDBC says of nearly every method.
 */
class ClosedObjectsTests {

	/** What may be called on something closed, and what is only a function of text. */
	private static final Set<String> ALLOWED = Set.of("close", "isClosed", "isValid", "abort", "isWrapperFor", "unwrap",
			"beginRequest", "endRequest", "enquoteLiteral", "enquoteIdentifier", "enquoteNCharLiteral",
			"isSimpleIdentifier");

	@TempDir
	Path directory;

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("methods")
	void methodOfSomethingClosedThrows(String what, Method method) throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory); Connection connection = database.connection()) {
			Object closed = switch (what) {
				case "connection" -> {
					connection.close();
					yield connection;
				}
				case "statement" -> {
					Statement statement = connection.createStatement();
					statement.close();
					yield statement;
				}
				case "statement of a closed connection" -> {
					Statement statement = connection.createStatement();
					connection.close();
					yield statement;
				}
				default -> {
					PreparedStatement statement = connection.prepareStatement("SELECT ?");
					statement.close();
					yield statement;
				}
			};
			try {
				method.invoke(closed, values(method));
				fail(method + " of a closed " + what + " returned");
			}
			catch (InvocationTargetException ex) {
				assertThat(ex.getCause()).isInstanceOf(SQLException.class);
				assertThat(((SQLException) ex.getCause()).getSQLState()).hasSize(5);
			}
			database.assertNothingHeld();
		}
	}

	private static Object[] values(Method method) {
		Class<?>[] types = method.getParameterTypes();
		Object[] values = new Object[types.length];
		for (int i = 0; i < types.length; i++) {
			values[i] = value(types[i], method.getName());
		}
		return values;
	}

	private static Object value(Class<?> type, String method) {
		if (type == int.class) {
			return switch (method) {
				case "setFetchDirection" -> ResultSet.FETCH_FORWARD;
				case "setHoldability" -> ResultSet.CLOSE_CURSORS_AT_COMMIT;
				case "setMaxFieldSize" -> 0;
				default -> 1;
			};
		}
		if (type == long.class) {
			return 1L;
		}
		if (type == boolean.class) {
			return true;
		}
		if (type == byte.class) {
			return (byte) 1;
		}
		if (type == short.class) {
			return (short) 1;
		}
		if (type == float.class) {
			return 1F;
		}
		if (type == double.class) {
			return 1D;
		}
		if (type == String.class) {
			return "SELECT 1";
		}
		if (type == int[].class) {
			return new int[0];
		}
		if (type == String[].class) {
			return new String[0];
		}
		if (type == java.util.Map.class) {
			return java.util.Map.of();
		}
		if (type == java.sql.SQLType.class) {
			return JDBCType.INTEGER;
		}
		return null;
	}

	static Stream<Arguments> methods() {
		return Stream
			.of(methods("connection", Connection.class), methods("statement", Statement.class),
					methods("statement of a closed connection", Statement.class),
					methods("prepared statement", PreparedStatement.class))
			.flatMap((methods) -> methods);
	}

	private static Stream<Arguments> methods(String what, Class<?> type) {
		return Arrays.stream(type.getMethods())
			.filter((method) -> !Modifier.isStatic(method.getModifiers()))
			.filter((method) -> !ALLOWED.contains(method.getName()))
			.filter((method) -> !method.getName().contains("Sharding"))
			.map((method) -> arguments(what, method));
	}

	@Test
	void closingTwiceIsAllowed() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			Connection connection = database.connection();
			Statement statement = connection.createStatement();
			ResultSet rows = statement.executeQuery("SELECT 1");
			rows.close();
			rows.close();
			statement.close();
			statement.close();
			connection.close();
			connection.close();
			statement.close();
			rows.close();
			connection.abort(Runnable::run);
			assertThat(connection.isClosed()).isTrue();
			assertThat(connection.isValid(1)).isFalse();
			assertThatExceptionOfType(SQLException.class).isThrownBy(connection::createStatement)
				.withMessage("This connection is closed")
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08003"));
		}
	}

	@Test
	void closingAConnectionClosesItsStatementsAndTheirRows() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory)) {
			Connection connection = database.connection();
			PreparedStatement statement = connection.prepareStatement("SELECT 1");
			ResultSet rows = statement.executeQuery();
			connection.close();
			assertThat(statement.isClosed()).isTrue();
			assertThat(rows.isClosed()).isTrue();
			assertThatExceptionOfType(SQLException.class).isThrownBy(rows::next);
		}
	}

	@ParameterizedTest
	@org.junit.jupiter.params.provider.ValueSource(booleans = { false, true })
	void statementClosesOnCompletionWhenAskedTo(boolean memory) throws Exception {
		try (TestDatabase database = TestDatabase.of(memory, this.directory);
				Connection connection = database.connection()) {
			Statement statement = connection.createStatement();
			statement.closeOnCompletion();
			assertThat(statement.isCloseOnCompletion()).isTrue();
			statement.executeQuery("SELECT 1");
			ResultSet rows = statement.executeQuery("SELECT 2");
			assertThat(statement.isClosed()).as("by running it again").isFalse();
			rows.close();
			assertThat(statement.isClosed()).isTrue();
		}
	}

}
