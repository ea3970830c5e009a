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

/**
 * The statements of all peers.
 */
final class Sql {

	static final String CREATE = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
			+ " payload TEXT NOT NULL, created_at INTEGER NOT NULL)";

	static final String SELECT = "SELECT id, name, payload, created_at FROM item WHERE id = ?";

	static final String SCAN = "SELECT sum(length(payload)) FROM item WHERE id BETWEEN ? AND ?";

	static final String INSERT = "INSERT INTO item (name, payload, created_at) VALUES (?, ?, ?)";

	static final String UPDATE = "UPDATE item SET name = ?, payload = ?, created_at = ? WHERE id = ?";

	private Sql() {
	}

	static long requireOne(long count) {
		if (count != 1) {
			throw new IllegalStateException("One row was to change, and " + count + " did");
		}
		return count;
	}

}
