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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The built jar as a user has it: a process, its HTTP interface and its file. The tests
 * share one process and keep apart by the source of their events.
 */
class JournalIT {

	private static final String NDJSON = "application/x-ndjson";

	private static final JsonMapper json = new JsonMapper();

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	@TempDir(factory = BelowTarget.class, cleanup = CleanupMode.ON_SUCCESS)
	static Path directory;

	private static SampleProcess application;

	@BeforeAll
	static void start() throws IOException {
		// the time is for a hundred Java processes on a machine that is slow or shared
		application = SampleProcess.start(directory, "--journal.workers.timeout=240s");
	}

	@AfterAll
	static void stop() throws InterruptedException {
		application.close();
	}

	@Test
	void storesOneEventAndFindsItAgain() throws Exception {
		HttpResponse<String> stored = post("/events", "application/json", BodyPublishers.ofString("""
				{"source":"one","level":"warn","message":"an \\"Ångström\\" more","at":"2026-01-02T03:04:05.678Z"}"""));
		assertThat(stored.statusCode()).isEqualTo(201);
		JsonNode event = json.readTree(stored.body());
		String location = stored.headers().firstValue("Location").orElseThrow();
		assertThat(location).isEqualTo("/events/" + event.get("id").longValue());
		assertThat(get(location)).isEqualTo(event);
		assertThat(event.get("at").stringValue()).isEqualTo("2026-01-02T03:04:05.678Z");
		assertThat(event.get("level").stringValue()).isEqualTo("WARN");
		assertThat(get("/events?q=%C3%A5ngstr%C3%B6m&source=one&level=warn").get("events")).containsExactly(event);
	}

	@Test
	void importsJsonLinesAndReportsTheBadOnes() throws Exception {
		String bad = "{\"bad\n".repeat(12);
		List<JsonNode> progress = importLines("json", NDJSON, BodyPublishers.ofString("""
				{"message":"first","level":"DEBUG"}

				%s{"message":"of another source","source":"json2","at":1700000000000}
				{"source":5,"message":"x"}
				{"message":"last"}""".formatted(bad)));
		JsonNode end = progress.get(progress.size() - 1);
		assertThat(end.get("imported").intValue()).isEqualTo(3);
		assertThat(end.get("failed").intValue()).isEqualTo(13);
		assertThat(end.get("done").booleanValue()).isTrue();
		assertThat(end.get("errors")).hasSize(10);
		assertThat(end.get("errors").get(0).get("line").intValue()).isEqualTo(3);
		assertThat(end.get("errors").get(0).get("reason").stringValue()).startsWith("not JSON");
		assertThat(messages("json")).containsExactly("first", "last");
		assertThat(messages("json2")).containsExactly("of another source");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Apache", "HDFS", "Linux", "OpenSSH", "OpenStack", "Spark", "Zookeeper" })
	void everyLineOfALogFileIsFoundAgain(String name) throws Exception {
		List<String> lines = new ArrayList<>();
		BodyPublisher body = logFile(name, lines);
		List<JsonNode> progress = importLines(name, "text/plain", body);
		assertThat(progress).extracting((line) -> line.get("imported").intValue()).containsExactly(1000, 2000, 2000);
		JsonNode end = progress.get(progress.size() - 1);
		assertThat(end.get("failed").intValue()).isZero();
		assertThat(end.get("done").booleanValue()).isTrue();
		// the pages bring them newest first, and turned around they are the file
		assertThat(messages(name)).hasSize(2000).isEqualTo(lines);
		assertThat(sumPerMinute(name)).isEqualTo(2000);
		// and each is found by its own words
		for (int i = 0; i < lines.size(); i += 97) {
			String line = lines.get(i);
			JsonNode found = get("/events?size=1000&source=" + name + "&q=" + encode(line)).get("events");
			assertThat(found.valueStream().map((event) -> event.get("message").stringValue())).contains(line);
		}
	}

	@Test
	void reportsProgressWhileTheBodyStillArrives() throws Exception {
		// client application
		// headers, 1,000 lines ────────►
		// ............................◄─ {"imported":1000,…
		// 1 line, end ─────────────────►
		// ............................◄─ {"imported":1001,…,"done":true}
		try (Socket socket = new Socket("localhost", application.port())) {
			socket.setSoTimeout(30_000);
			OutputStream output = socket.getOutputStream();
			BufferedReader input = new BufferedReader(
					new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
			output.write("""
					POST /events/import?source=slow HTTP/1.1\r
					Host: localhost\r
					Content-Type: text/plain\r
					Transfer-Encoding: chunked\r
					Connection: close\r
					\r
					""".getBytes(StandardCharsets.US_ASCII));
			sendChunk(output, "a line\n".repeat(1000));
			assertThat(nextProgress(input)).startsWith("{\"imported\":1000,");
			sendChunk(output, "the last one");
			sendChunk(output, "");
			assertThat(nextProgress(input)).startsWith("{\"imported\":1001,").contains("\"done\":true");
		}
	}

	@Test
	void whatWasReportedStaysWhenTheSenderIsGone() throws Exception {
		try (Socket socket = new Socket("localhost", application.port())) {
			socket.setSoTimeout(30_000);
			OutputStream output = socket.getOutputStream();
			output.write("""
					POST /events/import?source=gone HTTP/1.1\r
					Host: localhost\r
					Content-Type: text/plain\r
					Content-Length: 1000000\r
					\r
					""".getBytes(StandardCharsets.US_ASCII));
			output.write("a line\n".repeat(1500).getBytes(StandardCharsets.US_ASCII));
			output.flush();
			assertThat(nextProgress(
					new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))))
				.startsWith("{\"imported\":1000,");
		}
		assertThat(sumPerMinute("gone")).isEqualTo(1000);
	}

	@Test
	void aVeryLongLineIsOneEvent() throws Exception {
		String line = "2026-01-02 03:04:05 ERROR " + "lorem ipsum ".repeat(87_382) + "needleinahaystack";
		assertThat(line.length()).isGreaterThan(1 << 20);
		importLines("long", "text/plain", BodyPublishers.ofString(line + "\nshort\n"));
		assertThat(messages("long")).containsExactly(line, "short");
		assertThat(get("/events?q=needleinahaystack").get("events")).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"", "-", "*", "NEAR(", "a AND", "a OR (", "message:x", "{a b}:c", "^", "a + ", "'", "\\",
			"a\0b", "\uD83D\uDE00", "()" })
	void anyTextMayBeSearched(String text) throws Exception {
		assertThat(send(HttpRequest.newBuilder(uri("/events?q=" + encode(text))).build()).statusCode()).isEqualTo(200);
	}

	@Test
	void pagesMeetWithoutGapOrOverlap() throws Exception {
		List<String> lines = IntStream.range(0, 2502).mapToObj((i) -> "page me " + i).toList();
		importLines("pages", "text/plain", BodyPublishers.ofString(String.join("\n", lines)));
		// 834 divides them, so that the last page is full
		for (int size : new int[] { 1000, 511, 834 }) {
			List<Long> ids = ids("/events?source=pages&size=" + size);
			assertThat(ids).hasSize(2502).doesNotHaveDuplicates().isSortedAccordingTo((a, b) -> Long.compare(b, a));
			assertThat(ids("/events?source=pages&q=page&size=" + size)).isEqualTo(ids);
		}
		JsonNode none = get("/events?source=pages&before=1");
		assertThat(none.get("events")).isEmpty();
		assertThat(none.get("next").isNull()).isTrue();
	}

	@Test
	void minutesCountWhatIsBetweenFromAndTo() throws Exception {
		importLines("minutes", NDJSON, BodyPublishers.ofString("""
				{"message":"a","at":"1969-12-31T23:59:59.999Z"}
				{"message":"b","at":"2020-01-01T00:00:00Z"}
				{"message":"c","at":"2020-01-01T00:00:59.999Z"}
				{"message":"d","at":"2020-01-01T00:01:00Z"}
				"""));
		assertThat(get("/events/per-minute?source=minutes")).hasToString("""
				[{"minute":"1969-12-31T23:59:00Z","count":1},{"minute":"2020-01-01T00:00:00Z","count":2},\
				{"minute":"2020-01-01T00:01:00Z","count":1}]""");
		assertThat(get("/events/per-minute?source=minutes&from=2020-01-01T00:00:00Z&to=2020-01-01T00:01:00Z"))
			.hasToString("[{\"minute\":\"2020-01-01T00:00:00Z\",\"count\":2}]");
		assertThat(get("/events?source=minutes&from=2020-01-01T00:00:00Z&to=2020-01-01T00:01:00Z").get("events"))
			.hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/events?size=0", "/events?size=1001", "/events?size=x", "/events?from=yesterday",
			"/events?before=x" })
	void whatCannotBeUsedIsExplained(String path) throws Exception {
		assertProblem(send(HttpRequest.newBuilder(uri(path)).build()), 400);
	}

	@Test
	void problemsAreProblemDetails() throws Exception {
		assertProblem(send(HttpRequest.newBuilder(uri("/events/999999999")).build()), 404);
		assertProblem(post("/events", "application/json", BodyPublishers.ofString("{\"source\":\"x\"}")), 400);
		assertProblem(post("/events", "application/json", BodyPublishers.ofString("{\"sour")), 400);
		assertProblem(post("/events/import", "application/xml", BodyPublishers.ofString("<a/>")), 415);
		assertProblem(post("/workers?count=0", "text/plain", BodyPublishers.noBody()), 400);
		assertProblem(post("/workers?count=101", "text/plain", BodyPublishers.noBody()), 400);
	}

	@Test
	void recordsTheLoadOfItsMachine() {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(get("/events?source=load&q=cpu").get("events").valueStream())
				.anySatisfy((event) -> assertThat(event.get("message").stringValue())
					.matches("cpu=[01]\\.\\d\\d load=\\d+\\.\\d\\d heap=\\d+MB")));
	}

	@Test
	void showsItsPageAndItsDatabase() throws Exception {
		assertThat(send(HttpRequest.newBuilder(uri("/")).build()).body()).contains("<title>Journal</title>");
		JsonNode health = get("/actuator/health");
		assertThat(health.at("/status").stringValue()).isEqualTo("UP");
		assertThat(health.at("/components/sqlite/status").stringValue()).isEqualTo("UP");
		assertThat(get("/actuator/sqlite").isObject()).isTrue();
	}

	@Test
	void everyWorkerSeesEveryRowWrittenJustBefore() throws Exception {
		String lines = IntStream.range(0, 100_000)
			.mapToObj((i) -> "{\"message\":\"worker row " + i + "\"}")
			.collect(Collectors.joining("\n"));
		List<JsonNode> progress = importLines("workers", NDJSON, BodyPublishers.ofString(lines));
		JsonNode end = progress.get(progress.size() - 1);
		assertThat(end.get("imported").intValue()).as(end.toString()).isEqualTo(100_000);
		for (int count : new int[] { 1, 10, 100 }) {
			long before = get("/events?size=1").at("/events/0/id").longValue();
			HttpResponse<String> response = post("/workers?count=" + count, "text/plain", BodyPublishers.noBody());
			assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
			JsonNode report = json.readTree(response.body());
			assertThat(report.get("allEqual").booleanValue()).as(response.body()).isTrue();
			// nothing is ever deleted, so as many rows as ids, and those of this import
			// too
			long expected = report.get("expectedRows").longValue();
			assertThat(expected).isGreaterThanOrEqualTo(Math.max(before, 100_000))
				.isEqualTo(report.get("expectedMaxId").longValue());
			assertThat(report.get("workers")).hasSize(count)
				.allSatisfy((worker) -> assertThat(worker.get("rows").longValue()).isEqualTo(expected));
			assertThat(report.get("workers").valueStream().map((worker) -> worker.get("pid").longValue()))
				.doesNotHaveDuplicates();
			assertThat(application.children()).isEmpty();
		}
	}

	/** Brings the lines of a real log, or where there are none, of one made up. */
	private static BodyPublisher logFile(String name, List<String> lines) throws IOException {
		Path file = Path.of(System.getProperty("sample.logs"), name + ".log");
		if (Files.exists(file)) {
			lines.addAll(Files.readAllLines(file));
			return BodyPublishers.ofFile(file);
		}
		IntStream.range(0, 2000)
			.mapToObj((i) -> "2015-07-29 17:%02d:44,747 - INFO  [%s:%d] - made up, \"%x\" ".formatted(i % 60, name, i,
					i * 7919))
			.forEach(lines::add);
		return BodyPublishers.ofString(String.join("\r\n", lines));
	}

	private static List<JsonNode> importLines(String source, String type, BodyPublisher body) throws Exception {
		HttpResponse<String> response = post("/events/import?source=" + source, type, body);
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return response.body().lines().map(json::readTree).toList();
	}

	/** Pages through a source, and returns the messages in the order of their arrival. */
	private static List<String> messages(String source) throws Exception {
		List<String> messages = new ArrayList<>();
		for (JsonNode event : all("/events?size=333&source=" + source)) {
			messages.add(0, event.get("message").stringValue());
		}
		return messages;
	}

	private static List<Long> ids(String search) throws Exception {
		return all(search).stream().map((event) -> event.get("id").longValue()).toList();
	}

	private static List<JsonNode> all(String search) throws Exception {
		List<JsonNode> events = new ArrayList<>();
		JsonNode page = get(search);
		page.get("events").forEach(events::add);
		while (!page.get("next").isNull()) {
			page = get(search + "&before=" + page.get("next").longValue());
			page.get("events").forEach(events::add);
		}
		return events;
	}

	private static long sumPerMinute(String source) throws Exception {
		return get("/events/per-minute?source=" + source).valueStream()
			.mapToLong((minute) -> minute.get("count").longValue())
			.sum();
	}

	private static void assertProblem(HttpResponse<String> response, int status) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		assertThat(json.readTree(response.body()).get("detail").stringValue()).isNotBlank();
	}

	private static void sendChunk(OutputStream output, String text) throws IOException {
		output.write((Integer.toHexString(text.length()) + "\r\n" + text + "\r\n").getBytes(StandardCharsets.US_ASCII));
		output.flush();
	}

	private static String nextProgress(BufferedReader response) throws IOException {
		String line;
		while ((line = response.readLine()) != null) {
			if (line.startsWith("{")) {
				return line;
			}
		}
		throw new IOException("The response ended");
	}

	private static JsonNode get(String path) throws Exception {
		HttpResponse<String> response = send(HttpRequest.newBuilder(uri(path)).build());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return json.readTree(response.body());
	}

	private static HttpResponse<String> post(String path, String type, BodyPublisher body) throws Exception {
		return send(HttpRequest.newBuilder(uri(path)).header("Content-Type", type).POST(body).build());
	}

	private static HttpResponse<String> send(HttpRequest request) throws Exception {
		return http.send(request, BodyHandlers.ofString());
	}

	private static URI uri(String path) {
		return application.uri(path);
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

}
