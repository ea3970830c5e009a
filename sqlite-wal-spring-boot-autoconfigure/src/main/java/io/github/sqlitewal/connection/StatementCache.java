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

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Prepared statements of one physical connection, least recently used out first. Reuse
 * halves the cost of a small statement, because the driver has no cache and prepares anew
 * each time.
 * <p>
 * A statement is out of the cache while it is in use, so that the same SQL can be nested:
 * the inner use prepares a second one. SQLite itself prepares a statement again when the
 * schema has changed, and the driver reads the column names anew at each execution, so a
 * cached statement is never stale.
 * <p>
 * A lease passes it from one thread to the next. Only when the database closes and cannot
 * wait any longer is it cleared beside the thread that uses it, hence the lock, which
 * nobody else ever waits for.
 */
final class StatementCache {

	private final int capacity;

	private final LinkedHashMap<String, PreparedStatement> idle = new LinkedHashMap<>(64, 0.75f, false);

	private volatile long hits;

	private volatile long misses;

	private boolean cleared;

	StatementCache(int capacity) {
		this.capacity = capacity;
	}

	synchronized @Nullable PreparedStatement take(String sql) {
		PreparedStatement statement = this.idle.remove(sql);
		if (statement != null) {
			this.hits++;
		}
		else {
			this.misses++;
		}
		return statement;
	}

	/**
	 * Gives a statement back, which had no error and has no open result set.
	 * @param sql its SQL
	 * @param statement the statement
	 * @throws SQLException when a statement that fell out could not be closed
	 */
	synchronized void put(String sql, PreparedStatement statement) throws SQLException {
		if (this.capacity == 0 || this.cleared) {
			statement.close();
			return;
		}
		PreparedStatement twin = this.idle.put(sql, statement);
		if (twin != null) {
			twin.close();
		}
		else if (this.idle.size() > this.capacity) {
			Map.Entry<String, PreparedStatement> eldest = this.idle.entrySet().iterator().next();
			this.idle.remove(eldest.getKey());
			eldest.getValue().close();
		}
	}

	/**
	 * Closes all statements, and from now on each that is given back.
	 * @throws SQLException when one could not be closed
	 */
	synchronized void clear() throws SQLException {
		this.cleared = true;
		for (PreparedStatement statement : this.idle.values()) {
			statement.close();
		}
		this.idle.clear();
	}

	long hits() {
		return this.hits;
	}

	long misses() {
		return this.misses;
	}

	synchronized int size() {
		return this.idle.size();
	}

}
