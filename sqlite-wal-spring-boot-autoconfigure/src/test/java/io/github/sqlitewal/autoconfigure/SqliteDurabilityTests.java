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

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.persistence.EntityManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.DurableDatabase;
import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * {@code sqlite.durability}, and what Spring's transactions make of it.
 */
@Timeout(120)
class SqliteDurabilityTests {

	@TempDir
	Path directory;

	private final ScriptedWal wal = new ScriptedWal();

	private final Actor actor = Actor.named("committer");

	@AfterEach
	void close() {
		this.wal.releaseAll();
		this.actor.close();
	}

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(SqliteAutoConfiguration.class, SqliteJdbcTemplateAutoConfiguration.class,
							DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
							TransactionManagerCustomizationAutoConfiguration.class, TransactionAutoConfiguration.class))
			.withPropertyValues("sqlite.path=" + file());
	}

	private ApplicationContextRunner scripted() {
		return runner().withBean(SqliteDatabase.class, () -> DurableDatabase.builder(file(), this.wal).open());
	}

	private ApplicationContextRunner jdbc() {
		return scripted().withConfiguration(AutoConfigurations.of(DataSourceTransactionManagerAutoConfiguration.class));
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	@Test
	void processCrashIsTheDefault() {
		runner().run((context) -> assertThat(context.getBean(SqliteDatabase.class).durability())
			.isEqualTo(Durability.PROCESS_CRASH));
	}

	@Test
	void powerLossIsAProperty() {
		AtomicInteger synced = new AtomicInteger();
		runner().withBean("failing", PoolListener.class, () -> new PoolListener() {

			@Override
			public void synced(int commits, long nanos) {
				throw new IllegalStateException("from a listener");
			}

		}).withBean("counting", PoolListener.class, () -> new PoolListener() {

			@Override
			public void synced(int commits, long nanos) {
				synced.addAndGet(commits);
			}

		}).withPropertyValues("sqlite.durability=power-loss").run((context) -> {
			assertThat(context.getBean(SqliteDatabase.class).durability()).isEqualTo(Durability.POWER_LOSS);
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (x)");
			template.update("INSERT INTO t VALUES (1)");
			assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(1);
			assertThat(synced).hasValue(2);
		});
	}

	@Test
	void powerLossWithAnotherSynchronousFailsTheStart() {
		runner().withPropertyValues("sqlite.durability=power-loss", "sqlite.pragmas.synchronous=full")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(SqliteConfigurationException.class));
	}

	@Test
	void transactionalMethodReturnsAfterTheSync() {
		jdbc().withUserConfiguration(Services.class).run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (x)");
			returnsAfterASync(context, () -> context.getBean(Service.class).insert());
		});
	}

	@Test
	void batchUpdateReturnsAfterTheSync() {
		jdbc().run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (x)");
			returnsAfterASync(context,
					() -> template.batchUpdate("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"));
		});
	}

	@Test
	void transactionOfJpaReturnsAfterTheSync() {
		jpa().run((context) -> {
			JpaTransactionManager manager = context.getBean(JpaTransactionManager.class);
			EntityManager entities = SharedEntityManagerCreator
				.createSharedEntityManager(manager.getEntityManagerFactory());
			returnsAfterASync(context, () -> new TransactionTemplate(manager)
				.executeWithoutResult((status) -> entities.persist(JpaTests.Item.named("one"))));
		});
	}

	@Test
	void transactionWhoseSyncFailsIsOverAndItsCallerIsTold() {
		jdbc().run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (x)");
			TransactionTemplate transaction = new TransactionTemplate(
					context.getBean(PlatformTransactionManager.class));
			this.wal.fail(new IOException("Input/output error"));
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(
						() -> transaction.executeWithoutResult((status) -> template.update("INSERT INTO t VALUES (1)")))
				.withMessageContaining("unknown");
			assertClean(context);
			assertThatExceptionOfType(DataAccessResourceFailureException.class)
				.isThrownBy(() -> template.update("INSERT INTO t VALUES (2)"))
				.withMessageContaining("open the database again");
			assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(1);
		});
	}

	@Test
	void transactionOfJpaWhoseSyncFailsIsOverAndItsCallerIsTold() {
		jpa().run((context) -> {
			JpaTransactionManager manager = context.getBean(JpaTransactionManager.class);
			EntityManager entities = SharedEntityManagerCreator
				.createSharedEntityManager(manager.getEntityManagerFactory());
			this.wal.fail(new IOException("Input/output error"));
			assertThatException()
				.isThrownBy(() -> new TransactionTemplate(manager)
					.executeWithoutResult((status) -> entities.persist(JpaTests.Item.named("one"))))
				.withStackTraceContaining("It is unknown whether the transaction survives a loss of power");
			assertClean(context);
		});
	}

	private ApplicationContextRunner jpa() {
		return scripted().withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
			.withUserConfiguration(JpaTests.Entities.class)
			.withPropertyValues("spring.jpa.hibernate.ddl-auto=update");
	}

	private void returnsAfterASync(ApplicationContext context, Runnable commit) throws Exception {
		SqliteDatabase database = context.getBean(SqliteDatabase.class);
		int before = this.wal.syncs();
		this.wal.block();
		Future<Boolean> committed = this.actor.begins(() -> {
			commit.run();
			return true;
		});
		this.wal.awaitSyncs(before + 1);
		assertThat(database.status().writer()).isNull();
		assertThat(committed.isDone()).isFalse();
		this.wal.releaseAll();
		assertThat(Actor.result(committed)).isTrue();
		assertThat(this.wal.syncs()).isEqualTo(before + 1);
	}

	private static void assertClean(ApplicationContext context) {
		assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		assertThat(context.getBean(SqliteDatabase.class).status().writer()).isNull();
	}

	@Configuration(proxyBeanMethods = false)
	static class Services {

		@Bean
		Service service(JdbcTemplate template) {
			return new Service(template);
		}

	}

	static class Service {

		private final JdbcTemplate template;

		Service(JdbcTemplate template) {
			this.template = template;
		}

		@Transactional
		public void insert() {
			this.template.update("INSERT INTO t VALUES (1)");
		}

	}

}
