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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Function;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for the commits that the timer of a {@link SqliteBatch} makes.
 */
@Timeout(60)
class SqliteBatchMaxLatencyTests {

	private static final Duration LATENCY = Duration.ofMillis(100);

	private static final long NANOS = LATENCY.toNanos();

	private static final String INSERT = "INSERT INTO t (id) VALUES (?)";

	@TempDir
	Path directory;

	private final CountDownLatch blocked = new CountDownLatch(1);

	private final CountDownLatch goOn = new CountDownLatch(1);

	private final ManualTimer timer = new ManualTimer();

	private SqliteDatabase database;

	private SqliteBatchWriter writer;

	@BeforeEach
	void open() throws SQLException {
		this.database = SqliteDatabase.builder(this.directory.resolve("batch.db"))
			.readers(1)
			.shutdownTimeout(Duration.ofMillis(500))
			.customizer((connection, role) -> Function.create(connection, "block", new Function() {

				@Override
				protected void xFunc() throws SQLException {
					SqliteBatchMaxLatencyTests.this.blocked.countDown();
					try {
						SqliteBatchMaxLatencyTests.this.goOn.await();
					}
					catch (InterruptedException ex) {
						Thread.currentThread().interrupt();
					}
					result(1);
				}

			}))
			.open();
		this.writer = this.database.batchWriter().with(3, LATENCY, this.timer);
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			statement.execute("CREATE TABLE d (id REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
		}
	}

	@AfterEach
	void close() {
		this.goOn.countDown();
		this.database.close();
	}

	private int count() throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
			rows.next();
			return rows.getInt(1);
		}
	}

	private void assertWriterIsFree() {
		assertThat(this.database.status().writer()).isNull();
	}

	@Test
	void aBatchThatNobodyCallsCommits() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			this.timer.pass(NANOS - 1);
			assertThat(batch.pending()).isEqualTo(1);
			this.timer.pass(1);
			assertThat(batch.pending()).isZero();
			assertThat(batch.committed()).isEqualTo(1);
			assertWriterIsFree();
			assertThat(count()).isEqualTo(1);
		}
	}

	@Test
	void theOldestOperationCounts() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			this.timer.pass(NANOS - 1);
			batch.update(INSERT, 2);
			this.timer.pass(1);
			assertThat(batch.committed()).isEqualTo(2);
		}
	}

	@Test
	void anOperationThatComesTooLateCommitsItself() throws SQLException {
		SqliteBatchWriter noTimer = this.database.batchWriter().with(10, LATENCY, new BatchTimer() {

			@Override
			public long nanoTime() {
				return SqliteBatchMaxLatencyTests.this.timer.nanoTime();
			}

			@Override
			public void schedule(Runnable task, long delayNanos) {
			}

		});
		try (SqliteBatch batch = noTimer.open()) {
			batch.update(INSERT, 1);
			this.timer.pass(NANOS);
			assertThat(batch.pending()).isEqualTo(1);
			batch.update(INSERT, 2);
			assertThat(batch.committed()).isEqualTo(2);
		}
	}

	@Test
	void aTimerThatWasSetForEarlierOperationsLeavesLaterOnesTheirTime() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			this.timer.pass(NANOS / 2);
			batch.commit();
			batch.update(INSERT, 2);
			assertThat(this.timer.scheduled()).as("one timer for a batch, however often it commits").isEqualTo(1);
			this.timer.pass(NANOS / 2);
			assertThat(batch.pending()).isEqualTo(1);
			this.timer.pass(NANOS / 2);
			assertThat(batch.pending()).isZero();
		}
	}

	@Test
	void aBatchThatIsClosedIsLeftAlone() throws SQLException {
		SqliteBatch batch = this.writer.open();
		batch.update(INSERT, 1);
		batch.close();
		assertThatNoException().isThrownBy(() -> this.timer.pass(NANOS));
		assertThat(this.timer.scheduled()).isZero();
	}

	/*
	 * batch thread | timer update 1 | together: | update 2 | | time is over: commits
	 * nothing, and does not wait update 3 | end of together: | commits 1, 2, 3 |
	 */
	@Test
	void theTimerNeverComesInsideWhatBelongsTogether() throws Exception {
		try (Actor other = Actor.named("timer"); SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			batch.together((unit) -> {
				unit.update(INSERT, 2);
				pass(other);
				assertThat(unit.pending()).isEqualTo(2);
				assertThat(unit.committed()).isZero();
				unit.update(INSERT, 3);
				assertThat(count()).isZero();
			});
			assertThat(batch.committed()).isEqualTo(3);
			assertWriterIsFree();
		}
	}

	private void pass(Actor other) throws SQLException {
		try {
			other.does(() -> {
				this.timer.pass(NANOS);
				return null;
			});
		}
		catch (Exception ex) {
			throw new SQLException(ex);
		}
	}

	/*
	 * batch thread | timer update 1 | update 2: inside SQLite | | time is over: commits
	 * nothing, and does not wait update 2 ends | commits 1, 2 |
	 */
	@Test
	void theTimerNeverComesDuringAnOperation() throws Exception {
		try (Actor actor = Actor.named("batch")) {
			SqliteBatch batch = actor.does(this.writer::open);
			actor.does(() -> batch.update(INSERT, 1));
			Future<Integer> running = actor.begins(() -> batch.update("INSERT INTO t (id) VALUES (1 + block())"));
			this.blocked.await();
			this.timer.pass(NANOS);
			assertThat(running.isDone()).isFalse();
			assertThat(count()).isZero();
			this.goOn.countDown();
			assertThat(Actor.result(running)).isEqualTo(1);
			assertThat(actor.does(batch::committed)).isEqualTo(2);
			assertWriterIsFree();
			actor.does(() -> {
				batch.close();
				return null;
			});
		}
	}

	/*
	 * one thread | timer lock, lock | | finds the lock taken, and goes unlock: still
	 * inside | unlock: runs the task |
	 */
	@Test
	void whoFindsTheLockTakenLeavesTheTaskToWhoeverHoldsIt() throws Exception {
		CountDownLatch ran = new CountDownLatch(1);
		BatchLock lock = new BatchLock(ran::countDown);
		lock.lock();
		lock.lock();
		try (Actor other = Actor.named("timer")) {
			other.does(() -> {
				lock.runWhenFree();
				return null;
			});
		}
		lock.unlock();
		assertThat(ran.getCount()).as("still inside").isEqualTo(1);
		lock.unlock();
		assertThat(ran.getCount()).isZero();
	}

	@Test
	void whatIsToBeRolledBackIsNotCommitted() throws SQLException {
		SqliteBatch batch = this.writer.open();
		batch.update(INSERT, 1);
		assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
			.isThrownBy(() -> batch.update(INSERT, 1));
		this.timer.pass(NANOS);
		assertThat(batch.pending()).isEqualTo(1);
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(batch::close);
		assertThat(count()).isZero();
	}

	@Test
	void whoeverGoesOnAfterAFailureCommitsWhatIsLate() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> batch.update(INSERT, 1));
			this.timer.pass(NANOS);
			batch.update(INSERT, 2);
			assertThat(batch.committed()).isEqualTo(2);
		}
	}

	@Test
	void aFailureOfTheTimersCommitIsThrownByTheNextCall() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update(INSERT, 1);
			batch.update("INSERT INTO d VALUES (99)");
			this.timer.pass(NANOS);
			assertThat(batch.pending()).isZero();
			assertThat(batch.committed()).isZero();
			assertWriterIsFree();
			assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(() -> batch.update(INSERT, 2))
				.withMessageContaining("2 operations")
				.withMessageContaining("rolled back")
				.satisfies((ex) -> {
					assertThat(ex.getCause()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
					assertThat(ex.getStackTrace()).as("that of the caller")
						.extracting(StackTraceElement::getMethodName)
						.contains("beginOperation");
				});
			assertThat(count()).as("the call has done nothing else").isZero();
			batch.update(INSERT, 2);
		}
		assertThat(count()).isEqualTo(1);
	}

	@Test
	void aFailureOfTheTimersCommitIsThrownByEveryKindOfCall() throws SQLException {
		List<SqliteBatchWriter.Action> calls = List.of(SqliteBatch::commit, SqliteBatch::close,
				(batch) -> batch.together((unit) -> {
				}), (batch) -> batch.updateMany(INSERT, List.<Object[]>of(new Object[] { 5 })));
		for (SqliteBatchWriter.Action call : calls) {
			SqliteBatch batch = this.writer.open();
			batch.update("INSERT INTO d VALUES (99)");
			this.timer.pass(NANOS);
			assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(() -> call.run(batch));
			batch.close();
			assertWriterIsFree();
		}
		assertThat(count()).isZero();
	}

	@Test
	void rollingBackWhatIsRolledBackIsNoFailure() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update("INSERT INTO d VALUES (99)");
			this.timer.pass(NANOS);
			assertThatNoException().isThrownBy(batch::rollback);
			batch.update(INSERT, 1);
		}
		assertThat(count()).isEqualTo(1);
	}

	@Test
	void aFlushThatFailsIsThrownByTheNextCallToo() throws SQLException {
		try (SqliteBatch batch = this.writer.open()) {
			batch.update("INSERT INTO d VALUES (99)");
			assertThatExceptionOfType(SQLIntegrityConstraintViolationException.class)
				.isThrownBy(() -> batch.flush(Deadline.after(LATENCY)));
			assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(batch::commit)
				.withMessageContaining("1 operations");
		}
	}

	/*
	 * batch thread | timer updateMany: row 1 to 3 | (full, commits) | row 4, time is over
	 * | runs what it has read | waits for row 5 | | time is over: commits row 4 row 5 |
	 */
	@Test
	void rowsThatComeSlowlyAreCommittedMeanwhile() throws Exception {
		try (SqliteBatch batch = this.writer.open()) {
			Iterable<Object[]> rows = () -> new Iterator<>() {

				private int next = 1;

				@Override
				public boolean hasNext() {
					return this.next <= 5;
				}

				@Override
				public Object[] next() {
					if (this.next == 4) {
						assertThat(batch.committed()).isEqualTo(3);
						SqliteBatchMaxLatencyTests.this.timer.pass(NANOS);
					}
					if (this.next == 5) {
						assertThat(batch.pending()).isEqualTo(1);
						SqliteBatchMaxLatencyTests.this.timer.pass(NANOS);
						assertThat(batch.committed()).isEqualTo(4);
						assertWriterIsFree();
					}
					return new Object[] { this.next++ };
				}

			};
			assertThat(batch.updateMany(INSERT, rows)).isEqualTo(5);
		}
		assertThat(count()).isEqualTo(5);
	}

	/*
	 * batch thread | closing thread | timer update 1 | | | revokes the transaction | | |
	 * time is over: cannot commit commit: says so | |
	 */
	@Test
	void aBatchThatTheClosingDatabaseHasEndedSaysSo() throws Exception {
		// a writer that the database does not know, so that it does not commit for it
		try (Actor actor = Actor.named("batch")) {
			SqliteBatch batch = actor.does(this.writer::open);
			actor.does(() -> batch.update(INSERT, 1));
			this.database.close();
			this.timer.pass(NANOS);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> actor.does(() -> {
				batch.commit();
				return null;
			})).withMessageContaining("closed").withMessageContaining("1 operations");
			assertThat(actor.does(batch::committed)).isZero();
		}
		assertThat(PlainConnection.ask(this.directory.resolve("batch.db"), "SELECT count(*) FROM t")).isEqualTo("0");
	}

	@Test
	void theTimerOfTheDatabaseComesByItself() throws Exception {
		try (SqliteDatabase other = SqliteDatabase.builder(this.directory.resolve("other.db"))
			.readers(1)
			.batchMaxLatency(Duration.ofMillis(1))
			.open(); Actor waiting = Actor.named("other")) {
			SqliteBatch batch = other.batchWriter().open();
			batch.update("CREATE TABLE t (id INTEGER PRIMARY KEY)");
			// waits for the writer, which the batch has until its timer comes
			Future<Void> write = waiting.begins(() -> {
				try (Connection connection = other.dataSource().getConnection();
						Statement statement = connection.createStatement()) {
					statement.execute("INSERT INTO t VALUES (1)");
				}
				return null;
			});
			write.get(30, TimeUnit.SECONDS);
			assertThat(batch.committed()).isEqualTo(1);
			batch.close();
		}
	}

	@Test
	void refusesALatencyThatIsNone() {
		for (Duration wrong : List.of(Duration.ofMillis(-1), Duration.ofDays(2))) {
			assertThatExceptionOfType(SqliteConfigurationException.class)
				.isThrownBy(() -> SqliteBatchWriter.requireMaxLatency(wrong))
				.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.batch.max-latency"));
		}
		assertThat(SqliteBatchWriter.requireMaxLatency(Duration.ZERO)).isZero();
	}

}
