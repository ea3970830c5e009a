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

import java.util.Locale;
import java.util.Set;

import io.github.sqlitewal.jdbc.SqlStatement.Kind;
import io.github.sqlitewal.jdbc.SqlTokenizer.Token;
import org.jspecify.annotations.Nullable;

/**
 * What a PRAGMA does, which its syntax does not tell: {@code table_info(x)} reads,
 * {@code user_version(7)} writes the file, {@code cache_size(7)} changes the connection.
 * A name that is not listed here is taken for a setting of the connection: without a
 * value it reads, with one it changes the session.
 *
 * @param name the name in lower case, without its schema
 * @param kind where it may run
 * @see <a href="https://www.sqlite.org/pragma.html">PRAGMA statements</a>
 */
record SqlPragma(String name, Kind kind) {

	// whose value is a question and not a setting, or is ignored
	private static final Set<String> ONLY_READS = Set.of("collation_list", "compile_options", "data_version",
			"database_list", "foreign_key_check", "foreign_key_list", "freelist_count", "function_list", "index_info",
			"index_list", "index_xinfo", "integrity_check", "lock_status", "module_list", "page_count", "pragma_list",
			"quick_check", "stats", "table_info", "table_list", "table_xinfo");

	// whose value is stored in the file, for every connection
	private static final Set<String> VALUE_WRITES_FILE = Set.of("application_id", "default_cache_size", "journal_mode",
			"schema_version", "user_version");

	// that do something to the file, with a value or without
	private static final Set<String> WRITES_FILE = Set.of("incremental_vacuum", "optimize", "wal_checkpoint");

	/**
	 * Reads a PRAGMA.
	 * @param tokens behind the word PRAGMA
	 * @return what it does, or {@code null} when it has no name
	 */
	static @Nullable SqlPragma read(SqlTokenizer tokens) {
		if (!tokens.next().isName()) {
			return null;
		}
		String name = tokens.name();
		Token token = tokens.next();
		if (token == Token.OTHER && tokens.is(".") && tokens.next().isName()) {
			name = tokens.name();
			token = tokens.next();
		}
		name = name.toLowerCase(Locale.ROOT);
		boolean hasValue = token == Token.OPEN || (token == Token.OTHER && tokens.is("="));
		String value = (hasValue && tokens.next().isName()) ? tokens.name() : "";
		return new SqlPragma(name, kind(name, hasValue, value));
	}

	private static Kind kind(String name, boolean hasValue, String value) {
		if (ONLY_READS.contains(name)) {
			return Kind.READ;
		}
		if (WRITES_FILE.contains(name)) {
			// NOOP reports the size of the WAL and copies nothing
			return (name.equals("wal_checkpoint") && value.equalsIgnoreCase("NOOP")) ? Kind.READ : Kind.WRITE;
		}
		if (name.equals("shrink_memory")) {
			return Kind.SESSION;
		}
		if (!hasValue) {
			return Kind.READ;
		}
		return VALUE_WRITES_FILE.contains(name) ? Kind.WRITE : Kind.SESSION;
	}

}
