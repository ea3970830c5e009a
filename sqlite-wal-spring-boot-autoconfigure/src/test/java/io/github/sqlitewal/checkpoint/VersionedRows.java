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
package io.github.sqlitewal.checkpoint;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two tables on many pages that are the same number everywhere, once with the opposite
 * sign: whoever sees half a transaction, or pages of two states, sees two numbers.
 */
final class VersionedRows {

	private static final int ROWS = 8;

	/** The version, once more if it is everywhere the same, how often, and the sum. */
	private static final String READ = "SELECT min(v) || ' ' || max(v) || ' ' || count(*) || ' '"
			+ " || (sum(v) + (SELECT sum(v) FROM mirror)) FROM pages";

	private VersionedRows() {
	}

	static void create(CheckpointDatabase database) throws SQLException {
		for (String table : new String[] { "pages", "mirror" }) {
			database.execute("CREATE TABLE " + table + " (id INTEGER PRIMARY KEY, v INTEGER, filler)");
			database.execute("INSERT INTO " + table + " WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
					+ " WHERE n < " + ROWS + ") SELECT n, 0, zeroblob(2500) FROM c");
		}
	}

	/**
	 * What is to be seen of a version.
	 */
	static String expected(long version) {
		return version + " " + version + " " + ROWS + " 0";
	}

	/**
	 * Makes the next version in the transaction that is open.
	 */
	static long write(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("UPDATE pages SET v = v + 1");
			statement.execute("UPDATE mirror SET v = v - 1");
		}
		return Long.parseLong(CheckpointDatabase.query(connection, "SELECT max(v) FROM pages"));
	}

	static void write(PlainConnection connection) throws SQLException {
		connection.execute("BEGIN IMMEDIATE")
			.execute("UPDATE pages SET v = v + 1")
			.execute("UPDATE mirror SET v = v - 1")
			.execute("COMMIT");
	}

	static String read(Connection connection) throws SQLException {
		return CheckpointDatabase.query(connection, READ);
	}

	static String read(CheckpointDatabase database) throws SQLException {
		return database.query(READ);
	}

	/**
	 * Reads the file of a database that is closed, and checks all of it.
	 */
	static String read(Path directory) throws SQLException {
		Path file = directory.resolve("app.db");
		assertThat(PlainConnection.ask(file, "PRAGMA integrity_check")).isEqualTo("ok");
		return PlainConnection.ask(file, READ);
	}

	/**
	 * Opens a result set outside a transaction and reads its first row.
	 */
	static Cursor open(Connection connection) throws SQLException {
		Statement statement = connection.createStatement();
		ResultSet rows = statement.executeQuery("SELECT v FROM pages UNION ALL SELECT -v FROM mirror");
		assertThat(rows.next()).isTrue();
		return new Cursor(statement, rows, rows.getLong(1));
	}

	/**
	 * A result set that is read slowly.
	 *
	 * @param statement its statement
	 * @param rows the rest of the rows
	 * @param version what the first row was
	 */
	record Cursor(Statement statement, ResultSet rows, long version) implements AutoCloseable {

		void readOne() throws SQLException {
			if (!this.rows.isAfterLast() && this.rows.next()) {
				assertThat(this.rows.getLong(1)).isEqualTo(this.version);
			}
		}

		void readToTheEnd() throws SQLException {
			while (this.rows.next()) {
				assertThat(this.rows.getLong(1)).isEqualTo(this.version);
			}
		}

		@Override
		public void close() throws SQLException {
			this.statement.close();
		}

	}

}
