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

package io.github.sqlitewal.autoconfigure.health;

import java.nio.file.Path;
import java.util.Map;

import javax.sql.DataSource;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

import io.github.sqlitewal.SqliteDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link SqliteHealthAutoConfiguration}.
 */
class SqliteHealthAutoConfigurationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner contextRunner;

	@BeforeEach
	void setUp() {
		this.contextRunner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SqliteHealthAutoConfiguration.class,
					DataSourceHealthContributorAutoConfiguration.class))
			.withPropertyValues("test.file=" + this.directory.resolve("app.db"));
	}

	@Test
	void reportsTheDatabaseAndItsDataSource() {
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class).run((context) -> {
			assertThat(context.getBean("sqliteHealthContributor")).isInstanceOf(SqliteHealthIndicator.class);
			Health db = health(context.getBean("dbHealthContributor"));
			assertThat(db.getStatus()).isEqualTo(Status.UP);
			assertThat(db.getDetails()).containsExactly(Map.entry("database", "SQLite"),
					Map.entry("validationQuery", "SELECT count(*) FROM sqlite_schema"));
		});
	}

	@Test
	void backsOffWithoutADatabase() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(HealthContributor.class));
	}

	@Test
	void leavesOtherDataSourcesToBootWithoutADatabase() {
		this.contextRunner.withBean(DataSource.class, DriverManagerDataSource::new)
			.run((context) -> assertThat(context).getBean("dbHealthContributor")
				.isInstanceOf(DataSourceHealthIndicator.class));
	}

	@Test
	void backsOffWithoutTheHealthModule() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SqliteHealthAutoConfiguration.class))
			.withPropertyValues("test.file=" + this.directory.resolve("app.db"))
			.withUserConfiguration(DatabaseConfiguration.class)
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(SqliteDatabase.class)
				.doesNotHaveBean("sqliteHealthContributor")
				.doesNotHaveBean("dbHealthContributor"));
	}

	@Test
	void hasNoDbContributorWithoutTheJdbcModule() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SqliteHealthAutoConfiguration.class))
			.withPropertyValues("test.file=" + this.directory.resolve("app.db"))
			.withUserConfiguration(DatabaseConfiguration.class)
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.jdbc"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("sqliteHealthContributor")
				.doesNotHaveBean("dbHealthContributor"));
	}

	@Test
	void canBeDisabled() {
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class)
			.withPropertyValues("management.health.sqlite.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean("sqliteHealthContributor")
				.hasBean("dbHealthContributor"));
	}

	@Test
	void dbContributorCanBeDisabled() {
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class)
			.withPropertyValues("management.health.db.enabled=false")
			.run((context) -> assertThat(context).hasBean("sqliteHealthContributor")
				.doesNotHaveBean("dbHealthContributor"));
	}

	@Test
	void backsOffForTheUsersContributors() {
		HealthIndicator indicator = mock(HealthIndicator.class);
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class)
			.withBean("sqliteHealthIndicator", HealthIndicator.class, () -> indicator)
			.withBean("dbHealthIndicator", HealthIndicator.class, () -> indicator)
			.run((context) -> assertThat(context).doesNotHaveBean("sqliteHealthContributor")
				.doesNotHaveBean("dbHealthContributor"));
	}

	@Test
	void reportsOtherDataSourcesAsBootDoes() {
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class)
			.withBean("other", DataSource.class, DriverManagerDataSource::new)
			.run((context) -> {
				CompositeHealthContributor db = (CompositeHealthContributor) context.getBean("dbHealthContributor");
				assertThat(db.getContributor("dataSource")).isInstanceOf(SqliteDataSourceHealthIndicator.class);
				assertThat(db.getContributor("other")).isInstanceOf(DataSourceHealthIndicator.class);
				assertThat(db.stream()).hasSize(2);
			});
	}

	@Test
	void recognisesTheDatabaseBehindAProxy() {
		this.contextRunner.withUserConfiguration(ProxiedDataSourceConfiguration.class)
			.run((context) -> assertThat(context).getBean("dbHealthContributor")
				.isInstanceOf(SqliteDataSourceHealthIndicator.class));
	}

	@Test
	void looksThroughARoutingDataSource() {
		this.contextRunner.withUserConfiguration(RoutingDataSourceConfiguration.class).run((context) -> {
			CompositeHealthContributor db = (CompositeHealthContributor) context.getBean("dbHealthContributor");
			CompositeHealthContributor routing = (CompositeHealthContributor) db.getContributor("routing");
			assertThat(routing).isNotNull();
			assertThat(routing.getContributor("here")).isInstanceOf(SqliteDataSourceHealthIndicator.class);
			assertThat(routing.getContributor("there")).isInstanceOf(DataSourceHealthIndicator.class);
		});
	}

	@Test
	void ignoresARoutingDataSourceWhenAskedTo() {
		this.contextRunner.withUserConfiguration(RoutingDataSourceConfiguration.class)
			.withPropertyValues("management.health.db.ignore-routing-datasources=true")
			.run((context) -> assertThat(context).getBean("dbHealthContributor")
				.isInstanceOf(SqliteDataSourceHealthIndicator.class));
	}

	@Test
	void reportsEachOfSeveralDatabases() {
		this.contextRunner.withUserConfiguration(DatabaseConfiguration.class, SecondDatabaseConfiguration.class)
			.run((context) -> {
				CompositeHealthContributor sqlite = (CompositeHealthContributor) context
					.getBean("sqliteHealthContributor");
				assertThat(sqlite.getContributor("database")).isInstanceOf(SqliteHealthIndicator.class);
				assertThat(sqlite.getContributor("second")).isInstanceOf(SqliteHealthIndicator.class);
			});
	}

	private static Health health(Object indicator) {
		return ((HealthIndicator) indicator).health(true);
	}

	@Configuration(proxyBeanMethods = false)
	static class DatabaseConfiguration {

		@Bean
		SqliteDatabase database(Environment environment) {
			return SqliteDatabase.builder(Path.of(environment.getRequiredProperty("test.file"))).open();
		}

		@Bean
		DataSource dataSource(SqliteDatabase database) {
			return database.dataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondDatabaseConfiguration {

		@Bean
		SqliteDatabase second(Environment environment) {
			return SqliteDatabase.builder(Path.of(environment.getRequiredProperty("test.file") + "2")).open();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ProxiedDataSourceConfiguration {

		@Bean
		SqliteDatabase database(Environment environment) {
			return SqliteDatabase.builder(Path.of(environment.getRequiredProperty("test.file"))).open();
		}

		@Bean
		DataSource dataSource(SqliteDatabase database) {
			return new DelegatingDataSource(database.dataSource());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RoutingDataSourceConfiguration extends DatabaseConfiguration {

		@Bean
		DataSource routing(ObjectProvider<SqliteDatabase> database) {
			AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {

				@Override
				protected Object determineCurrentLookupKey() {
					return "here";
				}

			};
			routing.setTargetDataSources(
					Map.of("here", database.getObject().dataSource(), "there", new DriverManagerDataSource()));
			return routing;
		}

	}

}
