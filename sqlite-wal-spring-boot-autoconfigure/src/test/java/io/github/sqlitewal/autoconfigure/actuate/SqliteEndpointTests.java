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

package io.github.sqlitewal.autoconfigure.actuate;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jackson.JacksonEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.ParameterValueMapper;
import org.springframework.boot.actuate.endpoint.jackson.EndpointJsonMapper;
import org.springframework.boot.actuate.endpoint.web.EndpointMediaTypes;
import org.springframework.boot.actuate.endpoint.web.WebOperation;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpointDiscoverer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.ApplicationContext;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor.CheckpointDescriptor;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor.ConnectionDescriptor;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteEndpoint}.
 */
class SqliteEndpointTests {

	@TempDir
	private Path directory;

	private SqliteDatabase database;

	private SqliteEndpoint endpoint;

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(this.directory.resolve("app.db")).readers(2).open();
		this.endpoint = new SqliteEndpoint(this.database);
		execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
		execute("INSERT INTO t VALUES (1), (2), (3)");
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	@Test
	void showsConnectionsAndTheirSettings() {
		SqliteDescriptor descriptor = this.endpoint.sqlite();
		assertThat(descriptor.file()).isEqualTo(this.directory.resolve("app.db").toString());
		assertThat(descriptor.sqliteVersion()).isEqualTo(this.database.sqliteVersion());
		assertThat(descriptor.durability()).isEqualTo(Durability.PROCESS_CRASH);
		assertThat(descriptor.writeRefusal()).isNull();
		assertThat(descriptor.connections()).extracting(ConnectionDescriptor::name)
			.containsExactly("writer", "reader-1", "reader-2", "maintenance");
		assertThat(descriptor.connections()).allSatisfy((connection) -> {
			assertThat(connection.settings()).containsEntry("journal_mode", "wal");
			assertThat(List.copyOf(connection.settings().keySet())).isSorted();
			assertThat(connection.lease()).isNull();
		});
		assertThat(descriptor.connections().get(0).statementCacheMisses()).isPositive();
		assertThat(descriptor.wal()).isNotNull();
		assertThat(descriptor.wal().frames()).isPositive();
		assertThat(descriptor.wal().bytes()).isPositive();
		assertThat(descriptor.writer()).isNull();
		assertThat(descriptor.checkpoints()).isEmpty();
	}

	@Test
	void showsWhoHoldsWhat() throws SQLException {
		try (Connection writing = this.database.dataSource().getConnection();
				Statement insert = writing.createStatement();
				Connection reading = this.database.dataSource().getConnection();
				Statement select = reading.createStatement();
				ResultSet rows = select.executeQuery("SELECT id FROM t")) {
			assertThat(rows.next()).isTrue();
			writing.setAutoCommit(false);
			insert.execute("INSERT INTO t VALUES (4)");
			SqliteDescriptor descriptor = this.endpoint.sqlite();
			assertThat(descriptor.writer()).isNotNull();
			assertThat(descriptor.writer().thread()).isEqualTo(Thread.currentThread().getName());
			assertThat(descriptor.writer().sql()).isEqualTo("INSERT INTO t VALUES (4)");
			assertThat(descriptor.readersInUse()).isOne();
			assertThat(descriptor.connections().stream().map(ConnectionDescriptor::lease))
				.filteredOn((lease) -> lease != null && "SELECT id FROM t".equals(lease.sql()))
				.hasSize(1);
			writing.rollback();
		}
	}

	@Test
	void showsWhatHoldsBackTheWal() throws SQLException {
		assertThat(this.endpoint.sqlite().pins()).isEmpty();
		Instant before = Instant.now();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement select = connection.createStatement();
				ResultSet rows = select.executeQuery("SELECT id\n\tFROM t")) {
			assertThat(rows.next()).isTrue();
			assertThat(this.endpoint.sqlite().pins()).hasSize(1).first().satisfies((pin) -> {
				assertThat(pin.connection()).startsWith("reader-");
				assertThat(pin.thread()).isEqualTo(Thread.currentThread().getName());
				assertThat(pin.sql()).isEqualTo("SELECT id FROM t");
				assertThat(pin.since()).isBetween(before, Instant.now());
				assertThat(pin.stack()).isNull();
			});
		}
		assertThat(this.endpoint.sqlite().pins()).isEmpty();
	}

	@Test
	void showsWhereAReadWasOpenedOnDemand() throws SQLException {
		try (SqliteDatabase recording = SqliteDatabase.builder(this.directory.resolve("other.db"))
			.recordStacks(true)
			.open(); Connection connection = recording.dataSource().getConnection()) {
			connection.createStatement().executeQuery("SELECT 1");
			assertThat(new SqliteEndpoint(recording).sqlite().pins()).hasSize(1)
				.first()
				.satisfies((pin) -> assertThat(pin.stack())
					.anyMatch((frame) -> frame.contains("showsWhereAReadWasOpenedOnDemand")));
		}
	}

	@Test
	void checkpointIsPassiveUnlessAskedOtherwise() {
		CheckpointDescriptor passive = this.endpoint.checkpoint(null);
		assertThat(passive.mode()).isEqualTo(CheckpointMode.PASSIVE);
		assertThat(passive.outcome()).isEqualTo(CheckpointOutcome.COMPLETE);
		assertThat(passive.trigger()).isEqualTo(CheckpointTrigger.REQUEST);
		CheckpointDescriptor truncate = this.endpoint.checkpoint(CheckpointMode.TRUNCATE);
		assertThat(truncate.outcome()).isEqualTo(CheckpointOutcome.RESET);
		SqliteDescriptor descriptor = this.endpoint.sqlite();
		assertThat(descriptor.checkpoints()).containsExactly(truncate, passive);
		assertThat(descriptor.wal().bytes()).isZero();
	}

	@Test
	void showsADatabaseInMemory() {
		try (SqliteDatabase memory = SqliteDatabase.builder(DatabaseLocation.memory()).open()) {
			SqliteDescriptor descriptor = new SqliteEndpoint(memory).sqlite();
			assertThat(descriptor.file()).isEqualTo(":memory:");
			assertThat(descriptor.connections()).extracting(ConnectionDescriptor::name).containsExactly("writer");
			assertThat(descriptor.wal()).isNull();
			assertThat(descriptor.error()).isNull();
			assertThat(descriptor.durability()).isNull();
			assertThat(new SqliteEndpoint(memory).checkpoint(null).outcome()).isEqualTo(CheckpointOutcome.SKIPPED);
		}
	}

	@Test
	void showsADatabaseThatIsClosed() {
		this.database.close();
		SqliteDescriptor descriptor = this.endpoint.sqlite();
		assertThat(descriptor.wal()).isNull();
		assertThat(descriptor.error()).isEqualTo("The database is closed");
		assertThat(descriptor.checkpoints()).extracting(CheckpointDescriptor::trigger)
			.containsExactly(CheckpointTrigger.SHUTDOWN);
	}

	@Test
	void jsonHasAStableOrderAndNoNulls() {
		this.endpoint.checkpoint(CheckpointMode.FULL);
		withEndpoint((context) -> {
			JsonMapper mapper = context.getBean(EndpointJsonMapper.class).get();
			JsonNode json = mapper.readTree(mapper.writeValueAsString(this.endpoint.sqlite()));
			assertThat(json.propertyNames()).containsExactly("file", "sqliteVersion", "durability", "queuedWrites",
					"queuedReads", "submittedWrites", "readersInUse", "readLockHeld", "pins", "wal", "connections",
					"checkpoints");
			assertThat(json.get("wal").propertyNames()).containsExactly("frames", "checkpointedFrames", "bytes",
					"observedAt", "state", "stateSince", "heldBackBy", "resets");
			assertThat(json.get("connections").get(1).propertyNames()).containsExactly("name", "role", "settings",
					"statementCacheHits", "statementCacheMisses", "statementCacheEvictions");
			JsonNode checkpoint = json.get("checkpoints").get(0);
			assertThat(checkpoint.propertyNames()).containsExactly("mode", "trigger", "outcome", "framesBefore",
					"walFrames", "checkpointedFrames", "startedAt", "durationMs", "writersBlockedMs", "writersSlowedMs",
					"readersBlockedMs", "heldBackBy");
			assertThat(checkpoint.get("mode").asString()).isEqualTo("FULL");
			assertThat(checkpoint.get("startedAt").asString()).endsWith("Z");
			assertThat(checkpoint.get("durationMs").isIntegralNumber()).isTrue();
		});
	}

	@Test
	void webRequestNamesTheMode() {
		withEndpoint((context) -> {
			WebOperation checkpoint = operation(context, OperationType.WRITE);
			assertThat(invoke(checkpoint, Map.of())).extracting("mode").isEqualTo(CheckpointMode.PASSIVE);
			assertThat(invoke(checkpoint, Map.of("mode", "truncate"))).extracting("mode")
				.isEqualTo(CheckpointMode.TRUNCATE);
		});
	}

	@Test
	void webRequestWithAnUnknownModeIsTheCallersFault() {
		// the web layer answers an InvalidEndpointRequestException with 400
		withEndpoint((context) -> assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> invoke(operation(context, OperationType.WRITE), Map.of("mode", "sideways"))));
		assertThat(this.database.checkpointer().history()).isEmpty();
	}

	private Object invoke(WebOperation operation, Map<String, Object> arguments) {
		return operation.invoke(new InvocationContext(SecurityContext.NONE, arguments));
	}

	private WebOperation operation(ApplicationContext context, OperationType type) {
		WebEndpointDiscoverer discoverer = new WebEndpointDiscoverer(context,
				context.getBean(ParameterValueMapper.class), EndpointMediaTypes.DEFAULT, List.of(), List.of(),
				List.of(), List.of(), List.of());
		Stream<WebOperation> operations = discoverer.getEndpoints()
			.stream()
			.flatMap((endpoint) -> endpoint.getOperations().stream());
		return operations.filter((operation) -> operation.getType() == type).findFirst().orElseThrow();
	}

	private void withEndpoint(ContextConsumer<? super ApplicationContext> consumer) {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(EndpointAutoConfiguration.class, JacksonEndpointAutoConfiguration.class))
			.withBean(SqliteEndpoint.class, () -> this.endpoint)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				consumer.accept(context);
			});
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
