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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.SelfDeadlockException;
import io.github.sqlitewal.pool.WriterQueueFullException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Transactions that Spring manages, with {@link WriterTransactionListener} unless a test
 * says otherwise.
 */
class SpringTransactionTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private JdbcTemplate template;

	private JdbcTransactionManager manager;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory,
				(builder) -> builder.lockTimeout(Duration.ofMillis(300)).maxQueuedWrites(1));
		this.database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
		this.template = new JdbcTemplate(this.database.dataSource());
		this.manager = new JdbcTransactionManager(this.database.dataSource());
		this.manager.addListener(new WriterTransactionListener(this.database.dataSource()));
	}

	@AfterEach
	void close() {
		assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isFalse();
		assertThat(this.database.dataSource().isTransactionBeginning()).isFalse();
		this.database.assertNothingHeld();
		this.database.close();
	}

	private TransactionTemplate transaction(int propagation, boolean readOnly) {
		DefaultTransactionDefinition definition = new DefaultTransactionDefinition(propagation);
		definition.setReadOnly(readOnly);
		return new TransactionTemplate(this.manager, definition);
	}

	private TransactionTemplate transaction() {
		return transaction(TransactionDefinition.PROPAGATION_REQUIRED, false);
	}

	private void insert(int id) {
		assertThat(this.template.update("INSERT INTO t VALUES (?)", id)).isEqualTo(1);
	}

	private List<Integer> ids() {
		return this.template.queryForList("SELECT id FROM t ORDER BY id", Integer.class);
	}

	@Test
	void writerIsTakenWhenTheTransactionBegins() {
		transaction().executeWithoutResult((status) -> {
			assertThat(this.database.held()).isEqualTo("writer");
			assertThat(this.database.status().writer().sql()).isNull();
			insert(1);
			assertThat(this.database.held()).isEqualTo("writer");
		});
		this.database.assertNothingHeld();
		assertThat(ids()).containsExactly(1);
	}

	@Test
	void writerIsTakenAtTheFirstStatementWithoutTheListener() {
		this.manager = new JdbcTransactionManager(this.database.dataSource());
		transaction().executeWithoutResult((status) -> {
			this.database.assertNothingHeld();
			insert(1);
			assertThat(this.database.held()).isEqualTo("writer");
		});
		assertThat(ids()).containsExactly(1);
	}

	@Test
	void readOnlyTransactionTakesAReaderAtItsFirstStatement() {
		transaction(TransactionDefinition.PROPAGATION_REQUIRED, true).executeWithoutResult((status) -> {
			this.database.assertNothingHeld();
			assertThat(ids()).isEmpty();
			assertThat(this.database.held()).isEqualTo("reader");
		});
		assertThatExceptionOfType(org.springframework.dao.DataAccessException.class)
			.isThrownBy(() -> transaction(TransactionDefinition.PROPAGATION_REQUIRED, true)
				.executeWithoutResult((status) -> insert(1)))
			.withStackTraceContaining("SQLITE_READONLY");
		assertThat(ids()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void requiresNewInsideAWriteTransactionIsToldOfItsDeadlockAndTheOuterGoesOn(boolean listener) {
		if (!listener) {
			this.manager = new JdbcTransactionManager(this.database.dataSource());
		}
		transaction().executeWithoutResult((status) -> {
			insert(1);
			Class<? extends RuntimeException> expected = listener ? CannotCreateTransactionException.class
					: org.springframework.dao.DataAccessException.class;
			assertThatExceptionOfType(expected)
				.isThrownBy(() -> transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW, false)
					.executeWithoutResult((inner) -> insert(2)))
				.havingRootCause()
				.isInstanceOf(SelfDeadlockException.class);
			assertThat(TransactionSynchronizationManager.getResourceMap()).hasSize(1);
			insert(3);
		});
		assertThat(ids()).containsExactly(1, 3);
	}

	@Test
	void readOnlyRequiresNewInsideAWriteTransactionGetsAReader() {
		transaction().executeWithoutResult((status) -> {
			insert(1);
			transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW, true).executeWithoutResult((inner) -> {
				assertThat(ids()).as("what was committed before").isEmpty();
				assertThat(this.database.held()).isEqualTo("writer+reader");
			});
			assertThat(ids()).containsExactly(1);
		});
	}

	// main | other
	// -- | --
	// | BEGIN IMMEDIATE
	// begin: waits 300 ms |
	// CannotCreateTransaction |
	// | COMMIT
	// begin; INSERT; COMMIT |
	@Test
	void lockTimeoutIsAFailureToBegin() {
		withWriterHeldByAnotherThread(() -> assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> transaction().executeWithoutResult((status) -> insert(1)))
			.havingRootCause()
			.isInstanceOf(LockTimeoutException.class)
			.withMessageContaining("test-other"));
		transaction().executeWithoutResult((status) -> insert(2));
		assertThat(ids()).containsExactly(2);
	}

	// main | holder | waiter
	// -- | -- | --
	// | BEGIN IMMEDIATE |
	// | | INSERT waits: the queue is full
	// begin fails at once | |
	@Test
	void fullQueueIsAFailureToBegin() {
		withWriterHeldByAnotherThread(() -> {
			Running waiting = Running.of(() -> {
				try (Connection connection = this.database.connection();
						java.sql.Statement statement = connection.createStatement()) {
					return statement.executeUpdate("INSERT INTO t VALUES (9)");
				}
			});
			waiting.untilQueued(this.database);
			assertThatExceptionOfType(CannotCreateTransactionException.class)
				.isThrownBy(() -> transaction().executeWithoutResult((status) -> insert(1)))
				.havingRootCause()
				.isInstanceOf(WriterQueueFullException.class);
			waiting.failure();
		});
	}

	private void withWriterHeldByAnotherThread(Runnable work) {
		CountDownLatch held = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		Running holder = Running.of(() -> {
			try (Connection connection = this.database.connection()) {
				connection.setAutoCommit(false);
				TestDatabase.execute(connection, "DELETE FROM t WHERE id = 99");
				held.countDown();
				done.await();
				connection.rollback();
			}
			return null;
		});
		try {
			held.await();
			work.run();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			done.countDown();
			holder.join();
		}
	}

	@Test
	void closedDatabaseIsAFailureToBegin() {
		this.database.close();
		assertThatExceptionOfType(CannotCreateTransactionException.class)
			.isThrownBy(() -> transaction().executeWithoutResult((status) -> insert(1)))
			.havingRootCause()
			.withMessageContaining("closed");
	}

	@Test
	void nestedTransactionIsASavepoint() {
		transaction().executeWithoutResult((status) -> {
			insert(1);
			transaction(TransactionDefinition.PROPAGATION_NESTED, false).executeWithoutResult((nested) -> insert(2));
			assertThatExceptionOfType(IllegalStateException.class)
				.isThrownBy(() -> transaction(TransactionDefinition.PROPAGATION_NESTED, false)
					.executeWithoutResult((nested) -> {
						insert(3);
						throw new IllegalStateException();
					}));
			transaction(TransactionDefinition.PROPAGATION_NESTED, false).executeWithoutResult((nested) -> {
				insert(4);
				nested.setRollbackOnly();
			});
			insert(5);
		});
		assertThat(ids()).containsExactly(1, 2, 5);
	}

	@Test
	void exceptionAndRollbackOnlyRollBack() {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> transaction().executeWithoutResult((status) -> {
				insert(1);
				throw new IllegalStateException();
			}));
		this.database.assertNothingHeld();
		transaction().executeWithoutResult((status) -> {
			insert(2);
			status.setRollbackOnly();
		});
		assertThat(ids()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void timeoutOfATransactionStopsAQueryThatRuns(boolean readOnly) {
		TransactionTemplate transaction = transaction(TransactionDefinition.PROPAGATION_REQUIRED, readOnly);
		transaction.setTimeout(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(
				() -> transaction.execute((status) -> this.template.queryForObject(TestDatabase.ENDLESS, Long.class)));
	}

	@Test
	void settingsOfOneTransactionAreNotThoseOfTheNext() {
		transaction(TransactionDefinition.PROPAGATION_REQUIRED, true).executeWithoutResult((status) -> ids());
		TransactionTemplate isolated = transaction();
		isolated.setIsolationLevel(TransactionDefinition.ISOLATION_READ_COMMITTED);
		isolated.executeWithoutResult((status) -> insert(1));
		transaction().executeWithoutResult((status) -> insert(2));
		assertThat(ids()).containsExactly(1, 2);
	}

	// each of many threads, on a database with the default deadline and queue
	// --
	// BEGIN IMMEDIATE; SELECT; UPDATE to what was read plus one; COMMIT
	@Test
	void readThenWriteOfManyThreadsLosesNoUpdate() throws Exception {
		Path other = this.directory.resolve("other");
		try (TestDatabase counting = TestDatabase.in(other)) {
			counting.execute("CREATE TABLE counter (n INTEGER)", "INSERT INTO counter VALUES (0)");
			JdbcTemplate jdbc = new JdbcTemplate(counting.dataSource());
			JdbcTransactionManager manager = new JdbcTransactionManager(counting.dataSource());
			manager.addListener(new WriterTransactionListener(counting.dataSource()));
			CountDownLatch start = new CountDownLatch(1);
			List<Running> threads = new ArrayList<>();
			for (int i = 0; i < 32; i++) {
				threads.add(Running.of(() -> {
					start.await();
					for (int call = 0; call < 50; call++) {
						new TransactionTemplate(manager).executeWithoutResult((status) -> {
							int n = jdbc.queryForObject("SELECT n FROM counter", Integer.class);
							jdbc.update("UPDATE counter SET n = ?", n + 1);
						});
					}
					return null;
				}));
			}
			start.countDown();
			threads.forEach(Running::join);
			assertThat(jdbc.queryForObject("SELECT n FROM counter", Integer.class)).isEqualTo(1600);
			counting.assertNothingHeld();
		}
	}

	@Test
	void updatesOfManyThreadsAreAllStored() throws Exception {
		Path other = this.directory.resolve("other");
		try (TestDatabase counting = TestDatabase.in(other)) {
			counting.execute("CREATE TABLE t (thread INTEGER, i INTEGER)");
			JdbcTemplate jdbc = new JdbcTemplate(counting.dataSource());
			CountDownLatch start = new CountDownLatch(1);
			List<Running> threads = new ArrayList<>();
			for (int i = 0; i < 64; i++) {
				int thread = i;
				threads.add(Running.of(() -> {
					start.await();
					for (int call = 0; call < 200; call++) {
						assertThat(jdbc.update("INSERT INTO t VALUES (?, ?)", thread, call)).isEqualTo(1);
					}
					return null;
				}));
			}
			start.countDown();
			threads.forEach(Running::join);
			assertThat(jdbc.queryForObject("SELECT count(*) FROM (SELECT DISTINCT thread, i FROM t)", Integer.class))
				.isEqualTo(12_800);
			counting.assertNothingHeld();
		}
	}

}
