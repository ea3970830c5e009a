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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.jdbc.SqlTokenizer.Token;

/**
 * The tables in which a row that is inserted is a matter of its own, so that it makes no
 * difference whether rows come by one statement or by many. That is a table
 * <ul>
 * <li>of the main database, and no view and no virtual table, and with no temporary
 * objects about that could hide it or hang on it,</li>
 * <li>without triggers, which see {@code changes()}, and may end a statement in ways of
 * their own ({@code RAISE(FAIL)} keeps the rows before),</li>
 * <li>without ON CONFLICT in its definition, for the same reason,</li>
 * <li>that does not refer to itself: a foreign key is checked when a statement ends, so
 * that a row could refer to one that comes after it in the same statement,</li>
 * <li>without a default that calls anything but {@linkplain HarmlessFunctions harmless
 * functions}.</li>
 * </ul>
 * What is known is kept until the version of the schema changes. Within a transaction
 * that version counts up with each change, and it goes back when the transaction is
 * rolled back and comes again with another schema; hence the count of rollbacks.
 * <p>
 * For the holder of the writer.
 */
final class PlainTables {

	private static final String QUERY = """
			SELECT sql FROM main.sqlite_schema AS s
			WHERE type = 'table' AND name = ?1 COLLATE NOCASE
			AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = s.name COLLATE NOCASE)
			AND NOT EXISTS (SELECT 1 FROM temp.sqlite_schema)
			AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(s.name, 'main') WHERE "table" = s.name COLLATE NOCASE)
			""";

	private final Map<String, Boolean> known = new HashMap<>();

	private @Nullable PhysicalConnection connection;

	private @Nullable String schemaVersion;

	private long rollbacks;

	/**
	 * Whether a table is a plain one.
	 * @param physical the writer
	 * @param table its name
	 * @return whether it is; {@code false} when that cannot be found out
	 */
	boolean contains(PhysicalConnection physical, String table) {
		try {
			String version = physical.queryForString("PRAGMA main.schema_version");
			if (this.connection != physical || this.rollbacks != physical.rollbacks()
					|| !Objects.equals(this.schemaVersion, version)) {
				this.known.clear();
				this.connection = physical;
				this.rollbacks = physical.rollbacks();
				this.schemaVersion = version;
			}
			Boolean plain = this.known.get(table);
			if (plain == null) {
				plain = isPlain(definition(physical, table));
				this.known.put(table, plain);
			}
			return plain;
		}
		catch (SQLException ex) {
			physical.failed(ex);
			return false;
		}
	}

	private static @Nullable String definition(PhysicalConnection physical, String table) throws SQLException {
		DriverStatement statement = physical.prepare(QUERY);
		boolean done = false;
		try {
			statement.set(1, table);
			try (ResultSet rows = Objects.requireNonNull(statement.execute())) {
				String definition = rows.next() ? rows.getString(1) : null;
				done = true;
				return definition;
			}
		}
		finally {
			physical.giveBack(statement, done);
		}
	}

	/**
	 * Whether the definition of a table has nothing in it that makes a difference.
	 */
	static boolean isPlain(@Nullable String definition) {
		if (definition == null) {
			return false;
		}
		SqlTokenizer tokens = new SqlTokenizer(definition);
		tokens.next();
		if (tokens.next() != Token.WORD || !tokens.is("TABLE")) {
			return false;
		}
		Token token = tokens.next();
		while (token != Token.END) {
			if (token == Token.WORD && tokens.is("CONFLICT")) {
				return false;
			}
			boolean byDefault = token == Token.WORD && tokens.is("DEFAULT");
			token = tokens.next();
			if (byDefault && token == Token.OPEN && !isHarmless(tokens)) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Reads up to the parenthesis that closes the one that is open.
	 */
	private static boolean isHarmless(SqlTokenizer tokens) {
		int depth = 1;
		boolean unknown = false;
		while (depth > 0) {
			Token token = tokens.next();
			if (token == Token.END || (unknown && token == Token.OPEN)) {
				return false;
			}
			depth += (token == Token.OPEN) ? 1 : (token == Token.CLOSE) ? -1 : 0;
			unknown = token.isName() && !(token == Token.WORD && HarmlessFunctions.contains(tokens));
		}
		return true;
	}

}
