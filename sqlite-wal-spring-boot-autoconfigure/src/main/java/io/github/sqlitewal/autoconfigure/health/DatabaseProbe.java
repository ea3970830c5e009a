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

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.SqliteDatabase;

/**
 * What makes a database unhealthy, in the order in which it can be said. Asks the
 * maintenance connection only, and not even that while a checkpoint uses it.
 */
final class DatabaseProbe {

	private DatabaseProbe() {
	}

	/**
	 * Looks for what is wrong.
	 * @param database the database
	 * @return what is wrong, or {@code null} when nothing is
	 * @throws SQLException when the file is damaged or cannot be read
	 */
	static @Nullable String findProblem(SqliteDatabase database) throws SQLException {
		if (database.isClosed()) {
			return "The database is closed";
		}
		if (!database.isFileInPlace()) {
			return "The file " + database.location() + " was deleted or replaced while it is open; what is written"
					+ " now is lost when the application stops";
		}
		database.probe();
		return database.writeRefusal();
	}

}
