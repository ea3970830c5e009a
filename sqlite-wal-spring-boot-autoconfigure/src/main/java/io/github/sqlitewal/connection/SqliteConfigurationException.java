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

import org.jspecify.annotations.Nullable;

/**
 * The database cannot be opened as it is configured. Thrown at start-up only, and carries
 * what to do about it, so that a failure analysis can print both.
 */
public class SqliteConfigurationException extends RuntimeException {

	private final String action;

	/**
	 * Creates the exception.
	 * @param message what is wrong
	 * @param action what to do about it
	 */
	public SqliteConfigurationException(String message, String action) {
		this(message, action, null);
	}

	/**
	 * Creates the exception.
	 * @param message what is wrong
	 * @param action what to do about it
	 * @param cause what SQLite or the file system said
	 */
	public SqliteConfigurationException(String message, String action, @Nullable Throwable cause) {
		super(message, cause);
		this.action = action;
	}

	/**
	 * What to do about it.
	 * @return a sentence for a person
	 */
	public String getAction() {
		return this.action;
	}

}
