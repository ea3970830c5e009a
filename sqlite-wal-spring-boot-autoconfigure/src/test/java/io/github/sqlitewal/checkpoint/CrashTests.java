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

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A crash at any moment of a checkpoint loses no committed transaction and leaves half of
 * none.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class CrashTests {

	private static final int KILLS = 3;

	@TempDir
	Path directory;

	// @formatter:off
	//
	// INSERT, COMMIT
	//                    PASSIVE
	//                    RESTART
	// INSERT, COMMIT
	//                    TRUNCATE
	//
	// and the power goes after each of them
	//
	// @formatter:on
	@Test
	void nothingIsLostBetweenTheStepsOfACheckpoint() throws Exception {
		try (CheckpointDatabase database = CheckpointDatabase.in(this.directory)) {
			database.insert(20);
			assertCopyIsWhole(database, 20);
			assertThat(database.checkpointer().checkpoint(CheckpointMode.PASSIVE).outcome())
				.isEqualTo(CheckpointOutcome.COMPLETE);
			assertCopyIsWhole(database, 20);
			for (int rows = 21; rows < 25; rows++) {
				// copied in parts
				try (Connection reading = database.reading("SELECT count(*) FROM t")) {
					database.insert(1);
					assertThat(database.checkpointer().checkpoint(CheckpointMode.PASSIVE).outcome())
						.isEqualTo(CheckpointOutcome.PARTIAL);
					assertCopyIsWhole(database, rows);
					assertThat(CheckpointDatabase.query(reading, "SELECT count(*) FROM t"))
						.isEqualTo(String.valueOf(rows - 1));
				}
				assertThat(database.startOver().outcome()).isEqualTo(CheckpointOutcome.RESET);
				assertCopyIsWhole(database, rows);
			}
			// over the old frames
			database.insert(1);
			assertCopyIsWhole(database, 25);
			assertThat(database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
				.isEqualTo(CheckpointOutcome.RESET);
			assertCopyIsWhole(database, 25);
			database.insert(1);
			assertCopyIsWhole(database, 26);
		}
	}

	// @formatter:off
	//
	// process                                                  test
	// writes, reads, starts over again and again
	// says each version that is committed
	//                                                          kill -9
	//                                                          opens: has all that was said
	//
	// @formatter:on
	@Test
	void nothingIsLostWhenTheProcessIsKilledInTheMiddleOfManyRounds() throws Exception {
		Path file = this.directory.resolve("app.db");
		for (int kill = 0; kill < KILLS; kill++) {
			long said = runAndKill(file);
			try (CheckpointDatabase database = CheckpointDatabase.in(this.directory,
					(builder) -> builder.checkpointTriggerSize(RoundsProcess.TRIGGER))) {
				assertThat(database.query("PRAGMA integrity_check")).isEqualTo("ok");
				assertThat(database.query("SELECT count(DISTINCT v) FROM pages")).as("no half transaction")
					.isEqualTo("1");
				assertThat(Long.parseLong(database.query("SELECT max(v) FROM pages"))).as("what was committed")
					.isGreaterThanOrEqualTo(said);
			}
		}
	}

	/**
	 * Lets the process go on for some hundred transactions.
	 * @return the last version that it said was committed
	 */
	private static long runAndKill(Path file) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx64m", "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"), "-cp",
				System.getProperty("java.class.path"), RoundsProcess.class.getName(), file.toString())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
			String line = out.readLine();
			for (int i = 0; i < 300 && line != null; i++) {
				line = out.readLine();
			}
			// the process itself would close the stream, and what it said last be lost
			process.toHandle().destroyForcibly();
			process.waitFor();
			return lastOf(out, line);
		}
		finally {
			process.destroyForcibly().waitFor();
		}
	}

	private static long lastOf(BufferedReader out, String first) throws IOException {
		long last = -1;
		String line = first;
		while (line != null) {
			// the last line may have been cut off by the kill
			if (line.endsWith(".")) {
				last = Long.parseLong(line.substring(0, line.length() - 1));
			}
			line = readQuietly(out);
		}
		assertThat(last).as("the process has written").isPositive();
		return last;
	}

	private static String readQuietly(BufferedReader out) {
		try {
			return out.readLine();
		}
		catch (IOException ex) {
			// the stream of a process that was killed
			return null;
		}
	}

	/**
	 * Opens a copy of the file and its WAL, as they would be there after a crash at this
	 * moment.
	 */
	private void assertCopyIsWhole(CheckpointDatabase database, int rows) throws Exception {
		Path copy = this.directory.resolve("copy.db");
		Path wal = this.directory.resolve("copy.db-wal");
		Files.deleteIfExists(copy);
		Files.deleteIfExists(wal);
		CheckpointDatabase.copy(database.file(), copy);
		CheckpointDatabase.copy(this.directory.resolve("app.db-wal"), wal);
		assertThat(PlainConnection.ask(copy, "PRAGMA integrity_check")).isEqualTo("ok");
		assertThat(PlainConnection.ask(copy, "SELECT count(*) FROM t")).isEqualTo(String.valueOf(rows));
	}

	/**
	 * A process that writes, reads and checkpoints until it is killed.
	 */
	static final class RoundsProcess {

		static final long TRIGGER = 64 << 10;

		private RoundsProcess() {
		}

		public static void main(String[] args) throws SQLException {
			SqliteDatabase database = SqliteDatabase.builder(Path.of(args[0]))
				.readers(2)
				.checkpointTriggerSize(TRIGGER)
				.checkpointInterval(Duration.ofMillis(5))
				.open();
			try (Connection connection = database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				statement.execute("CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, v INTEGER, filler)");
				statement.execute("INSERT OR IGNORE INTO pages VALUES (1, 0, zeroblob(3000)), (2, 0, zeroblob(3000)),"
						+ " (3, 0, zeroblob(3000)), (4, 0, zeroblob(3000))");
			}
			for (int i = 0; i < 2; i++) {
				Thread reader = new Thread(() -> read(database));
				reader.setDaemon(true);
				reader.start();
			}
			write(database);
		}

		private static void write(SqliteDatabase database) throws SQLException {
			try (Connection connection = database.dataSource().getConnection();
					PreparedStatement update = connection.prepareStatement("UPDATE pages SET v = v + 1 WHERE id = ?")) {
				connection.setAutoCommit(false);
				while (true) {
					for (int id = 1; id <= 4; id++) {
						update.setInt(1, id);
						update.executeUpdate();
					}
					String version = CheckpointDatabase.query(connection, "SELECT max(v) FROM pages");
					connection.commit();
					System.out.println(version + ".");
				}
			}
		}

		private static void read(SqliteDatabase database) {
			try (Connection connection = database.dataSource().getConnection()) {
				while (true) {
					CheckpointDatabase.query(connection, "SELECT count(*) FROM pages");
				}
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
