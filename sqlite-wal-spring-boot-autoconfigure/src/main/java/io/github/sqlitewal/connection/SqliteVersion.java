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

/**
 * A version of the SQLite library.
 *
 * @param major the first number
 * @param minor the second number
 * @param patch the third number
 */
public record SqliteVersion(int major, int minor, int patch) implements Comparable<SqliteVersion> {

	/**
	 * The first version in which a checkpoint on one connection cannot corrupt the WAL
	 * that another connection is resetting.
	 * @see <a href="https://www.sqlite.org/wal.html#walresetbug">The WAL-reset bug</a>
	 */
	static final SqliteVersion MINIMUM = new SqliteVersion(3, 51, 3);

	/**
	 * Parses what {@code sqlite_version()} returns.
	 * @param version for example {@code 3.54.1}
	 * @return the version
	 */
	public static SqliteVersion parse(String version) {
		String[] parts = version.split("\\.", -1);
		if (parts.length < 3) {
			throw new IllegalArgumentException("Not a version of SQLite: '" + version + "'");
		}
		return new SqliteVersion(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
	}

	void requireSupported() {
		if (compareTo(MINIMUM) < 0) {
			throw new SqliteConfigurationException(
					"SQLite " + this + " can corrupt a database when a checkpoint runs beside a writer"
							+ " (the WAL-reset bug, fixed in " + MINIMUM + ")",
					"Use org.xerial:sqlite-jdbc 3.51.3.0 or later. With Spring Boot's dependency management, set the"
							+ " property 'sqlite-jdbc.version', for example to 3.54.1.0.");
		}
	}

	@Override
	public int compareTo(SqliteVersion other) {
		int result = Integer.compare(this.major, other.major);
		result = (result != 0) ? result : Integer.compare(this.minor, other.minor);
		return (result != 0) ? result : Integer.compare(this.patch, other.patch);
	}

	@Override
	public String toString() {
		return this.major + "." + this.minor + "." + this.patch;
	}

}
