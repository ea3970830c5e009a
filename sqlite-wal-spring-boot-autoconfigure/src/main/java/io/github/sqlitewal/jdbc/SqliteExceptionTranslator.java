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

import java.sql.BatchUpdateException;
import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.jdbc.support.AbstractFallbackSQLExceptionTranslator;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;

/**
 * Translates the exceptions of SQLite into Spring's.
 * <p>
 * Most of it is in the exceptions already: the connections of this library throw the
 * standard subclasses with an SQLState, so Spring's
 * {@link SQLExceptionSubclassTranslator} has the right answer, also in a
 * {@code JdbcTemplate} that some other library made for itself. This translator adds what
 * that one cannot know, and accepts what comes from a connection of the bare driver.
 * <table>
 * <caption>The SQLStates that are decided here</caption>
 * <tr>
 * <th>SQLState</th>
 * <th>exception</th>
 * </tr>
 * <tr>
 * <td>25006, a write in a read-only transaction</td>
 * <td>{@link InvalidDataAccessResourceUsageException}</td>
 * </tr>
 * <tr>
 * <td>25001, what SQLite refuses in a transaction; HY010, something closed was used;
 * 07009, a parameter that does not exist</td>
 * <td>{@link InvalidDataAccessApiUsageException}</td>
 * </tr>
 * </table>
 * A statement that was cancelled (57014) is left to Spring's translators, which make a
 * {@link org.springframework.dao.QueryTimeoutException} of it. There is no type for a
 * cancellation, and that one is documented for a database that "interrupts or stops the
 * processing of a query before it has completed"; a type of our own here would only mean
 * that two templates of one application disagree.
 * <p>
 * Safe for use by many threads.
 */
public class SqliteExceptionTranslator extends AbstractFallbackSQLExceptionTranslator {

	/**
	 * Creates the translator.
	 */
	public SqliteExceptionTranslator() {
		setFallbackTranslator(new SQLExceptionSubclassTranslator());
	}

	@Override
	public @Nullable DataAccessException translate(String task, @Nullable String sql, SQLException ex) {
		// nothing tells whether a bare SQLITE_ERROR comes from preparing, but it mostly
		// does;
		// without the SQL, which Spring's message has anyway
		return super.translate(task, sql, SqlExceptions.translate(ex, null, true));
	}

	@Override
	protected @Nullable DataAccessException doTranslate(String task, @Nullable String sql, SQLException ex) {
		SQLException entry = (ex instanceof BatchUpdateException && ex.getNextException() != null)
				? ex.getNextException() : ex;
		String state = entry.getSQLState();
		if (state == null) {
			return null;
		}
		return switch (state) {
			case "25006" -> new InvalidDataAccessResourceUsageException(buildMessage(task, sql, entry), entry);
			case "07009", "25001", "HY010" ->
				new InvalidDataAccessApiUsageException(buildMessage(task, sql, entry), entry);
			default -> null;
		};
	}

}
