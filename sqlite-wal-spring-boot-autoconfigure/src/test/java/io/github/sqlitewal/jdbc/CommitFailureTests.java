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
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.batch.SqliteBatch;
import io.github.sqlitewal.batch.SqliteBatchWriter;
import io.github.sqlitewal.fixture.FailingCommit;
import io.github.sqlitewal.fixture.FailingCommit.End;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A COMMIT that fails, and what each way to commit makes of it: whether the caller is
 * told that it is stored, that it is not, or that nobody knows.
 */
@Timeout(300)
class CommitFailureTests {

	@TempDir
	Path directory;

	// COMMIT is done; the driver looks at the statement once more, which is closed by now
	@ParameterizedTest
	@EnumSource
	void failureThatIsNotOfSqliteIsOfUnknownOutcome(Way way) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running write = begin(writes, way, End.COMMIT, new SQLException("The statement is closed"));
			assertState(write, "08007");
			assertThat(writes.log()).isEqualTo("a");
			assertWritesGoOn(writes, "a,after");
		}
	}

	@ParameterizedTest
	@EnumSource
	void fullDiskIsRolledBack(Way way) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running write = begin(writes, way, End.ROLLBACK, full());
			assertState(write, "53100");
			assertThat(writes.log()).isEmpty();
			assertWritesGoOn(writes, "after");
		}
	}

	// what has not fitted together may fit alone, and each that does not has its error
	@ParameterizedTest
	@ValueSource(ints = { 2, 5 })
	void fullDiskRunsTheWritesOfAGroupOneByOne(int count) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			FailingCommit.next(writes.held(), End.ROLLBACK, full());
			List<Running> all = new ArrayList<>();
			List<String> names = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				names.add("w" + i);
				all.add(writes.queueLog("w" + i));
			}
			writes.letGo();
			assertThat(all).extracting(Running::join).containsOnly(1);
			assertThat(writes.log()).isEqualTo(String.join(",", names));
			assertWritesGoOn(writes, String.join(",", names) + ",after");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 5 })
	void failureThatIsNotOfSqliteIsOfUnknownOutcomeForAGroup(int count) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			FailingCommit.next(writes.held(), End.COMMIT, new SQLException("The statement is closed"));
			List<Running> all = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				all.add(writes.queueLog("w"));
			}
			writes.letGo();
			for (Running one : all) {
				assertState(one, "08007");
			}
			assertThat(writes.query("SELECT count(*) FROM log")).as("nothing ran again")
				.isEqualTo(String.valueOf(count));
		}
	}

	private static Running begin(WaitingWrites writes, Way way, End end, SQLException failure) throws SQLException {
		FailingCommit.next(writes.held(), end, failure);
		Running running = writes.queued(() -> {
			way.write.run(writes, writes.connection());
			return null;
		});
		writes.letGo();
		return running;
	}

	private static SQLException full() {
		return new SQLiteException("database or disk is full", SQLiteErrorCode.SQLITE_FULL);
	}

	private static void assertState(Running running, String sqlState) {
		assertThat(running.failure()).isInstanceOfSatisfying(SQLException.class,
				(ex) -> assertThat(ex.getSQLState()).as(ex.toString()).isEqualTo(sqlState));
	}

	private static void assertWritesGoOn(WaitingWrites writes, String log) throws SQLException {
		writes.assertNothingHeld();
		TestDatabase.execute(writes.connection(), "INSERT INTO log VALUES ('after')");
		assertThat(writes.log()).isEqualTo(log);
	}

	/**
	 * Ways to store one row.
	 */
	enum Way {

		TRANSACTION((writes, connection) -> {
			connection.setAutoCommit(false);
			TestDatabase.execute(connection, "INSERT INTO log VALUES ('a')");
			connection.commit();
		}),

		STATEMENT_WITH_ROWS(
				(writes, connection) -> TestDatabase.query(connection, "INSERT INTO log VALUES ('a') RETURNING name")),

		JDBC_BATCH((writes, connection) -> {
			try (PreparedStatement statement = connection.prepareStatement("INSERT INTO log VALUES (?)")) {
				statement.setString(1, "a");
				statement.addBatch();
				statement.executeBatch();
			}
		}),

		STATEFUL_BATCH((writes, connection) -> {
			SqliteBatchWriter writer = new SqliteBatchWriter(writes.dataSource(), writes.pool(), 100, Duration.ZERO,
					10);
			try (SqliteBatch batch = writer.open()) {
				batch.update("INSERT INTO log VALUES (?)", "a");
			}
		});

		private final Write write;

		Way(Write write) {
			this.write = write;
		}

		private interface Write {

			void run(WaitingWrites writes, Connection connection) throws SQLException;

		}

	}

}
