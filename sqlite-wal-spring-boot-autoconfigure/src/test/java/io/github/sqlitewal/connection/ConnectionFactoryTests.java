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

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteConnection;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.pool.ConnectionStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConnectionFactoryTests {

	private static final Map<String, String> DEFAULTS = Map.of("journal_mode", "wal", "synchronous", "normal",
			"foreign_keys", "on", "temp_store", "memory", "cache_size", "-8192", "mmap_size", "0", "trusted_schema",
			"off", "wal_autocheckpoint", "0", "journal_size_limit", "67108864");

	private static final Map<ConnectionRole, String> BUSY_TIMEOUTS = new EnumMap<>(
			Map.of(ConnectionRole.WRITER, "0", ConnectionRole.READER, "1000", ConnectionRole.MAINTENANCE, "0"));

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	@Test
	void everyDefaultHoldsOnEveryConnection() throws Exception {
		Map<String, SQLiteConnection> connections = new LinkedHashMap<>();
		SqliteDatabase database = SqliteDatabase.builder(file())
			.readers(3)
			.customizer((connection, role) -> connections.put(role + " " + connections.size(), connection))
			.open();
		this.opened.add(database);
		assertThat(database.status().connections()).extracting(ConnectionStatus::name)
			.containsExactly("writer", "reader-1", "reader-2", "reader-3", "maintenance");
		for (ConnectionStatus connection : database.status().connections()) {
			assertThat(connection.settings()).as(connection.name())
				.containsAllEntriesOf(DEFAULTS)
				.containsEntry("busy_timeout", BUSY_TIMEOUTS.get(connection.role()));
		}
		// and SQLite says the same when it is asked past this library
		assertThat(connections).hasSize(5);
		Map<String, String> raw = Map.of("foreign_keys", "1", "synchronous", "1", "temp_store", "2", "cache_size",
				"-8192", "mmap_size", "0", "trusted_schema", "0", "wal_autocheckpoint", "0", "journal_size_limit",
				"67108864", "journal_mode", "wal");
		for (Map.Entry<String, SQLiteConnection> connection : connections.entrySet()) {
			for (Map.Entry<String, String> pragma : raw.entrySet()) {
				assertThat(ask(connection.getValue(), "PRAGMA " + pragma.getKey()))
					.as(pragma.getKey() + " of " + connection.getKey())
					.isEqualTo(pragma.getValue());
			}
		}
	}

	@Test
	void everyConfiguredPragmaHoldsOnEveryConnection() {
		Map<String, String> pragmas = Map.ofEntries(Map.entry("synchronous", "full"), Map.entry("foreign_keys", "off"),
				Map.entry("temp_store", "file"), Map.entry("cache_size", "500"), Map.entry("mmap_size", "1048576"),
				Map.entry("trusted_schema", "on"), Map.entry("journal_size_limit", "-1"),
				Map.entry("recursive_triggers", "on"), Map.entry("secure_delete", "fast"),
				Map.entry("automatic_index", "off"), Map.entry("cell_size_check", "on"),
				Map.entry("checkpoint_fullfsync", "on"), Map.entry("fullfsync", "on"),
				Map.entry("legacy_alter_table", "on"), Map.entry("ignore_check_constraints", "on"),
				Map.entry("reverse_unordered_selects", "on"), Map.entry("analysis_limit", "400"),
				Map.entry("threads", "2"), Map.entry("max_page_count", "100000"), Map.entry("page_size", "8192"),
				Map.entry("auto_vacuum", "incremental"), Map.entry("encoding", "UTF-16le"));
		SqliteDatabase database = SqliteDatabase.builder(file()).readers(2).pragmas(pragmas).open();
		this.opened.add(database);
		assertThat(pragmas.keySet().stream().map(Pragma::of)).containsExactlyInAnyOrderElementsOf(
				Arrays.stream(Pragma.values()).filter((pragma) -> pragma != Pragma.WAL_AUTOCHECKPOINT).toList());
		assertThat(database.status().connections()).hasSize(4)
			.allSatisfy((connection) -> assertThat(connection.settings()).containsAllEntriesOf(pragmas));
	}

	@Test
	void pageSizeAutoVacuumAndEncodingAreInTheFile() throws Exception {
		factory(Map.of("page_size", "16384", "auto_vacuum", "full", "encoding", "UTF-16be")).prepareFile().close();
		// sqlite.org/fileformat2: page size at 16, auto-vacuum at 52, encoding at 56
		byte[] header = Files.readAllBytes(file());
		assertThat(Arrays.copyOfRange(header, 16, 18)).containsExactly(0x40, 0x00);
		assertThat(Arrays.copyOfRange(header, 52, 56)).isNotEqualTo(new byte[4]);
		assertThat(header[59]).isEqualTo((byte) 3);
		assertThat(PlainConnection.ask(file(), "PRAGMA page_size")).isEqualTo("16384");
		assertThat(PlainConnection.ask(file(), "PRAGMA journal_mode")).isEqualTo("wal");
	}

	@Test
	void pageSizeOtherThanTheFilesIsRefused() throws Exception {
		PlainConnection.to(file()).execute("PRAGMA page_size=1024").execute("CREATE TABLE t (x)").close();
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file()).pragma("page_size", "8192").open())
			.withMessage("The pragma 'page_size' is '1024' on connection 'writer' after it was set to '8192'")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.pragmas.page_size").contains("VACUUM INTO"));
	}

	@ParameterizedTest
	@EnumSource(ConnectionRole.class)
	void customizerThatUndoesAPragmaIsFoundOut(ConnectionRole victim) {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file()).customizer((connection, role) -> {
				if (role == victim) {
					connection.createStatement().execute("PRAGMA foreign_keys=OFF");
				}
			}).open())
			.withMessageContaining("'foreign_keys' is '0' on connection '" + victim.name().toLowerCase(Locale.ROOT))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("connection customizer"));
	}

	@Test
	void customizerThatLeavesWalModeIsFoundOut() {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file())
				.customizer((connection, role) -> connection.createStatement().execute("PRAGMA journal_mode=DELETE"))
				.open())
			.withMessageContaining("'journal_mode' is 'delete'")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("customizer"));
	}

	@Test
	void startThatFailsLeavesNothingOpen() throws Exception {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file()).customizer((connection, role) -> {
				if (role == ConnectionRole.MAINTENANCE) {
					throw new SQLException("no function for you");
				}
			}).open())
			.withMessageContaining("no function for you");
		// the last connection to a file deletes its WAL
		assertThat(this.directory).isDirectoryNotContaining("glob:**-wal");
	}

	@Test
	void fileThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
		String text = "These are the words of somebody who has named a letter app.db. ".repeat(100);
		Files.writeString(file(), text);
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file()).open())
			.withMessageContaining(file().toString())
			.withCauseInstanceOf(SQLException.class)
			.satisfies((ex) -> assertThat(ex.getAction()).contains("not a SQLite database"));
		assertThat(file()).hasContent(text);
	}

	@Test
	void damagedFileIsRefusedWithHowToSalvageIt() throws Exception {
		try (PlainConnection plain = PlainConnection.to(file())) {
			plain.execute("CREATE TABLE t (x)");
		}
		// the b-tree of the schema begins after the header of 100 bytes
		try (var channel = Files.newByteChannel(file(), StandardOpenOption.WRITE)) {
			channel.position(100);
			channel.write(java.nio.ByteBuffer.wrap("garbage".repeat(100).getBytes(StandardCharsets.US_ASCII)));
		}
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(file()).open())
			.withMessageContaining(file().toString())
			.satisfies((ex) -> assertThat(ex.getAction()).contains("The file is damaged").contains(".recover"));
	}

	@Test
	void fileWithARollbackJournalIsConverted() throws Exception {
		try (PlainConnection plain = PlainConnection.to(file())) {
			plain.execute("PRAGMA journal_mode=DELETE")
				.execute("CREATE TABLE t (x)")
				.execute("INSERT INTO t VALUES (7)");
		}
		factory(Map.of()).prepareFile().close();
		assertThat(PlainConnection.ask(file(), "PRAGMA journal_mode")).isEqualTo("wal");
		assertThat(PlainConnection.ask(file(), "SELECT x FROM t")).isEqualTo("7");
	}

	@Test
	void databaseInMemoryHasTheSameSettings() throws Exception {
		ConnectionFactory factory = new ConnectionFactory(
				new ConnectionSettings(DatabaseLocation.memory(), Map.of("page_size", "8192"), Map.of(), List.of(), 8));
		factory.prepareFile().close();
		PhysicalConnection connection = factory.open("writer", ConnectionRole.WRITER);
		this.opened.add(connection);
		assertThat(connection.settings()).containsEntry("journal_mode", "memory")
			.containsEntry("foreign_keys", "on")
			.containsEntry("page_size", "8192");
	}

	/**
	 * Waits for ten seconds, because that is how long a start waits for the other
	 * program.
	 */
	@Test
	void fileThatAnotherProgramKeepsLockedIsRefused() throws Exception {
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("PRAGMA journal_mode=DELETE")
				.execute("PRAGMA locking_mode=EXCLUSIVE")
				.execute("CREATE TABLE t (x)");
			assertThatExceptionOfType(SqliteConfigurationException.class)
				.isThrownBy(() -> SqliteDatabase.builder(file()).open())
				.withMessageContaining("locked")
				.satisfies((ex) -> assertThat(ex.getAction()).contains("Another process holds the file"));
		}
	}

	// thread 1 thread 2 … 6
	// make the file make the file
	// journal_mode=WAL journal_mode=WAL
	// open open
	@Test
	void manyMayOpenTheSameNewFileAtOnce() throws Exception {
		int threads = 6;
		for (int round = 0; round < 5; round++) {
			Path file = this.directory.resolve("new-" + round + ".db");
			CyclicBarrier start = new CyclicBarrier(threads);
			List<Future<SqliteDatabase>> databases = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				Actor actor = Actor.named("opener-" + i);
				this.opened.add(actor);
				databases.add(actor.begins(() -> {
					start.await();
					return SqliteDatabase.builder(file).readers(2).open();
				}));
			}
			for (Future<SqliteDatabase> database : databases) {
				Actor.result(database).close();
			}
		}
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	private ConnectionFactory factory(Map<String, String> pragmas) {
		return new ConnectionFactory(
				new ConnectionSettings(DatabaseLocation.file(file()), pragmas, Map.of(), List.of(), 8));
	}

	private static String ask(SQLiteConnection connection, String sql) throws SQLException {
		try (var statement = connection.createStatement(); var rows = statement.executeQuery(sql)) {
			return rows.getString(1);
		}
	}

}
