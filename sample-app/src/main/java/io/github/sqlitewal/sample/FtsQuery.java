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

package io.github.sqlitewal.sample;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Turns what a user types into an FTS5 query that has no syntax left in it.
 * <p>
 * FTS5 has its own query language, in which {@code -}, {@code *}, {@code NEAR(} or a lone
 * quote is an operator or an error, and binding a parameter does not protect from that.
 * Within double quotes everything is text and only the quote itself must be doubled
 * (sqlite.org/fts5.html, section 3.1), so each word becomes a string of its own. All of
 * them must occur, in any order; a word without a letter or digit asks for nothing.
 */
final class FtsQuery {

	/** A NUL would end the query for SQLite, and with it the closing quote. */
	private static final Pattern SEPARATORS = Pattern.compile("[\\s\\p{Cntrl}]+", Pattern.UNICODE_CHARACTER_CLASS);

	private FtsQuery() {
	}

	/**
	 * Quotes a user's text.
	 * @param text any text
	 * @return the query, or {@code null} when the text is blank and there is nothing to
	 * search for
	 */
	static @Nullable String of(@Nullable String text) {
		if (text == null) {
			return null;
		}
		String query = SEPARATORS.splitAsStream(text)
			.filter((word) -> !word.isEmpty())
			.map((word) -> '"' + word.replace("\"", "\"\"") + '"')
			.collect(Collectors.joining(" "));
		return query.isEmpty() ? null : query;
	}

}
