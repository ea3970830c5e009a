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

/**
 * SQLite's tokens, as far as they matter for finding keywords and the ends of statements.
 * It follows {@code tokenize.c}: what SQLite takes as one token must be one here, or a
 * keyword inside a string would route a statement. It never fails: what is not closed
 * goes to the end of the text, and SQLite will report it.
 * <p>
 * A cursor and not a list of tokens, because the first word of a text is usually all that
 * anybody asks for. For one thread.
 */
final class SqlTokenizer {

	private final String text;

	private int position;

	private int start;

	SqlTokenizer(String text) {
		this.text = text;
	}

	/**
	 * Moves to the next token that is neither white space nor a comment.
	 * @return what it is
	 */
	Token next() {
		skipBlank();
		this.start = this.position;
		if (this.position >= this.text.length()) {
			return Token.END;
		}
		char first = this.text.charAt(this.position++);
		return switch (first) {
			case ';' -> Token.SEMICOLON;
			case '(' -> Token.OPEN;
			case ')' -> Token.CLOSE;
			case '\'' -> {
				skipQuoted(first);
				yield Token.STRING;
			}
			case '"', '`' -> {
				skipQuoted(first);
				yield Token.IDENTIFIER;
			}
			case '[' -> {
				skipTo("]");
				yield Token.IDENTIFIER;
			}
			case '?' -> {
				// a number may follow and nothing else: "?RETURNING" is two tokens
				skipDigits();
				yield Token.VARIABLE;
			}
			case '$', '@', ':', '#' -> {
				skipVariable();
				yield Token.VARIABLE;
			}
			default -> {
				if (!isIdentifier(first)) {
					yield Token.OTHER;
				}
				skipIdentifier();
				yield Token.WORD;
			}
		};
	}

	/**
	 * Where the current token begins.
	 * @return the index of its first character
	 */
	int start() {
		return this.start;
	}

	/**
	 * Where the current token ends.
	 * @return the index behind its last character
	 */
	int end() {
		return this.position;
	}

	/**
	 * Whether the current token has this text. To be asked of a {@linkplain Token#WORD
	 * word}, as a keyword in quotes is none.
	 * @param upperCase the text, in upper case
	 * @return whether it has, ASCII letters in any case
	 */
	boolean is(String upperCase) {
		return this.position - this.start == upperCase.length() && matches(this.start, upperCase);
	}

	/**
	 * The current token as a name.
	 * @return its text, without quotes if it had any
	 */
	String name() {
		char first = this.text.charAt(this.start);
		if (first != '\'' && first != '"' && first != '`' && first != '[') {
			return this.text.substring(this.start, this.position);
		}
		char last = (first != '[') ? first : ']';
		boolean closed = this.position - this.start > 1 && this.text.charAt(this.position - 1) == last;
		String content = this.text.substring(this.start + 1, closed ? this.position - 1 : this.position);
		if (first == '[' || content.indexOf(first) < 0) {
			return content;
		}
		String quote = String.valueOf(first);
		return content.replace(quote + quote, quote);
	}

	/**
	 * Whether the text behind the current token contains a word at all, be it in a string
	 * or a comment: the cheap question before the exact one.
	 * @param upperCase the word, in upper case
	 * @return {@code false} if no later token can be that word
	 */
	boolean mayContain(String upperCase) {
		for (int i = this.position; i <= this.text.length() - upperCase.length(); i++) {
			if (matches(i, upperCase)) {
				return true;
			}
		}
		return false;
	}

	// not regionMatches(true, …): that folds Unicode, and SQLite's keywords are ASCII
	private boolean matches(int offset, String upperCase) {
		for (int i = 0; i < upperCase.length(); i++) {
			char c = this.text.charAt(offset + i);
			char expected = upperCase.charAt(i);
			if (c != expected && (c < 'a' || c > 'z' || c - ('a' - 'A') != expected)) {
				return false;
			}
		}
		return true;
	}

	private void skipBlank() {
		while (this.position < this.text.length()) {
			char c = this.text.charAt(this.position);
			if (isBlank(c)) {
				this.position++;
			}
			else if (c == '-' && this.text.startsWith("--", this.position)) {
				skipTo("\n");
			}
			else if (c == '/' && this.text.startsWith("/*", this.position)) {
				this.position += 2;
				skipTo("*/");
			}
			else {
				return;
			}
		}
	}

	private void skipQuoted(char quote) {
		while (true) {
			int end = this.text.indexOf(quote, this.position);
			if (end < 0) {
				this.position = this.text.length();
				return;
			}
			this.position = end + 1;
			if (this.position == this.text.length() || this.text.charAt(this.position) != quote) {
				return;
			}
			// two of them stand for one, and the token goes on
			this.position++;
		}
	}

	private void skipTo(String end) {
		int found = this.text.indexOf(end, this.position);
		this.position = (found >= 0) ? found + end.length() : this.text.length();
	}

	private void skipIdentifier() {
		while (this.position < this.text.length() && isIdentifier(this.text.charAt(this.position))) {
			this.position++;
		}
	}

	private void skipDigits() {
		while (this.position < this.text.length() && this.text.charAt(this.position) >= '0'
				&& this.text.charAt(this.position) <= '9') {
			this.position++;
		}
	}

	// $name may go on with "::name" and end in "(…)", for Tcl
	private void skipVariable() {
		int nameAt = this.position;
		skipIdentifier();
		while (this.text.startsWith("::", this.position)) {
			this.position += 2;
			skipIdentifier();
		}
		if (this.position > nameAt && this.position < this.text.length() && this.text.charAt(this.position) == '(') {
			int end = this.position + 1;
			while (end < this.text.length() && !isBlank(this.text.charAt(end)) && this.text.charAt(end) != ')') {
				end++;
			}
			if (end < this.text.length() && this.text.charAt(end) == ')') {
				this.position = end + 1;
			}
		}
	}

	/**
	 * Whether SQLite skips a character between two tokens.
	 * @param c the character
	 * @return whether it does
	 */
	static boolean isBlank(char c) {
		// SQLite takes a byte order mark for white space wherever a token may begin
		return c == ' ' || (c >= '\t' && c <= '\r') || c == '\uFEFF';
	}

	private static boolean isIdentifier(char c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'
				|| c >= 0x80;
	}

	enum Token {

		/** A keyword, a name without quotes, or a number. */
		WORD,

		/** A name in {@code ""}, {@code ``} or {@code []}. */
		IDENTIFIER,

		/** In single quotes. */
		STRING,

		/** A parameter. */
		VARIABLE,

		/** {@code ;}. */
		SEMICOLON,

		/** {@code (}. */
		OPEN,

		/** {@code )}. */
		CLOSE,

		/** One character of an operator. */
		OTHER,

		/** The end of the text. */
		END;

		boolean isName() {
			return this == WORD || this == IDENTIFIER || this == STRING;
		}

	}

}
