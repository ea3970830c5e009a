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

import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.boot.jdbc.metadata.CompositeDataSourcePoolMetadataProvider;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.jdbc.SqliteDataSource;

/**
 * The {@code db} contributor of an application with a {@link SqliteDatabase}: that one is
 * probed on its maintenance connection, and other data sources are checked as Boot's
 * {@code DataSourceHealthContributorAutoConfiguration} does, with the same names, the
 * same composites and the same property for routing data sources.
 */
final class DataSourceHealthContributors {

	private final Collection<SqliteDatabase> databases;

	private final DataSourcePoolMetadataProvider poolMetadata;

	DataSourceHealthContributors(Collection<SqliteDatabase> databases,
			Collection<DataSourcePoolMetadataProvider> metadataProviders) {
		this.databases = databases;
		this.poolMetadata = new CompositeDataSourcePoolMetadataProvider(metadataProviders);
	}

	HealthContributor create(Map<String, DataSource> dataSources, boolean ignoreRouting) {
		Map<String, DataSource> candidates = new LinkedHashMap<>(dataSources);
		if (ignoreRouting) {
			candidates.values().removeIf((dataSource) -> routing(dataSource) != null);
		}
		return (candidates.size() == 1) ? create(candidates.values().iterator().next())
				: CompositeHealthContributor.fromMap(candidates, this::create);
	}

	private HealthContributor create(DataSource dataSource) {
		// first, because unwrapping a routing data source answers for its current target
		AbstractRoutingDataSource routing = routing(dataSource);
		if (routing != null) {
			Map<String, DataSource> targets = new LinkedHashMap<>();
			routing.getResolvedDataSources()
				.forEach((key, target) -> targets.put(Objects.toString(key, "unnamed"), target));
			return CompositeHealthContributor.fromMap(targets, this::create);
		}
		SqliteDatabase database = database(dataSource);
		if (database != null) {
			return new SqliteDataSourceHealthIndicator(database);
		}
		DataSourcePoolMetadata metadata = this.poolMetadata.getDataSourcePoolMetadata(dataSource);
		return new DataSourceHealthIndicator(dataSource, (metadata != null) ? metadata.getValidationQuery() : null);
	}

	private @Nullable SqliteDatabase database(DataSource dataSource) {
		SqliteDataSource unwrapped = DataSourceUnwrapper.unwrap(dataSource, SqliteDataSource.class);
		List<SqliteDatabase> matches = this.databases.stream()
			.filter((database) -> database.dataSource() == unwrapped)
			.toList();
		return matches.isEmpty() ? null : matches.get(0);
	}

	private static @Nullable AbstractRoutingDataSource routing(DataSource dataSource) {
		if (dataSource instanceof AbstractRoutingDataSource routing) {
			return routing;
		}
		try {
			return dataSource.isWrapperFor(AbstractRoutingDataSource.class)
					? dataSource.unwrap(AbstractRoutingDataSource.class) : null;
		}
		catch (SQLException ex) {
			// it does not wrap anything
			return null;
		}
	}

}
