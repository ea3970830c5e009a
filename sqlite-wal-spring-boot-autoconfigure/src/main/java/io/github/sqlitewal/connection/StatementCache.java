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

import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Prepared statements of one physical connection, least recently used out first. Reuse
 * halves the cost of a small statement, because the driver has no cache and prepares anew
 * each time.
 * <p>
 * A statement stays here while it is in use, and is marked, so that to use it costs no
 * more than a look into the map. The same SQL can be nested: the inner use finds it in
 * use and prepares a second one, which is closed when it comes back. One that falls out
 * while it is in use comes in again when it is given back.
 * <p>
 * SQLite itself prepares a statement again when it runs after the schema has changed, in
 * this connection or another, and the names and the number of its columns are read after
 * that. So a cached statement is never stale; only one that is asked for its columns
 * without being run would be, and that is not asked here.
 * <p>
 * A lease passes it from one thread to the next. Only when the database closes and cannot
 * wait any longer is it cleared beside the thread that uses it, hence the lock, which
 * nobody else ever waits for.
 */
final class StatementCache {

	private final int capacity;

	private final LinkedHashMap<String, DriverStatement> statements = new LinkedHashMap<>(64, 0.75f, true);

	private volatile long hits;

	private volatile long misses;

	private volatile long evictions;

	private boolean cleared;

	StatementCache(int capacity) {
		this.capacity = capacity;
	}

	synchronized @Nullable DriverStatement take(String sql) {
		DriverStatement statement = this.statements.get(sql);
		if (statement == null || statement.inUse) {
			this.misses++;
			return null;
		}
		this.hits++;
		statement.inUse = true;
		return statement;
	}

	/**
	 * Gives a statement back, which had no error and has no open result set.
	 * @param statement the statement, of this cache or a new one
	 * @throws SQLException when a statement that fell out could not be closed
	 */
	@SuppressWarnings("ReferenceEquality") // a twin has the same SQL
	synchronized void put(DriverStatement statement) throws SQLException {
		if (this.capacity == 0 || this.cleared) {
			statement.close();
			return;
		}
		DriverStatement cached = this.statements.putIfAbsent(statement.sql(), statement);
		if (cached != null && cached != statement) {
			statement.close();
			return;
		}
		statement.inUse = false;
		if (cached == null && this.statements.size() > this.capacity) {
			evictEldest();
		}
	}

	private void evictEldest() throws SQLException {
		Iterator<DriverStatement> eldestFirst = this.statements.values().iterator();
		DriverStatement eldest = eldestFirst.next();
		eldestFirst.remove();
		this.evictions++;
		if (!eldest.inUse) {
			eldest.close();
		}
	}

	/**
	 * Closes a statement that failed.
	 * @param statement the statement, of this cache or a new one
	 * @throws SQLException SQLite's error from before
	 */
	synchronized void discard(DriverStatement statement) throws SQLException {
		this.statements.remove(statement.sql(), statement);
		statement.close();
	}

	/**
	 * Closes all statements, those in use when they are given back.
	 * @throws SQLException when one could not be closed
	 */
	synchronized void clear() throws SQLException {
		this.cleared = true;
		for (DriverStatement statement : this.statements.values()) {
			if (!statement.inUse) {
				statement.close();
			}
		}
		this.statements.clear();
	}

	long hits() {
		return this.hits;
	}

	long misses() {
		return this.misses;
	}

	long evictions() {
		return this.evictions;
	}

	synchronized int size() {
		return this.statements.size();
	}

}
