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

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.SingleWrite;
import io.github.sqlitewal.pool.WriteOutcome;

/**
 * What a queue of writes needs of JDBC: writes that are taken from their callers now and
 * run later, on another thread.
 * <p>
 * Safe for use by many threads.
 */
public final class DeferredWrites {

	private final SqliteDataSource dataSource;

	/** Holds nothing: it belongs to statements, none of which is in its transaction. */
	private final LogicalConnection connection;

	/**
	 * Creates the deferred writes of a data source.
	 * @param dataSource the data source
	 */
	public DeferredWrites(SqliteDataSource dataSource) {
		this.dataSource = dataSource;
		this.connection = new LogicalConnection(dataSource);
	}

	/**
	 * Takes a statement that writes.
	 * @param sql the statement
	 * @param parameters its parameters, whose values are taken now
	 * @return the write
	 * @throws SQLException when it is not a statement that writes and returns no rows, or
	 * when a parameter cannot be a value
	 */
	public Write take(String sql, @Nullable Object... parameters) throws SQLException {
		LogicalPreparedStatement statement = new LogicalPreparedStatement(this.connection, sql, KeyColumns.NONE);
		for (int i = 0; i < parameters.length; i++) {
			statement.setObject(i + 1, parameters[i]);
		}
		if (!statement.isWrite()) {
			throw new SQLNonTransientException(
					"Only a statement that writes can be submitted by its SQL; what reads, or"
							+ " is about the transaction or the connection, belongs into submitted work [SQL: " + sql
							+ "]",
					"0A000");
		}
		return new Write(statement.later());
	}

	/**
	 * Runs something in a transaction of its own, on the thread of the caller.
	 * @param <T> what it returns
	 * @param work what to run
	 * @param mayCommit asked when it has returned; if not, its transaction is rolled back
	 * @param deadline until when it may wait for the writer; what it waits for after that
	 * has a deadline of its own
	 * @return what it returned, when it is committed and as durable as it is to be
	 * @throws Exception what it threw, or why it is not committed
	 */
	public <T extends @Nullable Object> T transaction(Work<T> work, BooleanSupplier mayCommit, Deadline deadline)
			throws Exception {
		return Call.untilBegun(deadline, () -> {
			try (Connection transaction = this.dataSource.getConnection()) {
				transaction.setAutoCommit(false);
				try {
					T result = work.run(transaction);
					if (mayCommit.getAsBoolean()) {
						transaction.commit();
					}
					else {
						transaction.rollback();
					}
					return result;
				}
				catch (Throwable ex) {
					rollback(transaction, ex);
					throw ex;
				}
			}
		});
	}

	private static void rollback(Connection transaction, Throwable failure) {
		try {
			transaction.rollback();
		}
		catch (SQLException ex) {
			failure.addSuppressed(ex);
		}
	}

	/**
	 * What runs in a transaction.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	public interface Work<T extends @Nullable Object> {

		/**
		 * Runs.
		 * @param connection with a transaction, which is committed when this returns and
		 * rolled back when it throws
		 * @return a result
		 * @throws Exception to roll back
		 */
		T run(Connection connection) throws Exception;

	}

	/**
	 * A statement with its parameters.
	 */
	public static final class Write implements SingleWrite {

		private final SingleStatement statement;

		private Write(SingleStatement statement) {
			this.statement = statement;
		}

		@Override
		public String sql() {
			return this.statement.sql();
		}

		@Override
		public boolean isCombinable() {
			return this.statement.isCombinable();
		}

		@Override
		public boolean returnsRows() {
			return this.statement.returnsRows();
		}

		@Override
		public void run(PhysicalConnection connection) throws SQLException {
			this.statement.run(connection);
		}

		/**
		 * How many rows it has changed.
		 * @param outcome what has become of it
		 * @return the count
		 * @throws SQLException a standard exception, when it is not committed, or nobody
		 * knows
		 */
		public int updateCount(WriteOutcome outcome) throws SQLException {
			try {
				return LogicalStatement.toInt(this.statement.result(outcome).updateCount());
			}
			catch (SQLException ex) {
				throw this.statement.translate(ex);
			}
		}

		/**
		 * What the caller is told when it could not be started.
		 * @param failure what was thrown
		 * @return a standard exception
		 */
		public SQLException translate(SQLException failure) {
			return this.statement.translate(failure);
		}

	}

}
