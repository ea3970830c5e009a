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

package io.github.sqlitewal.benchmarks.checkpoint;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WalWatch}, with a WAL of SQLite's own.
 */
class WalWatchTests {

	@TempDir
	Path directory;

	@Test
	void eachTimeThatTheWalStartsOverIsOneReset() throws Exception {
		try (Connection connection = connect(); WalWatch watch = new WalWatch(file())) {
			write(connection);
			watch.begin();
			write(connection);
			watch.sample(System.nanoTime());
			assertThat(watch.resets()).isZero();
			checkpoint(connection, "RESTART");
			write(connection);
			watch.sample(System.nanoTime());
			assertThat(watch.resets()).isEqualTo(1);
			checkpoint(connection, "TRUNCATE");
			watch.sample(System.nanoTime());
			write(connection);
			watch.sample(System.nanoTime());
			assertThat(watch.resets()).isEqualTo(2);
		}
	}

	@Test
	void resetsBetweenTwoLooksAreAllCounted() throws Exception {
		try (Connection connection = connect(); WalWatch watch = new WalWatch(file())) {
			write(connection);
			watch.begin();
			for (int i = 0; i < 5; i++) {
				checkpoint(connection, "PASSIVE");
				write(connection);
			}
			watch.sample(System.nanoTime());
			assertThat(watch.resets()).isEqualTo(5);
		}
	}

	/**
	 * The writer has never started the WAL over itself, and takes a random salt each
	 * time.
	 */
	@Test
	void resetByAnotherConnectionIsOneReset() throws Exception {
		try (Connection writer = connect();
				Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
				WalWatch watch = new WalWatch(file())) {
			write(writer);
			watch.begin();
			for (int i = 1; i <= 20; i++) {
				checkpoint(other, "TRUNCATE");
				write(writer);
				watch.sample(System.nanoTime());
				assertThat(watch.resets()).isEqualTo(i);
			}
		}
	}

	@Test
	void largestSizeIsKept() throws Exception {
		try (Connection connection = connect(); WalWatch watch = new WalWatch(file())) {
			write(connection);
			watch.begin();
			watch.sample(System.nanoTime());
			checkpoint(connection, "TRUNCATE");
			watch.sample(System.nanoTime());
			// a header of 32 bytes, and at least one frame of a header of 24 and a page
			assertThat(watch.addTo(new Measurement()).get(Quantity.WAL_SIZE)).isGreaterThanOrEqualTo(32 + 24 + 4096);
		}
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	private Connection connect() throws SQLException {
		Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file() + "?journal_mode=WAL");
		try (Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
		}
		return connection;
	}

	private static void write(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("INSERT INTO t DEFAULT VALUES");
		}
	}

	private static void checkpoint(Connection connection, String mode) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")").close();
		}
	}

}
