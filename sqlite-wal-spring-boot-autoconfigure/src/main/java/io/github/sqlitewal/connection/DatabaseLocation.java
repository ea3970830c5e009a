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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Where a database is: one file, or the memory of this process.
 * <p>
 * Nothing here opens an existing file. POSIX locks belong to the process and to the file,
 * so that closing any descriptor of it would drop SQLite's locks
 * (sqlite.org/howtocorrupt, section 2.2); what must be known about the file is asked of
 * its directory entry.
 */
public final class DatabaseLocation {

	private static final String MEMORY = ":memory:";

	private final @Nullable Path file;

	private DatabaseLocation(@Nullable Path file) {
		this.file = file;
	}

	/**
	 * A database in a file.
	 * @param file the file, which need not exist, nor its directory
	 * @return the location
	 */
	public static DatabaseLocation file(Path file) {
		return new DatabaseLocation(file.toAbsolutePath().normalize());
	}

	/**
	 * A private database in memory, gone when it is closed.
	 * @return the location
	 */
	public static DatabaseLocation memory() {
		return new DatabaseLocation(null);
	}

	/**
	 * Reads a path as a user writes it.
	 * @param path a path of the file system, or {@code :memory:}
	 * @return the location
	 * @throws SqliteConfigurationException when it is no path
	 */
	public static DatabaseLocation of(String path) {
		String trimmed = path.trim();
		if (trimmed.equals(MEMORY)) {
			return memory();
		}
		if (trimmed.isEmpty() || trimmed.toLowerCase(Locale.ROOT).startsWith("jdbc:")) {
			throw new SqliteConfigurationException("'" + path + "' is not the path of a database file",
					"Set 'sqlite.path' to a path such as data/app.db, or 'spring.datasource.url' to a URL such as"
							+ " jdbc:sqlite:data/app.db.");
		}
		if (trimmed.startsWith("~") || trimmed.startsWith("file:") || trimmed.startsWith("classpath:")) {
			throw new SqliteConfigurationException("'" + path + "' would be taken for a file of that very name",
					"Set 'sqlite.path' to a path of the file system, for example ${user.home}/app.db for one in the"
							+ " home directory. The file must be writable, so it cannot be on the class path.");
		}
		try {
			return file(Path.of(trimmed));
		}
		catch (InvalidPathException ex) {
			throw new SqliteConfigurationException("'" + path + "' is not a path of this file system",
					"Set 'sqlite.path' to a path such as data/app.db.", ex);
		}
	}

	/**
	 * Whether the database is in memory only.
	 * @return whether there is no file
	 */
	public boolean isMemory() {
		return this.file == null;
	}

	/**
	 * The database file.
	 * @return an absolute path, or {@code null} for a database in memory
	 */
	public @Nullable Path file() {
		return this.file;
	}

	/**
	 * The WAL beside the database file.
	 * @return an absolute path, or {@code null} for a database in memory
	 */
	public @Nullable Path walFile() {
		return (this.file != null) ? this.file.resolveSibling(this.file.getFileName() + "-wal") : null;
	}

	/**
	 * The size of the WAL file, which SQLite keeps when it starts over in it.
	 * @return bytes, zero when there is none
	 */
	public long walBytes() {
		Path wal = walFile();
		try {
			return (wal != null && Files.exists(wal)) ? Files.size(wal) : 0;
		}
		catch (IOException ex) {
			// deleted in between by the last connection of another process
			return 0;
		}
	}

	/**
	 * What tells this file from another one under the same name.
	 * @return the key, or {@code null} when there is no file
	 */
	public @Nullable Object fileKey() {
		if (this.file == null) {
			return null;
		}
		try {
			BasicFileAttributes attributes = Files.readAttributes(this.file, BasicFileAttributes.class);
			Object key = attributes.fileKey();
			// file systems without keys (Windows) cannot tell, so existence must do
			return (key != null) ? key : "exists";
		}
		catch (IOException ex) {
			return null;
		}
	}

	/**
	 * Makes the directories and the file. A new file can be read and written by its owner
	 * only; SQLite gives the same permissions to the files it makes beside it.
	 */
	void create() {
		if (this.file == null) {
			return;
		}
		Path directory = this.file.getParent();
		try {
			if (directory != null) {
				Files.createDirectories(directory);
			}
			if (Files.isDirectory(this.file)) {
				throw new SqliteConfigurationException("'" + this.file + "' is a directory",
						"Set 'sqlite.path' to a file, for example " + this.file.resolve("app.db") + ".");
			}
			if (Files.notExists(this.file)) {
				if (this.file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
					Files.createFile(this.file,
							PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
				}
				else {
					Files.createFile(this.file);
				}
			}
		}
		catch (FileAlreadyExistsException ex) {
			if (directory != null && !Files.isDirectory(directory)) {
				throw unusable(ex);
			}
			// another process was faster, and its file is as good
		}
		catch (IOException ex) {
			throw unusable(ex);
		}
		catch (UncheckedIOException ex) {
			throw unusable(ex);
		}
	}

	private SqliteConfigurationException unusable(Exception cause) {
		return new SqliteConfigurationException("The database file '" + this.file + "' cannot be made: " + cause,
				"Make its directory writable for the user that runs the application, or set 'sqlite.path' to a file"
						+ " in a directory that is. SQLite makes two more files beside it while it is open.",
				cause);
	}

	/**
	 * The URL for the driver.
	 * @return a URL
	 */
	String jdbcUrl() {
		if (this.file == null) {
			return "jdbc:sqlite:" + MEMORY;
		}
		String name = this.file.toString();
		// the driver takes what follows a question mark for its own parameters
		return "jdbc:sqlite:" + (name.contains("?") ? this.file.toUri().toString() : name);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof DatabaseLocation that && Objects.equals(this.file, that.file);
	}

	@Override
	public int hashCode() {
		return Objects.hashCode(this.file);
	}

	@Override
	public String toString() {
		return (this.file != null) ? this.file.toString() : MEMORY;
	}

}
