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

package io.github.sqlitewal.autoconfigure;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * A {@code jdbc:sqlite:} URL, read as sqlite-jdbc reads it, but for one thing: the driver
 * takes a parameter that it does not know for a part of the file's name.
 *
 * @param location where the database is
 * @param pragmas pragmas by name
 * @param driverProperties how the driver stores dates
 * @param busyTimeout the busy timeout, {@code null} when the URL has none
 */
record DatabaseUrl(DatabaseLocation location, Map<String, String> pragmas, Map<String, String> driverProperties,
		@Nullable Duration busyTimeout) {

	private static final String PREFIX = "jdbc:sqlite:";

	static boolean isSqlite(String url) {
		return url.trim().toLowerCase(Locale.ROOT).startsWith(PREFIX);
	}

	static DatabaseUrl parse(String url) {
		String rest = url.trim().substring(PREFIX.length());
		int question = rest.indexOf('?');
		String name = (question < 0) ? rest : rest.substring(0, question);
		boolean uri = name.toLowerCase(Locale.ROOT).startsWith("file:");
		Map<String, String> parameters = parameters((question < 0) ? "" : rest.substring(question + 1), url);
		boolean memory = name.equals(":memory:") || name.equals("file::memory:")
				|| "memory".equalsIgnoreCase(parameters.get("mode"));
		if (!memory && (name.isBlank() || name.startsWith(":resource:"))) {
			throw new SqliteConfigurationException("'" + url + "' names no file that can be written to",
					"Set 'spring.datasource.url' to a URL such as jdbc:sqlite:data/app.db, or 'sqlite.path' to a path.");
		}
		DatabaseLocation location = memory ? DatabaseLocation.memory()
				: DatabaseLocation.of(uri ? uriPath(name) : name);
		Map<String, String> pragmas = new LinkedHashMap<>();
		Map<String, String> driverProperties = new LinkedHashMap<>();
		Duration busyTimeout = null;
		for (Map.Entry<String, String> parameter : parameters.entrySet()) {
			String key = parameter.getKey();
			String value = parameter.getValue();
			switch (key) {
				case "date_class", "date_precision", "date_string_format" -> driverProperties.put(key, value);
				case "busy_timeout" -> busyTimeout = milliseconds(value, url);
				case "journal_mode" -> require(key, value, url, "wal");
				case "cache" -> require(key, value, url, "private");
				case "mode" -> require(key, value, url, "rwc", "rw", "memory");
				case "immutable", "open_mode", "shared_cache" ->
					throw new SqliteConfigurationException("'" + key + "' in '" + url + "' is not possible",
							"Remove it: the database is opened for writing, by one writer and several readers.");
				case "enable_load_extension", "jdbc.explicit_readonly" -> require(key, value, url, "false");
				// what they ask for is what happens in any case, or better
				case "transaction_mode", "jdbc.get_generated_keys" -> {
				}
				default -> pragmas.put(key, value);
			}
		}
		return new DatabaseUrl(location, pragmas, driverProperties, busyTimeout);
	}

	private static String uriPath(String name) {
		String path = name.substring("file:".length());
		// file:///a/b and file://localhost/a/b are /a/b
		if (path.startsWith("//")) {
			int slash = path.indexOf('/', 2);
			path = (slash < 0) ? "" : path.substring(slash);
		}
		try {
			return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			throw new SqliteConfigurationException("'" + name + "' is not a file URI: " + ex.getMessage(),
					"Write a percent sign as %25, or name the file without 'file:'.", ex);
		}
	}

	private static Map<String, String> parameters(String query, String url) {
		Map<String, String> parameters = new LinkedHashMap<>();
		for (String part : query.split("&", -1)) {
			if (part.isBlank()) {
				continue;
			}
			int equals = part.indexOf('=');
			if (equals < 1) {
				throw new SqliteConfigurationException("'" + part + "' in '" + url + "' is not a parameter",
						"Write parameters as name=value, separated by '&'.");
			}
			parameters.put(part.substring(0, equals).trim().toLowerCase(Locale.ROOT),
					part.substring(equals + 1).trim());
		}
		return parameters;
	}

	private static Duration milliseconds(String value, String url) {
		try {
			return Duration.ofMillis(Math.max(1, Long.parseLong(value)));
		}
		catch (NumberFormatException ex) {
			throw new SqliteConfigurationException("The busy_timeout '" + value + "' in '" + url + "' is no number",
					"Set 'sqlite.lock-timeout' instead, for example to 30s.", ex);
		}
	}

	private static void require(String key, String value, String url, String... accepted) {
		for (String each : accepted) {
			if (each.equalsIgnoreCase(value)) {
				return;
			}
		}
		throw new SqliteConfigurationException("'" + key + "=" + value + "' in '" + url + "' is not possible",
				"Remove it; the value here is always '" + accepted[0] + "'.");
	}

}
