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

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FtsQuery}, asked of FTS5 itself.
 */
class FtsQueryTests {

	private Connection connection;

	@BeforeEach
	void createTable() throws SQLException {
		this.connection = DriverManager.getConnection("jdbc:sqlite::memory:");
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("CREATE VIRTUAL TABLE texts USING fts5 (message)");
			statement.execute("INSERT INTO texts VALUES ('the quick-brown fox said \"hello world\" to NEAR')");
		}
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " ", "\t\n", "\0" })
	void blankTextIsNoQuery(String text) {
		assertThat(FtsQuery.of(text)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "fox", "FOX", "fox quick", "world hello", "\"hello world\"", "hello\" \"world",
			"quick-brown", "-fox", "fox -", "* fox", "fox*", "fox\0quick", "message:fox", "NEAR", "(fox)", "^the" })
	void findsTheWords(String text) throws SQLException {
		// 'message:fox' are two words in a row to find, and the text has only one of them
		assertThat(matches(text)).isEqualTo(text.startsWith("message") ? 0 : 1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "cat", "fox cat", "brown-quick", "fox OR cat", "NOT fox AND", "fo" })
	void wordsAreNotOperatorsAndMustAllOccur(String text) throws SQLException {
		assertThat(matches(text)).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"", "\"\"", "\"\"\"", "-", "*", "NEAR(", "NEAR(a b, 2", "a AND", "OR", "NOT", "{a b} :",
			"^", "a + b", "()", ")", ":", "'", "\\", "%", "a\0\"b", "\uD800", "\uD83D\uDE00", "--", "/*", ";" })
	void nothingIsASyntaxError(String text) throws SQLException {
		assertThat(matches(text)).isBetween(0, 1);
	}

	@Test
	void noMixtureOfSyntaxIsASyntaxError() throws SQLException {
		String[] parts = { "\"", "-", "*", "NEAR(", ")", "AND", "OR", "NOT", "fox", " ", ":", "{", "}", "^", "+", "\0",
				",", "'", "\\" };
		Random random = new Random(42);
		for (int i = 0; i < 2000; i++) {
			StringBuilder text = new StringBuilder();
			for (int length = random.nextInt(12); length >= 0; length--) {
				text.append(parts[random.nextInt(parts.length)]);
			}
			matches(text.toString());
		}
	}

	@Test
	void manyWordsAreNotTooMany() throws SQLException {
		assertThat(matches("fox ".repeat(4000))).isOne();
	}

	private int matches(String text) throws SQLException {
		String query = FtsQuery.of(text);
		if (query == null) {
			return 0;
		}
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT count(*) FROM texts WHERE texts MATCH ?")) {
			statement.setString(1, query);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getInt(1);
			}
		}
	}

}
