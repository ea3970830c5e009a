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
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event that has been checked and is not stored yet.
 *
 * @param at when it happened
 * @param source who reported it
 * @param level how bad it is, in capitals
 * @param message the text
 */
record NewEvent(Instant at, String source, String level, String message) {

	static final String DEFAULT_LEVEL = "INFO";

	private static final int MAX_NAME_LENGTH = 200;

	/**
	 * Reads an event out of JSON, with a text for the user about the first thing that is
	 * wrong.
	 * @param json an object with {@code message} and, where there is no default, with
	 * {@code source}; {@code level} and {@code at} may be left out
	 * @param defaultSource the source of an event that names none
	 * @param now the time of an event that names none
	 * @return the event
	 * @throws InvalidInputException if a field is missing or not of its kind
	 */
	static NewEvent fromJson(JsonNode json, @Nullable String defaultSource, Instant now) {
		if (!json.isObject()) {
			throw new InvalidInputException("an event is a JSON object");
		}
		String source = name(json, "source", defaultSource);
		String level = name(json, "level", DEFAULT_LEVEL).toUpperCase(Locale.ROOT);
		String message = string(json, "message");
		if (message == null || message.isEmpty()) {
			throw new InvalidInputException("'message' is missing or empty");
		}
		return new NewEvent(time(json.get("at"), now), source, level, message);
	}

	private static String name(JsonNode json, String field, @Nullable String defaultValue) {
		String value = string(json, field);
		if (value == null) {
			value = defaultValue;
		}
		if (value == null || value.isBlank()) {
			throw new InvalidInputException("'" + field + "' is missing or blank");
		}
		if (value.length() > MAX_NAME_LENGTH) {
			throw new InvalidInputException("'" + field + "' is longer than " + MAX_NAME_LENGTH + " characters");
		}
		return value;
	}

	private static @Nullable String string(JsonNode json, String field) {
		JsonNode value = json.get(field);
		if (value == null || value.isNull()) {
			return null;
		}
		if (!value.isString()) {
			throw new InvalidInputException("'" + field + "' is not a string");
		}
		return value.stringValue();
	}

	private static Instant time(@Nullable JsonNode at, Instant now) {
		if (at == null || at.isNull()) {
			return now;
		}
		if (at.isString() || at.isIntegralNumber()) {
			return EventTime.parse("at", at.asString());
		}
		throw new InvalidInputException("'at' is neither a string nor a whole number");
	}

}
