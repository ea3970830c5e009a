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

import java.time.Duration;

import javax.sql.DataSource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.retry.support.RetryTemplate;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.jdbc.RetryingJdbcTemplate;
import io.github.sqlitewal.jdbc.SpringRetry;

/**
 * {@link AutoConfiguration Auto-configuration} for the {@link RetryingJdbcTemplate}, on
 * which Boot builds its named-parameter template and its {@code JdbcClient}.
 */
@AutoConfiguration(after = SqliteAutoConfiguration.class, before = JdbcTemplateAutoConfiguration.class)
@ConditionalOnClass({ JdbcTemplate.class, RetryTemplate.class })
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnBean({ SqliteDatabase.class, SpringRetry.class })
@ConditionalOnMissingBean(JdbcOperations.class)
@EnableConfigurationProperties(JdbcProperties.class)
public final class SqliteJdbcTemplateAutoConfiguration {

	@Bean
	@Primary
	RetryingJdbcTemplate jdbcTemplate(DataSource dataSource, SqliteDatabase database, SpringRetry retry,
			JdbcProperties properties, ObjectProvider<SQLExceptionTranslator> translator) {
		RetryingJdbcTemplate jdbcTemplate = new RetryingJdbcTemplate(dataSource, retry, database.lockTimeout());
		JdbcProperties.Template template = properties.getTemplate();
		jdbcTemplate.setIgnoreWarnings(template.isIgnoreWarnings());
		jdbcTemplate.setFetchSize(template.getFetchSize());
		jdbcTemplate.setMaxRows(template.getMaxRows());
		Duration queryTimeout = template.getQueryTimeout();
		if (queryTimeout != null) {
			jdbcTemplate.setQueryTimeout((int) queryTimeout.toSeconds());
		}
		jdbcTemplate.setSkipResultsProcessing(template.isSkipResultsProcessing());
		jdbcTemplate.setSkipUndeclaredResults(template.isSkipUndeclaredResults());
		jdbcTemplate.setResultsMapCaseInsensitive(template.isResultsMapCaseInsensitive());
		translator.ifUnique(jdbcTemplate::setExceptionTranslator);
		return jdbcTemplate;
	}

}
