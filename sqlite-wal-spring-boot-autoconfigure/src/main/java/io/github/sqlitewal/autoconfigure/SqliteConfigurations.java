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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizer;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.retry.RetryListener;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.util.function.SingletonSupplier;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.batch.SqliteBatchWriter;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.connection.SqliteConnectionCustomizer;
import io.github.sqlitewal.jdbc.RetrySettings;
import io.github.sqlitewal.jdbc.SpringRetry;
import io.github.sqlitewal.jdbc.SqliteDataSource;
import io.github.sqlitewal.jdbc.SqliteExceptionTranslator;
import io.github.sqlitewal.pool.BusyRetry;
import io.github.sqlitewal.pool.PoolListener;

/**
 * What {@link SqliteAutoConfiguration} imports, in that order: nested in it, they would
 * be looked at in the order of their names.
 */
abstract class SqliteConfigurations {

	private static final Logger logger = LoggerFactory.getLogger(SqliteConfigurations.class);

	@Configuration(proxyBeanMethods = false)
	@Conditional(OnSqliteCondition.class)
	@ConditionalOnMissingBean(SqliteDatabase.class)
	static class Database {

		@Bean(destroyMethod = "close")
		SqliteDatabase sqliteDatabase(SqliteProperties properties, Environment environment,
				ObjectProvider<JdbcConnectionDetails> connectionDetails,
				ObjectProvider<SqliteConnectionCustomizer> customizers, ObjectProvider<BusyRetry> busyRetry,
				ObjectProvider<PoolListener> poolListeners, ObjectProvider<CheckpointListener> checkpointListeners,
				ApplicationEventPublisher events) {
			DatabaseSource source = DatabaseSource.of(properties, environment, connectionDetails.getIfAvailable());
			SqliteDatabase.Builder builder = source.builder();
			SqliteProperties.Pool pool = properties.pool();
			SqliteProperties.Checkpoint checkpoint = properties.checkpoint();
			builder.pragmas(properties.pragmas())
				.lockTimeout(source.lockTimeout(properties))
				.durability(properties.durability())
				.maxQueuedWrites(pool.maxQueuedWrites())
				.combineWrites(pool.combineWrites())
				.holdReadLock(pool.holdReadLock())
				.statementCacheSize(pool.statementCacheSize())
				.maxReadAge(pool.maxReadAge())
				.evictReadAfter(pool.evictReadAfter())
				.recordStacks(pool.recordStacks())
				.batchSize(properties.batch().size())
				.batchMaxLatency(properties.batch().maxLatency())
				.batchQueueCapacity(properties.batch().queueCapacity())
				.batchAtomic(properties.batch().atomic())
				.batchRewriteInserts(properties.batch().rewriteInserts())
				.checkpointInterval(checkpoint.interval())
				.checkpointTriggerSize(checkpoint.triggerSize().toBytes())
				.checkpointBusyTimeout(checkpoint.busyTimeout())
				.maxWalSize(checkpoint.maxWalSize().toBytes(), checkpoint.onMaxWalSize())
				.externalCheckpoints(checkpoint.external())
				.walHeadroom(checkpoint.headroom())
				.shutdownTimeout(properties.shutdown().timeout())
				.poolListener(Listeners.pool(poolListeners.orderedStream().toList()))
				.checkpointListener(Listeners.checkpoint(() -> checkpointListeners.orderedStream().toList(), events));
			if (pool.readers() != null) {
				builder.readers(pool.readers());
			}
			customizers.orderedStream().forEach(builder::customizer);
			busyRetry.ifAvailable(builder::busyRetry);
			warnOfHikari(environment);
			return builder.open();
		}

		private static void warnOfHikari(Environment environment) {
			if (Binder.get(environment).bind("spring.datasource.hikari", Map.class).isBound()) {
				logger
					.warn("spring.datasource.hikari.* has no effect: this DataSource is its own pool, see sqlite.pool.*"
							+ " and sqlite.pragmas.*");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(SqliteDatabase.class)
	@ConditionalOnClass(RetryTemplate.class)
	@ConditionalOnMissingBean(BusyRetry.class)
	static class Retry {

		@Bean
		SpringRetry sqliteRetry(SqliteProperties properties, ObjectProvider<RetryListener> listeners,
				ObjectProvider<PoolListener> poolListeners) {
			return new SpringRetry(settings(properties.retry()), () -> {
				List<RetryListener> all = new ArrayList<>(listeners.orderedStream().toList());
				all.add(new RetryCounter(
						SingletonSupplier.of(() -> Listeners.pool(poolListeners.orderedStream().toList()))));
				return all;
			});
		}

		private static RetrySettings settings(SqliteProperties.Retry retry) {
			try {
				return new RetrySettings(retry.enabled(), retry.maxAttempts(), retry.initialInterval(),
						retry.multiplier(), retry.maxInterval(), retry.jitter());
			}
			catch (IllegalArgumentException ex) {
				throw new SqliteConfigurationException(String.valueOf(ex.getMessage()),
						"Set the property to a value in that range, or remove it: the defaults wait until"
								+ " 'sqlite.lock-timeout'.",
						ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(SqliteDatabase.class)
	static class PooledDataSource {

		// closed with the database, after everything that uses it
		@Bean(destroyMethod = "")
		SqliteDataSource dataSource(SqliteDatabase database) {
			return database.dataSource();
		}

		@Bean
		@ConditionalOnMissingBean
		SqliteCheckpointer sqliteCheckpointer(SqliteDatabase database) {
			return database.checkpointer();
		}

		@Bean
		@ConditionalOnMissingBean
		SqliteBatchWriter sqliteBatchWriter(SqliteDatabase database) {
			return database.batchWriter();
		}

		@Bean
		CheckpointSchedule sqliteCheckpointSchedule(SqliteCheckpointer checkpointer, SqliteProperties properties) {
			return new CheckpointSchedule(checkpointer, properties.checkpoint());
		}

		@Bean
		@ConditionalOnMissingBean(SQLExceptionTranslator.class)
		SqliteExceptionTranslator sqliteExceptionTranslator() {
			return new SqliteExceptionTranslator();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(SqliteDatabase.class)
	@ConditionalOnClass(TransactionManagerCustomizer.class)
	static class Transactions {

		// JdbcTemplate takes the translator bean by itself, the transaction manager does
		// not
		@Bean
		TransactionManagerCustomizer<JdbcTransactionManager> sqliteTransactionManagerCustomizer(
				ObjectProvider<SQLExceptionTranslator> translator) {
			return (manager) -> translator.ifUnique(manager::setExceptionTranslator);
		}

		@Bean
		@ConditionalOnProperty(name = "spring.datasource.connection-fetch", havingValue = "eager",
				matchIfMissing = true)
		static BeanPostProcessor sqliteWriterTransactionListenerRegistrar(ObjectProvider<SqliteDatabase> database) {
			return new WriterTransactionListenerRegistrar(database);
		}

	}

}
