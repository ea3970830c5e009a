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

import java.util.Set;

/**
 * SQLite's own functions that are a matter of their arguments, of the clock, or of
 * chance, and not of what a connection has done before, as {@code changes()} and
 * {@code last_insert_rowid()} are, and as a function of the application may be.
 */
final class HarmlessFunctions {

	private static final Set<String> NAMES = Set.of("ABS", "CHAR", "COALESCE", "DATE", "DATETIME", "FORMAT", "HEX",
			"IFNULL", "INSTR", "JSON", "JSONB", "JULIANDAY", "LENGTH", "LOWER", "LTRIM", "NULLIF", "PRINTF", "QUOTE",
			"RANDOM", "RANDOMBLOB", "REPLACE", "ROUND", "RTRIM", "SIGN", "STRFTIME", "SUBSTR", "SUBSTRING", "TIME",
			"TRIM", "TYPEOF", "UNHEX", "UNIXEPOCH", "UPPER", "ZEROBLOB");

	private HarmlessFunctions() {
	}

	/**
	 * Whether the current token is the name of one.
	 * @param tokens at a word
	 */
	static boolean contains(SqlTokenizer tokens) {
		return NAMES.stream().anyMatch(tokens::is);
	}

}
