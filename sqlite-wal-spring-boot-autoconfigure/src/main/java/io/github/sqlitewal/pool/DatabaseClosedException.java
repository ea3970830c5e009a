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

import java.sql.SQLNonTransientConnectionException;

/**
 * The database is closed, or closes and takes no new work. Nothing was done.
 */
public class DatabaseClosedException extends SQLNonTransientConnectionException {

	/**
	 * For work that comes too late.
	 * @return the exception
	 */
	public static DatabaseClosedException noNewWork() {
		return new DatabaseClosedException("The database is closing, or closed, and takes no new work");
	}

	/**
	 * Creates the exception.
	 * @param message what has become of the caller's work
	 */
	public DatabaseClosedException(String message) {
		super(message, "08003");
	}

}
