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

package io.github.sqlitewal.sample;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is left after SIGTERM.
 */
class ShutdownIT {

	/**
	 * {@code sqlite.shutdown.timeout} in application.yml, and time for the JVM to end.
	 */
	private static final Duration TIMEOUT = Duration.ofSeconds(10 + 5);

	private static final int WRITERS = 4;

	@TempDir(factory = BelowTarget.class, cleanup = CleanupMode.ON_SUCCESS)
	Path directory;

	private final JsonMapper json = new JsonMapper();

	private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	/** The messages that were answered with 201, by the id in the answer. */
	private final Map<Long, String> acknowledged = new ConcurrentHashMap<>();

	private final Queue<Integer> refused = new ConcurrentLinkedQueue<>();

	@Test
	void terminationDuringWritesLosesNothingAndLeavesOneFile() throws Exception {
		Path database;
		try (SampleProcess application = SampleProcess.start(this.directory)) {
			database = application.database();
			List<Thread> writers = IntStream.range(0, WRITERS)
				.mapToObj((writer) -> new Thread(() -> write(application, writer)))
				.toList();
			writers.forEach(Thread::start);
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> this.acknowledged.size() >= 500);
			assertThat(this.refused).isEmpty();
			application.terminate();
			assertThat(application.awaitExit(TIMEOUT)).as("ended in time").isTrue();
			assertThat(application.exitValue()).as(application.output()).isEqualTo(128 + 15);
			for (Thread writer : writers) {
				writer.join(Duration.ofSeconds(30).toMillis());
				assertThat(writer.isAlive()).isFalse();
			}
			assertThat(application.output()).doesNotContain("Exception");
		}
		assertThat(this.refused).allMatch((status) -> status == 503);
		assertThat(files(database.getParent())).containsExactly("journal.db");
		assertThat(stored(database)).containsAllEntriesOf(this.acknowledged);
	}

	/*
	 * application | another process POST … POST … POST | | BEGIN IMMEDIATE POST (waits
	 * for the lock) | SIGTERM, drains, gives up, | leaves the WAL, is gone | | ROLLBACK,
	 * close
	 */
	@Test
	void terminationIsInTimeWhileAnotherProcessHoldsTheLockAndLosesNothing() throws Exception {
		Path database;
		try (SampleProcess application = SampleProcess.start(this.directory,
				"--spring.lifecycle.timeout-per-shutdown-phase=1s", "--sqlite.shutdown.timeout=3s")) {
			database = application.database();
			List<Thread> writers = IntStream.range(0, WRITERS)
				.mapToObj((writer) -> new Thread(() -> write(application, writer)))
				.toList();
			writers.forEach(Thread::start);
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> this.acknowledged.size() >= 100);
			try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database + "?busy_timeout=30000");
					Statement statement = other.createStatement()) {
				statement.execute("BEGIN IMMEDIATE");
				application.terminate();
				assertThat(application.awaitExit(TIMEOUT)).as("ended in time").isTrue();
				for (Thread writer : writers) {
					writer.join(Duration.ofSeconds(30).toMillis());
					assertThat(writer.isAlive()).isFalse();
				}
				statement.execute("ROLLBACK");
			}
		}
		assertThat(stored(database)).containsAllEntriesOf(this.acknowledged);
		assertThat(files(database.getParent())).containsExactly("journal.db");
	}

	private void write(SampleProcess application, int writer) {
		try {
			for (int i = 0;; i++) {
				String message = "writer " + writer + " event " + i;
				HttpRequest request = HttpRequest.newBuilder(application.uri("/events"))
					.header("Content-Type", "application/json")
					.POST(BodyPublishers.ofString("{\"source\":\"test\",\"message\":\"" + message + "\"}"))
					.timeout(TIMEOUT)
					.build();
				HttpResponse<String> response = this.http.send(request, BodyHandlers.ofString());
				if (response.statusCode() != 201) {
					this.refused.add(response.statusCode());
					return;
				}
				this.acknowledged.put(this.json.readTree(response.body()).get("id").longValue(), message);
			}
		}
		catch (IOException ex) {
			// the application is gone
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static List<String> files(Path directory) throws IOException {
		try (Stream<Path> files = Files.list(directory)) {
			return files.map((file) -> file.getFileName().toString()).sorted().toList();
		}
	}

	private static Map<Long, String> stored(Path database) throws Exception {
		Map<Long, String> stored = new HashMap<>();
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
				Statement statement = connection.createStatement()) {
			try (ResultSet check = statement.executeQuery("PRAGMA integrity_check")) {
				check.next();
				assertThat(check.getString(1)).isEqualTo("ok");
			}
			try (ResultSet row = statement.executeQuery("SELECT id, message FROM events")) {
				while (row.next()) {
					stored.put(row.getLong(1), row.getString(2));
				}
			}
		}
		return stored;
	}

}
