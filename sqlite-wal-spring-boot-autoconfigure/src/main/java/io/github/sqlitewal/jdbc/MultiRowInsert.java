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

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.jdbc.SqlTokenizer.Token;

/**
 * An INSERT of one row by VALUES, written for many rows:
 * <pre>INSERT INTO t (a, b) VALUES (?, ?), (?, ?), …</pre>
 * <p>
 * Only of a statement whose rows do not depend on each other. So there is no OR, no WITH,
 * no ON CONFLICT and no RETURNING; the values are parameters, literals and
 * {@linkplain HarmlessFunctions functions} of them, and nothing that looks at a table, or
 * at what the row before has done. Whether the table is as simple, {@link PlainTables}
 * knows.
 * <p>
 * One SQL gets two sizes of statements at most, so that few are prepared and cached. The
 * largest is where the curve is flat: measured with 2, 4 and 10 columns, 16 to 64 rows
 * are about equally fast, fewer are slower, and more take longer to prepare and leave
 * more rows over that do not fill a statement.
 * <p>
 * Immutable.
 */
final class MultiRowInsert {

	/** Fewer rows gain less than it costs to find out whether they may go together. */
	private static final int MIN_ROWS = 16;

	private static final int MAX_ROWS = 64;

	/** Binding them is all the work of a row that has many. */
	private static final int MAX_PARAMETERS = 1024;

	private final String table;

	private final int parameters;

	private final int rows;

	private final String text;

	private MultiRowInsert(String table, String head, String row, int parameters, int rows) {
		this.table = table;
		this.parameters = parameters;
		this.rows = rows;
		StringBuilder builder = new StringBuilder(head.length() + rows * (row.length() + 2));
		builder.append(head).append(row);
		for (int i = 1; i < rows; i++) {
			builder.append(", ").append(row);
		}
		this.text = builder.toString();
	}

	/**
	 * Writes an INSERT for many rows.
	 * @param sql a statement
	 * @param entries how often it is to run
	 * @return the same for many rows, in a statement for fewer rows than there are
	 * entries; {@code null} when it is not as simple as that, or not worth it
	 */
	static @Nullable MultiRowInsert of(SqlStatement sql, int entries) {
		if (entries <= MIN_ROWS || sql.verb() != SqlStatement.Verb.INSERT || sql.hasReturning()) {
			return null;
		}
		SqlTokenizer tokens = new SqlTokenizer(sql.text());
		Token token = tokens.next();
		while (token == Token.SEMICOLON) {
			token = tokens.next();
		}
		int begin = tokens.start();
		if (!isWord(token, tokens, "INSERT") || !isWord(tokens.next(), tokens, "INTO")) {
			return null;
		}
		String table = readTable(tokens);
		if (table == null) {
			return null;
		}
		int row = tokens.start();
		int parameters = readRow(tokens);
		if (parameters < 0) {
			return null;
		}
		int end = tokens.end();
		do {
			token = tokens.next();
		}
		while (token == Token.SEMICOLON);
		int rows = Integer.highestOneBit(Math.min(MAX_ROWS, MAX_PARAMETERS / Math.max(1, parameters)));
		if (token != Token.END || rows < MIN_ROWS) {
			return null;
		}
		if (entries <= rows) {
			rows = MIN_ROWS;
		}
		return new MultiRowInsert(table, sql.text().substring(begin, row), sql.text().substring(row, end), parameters,
				rows);
	}

	/**
	 * Reads "[main.]table [(columns)] VALUES (".
	 */
	private static @Nullable String readTable(SqlTokenizer tokens) {
		if (!tokens.next().isName()) {
			return null;
		}
		String table = tokens.name();
		Token token = tokens.next();
		if (token == Token.OTHER && tokens.is(".")) {
			if (!table.equalsIgnoreCase("main") || !tokens.next().isName()) {
				return null;
			}
			table = tokens.name();
			token = tokens.next();
		}
		if (token == Token.OPEN) {
			while (token != Token.CLOSE && token != Token.END) {
				token = tokens.next();
			}
			token = tokens.next();
		}
		return (isWord(token, tokens, "VALUES") && tokens.next() == Token.OPEN) ? table : null;
	}

	/**
	 * Reads the values behind the opening parenthesis, and the closing one.
	 * @return how many of them are parameters, -1 when there is something else than
	 * parameters, literals and harmless functions
	 */
	private static int readRow(SqlTokenizer tokens) {
		int parameters = 0;
		int depth = 1;
		boolean function = false;
		while (depth > 0) {
			Token token = tokens.next();
			if (function && token != Token.OPEN) {
				return -1;
			}
			function = false;
			switch (token) {
				case OPEN -> depth++;
				case CLOSE -> depth--;
				case VARIABLE -> {
					// one with a number or a name stands for the same value in each row
					if (!tokens.is("?")) {
						return -1;
					}
					parameters++;
				}
				case WORD -> {
					function = HarmlessFunctions.contains(tokens);
					if (!function && !isLiteral(tokens)) {
						return -1;
					}
				}
				case STRING, OTHER -> {
					// literals, operators and commas
				}
				case IDENTIFIER, SEMICOLON, END -> {
					return -1;
				}
			}
		}
		return parameters;
	}

	private static boolean isLiteral(SqlTokenizer tokens) {
		char first = tokens.name().charAt(0);
		return (first >= '0' && first <= '9') || tokens.is("NULL") || tokens.is("TRUE") || tokens.is("FALSE")
				|| tokens.is("CURRENT_DATE") || tokens.is("CURRENT_TIME") || tokens.is("CURRENT_TIMESTAMP");
	}

	private static boolean isWord(Token token, SqlTokenizer tokens, String word) {
		return token == Token.WORD && tokens.is(word);
	}

	/**
	 * The table, without quotes.
	 */
	String table() {
		return this.table;
	}

	/**
	 * How many parameters a row has.
	 */
	int parameters() {
		return this.parameters;
	}

	/**
	 * How many rows the statement inserts.
	 */
	int rows() {
		return this.rows;
	}

	/**
	 * The statement for that many rows.
	 */
	String text() {
		return this.text;
	}

}
