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

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

import org.jspecify.annotations.Nullable;

/**
 * Times as users write them: ISO 8601 with an offset, or milliseconds since 1970.
 */
final class EventTime {

	private static final Instant MIN = Instant.parse("0001-01-01T00:00:00Z");

	private static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999Z");

	private EventTime() {
	}

	static Instant parse(String field, String text) {
		Instant instant;
		try {
			instant = isNumber(text) ? Instant.ofEpochMilli(Long.parseLong(text))
					: OffsetDateTime.parse(text).toInstant();
		}
		catch (DateTimeException | NumberFormatException ex) {
			throw new InvalidInputException(
					"'" + field + "' is neither a time like 2026-11-20T12:00:00Z nor milliseconds since 1970", ex);
		}
		if (instant.isBefore(MIN) || instant.isAfter(MAX)) {
			throw new InvalidInputException("'" + field + "' is not within the years 1 to 9999");
		}
		return instant;
	}

	static @Nullable Instant parseOptional(String field, @Nullable String text) {
		return (text == null || text.isBlank()) ? null : parse(field, text);
	}

	private static boolean isNumber(String text) {
		return text.matches("-?\\d+");
	}

}
