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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.fixture.FailingCommit;
import io.github.sqlitewal.fixture.FailingCommit.End;
import io.github.sqlitewal.pool.BusyRetry;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.PollingRetry;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.WriteGroupLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Single statements that wait for the writer are run in one transaction, and each caller
 * gets what its statement alone would have given.
 */
@Timeout(120)
class CombinedWritesTests {

	private static final String DUPLICATE = "INSERT INTO t VALUES (1, 'again')";

	private static final String NEVER_ENDING = "INSERT INTO log " + TestDatabase.ENDLESS;

	@TempDir
	Path directory;

	// holder | a | b | c
	// -- | -- | -- | --
	// has the writer | | |
	// | INSERT … | INSERT … | INSERT …
	// lets go | | |
	// | BEGIN, a, b, c, COMMIT | |
	// | 1 | 1 | 1
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void waitingStatementsAreCommittedTogetherInTheirOrder(boolean prepared) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = new ArrayList<>();
			for (String name : List.of("a", "b", "c", "d")) {
				all.add(writes.queue((connection) -> {
					if (!prepared) {
						return TestDatabase.execute(connection, "INSERT INTO log VALUES ('" + name + "')");
					}
					try (PreparedStatement statement = connection.prepareStatement("INSERT INTO log VALUES (?)")) {
						statement.setString(1, name);
						return statement.executeUpdate();
					}
				}));
			}
			writes.letGo();
			assertThat(all).extracting(Running::join).containsOnly(1);
			assertThat(writes.combined()).containsExactly(4);
			assertThat(writes.log()).isEqualTo("a,b,c,d");
			writes.assertNothingHeld();
		}
	}

	@Test
	void countsAreThoseOfEachStatement() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running inserts = writes.queue("INSERT INTO log VALUES ('a'), ('b'), ('c')");
			Running updates = writes.queue("UPDATE log SET name = name || '!' WHERE name <> 'a'");
			Running nothing = writes.queue("DELETE FROM log WHERE name = 'x'");
			Running deletes = writes.queue("WITH x AS (SELECT 'c!' AS name) DELETE FROM log WHERE name IN x");
			writes.letGo();
			assertThat(inserts.join()).isEqualTo(3);
			assertThat(updates.join()).isEqualTo(2);
			assertThat(nothing.join()).isEqualTo(0);
			assertThat(deletes.join()).isEqualTo(1);
			assertThat(writes.combined()).containsExactly(4);
			assertThat(writes.log()).isEqualTo("a,b!");
		}
	}

	@Test
	void keysAndReturnedRowsAreThoseOfEachStatement() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = new ArrayList<>();
			all.add(writes
				.queue((connection) -> WaitingWrites.keysOf(connection, "INSERT INTO t (name) VALUES ('a')")));
			all.add(writes
				.queue((connection) -> WaitingWrites.keysOf(connection, "INSERT INTO t (name) VALUES ('b'), ('c')")));
			all.add(writes.queue((connection) -> {
				try (Statement statement = connection.createStatement();
						ResultSet rows = statement.executeQuery("UPDATE t SET name = 'd' WHERE id > 2 RETURNING id")) {
					return WaitingWrites.longs(rows);
				}
			}));
			all.add(writes.queue(
					(connection) -> WaitingWrites.keysOf(connection, "INSERT OR IGNORE INTO t VALUES (1, 'ignored')")));
			all.add(writes
				.queue((connection) -> WaitingWrites.keysOf(connection, "INSERT INTO t (name) VALUES ('e')")));
			writes.letGo();
			assertThat(all.stream().map(Running::join).toList()).containsExactly(List.of(2L), List.of(3L, 4L),
					List.of(3L, 4L), List.of(), List.of(5L));
			assertThat(writes.combined()).containsExactly(5);
			assertThat(writes.query("SELECT group_concat(id || name) FROM t")).isEqualTo("1there,2a,3d,4d,5e");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2, 4 })
	void constraintErrorIsThatOfItsStatementOnly(int position) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = queueFive(writes, position, DUPLICATE);
			writes.letGo();
			assertThat(all.get(position).failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class)
				.hasMessageContaining(DUPLICATE)
				.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("23505"));
			assertOthersStored(writes, all, position);
			assertThat(writes.combined()).containsExactly(5);
		}
	}

	@Test
	void whatOrFailHasDoneBeforeItFailedStaysAsInAutocommit() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running before = writes.queueLog("a");
			Running failing = writes.queue("INSERT OR FAIL INTO t VALUES (7, 'x'), (1, 'again'), (8, 'y')");
			Running after = writes.queueLog("b");
			writes.letGo();
			assertThat(failing.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertThat(before.join()).isEqualTo(1);
			assertThat(after.join()).isEqualTo(1);
			assertThat(writes.query("SELECT group_concat(id) FROM t")).isEqualTo("1,7");
		}
	}

	// a, b, c, d, e wait; c rolls back the transaction of a, b and c
	// then: a, b | d, e
	@ParameterizedTest
	@CsvSource({ "0, INSERT OR ROLLBACK INTO t VALUES (1)", "2, INSERT OR ROLLBACK INTO t VALUES (1)",
			"4, INSERT OR ROLLBACK INTO t VALUES (1)", "0, INSERT INTO refusing VALUES (1)",
			"2, INSERT INTO refusing VALUES (1)", "4, INSERT INTO refusing VALUES (1)" })
	void statementThatRollsBackAllIsTheOnlyOneThatFails(int position, String sql) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = queueFive(writes, position, sql.replace("t VALUES (1)", "t VALUES (1, 'again')"));
			writes.letGo();
			assertThat(all.get(position).failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertOthersStored(writes, all, position);
			// those behind it have a leader of their own
			List<Integer> groups = new ArrayList<>(List.of(position + 1, 4 - position));
			groups.removeIf((size) -> size < 2);
			assertThat(writes.combined()).containsExactlyInAnyOrderElementsOf(groups);
		}
	}

	// SQLite undoes these only by rolling back all: inside a transaction their first rows
	// stay
	private static final List<String> HALF_UNDONE = List.of(
			"INSERT INTO typed VALUES (11, 'a'), (12, 'b'), ('thirteen', 'c')",
			"UPDATE typed SET n = CASE WHEN n = 1 THEN 7 ELSE word END",
			"INSERT OR IGNORE INTO t (id) VALUES (11), (12), ('thirteen')",
			"INSERT OR REPLACE INTO t (id) VALUES (11), (12), ('thirteen')");

	static Stream<Arguments> halfUndone() {
		return HALF_UNDONE.stream().flatMap((sql) -> Stream.of(0, 2, 4).map((position) -> Arguments.of(position, sql)));
	}

	@ParameterizedTest
	@MethodSource("halfUndone")
	void statementThatSqliteUndoesByHalfIsUndoneAndFailsAlone(int position, String sql) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = queueFive(writes, position, sql);
			writes.letGo();
			assertThat(all.get(position).failure()).isInstanceOf(SQLException.class).hasMessageContaining(sql);
			assertOthersStored(writes, all, position);
			assertNothingHalfDone(writes);
		}
	}

	static Stream<Arguments> halfUndoneAlone() {
		return HALF_UNDONE.stream()
			.flatMap((sql) -> Stream.of(WriteGroupLimits.OFF, WriteGroupLimits.DEFAULT)
				.map((limits) -> Arguments.of(limits, sql)));
	}

	@ParameterizedTest
	@MethodSource("halfUndoneAlone")
	void statementThatFailsAloneLeavesNoRow(WriteGroupLimits limits, String sql) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory, (settings) -> settings.limits = limits)) {
			writes.letGo();
			Connection connection = writes.connection();
			for (Callable<?> call : List.<Callable<?>>of(() -> TestDatabase.execute(connection, sql),
					() -> TestDatabase.query(connection, sql + " RETURNING 1"),
					() -> WaitingWrites.keysOf(connection, sql))) {
				assertThat(Running.of(call).failure()).isInstanceOf(SQLException.class);
				assertNothingHalfDone(writes);
			}
			// the next one has a transaction of its own
			TestDatabase.execute(connection, "INSERT INTO t (name) VALUES ('after')");
			assertThat(writes.query("SELECT count(*) FROM t")).isEqualTo("2");
		}
	}

	private static void assertNothingHalfDone(WaitingWrites writes) throws SQLException {
		assertThat(writes.query("SELECT group_concat(n) FROM typed")).isEqualTo("1,2");
		assertThat(writes.query("SELECT group_concat(id) FROM t")).isEqualTo("1");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2, 4 })
	void fullDiskFailsTheStatementThatDoesNotFit(int position) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory, CombinedWritesTests::smallDisk)) {
			List<Running> all = queueFive(writes, position, "INSERT INTO log VALUES (zeroblob(1000000))");
			writes.letGo();
			assertThat(((SQLException) all.get(position).failure()).getSQLState()).isEqualTo("53100");
			assertOthersStored(writes, all, position);
		}
	}

	@Test
	void fullDiskFailsEachWithItsOwnError() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory, CombinedWritesTests::smallDisk)) {
			List<Running> all = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				all.add(writes.queue("INSERT INTO log VALUES (zeroblob(1000000)) /* " + i + " */"));
			}
			writes.letGo();
			for (int i = 0; i < all.size(); i++) {
				assertThat(all.get(i).failure()).hasMessageContaining("/* " + i + " */")
					.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("53100"));
			}
			assertThat(writes.log()).isEmpty();
			writes.assertNothingHeld();
		}
	}

	private static void smallDisk(WaitingWrites.Settings settings) {
		settings.customizers.add((connection, role) -> {
			if (role == ConnectionRole.WRITER) {
				try (Statement statement = connection.createStatement()) {
					statement.execute("PRAGMA max_page_count=40");
				}
			}
		});
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2, 4 })
	void deferredConstraintThatRefusesTheCommitIsThatOfItsStatementOnly(int position) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = queueFive(writes, position, "INSERT INTO child VALUES (99)");
			writes.letGo();
			assertThat(all.get(position).failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class)
				.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("23503"));
			assertOthersStored(writes, all, position);
			assertThat(writes.query("SELECT count(*) FROM child")).isEqualTo("0");
		}
	}

	// five wait; the one at the position runs the SQL, the others write into the log
	private static List<Running> queueFive(WaitingWrites writes, int position, String sql) throws SQLException {
		List<Running> all = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			all.add((i == position) ? writes.queue(sql) : writes.queueLog("w" + i));
		}
		return all;
	}

	private static void assertOthersStored(WaitingWrites writes, List<Running> all, int position) throws SQLException {
		List<String> stored = new ArrayList<>();
		for (int i = 0; i < all.size(); i++) {
			if (i != position) {
				assertThat(all.get(i).join()).isEqualTo(1);
				stored.add("w" + i);
			}
		}
		assertThat(writes.log().split(",")).containsExactlyInAnyOrderElementsOf(stored);
		writes.assertNothingHeld();
	}

	// COMMIT is done, and says that it failed
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void commitThatFailsInTheFileIsOfUnknownOutcomeForAllAndNothingIsRunAgain(boolean stored) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			FailingCommit.next(writes.held(), stored ? End.COMMIT : End.OPEN,
					new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC));
			Running a = writes.queueLog("a");
			Running b = writes.queue(DUPLICATE);
			Running c = writes
				.queue((connection) -> WaitingWrites.keysOf(connection, "INSERT INTO t (name) VALUES ('c')"));
			Running d = writes.queueLog("d");
			writes.letGo();
			for (Running unknown : List.of(a, c, d)) {
				assertThat(unknown.failure()).isInstanceOf(SQLNonTransientConnectionException.class)
					.hasMessageContaining("unknown")
					.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("08007"));
			}
			assertThat(a.failure()).isNotSameAs(d.failure());
			assertThat(b.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertThat(writes.log()).isEqualTo(stored ? "a,d" : "");
			writes.hold();
			Running e = writes.queueLog("e");
			Running f = writes.queueLog("f");
			writes.letGo();
			assertThat(List.of(e.join(), f.join())).containsOnly(1);
			assertThat(writes.log()).isEqualTo(stored ? "a,d,e,f" : "e,f");
		}
	}

	// leader a | follower b
	// -- | --
	// runs a, begins to run b |
	// (interrupted) |
	// runs b, COMMIT |
	// 1, interrupted | 1
	@Test
	void leaderThatIsInterruptedAnswersEveryone() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queue((connection) -> {
				int count = TestDatabase.execute(connection, "INSERT INTO log VALUES ('a')");
				return count + " " + Thread.currentThread().isInterrupted();
			});
			Running b = writes.queue("INSERT INTO log SELECT gate('b')");
			Running c = writes.queueLog("c");
			writes.letGo();
			writes.awaitGate(b);
			a.thread().interrupt();
			writes.openGate();
			assertThat(a.join()).isEqualTo("1 true");
			assertThat(b.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,b,c");
			assertThat(writes.combined()).containsExactly(3);
		}
	}

	// leader a | another process
	// -- | --
	// a, b; c rolls all back |
	// | BEGIN IMMEDIATE
	// BEGIN: busy (interrupted) |
	// | COMMIT
	// BEGIN, a, b, COMMIT |
	@Test
	void leaderThatIsInterruptedWhileItBeginsAgainDoesNotFailTheOthers() throws Exception {
		OutsiderBetween retry = new OutsiderBetween();
		try (WaitingWrites writes = WaitingWrites.in(this.directory, (settings) -> settings.busyRetry = retry);
				Connection outsider = writes.outsider()) {
			Running a = writes.queue((connection) -> {
				int count = TestDatabase.execute(connection, "INSERT INTO log VALUES ('a')");
				return count + " " + Thread.currentThread().isInterrupted();
			});
			Running b = writes.queueLog("b");
			Running c = writes.queue("INSERT OR ROLLBACK INTO t VALUES (1, 'again')");
			retry.steps = List.of(() -> {
				// the first BEGIN
			}, () -> {
				TestDatabase.execute(outsider, "BEGIN IMMEDIATE");
				Thread.currentThread().interrupt();
			}, () -> Thread.currentThread().interrupt(), () -> TestDatabase.execute(outsider, "COMMIT"));
			writes.letGo();
			assertThat(a.join()).isEqualTo("1 true");
			assertThat(b.join()).isEqualTo(1);
			assertThat(c.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertThat(retry.next).hasValue(4);
			assertThat(writes.log()).isEqualTo("a,b");
		}
	}

	@Test
	void followerThatIsInterruptedWhileItWaitsLeavesAndNeverRuns() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			AtomicInteger interrupted = new AtomicInteger();
			Running b = writes.queue((connection) -> {
				try {
					return TestDatabase.execute(connection, "INSERT INTO log VALUES ('b')");
				}
				finally {
					interrupted.set(Thread.currentThread().isInterrupted() ? 1 : 0);
				}
			});
			Running c = writes.queueLog("c");
			b.thread().interrupt();
			assertThat(((SQLException) b.failure()).getSQLState()).isEqualTo("57014");
			assertThat(interrupted).hasValue(1);
			writes.letGo();
			assertThat(a.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,c");
		}
	}

	// leader a | follower b
	// -- | --
	// begins to run b |
	// | (interrupted)
	// runs b, COMMIT |
	// 1 | 1, interrupted
	@Test
	void followerThatIsInterruptedWhileItRunsGetsItsAnswer() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue((connection) -> {
				int count = TestDatabase.execute(connection, "INSERT INTO log SELECT gate('b')");
				return count + " " + Thread.currentThread().isInterrupted();
			});
			writes.letGo();
			writes.awaitGate(a);
			b.thread().interrupt();
			// it has noticed, and waits on
			b.until(() -> !b.thread().isInterrupted());
			writes.openGate();
			assertThat(a.join()).isEqualTo(1);
			assertThat(b.join()).isEqualTo("1 true");
			assertThat(writes.log()).isEqualTo("a,b");
		}
	}

	@Test
	void followerThatIsCancelledWhileItWaitsLeavesAndNeverRuns() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory);
				Connection connection = writes.connection();
				Statement cancelled = connection.createStatement()) {
			Running a = writes.queueLog("a");
			Running b = writes.queued(() -> cancelled.executeUpdate("INSERT INTO log VALUES ('b')"));
			Running c = writes.queueLog("c");
			cancelled.cancel();
			assertCancelled(b);
			writes.letGo();
			assertThat(a.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,c");
			assertThat(writes.combined()).containsExactly(2);
		}
	}

	// leader a | follower b | c
	// -- | -- | --
	// runs a, begins to run b | |
	// | cancel() |
	// b fails, all is rolled back | |
	// runs a again, COMMIT | | leads the rest
	@Test
	void followerThatIsCancelledWhileItRunsIsTheOnlyOneThatFails() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory);
				Connection connection = writes.connection();
				Statement cancelled = connection.createStatement()) {
			Running a = writes.queueLog("a");
			Running b = writes.queued(() -> cancelled.executeUpdate(NEVER_ENDING));
			Running c = writes.queueLog("c");
			Running d = writes.queueLog("d");
			writes.letGo();
			b.until(() -> writes.status().writer() != null && NEVER_ENDING.equals(writes.status().writer().sql()));
			assertThat(a.isDone()).isFalse();
			cancelled.cancel();
			assertCancelled(b);
			for (Running other : List.of(a, c, d)) {
				assertThat(other.join()).isEqualTo(1);
			}
			assertThat(writes.log()).isEqualTo("a,c,d");
		}
	}

	private static void assertCancelled(Running running) {
		assertThat(running.failure()).isInstanceOf(SQLTransientException.class)
			.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("57014"));
	}

	// leader a | follower b
	// -- | --
	// runs a, runs b in the gate | cancel() of a: its statement rests
	// COMMIT |
	@Test
	void cancelOfAStatementThatHasRunReachesNoNeighbour() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory);
				Connection connection = writes.connection();
				Statement first = connection.createStatement()) {
			Running a = writes.queued(() -> first.executeUpdate("INSERT INTO log VALUES ('a')"));
			Running b = writes.queue("INSERT INTO log SELECT gate('b') UNION ALL SELECT 'c'");
			writes.letGo();
			writes.awaitGate(b);
			first.cancel();
			writes.openGate();
			assertThat(b.join()).isEqualTo(2);
			assertThat(a.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,b,c");
		}
	}

	@Test
	void queryTimeoutEndsItsStatementOnly() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue((connection) -> {
				try (Statement statement = connection.createStatement()) {
					statement.setQueryTimeout(1);
					return statement.executeUpdate(NEVER_ENDING);
				}
			});
			Running c = writes.queueLog("c");
			writes.letGo();
			assertThat(b.failure()).isInstanceOf(SQLTimeoutException.class);
			assertThat(a.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,c");
		}
	}

	@Test
	void followerWhoseDeadlinePassesInTheQueueLeavesAndNeverRuns() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue((connection) -> {
				try (Statement statement = connection.createStatement()) {
					statement.setQueryTimeout(1);
					return statement.executeUpdate("INSERT INTO log VALUES ('b')");
				}
			});
			Running c = writes.queueLog("c");
			assertThat(b.failure()).isInstanceOf(SQLTimeoutException.class);
			writes.letGo();
			assertThat(a.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("a,c");
		}
	}

	// leader a, timeout 1 s | b | another process
	// -- | -- | --
	// | | BEGIN IMMEDIATE
	// BEGIN: busy … | |
	// SQLTimeoutException | |
	// | BEGIN: busy … |
	// | | COMMIT
	// | BEGIN, b, COMMIT |
	@Test
	void leaderThatCannotBeginFailsAlone() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory); Connection outsider = writes.outsider()) {
			Running a = writes.queue((connection) -> {
				try (Statement statement = connection.createStatement()) {
					statement.setQueryTimeout(1);
					return statement.executeUpdate("INSERT INTO log VALUES ('a')");
				}
			});
			Running b = writes.queueLog("b");
			Running c = writes.queueLog("c");
			TestDatabase.execute(outsider, "BEGIN IMMEDIATE");
			writes.letGo();
			assertThat(a.failure()).isInstanceOf(SQLTimeoutException.class);
			TestDatabase.execute(outsider, "COMMIT");
			assertThat(b.join()).isEqualTo(1);
			assertThat(c.join()).isEqualTo(1);
			assertThat(writes.log()).isEqualTo("b,c");
		}
	}

	// a, b wait, then a transaction, then c, d
	@Test
	void transactionHasItsTurnBetweenSingleStatements() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = new ArrayList<>();
			all.add(writes.queueLog("a"));
			all.add(writes.queueLog("b"));
			Running transaction = writes.queue((connection) -> {
				connection.setAutoCommit(false);
				TestDatabase.execute(connection, "INSERT INTO log VALUES ('t1')");
				String seen = TestDatabase.query(connection, "SELECT group_concat(name) FROM log");
				TestDatabase.execute(connection, "INSERT INTO log VALUES ('t2')");
				connection.commit();
				return seen;
			});
			all.add(writes.queueLog("c"));
			all.add(writes.queueLog("d"));
			writes.letGo();
			assertThat(all).extracting(Running::join).containsOnly(1);
			assertThat(transaction.join()).isEqualTo("a,b,t1");
			assertThat(writes.log()).isEqualTo("a,b,t1,t2,c,d");
			assertThat(writes.combined()).containsExactly(2, 2);
		}
	}

	@Test
	void otherStatementsThanInsertUpdateAndDeleteRunAlone() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			List<Running> all = new ArrayList<>();
			all.add(writes.queueLog("a"));
			all.add(writes.queueLog("b"));
			all.add(writes.queue("CREATE TABLE u (x)"));
			all.add(writes.queue("INSERT INTO u VALUES (1)"));
			all.add(writes.queue("INSERT INTO u VALUES (2)"));
			all.add(writes.queue("VACUUM"));
			all.add(writes.queue("DROP TABLE u"));
			writes.letGo();
			all.forEach(Running::join);
			assertThat(writes.combined()).containsExactly(2, 2);
			assertThat(writes.log()).isEqualTo("a,b");
		}
	}

	@Test
	void listenerThatThrowsFailsNothing() throws Exception {
		PoolListener listener = mock(PoolListener.class, (invocation) -> {
			throw new IllegalStateException("of a listener");
		});
		try (TestDatabase database = TestDatabase.in(this.directory,
				(builder) -> builder.poolListener(listener).durability(Durability.POWER_LOSS))) {
			database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
			assertThat(database.query("SELECT count(*) FROM t")).isEqualTo("1");
			database.assertNothingHeld();
		}
	}

	@Test
	void nothingIsCombinedWhenItIsSwitchedOff() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory,
				(settings) -> settings.limits = WriteGroupLimits.OFF)) {
			List<Running> all = queueFive(writes, 2, DUPLICATE);
			writes.letGo();
			assertThat(all.get(2).failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertOthersStored(writes, all, 2);
			assertThat(writes.combined()).isEmpty();
		}
	}

	@Test
	void statusShowsWhatTheHolderRunsForOthers() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue("INSERT INTO log SELECT gate('b')");
			writes.letGo();
			writes.awaitGate(b);
			assertThat(writes.status().writer().sql()).isEqualTo("INSERT INTO log SELECT gate('b')");
			assertThat(writes.status().writer().thread()).isEqualTo(a.thread().getName());
			writes.openGate();
			a.join();
			b.join();
		}
	}

	@Test
	void exceptionShowsTheStackOfItsCaller() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue(CombinedWritesTests::insertDuplicate);
			writes.letGo();
			assertThat(a.join()).isEqualTo(1);
			assertThat(Arrays.stream(b.failure().getStackTrace()).map(StackTraceElement::getMethodName))
				.contains("insertDuplicate");
		}
	}

	private static Object insertDuplicate(Connection connection) throws SQLException {
		return TestDatabase.execute(connection, DUPLICATE);
	}

	// a and b insert in one transaction; then each asks for its row
	@Test
	void onlyTheLastOfAGroupMayAskForTheLastRow() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Connection one = writes.connection();
			Connection two = writes.connection();
			Running a = writes.queued(() -> TestDatabase.execute(one, "INSERT INTO t VALUES (10, 'a')"));
			Running b = writes.queued(() -> TestDatabase.execute(two, "INSERT INTO t VALUES (20, 'b')"));
			writes.letGo();
			a.join();
			b.join();
			assertThat(writes.combined()).containsExactly(2);
			assertLastRowUnknown(one);
			assertThat(TestDatabase.query(two, "SELECT last_insert_rowid()")).isEqualTo("20");
		}
	}

	@Test
	void nobodyMayAskForTheLastRowAfterAnUpdateOrAFailureBehindIt() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Connection one = writes.connection();
			Connection two = writes.connection();
			for (String behind : List.of("UPDATE t SET name = 'x' WHERE id = 1",
					"INSERT OR FAIL INTO t VALUES (30, 'c'), (1, 'again')")) {
				Running a = writes.queued(() -> TestDatabase.execute(one, "INSERT INTO t (name) VALUES ('a')"));
				Running b = writes.queued(() -> {
					try {
						return TestDatabase.execute(two, behind);
					}
					catch (SQLIntegrityConstraintViolationException ex) {
						return ex.getSQLState();
					}
				});
				writes.letGo();
				a.join();
				assertThat(b.join()).isIn(1, "23505");
				assertLastRowUnknown(one);
				assertLastRowUnknown(two);
				writes.hold();
			}
			writes.letGo();
		}
	}

	// one | two
	// -- | --
	// INSERT 10 |
	// | INSERT 20, which is rolled back
	// last_insert_rowid(): not 20 |
	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO child VALUES (99) RETURNING t",
			"INSERT OR ROLLBACK INTO t VALUES (20, 'not there'), (1, 'again') RETURNING id" })
	void rowOfATransactionThatWasRolledBackIsNobodysLastRow(String sql) throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			writes.letGo();
			Connection one = writes.connection();
			TestDatabase.execute(one, "INSERT INTO t VALUES (10, 'mine')");
			assertThat(TestDatabase.query(one, "SELECT last_insert_rowid()")).isEqualTo("10");
			Connection two = writes.connection();
			Running returning = Running.of(() -> TestDatabase.query(two, sql));
			assertThat(returning.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
			assertLastRowUnknown(one);
		}
	}

	private static void assertLastRowUnknown(Connection connection) {
		Running asks = Running.of(() -> TestDatabase.query(connection, "SELECT last_insert_rowid()"));
		assertThat(asks.failure()).isInstanceOf(SQLNonTransientException.class)
			.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("55000"));
	}

	// leader a | b | c, waiting | closer
	// -- | -- | -- | --
	// runs a, runs b … | | |
	// | | | close(): the deadline passes
	// rolled back | interrupted | turned away |
	@Test
	void databaseThatClosesInTheMiddleAnswersEveryoneAndStoresNothing() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue(NEVER_ENDING);
			Running c = writes.queueLog("c");
			writes.letGo();
			b.until(() -> writes.status().writer() != null && NEVER_ENDING.equals(writes.status().writer().sql()));
			assertThat(writes.pool().drain(Deadline.after(Duration.ZERO))).isFalse();
			assertThat(b.failure()).isInstanceOf(SQLException.class);
			assertThat(a.failure()).isInstanceOf(DatabaseClosedException.class);
			assertThat(c.failure()).isInstanceOf(DatabaseClosedException.class);
			try (Connection outsider = writes.outsider()) {
				assertThat(TestDatabase.query(outsider, "SELECT count(*) FROM log")).isEqualTo("0");
			}
		}
	}

	@Test
	void databaseThatClosesWaitsForAGroup() throws Exception {
		try (WaitingWrites writes = WaitingWrites.in(this.directory)) {
			Running a = writes.queueLog("a");
			Running b = writes.queue("INSERT INTO log SELECT gate('b')");
			Running c = writes.queueLog("c");
			writes.letGo();
			writes.awaitGate(b);
			Running closing = Running.of(() -> {
				return writes.pool().drain(Deadline.after(Duration.ofSeconds(60)));
			});
			closing.until(() -> isRefused(writes));
			writes.openGate();
			assertThat(closing.join()).isEqualTo(true);
			assertThat(List.of(a.join(), b.join(), c.join())).containsOnly(1);
			try (Connection outsider = writes.outsider()) {
				assertThat(TestDatabase.query(outsider, "SELECT group_concat(name) FROM log")).isEqualTo("a,b,c");
			}
		}
	}

	private static boolean isRefused(WaitingWrites writes) throws SQLException {
		try {
			writes.pool().acquireWriter("newcomer", Deadline.after(Duration.ZERO), null).close();
			return false;
		}
		catch (DatabaseClosedException ex) {
			return true;
		}
		catch (LockTimeoutException ex) {
			return false;
		}
	}

	/**
	 * Does something before each time that a lock is wanted, and gives up as
	 * {@link PollingRetry} does.
	 */
	private static final class OutsiderBetween implements BusyRetry {

		private final AtomicInteger next = new AtomicInteger();

		private volatile List<Step> steps = List.of();

		@Override
		public <T> T execute(Attempt<T> attempt, Deadline deadline) throws SQLException {
			if (this.next.get() < this.steps.size()) {
				this.steps.get(this.next.getAndIncrement()).take();
			}
			return PollingRetry.instance().execute(attempt, deadline);
		}

		private interface Step {

			void take() throws SQLException;

		}

	}

}
