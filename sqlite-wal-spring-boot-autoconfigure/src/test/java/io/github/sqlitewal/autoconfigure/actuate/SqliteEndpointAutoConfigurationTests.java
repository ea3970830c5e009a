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

package io.github.sqlitewal.autoconfigure.actuate;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DeferredImportSelector;
import org.springframework.context.annotation.Import;
import org.springframework.core.type.AnnotationMetadata;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.DatabaseLocation;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqliteEndpointAutoConfiguration}.
 */
class SqliteEndpointAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SqliteEndpointAutoConfiguration.class));

	private final ApplicationContextRunner databaseRunner = this.contextRunner.withBean(SqliteDatabase.class,
			() -> SqliteDatabase.builder(DatabaseLocation.memory()).open());

	@Test
	void hasAnEndpointWhenExposed() {
		this.databaseRunner.withPropertyValues("management.endpoints.web.exposure.include=sqlite")
			.run((context) -> assertThat(context).hasSingleBean(SqliteEndpoint.class));
	}

	@Test
	void hasNoEndpointWhenNotExposed() {
		this.databaseRunner.run((context) -> assertThat(context).doesNotHaveBean(SqliteEndpoint.class));
	}

	@Test
	void hasNoEndpointWhenAccessIsNone() {
		this.databaseRunner
			.withPropertyValues("management.endpoints.web.exposure.include=*", "management.endpoint.sqlite.access=NONE")
			.run((context) -> assertThat(context).doesNotHaveBean(SqliteEndpoint.class));
	}

	@Test
	void backsOffWithoutADatabase() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=*")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SqliteEndpoint.class));
	}

	@Test
	void backsOffWithoutTheActuator() {
		new ApplicationContextRunner().withUserConfiguration(ImportedByName.class)
			.withBean(SqliteDatabase.class, () -> SqliteDatabase.builder(DatabaseLocation.memory()).open())
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(SqliteDatabase.class)
				.doesNotHaveBean("sqliteEndpoint"));
	}

	@Test
	void isImportedByName() {
		new ApplicationContextRunner().withUserConfiguration(ImportedByName.class)
			.withBean(SqliteDatabase.class, () -> SqliteDatabase.builder(DatabaseLocation.memory()).open())
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.run((context) -> assertThat(context).hasSingleBean(SqliteEndpoint.class));
	}

	@Test
	void backsOffForTheUsersEndpoint() {
		this.databaseRunner.withPropertyValues("management.endpoints.web.exposure.include=*")
			.withBean("mine", SqliteEndpoint.class,
					() -> new SqliteEndpoint(SqliteDatabase.builder(DatabaseLocation.memory()).open()))
			.run((context) -> assertThat(context).hasSingleBean(SqliteEndpoint.class).hasBean("mine"));
	}

	/**
	 * Imports as Spring Boot does, from the bytes of the class: a runner that is given
	 * the class itself finds a condition that an application without the actuator does
	 * not see.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(Selector.class)
	static class ImportedByName {

	}

	static class Selector implements DeferredImportSelector {

		@Override
		public String[] selectImports(AnnotationMetadata importingClassMetadata) {
			return new String[] { "io.github.sqlitewal.autoconfigure.actuate.SqliteEndpointAutoConfiguration" };
		}

	}

}
