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

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.io.support.SpringFactoriesLoader;

import io.github.sqlitewal.connection.SqliteConfigurationException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqliteConfigurationFailureAnalyzer}.
 */
class SqliteConfigurationFailureAnalyzerTests {

	private final SqliteConfigurationException failure = new SqliteConfigurationException("It is too old",
			"Take a newer one.");

	@Test
	void saysWhatIsWrongAndWhatToDo() {
		FailureAnalysis analysis = new SqliteConfigurationFailureAnalyzer().analyze(this.failure);
		assertThat(analysis.getDescription()).isEqualTo("It is too old");
		assertThat(analysis.getAction()).isEqualTo("Take a newer one.");
		assertThat(analysis.getCause()).isSameAs(this.failure);
	}

	@Test
	void findsTheFailureBehindTheBeanThatCouldNotBeMade() {
		FailureAnalysis analysis = new SqliteConfigurationFailureAnalyzer()
			.analyze(new BeanCreationException("dataSource", "no", new IllegalStateException(this.failure)));
		assertThat(analysis.getDescription()).isEqualTo("It is too old");
	}

	@Test
	void isRegistered() {
		// those of Boot that want a bean factory cannot be made here
		List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class, (type, name, failure) -> {
			});
		assertThat(analyzers).hasAtLeastOneElementOfType(SqliteConfigurationFailureAnalyzer.class);
	}

}
