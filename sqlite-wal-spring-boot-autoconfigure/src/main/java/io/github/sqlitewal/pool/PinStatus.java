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
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * An open read as an operator sees it: a read transaction, or a result set outside one
 * that is not closed. It keeps the database as it was when it began, so the WAL cannot
 * start over while it is there.
 *
 * @param lease which connection, which thread, for how long, and what ran last on it
 * @param since when it began
 * @param stack where it was opened, the innermost call first; empty unless
 * {@code sqlite.pool.record-stacks} is on
 */
public record PinStatus(LeaseStatus lease, Instant since, List<String> stack) {

	/**
	 * The connection that it reads from.
	 * @return for example {@code reader-3}
	 */
	public String connection() {
		return this.lease.connection();
	}

	/**
	 * The thread that opened it, or used it last.
	 * @return its name
	 */
	public String thread() {
		return this.lease.thread();
	}

	/**
	 * How long it has been open.
	 * @return its age
	 */
	public Duration held() {
		return this.lease.held();
	}

	/**
	 * What ran last in it.
	 * @return the statement, or {@code null} when none has run yet
	 */
	public @Nullable String sql() {
		return this.lease.sql();
	}

	/**
	 * The same for one of several statements that share the connection.
	 */
	PinStatus running(String sql) {
		return new PinStatus(new LeaseStatus(this.lease.connection(), this.lease.thread(), this.lease.held(), sql),
				this.since, this.stack);
	}

	/**
	 * Describes the pin within a sentence.
	 * @return for example {@code thread http-7 since 2.1 s: SELECT …}
	 */
	public String describe() {
		return this.lease.describe();
	}

}
