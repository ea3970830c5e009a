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

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
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
	HikariDataSource writer(@Value("${" + FILE + "}") String file) {
		return pool("writer", file, new SQLiteConfig(TUNING.properties()), 1);
	}

	// after the writer, which makes the WAL
	@Bean(defaultCandidate = false)
	HikariDataSource readers(@Value("${" + FILE + "}") String file, @Qualifier("writer") HikariDataSource writer)
			throws Exception {
		writer.getConnection().close();
		SQLiteConfig config = new SQLiteConfig(TUNING.properties());
		config.setReadOnly(true);
		HikariDataSource pool = pool("readers", file, config, PoolSettings.defaultReaders());
		pool.setReadOnly(true);
		return pool;
	}

	private static HikariDataSource pool(String name, String file, SQLiteConfig config, int size) {
		SQLiteDataSource target = new SQLiteDataSource(config);
		target.setUrl("jdbc:sqlite:" + file);
		HikariDataSource pool = new HikariDataSource();
		pool.setPoolName(name);
		pool.setDataSource(target);
		pool.setMaximumPoolSize(size);
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
