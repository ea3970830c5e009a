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

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.Function;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.PhysicalConnection.TimeLimit;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

@Timeout(60)
class PhysicalConnectionTests {

	private static final String COUNT_TO = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)";

	@TempDir
	Path directory;

	private ConnectionFactory factory;

	private PhysicalConnection writer;

	@BeforeEach
	void open() throws SQLException {
		this.factory = new ConnectionFactory(
				new ConnectionSettings(DatabaseLocation.file(file()), Map.of(), Map.of(), List.of(), 2));
		this.factory.prepareFile().close();
		this.writer = this.factory.open("writer", ConnectionRole.WRITER);
		run("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
	}

	@AfterEach
	void close() throws SQLException {
		this.writer.close();
	}

	// writer another process
	// .............................. BEGIN IMMEDIATE
	// BEGIN IMMEDIATE: busy
	// .............................. ROLLBACK
	// BEGIN IMMEDIATE
	// INSERT
	// ROLLBACK: nothing is stored
	@Test
	void beginThatFailsLeavesNothingBehind() throws Exception {
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("BEGIN IMMEDIATE");
			assertThatExceptionOfType(SQLException.class).isThrownBy(this.writer::beginWrite)
				.matches(ResultCodes::isBusy);
			assertThat(this.writer.isInTransaction()).isFalse();
			assertThat(this.writer.isUsable()).isTrue();
			other.execute("ROLLBACK");
			this.writer.beginWrite();
			run("INSERT INTO t VALUES (1, 'undone')");
			this.writer.rollback();
			assertThat(other.query("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	@Test
	void transactionCannotBeginTwice() throws Exception {
		this.writer.beginWrite();
		assertThatIllegalStateException().isThrownBy(this.writer::beginRead);
		assertThat(this.writer.isInTransaction()).isTrue();
	}

	@Test
	void endWithoutATransactionDoesNothing() throws Exception {
		this.writer.commit();
		this.writer.rollback();
		assertThat(this.writer.isUsable()).isTrue();
	}

	@Test
	void statementsOutsideATransactionCommitByThemselves() throws Exception {
		run("INSERT INTO t VALUES (1, 'x')");
		assertThat(stored()).isEqualTo("1");
	}

	@Test
	void commitThatADeferredForeignKeyRefusesLeavesNoTransaction() throws Exception {
		run("CREATE TABLE child (t REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		run("INSERT INTO child VALUES (42)");
		assertThatExceptionOfType(SQLiteException.class).isThrownBy(this.writer::commit)
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_CONSTRAINT_FOREIGNKEY);
		assertThat(this.writer.isInTransaction()).isFalse();
		assertThat(this.writer.isUsable()).isTrue();
		assertThat(stored()).isEqualTo("0");
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("INSERT INTO t VALUES (2, 'the lock is free')");
		}
	}

	@Test
	void orRollbackEndsTheTransactionAndNothingMoreGetsIn() throws Exception {
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> run("INSERT OR ROLLBACK INTO t VALUES (1, 'again')"));
		assertRolledBackBySqlite();
	}

	@Test
	void raiseRollbackOfATriggerEndsTheTransaction() throws Exception {
		run("CREATE TRIGGER no AFTER INSERT ON t WHEN new.x = 'no' BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> run("INSERT INTO t VALUES (2, 'no')"));
		assertRolledBackBySqlite();
	}

	@Test
	void fullDiskEndsTheTransaction() throws Exception {
		run("PRAGMA max_page_count=10");
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLiteException.class)
			.isThrownBy(() -> run("INSERT INTO t VALUES (2, zeroblob(1000000))"))
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_FULL);
		assertRolledBackBySqlite();
	}

	@Test
	void interruptedWriteEndsTheTransaction() throws Exception {
		interruptInside();
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLiteException.class)
			.isThrownBy(() -> run(COUNT_TO.formatted(10_000) + " INSERT INTO t (x) SELECT interrupt_me(n) FROM c"))
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_INTERRUPT);
		assertRolledBackBySqlite();
	}

	private void assertRolledBackBySqlite() throws SQLException {
		assertThat(this.writer.isInTransaction()).isTrue();
		assertThatExceptionOfType(TransactionRolledBackException.class).isThrownBy(this.writer::checkTransaction)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("40000"));
		assertThatExceptionOfType(TransactionRolledBackException.class)
			.isThrownBy(() -> this.writer.savepoint("after"));
		assertThatExceptionOfType(TransactionRolledBackException.class).isThrownBy(this.writer::commit);
		assertThat(stored()).isEqualTo("0");
		assertNextTransactionIsARealOne();
	}

	private void assertNextTransactionIsARealOne() throws SQLException {
		this.writer.rollback();
		assertThat(this.writer.isUsable()).isTrue();
		assertThatNoException().isThrownBy(this.writer::checkTransaction);
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (5, 'undone')");
		this.writer.rollback();
		assertThat(stored()).isEqualTo("0");
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (6, 'kept')");
		this.writer.commit();
		assertThat(stored()).isEqualTo("1");
	}

	@Test
	void rollbackMakesAConnectionUsableThatSqliteHasRolledBack() throws Exception {
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> run("INSERT OR ROLLBACK INTO t VALUES (1, 'again')"));
		this.writer.rollback();
		assertThat(this.writer.isInTransaction()).isFalse();
		assertNextTransactionIsARealOne();
	}

	@Test
	void interruptedReadKeepsTheTransaction() throws Exception {
		interruptInside();
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLiteException.class).isThrownBy(
				() -> this.writer.queryForString(COUNT_TO.formatted(10_000) + " SELECT count(interrupt_me(n)) FROM c"))
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_INTERRUPT);
		assertThatNoException().isThrownBy(this.writer::checkTransaction);
		this.writer.commit();
		assertThat(stored()).isEqualTo("1");
	}

	@Test
	void failedStatementKeepsTheTransaction() throws Exception {
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'x')");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> run("INSERT INTO t VALUES (1, 'again')"));
		assertThatNoException().isThrownBy(this.writer::checkTransaction);
		this.writer.commit();
		assertThat(stored()).isEqualTo("1");
	}

	@Test
	void savepointsNest() throws Exception {
		this.writer.beginWrite();
		run("INSERT INTO t VALUES (1, 'kept')");
		this.writer.savepoint("a \"quoted\" one");
		run("INSERT INTO t VALUES (2, 'undone')");
		this.writer.savepoint("inner");
		run("INSERT INTO t VALUES (3, 'undone')");
		this.writer.release("inner");
		this.writer.rollbackTo("a \"quoted\" one");
		run("INSERT INTO t VALUES (4, 'kept')");
		this.writer.commit();
		assertThat(PlainConnection.ask(file(), "SELECT group_concat(id) FROM t")).isEqualTo("1,4");
	}

	@ParameterizedTest
	@EnumSource(value = SQLiteErrorCode.class,
			names = { "SQLITE_IOERR", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT",
					"SQLITE_CORRUPT_VTAB", "SQLITE_NOMEM", "SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_MISUSE",
					"SQLITE_INTERNAL", "SQLITE_READONLY_DBMOVED" })
	void failureThatLeavesTheStateUnknownMakesTheConnectionUnusable(SQLiteErrorCode code) {
		this.writer.failed(new SQLException("wrapped", new SQLiteException("it happened", code)));
		assertThat(this.writer.isUsable()).isFalse();
	}

	@ParameterizedTest
	@EnumSource(value = SQLiteErrorCode.class, names = { "SQLITE_BUSY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_INTERRUPT",
			"SQLITE_ERROR", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_TOOBIG", "SQLITE_BUSY_SNAPSHOT" })
	void failureThatLeavesTheStateKnownDoesNot(SQLiteErrorCode code) {
		this.writer.failed(new SQLiteException("it happened", code));
		this.writer.failed(new SQLException("not of SQLite"));
		assertThat(this.writer.isUsable()).isTrue();
	}

	@Test
	void beginOnAFileThatIsNoDatabaseAnyMoreMakesTheConnectionUnusable() throws Exception {
		run("PRAGMA wal_checkpoint(TRUNCATE)");
		try (var channel = Files.newByteChannel(file(), StandardOpenOption.WRITE)) {
			channel.write(ByteBuffer.wrap(new byte[4096]));
		}
		run("PRAGMA shrink_memory");
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.writer::beginWrite);
		assertThat(this.writer.isInTransaction()).isFalse();
		assertThat(this.writer.isUsable()).isFalse();
	}

	@Test
	void alteredConnectionIsNotUsable() {
		this.writer.markAltered();
		assertThat(this.writer.isUsable()).isFalse();
	}

	@Test
	void queryOnlyRefusesWritesUntilItIsLifted() throws Exception {
		this.writer.setQueryOnly(true);
		assertThatExceptionOfType(SQLiteException.class).isThrownBy(() -> run("INSERT INTO t VALUES (1, 'x')"))
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_READONLY);
		this.writer.setQueryOnly(false);
		run("INSERT INTO t VALUES (1, 'x')");
	}

	// Time limit

	@Test
	void limitStopsAStatementThatRuns() throws Exception {
		TimeLimit limit = new TimeLimit(Duration.ofMillis(20));
		this.writer.runLimit(limit);
		assertThatExceptionOfType(SQLiteException.class)
			.isThrownBy(
					() -> this.writer.queryForString(COUNT_TO.formatted(Integer.MAX_VALUE) + " SELECT count(*) FROM c"))
			.extracting(SQLiteException::getResultCode)
			.isEqualTo(SQLiteErrorCode.SQLITE_INTERRUPT);
		assertThat(limit.isExceeded()).isTrue();
		this.writer.clearLimit();
		assertThat(this.writer.queryForString(COUNT_TO.formatted(10_000) + " SELECT count(*) FROM c"))
			.isEqualTo("10000");
	}

	@Test
	void timeInWhichTheCallerWorksDoesNotCount() throws Exception {
		String sql = COUNT_TO.formatted(10_000) + " SELECT count(*) FROM c";
		TimeLimit limit = new TimeLimit(Duration.ofSeconds(1));
		this.writer.runLimit(limit);
		this.writer.queryForString(sql);
		limit.pause();
		long start = System.nanoTime();
		Awaitility.await().until(() -> System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(1100));
		assertThat(this.writer.queryForString(sql)).as("a limit that is paused").isEqualTo("10000");
		this.writer.runLimit(limit);
		assertThat(this.writer.queryForString(sql)).as("a limit that goes on").isEqualTo("10000");
		assertThat(limit.isExceeded()).isFalse();
	}

	@Test
	void timeThatSqliteUsedIsGoneForTheNextRow() throws Exception {
		TimeLimit limit = new TimeLimit(Duration.ofMillis(50));
		this.writer.runLimit(limit);
		long start = System.nanoTime();
		Awaitility.await().until(() -> System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(60));
		limit.pause();
		this.writer.runLimit(limit);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.writer.queryForString(COUNT_TO.formatted(100_000) + " SELECT count(*) FROM c"));
		assertThat(limit.isExceeded()).isTrue();
	}

	@Test
	void interruptOfAnIdleOrClosedConnectionDoesNothing() throws Exception {
		this.writer.interrupt();
		assertThat(this.writer.queryForString("SELECT 1")).isEqualTo("1");
		PhysicalConnection reader = this.factory.open("reader", ConnectionRole.READER);
		reader.close();
		assertThatNoException().isThrownBy(reader::interrupt);
	}

	private Path file() {
		return this.directory.resolve("app.db");
	}

	private void interruptInside() throws SQLException {
		Function.create(this.writer.driverConnection(), "interrupt_me", new Function() {

			@Override
			protected void xFunc() throws SQLException {
				if (value_int(0) == 100) {
					PhysicalConnectionTests.this.writer.interrupt();
				}
				result(value_int(0));
			}

		});
	}

	private void run(String sql) throws SQLException {
		this.writer.queryForString(sql);
	}

	private String stored() throws SQLException {
		return PlainConnection.ask(file(), "SELECT count(*) FROM t");
	}

}
