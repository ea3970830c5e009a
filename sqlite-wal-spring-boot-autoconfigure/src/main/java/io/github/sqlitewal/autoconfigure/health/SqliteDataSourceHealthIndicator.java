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

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

import io.github.sqlitewal.SqliteDatabase;

/**
 * The {@code db} entry of a SQLite database, with the details of Boot's own indicator. It
 * takes neither the writer nor a reader, so it answers while all of them are in use.
 */
final class SqliteDataSourceHealthIndicator extends AbstractHealthIndicator {

	private final SqliteDatabase database;

	SqliteDataSourceHealthIndicator(SqliteDatabase database) {
		super("DataSource health check failed");
		this.database = database;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws Exception {
		builder.up().withDetail("database", "SQLite");
		// a database in memory has no file to read
		builder.withDetail("validationQuery",
				this.database.location().isMemory() ? "isValid()" : SqliteDatabase.VALIDATION_QUERY);
		String problem = DatabaseProbe.findProblem(this.database);
		if (problem != null) {
			builder.down().withDetail("error", problem);
		}
	}

}
