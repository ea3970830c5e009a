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
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;

/**
 * The built jar as a process of the operating system, in a directory of its own.
 */
final class SampleProcess implements AutoCloseable {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private final Path directory;

	private final Process process;

	private final int port;

	private SampleProcess(Path directory, Process process) {
		this.directory = directory;
		this.process = process;
		this.port = Awaitility.await("the application's port")
			.atMost(Duration.ofMinutes(2))
			.until(this::findPort, (port) -> port > 0);
	}

	static SampleProcess start(Path directory, String... arguments) throws IOException {
		Path temporary = Files.createDirectories(directory.resolve("tmp"));
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
						"-Djava.io.tmpdir=" + temporary, "-jar", System.getProperty("sample.jar"), "--server.port=0"));
		command.addAll(List.of(arguments));
		Process process = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(directory.resolve("out.log").toFile())
			.start();
		try {
			return new SampleProcess(directory, process);
		}
		catch (RuntimeException ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	URI uri(String path) {
		return URI.create("http://localhost:" + this.port + path);
	}

	int port() {
		return this.port;
	}

	Path database() {
		return this.directory.resolve("data/journal.db");
	}

	String output() throws IOException {
		return Files.readString(this.directory.resolve("out.log"));
	}

	/** Sends SIGTERM. */
	void terminate() {
		this.process.destroy();
	}

	boolean awaitExit(Duration timeout) throws InterruptedException {
		return this.process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	int exitValue() {
		return this.process.exitValue();
	}

	List<ProcessHandle> children() {
		return this.process.descendants().toList();
	}

	@Override
	public void close() throws InterruptedException {
		terminate();
		if (!awaitExit(Duration.ofSeconds(30))) {
			this.process.destroyForcibly().waitFor();
		}
	}

	private int findPort() throws IOException {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("The application ended: " + output());
		}
		Matcher matcher = PORT.matcher(output());
		return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
	}

}
