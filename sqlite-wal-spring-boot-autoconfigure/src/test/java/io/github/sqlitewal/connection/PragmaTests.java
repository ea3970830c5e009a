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

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PragmaTests {

	@Test
	void unknownPragmaIsRefusedWithTheOnesThatAreKnown() {
		assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> settings("cache_sise", "1"))
			.withMessage("The pragma 'cache_sise' is not known")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("cache_size").contains("foreign_keys"));
	}

	@ParameterizedTest
	@CsvSource({ "journal_mode, delete, WAL", "journal-mode, wal, WAL", "busy_timeout, 5000, sqlite.lock-timeout",
			"locking_mode, exclusive, readers", "query_only, on, read-only", "read_uncommitted, on, shared cache",
			"case_sensitive_like, on, GLOB", "defer_foreign_keys, on, transaction", "user_version, 3, migration",
			"application_id, 3, migration" })
	void pragmaThatIsNotTheUsersIsRefusedWithWhatToDoInstead(String name, String value, String instead) {
		assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> settings(name, value))
			.withMessageContaining(name.replace('-', '_'))
			.withMessageContaining("cannot be set by configuration")
			.satisfies((ex) -> assertThat(ex.getAction()).contains(instead));
	}

	@ParameterizedTest
	@ValueSource(strings = { "1", "1000", "-1" })
	void automaticCheckpointIsRefusedBecauseItRunsInsideACommit(String value) {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> settings("wal_autocheckpoint", value))
			.withMessageContaining("wal_autocheckpoint")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.checkpoint"));
	}

	@ParameterizedTest
	@CsvSource({ "synchronous, sometimes, normal", "synchronous, 4, normal", "foreign_keys, 2, 'on'",
			"cache_size, 8MB, whole number", "cache_size, '1; DROP TABLE t', whole number",
			"page_size, 5000, power of two", "page_size, 256, power of two", "mmap_size, -1, from 0",
			"encoding, latin1, UTF-8", "auto_vacuum, yes, incremental", "max_page_count, 0, from 1" })
	void invalidValueIsRefusedWithTheValidOnes(String name, String value, String valid) {
		assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> settings(name, value))
			.withMessage("'" + value + "' is not a value of the pragma '" + name + "'")
			.satisfies((ex) -> assertThat(ex.getAction()).contains(valid));
	}

	@ParameterizedTest
	@CsvSource({ "synchronous, FULL, full", "synchronous, 2, full", "temp_store, 1, file", "foreign_keys, true, 1",
			"foreign_keys, no, 0", "secure_delete, false, off", "cache_size, ' -4000 ', -4000",
			"encoding, utf-16LE, UTF-16le" })
	void valueMayBeWrittenAsSqliteAndYamlAllow(String name, String value, String canonical) {
		assertThat(settings(name, value).pragmas()).containsEntry(Pragma.of(name), canonical);
	}

	@Test
	void nameMayBeWrittenInKebabCase() {
		assertThat(Pragma.of("cache-size")).isSameAs(Pragma.CACHE_SIZE);
	}

	@Test
	void whatBelongsToTheFileComesBeforeWhatBelongsToTheConnection() {
		ConnectionSettings settings = new ConnectionSettings(DatabaseLocation.memory(),
				Map.of("threads", "2", "page_size", "8192", "encoding", "UTF-8"), Map.of(), List.of(), 0);
		assertThat(settings.pragmas().keySet()).startsWith(Pragma.PAGE_SIZE, Pragma.ENCODING).endsWith(Pragma.THREADS);
	}

	private static ConnectionSettings settings(String name, String value) {
		return new ConnectionSettings(DatabaseLocation.memory(), Map.of(name, value), Map.of(), List.of(), 0);
	}

}
