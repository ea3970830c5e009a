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

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

import io.github.sqlitewal.SqliteDatabase;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link SqliteMetrics}.
 */
@AutoConfiguration(afterName = { "io.github.sqlitewal.autoconfigure.SqliteAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnSingleCandidate(SqliteDatabase.class)
@ConditionalOnBean(MeterRegistry.class)
public final class SqliteMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	SqliteMetrics sqliteMetrics(ObjectProvider<SqliteDatabase> database) {
		// a listener of the database is made before it, so it must not ask for it here
		return new SqliteMetrics(database::getIfAvailable);
	}

}
