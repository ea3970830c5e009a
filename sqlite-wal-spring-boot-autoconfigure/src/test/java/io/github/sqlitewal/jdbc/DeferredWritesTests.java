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

package io.github.sqlitewal.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.Deadline;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DeferredWrites}. What a queue makes of them, its own tests say.
 */
@Timeout(120)
class DeferredWritesTests {

	@TempDir
	Path directory;

	// work | reader
	// -- | --
	// INSERT: has the writer | SELECT, undrained
	// (its deadline passes) |
	// SELECT, waits for the reader |
	// | closed
	// has it |
	@Test
	void deadlineOfWorkEndsWhenItHasTheWriter() throws Exception {
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.readers(1).lockTimeout(Duration.ofSeconds(60)))) {
			database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
			Deadline deadline = Deadline.after(Duration.ofMillis(500));
			try (Connection connection = database.connection();
					Statement statement = connection.createStatement();
					ResultSet rows = statement.executeQuery("SELECT id FROM t")) {
				assertThat(rows.next()).isTrue();
				Running work = Running.of(() -> new DeferredWrites(database.dataSource()).transaction((transaction) -> {
					TestDatabase.execute(transaction, "INSERT INTO t VALUES (2)");
					Awaitility.await().until(deadline::hasPassed);
					return database.query("SELECT count(*) FROM t");
				}, () -> true, deadline));
				work.until(() -> database.status().queuedReads() == 1);
				rows.close();
				assertThat(work.join()).isEqualTo("1");
			}
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("2");
		}
	}

}
