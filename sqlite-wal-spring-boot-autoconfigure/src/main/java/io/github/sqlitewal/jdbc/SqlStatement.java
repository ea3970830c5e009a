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

import java.util.ArrayList;
import java.util.List;

import io.github.sqlitewal.jdbc.SqlTokenizer.Token;
import org.jspecify.annotations.Nullable;

/**
 * What must be known about an SQL text before it is routed: where it may run, and what it
 * leaves behind. Neither JDBC nor the driver tells it ({@code sqlite3_stmt_readonly} is
 * not exposed, and would need a prepared statement, and so a connection, to ask).
 * <p>
 * It reads as little as it can. For a SELECT that is its first word and whether there is
 * a semicolon; only a WITH, a RETURNING clause and a second statement need more. It is no
 * parser: a wrong text gets the kind that its first words say and runs into SQLite's own
 * error. When in doubt the answer is {@link Kind#WRITE}, because everything works on the
 * writer, while a reader, which is opened read-only, refuses a write that got there.
 * <p>
 * Immutable.
 */
final class SqlStatement {

	private final String text;

	private final boolean last;

	private final Verb verb;

	private final Kind kind;

	private final boolean returning;

	private final boolean readsLastWrite;

	private final @Nullable String savepointName;

	private final @Nullable String pragmaName;

	private SqlStatement(String text, boolean last) {
		this.text = text;
		this.last = last;
		SqlTokenizer tokens = new SqlTokenizer(text);
		this.verb = readVerb(tokens);
		SqlPragma pragma = switch (this.verb) {
			case PRAGMA -> SqlPragma.read(tokens);
			case EXPLAIN -> readExplained(tokens);
			default -> null;
		};
		this.pragmaName = (pragma != null) ? pragma.name() : null;
		this.kind = switch (this.verb) {
			case SELECT, VALUES -> Kind.READ;
			case EXPLAIN -> (pragma != null) ? pragma.kind() : Kind.READ;
			case PRAGMA -> (pragma != null) ? pragma.kind() : Kind.WRITE;
			case CREATE, DROP, ALTER -> isTemporary(tokens) ? Kind.SESSION : Kind.WRITE;
			case ATTACH, DETACH -> Kind.SESSION;
			case VACUUM -> Kind.STANDALONE;
			case BEGIN, COMMIT, ROLLBACK, ROLLBACK_TO, SAVEPOINT, RELEASE -> Kind.TRANSACTION;
			case INSERT, REPLACE, UPDATE, DELETE, REINDEX, ANALYZE, OTHER -> Kind.WRITE;
		};
		this.returning = switch (this.verb) {
			case INSERT, REPLACE, UPDATE, DELETE -> readReturning(tokens);
			default -> false;
		};
		this.readsLastWrite = this.kind == Kind.READ && mentionsLastWrite(text);
		this.savepointName = switch (this.verb) {
			case SAVEPOINT -> tokens.next().isName() ? tokens.name() : null;
			case RELEASE, ROLLBACK_TO -> readSavepointName(tokens);
			default -> null;
		};
	}

	/**
	 * Reads the first statement of a text, which is usually the only one.
	 * @param sql the text
	 * @return the first statement that is not empty, or one of the verb
	 * {@link Verb#OTHER} when there is none
	 */
	static SqlStatement parse(String sql) {
		if (isSingle(sql)) {
			return new SqlStatement(sql, true);
		}
		List<String> texts = split(sql, 2);
		return (texts.size() > 1) ? new SqlStatement(texts.get(0), false) : new SqlStatement(sql, true);
	}

	/**
	 * Reads all the statements of a text.
	 * @param sql the text
	 * @return the statements that are not empty, in their order
	 */
	static List<SqlStatement> parseAll(String sql) {
		List<String> texts = split(sql, Integer.MAX_VALUE);
		if (texts.size() == 1) {
			return List.of(new SqlStatement(sql, true));
		}
		List<SqlStatement> statements = new ArrayList<>(texts.size());
		for (int i = 0; i < texts.size(); i++) {
			statements.add(new SqlStatement(texts.get(i), i == texts.size() - 1));
		}
		return List.copyOf(statements);
	}

	/**
	 * The statement's text.
	 * @return the very text that was given when this is its only statement; otherwise its
	 * part of it, with the comments before it and without the semicolon
	 */
	String text() {
		return this.text;
	}

	/**
	 * Whether no further statement follows in the text that this one was read from.
	 * SQLite's {@code prepare} ignores what follows, silently.
	 * @return whether it is the last or the only one
	 */
	boolean isLast() {
		return this.last;
	}

	/**
	 * Whether there is no statement at all, but blanks, comments and semicolons. The
	 * driver makes an object of such a text that can never be closed, and its connection
	 * neither.
	 * @return whether there is nothing to run
	 */
	boolean isEmpty() {
		if (this.verb != Verb.OTHER) {
			return false;
		}
		SqlTokenizer tokens = new SqlTokenizer(this.text);
		Token token = tokens.next();
		while (token == Token.SEMICOLON) {
			token = tokens.next();
		}
		return token == Token.END;
	}

	/**
	 * What the statement does.
	 * @return its verb; behind WITH that of the main statement
	 */
	Verb verb() {
		return this.verb;
	}

	/**
	 * Where the statement may run.
	 * @return its kind
	 */
	Kind kind() {
		return this.kind;
	}

	/**
	 * Whether the statement puts new rows into a table.
	 * @return whether it is an INSERT or a REPLACE
	 */
	boolean isInsert() {
		return this.verb == Verb.INSERT || this.verb == Verb.REPLACE;
	}

	/**
	 * Whether a write returns rows.
	 * @return whether it has a RETURNING clause
	 */
	boolean hasReturning() {
		return this.returning;
	}

	/**
	 * The text with a RETURNING clause, in front of the semicolon and the comments that
	 * it may end in.
	 * @param columnList what to return
	 * @return the text to run
	 */
	String withReturning(String columnList) {
		SqlTokenizer tokens = new SqlTokenizer(this.text);
		int end = 0;
		for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
			if (token != Token.SEMICOLON) {
				end = tokens.end();
			}
		}
		return this.text.substring(0, end) + " RETURNING " + columnList + this.text.substring(end);
	}

	/**
	 * Whether the statement asks for what the last write of its connection did:
	 * {@code last_insert_rowid()}, {@code changes()} or {@code total_changes()}.
	 * @return whether it means something on the connection of that write only
	 */
	boolean readsLastWrite() {
		return this.readsLastWrite;
	}

	/**
	 * The savepoint that a SAVEPOINT, RELEASE or ROLLBACK TO names. SQLite compares these
	 * names without regard to case.
	 * @return its name without quotes, or {@code null} when there is none
	 */
	@Nullable String savepointName() {
		return this.savepointName;
	}

	/**
	 * The name of a PRAGMA, an explained one included.
	 * @return its name in lower case, without the schema, or {@code null} when this is
	 * another statement
	 */
	@Nullable String pragmaName() {
		return this.pragmaName;
	}

	@Override
	public String toString() {
		return this.text;
	}

	private static boolean mentionsLastWrite(String text) {
		// most queries have no parenthesis behind one of these letters
		boolean candidate = false;
		for (int open = text.indexOf('('); open > 0 && !candidate; open = text.indexOf('(', open + 1)) {
			char before = text.charAt(open - 1);
			candidate = before == 'd' || before == 'D' || before == 's' || before == 'S' || before <= ' ';
		}
		if (!candidate) {
			return false;
		}
		SqlTokenizer tokens = new SqlTokenizer(text);
		boolean function = false;
		for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
			if (function && token == Token.OPEN) {
				return true;
			}
			function = token == Token.WORD
					&& (tokens.is("LAST_INSERT_ROWID") || tokens.is("CHANGES") || tokens.is("TOTAL_CHANGES"));
		}
		return false;
	}

	private static boolean isSingle(String sql) {
		int semicolon = sql.indexOf(';');
		if (semicolon < 0) {
			return true;
		}
		// nothing can follow, wherever the semicolon stands
		for (int i = semicolon + 1; i < sql.length(); i++) {
			if (!SqlTokenizer.isBlank(sql.charAt(i))) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Cuts at the semicolons. The body of a trigger is full of them; it is over, as for
	 * {@code sqlite3_complete()}, with "{@code ; END ;}", which no CASE … END inside it
	 * can look like.
	 */
	private static List<String> split(String sql, int limit) {
		List<String> texts = new ArrayList<>();
		SqlTokenizer tokens = new SqlTokenizer(sql);
		int from = 0;
		while (from < sql.length() && texts.size() < limit) {
			Token token = tokens.next();
			boolean empty = token == Token.SEMICOLON || token == Token.END;
			Progress progress = Progress.START;
			while (token != Token.END && !(token == Token.SEMICOLON && progress.endsAtSemicolon())) {
				progress = progress.after(token, tokens);
				token = tokens.next();
			}
			if (!empty) {
				texts.add(sql.substring(from, tokens.start()).trim());
			}
			from = tokens.end();
		}
		return texts;
	}

	private static Verb readVerb(SqlTokenizer tokens) {
		Token token = tokens.next();
		while (token == Token.SEMICOLON) {
			token = tokens.next();
		}
		if (token != Token.WORD) {
			return Verb.OTHER;
		}
		if (tokens.is("SELECT")) {
			return Verb.SELECT;
		}
		if (tokens.is("WITH")) {
			return readVerbBehindWith(tokens);
		}
		if (tokens.is("END")) {
			return Verb.COMMIT;
		}
		for (Verb verb : Verb.FIRST_WORDS) {
			if (tokens.is(verb.name())) {
				return (verb == Verb.ROLLBACK) ? readRollback(tokens) : verb;
			}
		}
		return Verb.OTHER;
	}

	private static Verb readVerbBehindWith(SqlTokenizer tokens) {
		int depth = 0;
		Token before = Token.WORD;
		for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
			if (token == Token.OPEN) {
				depth++;
			}
			else if (token == Token.CLOSE) {
				depth--;
			}
			// behind a body only, as REPLACE may also be the name of a table
			else if (token == Token.WORD && depth == 0 && before == Token.CLOSE) {
				for (Verb verb : Verb.BEHIND_WITH) {
					if (tokens.is(verb.name())) {
						return verb;
					}
				}
			}
			before = token;
		}
		return Verb.OTHER;
	}

	// ROLLBACK [TRANSACTION [name]] [TO …]
	private static Verb readRollback(SqlTokenizer tokens) {
		Token token = tokens.next();
		if (token == Token.WORD && tokens.is("TRANSACTION")) {
			token = tokens.next();
			if (token.isName() && !(token == Token.WORD && tokens.is("TO"))) {
				token = tokens.next();
			}
		}
		return (token == Token.WORD && tokens.is("TO")) ? Verb.ROLLBACK_TO : Verb.ROLLBACK;
	}

	// [SAVEPOINT] name
	private static @Nullable String readSavepointName(SqlTokenizer tokens) {
		Token token = tokens.next();
		if (token == Token.WORD && tokens.is("SAVEPOINT")) {
			token = tokens.next();
		}
		return token.isName() ? tokens.name() : null;
	}

	/**
	 * "Some pragmas run during the SQL compilation stage, not the execution stage", and
	 * for those "EXPLAIN" in front of it changes nothing: EXPLAIN PRAGMA cache_size=1
	 * sets the cache size.
	 */
	private static @Nullable SqlPragma readExplained(SqlTokenizer tokens) {
		Token token = tokens.next();
		if (token == Token.WORD && tokens.is("QUERY")) {
			tokens.next();
			token = tokens.next();
		}
		return (token == Token.WORD && tokens.is("PRAGMA")) ? SqlPragma.read(tokens) : null;
	}

	// [TEMP] [UNIQUE | VIRTUAL] TABLE|INDEX|VIEW|TRIGGER [IF [NOT] EXISTS] [schema.]name
	private static boolean isTemporary(SqlTokenizer tokens) {
		Token token = tokens.next();
		if (token == Token.WORD && (tokens.is("TEMP") || tokens.is("TEMPORARY"))) {
			return true;
		}
		if (token == Token.WORD && (tokens.is("UNIQUE") || tokens.is("VIRTUAL"))) {
			tokens.next();
		}
		token = tokens.next();
		if (token == Token.WORD && tokens.is("IF")) {
			token = tokens.next();
			if (token == Token.WORD && tokens.is("NOT")) {
				tokens.next();
			}
			token = tokens.next();
		}
		if (!token.isName() || !tokens.name().equalsIgnoreCase("temp")) {
			return false;
		}
		return tokens.next() == Token.OTHER && tokens.is(".");
	}

	private static boolean readReturning(SqlTokenizer tokens) {
		if (!tokens.mayContain("RETURNING")) {
			return false;
		}
		int depth = 0;
		for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
			if (token == Token.OPEN) {
				depth++;
			}
			else if (token == Token.CLOSE) {
				depth--;
			}
			// a reserved word: no column and no alias has that name without quotes
			else if (token == Token.WORD && depth == 0 && tokens.is("RETURNING")) {
				return true;
			}
		}
		return false;
	}

	/**
	 * What a statement does.
	 */
	enum Verb {

		SELECT, VALUES, INSERT, REPLACE, UPDATE, DELETE, CREATE, ALTER, DROP, REINDEX, ANALYZE, VACUUM, ATTACH, DETACH,
		PRAGMA, EXPLAIN, BEGIN,

		/** COMMIT, and END, which is the same. */
		COMMIT,

		/** Of the whole transaction. */
		ROLLBACK,

		/** To a savepoint; the transaction stays open. */
		ROLLBACK_TO,

		SAVEPOINT, RELEASE,

		/** None of SQLite's, or nothing at all. */
		OTHER;

		private static final List<Verb> FIRST_WORDS = List.of(INSERT, UPDATE, DELETE, REPLACE, PRAGMA, BEGIN, COMMIT,
				ROLLBACK, SAVEPOINT, RELEASE, VALUES, CREATE, ALTER, DROP, REINDEX, ANALYZE, VACUUM, ATTACH, DETACH,
				EXPLAIN);

		private static final List<Verb> BEHIND_WITH = List.of(SELECT, INSERT, UPDATE, DELETE, REPLACE, VALUES);

	}

	/**
	 * Where a statement may run.
	 */
	enum Kind {

		/** Anywhere, a read-only connection included. */
		READ,

		/** On the writer, in a transaction of its own or of the caller's. */
		WRITE,

		/** On the writer, outside any transaction, because SQLite refuses it in one. */
		STANDALONE,

		/**
		 * Changes the physical connection in a way that later statements of the same JDBC
		 * connection expect to find.
		 */
		SESSION,

		/** Begins, ends or divides a transaction. */
		TRANSACTION

	}

	/**
	 * How much of "[EXPLAIN [QUERY PLAN]] CREATE [TEMP] TRIGGER … ; END" has been read.
	 */
	private enum Progress {

		START, CREATE, TRIGGER, TRIGGER_SEMICOLON, TRIGGER_END, NO_TRIGGER;

		boolean endsAtSemicolon() {
			return this != TRIGGER && this != TRIGGER_SEMICOLON;
		}

		Progress after(Token token, SqlTokenizer tokens) {
			boolean word = token == Token.WORD;
			return switch (this) {
				case START -> {
					if (word && tokens.is("CREATE")) {
						yield CREATE;
					}
					yield (word && (tokens.is("EXPLAIN") || tokens.is("QUERY") || tokens.is("PLAN"))) ? START
							: NO_TRIGGER;
				}
				case CREATE -> {
					if (word && tokens.is("TRIGGER")) {
						yield TRIGGER;
					}
					yield (word && (tokens.is("TEMP") || tokens.is("TEMPORARY"))) ? CREATE : NO_TRIGGER;
				}
				case TRIGGER_SEMICOLON -> {
					if (word && tokens.is("END")) {
						yield TRIGGER_END;
					}
					yield (token == Token.SEMICOLON) ? TRIGGER_SEMICOLON : TRIGGER;
				}
				case TRIGGER, TRIGGER_END -> (token == Token.SEMICOLON) ? TRIGGER_SEMICOLON : TRIGGER;
				case NO_TRIGGER -> NO_TRIGGER;
			};
		}

	}

}
