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

package io.github.sqlitewal.benchmarks.peer;

import java.sql.SQLException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;

import io.github.sqlitewal.pool.PoolSettings;

/**
 * The best that is made by hand from Spring's own parts: a pool of one for writes, a pool
 * of read-only connections, and Spring's proxy that sends a read-only transaction to the
 * second. A query outside a transaction goes to the writer, because the proxy cannot know
 * that it only reads.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class PairOfPools {

	static final String FILE = "benchmarks.file";

	private static final Tuning TUNING = Tuning.synchronous("NORMAL");

	@Bean(defaultCandidate = false)
	HikariDataSource writer(@Value("${" + FILE + "}") String file) throws SQLException {
		return pool("writer", file, false, 1);
	}

	@Bean(defaultCandidate = false)
	@DependsOn("writer") // which makes the WAL
	HikariDataSource readers(@Value("${" + FILE + "}") String file) throws SQLException {
		return pool("readers", file, true, PoolSettings.defaultReaders());
	}

	private static HikariDataSource pool(String name, String file, boolean readOnly, int size) throws SQLException {
		SQLiteConfig config = new SQLiteConfig(TUNING.properties());
		config.setReadOnly(readOnly);
		SQLiteDataSource target = new SQLiteDataSource(config);
		target.setUrl("jdbc:sqlite:" + file);
		HikariDataSource pool = new HikariDataSource();
		pool.setPoolName(name);
		pool.setDataSource(target);
		pool.setReadOnly(readOnly);
		pool.setMaximumPoolSize(size);
		// opens its connections now, and not in what is measured
		pool.getConnection().close();
		return pool;
	}

	@Bean
	DataSource dataSource(@Qualifier("writer") HikariDataSource writer,
			@Qualifier("readers") HikariDataSource readers) {
		LazyConnectionDataSourceProxy proxy = new LazyConnectionDataSourceProxy();
		// said, so that it does not take the writer to ask for them
		proxy.setDefaultAutoCommit(true);
		proxy.setDefaultTransactionIsolationName("TRANSACTION_SERIALIZABLE");
		proxy.setTargetDataSource(writer);
		proxy.setReadOnlyDataSource(readers);
		return proxy;
	}

}
