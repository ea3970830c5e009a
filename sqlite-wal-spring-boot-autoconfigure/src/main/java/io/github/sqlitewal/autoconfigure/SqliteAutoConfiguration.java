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

import javax.sql.DataSource;
import javax.sql.XADataSource;

import org.sqlite.JDBC;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;

/**
 * {@link AutoConfiguration Auto-configuration} for a SQLite database and its
 * {@link DataSource}. Backs off when the application brings a {@link DataSource}, or
 * configures another database.
 */
@AutoConfiguration(before = DataSourceAutoConfiguration.class)
@ConditionalOnClass({ JDBC.class, DataSourceAutoConfiguration.class })
@ConditionalOnMissingBean({ DataSource.class, XADataSource.class })
@EnableConfigurationProperties(SqliteProperties.class)
@ImportRuntimeHints(SqliteRuntimeHints.class)
@Import({ SqliteConfigurations.Database.class, SqliteConfigurations.Retry.class,
		SqliteConfigurations.PooledDataSource.class, SqliteConfigurations.Transactions.class })
public final class SqliteAutoConfiguration {

}
