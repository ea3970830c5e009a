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

package io.github.sqlitewal.connection;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DatabaseLocationTests {

	@TempDir
	Path directory;

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void newFileIsTheOwnersAloneAndSoAreTheFilesBesideIt() throws Exception {
		Path file = this.directory.resolve("some/where/app.db");
		try (PhysicalConnection connection = open(file)) {
			connection.driverConnection().createStatement().execute("CREATE TABLE t (x)");
			for (String name : List.of("app.db", "app.db-wal", "app.db-shm")) {
				assertThat(Files.getPosixFilePermissions(file.resolveSibling(name))).as(name)
					.containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "with space.db", "100%.db", "a%20b.db", "why?.db", "why?mode=memory&cache=shared.db",
			"number#1.db", "größe-数据-🗄.db", "it's \"quoted\".db", "a;b.db" })
	@DisabledOnOs(OS.WINDOWS)
	void fileHasExactlyTheNameThatWasGiven(String name) throws Exception {
		Path file = this.directory.resolve(name).resolve("dir").resolve(name);
		try (PhysicalConnection connection = open(file)) {
			connection.driverConnection().createStatement().execute("CREATE TABLE t (x)");
			try (var files = Files.list(file.getParent())) {
				assertThat(files.map((path) -> path.getFileName().toString())).containsExactlyInAnyOrder(name,
						name + "-wal", name + "-shm");
			}
			assertThat(DatabaseLocation.file(file).walBytes()).isPositive();
		}
		assertThat(file).isNotEmptyFile();
	}

	@Test
	void directoryIsRefusedAsAFile() {
		assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> open(this.directory))
			.withMessageContaining("is a directory")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.path").contains("app.db"));
	}

	@Test
	void fileInPlaceOfADirectoryIsRefused() throws Exception {
		Path notADirectory = Files.writeString(this.directory.resolve("file"), "x");
		for (Path file : List.of(notADirectory.resolve("app.db"), notADirectory.resolve("deeper/app.db"))) {
			assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> open(file))
				.withMessageContaining("cannot be made")
				.satisfies((ex) -> assertThat(ex.getAction()).contains("writable"));
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void directoryThatCannotBeWrittenIsRefused() {
		// there even the superuser, who runs the tests in a container, cannot make a file
		for (Path file : List.of(Path.of("/proc/app.db"), Path.of("/proc/made/app.db"))) {
			assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> open(file))
				.withMessageContaining(file.toString())
				.withMessageContaining("cannot be made")
				.withCauseInstanceOf(java.io.IOException.class)
				.satisfies((ex) -> assertThat(ex.getAction()).contains("Make its directory writable"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "  ", "jdbc:sqlite:app.db", "JDBC:h2:mem" })
	void whatIsNoPathIsRefused(String path) {
		assertThatExceptionOfType(SqliteConfigurationException.class).isThrownBy(() -> DatabaseLocation.of(path))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.path"));
	}

	@Test
	void memoryHasNoFile() {
		DatabaseLocation memory = DatabaseLocation.of(" :memory: ");
		assertThat(memory.isMemory()).isTrue();
		assertThat(memory.file()).isNull();
		assertThat(memory.walFile()).isNull();
		assertThat(memory.walBytes()).isZero();
		assertThat(memory.fileKey()).isNull();
	}

	@Test
	void twoWaysToWriteAPathAreOneLocation() {
		assertThat(DatabaseLocation.of("data/../app.db")).isEqualTo(DatabaseLocation.file(Path.of("app.db")))
			.hasSameHashCodeAs(DatabaseLocation.file(Path.of("app.db")));
	}

	private static PhysicalConnection open(Path file) throws Exception {
		ConnectionFactory factory = new ConnectionFactory(
				new ConnectionSettings(DatabaseLocation.file(file), Map.of(), Map.of(), List.of(), 8));
		factory.prepareFile().close();
		return factory.open("writer", ConnectionRole.WRITER);
	}

}
