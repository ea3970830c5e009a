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

package io.github.sqlitewal.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;

/**
 * Opens physical connections and proves their settings.
 * <p>
 * The driver runs the pragmas it is given in the order of a hash table, so that
 * {@code page_size} may come after WAL and be lost, ignores unknown ones, takes invalid
 * values for others, and runs only the first statement of a string. So each pragma is a
 * statement here, in the order of {@link Pragma}, and each is read back on each
 * connection.
 * <p>
 * {@link #prepareFile()} comes first, once: it makes the file, sets what can only be set
 * before WAL, and switches to WAL. Safe for use by several threads after that.
 */
public final class ConnectionFactory {

	/**
	 * How long opening a connection waits for other processes that open, recover or close
	 * the file at the same moment.
	 */
	private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

	/** How long one attempt to switch to WAL waits inside SQLite. */
	private static final int BOOTSTRAP_BUSY_TIMEOUT_MILLIS = 1_000;

	private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	/**
	 * How long a reader waits inside SQLite. Only another process that recovers the WAL
	 * or closes the file last can make it wait, for a moment.
	 */
	private static final int READER_BUSY_TIMEOUT_MILLIS = 1_000;

	/**
	 * The writer never waits inside SQLite: its waits are in Java, where they are fair
	 * and can be interrupted.
	 */
	private static final int WRITER_BUSY_TIMEOUT_MILLIS = 0;

	/**
	 * A checkpoint never waits inside SQLite: FULL, RESTART and TRUNCATE would keep
	 * SQLite's write lock while they wait for a reader.
	 */
	private static final int MAINTENANCE_BUSY_TIMEOUT_MILLIS = 0;

	/** As SQLite is built by default; the driver lowers it to one million. */
	private static final int MAX_SQL_LENGTH = 1_000_000_000;

	private final ConnectionSettings settings;

	/**
	 * Creates a factory.
	 * @param settings what the connections have in common
	 */
	public ConnectionFactory(ConnectionSettings settings) {
		this.settings = settings;
	}

	/**
	 * What the connections have in common.
	 * @return the settings
	 */
	public ConnectionSettings settings() {
		return this.settings;
	}

	/**
	 * Makes the file, if there is none, with the settings that belong to the file, and
	 * puts it into WAL mode. Does nothing for a database in memory.
	 * @return what keeps the file open until a connection is; closed as the last one, it
	 * would copy the WAL and delete it, unseen and for as long as it takes
	 * @throws SqliteConfigurationException when that cannot be
	 */
	public PreparedFile prepareFile() {
		if (this.settings.location().isMemory()) {
			return () -> {
			};
		}
		this.settings.location().create();
		try {
			return untilFree(this::switchToWal)::close;
		}
		catch (SQLException ex) {
			throw cannotOpen(ex);
		}
	}

	private SQLiteConnection switchToWal() throws SQLException {
		SQLiteConnection connection = connect(ConnectionRole.WRITER, BOOTSTRAP_BUSY_TIMEOUT_MILLIS);
		boolean done = false;
		try {
			SqliteVersion.parse(String.valueOf(query(connection, "SELECT sqlite_version()"))).requireSupported();
			applyFilePragmas(connection);
			writeEncoding(connection);
			String mode = query(connection, "PRAGMA journal_mode=WAL");
			if (!"wal".equalsIgnoreCase(mode)) {
				throw new SqliteConfigurationException(
						"'" + this.settings.location() + "' cannot be put into WAL mode; SQLite stays in '" + mode
								+ "' mode",
						"WAL needs memory that all processes share, which network file systems (NFS, SMB) and some"
								+ " container mounts do not give. Put the file on a local disk by 'sqlite.path'.");
			}
			done = true;
			return connection;
		}
		finally {
			if (!done) {
				connection.close();
			}
		}
	}

	/**
	 * Tries until other processes let it. SQLite does not wait for all of them by itself:
	 * two connections that both read and both want the file for themselves would wait for
	 * each other, so one of them is told that it is busy at once.
	 */
	private static <T> T untilFree(Attempt<T> attempt) throws SQLException {
		Deadline deadline = Deadline.after(OPEN_TIMEOUT);
		while (true) {
			try {
				return attempt.run();
			}
			catch (SQLException ex) {
				if (!ResultCodes.isBusy(ex) || deadline.hasPassed() || Thread.currentThread().isInterrupted()) {
					throw ex;
				}
			}
			LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MAX_PAUSE_NANOS));
		}
	}

	/**
	 * Opens a connection and proves its settings.
	 * @param name the name that logs and the endpoint use
	 * @param role what it is for
	 * @return the connection
	 * @throws SqliteConfigurationException when a setting does not hold
	 * @throws SQLException when SQLite cannot open the file
	 */
	public PhysicalConnection open(String name, ConnectionRole role) throws SQLException {
		return untilFree(() -> openOnce(name, role));
	}

	private PhysicalConnection openOnce(String name, ConnectionRole role) throws SQLException {
		boolean memory = this.settings.location().isMemory();
		SQLiteConnection connection = connect(role, busyTimeoutMillis(role));
		boolean opened = false;
		try {
			if (memory) {
				SqliteVersion.parse(String.valueOf(query(connection, "SELECT sqlite_version()"))).requireSupported();
				applyFilePragmas(connection);
			}
			for (Map.Entry<Pragma, String> entry : this.settings.pragmas().entrySet()) {
				if (entry.getKey().stage() == Pragma.Stage.CONNECTION) {
					set(connection, entry.getKey(), entry.getValue());
				}
			}
			for (SqliteConnectionCustomizer customizer : this.settings.customizers()) {
				customizer.customize(connection, role);
			}
			// A checkpoint as the first use of a connection does nothing, because the
			// connection has not read the WAL yet.
			query(connection, "SELECT count(*) FROM sqlite_schema");
			PhysicalConnection physical = new PhysicalConnection(name, role, connection,
					this.settings.statementCacheSize(), prove(connection, name));
			opened = true;
			return physical;
		}
		finally {
			if (!opened) {
				connection.close();
			}
		}
	}

	private int busyTimeoutMillis(ConnectionRole role) {
		return switch (role) {
			case WRITER -> WRITER_BUSY_TIMEOUT_MILLIS;
			case READER -> READER_BUSY_TIMEOUT_MILLIS;
			case MAINTENANCE -> MAINTENANCE_BUSY_TIMEOUT_MILLIS;
		};
	}

	private SQLiteConnection connect(ConnectionRole role, int busyTimeoutMillis) throws SQLException {
		SQLiteConfig config = new SQLiteConfig();
		if (role == ConnectionRole.READER) {
			// setOpenMode(READONLY) leaves READWRITE set, which SQLite refuses
			// (sqlite-jdbc#1362)
			config.setReadOnly(true);
		}
		config.setBusyTimeout(busyTimeoutMillis);
		// otherwise every INSERT runs a hidden SELECT, which costs more than the INSERT
		config.setGetGeneratedKeys(false);
		config.enableLoadExtension(false);
		Properties properties = config.toProperties();
		properties.putAll(this.settings.driverProperties());
		SQLiteConnection connection = JDBC.createConnection(this.settings.location().jdbcUrl(), properties);
		connection.setLimit(SQLiteLimits.SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_LENGTH);
		return connection;
	}

	private void applyFilePragmas(SQLiteConnection connection) throws SQLException {
		for (Map.Entry<Pragma, String> entry : this.settings.pragmas().entrySet()) {
			if (entry.getKey().stage() == Pragma.Stage.FILE) {
				set(connection, entry.getKey(), entry.getValue());
			}
		}
	}

	/**
	 * SQLite writes the encoding into the file with the first table, and WAL mode alone
	 * makes a file without one, which the next connection takes for UTF-8.
	 */
	private void writeEncoding(SQLiteConnection connection) throws SQLException {
		if (!this.settings.pragmas().containsKey(Pragma.ENCODING)) {
			return;
		}
		try (Statement statement = connection.createStatement()) {
			statement.execute("BEGIN IMMEDIATE");
			if ("0".equals(query(connection, "PRAGMA schema_version"))) {
				statement.execute("CREATE TABLE sqlitewal_encoding (x)");
				statement.execute("DROP TABLE sqlitewal_encoding");
			}
			statement.execute("COMMIT");
		}
	}

	private void set(SQLiteConnection connection, Pragma pragma, String value) throws SQLException {
		String literal = (pragma == Pragma.ENCODING) ? '"' + value + '"' : value;
		try (Statement statement = connection.createStatement()) {
			statement.execute("PRAGMA " + pragma.sqlName() + "=" + literal);
		}
	}

	private Map<String, String> prove(SQLiteConnection connection, String name) throws SQLException {
		Map<String, String> proved = new LinkedHashMap<>();
		String journalMode = String.valueOf(query(connection, "PRAGMA journal_mode"));
		String expectedMode = this.settings.location().isMemory() ? "memory" : "wal";
		if (!expectedMode.equals(journalMode)) {
			throw new SqliteConfigurationException(
					"The pragma 'journal_mode' is '" + journalMode + "' on connection '" + name + "', not '"
							+ expectedMode + "'",
					"Remove what changes the journal mode: a migration, a connection customizer, or another program"
							+ " that has the file open.");
		}
		proved.put("journal_mode", journalMode);
		for (Map.Entry<Pragma, String> entry : this.settings.pragmas().entrySet()) {
			Pragma pragma = entry.getKey();
			String actual = query(connection, "PRAGMA " + pragma.sqlName());
			if (actual == null || !pragma.holds(entry.getValue(), actual)) {
				throw new SqliteConfigurationException(
						"The pragma '" + pragma.sqlName() + "' is '" + actual + "' on connection '" + name
								+ "' after it was set to '" + entry.getValue() + "'",
						(pragma.stage() == Pragma.Stage.FILE)
								? "The file was made with '" + actual + "', and it cannot change in WAL mode. Remove"
										+ " 'sqlite.pragmas." + pragma.sqlName() + "', or copy the data into a new"
										+ " file (VACUUM INTO)."
								: "Set 'sqlite.pragmas." + pragma.sqlName() + "' to a value that this build of SQLite"
										+ " accepts, or remove what changes it again: a connection customizer.");
			}
			proved.put(pragma.sqlName(), pragma.display(actual));
		}
		proved.put("busy_timeout", String.valueOf(query(connection, "PRAGMA busy_timeout")));
		return proved;
	}

	private static @Nullable String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet resultSet = statement.executeQuery(sql)) {
			return resultSet.next() ? resultSet.getString(1) : null;
		}
	}

	private SqliteConfigurationException cannotOpen(SQLException cause) {
		SQLiteErrorCode code = ResultCodes.of(cause);
		String action = switch ((code != null) ? ResultCodes.primary(code) : 0) {
			case 26 -> "It is not a SQLite database, or it is encrypted. Set 'sqlite.path' to another file, or move"
					+ " this one away.";
			case 11 -> "The file is damaged. Restore it from a backup, or salvage it with the sqlite3 shell's"
					+ " .recover command. Keep a copy, with its -wal file, until then.";
			case 5, 6 -> "Another process holds the file and did not let go for " + OPEN_TIMEOUT.toSeconds()
					+ " seconds. Stop it, or let it finish; a program that uses a rollback journal or an exclusive"
					+ " lock cannot share the file with this one.";
			case 8, 14 -> "Make the file and its directory writable for the user that runs the application; SQLite"
					+ " makes two more files beside it while it is open.";
			default -> "See the cause for what SQLite said.";
		};
		return new SqliteConfigurationException(
				"The database '" + this.settings.location() + "' cannot be opened: " + cause.getMessage(), action,
				cause);
	}

	private interface Attempt<T> {

		T run() throws SQLException;

	}

	/**
	 * Keeps the file open.
	 */
	@FunctionalInterface
	public interface PreparedFile extends AutoCloseable {

		/**
		 * Lets go of it.
		 * @throws SQLException what the driver said
		 */
		@Override
		void close() throws SQLException;

	}

}
