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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class SqliteVersionTests {

	@ParameterizedTest
	@ValueSource(strings = { "3.51.2", "3.50.9", "3.9.0", "2.99.99" })
	void versionThatCanCorruptTheWalIsRefused(String version) {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteVersion.parse(version).requireSupported())
			.withMessageContaining("SQLite " + version)
			.withMessageContaining("3.51.3")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite-jdbc.version"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "3.51.3", "3.51.10", "3.52.0", "3.100.0", "4.0.0", "3.51.3.1" })
	void laterVersionIsAccepted(String version) {
		assertThatNoException().isThrownBy(() -> SqliteVersion.parse(version).requireSupported());
	}

	@Test
	void whatIsNoVersionIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> SqliteVersion.parse("3.51"))
			.withMessageContaining("3.51");
	}

}
