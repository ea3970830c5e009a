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

package io.github.sqlitewal.pool;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A lease as an operator sees it.
 *
 * @param connection the connection that is leased
 * @param thread the thread that has it
 * @param held for how long
 * @param sql the statement that runs, or ran last, {@code null} when none has yet
 */
public record LeaseStatus(String connection, String thread, Duration held, @Nullable String sql) {

	private static final int MAX_SQL = 200;

	/**
	 * The statement as it fits into a line of a log or a page.
	 * @return the first 200 characters with their white space collapsed, or {@code null}
	 * when no statement has run yet
	 */
	public @Nullable String shortSql() {
		if (this.sql == null) {
			return null;
		}
		String line = this.sql.strip().replaceAll("\\s+", " ");
		return (line.length() > MAX_SQL) ? line.substring(0, MAX_SQL) + "…" : line;
	}

	/**
	 * Describes the lease within a sentence.
	 * @return for example {@code thread http-7 since 2.1 s: UPDATE …}
	 */
	public String describe() {
		String line = shortSql();
		return "thread " + this.thread + " since " + Durations.format(this.held)
				+ ((line != null) ? ": " + line : " (no statement yet)");
	}

}
