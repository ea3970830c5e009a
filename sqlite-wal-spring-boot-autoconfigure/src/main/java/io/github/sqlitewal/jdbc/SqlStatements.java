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

package io.github.sqlitewal.jdbc;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What has been found out about SQL texts, so that a text that comes again is not read
 * again. Safe for use by many threads.
 * <p>
 * Bounded, because a program may make its texts. When it is full it is emptied, which
 * costs each text that is still used one reading; to know which ones those are would cost
 * every look-up more than the reading does.
 */
final class SqlStatements {

	static final int CAPACITY = 512;

	/** A longer text is made by a program, and is not likely to come again. */
	static final int MAX_LENGTH = 4096;

	private final ConcurrentMap<String, SqlStatement> statements = new ConcurrentHashMap<>();

	/**
	 * Reads the first statement of a text.
	 * @param sql the text
	 * @return what {@link SqlStatement#parse} finds in it
	 */
	SqlStatement get(String sql) {
		SqlStatement statement = this.statements.get(sql);
		return (statement != null) ? statement : read(sql);
	}

	private SqlStatement read(String sql) {
		SqlStatement statement = SqlStatement.parse(sql);
		if (sql.length() <= MAX_LENGTH) {
			if (this.statements.size() >= CAPACITY) {
				this.statements.clear();
			}
			this.statements.put(sql, statement);
		}
		return statement;
	}

	int size() {
		return this.statements.size();
	}

}
