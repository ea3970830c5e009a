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

import java.sql.SQLException;
import java.sql.Savepoint;

import org.jspecify.annotations.Nullable;

/**
 * A savepoint of a logical connection.
 *
 * @param id its number, for one without a name
 * @param name its name, {@code null} for one without
 */
record LogicalSavepoint(int id, @Nullable String name) implements Savepoint {

	String sqlName() {
		return (this.name != null) ? this.name : "savepoint_" + this.id;
	}

	@Override
	public int getSavepointId() throws SQLException {
		if (this.name != null) {
			throw new java.sql.SQLNonTransientException("This savepoint has a name and no number", "3B001");
		}
		return this.id;
	}

	@Override
	public String getSavepointName() throws SQLException {
		if (this.name == null) {
			throw new java.sql.SQLNonTransientException("This savepoint has a number and no name", "3B001");
		}
		return this.name;
	}

}
