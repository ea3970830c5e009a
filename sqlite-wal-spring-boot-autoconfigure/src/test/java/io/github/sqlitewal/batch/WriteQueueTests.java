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

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.DurableDatabase;
import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.WriterQueueFullException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link WriteQueue}, by {@link SqliteBatchWriter#submit}.
 */
@Timeout(120)
class WriteQueueTests {

	private static final String INSERT = "INSERT INTO t (id) VALUES (?)";

	@TempDir
	Path directory;

	private final Actor holder = Actor.named("holder");

	private final Actor other = Actor.named("other");

	private final List<Integer> groups = new ArrayList<>();

	private CountDownLatch letGo = new CountDownLatch(1);

	private SqliteDatabase database;

	private SqliteBatchWriter writer;

	@BeforeEach
	void open() throws SQLException {
		open((builder) -> {
		});
	}

	private void open(Consumer<SqliteDatabase.Builder> settings) throws SQLException {
		close();
		this.letGo = new CountDownLatch(1);
		SqliteDatabase.Builder builder = SqliteDatabase.builder(this.directory.resolve("queue.db"))
			.readers(1)
			.batchQueueCapacity(20)
			.poolListener(new PoolListener() {

				@Override
				public void writesCombined(int writes) {
					synchronized (WriteQueueTests.this.groups) {
						WriteQueueTests.this.groups.add(writes);
					}
				}

			});
		settings.accept(builder);
		use(builder.open());
	}

	private void use(SqliteDatabase opened) throws SQLException {
		this.database = opened;
		this.writer = opened.batchWriter();
		try (Connection connection = opened.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT)");
		}
	}

	@AfterEach
	void close() {
		if (this.database != null) {
			this.letGo.countDown();
			this.database.close();
		}
	}

	@AfterEach
	void closeActors() {
		this.holder.close();
		this.other.close();
	}

	private List<Integer> ids() throws SQLException {
		List<Integer> ids = new ArrayList<>();
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT id FROM t ORDER BY id")) {
			while (rows.next()) {
				ids.add(rows.getInt(1));
			}
		}
		return ids;
	}

	/**
	 * Takes the writer until {@code letGo}.
	 */
	private Future<Void> holdWriter() throws Exception {
		Connection connection = this.holder.does(this::takeWriter);
		return this.holder.begins(() -> {
			this.letGo.await();
			connection.commit();
			connection.close();
			return null;
		});
	}

	private Connection takeWriter() throws SQLException {
		Connection taken = this.database.dataSource().getConnection();
		taken.setAutoCommit(false);
		try (Statement statement = taken.createStatement()) {
			statement.executeUpdate("INSERT INTO t (id) VALUES (1000)");
		}
		return taken;
	}

	private static <T> T result(CompletableFuture<T> future) throws Exception {
		return Actor.result(future);
	}

	private static Throwable failure(CompletableFuture<?> future) throws Exception {
		try {
			future.get(60, TimeUnit.SECONDS);
			throw new AssertionError("did not fail");
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
	}

	@Test
	void whatIsSubmittedIsStoredWhenItsFutureIsCompleted() throws Exception {
		assertThat(result(this.writer.submit(INSERT, 1))).isEqualTo(1);
		assertThat(ids()).containsExactly(1);
		assertThat(result(this.writer.submit("UPDATE t SET name = ? WHERE id > ?", "a", 5))).isZero();
		Awaitility.await().untilAsserted(() -> assertThat(this.writer.queued()).isZero());
	}

	@Test
	void statementsThatWaitAreCommittedTogetherInTheirOrder() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> first = this.writer.submit(INSERT, 0);
		awaitQueuedForWriter();
		List<CompletableFuture<Integer>> futures = new ArrayList<>();
		for (int i = 1; i <= 10; i++) {
			futures.add(this.writer.submit("INSERT INTO t (id, name) SELECT ?, count(*) FROM t WHERE id < 1000", i));
		}
		assertThat(futures).noneMatch(CompletableFuture::isDone);
		assertThat(this.writer.queued()).isEqualTo(11);
		this.letGo.countDown();
		Actor.result(held);
		result(first);
		for (CompletableFuture<Integer> future : futures) {
			assertThat(result(future)).isEqualTo(1);
		}
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT count(*) FROM t WHERE id > 0 AND id = name")) {
			assertThat(rows.next()).isTrue();
			assertThat(rows.getInt(1)).as("each found those before it").isEqualTo(10);
		}
		synchronized (this.groups) {
			// five milliseconds may be over sooner
			assertThat(this.groups).isNotEmpty();
		}
	}

	/**
	 * Waits until the thread of the queue waits for the writer.
	 */
	private void awaitQueuedForWriter() {
		Awaitility.await().until(() -> this.database.status().queuedWrites() == 1);
	}

	@Test
	void oneThatFailsTouchesNoOther() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> before = this.writer.submit(INSERT, 1);
		awaitQueuedForWriter();
		CompletableFuture<Integer> good = this.writer.submit(INSERT, 2);
		CompletableFuture<Integer> duplicate = this.writer.submit(INSERT, 1);
		CompletableFuture<Integer> wrong = this.writer.submit("INSERT INTO missing VALUES (1)");
		CompletableFuture<Integer> rollsBack = this.writer.submit("INSERT OR ROLLBACK INTO t (id) VALUES (?)", 2);
		CompletableFuture<Integer> last = this.writer.submit(INSERT, 3);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(before)).isOne();
		assertThat(result(good)).isOne();
		assertThat(failure(duplicate)).isInstanceOfSatisfying(SQLIntegrityConstraintViolationException.class,
				(ex) -> assertThat(ex.getSQLState()).isEqualTo("23505"));
		assertThat(failure(wrong)).isInstanceOf(SQLSyntaxErrorException.class).hasMessageContaining("missing");
		assertThat(failure(rollsBack)).isInstanceOf(SQLIntegrityConstraintViolationException.class);
		assertThat(result(last)).isOne();
		assertThat(ids()).containsExactly(1, 2, 3, 1000);
	}

	@Test
	void whatCannotBeSubmittedFailsAtOnceAndIsNotAccepted() throws Exception {
		assertThat(failure(this.writer.submit("SELECT 1"))).isInstanceOf(SQLNonTransientException.class);
		assertThat(failure(this.writer.submit("BEGIN"))).isInstanceOf(SQLNonTransientException.class)
			.hasMessageContaining("submitted work");
		assertThat(failure(this.writer.submit("PRAGMA foreign_keys=OFF"))).isInstanceOf(SQLNonTransientException.class);
		assertThat(failure(this.writer.submit(""))).isInstanceOf(SQLSyntaxErrorException.class);
		assertThat(failure(this.writer.submit("INSERT INTO t (name) VALUES (?)", new ByteArrayInputStream(new byte[0]) {

			@Override
			public synchronized int read(byte[] bytes, int from, int length) {
				throw new IllegalStateException("broken stream");
			}

			@Override
			public synchronized byte[] readAllBytes() {
				throw new IllegalStateException("broken stream");
			}

		}))).isInstanceOf(IllegalStateException.class).hasMessage("broken stream");
		assertThat(this.writer.queued()).isZero();
		assertThat(ids()).isEmpty();
	}

	@Test
	void wrongNumberOfParametersFails() throws Exception {
		assertThat(failure(this.writer.submit(INSERT))).isInstanceOf(SQLException.class);
		assertThat(failure(this.writer.submit(INSERT, 1, 2))).isInstanceOf(SQLException.class);
	}

	@Test
	void tablesAreMadeBetweenOtherWrites() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> before = this.writer.submit(INSERT, 1);
		CompletableFuture<Integer> table = this.writer.submit("CREATE TABLE made (id INTEGER PRIMARY KEY)");
		CompletableFuture<Integer> row = this.writer.submit("INSERT INTO made VALUES (?)", 7);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(before)).isOne();
		assertThat(result(table)).isZero();
		assertThat(result(row)).isOne();
	}

	@Test
	void parametersAreThoseOfTheMomentOfTheSubmission() throws Exception {
		Future<Void> held = holdWriter();
		byte[] bytes = { 65 };
		CompletableFuture<Integer> future = this.writer.submit("INSERT INTO t (id, name) VALUES (1, ?)", bytes);
		bytes[0] = 66;
		this.letGo.countDown();
		Actor.result(held);
		result(future);
		assertThat(PlainConnection.ask(this.directory.resolve("queue.db"),
				"SELECT CAST(name AS TEXT) FROM t WHERE id = 1"))
			.isEqualTo("A");
	}

	@Test
	void workIsATransactionInTheOrderOfAll() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> before = this.writer.submit(INSERT, 1);
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
				insert.setInt(1, 2);
				insert.executeUpdate();
				insert.setInt(1, 3);
				insert.executeUpdate();
			}
			try (Statement count = connection.createStatement();
					ResultSet rows = count.executeQuery("SELECT count(*) FROM t WHERE id < 1000")) {
				rows.next();
				return rows.getInt(1);
			}
		});
		CompletableFuture<Integer> after = this.writer.submit("DELETE FROM t WHERE id = ?", 3);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(before)).isOne();
		assertThat(result(work)).isEqualTo(3);
		assertThat(result(after)).isOne();
		assertThat(ids()).containsExactly(1, 2, 1000);
	}

	@Test
	void workThatThrowsIsRolledBack() throws Exception {
		CompletableFuture<Void> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
			throw new IOException("no");
		});
		assertThat(failure(work)).isInstanceOf(IOException.class).hasMessage("no");
		assertThat(result(this.writer.submit(INSERT, 2))).isOne();
		assertThat(ids()).containsExactly(2);
	}

	@Test
	void workThatLeavesAnInterruptOrAnErrorDoesNotEndTheQueue() throws Exception {
		CompletableFuture<Void> interrupted = this.writer.submit((connection) -> {
			Thread.currentThread().interrupt();
			return null;
		});
		CompletableFuture<Void> error = this.writer.submit((connection) -> {
			throw new StackOverflowError();
		});
		assertThat(result(interrupted)).isNull();
		assertThat(failure(error)).isInstanceOf(StackOverflowError.class);
		assertThat(result(this.writer.submit(INSERT, 2))).isOne();
	}

	@Test
	void whatDependsOnAnAnswerMaySubmit() throws Exception {
		CompletableFuture<Integer> chain = this.writer.submit(INSERT, 1)
			.thenCompose((count) -> this.writer.submit(INSERT, 2));
		assertThat(result(chain)).isOne();
		assertThat(ids()).containsExactly(1, 2);
	}

	@Test
	void fullQueueRefusesAtOnceAndTakesAgainWhenThereIsRoom() throws Exception {
		Future<Void> held = holdWriter();
		List<CompletableFuture<Integer>> futures = new ArrayList<>();
		for (int i = 1; i <= 20; i++) {
			futures.add(this.writer.submit(INSERT, i));
		}
		CompletableFuture<Integer> tooMany = this.writer.submit(INSERT, 21);
		assertThat(tooMany).isCompletedExceptionally();
		assertThat(failure(tooMany)).isInstanceOf(WriterQueueFullException.class)
			.hasMessageContaining("20 submitted writes")
			.hasMessageContaining("sqlite.batch.queue-capacity");
		assertThat(failure(this.writer.submit((connection) -> 1))).isInstanceOf(WriterQueueFullException.class);
		assertThat(this.writer.rejected()).isEqualTo(2);
		this.letGo.countDown();
		Actor.result(held);
		for (CompletableFuture<Integer> future : futures) {
			assertThat(result(future)).isOne();
		}
		Awaitility.await().until(() -> this.writer.queued() == 0);
		assertThat(result(this.writer.submit(INSERT, 21))).isOne();
		assertThat(ids()).hasSize(22);
	}

	// the writer's own queue is full of others
	@Test
	void fullQueueOfTheWriterIsNoReasonToFailWhatWasAccepted() throws Exception {
		open((builder) -> builder.maxQueuedWrites(1));
		Future<Void> held = holdWriter();
		Future<Integer> waiting = this.other.begins(() -> {
			try (Connection connection = this.database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				return statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
		});
		awaitQueuedForWriter();
		CompletableFuture<Integer> future = this.writer.submit(INSERT, 2);
		Awaitility.await().until(() -> this.database.status().queuedWrites() == 2);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(Actor.result(waiting)).isOne();
		assertThat(result(future)).isOne();
	}

	@Test
	void listenerThatThrowsAfterTheCommitFailsNothing() throws Exception {
		open((builder) -> builder.poolListener(new PoolListener() {

			@Override
			public void writerReleased(long holdNanos) {
				if (Thread.currentThread().getName().equals("sqlite-write-queue")) {
					throw new IllegalStateException("of a listener");
				}
			}

		}));
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> first = this.writer.submit(INSERT, 1);
		awaitQueuedForWriter();
		CompletableFuture<Integer> second = this.writer.submit(INSERT, 2);
		CompletableFuture<Integer> third = this.writer.submit(INSERT, 3);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(first)).isOne();
		assertThat(result(second)).isOne();
		assertThat(result(third)).isOne();
		assertThat(ids()).containsExactly(1, 2, 3, 1000);
	}

	@Test
	void cancelledBeforeItsTurnIsNotRunAndMakesRoom() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> first = this.writer.submit(INSERT, 1);
		awaitQueuedForWriter();
		CompletableFuture<Integer> second = this.writer.submit(INSERT, 2);
		CompletableFuture<Integer> third = this.writer.submit(INSERT, 3);
		assertThat(second.cancel(false)).isTrue();
		this.letGo.countDown();
		Actor.result(held);
		result(first);
		result(third);
		assertThat(ids()).containsExactly(1, 3, 1000);
		Awaitility.await().until(() -> this.writer.queued() == 0);
	}

	// @formatter:off
	//
	// test         queue                          other
	//                                             has the writer
	// submit 1
	//              takes it up
	//              waits for the writer …
	// cancel 1
	// submit 2
	//                                             commits
	//              stores 1, answers nobody
	//              stores 2
	//
	// @formatter:on
	@Test
	void cancelledAfterItsTurnHasComeIsStoredAndMakesRoom() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> taken = this.writer.submit(INSERT, 1);
		awaitQueuedForWriter();
		assertThat(taken.cancel(true)).isTrue();
		CompletableFuture<Integer> next = this.writer.submit(INSERT, 2);
		assertThat(this.writer.queued()).as("what is cancelled is not done yet").isEqualTo(2);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(next)).isOne();
		assertThat(taken).isCancelled();
		assertThat(ids()).containsExactly(1, 2, 1000);
		Awaitility.await().until(() -> this.writer.queued() == 0);
	}

	// @formatter:off
	//
	// test         queue                          other
	// submit work
	//              begins, has the writer
	//                                             asks for the writer …
	// submit 1, 2, 3
	//              commits it
	//                                             has the writer
	//              takes up 1, 2, 3
	//              waits for the writer …
	// cancel 1
	//                                             commits
	//              stores 1, 2, 3
	//
	// @formatter:on
	@Test
	void cancelledAmongOthersThatAreStoredTogetherTakesNoneWithIt() throws Exception {
		CountDownLatch began = new CountDownLatch(1);
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("INSERT INTO t (id) VALUES (100)");
			}
			began.countDown();
			this.letGo.await();
			return 1;
		});
		began.await();
		Future<Connection> taken = this.other.begins(this::takeWriter);
		awaitQueuedForWriter();
		List<CompletableFuture<Integer>> group = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			group.add(this.writer.submit(INSERT, i));
		}
		this.letGo.countDown();
		result(work);
		Connection connection = Actor.result(taken);
		awaitQueuedForWriter();
		assertThat(group.get(0).cancel(false)).isTrue();
		this.other.does(() -> {
			connection.commit();
			connection.close();
			return null;
		});
		assertThat(result(group.get(1))).isOne();
		assertThat(result(group.get(2))).isOne();
		assertThat(ids()).containsExactly(1, 2, 3, 100, 1000);
		Awaitility.await().until(() -> this.writer.queued() == 0);
	}

	// @formatter:off
	//
	// test         queue
	// submit work
	//              begins, writes
	// cancel
	//              returns
	//              commits, answers nobody
	//
	// @formatter:on
	@Test
	void workThatIsCancelledWhileItRunsIsCommittedAndNotInterrupted() throws Exception {
		CountDownLatch began = new CountDownLatch(1);
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
			began.countDown();
			this.letGo.await();
			interrupted.complete(Thread.currentThread().isInterrupted());
			return 1;
		});
		began.await();
		assertThat(work.cancel(true)).isTrue();
		CompletableFuture<Integer> next = this.writer.submit(INSERT, 2);
		assertThat(this.writer.queued()).isEqualTo(2);
		this.letGo.countDown();
		assertThat(result(interrupted)).isFalse();
		assertThat(result(next)).isOne();
		assertThat(work).isCancelled();
		assertThat(ids()).containsExactly(1, 2);
		Awaitility.await().until(() -> this.writer.queued() == 0);
	}

	@Test
	void workThatIsCancelledBeforeItsTurnIsNotRun() throws Exception {
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> first = this.writer.submit(INSERT, 1);
		awaitQueuedForWriter();
		AtomicInteger ran = new AtomicInteger();
		CompletableFuture<Integer> work = this.writer.submit((connection) -> ran.incrementAndGet());
		assertThat(work.cancel(false)).isTrue();
		CompletableFuture<Integer> last = this.writer.submit(INSERT, 2);
		this.letGo.countDown();
		Actor.result(held);
		result(first);
		assertThat(result(last)).isOne();
		assertThat(ran).hasValue(0);
		assertThat(ids()).containsExactly(1, 2, 1000);
	}

	@Test
	void deadlineCountsFromTheSubmissionAndNamesTheHolder() throws Exception {
		open((builder) -> builder.lockTimeout(Duration.ofMillis(300)));
		Future<Void> held = holdWriter();
		CompletableFuture<Integer> first = this.writer.submit(INSERT, 1);
		CompletableFuture<Integer> second = this.writer.submit(INSERT, 2);
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				return statement.executeUpdate("INSERT INTO t (id) VALUES (3)");
			}
		});
		assertThat(failure(first)).isInstanceOf(LockTimeoutException.class).hasMessageContaining("thread holder");
		assertThat(failure(second)).isInstanceOf(LockTimeoutException.class);
		assertThat(failure(work)).isInstanceOf(LockTimeoutException.class);
		this.letGo.countDown();
		Actor.result(held);
		assertThat(result(this.writer.submit(INSERT, 4))).isOne();
		assertThat(ids()).containsExactly(4, 1000);
	}

	@Test
	void answersComeAfterTheSync() throws Exception {
		close();
		ScriptedWal wal = new ScriptedWal();
		use(DurableDatabase.builder(this.directory.resolve("durable.db"), wal).open());
		wal.block();
		CompletableFuture<Integer> future = this.writer.submit(INSERT, 1);
		Awaitility.await().until(() -> ids().equals(List.of(1)));
		assertThat(future).isNotDone();
		wal.releaseAll();
		assertThat(result(future)).isOne();
		wal.fail(new IOException("disk"));
		assertThat(failure(this.writer.submit(INSERT, 2))).isInstanceOfSatisfying(
				SQLNonTransientConnectionException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"));
	}

	@Test
	void otherProcessesSeeWhatWasSubmittedBefore() throws Exception {
		Future<Void> held = holdWriter();
		for (int i = 1; i <= 10; i++) {
			this.writer.submit(INSERT, i);
		}
		Future<CheckpointOutcome> prepared = this.other
			.begins(() -> this.database.checkpointer().prepareForOtherProcesses().outcome());
		this.letGo.countDown();
		Actor.result(held);
		assertThat(Actor.result(prepared)).isIn(CheckpointOutcome.COMPLETE, CheckpointOutcome.RESET);
		assertThat(ids()).hasSize(11);
		assertThat(this.writer.queued()).isZero();
	}

	@Test
	void thatIsRefusedInsideATransactionOfTheSameThread() throws Exception {
		try (Connection connection = this.database.dataSource().getConnection()) {
			connection.setAutoCommit(false);
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
			this.writer.submit(INSERT, 2);
			assertThatIllegalStateException().isThrownBy(() -> this.database.checkpointer().prepareForOtherProcesses())
				.withMessageContaining("1 submitted writes wait for the transaction of this thread");
			connection.commit();
		}
		this.database.checkpointer().prepareForOtherProcesses();
		assertThat(ids()).containsExactly(1, 2);
	}

	@Test
	void closingDoesWhatWasAcceptedAndRefusesTheRest() throws Exception {
		Future<Void> held = holdWriter();
		List<CompletableFuture<Integer>> futures = new ArrayList<>();
		for (int i = 1; i <= 9; i++) {
			futures.add(this.writer.submit(INSERT, i));
		}
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				return statement.executeUpdate("INSERT INTO t (id) VALUES (10)");
			}
		});
		Future<Void> closed = this.other.begins(() -> {
			this.database.close();
			return null;
		});
		Awaitility.await()
			.until(() -> this.writer.submit(INSERT, 11)
				.handle((count, failure) -> failure instanceof DatabaseClosedException)
				.getNow(false));
		// a stranger is refused while the queue still waits for the writer
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> {
			try (Connection connection = this.database.dataSource().getConnection();
					Statement statement = connection.createStatement()) {
				statement.executeUpdate("DELETE FROM t");
			}
		});
		this.letGo.countDown();
		Actor.result(held);
		Actor.result(closed);
		assertThat(futures).allMatch((future) -> future.isDone() && !future.isCompletedExceptionally());
		assertThat(work).isCompletedWithValue(1);
		use(SqliteDatabase.builder(this.directory.resolve("queue.db")).open());
		assertThat(ids()).startsWith(1, 2, 3, 4, 5, 6, 7, 8, 9, 10).endsWith(1000);
	}

	@Test
	void closingAnswersWhatCannotBeDoneInTime() throws Exception {
		open((builder) -> builder.shutdownTimeout(Duration.ofMillis(500)));
		holdWriter();
		List<CompletableFuture<Integer>> futures = new ArrayList<>();
		for (int i = 1; i <= 10; i++) {
			futures.add(this.writer.submit(INSERT, i));
		}
		this.database.close();
		for (CompletableFuture<Integer> future : futures) {
			assertThat(future).isCompletedExceptionally();
			assertThat(failure(future)).isInstanceOf(DatabaseClosedException.class);
		}
		use(SqliteDatabase.builder(this.directory.resolve("queue.db")).open());
		assertThat(ids()).isEmpty();
	}

	@Test
	void closingRollsBackWorkThatDoesNotEndAndAnswersForIt() throws Exception {
		open((builder) -> builder.shutdownTimeout(Duration.ofMillis(500)));
		CountDownLatch began = new CountDownLatch(1);
		AtomicInteger ended = new AtomicInteger();
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
			began.countDown();
			try {
				this.letGo.await();
			}
			finally {
				ended.incrementAndGet();
			}
			return 1;
		});
		CompletableFuture<Integer> behind = this.writer.submit(INSERT, 2);
		began.await();
		this.database.close();
		assertThat(work).isCompletedExceptionally();
		assertThat(failure(work)).isInstanceOf(DatabaseClosedException.class).hasMessageContaining("rolled back");
		assertThat(failure(behind)).isInstanceOf(DatabaseClosedException.class);
		this.letGo.countDown();
		Awaitility.await().until(() -> ended.get() == 1);
		use(SqliteDatabase.builder(this.directory.resolve("queue.db")).open());
		assertThat(ids()).isEmpty();
	}

	@Test
	void workThatHasWrittenNothingWhenTheDatabaseClosesWritesNothing() throws Exception {
		open((builder) -> builder.shutdownTimeout(Duration.ofMillis(500)));
		CountDownLatch began = new CountDownLatch(1);
		CompletableFuture<Throwable> late = new CompletableFuture<>();
		CompletableFuture<Integer> work = this.writer.submit((connection) -> {
			began.countDown();
			this.letGo.await();
			try (Statement statement = connection.createStatement()) {
				return statement.executeUpdate("INSERT INTO t (id) VALUES (1)");
			}
			catch (SQLException ex) {
				late.complete(ex);
				throw ex;
			}
		});
		began.await();
		this.database.close();
		assertThat(failure(work)).isInstanceOf(DatabaseClosedException.class);
		this.letGo.countDown();
		assertThat(result(late)).isInstanceOf(DatabaseClosedException.class);
	}

	@Test
	void manyThreadsSubmitAndEachIsAnsweredOnce() throws Exception {
		open((builder) -> builder.batchQueueCapacity(100_000));
		List<Actor> actors = new ArrayList<>();
		List<Future<List<CompletableFuture<Integer>>>> submitted = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			int from = i * 1000;
			Actor actor = Actor.named("submitter-" + i);
			actors.add(actor);
			submitted.add(actor.begins(() -> {
				List<CompletableFuture<Integer>> futures = new ArrayList<>();
				for (int id = from; id < from + 1000; id++) {
					int row = id;
					futures.add((id % 100 == 0) ? this.writer.submit((connection) -> {
						try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
							insert.setInt(1, row);
							return insert.executeUpdate();
						}
					}) : this.writer.submit(INSERT, row));
				}
				return futures;
			}));
		}
		for (Future<List<CompletableFuture<Integer>>> of : submitted) {
			for (CompletableFuture<Integer> future : Actor.result(of)) {
				assertThat(result(future)).isOne();
			}
		}
		assertThat(ids()).hasSize(8000);
		actors.forEach(Actor::close);
	}

	@Test
	void capacityIsPositive() {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> SqliteDatabase.builder(this.directory.resolve("x.db")).batchQueueCapacity(0))
			.withMessageContaining("0 submitted writes");
	}

}
