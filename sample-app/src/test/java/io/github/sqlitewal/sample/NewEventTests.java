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

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link NewEvent}.
 */
class NewEventTests {

	private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

	private final JsonMapper json = new JsonMapper();

	@Test
	void takesWhatIsThere() {
		assertThat(event("""
				{"source":"a","level":"warn","message":"m","at":"2026-01-02T03:04:05.678+01:00"}""", null))
			.isEqualTo(new NewEvent(Instant.parse("2026-01-02T02:04:05.678Z"), "a", "WARN", "m"));
	}

	@Test
	void fillsInWhatIsNot() {
		assertThat(event("{\"message\":\"m\",\"level\":null,\"at\":null}", "import"))
			.isEqualTo(new NewEvent(NOW, "import", "INFO", "m"));
	}

	@ParameterizedTest
	@CsvSource({ "1700000000000", "'\"1700000000000\"'", "'\"2023-11-14T22:13:20Z\"'" })
	void timeMayBeMillisecondsOrIso(String at) {
		assertThat(event("{\"message\":\"m\",\"at\":" + at + "}", "s").at()).isEqualTo("2023-11-14T22:13:20Z");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			[1]                                                      | an event is a JSON object
			"text"                                                   | an event is a JSON object
			{"message":"m"}                                          | 'source' is missing or blank
			{"source":" ","message":"m"}                             | 'source' is missing or blank
			{"source":5,"message":"m"}                               | 'source' is not a string
			{"source":"s"}                                           | 'message' is missing or empty
			{"source":"s","message":""}                              | 'message' is missing or empty
			{"source":"s","message":{}}                              | 'message' is not a string
			{"source":"s","level":"","message":"m"}                  | 'level' is missing or blank
			{"source":"s","message":"m","at":true}                   | 'at' is neither a string nor a whole number
			{"source":"s","message":"m","at":1.5}                    | 'at' is neither a string nor a whole number
			{"source":"s","message":"m","at":"today"}                | 'at' is neither a time like
			{"source":"s","message":"m","at":"2026-01-02T03:04:05"}  | 'at' is neither a time like
			{"source":"s","message":"m","at":99999999999999999999}   | 'at' is neither a time like
			{"source":"s","message":"m","at":999999999999999}        | 'at' is not within the years 1 to 9999
			""", quoteCharacter = '\0')
	void saysWhatIsWrong(String text, String message) {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> event(text, null))
			.withMessageStartingWith(message);
	}

	private NewEvent event(String text, String defaultSource) {
		return NewEvent.fromJson(this.json.readTree(text), defaultSource, NOW);
	}

}
