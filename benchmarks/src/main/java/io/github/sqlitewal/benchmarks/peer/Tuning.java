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

package io.github.sqlitewal.benchmarks.peer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What a careful person sets by hand on sqlite-jdbc: everything that the starter sets, so
 * that no figure comes from a pragma. Checkpoints stay where SQLite has them, in the
 * commit that fills 1,000 pages.
 *
 * @param parameters names and values, as the URL and the properties of the driver take
 * them
 */
record Tuning(Map<String, String> parameters) {

	static Tuning synchronous(String synchronous) {
		Map<String, String> parameters = new LinkedHashMap<>();
		parameters.put("busy_timeout", "30000");
		parameters.put("journal_mode", "WAL");
		parameters.put("synchronous", synchronous);
		parameters.put("foreign_keys", "ON");
		parameters.put("temp_store", "MEMORY");
		parameters.put("cache_size", "-8192");
		parameters.put("journal_size_limit", "67108864");
		return new Tuning(parameters);
	}

	Tuning with(String name, String value) {
		Map<String, String> parameters = new LinkedHashMap<>(this.parameters);
		parameters.put(name, value);
		return new Tuning(parameters);
	}

	String url(Path file) {
		return url(file.toString());
	}

	String url(String file) {
		return "jdbc:sqlite:" + file
				+ this.parameters.entrySet()
					.stream()
					.map((parameter) -> parameter.getKey() + "=" + parameter.getValue())
					.collect(Collectors.joining("&", "?", ""));
	}

	Properties properties() {
		Properties properties = new Properties();
		properties.putAll(this.parameters);
		return properties;
	}

}
