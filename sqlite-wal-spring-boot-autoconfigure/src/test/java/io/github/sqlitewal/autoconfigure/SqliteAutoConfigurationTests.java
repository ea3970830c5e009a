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

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Function;
import org.sqlite.JDBC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.jdbc.support.SQLStateSQLExceptionTranslator;
import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.connection.SqliteConnectionCustomizer;
import io.github.sqlitewal.fixture.OtherCheckpoints;
import io.github.sqlitewal.jdbc.RetryingJdbcTemplate;
import io.github.sqlitewal.jdbc.SqliteDataSource;
import io.github.sqlitewal.jdbc.SqliteExceptionTranslator;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteAutoConfiguration} and
 * {@link SqliteJdbcTemplateAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class SqliteAutoConfigurationTests {

	@TempDir
	Path directory;

	private final ApplicationContextRunner plainRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(SqliteAutoConfiguration.class, SqliteJdbcTemplateAutoConfiguration.class,
					DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
					JdbcClientAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class));

	private ApplicationContextRunner runner() {
		return this.plainRunner.withPropertyValues("sqlite.path=" + file());
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	@Test
	void makesTheBeans() {
		runner().run((context) -> {
			assertThat(context).hasSingleBean(SqliteDatabase.class);
			assertThat(context).hasSingleBean(SqliteCheckpointer.class);
			assertThat(context.getBean(DataSource.class)).isInstanceOf(SqliteDataSource.class);
			assertThat(context.getBean(JdbcTemplate.class)).isInstanceOf(RetryingJdbcTemplate.class);
			assertThat(context.getBean(SQLExceptionTranslator.class)).isInstanceOf(SqliteExceptionTranslator.class);
			assertThat(context.getBean(NamedParameterJdbcTemplate.class).getJdbcTemplate())
				.isSameAs(context.getBean(JdbcTemplate.class));
			assertThat(context).hasSingleBean(JdbcClient.class);
			assertThat(context.getBean(JdbcTransactionManager.class).getExceptionTranslator())
				.isSameAs(context.getBean(SQLExceptionTranslator.class));
		});
	}

	@Test
	void namesTheFileAfterTheApplicationWhenNothingIsConfigured() {
		this.plainRunner.withPropertyValues("spring.application.name=target/my app")
			.withInitializer((context) -> context.addBeanFactoryPostProcessor((beanFactory) -> {
			}))
			.withPropertyValues("sqlite.pool.readers=1")
			.run((context) -> {
				Path file = context.getBean(SqliteDatabase.class).location().file();
				assertThat(file).isEqualTo(Path.of("target-my-app.db").toAbsolutePath());
				context.close();
				Files.delete(file);
			});
	}

	@Test
	void takesTheUrlOfThoseWhoComeFromThere() {
		this.plainRunner
			.withPropertyValues("spring.datasource.url=jdbc:sqlite:" + file()
					+ "?journal_mode=WAL&synchronous=FULL&busy_timeout=7000&date_class=text")
			.run((context) -> {
				SqliteDatabase database = context.getBean(SqliteDatabase.class);
				assertThat(database.location().file()).isEqualTo(file().toAbsolutePath());
				assertThat(database.lockTimeout()).isEqualTo(Duration.ofSeconds(7));
				assertThat(database.status().connections())
					.allSatisfy((connection) -> assertThat(connection.settings()).containsEntry("synchronous", "full"));
			});
	}

	@Test
	void theLockTimeoutWinsOverTheBusyTimeoutOfAUrl() {
		this.plainRunner
			.withPropertyValues("spring.datasource.url=jdbc:sqlite:" + file() + "?busy_timeout=7000",
					"sqlite.lock-timeout=3s")
			.run((context) -> assertThat(context.getBean(SqliteDatabase.class).lockTimeout())
				.isEqualTo(Duration.ofSeconds(3)));
	}

	@Test
	void twoDifferentDatabasesAreAnError() {
		runner().withPropertyValues("spring.datasource.url=jdbc:sqlite:" + this.directory.resolve("other.db"))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("which are two databases"));
	}

	@Test
	void theSameDatabaseTwiceIsNoError() {
		runner().withPropertyValues("spring.datasource.url=jdbc:sqlite:" + file())
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void connectionDetailsComeFirst() {
		Path other = this.directory.resolve("details.db");
		runner().withBean(JdbcConnectionDetails.class, () -> new JdbcConnectionDetails() {

			@Override
			public String getUsername() {
				return "";
			}

			@Override
			public String getPassword() {
				return "";
			}

			@Override
			public String getJdbcUrl() {
				return "jdbc:sqlite:" + other;
			}

		})
			.run((context) -> assertThat(context.getBean(SqliteDatabase.class).location().file())
				.isEqualTo(other.toAbsolutePath()));
	}

	@Test
	void anUnknownParameterOfTheUrlIsAnError() {
		this.plainRunner.withPropertyValues("spring.datasource.url=jdbc:sqlite:" + file() + "?jornal_mode=WAL")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("The pragma 'jornal_mode' is not known"));
	}

	@Test
	void backsOffForAnotherUrl() {
		this.plainRunner
			.withPropertyValues("spring.datasource.url=jdbc:h2:mem:x",
					"spring.datasource.driver-class-name=org.sqlite.JDBC")
			.run((context) -> assertThat(context).doesNotHaveBean(SqliteDatabase.class)
				.doesNotHaveBean(RetryingJdbcTemplate.class)
				.doesNotHaveBean(SqliteExceptionTranslator.class));
	}

	@Test
	void backsOffForAnotherPool() {
		this.plainRunner
			.withPropertyValues("spring.datasource.url=jdbc:sqlite:" + file(),
					"spring.datasource.type=com.zaxxer.hikari.HikariDataSource")
			.run((context) -> {
				assertThat(context).doesNotHaveBean(SqliteDatabase.class);
				assertThat(context.getBean(DataSource.class)).isInstanceOf(HikariDataSource.class);
			});
	}

	@Test
	void backsOffForADataSourceOfTheUser() {
		runner().withBean(DataSource.class, () -> new DriverManagerDataSource("jdbc:sqlite::memory:"))
			.run((context) -> {
				assertThat(context).doesNotHaveBean(SqliteDatabase.class);
				assertThat(context).doesNotHaveBean(SqliteExceptionTranslator.class);
				assertThat(context.getBean(JdbcTemplate.class)).isNotInstanceOf(RetryingJdbcTemplate.class);
			});
	}

	@Test
	void usesTheDatabaseOfTheUser() {
		this.plainRunner.withBean("mine", SqliteDatabase.class, () -> SqliteDatabase.builder(file()).readers(3).open())
			.run((context) -> {
				assertThat(context).hasSingleBean(SqliteDatabase.class);
				assertThat(context.getBean(DataSource.class))
					.isSameAs(context.getBean("mine", SqliteDatabase.class).dataSource());
			});
	}

	@Test
	void backsOffForATemplateAndATranslatorOfTheUser() {
		runner()
			.withBean("mine", JdbcTemplate.class,
					() -> new JdbcTemplate(new DriverManagerDataSource("jdbc:sqlite::memory:")))
			.withBean("translator", SQLExceptionTranslator.class, SQLStateSQLExceptionTranslator::new)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(RetryingJdbcTemplate.class);
				assertThat(context).doesNotHaveBean(SqliteExceptionTranslator.class);
			});
	}

	@Test
	void isOffWithoutTheDriver() {
		runner().withClassLoader(new FilteredClassLoader(JDBC.class, HikariDataSource.class))
			.run((context) -> assertThat(context).doesNotHaveBean(SqliteDatabase.class));
	}

	@Test
	void worksWithoutSpringRetry() {
		runner().withClassLoader(new FilteredClassLoader(RetryTemplate.class, RetryListener.class)).run((context) -> {
			assertThat(context).hasSingleBean(SqliteDatabase.class);
			assertThat(context.getBean(JdbcTemplate.class)).isNotInstanceOf(RetryingJdbcTemplate.class);
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (id INTEGER)");
		});
	}

	@Test
	void honoursTheTemplateProperties() {
		runner()
			.withPropertyValues("spring.jdbc.template.fetch-size=7", "spring.jdbc.template.max-rows=8",
					"spring.jdbc.template.query-timeout=9s", "spring.jdbc.template.ignore-warnings=false")
			.run((context) -> {
				JdbcTemplate template = context.getBean(JdbcTemplate.class);
				assertThat(template.getFetchSize()).isEqualTo(7);
				assertThat(template.getMaxRows()).isEqualTo(8);
				assertThat(template.getQueryTimeout()).isEqualTo(9);
				assertThat(template.isIgnoreWarnings()).isFalse();
			});
	}

	@Test
	void setsThePragmasOnEveryConnection() {
		runner()
			.withPropertyValues("sqlite.pragmas.cache_size=-1234", "sqlite.pragmas.temp-store=file",
					"sqlite.pool.readers=3")
			.run((context) -> assertThat(context.getBean(SqliteDatabase.class).status().connections()).hasSize(5)
				.allSatisfy((connection) -> assertThat(connection.settings()).containsEntry("cache_size", "-1234")
					.containsEntry("temp_store", "file")
					.containsEntry("journal_mode", "wal")
					.containsEntry("foreign_keys", "on")
					.containsEntry("wal_autocheckpoint", "0")));
	}

	@Test
	void reportsReadsThatAreTooOldWithTheirOrigin() {
		CompletableFuture<PinStatus> reported = new CompletableFuture<>();
		runner().withPropertyValues("sqlite.pool.max-read-age=1ms", "sqlite.pool.record-stacks=true")
			.withBean("failing", PoolListener.class, () -> new PoolListener() {

				@Override
				public void readTooOld(PinStatus read) {
					throw new IllegalStateException("must not reach the others");
				}

			})
			.withBean("listening", PoolListener.class, () -> new PoolListener() {

				@Override
				public void readTooOld(PinStatus read) {
					reported.complete(read);
				}

			})
			.run((context) -> {
				assertThat(context.getBean(SqliteDatabase.class).maxReadAge()).isEqualTo(Duration.ofMillis(1));
				try (Connection connection = context.getBean(DataSource.class).getConnection();
						Statement statement = connection.createStatement()) {
					statement.executeQuery("SELECT 'for long'");
					PinStatus read = reported.get(60, TimeUnit.SECONDS);
					assertThat(read.sql()).isEqualTo("SELECT 'for long'");
					assertThat(read.stack()).isNotEmpty();
				}
			});
	}

	@Test
	void refusesToEndReadsAtOnce() {
		runner().withPropertyValues("sqlite.pool.evict-read-after=0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(SqliteConfigurationException.class)
				.hasMessageContaining("ended after PT0S"));
	}

	@Test
	void refusesToEndReadsWhenNothingWouldDoIt() {
		for (String off : new String[] { "sqlite.checkpoint.external=true", "sqlite.checkpoint.max-wal-size=0" }) {
			runner().withPropertyValues("sqlite.pool.evict-read-after=1m", off)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.isInstanceOf(SqliteConfigurationException.class)
					.hasMessageContaining("No read would ever be ended"));
		}
	}

	@Test
	void readLockIsNotHeldWhenThatIsSwitchedOff() {
		runner().withPropertyValues("sqlite.pool.hold-read-lock=false", "sqlite.checkpoint.interval=0")
			.run((context) -> assertThat(OtherCheckpoints.thatMeetAReader(context.getBean(SqliteDatabase.class)))
				.isZero());
	}

	@Test
	void refusesAScheduleBesideAnExternalCheckpointer() {
		runner().withPropertyValues("sqlite.checkpoint.external=true", "sqlite.checkpoint.truncate-cron=0 0 4 * * *")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(SqliteConfigurationException.class)
				.hasMessageContaining("sqlite.checkpoint.truncate-cron"));
	}

	@Test
	void refusesAnIntervalThatIsLongerThanADay() {
		runner().withPropertyValues("sqlite.checkpoint.interval=300000d")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(SqliteConfigurationException.class)
				.hasMessageContaining("checkpoint interval"));
	}

	@Test
	void memoryIsOneConnection() {
		this.plainRunner.withPropertyValues("sqlite.path=:memory:").run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			template.update("INSERT INTO t VALUES (1)");
			assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(1);
			assertThat(context.getBean(SqliteDatabase.class).status().connections()).hasSize(1);
		});
	}

	@Test
	void translatesExceptionsOfTheTransactionManagerToo() {
		runner().run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			template.update("INSERT INTO t VALUES (1)");
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> template.update("INSERT INTO t VALUES (1)"));
		});
	}

	@Test
	void aTransactionOfAnyTransactionManagerTakesTheWriterWhenItBegins() {
		runner().withUserConfiguration(OwnTransactionManager.class).run((context) -> {
			SqliteDatabase database = context.getBean(SqliteDatabase.class);
			TransactionTemplate transaction = new TransactionTemplate(
					context.getBean(PlatformTransactionManager.class));
			transaction.executeWithoutResult((status) -> assertThat(database.status().writer()).isNotNull());
			assertThat(database.status().writer()).isNull();
			transaction.setReadOnly(true);
			transaction.executeWithoutResult((status) -> assertThat(database.status().writer()).isNull());
		});
	}

	@Test
	void aLazyTransactionTakesTheWriterAtItsFirstStatement() {
		runner().withPropertyValues("spring.datasource.connection-fetch=lazy").run((context) -> {
			SqliteDatabase database = context.getBean(SqliteDatabase.class);
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			template.execute("CREATE TABLE t (id INTEGER)");
			new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
				.executeWithoutResult((status) -> {
					assertThat(database.status().writer()).isNull();
					template.update("INSERT INTO t VALUES (1)");
					assertThat(database.status().writer()).isNotNull();
				});
		});
	}

	@Test
	void customizersSeeEveryConnection() {
		runner().withUserConfiguration(Customizer.class).run((context) -> {
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			assertThat(template.queryForObject("SELECT answer()", Integer.class)).isEqualTo(42);
			assertThat(context.getBean(Customizer.class).roles)
				.containsOnlyOnce(ConnectionRole.WRITER, ConnectionRole.MAINTENANCE)
				.contains(ConnectionRole.READER);
		});
	}

	@Test
	void retryListenersOfTheUserSeeEachAttempt() {
		runner().withUserConfiguration(Listener.class)
			.withPropertyValues("sqlite.retry.max-attempts=3")
			.run((context) -> {
				JdbcTemplate template = context.getBean(JdbcTemplate.class);
				template.execute("CREATE TABLE t (id INTEGER)");
				try (Connection other = new JDBC().connect("jdbc:sqlite:" + file(), new java.util.Properties());
						var statement = other.createStatement()) {
					statement.execute("BEGIN IMMEDIATE");
					assertThatExceptionOfType(org.springframework.dao.CannotAcquireLockException.class)
						.isThrownBy(() -> template.update("INSERT INTO t VALUES (1)"));
					statement.execute("ROLLBACK");
				}
				assertThat(context.getBean(Listener.class).errors).isGreaterThanOrEqualTo(3);
				// the first attempt is none
				assertThat(context.getBean(Listener.class).retries).isEqualTo(2);
				assertThat(template.update("INSERT INTO t VALUES (1)")).isEqualTo(1);
			});
	}

	@Test
	void aRetryListenerMayUseTheDatabase() {
		runner().withUserConfiguration(ListenerWithTemplate.class)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(RetryListener.class));
	}

	@Test
	void aListenerThatThrowsHarmsNobody(CapturedOutput output) {
		runner().withBean(PoolListener.class, () -> new PoolListener() {

			@Override
			public void writerAcquired(long waitNanos) {
				throw new IllegalStateException("from a listener");
			}

		}).withBean(CheckpointListener.class, () -> (result) -> {
			throw new IllegalStateException("from a listener");
		}).run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (id INTEGER)");
			assertThat(context.getBean(SqliteCheckpointer.class).checkpoint(CheckpointMode.FULL).isComplete()).isTrue();
			assertThat(output).contains("from a listener");
		});
	}

	@Test
	void anImpossibleRetrySettingFailsTheStartAndSaysWhatToDo() {
		runner().withPropertyValues("sqlite.retry.jitter=2")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("sqlite.retry.jitter"));
		runner().withPropertyValues("sqlite.retry.jitter=2")
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining(SqliteConfigurationException.class.getName()));
	}

	@Test
	void twoDatabasesAreTheUsersToWire() {
		this.plainRunner.withBean("one", SqliteDatabase.class, () -> SqliteDatabase.builder(file()).readers(1).open())
			.withBean("two", SqliteDatabase.class,
					() -> SqliteDatabase.builder(this.directory.resolve("two.db")).readers(1).open())
			.withBean(DataSource.class, () -> new DriverManagerDataSource("jdbc:sqlite::memory:"))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aPathThatNeedsAShellIsRefused() {
		this.plainRunner.withPropertyValues("sqlite.path=~/app.db")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("would be taken for a file of that very name"));
	}

	@Test
	void leavesTheScheduledWorkOfTheUserToItsOwnScheduler() {
		runner().withConfiguration(AutoConfigurations.of(TaskSchedulingAutoConfiguration.class))
			.withUserConfiguration(UserSchedule.class)
			.run((context) -> {
				UserSchedule schedule = context.getBean(UserSchedule.class);
				schedule.ran.await();
				assertThat(schedule.thread).doesNotContain("sqlite");
			});
	}

	@Test
	void theScheduleCanBePausedAndGoOn() {
		runner().withPropertyValues("sqlite.checkpoint.interval=0", "sqlite.checkpoint.truncate-cron=* * * * * *")
			.run((context) -> {
				CheckpointSchedule schedule = context.getBean(CheckpointSchedule.class);
				SqliteCheckpointer checkpointer = context.getBean(SqliteCheckpointer.class);
				context.stop();
				assertThat(schedule.isRunning()).isFalse();
				context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (id INTEGER)");
				int before = checkpointer.history().size();
				context.start();
				assertThat(schedule.isRunning()).isTrue();
				org.awaitility.Awaitility.await().until(() -> checkpointer.history().size() > before);
				assertThat(checkpointer.last().trigger()).isEqualTo(CheckpointTrigger.CRON);
			});
	}

	@Test
	void withoutACronExpressionNothingIsScheduled() {
		runner().run((context) -> assertThat(context.getBean(CheckpointSchedule.class).isRunning()).isFalse());
	}

	@Test
	void aWrongCronExpressionFailsTheStart() {
		runner().withPropertyValues("sqlite.checkpoint.truncate-cron=at night")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("not a cron"));
	}

	@Test
	void saysThatHikariPropertiesHaveNoEffect(CapturedOutput output) {
		runner().withPropertyValues("spring.datasource.hikari.maximum-pool-size=1")
			.run((context) -> assertThat(output).contains("spring.datasource.hikari.* has no effect"));
	}

	@Test
	void closingTheContextLeavesOneFileAndLetsBeansWriteUntilTheEnd() throws Exception {
		runner().withUserConfiguration(WritesAtTheEnd.class)
			.run((context) -> context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (id INTEGER)"));
		try (var files = Files.list(this.directory)) {
			assertThat(files).containsExactly(file());
		}
		try (Connection connection = new JDBC().connect("jdbc:sqlite:" + file(), new java.util.Properties());
				var rows = connection.createStatement().executeQuery("SELECT count(*) FROM t")) {
			assertThat(rows.getInt(1)).isEqualTo(1);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnTransactionManager {

		@Bean
		DataSourceTransactionManager transactionManager(DataSource dataSource) {
			return new DataSourceTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customizer implements SqliteConnectionCustomizer {

		private final Collection<ConnectionRole> roles = new java.util.concurrent.ConcurrentLinkedQueue<>();

		@Override
		public void customize(org.sqlite.SQLiteConnection connection, ConnectionRole role)
				throws java.sql.SQLException {
			this.roles.add(role);
			Function.create(connection, "answer", new Function() {

				@Override
				protected void xFunc() throws java.sql.SQLException {
					result(42);
				}

			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listener implements RetryListener, PoolListener {

		private int errors;

		private int retries;

		@Override
		public void retried(int retries) {
			this.retries += retries;
		}

		@Override
		public <T, E extends Throwable> void onError(RetryContext context, RetryCallback<T, E> callback,
				Throwable throwable) {
			this.errors++;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ListenerWithTemplate implements RetryListener {

		ListenerWithTemplate(JdbcTemplate template) {
			assertThat(template).isNotNull();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class UserSchedule {

		private final CountDownLatch ran = new CountDownLatch(1);

		private volatile String thread = "";

		@Scheduled(fixedDelay = 1000)
		void run() {
			this.thread = Thread.currentThread().getName();
			this.ran.countDown();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WritesAtTheEnd {

		private final JdbcTemplate template;

		WritesAtTheEnd(JdbcTemplate template) {
			this.template = template;
		}

		@jakarta.annotation.PreDestroy
		void write() {
			this.template.update("INSERT INTO t VALUES (1)");
		}

	}

}
