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

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a client is told while another process does not let the application write.
 */
class ContentionIT {

	@TempDir(factory = BelowTarget.class, cleanup = CleanupMode.ON_SUCCESS)
	Path directory;

	private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	@Test
	void writeThatGetsNoLockIsAskedToComeAgainAndReadsGoOn() throws Exception {
		// another process application
		// BEGIN IMMEDIATE
		// ............................ POST /events → 503 after sqlite.lock-timeout
		// ............................ POST /events/import → 503
		// ............................ GET /events → 200
		// ROLLBACK
		// ............................ POST /events → 201
		try (SampleProcess application = SampleProcess.start(this.directory, "--sqlite.lock-timeout=500ms",
				"--journal.load.enabled=false")) {
			try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + application.database());
					Statement statement = other.createStatement()) {
				statement.execute("BEGIN IMMEDIATE");
				assertBusy(post(application, "/events", "application/json", event()));
				assertBusy(post(application, "/events/import", "application/x-ndjson", event()));
				HttpResponse<String> found = this.http.send(HttpRequest.newBuilder(application.uri("/events")).build(),
						BodyHandlers.ofString());
				assertThat(found.statusCode()).isEqualTo(200);
				assertThat(found.body()).isEqualTo("{\"events\":[],\"next\":null}");
				statement.execute("ROLLBACK");
			}
			assertThat(post(application, "/events", "application/json", event()).statusCode()).isEqualTo(201);
		}
	}

	private static void assertBusy(HttpResponse<String> response) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
		assertThat(response.headers().firstValue("Retry-After")).isPresent();
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
	}

	private static String event() {
		return "{\"source\":\"test\",\"message\":\"m\"}";
	}

	private HttpResponse<String> post(SampleProcess application, String path, String type, String body)
			throws Exception {
		return this.http.send(HttpRequest.newBuilder(application.uri(path))
			.header("Content-Type", type)
			.POST(BodyPublishers.ofString(body))
			.build(), BodyHandlers.ofString());
	}

}
