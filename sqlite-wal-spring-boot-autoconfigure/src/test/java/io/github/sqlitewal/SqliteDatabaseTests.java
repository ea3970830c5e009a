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

package io.github.sqlitewal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.fixture.OtherCheckpoints;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqliteDatabase}.
 */
class SqliteDatabaseTests {

	@TempDir
	Path directory;

	@Test
	void writesAndReadsWithoutSpring() throws Exception {
		try (SqliteDatabase database = SqliteDatabase.builder(this.directory.resolve("a/b/app.db")).open();
				Connection connection = database.dataSource().getConnection()) {
			try (Statement statement = connection.createStatement()) {
				statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
			}
			try (PreparedStatement statement = connection.prepareStatement("INSERT INTO t (name) VALUES (?)",
					Statement.RETURN_GENERATED_KEYS)) {
				statement.setString(1, "one");
				assertThat(statement.executeUpdate()).isEqualTo(1);
				try (ResultSet keys = statement.getGeneratedKeys()) {
					assertThat(keys.next()).isTrue();
					assertThat(keys.getLong(1)).isEqualTo(1);
				}
			}
			try (Statement statement = connection.createStatement();
					ResultSet rows = statement.executeQuery("SELECT name FROM t")) {
				assertThat(rows.next()).isTrue();
				assertThat(rows.getString("name")).isEqualTo("one");
			}
			assertThat(database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
				.isEqualTo(CheckpointOutcome.RESET);
		}
		assertThat(this.directory.resolve("a/b")).isDirectoryContaining("glob:**/app.db");
		try (var files = Files.list(this.directory.resolve("a/b"))) {
			assertThat(files).hasSize(1);
		}
	}

	@Test
	void readLockIsHeldForTheReadersUnlessAnotherProgramCheckpointsOrItIsSwitchedOff() throws Exception {
		assertThat(meet(SqliteDatabase.builder(this.directory.resolve("on.db")))).isPositive();
		assertThat(meet(SqliteDatabase.builder(this.directory.resolve("off.db")).holdReadLock(false))).isZero();
		assertThat(meet(SqliteDatabase.builder(this.directory.resolve("external.db")).externalCheckpoints(true)))
			.isZero();
	}

	private static long meet(SqliteDatabase.Builder builder) throws SQLException {
		try (SqliteDatabase database = builder.checkpointInterval(Duration.ZERO).open()) {
			return OtherCheckpoints.thatMeetAReader(database);
		}
	}

}
