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

import org.sqlite.SQLiteConnection;

/**
 * Hook that sees each physical connection once, after its pragmas are set and before they
 * are read back and the connection is used: the place to create functions and collations
 * ({@link org.sqlite.Function}, {@link org.sqlite.Collation}) or to attach databases that
 * every connection must see.
 * <p>
 * Called again for a connection that replaces another, on any thread, one connection at a
 * time. The connection must not be kept.
 */
@FunctionalInterface
public interface SqliteConnectionCustomizer {

	/**
	 * Customizes a connection.
	 * @param connection the driver's connection, with no transaction open
	 * @param role what the connection is for
	 * @throws SQLException to fail start-up, or the replacement of the connection
	 */
	void customize(SQLiteConnection connection, ConnectionRole role) throws SQLException;

}
