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

import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.util.Arrays;
import java.util.Calendar;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DriverStatement;

/**
 * The parameters of a prepared statement, as values. They are remembered here until the
 * statement runs, because until then there is no connection that could keep them.
 * <p>
 * The driver reads streams when they are set, so a value is always enough. Dates and
 * times stay what they are until they are bound, because the driver's settings decide how
 * it stores them.
 */
final class Parameters {

	private static final Object UNSET = new Object();

	/** From here on, a value is not kept by a statement that is not in use. */
	private static final int LARGE = 1024;

	private @Nullable Object[] values = new Object[8];

	private int count;

	Parameters() {
		Arrays.fill(this.values, UNSET);
	}

	void set(int index, @Nullable Object value) throws SQLException {
		if (index < 1) {
			throw SqlExceptions.noSuchParameter(index, this.count, null);
		}
		if (index > this.values.length) {
			int size = this.values.length;
			this.values = Arrays.copyOf(this.values, Math.max(index, 2 * size));
			Arrays.fill(this.values, size, this.values.length, UNSET);
		}
		this.values[index - 1] = value;
		this.count = Math.max(this.count, index);
	}

	void clear() {
		Arrays.fill(this.values, 0, this.count, UNSET);
		this.count = 0;
	}

	@Nullable Object get(int index) {
		return (index >= 1 && index <= this.count && this.values[index - 1] != UNSET) ? this.values[index - 1] : null;
	}

	@Nullable Object[] copy() {
		return Arrays.copyOf(this.values, this.count);
	}

	/**
	 * Binds values to a statement of the driver.
	 * @param statement the statement
	 * @param values the values, each of which has been set
	 * @param sql its SQL, for messages
	 * @return whether one of them is large
	 * @throws SQLException when there are too few or too many
	 */
	static boolean bind(DriverStatement statement, @Nullable Object[] values, String sql) throws SQLException {
		return bind(statement, values, 0, statement.parameterCount(), sql);
	}

	/**
	 * Binds values to a part of the parameters of a statement.
	 * @param statement the statement
	 * @param values the values, each of which has been set
	 * @param offset how many parameters are before that part
	 * @param expected how many parameters the part has
	 * @param sql its SQL, for messages
	 * @return whether one of them is large
	 * @throws SQLException when there are too few or too many
	 */
	static boolean bind(DriverStatement statement, @Nullable Object[] values, int offset, int expected, String sql)
			throws SQLException {
		if (values.length > expected) {
			throw SqlExceptions.noSuchParameter(values.length, expected, sql);
		}
		boolean large = false;
		for (int i = 0; i < expected; i++) {
			Object value = (i < values.length) ? values[i] : UNSET;
			if (value == UNSET) {
				throw new SQLSyntaxErrorException(
						"Parameter " + (i + 1) + " of " + expected + " is not set [SQL: " + sql + "]", "07001");
			}
			bind(statement, offset + i + 1, value);
			large |= isLarge(value);
		}
		return large;
	}

	private static void bind(DriverStatement statement, int index, @Nullable Object value) {
		if (value instanceof Temporal temporal) {
			statement.setDate(index, temporal.value(), temporal.calendar());
		}
		else if (value instanceof java.util.Date date) {
			statement.setDate(index, date, Calendar.getInstance());
		}
		else {
			statement.set(index, value);
		}
	}

	private static boolean isLarge(@Nullable Object value) {
		return (value instanceof String text && text.length() > LARGE)
				|| (value instanceof byte[] bytes && bytes.length > LARGE);
	}

	/**
	 * A date or time together with the calendar in which it is to be written.
	 *
	 * @param value a date, time or timestamp
	 * @param calendar its calendar
	 */
	record Temporal(java.util.Date value, Calendar calendar) {
	}

}
