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

package io.github.sqlitewal.benchmarks.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The files of a run: one with rows, made once, and a copy of it for each measurement. No
 * file is touched here while a connection of this process is open on it, because closing
 * it would drop SQLite's locks.
 */
public final class DatabaseFiles implements AutoCloseable {

	private final Path directory;

	private final Path original;

	private int copies;

	/**
	 * Makes the file with rows.
	 * @param parent a directory, in which one is made for the run
	 * @param rows how many rows, with keys from 1
	 * @throws IOException when the directory cannot be made
	 * @throws SQLException when the rows cannot be inserted
	 */
	public DatabaseFiles(Path parent, int rows) throws IOException, SQLException {
		Files.createDirectories(parent);
		this.directory = Files.createTempDirectory(parent, "benchmarks-");
		this.original = this.directory.resolve("original.db");
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + this.original);
				Statement statement = connection.createStatement()) {
			statement.execute(Sql.CREATE);
			connection.setAutoCommit(false);
			try (PreparedStatement insert = connection.prepareStatement(Sql.INSERT)) {
				for (int i = 0; i < rows; i++) {
					Item item = Item.sample(i);
					insert.setString(1, item.name());
					insert.setString(2, item.payload());
					insert.setLong(3, item.createdAt());
					insert.executeUpdate();
				}
			}
			connection.commit();
		}
	}

	/**
	 * Copies the file with rows.
	 * @return the copy, alone in its directory
	 * @throws IOException when it cannot be copied
	 */
	public Path copy() throws IOException {
		Path copy = Files.createDirectory(this.directory.resolve(String.valueOf(++this.copies))).resolve("app.db");
		return Files.copy(this.original, copy);
	}

	/**
	 * Deletes a copy and what SQLite left beside it.
	 * @param copy the copy, closed by everybody
	 * @throws IOException when it cannot be deleted
	 */
	public void delete(Path copy) throws IOException {
		deleteTree(Objects.requireNonNull(copy.getParent()));
	}

	/**
	 * Where the files are.
	 * @return a directory
	 */
	public Path directory() {
		return this.directory;
	}

	@Override
	public void close() throws IOException {
		deleteTree(this.directory);
	}

	private static void deleteTree(Path root) throws IOException {
		try (Stream<Path> paths = Files.walk(root)) {
			paths.sorted(Comparator.reverseOrder()).forEach((path) -> {
				try {
					Files.delete(path);
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			});
		}
	}

}
