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

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * The pragmas that can be configured, in the order in which they are set. Each can be
 * read back, because a setting that cannot be proved is not offered: SQLite ignores an
 * unknown pragma, and takes a value that it does not understand for a default.
 *
 * @see <a href="https://www.sqlite.org/pragma.html">PRAGMA statements</a>
 */
enum Pragma {

	// The first three are written into a new file and cannot change once WAL is on.

	PAGE_SIZE(Stage.FILE, new IntegerValue(512, 65536)),

	AUTO_VACUUM(Stage.FILE, new KeywordValue("none", "full", "incremental")),

	ENCODING(Stage.FILE, new TextValue("UTF-8", "UTF-16le", "UTF-16be")),

	SYNCHRONOUS(Stage.CONNECTION, new KeywordValue("off", "normal", "full", "extra")),

	FOREIGN_KEYS(Stage.CONNECTION, new BooleanValue()),

	TEMP_STORE(Stage.CONNECTION, new KeywordValue("default", "file", "memory")),

	CACHE_SIZE(Stage.CONNECTION, new IntegerValue(Integer.MIN_VALUE, Integer.MAX_VALUE)),

	MMAP_SIZE(Stage.CONNECTION, new IntegerValue(0, Long.MAX_VALUE)),

	TRUSTED_SCHEMA(Stage.CONNECTION, new BooleanValue()),

	WAL_AUTOCHECKPOINT(Stage.CONNECTION, new IntegerValue(0, 0)),

	JOURNAL_SIZE_LIMIT(Stage.CONNECTION, new IntegerValue(-1, Long.MAX_VALUE)),

	RECURSIVE_TRIGGERS(Stage.CONNECTION, new BooleanValue()),

	SECURE_DELETE(Stage.CONNECTION, new KeywordValue("off", "on", "fast")),

	AUTOMATIC_INDEX(Stage.CONNECTION, new BooleanValue()),

	CELL_SIZE_CHECK(Stage.CONNECTION, new BooleanValue()),

	CHECKPOINT_FULLFSYNC(Stage.CONNECTION, new BooleanValue()),

	FULLFSYNC(Stage.CONNECTION, new BooleanValue()),

	LEGACY_ALTER_TABLE(Stage.CONNECTION, new BooleanValue()),

	IGNORE_CHECK_CONSTRAINTS(Stage.CONNECTION, new BooleanValue()),

	REVERSE_UNORDERED_SELECTS(Stage.CONNECTION, new BooleanValue()),

	ANALYSIS_LIMIT(Stage.CONNECTION, new IntegerValue(0, Integer.MAX_VALUE)),

	THREADS(Stage.CONNECTION, new IntegerValue(0, 8)),

	MAX_PAGE_COUNT(Stage.CONNECTION, new IntegerValue(1, 4294967294L));

	/**
	 * Pragmas that SQLite knows and that are not the user's to set here, with what to do
	 * instead.
	 */
	private static final Map<String, String> REFUSED = Map.of("journal_mode",
			"Remove it: the database is always in WAL mode.", "busy_timeout",
			"Set 'sqlite.lock-timeout' instead: writers wait in Java, in the order in which they came.", "locking_mode",
			"Remove it: an exclusive lock would keep the readers and every other process out.", "query_only",
			"Remove it: readers are opened read-only, the writer is not.", "read_uncommitted",
			"Remove it: it has no meaning without a shared cache.", "case_sensitive_like",
			"Remove it: it cannot be read back. Use GLOB, or COLLATE on the column.", "defer_foreign_keys",
			"Run it inside the transaction that needs it.", "user_version",
			"It is data of the file and not a setting: change it in a migration.", "application_id",
			"It is data of the file and not a setting: change it in a migration.");

	private final Stage stage;

	private final Value value;

	Pragma(Stage stage, Value value) {
		this.stage = stage;
		this.value = value;
	}

	/**
	 * Finds the pragma by its name in SQLite or in kebab case.
	 * @param name for example {@code cache_size} or {@code cache-size}
	 * @return the pragma
	 * @throws SqliteConfigurationException when it is unknown or not to be set
	 */
	static Pragma of(String name) {
		String plain = plain(name);
		for (Pragma pragma : values()) {
			if (plain(pragma.sqlName()).equals(plain)) {
				return pragma;
			}
		}
		for (Map.Entry<String, String> refused : REFUSED.entrySet()) {
			if (plain(refused.getKey()).equals(plain)) {
				throw new SqliteConfigurationException(
						"The pragma '" + refused.getKey() + "' cannot be set by configuration", refused.getValue());
			}
		}
		throw new SqliteConfigurationException("The pragma '" + name + "' is not known",
				"Use one of " + Arrays.stream(values()).map(Pragma::sqlName).collect(Collectors.joining(", ")) + ".");
	}

	/**
	 * Drops what configuration files spell in different ways: binding makes
	 * {@code cachesize} of {@code cache_size} in the key of a map.
	 */
	private static String plain(String name) {
		return name.trim().toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
	}

	String sqlName() {
		return name().toLowerCase(Locale.ROOT);
	}

	Stage stage() {
		return this.stage;
	}

	/**
	 * Checks a value and gives it the form that goes into SQL.
	 * @param text what the user wrote
	 * @return the form that SQLite is given
	 * @throws SqliteConfigurationException when SQLite would not understand it
	 */
	String validate(String text) {
		String valid = this.value.parse(text.trim());
		boolean powerOfTwo = this != PAGE_SIZE || valid == null || Long.bitCount(Long.parseLong(valid)) == 1;
		if (valid == null || !powerOfTwo) {
			String action = (this == WAL_AUTOCHECKPOINT)
					? "Remove it: checkpoints do not run on the commit path."
							+ " 'sqlite.checkpoint.*' says when they run."
					: "Use " + ((this == PAGE_SIZE) ? "a power of two, " : "") + this.value.describe() + ".";
			throw new SqliteConfigurationException("'" + text + "' is not a value of the pragma '" + sqlName() + "'",
					action);
		}
		return valid;
	}

	/**
	 * Whether what SQLite says is what it was told.
	 * @param expected a validated value
	 * @param actual what reading the pragma returned
	 * @return whether the setting holds
	 */
	boolean holds(String expected, String actual) {
		return this.value.normalize(expected).equalsIgnoreCase(actual);
	}

	/**
	 * The value that an operator reads on a dashboard.
	 * @param actual what reading the pragma returned
	 * @return for example {@code normal} in place of {@code 1}
	 */
	String display(String actual) {
		return this.value.display(actual);
	}

	enum Stage {

		FILE, CONNECTION

	}

	private interface Value {

		@Nullable String parse(String text);

		default String normalize(String expected) {
			return expected;
		}

		default String display(String actual) {
			return actual;
		}

		String describe();

	}

	private record IntegerValue(long min, long max) implements Value {

		@Override
		public @Nullable String parse(String text) {
			try {
				long number = Long.parseLong(text);
				return (number >= this.min && number <= this.max) ? Long.toString(number) : null;
			}
			catch (NumberFormatException ex) {
				return null;
			}
		}

		@Override
		public String describe() {
			return "a whole number from " + this.min + " to " + this.max;
		}

	}

	private static final class BooleanValue implements Value {

		private static final List<String> TRUE = List.of("1", "on", "true", "yes");

		private static final List<String> FALSE = List.of("0", "off", "false", "no");

		@Override
		public @Nullable String parse(String text) {
			String lower = text.toLowerCase(Locale.ROOT);
			if (TRUE.contains(lower)) {
				return "1";
			}
			return FALSE.contains(lower) ? "0" : null;
		}

		@Override
		public String display(String actual) {
			return "1".equals(actual) ? "on" : "off";
		}

		@Override
		public String describe() {
			return "'on' or 'off'";
		}

	}

	private static final class KeywordValue implements Value {

		private final List<String> keywords;

		KeywordValue(String... keywords) {
			this.keywords = List.of(keywords);
		}

		@Override
		public @Nullable String parse(String text) {
			String lower = text.toLowerCase(Locale.ROOT);
			// YAML reads off and on as booleans
			lower = "false".equals(lower) ? "off" : "true".equals(lower) ? "on" : lower;
			if (this.keywords.contains(lower)) {
				return lower;
			}
			for (int i = 0; i < this.keywords.size(); i++) {
				if (Integer.toString(i).equals(lower)) {
					return this.keywords.get(i);
				}
			}
			return null;
		}

		@Override
		public String normalize(String expected) {
			return Integer.toString(this.keywords.indexOf(expected));
		}

		@Override
		public String display(String actual) {
			for (int i = 0; i < this.keywords.size(); i++) {
				if (Integer.toString(i).equals(actual)) {
					return this.keywords.get(i);
				}
			}
			return actual;
		}

		@Override
		public String describe() {
			return "one of " + String.join(", ", this.keywords);
		}

	}

	private static final class TextValue implements Value {

		private final List<String> values;

		TextValue(String... values) {
			this.values = List.of(values);
		}

		@Override
		public @Nullable String parse(String text) {
			return this.values.stream().filter((value) -> value.equalsIgnoreCase(text)).findFirst().orElse(null);
		}

		@Override
		public String describe() {
			return "one of " + String.join(", ", this.values);
		}

	}

}
