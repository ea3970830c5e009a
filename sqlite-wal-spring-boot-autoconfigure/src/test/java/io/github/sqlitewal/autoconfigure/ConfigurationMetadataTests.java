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

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.SqliteConfigurationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Every property is described, and has its default, where an editor looks for it.
 */
class ConfigurationMetadataTests {

	@Test
	void everyPropertyHasADescriptionThatIsASentence() throws IOException {
		List<Map<String, Object>> properties = properties();
		assertThat(properties).hasSizeGreaterThan(10).allSatisfy((property) -> {
			assertThat(property).containsKey("type");
			assertThat((String) property.get("description")).as("description of %s", property.get("name"))
				.isNotBlank()
				.endsWith(".")
				.matches("(?s)[A-Z].*")
				.doesNotStartWith("The ")
				.doesNotStartWith("A ");
		});
	}

	@Test
	void theReadmeDescribesEveryProperty() throws IOException {
		List<String> described = Files.readString(Path.of("../README.md"))
			.lines()
			.dropWhile((line) -> !line.startsWith("| property |"))
			.takeWhile((line) -> line.startsWith("|"))
			.filter((line) -> line.startsWith("| `sqlite."))
			.map((line) -> line.substring(3, line.indexOf('`', 3)))
			.map((name) -> name.endsWith(".*") ? name.substring(0, name.length() - 2) : name)
			.toList();
		assertThat(described).doesNotHaveDuplicates();
		assertThat(properties()).extracting((property) -> (String) property.get("name"))
			.filteredOn((name) -> name.startsWith("sqlite."))
			.containsExactlyInAnyOrderElementsOf(described);
	}

	@Test
	void everyHintOfAPragmaIsOneThatCanBeSet() throws IOException {
		List<String> pragmas = JsonPath.read(metadata(), "$.hints[?(@.name == 'sqlite.pragmas.keys')].values[*].value");
		assertThat(pragmas).contains("cache-size", "synchronous");
		DatabaseLocation memory = DatabaseLocation.memory();
		for (String pragma : pragmas) {
			assertThatExceptionOfType(SqliteConfigurationException.class)
				.isThrownBy(() -> new ConnectionSettings(memory, Map.of(pragma, "not a value"), Map.of(), List.of(), 1))
				.withMessageContaining("is not a value of the pragma");
		}
	}

	private static List<Map<String, Object>> properties() throws IOException {
		List<Map<String, Object>> properties = JsonPath.read(metadata(), "$.properties");
		return properties.stream().filter((property) -> ((String) property.get("name")).contains("sqlite")).toList();
	}

	private static String metadata() throws IOException {
		try (InputStream json = SqliteProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return new String(Objects.requireNonNull(json).readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
		}
	}

}
