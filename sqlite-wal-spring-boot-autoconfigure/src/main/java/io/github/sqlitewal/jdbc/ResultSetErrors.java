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

import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;

import org.jspecify.annotations.Nullable;

/**
 * What a result set has to complain about, as the standard's classes and SQLStates. The
 * driver throws a plain {@link SQLException} without SQLState for all of it.
 */
final class ResultSetErrors {

	private static final int ABBREVIATED = 60;

	private ResultSetErrors() {
	}

	static SQLException closed() {
		return new SQLNonTransientException("The result set is closed: it was closed itself, or with its statement or "
				+ "transaction; read its rows before", "HY010");
	}

	static SQLException beforeFirst() {
		return new SQLNonTransientException("There is no current row yet: call next() before reading a column",
				"HY109");
	}

	static SQLException afterLast() {
		return new SQLNonTransientException("There is no current row any more: next() has returned false", "HY109");
	}

	static SQLException failedBefore() {
		return new SQLNonTransientException("The rows of this query ended with an error; execute it again", "HY109");
	}

	static SQLException nothingRead() {
		return new SQLNonTransientException("wasNull() needs a column of the current row to have been read", "HY109");
	}

	static SQLException noSuchColumn(String label, Iterable<String> labels) {
		return new SQLSyntaxErrorException(
				"No column \"" + label + "\" in the result set; it has " + String.join(", ", labels), "42S22");
	}

	static SQLException noSuchColumn(int index, int count, @Nullable Throwable cause) {
		return new SQLNonTransientException(
				"No column " + index + " in the result set; it has columns 1 to " + count + ", counted from 1", "07009",
				cause);
	}

	static SQLException notConvertible(int index, String label, Object value, Class<?> type,
			@Nullable Throwable cause) {
		return new SQLDataException("Column " + index + " (\"" + label + "\") holds " + abbreviated(value)
				+ ", which cannot be read as " + type.getName(), "22018", cause);
	}

	private static String abbreviated(Object value) {
		if (value instanceof byte[] blob) {
			return "a BLOB of " + blob.length + " bytes";
		}
		String text = value.toString();
		String shown = (text.length() > ABBREVIATED) ? text.substring(0, ABBREVIATED) + "…" : text;
		return (value instanceof String) ? "the text '" + shown + "'" : "the number " + shown;
	}

}
