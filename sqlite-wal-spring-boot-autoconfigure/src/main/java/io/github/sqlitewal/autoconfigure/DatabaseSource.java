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
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.pool.PoolSettings;

/**
 * Which database the application means: of a {@link JdbcConnectionDetails} bean, of
 * {@code sqlite.path}, of {@code spring.datasource.url}, or the default.
 *
 * @param location where it is
 * @param url what else a URL said, {@code null} without one
 */
record DatabaseSource(DatabaseLocation location, @Nullable DatabaseUrl url) {

	static DatabaseSource of(SqliteProperties properties, Environment environment,
			@Nullable JdbcConnectionDetails details) {
		if (details != null) {
			return of(details.getJdbcUrl());
		}
		String path = properties.path();
		String url = OnSqliteCondition.url(environment);
		if (!StringUtils.hasText(path)) {
			return (url != null) ? of(url) : new DatabaseSource(DatabaseLocation.of(defaultPath(environment)), null);
		}
		DatabaseLocation location = DatabaseLocation.of(Objects.requireNonNull(path));
		if (url == null) {
			return new DatabaseSource(location, null);
		}
		DatabaseSource source = of(url);
		if (!source.location().equals(location)) {
			throw new SqliteConfigurationException("'sqlite.path' is '" + path + "' and 'spring.datasource.url' is '"
					+ url + "', which are two databases", "Set one of them, or both to the same file.");
		}
		return source;
	}

	private static DatabaseSource of(String jdbcUrl) {
		if (!DatabaseUrl.isSqlite(jdbcUrl)) {
			throw new SqliteConfigurationException("'" + jdbcUrl + "' is not a URL of SQLite",
					"Let the JdbcConnectionDetails bean return a URL such as jdbc:sqlite:data/app.db, or exclude"
							+ " SqliteAutoConfiguration.");
		}
		DatabaseUrl url = DatabaseUrl.parse(jdbcUrl);
		return new DatabaseSource(url.location(), url);
	}

	private static String defaultPath(Environment environment) {
		String name = environment.getProperty("spring.application.name");
		// a name may have what a file may not
		String file = StringUtils.hasText(name) ? name.trim().replaceAll("[^\\p{L}\\p{N}._-]+", "-") : "app";
		return "./" + file + ".db";
	}

	SqliteDatabase.Builder builder() {
		SqliteDatabase.Builder builder = SqliteDatabase.builder(this.location);
		if (this.url != null) {
			builder.pragmas(this.url.pragmas());
			for (Map.Entry<String, String> property : this.url.driverProperties().entrySet()) {
				builder.driverProperty(property.getKey(), property.getValue());
			}
		}
		return builder;
	}

	Duration lockTimeout(SqliteProperties properties) {
		if (properties.lockTimeout() != null) {
			return properties.lockTimeout();
		}
		Duration busyTimeout = (this.url != null) ? this.url.busyTimeout() : null;
		return (busyTimeout != null) ? busyTimeout : PoolSettings.DEFAULT_LOCK_TIMEOUT;
	}

}
