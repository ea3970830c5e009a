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

package io.github.sqlitewal.autoconfigure.health;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.github.sqlitewal.DurableDatabase;
import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.PoolStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link SqliteHealthIndicator} and {@link SqliteDataSourceHealthIndicator}.
 */
class SqliteHealthIndicatorTests {

	@TempDir
	private Path directory;

	private Path file;

	private SqliteDatabase database;

	@BeforeEach
	void open() throws SQLException {
		this.file = this.directory.resolve("app.db");
		this.database = SqliteDatabase.builder(this.file).readers(1).open();
		execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	@Test
	void healthyDatabaseIsUp() throws Exception {
		execute("INSERT INTO t VALUES (1)");
		Health health = sqlite();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("journalMode", "wal")
			.containsEntry("durability", "process-crash")
			.containsEntry("sqliteVersion", this.database.sqliteVersion())
			.containsEntry("walCheckpointedFrames", 0L)
			.containsEntry("walBytes", Files.size(this.directory.resolve("app.db-wal")))
			.containsEntry("queuedWrites", 0)
			.doesNotContainKeys("lastCheckpoint", "writer", "error");
		assertThat((long) health.getDetails().get("walFrames")).isPositive();
	}

	@Test
	void showsTheLastCheckpoint() {
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		assertThat(sqlite().getDetails())
			.containsEntry("lastCheckpoint",
					Map.of("mode", "TRUNCATE", "outcome", "RESET", "at",
							this.database.checkpointer().history().get(0).startedAt()))
			.containsEntry("walFrames", 0L)
			.containsEntry("walBytes", 0L);
	}

	@Test
	void showsWhoHoldsTheWriter() throws Exception {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("INSERT INTO t\n\tVALUES (2)");
			assertThat(sqlite().getDetails()).extractingByKey("writer")
				.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
				.containsEntry("thread", Thread.currentThread().getName())
				.containsEntry("sql", "INSERT INTO t VALUES (2)")
				.containsKey("heldMs");
			connection.rollback();
		}
	}

	@Test
	void showsTheOldestReadWhenItIsTooOld() throws Exception {
		for (Duration maxAge : List.of(Duration.ZERO, Duration.ofHours(1), Duration.ofNanos(1))) {
			try (SqliteDatabase database = SqliteDatabase.builder(this.directory.resolve("reads.db"))
				.maxReadAge(maxAge)
				.open();
					Connection connection = database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				assertThat(new SqliteHealthIndicator(database).health().getDetails()).doesNotContainKey("oldestRead");
				statement.executeQuery("SELECT 1");
				Health health = new SqliteHealthIndicator(database).health();
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				if (maxAge.equals(Duration.ofNanos(1))) {
					assertThat(health.getDetails()).extractingByKey("oldestRead")
						.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
						.containsEntry("thread", Thread.currentThread().getName())
						.containsEntry("sql", "SELECT 1")
						.containsKey("heldMs");
				}
				else {
					assertThat(health.getDetails()).doesNotContainKey("oldestRead");
				}
			}
		}
	}

	@Test
	void deletedFileIsDown() throws Exception {
		Files.delete(this.file);
		assertDown("deleted or replaced");
	}

	@Test
	void replacedFileIsDown() throws Exception {
		Path other = Files.createFile(this.directory.resolve("other.db"));
		Files.move(other, this.file, StandardCopyOption.REPLACE_EXISTING);
		assertDown("deleted or replaced");
	}

	@Test
	void damagedFileIsDown() throws Exception {
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		byte[] header = new byte[100];
		try (RandomAccessFile raw = new RandomAccessFile(this.file.toFile(), "rw")) {
			raw.readFully(header);
			raw.seek(0);
			raw.write(new byte[100]);
		}
		assertDown("SQLITE_NOTADB");
		try (RandomAccessFile raw = new RandomAccessFile(this.file.toFile(), "rw")) {
			raw.write(header);
		}
		assertThat(sqlite().getStatus()).isEqualTo(Status.UP);
		assertThat(db().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void closedDatabaseIsDown() {
		this.database.close();
		assertDown("closed");
	}

	@Test
	void databaseWhoseSyncFailedIsDown() throws Exception {
		this.database.close();
		ScriptedWal wal = new ScriptedWal();
		this.database = DurableDatabase.builder(this.file, wal).open();
		assertThat(sqlite().getStatus()).isEqualTo(Status.UP);
		assertThat(sqlite().getDetails()).containsEntry("durability", "power-loss");
		wal.fail(new IOException("Input/output error"));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute("INSERT INTO t VALUES (1)"));
		assertDown("Input/output error");
	}

	@Test
	void commitsThatShareASyncAreCounted() throws Exception {
		assertThat(sqlite().getDetails()).as("no commit waits for a sync").doesNotContainKey("commitsPerSync");
		this.database.close();
		this.database = DurableDatabase.builder(this.file, new ScriptedWal()).open();
		assertThat(sqlite().getDetails()).containsEntry("commitsPerSync", 0.0);
		execute("INSERT INTO t VALUES (1)");
		execute("INSERT INTO t VALUES (2)");
		assertThat(sqlite().getDetails()).containsEntry("commitsPerSync", 1.0);
	}

	@Test
	void databaseThatLeftWalModeIsDown() throws Exception {
		// SQLite does not let go of WAL while a connection is open, so this is played
		SqliteDatabase database = mock(SqliteDatabase.class);
		SqliteCheckpointer checkpointer = mock(SqliteCheckpointer.class);
		given(database.location()).willReturn(DatabaseLocation.file(this.file));
		given(database.sqliteVersion()).willReturn("3.54.1");
		given(database.status()).willReturn(new PoolStatus(null, 0, 0, 0, false, List.of()));
		given(database.checkpointer()).willReturn(checkpointer);
		given(database.durability()).willReturn(Durability.PROCESS_CRASH);
		given(database.isFileInPlace()).willReturn(true);
		given(checkpointer.walStatus()).willReturn(new WalStatus(-1, -1, 0, Instant.now()));
		Health health = new SqliteHealthIndicator(database).health();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("journalMode", "unknown");
	}

	@Test
	void databaseInMemoryIsUpUntilItIsClosed() {
		SqliteDatabase memory = SqliteDatabase.builder(DatabaseLocation.memory()).open();
		try (memory) {
			Health health = new SqliteHealthIndicator(memory).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsOnlyKeys("journalMode", "sqliteVersion", "queuedWrites")
				.containsEntry("journalMode", "memory");
			assertThat(new SqliteDataSourceHealthIndicator(memory).health().getDetails())
				.containsEntry("validationQuery", "isValid()");
		}
		assertThat(new SqliteHealthIndicator(memory).health().getStatus()).isEqualTo(Status.DOWN);
	}

	private void assertDown(String error) {
		for (Health health : List.of(sqlite(), db())) {
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails()).extractingByKey("error").asString().contains(error);
		}
	}

	private Health sqlite() {
		return new SqliteHealthIndicator(this.database).health();
	}

	private Health db() {
		return new SqliteDataSourceHealthIndicator(this.database).health();
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
