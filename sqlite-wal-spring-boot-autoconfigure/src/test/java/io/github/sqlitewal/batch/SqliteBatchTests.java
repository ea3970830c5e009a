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

package io.github.sqlitewal.batch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.JDBC;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.pool.LeaseStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link SqliteBatch} and {@link SqliteBatchWriter}.
 */
@Timeout(60)
class SqliteBatchTests {

	private static final String INSERT = "INSERT INTO t (id, name) VALUES (?, ?)";

	/** SQLite leaves its first rows when it fails inside a transaction. */
	private static final String HALF_UNDONE = "INSERT INTO typed VALUES (1), (2), ('three')";

	@TempDir
	Path directory;

	private SqliteDatabase database;

	private SqliteBatchWriter writer;

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(file()).batchSize(3).batchMaxLatency(Duration.ZERO).readers(1).open();
		this.writer = this.database.batchWriter();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(
					"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);" + "CREATE TABLE u (id INTEGER PRIMARY KEY)");
		}
	}

	@AfterEach
	void close() {
		this.database.close();
	}

	private Path file() {
		return this.directory.resolve("batch.db");
	}

	private int count(String table) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
			rows.next();
			return rows.getInt(1);
		}
	}

	@Test
	void commitsEachTimeThatItIsFullAndGivesTheWriterBack() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			assertThat(this.database.status().writer()).isNull();
			batch.update(INSERT, 1, "a");
			batch.update(INSERT, 2, "b");
			assertThat(this.database.status().writer()).isNotNull();
			assertThat(count("t")).isZero();
			assertThat(batch.pending()).isEqualTo(2);
			batch.update("INSERT INTO u VALUES (?)", 1);
			assertThat(this.database.status().writer()).isNull();
			assertThat(count("t")).isEqualTo(2);
			assertThat(count("u")).isEqualTo(1);
			assertThat(batch.pending()).isZero();
			assertThat(batch.committed()).isEqualTo(3);
		}
	}

	@Test
	void closingCommitsWhatIsPending() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			assertThat(batch.update(INSERT, 1, null)).isEqualTo(1);
		}
		assertThat(count("t")).isEqualTo(1);
	}

	@Test
	void runsOneStatementForManySetsOfParameters() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			assertThat(batch.updateMany(INSERT, List.of(new Object[] { 1, "a" }, new Object[] { 2, "b" },
					new Object[] { 3, "c" }, new Object[] { 4, "d" })))
				.isEqualTo(4);
			assertThat(count("t")).isEqualTo(3);
		}
		assertThat(count("t")).isEqualTo(4);
	}

	@Test
	void anOperationThatFailsIsUndoneAndTheOthersStayPending() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1, "a");
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> batch.update(INSERT, 1, "again"));
			batch.update(INSERT, 2, "b");
		}
		assertThat(count("t")).isEqualTo(2);
	}

	@Test
	void anOperationThatFailsLastRollsBackWhatIsPending() {
		assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class).isThrownBy(() -> {
			try (SqliteBatch batch = this.writer.open()) {
				batch.updateMany(INSERT,
						List.of(new Object[] { 1, "" }, new Object[] { 2, "" }, new Object[] { 3, "" }));
				batch.update("INSERT INTO u VALUES (?)", 1);
				batch.update(INSERT, 1, "again");
			}
		});
		assertThat(this.database.status().writer()).isNull();
		org.assertj.core.api.Assertions.assertThatNoException().isThrownBy(() -> {
			assertThat(count("t")).isEqualTo(3);
			assertThat(count("u")).isZero();
		});
	}

	@Test
	void closingSaysWhatItRollsBack() throws SQLException {
		SqliteBatch batch = this.writer.open();
		batch.update(INSERT, 1, "a");
		assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
			.isThrownBy(() -> batch.update(INSERT, 1, "again"));
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(batch::close)
			.withMessageContaining("1 operations that were pending are rolled back");
		assertThat(count("t")).isZero();
		assertThat(this.database.status().writer()).isNull();
	}

	@Test
	void whatIsToBeRolledBackIsNotCommittedForOtherProcesses() throws Exception {
		SqliteBatch batch = this.writer.open();
		batch.update(INSERT, 1, "a");
		assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
			.isThrownBy(() -> batch.update(INSERT, 1, "again"));
		// this thread is in the batch's transaction, which is not to be committed
		assertThatIllegalStateException().isThrownBy(() -> this.database.checkpointer().prepareForOtherProcesses());
		batch.rollback();
		batch.close();
		assertThat(count("t")).isZero();
	}

	@Test
	void whatBelongsTogetherIsNotTornApart() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1, "a");
			batch.update(INSERT, 2, "b");
			batch.together((unit) -> {
				unit.update(INSERT, 3, "c");
				assertThat(count("t")).isZero();
				unit.update("INSERT INTO u VALUES (?)", 3);
			});
			assertThat(count("t")).isEqualTo(3);
			assertThat(count("u")).isEqualTo(1);
			batch.update(INSERT, 4, "d");
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> batch.together((unit) -> {
					unit.update(INSERT, 5, "e");
					unit.update("INSERT INTO u VALUES (?)", 3);
				}));
			assertThat(batch.pending()).isEqualTo(1);
			batch.commit();
		}
		assertThat(count("t")).isEqualTo(4);
	}

	/*
	 * batch thread | other thread update 1, 2 | | INSERT: waits for the writer update 3:
	 * commits | update 4: waits | has the writer, ends has the writer |
	 */
	@Test
	void givesTheOthersTheirTurnBetweenTwoCommits() throws Exception {
		try (Actor other = Actor.named("other"); SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1, "a");
			batch.update(INSERT, 2, "b");
			Future<Integer> write = other.begins(() -> {
				try (Connection connection = this.database.dataSource().getConnection();
						Statement statement = connection.createStatement()) {
					return statement.executeUpdate("INSERT INTO u VALUES (1)");
				}
			});
			Awaitility.await()
				.pollInterval(Duration.ofMillis(1))
				.until(() -> this.database.status().queuedWrites() == 1);
			batch.update(INSERT, 3, "c");
			batch.update(INSERT, 4, "d");
			assertThat(count("u")).as("was first in the queue").isEqualTo(1);
			assertThat(count("t")).isEqualTo(3);
			assertThat(Actor.result(write)).isEqualTo(1);
		}
	}

	@Test
	void aFailureOfManyLeavesThoseBeforeItPendingAndSaysHowManyTheyAre() throws SQLException {
		SqliteBatchWriter large = this.database.batchWriter().with(100, Duration.ZERO, new ManualTimer());
		try (SqliteBatch batch = large.open()) {
			List<Object[]> rows = new ArrayList<>();
			for (int i = 0; i < 250; i++) {
				rows.add(new Object[] { (i == 170) ? 3 : i, "row" });
			}
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> batch.updateMany(INSERT, rows));
			assertThat(batch.committed()).isEqualTo(100);
			assertThat(batch.pending()).isEqualTo(70);
			batch.commit();
		}
		assertThat(count("t")).isEqualTo(170);
	}

	@Test
	void aFailureOfReadingTheRowsRollsBackWhatIsPending() throws SQLException {
		assertThatIllegalStateException().isThrownBy(() -> {
			try (SqliteBatch batch = this.writer.open()) {
				batch.update(INSERT, 1, "a");
				batch.updateMany(INSERT, () -> {
					throw new IllegalStateException("no rows");
				});
			}
		}).satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1));
		assertThat(count("t")).isZero();
	}

	@Test
	void anOperationThatFailsFirstGivesTheWriterBack() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> batch.update("INSERT INTO nowhere VALUES (1)"));
			assertThat(this.database.status().writer()).isNull();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch.updateMany("INSERT INTO u VALUES (?)",
					List.of(new Object[] { "x" }, new Object[] { 1 })));
			assertThat(this.database.status().writer()).isNull();
			assertThatIllegalStateException().isThrownBy(() -> batch.together((unit) -> {
				unit.update("INSERT INTO u VALUES (1)");
				throw new IllegalStateException();
			}));
			assertThat(this.database.status().writer()).isNull();
		}
		assertThat(count("u")).isZero();
	}

	@Test
	void aUnitThatDoesNothingGivesTheWriterBack() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.together((unit) -> {
			});
			assertThat(this.database.status().writer()).isNull();
			batch.together((unit) -> unit.together((inner) -> {
			}));
			assertThat(this.database.status().writer()).isNull();
			batch.together((unit) -> assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> unit.update("INSERT INTO nowhere VALUES (1)")));
			assertThat(this.database.status().writer()).isNull();
			batch.update(INSERT, 1, "a");
			batch.together((unit) -> {
			});
			assertThat(batch.pending()).isEqualTo(1);
		}
		assertThat(count("t")).isEqualTo(1);
	}

	@Test
	void anOperationThatMayHaveLeftRowsIsRolledBackWithAllThatIsPending() throws SQLException {
		try (SqliteBatch batch = openWithTypedTable()) {
			batch.update(INSERT, 1, "a");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch.update(HALF_UNDONE));
			for (SqliteBatchWriter.Action next : List.<SqliteBatchWriter.Action>of(
					(same) -> same.update(INSERT, 2, "b"), SqliteBatch::commit,
					(same) -> same.together((unit) -> unit.update(INSERT, 2, "b")),
					(same) -> same.updateMany(INSERT, List.<Object[]>of(new Object[] { 2, "b" })))) {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> next.run(batch))
					.withMessageContaining("rollback()")
					.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P02"));
			}
			assertThat(batch.pending()).isEqualTo(1);
			batch.rollback();
			batch.update(INSERT, 3, "c");
		}
		assertThat(count("t")).isEqualTo(1);
		assertThat(count("typed")).isZero();
	}

	@Test
	void closingABatchWithAnOperationThatMayHaveLeftRowsRollsBack() throws SQLException {
		SqliteBatch batch = openWithTypedTable();
		batch.update(INSERT, 1, "a");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch
			.updateMany("INSERT INTO typed VALUES (1), (?)", List.of(new Object[] { 1 }, new Object[] { "x" })));
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(batch::close);
		assertThat(count("t")).isZero();
		assertThat(count("typed")).isZero();
	}

	@Test
	void aUnitWithAnOperationThatMayHaveLeftRowsIsUndoneAlone() throws SQLException {
		try (SqliteBatch batch = openWithTypedTable()) {
			batch.update(INSERT, 1, "a");
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> batch.together((unit) -> unit.update(HALF_UNDONE)));
			// also when the action goes on as if nothing had happened
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> batch.together((unit) -> assertThatExceptionOfType(SQLException.class)
					.isThrownBy(() -> unit.update(HALF_UNDONE))));
			batch.update(INSERT, 2, "b");
		}
		assertThat(count("t")).isEqualTo(2);
		assertThat(count("typed")).isZero();
	}

	@Test
	void anOperationThatMayHaveLeftRowsAloneLeavesNothing() throws SQLException {
		try (SqliteBatch batch = openWithTypedTable()) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch.update(HALF_UNDONE));
			batch.update(INSERT, 1, "a");
		}
		assertThat(count("t")).isEqualTo(1);
		assertThat(count("typed")).isZero();
	}

	private SqliteBatch openWithTypedTable() throws SQLException {
		SqliteBatch batch = this.database.batchWriter().with(100, Duration.ZERO, new ManualTimer()).open();
		batch.update("CREATE TABLE typed (n INTEGER) STRICT");
		batch.commit();
		return batch;
	}

	@Test
	void whatBelongsTogetherIsNotCommittedOrRolledBackInside() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.together((unit) -> {
				unit.update(INSERT, 1, "a");
				for (SqliteBatchWriter.Action wrong : List.<SqliteBatchWriter.Action>of(SqliteBatch::commit,
						SqliteBatch::rollback, SqliteBatch::close)) {
					assertThatExceptionOfType(SQLException.class).isThrownBy(() -> wrong.run(unit))
						.withMessageContaining("inside together()");
				}
				unit.update(INSERT, 2, "b");
			});
		}
		assertThat(count("t")).isEqualTo(2);
	}

	@Test
	void aFailureThatTheActionHandlesIsNoneOfTheUnit() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.together((unit) -> {
				unit.update(INSERT, 1, "a");
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> unit.update(INSERT, 1, "again"));
			});
		}
		assertThat(count("t")).isEqualTo(1);
	}

	@Test
	void whatRollingBackThrowsDoesNotHideWhy() throws Exception {
		assertThatIllegalStateException().isThrownBy(() -> this.writer.execute((batch) -> {
			batch.update(INSERT, 1, "a");
			this.database.close();
			throw new IllegalStateException("why");
		})).withMessage("why");
	}

	/*
	 * batch thread | closing thread an operation that never | ends by itself | | close():
	 * waits, interrupts it, rolls back its exception |
	 */
	@Test
	void anOperationThatRunsForLongDoesNotKeepTheDatabaseFromClosing() throws Exception {
		Path file = this.directory.resolve("long.db");
		SqliteDatabase other = SqliteDatabase.builder(file).readers(1).shutdownTimeout(Duration.ofMillis(500)).open();
		FutureTask<SQLException> task = new FutureTask<>(() -> {
			try (SqliteBatch batch = other.batchWriter().open()) {
				batch.update("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
				batch.commit();
				batch.update("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)"
						+ " INSERT INTO t (id) SELECT i FROM n WHERE i < 0");
				return null;
			}
			catch (SQLException ex) {
				return ex;
			}
		});
		Thread thread = new Thread(task, "long batch");
		thread.start();
		Awaitility.await().until(() -> {
			LeaseStatus holder = other.status().writer();
			return holder != null && holder.sql() != null && holder.sql().startsWith("WITH RECURSIVE");
		});
		other.close();
		assertThat((Object) task.get()).isNotNull();
		assertThat(countRaw(file)).isZero();
		try (var files = Files.list(this.directory)) {
			assertThat(files.map((each) -> each.getFileName().toString())).doesNotContain("long.db-wal");
		}
	}

	@Test
	void executeRollsBackWhateverIsThrown() throws SQLException {
		assertThatIllegalStateException().isThrownBy(() -> this.writer.execute((batch) -> {
			batch.update(INSERT, 1, "a");
			throw new IllegalStateException("not an operation");
		}));
		assertThat(count("t")).isZero();
		this.writer.execute((batch) -> batch.update(INSERT, 1, "a"));
		assertThat(count("t")).isEqualTo(1);
	}

	@Test
	void commitsAndRollsBackByHand() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1, "a");
			batch.commit();
			batch.update(INSERT, 2, "b");
			batch.rollback();
			batch.update(INSERT, 3, "c");
		}
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT group_concat(id) FROM t")) {
			assertThat(rows.next()).isTrue();
			assertThat(rows.getString(1)).isEqualTo("1,3");
		}
	}

	@Test
	void aClosedBatchRefusesOperations() throws SQLException {
		SqliteBatch batch = this.writer.open();
		batch.close();
		batch.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> batch.update(INSERT, 1, "a"))
			.withMessageContaining("closed");
	}

	@Test
	void whatIsPendingIsCommittedBeforeOtherProcessesStart() throws Exception {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1, "a");
			assertThat(this.database.checkpointer().prepareForOtherProcesses().isComplete()).isTrue();
			// the main file alone, as a process that copies it would have it
			Path copy = this.directory.resolve("copy.db");
			Files.copy(file(), copy);
			assertThat(countRaw(copy)).isEqualTo(1);
			batch.update(INSERT, 2, "b");
		}
	}

	/*
	 * batch thread | closing thread update 1, update 2 | (idle, not closed) | close():
	 * commits 1 and 2 update 3: refused |
	 */
	@Test
	void closingTheDatabaseCommitsWhatIsPending() throws Exception {
		CountDownLatch written = new CountDownLatch(1);
		CountDownLatch databaseClosed = new CountDownLatch(1);
		FutureTask<SQLException> task = new FutureTask<>(() -> {
			SqliteBatch batch = this.writer.open();
			batch.update(INSERT, 1, "a");
			batch.update(INSERT, 2, "b");
			written.countDown();
			databaseClosed.await();
			try {
				batch.update(INSERT, 3, "c");
				return null;
			}
			catch (SQLException ex) {
				return ex;
			}
		});
		Thread thread = new Thread(task, "batch");
		thread.start();
		written.await();
		this.database.close();
		databaseClosed.countDown();
		SQLException refused = task.get();
		assertThat((Object) refused).isNotNull();
		assertThat(refused.getMessage()).contains("clos");
		assertThat(countRaw(file())).isEqualTo(2);
	}

	private static int countRaw(Path file) throws SQLException {
		try (Connection connection = new JDBC().connect("jdbc:sqlite:" + file, new java.util.Properties());
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
			rows.next();
			return rows.getInt(1);
		}
	}

}
