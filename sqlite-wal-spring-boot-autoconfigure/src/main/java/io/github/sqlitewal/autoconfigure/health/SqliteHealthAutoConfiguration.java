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

import javax.sql.DataSource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.SimpleAutowireCandidateResolver;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.CompositeHealthContributorConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthIndicatorProperties;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import io.github.sqlitewal.SqliteDatabase;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link SqliteHealthIndicator},
 * and for a {@code db} contributor that never waits.
 * <p>
 * Boot's own {@code db} contributor borrows a connection: it waits behind the readers
 * when all of them are in use, which says that the application is busy and not that its
 * database is down. So this comes before it, and reports other data sources of the
 * application the way it does.
 */
@AutoConfiguration(afterName = "io.github.sqlitewal.autoconfigure.SqliteAutoConfiguration",
		beforeName = "org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration")
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(SqliteDatabase.class)
public final class SqliteHealthAutoConfiguration
		extends CompositeHealthContributorConfiguration<SqliteHealthIndicator, SqliteDatabase> {

	SqliteHealthAutoConfiguration() {
		super(SqliteHealthIndicator::new);
	}

	@Bean
	@ConditionalOnEnabledHealthIndicator("sqlite")
	@ConditionalOnMissingBean(name = { "sqliteHealthIndicator", "sqliteHealthContributor" })
	HealthContributor sqliteHealthContributor(ConfigurableListableBeanFactory beanFactory) {
		return createContributor(beanFactory, SqliteDatabase.class);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ DataSourceHealthIndicator.class, JdbcTemplate.class })
	@ConditionalOnBean(DataSource.class)
	@ConditionalOnEnabledHealthIndicator("db")
	@EnableConfigurationProperties(DataSourceHealthIndicatorProperties.class)
	static class DataSourceHealthConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = { "dbHealthIndicator", "dbHealthContributor" })
		HealthContributor dbHealthContributor(ConfigurableListableBeanFactory beanFactory,
				ObjectProvider<SqliteDatabase> databases, DataSourceHealthIndicatorProperties properties,
				ObjectProvider<DataSourcePoolMetadataProvider> metadataProviders) {
			DataSourceHealthContributors contributors = new DataSourceHealthContributors(databases.stream().toList(),
					metadataProviders.orderedStream().toList());
			return contributors.create(SimpleAutowireCandidateResolver.resolveAutowireCandidates(beanFactory,
					DataSource.class, false, true), properties.isIgnoreRoutingDataSources());
		}

	}

}
