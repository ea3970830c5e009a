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

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Function;

import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What {@link SqliteDatabase} notices of its file, and of those who share it.
 */
class SqliteDatabaseFileTests {

	@TempDir
	Path directory;

	private final AtomicInteger calls = new AtomicInteger();

	private SqliteDatabase database;

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(file())
			.readers(2)
			.shutdownTimeout(Duration.ofSeconds(1))
			.customizer((connection, role) -> Function.create(connection, "call", new Function() {

				@Override
				protected void xFunc() throws SQLException {
					result(SqliteDatabaseFileTests.this.calls.incrementAndGet());
				}

			}))
			.open();
		execute("CREATE TABLE t (x)");
		execute("INSERT INTO t VALUES (1)");
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	@Test
	void fileIsInPlaceWhileItIsUsed() throws Exception {
		assertThat(this.database.isFileInPlace()).isTrue();
		execute("INSERT INTO t VALUES (2)");
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		assertThat(this.database.isFileInPlace()).isTrue();
	}

	@Test
	void fileThatWasDeletedIsNotInPlace() throws Exception {
		Files.delete(file());
		assertThat(this.database.isFileInPlace()).isFalse();
	}

	@Test
	void fileThatWasReplacedIsNotInPlace() throws Exception {
		Path restored = this.directory.resolve("restored.db");
		try (PlainConnection other = PlainConnection.to(restored)) {
			other.execute("CREATE TABLE t (x)");
		}
		Files.move(restored, file(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
		assertThat(this.database.isFileInPlace()).isFalse();
	}

	@Test
	void databaseInMemoryIsAlwaysInPlace() {
		try (SqliteDatabase memory = SqliteDatabase.builder(DatabaseLocation.memory()).open()) {
			assertThat(memory.isFileInPlace()).isTrue();
			assertThatNoException().isThrownBy(memory::probe);
		}
	}

	@Test
	void probeOfAHealthyFileSucceedsAgainAndAgain() {
		for (int i = 0; i < 3; i++) {
			assertThatNoException().isThrownBy(this.database::probe);
		}
	}

	@Test
	void probeFindsAFileThatWasOverwritten() throws Exception {
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		this.database.probe();
		byte[] whole = overwrite("garbage");
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.database::probe);
		// and finds it healed, on a connection that was opened anew
		try (var channel = Files.newByteChannel(file(), StandardOpenOption.WRITE)) {
			channel.write(ByteBuffer.wrap(whole));
		}
		assertThatNoException().isThrownBy(this.database::probe);
	}

	private byte[] overwrite(String with) throws IOException {
		byte[] whole = Files.readAllBytes(file());
		byte[] garbage = new byte[whole.length];
		for (int i = 0; i < garbage.length; i++) {
			garbage[i] = (byte) with.charAt(i % with.length());
		}
		assertThat(Arrays.equals(whole, garbage)).isFalse();
		try (var channel = Files.newByteChannel(file(), StandardOpenOption.WRITE)) {
			channel.write(ByteBuffer.wrap(garbage));
		}
		return whole;
	}

	// another process this process
	// BEGIN IMMEDIATE
	// .............................. INSERT call(): busy, again …
	// COMMIT
	// .............................. INSERT call(), once
	@Test
	void statementThatWaitsForAnotherProcessRunsOnce() throws Exception {
		try (PlainConnection other = PlainConnection.to(file()); Actor writer = Actor.named("writer")) {
			other.execute("BEGIN IMMEDIATE");
			var inserted = writer.begins(() -> {
				execute("INSERT INTO t VALUES (call())");
				return true;
			});
			org.awaitility.Awaitility.await().until(() -> this.database.status().writer() != null);
			assertThat(this.calls).hasValue(0);
			other.execute("INSERT INTO t VALUES (0)").execute("COMMIT");
			assertThat(Actor.result(inserted)).isTrue();
			assertThat(this.calls).hasValue(1);
			assertThat(other.query("SELECT group_concat(x) FROM t")).isEqualTo("1,0,1");
		}
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

}
