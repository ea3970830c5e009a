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

package io.github.sqlitewal;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several processes on one file.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ProcessesTests {

	private static final int PROCESSES = 20;

	private static final int WRITES = 25;

	@TempDir
	Path directory;

	/*
	 * All open the file, all wait for the signal, all write at the same moment, each with
	 * transactions of its own, and this process writes too.
	 */
	@Test
	void processesThatWriteAtTheSameMomentWaitForEachOtherAndLoseNothing() throws Exception {
		Path file = this.directory.resolve("shared.db");
		List<Process> processes = new ArrayList<>();
		try (SqliteDatabase database = SqliteDatabase.builder(file).readers(1).open();
				Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, pid INTEGER, n INTEGER UNIQUE)");
			List<BufferedReader> outputs = new ArrayList<>();
			for (int i = 0; i < PROCESSES; i++) {
				Process process = start(file);
				processes.add(process);
				outputs
					.add(new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
			}
			for (int i = 0; i < PROCESSES; i++) {
				awaitWord(outputs.get(i), "ready");
			}
			for (Process process : processes) {
				try (OutputStream signal = process.getOutputStream()) {
					signal.write('\n');
				}
			}
			for (int i = 0; i < WRITES; i++) {
				statement.executeUpdate("INSERT INTO t (pid, n) SELECT 0, coalesce(max(n), 0) + 1 FROM t");
			}
			for (int i = 0; i < PROCESSES; i++) {
				awaitWord(outputs.get(i), "done");
				outputs.get(i).transferTo(Writer.nullWriter());
				assertThat(processes.get(i).waitFor()).isZero();
			}
			try (ResultSet rows = statement.executeQuery("SELECT count(*), max(n), count(DISTINCT pid) FROM t")) {
				rows.next();
				assertThat(rows.getInt(1)).isEqualTo((PROCESSES + 1) * WRITES);
				// each read the newest state inside of the transaction in which it wrote
				assertThat(rows.getInt(2)).isEqualTo((PROCESSES + 1) * WRITES);
				assertThat(rows.getInt(3)).isEqualTo(PROCESSES + 1);
			}
		}
		finally {
			processes.forEach(Process::destroyForcibly);
		}
		try (var files = Files.list(this.directory)) {
			assertThat(files).containsExactly(file);
		}
	}

	private static void awaitWord(BufferedReader output, String word) throws IOException {
		List<String> lines = new ArrayList<>();
		String line = output.readLine();
		while (line != null && !line.equals(word)) {
			lines.add(line);
			line = output.readLine();
		}
		assertThat(line).as("%s", lines).isEqualTo(word);
	}

	private Process start(Path file) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
				"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
				"-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"), "-cp",
				System.getProperty("java.class.path") + File.pathSeparator, WritingProcess.class.getName(),
				file.toString(), Integer.toString(WRITES))
			.redirectErrorStream(true)
			.start();
	}

}
