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

package io.github.sqlitewal.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

import org.sqlite.SQLiteConfig;

/**
 * Another process that reads the journal's file, with nothing but JDBC: it opens the
 * file, says {@value #READY}, waits for a line with the id up to which to read, answers
 * with one line of JSON and ends. It also ends when its standard input does, so it cannot
 * outlive the process that started it.
 */
final class Worker {

	static final String ARGUMENT = "worker";

	static final String READY = "ready";

	private static final int BUSY_TIMEOUT_MILLIS = 10_000;

	private Worker() {
	}

	static void run(Path file) throws SQLException, IOException {
		SQLiteConfig config = new SQLiteConfig();
		config.setReadOnly(true);
		config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
		try (Connection connection = config.createConnection("jdbc:sqlite:" + file)) {
			// SQLite opens the file at the first read, and that should be behind us
			try (Statement statement = connection.createStatement();
					ResultSet version = statement.executeQuery("PRAGMA schema_version")) {
				version.next();
			}
			System.out.println(READY);
			BufferedReader signal = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			String maxId = signal.readLine();
			if (maxId != null) {
				System.out.println(read(connection, Long.parseLong(maxId)));
			}
		}
	}

	private static String read(Connection connection, long maxId) throws SQLException {
		long start = System.nanoTime();
		try (PreparedStatement statement = connection.prepareStatement(JournalExtent.QUERY)) {
			statement.setLong(1, maxId);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				JournalExtent seen = JournalExtent.of(row);
				return String.format(Locale.ROOT, "{\"pid\":%d,\"rows\":%d,\"maxId\":%d,\"checksum\":%d,\"ms\":%.1f}",
						ProcessHandle.current().pid(), seen.rows(), seen.maxId(), seen.checksum(),
						(System.nanoTime() - start) / 1e6);
			}
		}
	}

}
