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

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.core.DB;

/**
 * Real errors of the real driver, each on a database of its own. Only those that nothing
 * can provoke are made with the driver's own factory.
 */
enum DriverFailure {

	UNIQUE((database) -> database.run("CREATE TABLE t (a UNIQUE)", "INSERT INTO t VALUES (1)",
			"INSERT INTO t VALUES (1)")),

	PRIMARY_KEY((database) -> database.run("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)",
			"INSERT INTO t VALUES (1)")),

	ROWID((database) -> database.run("CREATE TABLE t (a)", "INSERT INTO t (rowid) VALUES (1)",
			"INSERT INTO t (rowid) VALUES (1)")),

	FOREIGN_KEY((database) -> database.run("PRAGMA foreign_keys=ON", "CREATE TABLE p (id INTEGER PRIMARY KEY)",
			"CREATE TABLE t (p REFERENCES p)", "INSERT INTO t VALUES (1)")),

	NOT_NULL((database) -> database.run("CREATE TABLE t (a NOT NULL)", "INSERT INTO t VALUES (NULL)")),

	CHECK((database) -> database.run("CREATE TABLE t (a CHECK (a > 0))", "INSERT INTO t VALUES (0)")),

	TRIGGER((database) -> database.run("CREATE TABLE t (a)",
			"CREATE TRIGGER x INSERT ON t BEGIN SELECT RAISE(ABORT, 'no such table: refused'); END",
			"INSERT INTO t VALUES (1)")),

	DATATYPE((database) -> database.run("CREATE TABLE t (a INT) STRICT", "INSERT INTO t VALUES ('x')")),

	BUSY((database) -> {
		try (Connection other = database.open()) {
			execute(other, "PRAGMA journal_mode=WAL");
			execute(other, "BEGIN IMMEDIATE");
			database.run("PRAGMA busy_timeout=0", "BEGIN IMMEDIATE");
		}
	}),

	BUSY_SNAPSHOT((database) -> {
		database.run("PRAGMA journal_mode=WAL", "CREATE TABLE t (a)", "BEGIN", "SELECT * FROM t");
		try (Connection other = database.open()) {
			execute(other, "INSERT INTO t VALUES (1)");
		}
		database.run("INSERT INTO t VALUES (2)");
	}),

	LOCKED((database) -> {
		database.run("CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2)");
		try (Statement statement = database.connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT * FROM t")) {
			resultSet.next();
			database.run("DROP TABLE t");
		}
	}),

	PROTOCOL(SQLiteErrorCode.SQLITE_PROTOCOL.code),

	READ_ONLY((database) -> {
		database.run("CREATE TABLE t (a)");
		try (Connection reader = database.openReadOnly()) {
			execute(reader, "INSERT INTO t VALUES (1)");
		}
	}),

	MOVED((database) -> {
		database.run("PRAGMA journal_mode=DELETE", "CREATE TABLE t (a)");
		Files.move(database.file, database.file.resolveSibling("moved.db"));
		database.run("INSERT INTO t VALUES (1)");
	}),

	FULL((database) -> database.run("CREATE TABLE t (a)", "PRAGMA max_page_count=3",
			"INSERT INTO t VALUES (zeroblob(100000))")),

	NO_MEMORY(SQLiteErrorCode.SQLITE_NOMEM.code),

	IO_NO_MEMORY(SQLiteErrorCode.SQLITE_IOERR_NOMEM.code),

	IO((database) -> {
		database.run("PRAGMA journal_mode=WAL", "CREATE TABLE t (a)");
		try (Connection reader = database.openReadOnly()) {
			// the one write that SQLite tries on a read-only connection
			execute(reader, "PRAGMA wal_checkpoint");
		}
	}),

	// SQLITE_IOERR_IN_PAGE, which the driver does not know
	IO_OF_A_NEWER_CODE(8714),

	CANNOT_OPEN((database) -> database.run("ATTACH '" + database.file.resolveSibling("none/x.db") + "' AS x")),

	CORRUPT((database) -> {
		database.run("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)");
		try (RandomAccessFile file = new RandomAccessFile(database.file.toFile(), "rw")) {
			file.seek(4096);
			file.write(new byte[4096]);
		}
		try (Connection other = database.open()) {
			execute(other, "SELECT * FROM t");
		}
	}),

	NOT_A_DATABASE((database) -> {
		Files.writeString(database.file, "This is no database file. ".repeat(50));
		try (Connection other = database.open()) {
			execute(other, "SELECT * FROM sqlite_schema");
		}
	}),

	NO_SUCH_TABLE((database) -> database.prepare("SELECT * FROM missing")),

	NO_SUCH_COLUMN((database) -> database.prepare("SELECT missing")),

	NO_COLUMN_NAMED((database) -> {
		database.run("CREATE TABLE t (a)");
		database.prepare("INSERT INTO t (b) VALUES (1)");
	}),

	SYNTAX((database) -> database.prepare("SELEC 1")),

	NO_SUCH_FUNCTION((database) -> database.prepare("SELECT missing(1)")),

	INTEGER_OVERFLOW((database) -> database.run("SELECT abs(-9223372036854775807 - 1)")),

	MALFORMED_JSON((database) -> database.run("SELECT json('no such table: {')")),

	TOO_BIG((database) -> database.run("SELECT zeroblob(2000000000)")),

	MISMATCH((database) -> database.run("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES ('x')")),

	RANGE(SQLiteErrorCode.SQLITE_RANGE.code),

	AUTHORIZATION(SQLiteErrorCode.SQLITE_AUTH.code),

	INTERRUPT((database) -> {
		ProgressHandler.setHandler(database.connection, 10, new ProgressHandler() {

			@Override
			protected int progress() {
				return 1;
			}

		});
		database.run("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c");
	}),

	SCHEMA(SQLiteErrorCode.SQLITE_SCHEMA.code),

	MISUSE(SQLiteErrorCode.SQLITE_MISUSE.code),

	INTERNAL(SQLiteErrorCode.SQLITE_INTERNAL.code),

	STATEMENT_CLOSED((database) -> {
		PreparedStatement statement = database.connection.prepareStatement("SELECT 1");
		statement.close();
		statement.executeQuery();
	}),

	RESULT_SET_CLOSED((database) -> {
		try (Statement statement = database.connection.createStatement()) {
			ResultSet resultSet = statement.executeQuery("SELECT 1 AS a");
			resultSet.close();
			resultSet.getString("a");
		}
	}),

	RESULT_SET_NOT_OPEN((database) -> {
		try (Statement statement = database.connection.createStatement()) {
			ResultSet resultSet = statement.executeQuery("SELECT 1");
			resultSet.close();
			resultSet.getString(1);
		}
	}),

	CONNECTION_CLOSED((database) -> {
		Connection other = database.open();
		other.close();
		other.createStatement();
	}),

	NO_SUCH_INDEX((database) -> {
		try (Statement statement = database.connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT 1")) {
			resultSet.next();
			resultSet.getString(2);
		}
	}),

	NO_SUCH_LABEL((database) -> {
		try (Statement statement = database.connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT 1 AS a")) {
			resultSet.getString("b");
		}
	}),

	BAD_VALUE((database) -> {
		try (Statement statement = database.connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT NULL")) {
			resultSet.next();
			resultSet.getObject(1, Long.class);
		}
	}),

	BAD_TIMESTAMP((database) -> {
		try (Statement statement = database.connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT 'yesterday'")) {
			resultSet.next();
			resultSet.getTimestamp(1);
		}
	}),

	NOT_SUPPORTED((database) -> database.connection.createClob()),

	NO_RESULT_SET((database) -> {
		try (Statement statement = database.connection.createStatement()) {
			statement.executeQuery("CREATE TABLE t (a)").close();
		}
	}),

	BATCH((database) -> {
		database.run("CREATE TABLE t (a UNIQUE)");
		try (Statement statement = database.connection.createStatement()) {
			statement.addBatch("INSERT INTO t VALUES (1)");
			statement.addBatch("INSERT INTO t VALUES (1)");
			statement.executeBatch();
		}
	});

	private final Cause cause;

	DriverFailure(Cause cause) {
		this.cause = cause;
	}

	DriverFailure(int code) {
		this((database) -> {
			throw DB.newSQLException(code, "made for a test");
		});
	}

	SQLException raise(Path directory) {
		Path file = directory.resolve(name() + ".db");
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
			this.cause.run(new Database(file, connection));
		}
		catch (SQLException ex) {
			return ex;
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		throw new AssertionError("no failure: " + this);
	}

	/**
	 * What happens to it on the connections of this library, which know whether they were
	 * preparing.
	 */
	SQLException raiseTranslated(Path directory, String sql) {
		boolean preparing = switch (this) {
			case NO_SUCH_TABLE, NO_SUCH_COLUMN, NO_COLUMN_NAMED, SYNTAX, NO_SUCH_FUNCTION -> true;
			default -> false;
		};
		return SqlExceptions.translate(raise(directory), sql, preparing);
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private record Database(Path file, Connection connection) {

		void run(String... statements) throws SQLException {
			for (String sql : statements) {
				execute(this.connection, sql);
			}
		}

		void prepare(String sql) throws SQLException {
			try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
				throw new AssertionError("prepared: " + statement);
			}
		}

		Connection open() throws SQLException {
			return DriverManager.getConnection("jdbc:sqlite:" + this.file);
		}

		Connection openReadOnly() throws SQLException {
			SQLiteConfig config = new SQLiteConfig();
			config.setReadOnly(true);
			return DriverManager.getConnection("jdbc:sqlite:" + this.file, config.toProperties());
		}

	}

	@FunctionalInterface
	private interface Cause {

		void run(Database database) throws SQLException, IOException;

	}

}
