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

import java.nio.file.Path;

import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.pool.SelfDeadlockException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * JPA on the data source, as the application has it: nothing but the starter and
 * Hibernate's community dialects.
 */
class JpaTests {

	@TempDir
	Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(SqliteAutoConfiguration.class, DataSourceAutoConfiguration.class,
					TransactionManagerCustomizationAutoConfiguration.class, HibernateJpaAutoConfiguration.class,
					TransactionAutoConfiguration.class))
			.withUserConfiguration(Entities.class)
			.withPropertyValues("sqlite.path=" + this.directory.resolve("jpa.db"),
					"spring.jpa.hibernate.ddl-auto=update");
	}

	@Test
	void savesReadsAndRoutes() {
		runner().run((context) -> {
			JpaTransactionManager manager = context.getBean(JpaTransactionManager.class);
			EntityManager entities = SharedEntityManagerCreator
				.createSharedEntityManager(manager.getEntityManagerFactory());
			SqliteDatabase database = context.getBean(SqliteDatabase.class);
			TransactionTemplate write = new TransactionTemplate(manager);
			Long id = write.execute((status) -> {
				// taken when the transaction begins, before the first statement
				assertThat(database.status().writer()).isNotNull();
				Item item = new Item();
				item.name = "one";
				entities.persist(item);
				return item.id;
			});
			assertThat(database.status().writer()).isNull();
			TransactionTemplate read = new TransactionTemplate(manager);
			read.setReadOnly(true);
			read.executeWithoutResult((status) -> {
				assertThat(entities.find(Item.class, id).name).isEqualTo("one");
				assertThat(database.status().writer()).isNull();
				assertThat(database.status().readersInUse()).isEqualTo(1);
			});
			assertThat(database.status().readersInUse()).isZero();
		});
	}

	@Test
	void aUniqueNameTwiceIsAnIntegrityViolation() {
		runner().run((context) -> {
			JpaTransactionManager manager = context.getBean(JpaTransactionManager.class);
			EntityManager entities = SharedEntityManagerCreator
				.createSharedEntityManager(manager.getEntityManagerFactory());
			TransactionTemplate write = new TransactionTemplate(manager);
			write.executeWithoutResult((status) -> {
				entities.createNativeQuery("CREATE UNIQUE INDEX item_name ON Item (name)").executeUpdate();
				entities.persist(Item.named("same"));
			});
			assertThatExceptionOfType(jakarta.persistence.PersistenceException.class)
				.isThrownBy(() -> write.executeWithoutResult((status) -> {
					entities.persist(Item.named("same"));
					entities.flush();
				}))
				.satisfies((ex) -> assertThat(manager.getJpaDialect().translateExceptionIfPossible(ex))
					.isInstanceOf(DataIntegrityViolationException.class));
			assertThat(context.getBean(SqliteDatabase.class).status().writer()).isNull();
		});
	}

	@Test
	void requiresNewInsideAWritingTransactionIsRefusedAtOnceAndTheOuterOneGoesOn() {
		runner().run((context) -> {
			JpaTransactionManager manager = context.getBean(JpaTransactionManager.class);
			EntityManager entities = SharedEntityManagerCreator
				.createSharedEntityManager(manager.getEntityManagerFactory());
			TransactionTemplate inner = new TransactionTemplate(manager);
			inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
			new TransactionTemplate(manager).executeWithoutResult((status) -> {
				assertThatExceptionOfType(CannotCreateTransactionException.class)
					.isThrownBy(() -> inner.executeWithoutResult((innerStatus) -> {
					}))
					.withRootCauseInstanceOf(SelfDeadlockException.class);
				entities.persist(Item.named("outer"));
			});
			assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
			assertThat(context.getBean(SqliteDatabase.class).status().writer()).isNull();
			assertThat(entities.createQuery("select i.name from Item i", String.class).getResultList())
				.containsExactly("outer");
		});
	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage
	@EntityScan(basePackageClasses = JpaTests.class)
	static class Entities {

	}

	@Entity(name = "Item")
	static class Item {

		@Id
		@GeneratedValue(strategy = GenerationType.IDENTITY)
		Long id;

		String name;

		static Item named(String name) {
			Item item = new Item();
			item.name = name;
			return item;
		}

	}

}
