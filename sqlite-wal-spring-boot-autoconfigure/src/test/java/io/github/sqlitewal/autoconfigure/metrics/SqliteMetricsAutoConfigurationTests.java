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

package io.github.sqlitewal.autoconfigure.metrics;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.retry.RetryListener;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqliteMetricsAutoConfiguration}.
 */
class SqliteMetricsAutoConfigurationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner contextRunner;

	@BeforeEach
	void setUp() {
		this.contextRunner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SqliteMetricsAutoConfiguration.class))
			.withPropertyValues("test.file=" + this.directory.resolve("app.db"))
			.withUserConfiguration(DatabaseConfiguration.class);
	}

	@Test
	void metersTheDatabaseThatItListensTo() {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class))
			.withUserConfiguration(TwoRegistriesConfiguration.class)
			.run((context) -> {
				execute(context.getBean(SqliteDatabase.class), "CREATE TABLE t (id INTEGER)");
				for (MeterRegistry registry : context.getBeansOfType(SimpleMeterRegistry.class).values()) {
					assertThat(registry.get("sqlite.writer.wait").timer().count()).isOne();
					assertThat(registry.get("sqlite.writer.hold").timer().count()).isOne();
					assertThat(registry.get("sqlite.wal.frames").gauge().value()).isPositive();
					assertThat(registry.get("sqlite.retries").counter().count()).isZero();
				}
			});
	}

	@Test
	void backsOffWithoutARegistry() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(SqliteDatabase.class)
			.doesNotHaveBean(SqliteMetrics.class));
	}

	@Test
	void backsOffWithoutADatabase() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SqliteMetricsAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SqliteMetrics.class));
	}

	@Test
	void backsOffWithoutMicrometer() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("io.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(SqliteDatabase.class)
				.doesNotHaveBean("sqliteMetrics"));
	}

	@Test
	void backsOffForTheUsersMetrics() {
		this.contextRunner.withBean(SimpleMeterRegistry.class)
			.withBean("mine", SqliteMetrics.class, () -> new SqliteMetrics(() -> null))
			.run((context) -> assertThat(context).hasSingleBean(SqliteMetrics.class).hasBean("mine"));
	}

	@Test
	void countsTheRetriesOfTheDatabaseAndNotThoseOfTheApplication() {
		this.contextRunner.withBean(SimpleMeterRegistry.class).run((context) -> {
			assertThat(context).doesNotHaveBean(RetryListener.class);
			SqliteMetrics metrics = context.getBean(SqliteMetrics.class);
			SimpleMeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
			metrics.bindTo(registry);
			metrics.retried(3);
			assertThat(registry.get("sqlite.retries").counter().count()).isEqualTo(3);
		});
	}

	private static void execute(SqliteDatabase database, String sql) throws SQLException {
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class DatabaseConfiguration {

		@Bean
		SqliteDatabase database(Environment environment, ObjectProvider<PoolListener> poolListeners,
				ObjectProvider<CheckpointListener> checkpointListeners) {
			SqliteDatabase.Builder builder = SqliteDatabase
				.builder(Path.of(environment.getRequiredProperty("test.file")));
			poolListeners.ifAvailable(builder::poolListener);
			checkpointListeners.ifAvailable(builder::checkpointListener);
			return builder.open();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoRegistriesConfiguration {

		@Bean
		SimpleMeterRegistry first() {
			return new SimpleMeterRegistry();
		}

		@Bean
		SimpleMeterRegistry second() {
			return new SimpleMeterRegistry();
		}

	}

}
