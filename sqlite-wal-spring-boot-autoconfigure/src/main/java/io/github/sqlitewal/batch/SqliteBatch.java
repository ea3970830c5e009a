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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;

/**
 * A connection with an open transaction: operations on any tables go into it one by one,
 * and it commits by itself each time that {@code sqlite.batch.size} of them are together.
 * What is between two commits is atomic, over all tables. A commit can fall between any
 * two operations; those that must not be torn apart go into one {@link #together} call.
 *
 * <pre class="code">
 * try (SqliteBatch batch = batchWriter.open()) {
 *     for (Order order : orders) {
 *         batch.together((unit) -> {
 *             unit.update("INSERT INTO orders (id, customer) VALUES (?, ?)", order.id(), order.customer());
 *             unit.update("UPDATE customers SET orders = orders + 1 WHERE id = ?", order.customer());
 *         });
 *     }
 * }
 * </pre>
 * <p>
 * {@link #close()} commits, unless the last operation failed: then an exception is most
 * likely on its way out of the block, so what is pending is rolled back, and
 * {@code close()} throws an exception that says how much that was. Code that catches the
 * failure of an operation and wants the others stored goes on with another operation, or
 * calls {@link #commit()}. When code of the block that is not an operation may throw too,
 * use {@link SqliteBatchWriter#execute}, which sees it.
 * <p>
 * From its first operation after a commit to the next commit a batch has the writer, and
 * all other writes wait. It gives it back with each commit, so that they get their turn.
 * <p>
 * For one thread. Another one may {@linkplain #commit() commit}, as the shutdown does; it
 * waits for the operation that runs.
 */
public final class SqliteBatch implements AutoCloseable {

	private static final int MAX_STATEMENTS = 32;

	private final Connection connection;

	private final int size;

	private final Consumer<SqliteBatch> onClose;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(16, 0.75f, true) {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, PreparedStatement> eldest) {
			// nothing to close: a logical statement holds nothing between executions
			return size() > MAX_STATEMENTS;
		}

	};

	private int pending;

	private long committed;

	/** How many {@link #together} calls are under way, one inside the other. */
	private int units;

	private boolean failed;

	private boolean closed;

	SqliteBatch(Connection connection, int size, Consumer<SqliteBatch> onClose) {
		this.connection = connection;
		this.size = size;
		this.onClose = onClose;
	}

	/**
	 * Runs an operation in the transaction, and commits when it fills the batch.
	 * @param sql an INSERT, UPDATE, DELETE or other statement that returns no rows
	 * @param args its parameters
	 * @return how many rows it changed
	 * @throws SQLException when the operation failed, which undoes it and leaves the
	 * others pending; or when the commit failed, which loses all that were pending
	 */
	public int update(String sql, @Nullable Object... args) throws SQLException {
		this.lock.lock();
		try {
			int count = run(sql, args);
			commitIfFull();
			return count;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Runs an operation for each of many sets of parameters, and commits each time that
	 * the batch is full.
	 * @param sql an INSERT, UPDATE, DELETE or other statement that returns no rows
	 * @param argsList its parameters, one array for each time that it runs
	 * @return how many rows it changed in all
	 * @throws SQLException as {@link #update} does, at the first that fails
	 */
	public long updateMany(String sql, Collection<@Nullable Object[]> argsList) throws SQLException {
		this.lock.lock();
		try {
			long count = 0;
			for (@Nullable
			Object[] args : argsList) {
				count += run(sql, args);
				commitIfFull();
			}
			return count;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void beginOperation() throws SQLException {
		if (this.closed) {
			throw new SQLNonTransientException("The batch is closed", "HY010");
		}
		if (this.connection.getAutoCommit()) {
			this.connection.setAutoCommit(false);
		}
	}

	private int run(String sql, @Nullable Object[] args) throws SQLException {
		beginOperation();
		// until the end is reached
		this.failed = true;
		PreparedStatement statement = this.statements.get(sql);
		if (statement == null) {
			statement = this.connection.prepareStatement(sql);
			this.statements.put(sql, statement);
		}
		statement.clearParameters();
		for (int i = 0; i < args.length; i++) {
			statement.setObject(i + 1, args[i]);
		}
		int count = statement.executeUpdate();
		this.failed = false;
		this.pending++;
		return count;
	}

	/**
	 * Runs operations that belong together: no commit comes between them, and when one of
	 * them fails, or the action throws, all of them are undone and what was pending
	 * before stays pending.
	 * @param action runs the operations on this batch
	 * @throws SQLException what an operation, or the commit, threw
	 */
	public void together(SqliteBatchWriter.Action action) throws SQLException {
		this.lock.lock();
		try {
			beginOperation();
			int before = this.pending;
			Savepoint savepoint = this.connection.setSavepoint();
			this.units++;
			boolean done = false;
			try {
				action.run(this);
				done = true;
			}
			finally {
				this.units--;
				if (!done) {
					this.failed = true;
					this.pending = before;
					this.connection.rollback(savepoint);
				}
			}
			this.connection.releaseSavepoint(savepoint);
			commitIfFull();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void commitIfFull() throws SQLException {
		if (this.pending >= this.size && this.units == 0) {
			commit();
		}
	}

	/**
	 * Commits what is pending and gives the writer back.
	 * @throws SQLException when the commit failed; what was pending is rolled back
	 */
	public void commit() throws SQLException {
		this.lock.lock();
		try {
			if (this.closed || this.connection.getAutoCommit()) {
				return;
			}
			int count = this.pending;
			this.pending = 0;
			this.failed = true;
			this.connection.commit();
			this.failed = false;
			this.committed += count;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Commits what is pending for somebody else, unless it is to be rolled back.
	 * @param deadline when to stop waiting for the operation that runs
	 */
	void flush(Deadline deadline) throws SQLException {
		boolean locked;
		try {
			locked = this.lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			locked = false;
		}
		if (!locked) {
			throw new SQLTimeoutException("An operation of a batch ran for longer than could be waited for", "57014");
		}
		try {
			if (!this.failed && this.units == 0) {
				commit();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Undoes what is pending and gives the writer back.
	 * @throws SQLException when SQLite said so; nothing of what was pending is stored all
	 * the same
	 */
	public void rollback() throws SQLException {
		this.lock.lock();
		try {
			if (this.closed || this.connection.getAutoCommit()) {
				return;
			}
			this.pending = 0;
			this.failed = false;
			this.connection.rollback();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * How many operations are not committed yet.
	 * @return the number
	 */
	public int pending() {
		this.lock.lock();
		try {
			return this.pending;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * How many operations are committed.
	 * @return the number
	 */
	public long committed() {
		this.lock.lock();
		try {
			return this.committed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Commits what is pending, or rolls it back when the last operation failed.
	 * Idempotent.
	 * @throws SQLException when something was rolled back, or the commit failed, which
	 * loses all that were pending
	 */
	@Override
	public void close() throws SQLException {
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			try {
				if (!this.failed) {
					commit();
					return;
				}
				int lost = this.pending;
				rollback();
				if (lost > 0) {
					throw new SQLTransactionRollbackException(lost + " operations that were pending are rolled back,"
							+ " because the last one of the batch failed; call commit() before close() to keep them",
							"40000");
				}
			}
			finally {
				this.closed = true;
				this.onClose.accept(this);
				this.connection.close();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

}
