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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.core.JdbcTemplate;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor.PinDescriptor;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor.WalDescriptor;
import io.github.sqlitewal.autoconfigure.actuate.SqliteEndpoint;
import io.github.sqlitewal.autoconfigure.health.SqliteHealthAutoConfiguration;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStateChange;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.OtherProcess;
import io.github.sqlitewal.pool.WalSizeExceededException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A WAL that is held back, as an application and its operator see it.
 */
@Timeout(180)
class WalStateTests {

	@TempDir
	Path directory;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(SqliteAutoConfiguration.class, SqliteJdbcTemplateAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, SqliteHealthAutoConfiguration.class));

	// @formatter:off
	//
	// http-7 (pinned)     writer                background          events, health, endpoint
	// BEGIN, SELECT
	//                     INSERT …
	//                                           over the limit      OVER_LIMIT, once; DOWN; who
	//                     INSERT: refused
	// COMMIT
	//                                           starts over         NORMAL, once; UP
	//
	// @formatter:on
	@Test
	void changesAreEventsOnceEachAndHealthAndEndpointNameThePin() {
		runner("sqlite.checkpoint.on-max-wal-size=refuse").withUserConfiguration(Events.class).run((context) -> {
			List<WalStateChange> changes = context.getBean(Events.class).changes;
			SqliteDatabase database = context.getBean(SqliteDatabase.class);
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			HealthIndicator health = context.getBean("sqliteHealthContributor", HealthIndicator.class);
			template.execute("CREATE TABLE t (x)");
			assertThat(health.health().getDetails()).containsEntry("walState", "NORMAL")
				.doesNotContainKeys("walStateSince", "walHeldBackBy", "walStateDetail");
			try (Actor pinned = Actor.named("http-7")) {
				Connection reading = pinned.does(() -> reading(database.dataSource()));
				await(() -> {
					if (database.writeRefusal() == null) {
						template.update("INSERT INTO t VALUES (zeroblob(4000))");
					}
					return changes.stream().anyMatch((change) -> change.current() == WalState.OVER_LIMIT);
				});
				assertThatExceptionOfType(TransientDataAccessResourceException.class)
					.isThrownBy(() -> template.update("INSERT INTO t VALUES (1)"))
					.withCauseInstanceOf(WalSizeExceededException.class);
				assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isPositive();
				assertNamesThePin(health.health());
				assertNamesThePin(new SqliteEndpoint(database).sqlite().wal());
				pinned.does(() -> {
					reading.close();
					return null;
				});
			}
			await(() -> changes.get(changes.size() - 1).current() == WalState.NORMAL);
			assertThat(health.health().getStatus()).isEqualTo(Status.UP);
			assertThat(health.health().getDetails()).containsEntry("walState", "NORMAL")
				.doesNotContainKeys("walHeldBackBy", "error");
			WalDescriptor wal = new SqliteEndpoint(database).sqlite().wal();
			assertThat(wal.state()).isEqualTo(WalState.NORMAL);
			assertThat(wal.heldBackBy()).isEmpty();
			assertThat(wal.resets()).isPositive();
			assertThat(wal.lastReset()).isNotNull();
			assertThat(template.update("INSERT INTO t VALUES (1)")).isOne();
			assertThat(changes).filteredOn((change) -> change.current() == WalState.OVER_LIMIT).hasSize(1);
			for (int i = 0; i < changes.size(); i++) {
				assertThat(changes.get(i).previous()).as("an edge")
					.isEqualTo((i == 0) ? WalState.NORMAL : changes.get(i - 1).current())
					.isNotEqualTo(changes.get(i).current());
			}
		});
	}

	private static void assertNamesThePin(Health health) {
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("walState", "OVER_LIMIT").containsKey("walStateSince");
		assertThat(health.getDetails()).extractingByKey("walHeldBackBy")
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.singleElement()
			.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
			.containsAllEntriesOf(Map.of("thread", "http-7", "sql", "SELECT count(*) FROM t"));
		assertThat(health.getDetails()).extractingByKey("walStateDetail").asString().contains("http-7");
		assertThat(health.getDetails()).extractingByKey("error")
			.asString()
			.contains("sqlite.checkpoint.max-wal-size", "http-7");
	}

	private static void assertNamesThePin(WalDescriptor wal) {
		assertThat(wal.state()).isEqualTo(WalState.OVER_LIMIT);
		assertThat(wal.detail()).contains("http-7", "SELECT count(*) FROM t");
		assertThat(wal.heldBackBy()).extracting(PinDescriptor::thread).containsExactly("http-7");
		assertThat(wal.heldBackBy()).extracting(PinDescriptor::sql).containsExactly("SELECT count(*) FROM t");
	}

	// the checkpoint of the start runs while the database is being made, and a listener
	// that uses the database cannot be made before it
	@Test
	void listenerThatUsesTheDatabaseIsToldOfTheCheckpointOfTheStart() throws Exception {
		try (OtherProcess other = OtherProcess.start(this.directory.resolve("app.db"))) {
			other.execute("PRAGMA journal_mode=WAL")
				.execute("PRAGMA wal_autocheckpoint=0")
				.execute("CREATE TABLE t (x)");
			for (int i = 0; i < 30; i++) {
				other.execute("INSERT INTO t VALUES (zeroblob(4000))");
			}
		}
		runner().withUserConfiguration(Listening.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(SqliteDatabase.class).checkpointer().history())
				.anyMatch((result) -> result.trigger() == CheckpointTrigger.STARTUP);
			JdbcTemplate template = context.getBean(JdbcTemplate.class);
			assertThat(template.queryForObject("SELECT count(*) FROM t", Integer.class)).isEqualTo(30);
			context.getBean(SqliteDatabase.class).checkpointer().checkpoint(CheckpointMode.PASSIVE);
			assertThat(context.getBean(Listening.class).results).extracting(CheckpointResult::trigger)
				.contains(CheckpointTrigger.STARTUP, CheckpointTrigger.REQUEST)
				.startsWith(CheckpointTrigger.STARTUP);
		});
	}

	private ApplicationContextRunner runner(String... properties) {
		return this.runner
			.withPropertyValues("sqlite.path=" + this.directory.resolve("app.db"), "sqlite.pool.readers=3",
					"sqlite.checkpoint.trigger-size=64KB", "sqlite.checkpoint.max-wal-size=128KB",
					"sqlite.checkpoint.interval=1h")
			.withPropertyValues(properties);
	}

	private static Connection reading(DataSource dataSource) throws SQLException {
		Connection connection = dataSource.getConnection();
		connection.setReadOnly(true);
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
			rows.next();
		}
		return connection;
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(1))
			.until(condition);
	}

	@Configuration(proxyBeanMethods = false)
	static class Events {

		private final List<WalStateChange> changes = new CopyOnWriteArrayList<>();

		@EventListener
		void changed(WalStateChange change) {
			this.changes.add(change);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		private final List<CheckpointResult> results = new CopyOnWriteArrayList<>();

		@Bean
		CheckpointListener listener(JdbcTemplate template) {
			return this.results::add;
		}

	}

}
