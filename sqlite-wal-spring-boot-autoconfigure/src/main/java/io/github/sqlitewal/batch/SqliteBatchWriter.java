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

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.jdbc.SqliteDataSource;
import io.github.sqlitewal.pool.SqlitePool;

/**
 * Opens {@linkplain SqliteBatch batches}, and knows those that are open, so that what is
 * pending in them is committed before other processes start and when the database closes.
 * Safe for use by many threads.
 */
public final class SqliteBatchWriter {

	/** Where the cost of a commit has become small beside that of the rows. */
	public static final int DEFAULT_SIZE = 5000;

	/**
	 * What others feel as little as a batch feels its commits. A load that keeps going
	 * fills a batch in a fraction of it.
	 */
	public static final Duration DEFAULT_MAX_LATENCY = Duration.ofMillis(100);

	private static final Duration LONGEST = Duration.ofDays(1);

	private final SqliteDataSource dataSource;

	private final int size;

	private final long maxLatencyNanos;

	private final BatchTimer timer;

	private final List<SqliteBatch> open = new CopyOnWriteArrayList<>();

	/**
	 * Creates the batch writer of a database.
	 * @param dataSource its data source
	 * @param pool its pool, which is told of what is pending
	 * @param size how many operations a batch commits together, 1 or more
	 * @param maxLatency how old an operation that is pending may become, zero for any age
	 */
	public SqliteBatchWriter(SqliteDataSource dataSource, SqlitePool pool, int size, Duration maxLatency) {
		this(dataSource, size, maxLatency, BatchTimer.daemon());
		pool.addPendingWork(this::flush);
	}

	SqliteBatchWriter(SqliteDataSource dataSource, int size, Duration maxLatency, BatchTimer timer) {
		this.dataSource = dataSource;
		this.size = size;
		this.maxLatencyNanos = maxLatency.toNanos();
		this.timer = timer;
	}

	/**
	 * Checks a size.
	 * @param size how many operations a batch is to commit together
	 * @return the size
	 * @throws SqliteConfigurationException when it is not positive
	 */
	public static int requireSize(int size) {
		if (size < 1) {
			throw new SqliteConfigurationException("A batch of " + size + " operations is not possible",
					"Set 'sqlite.batch.size' to 1 or more; the default is " + DEFAULT_SIZE + ".");
		}
		return size;
	}

	/**
	 * Checks a latency.
	 * @param maxLatency how old an operation that is pending may become, zero for any age
	 * @return the latency
	 * @throws SqliteConfigurationException when it is negative, or longer than a day
	 */
	public static Duration requireMaxLatency(Duration maxLatency) {
		if (maxLatency.isNegative() || maxLatency.compareTo(LONGEST) > 0) {
			throw new SqliteConfigurationException("A batch cannot commit its operations after " + maxLatency,
					"Set 'sqlite.batch.max-latency' to a duration such as " + DEFAULT_MAX_LATENCY.toMillis()
							+ "ms, which is the default, or to 0 for no limit.");
		}
		return maxLatency;
	}

	/**
	 * Opens a batch. It takes the writer with its first operation.
	 * @return a batch for the calling thread, to be closed
	 */
	public SqliteBatch open() {
		SqliteBatch batch = new SqliteBatch(this.dataSource.getConnection(), this.size, this.maxLatencyNanos,
				this.timer, this.open::remove);
		this.open.add(batch);
		return batch;
	}

	/**
	 * Runs something with a batch: commits when it returns, and rolls back what is not
	 * committed yet when it throws.
	 * @param action what to run
	 * @throws SQLException what the action, or the commit, threw
	 */
	public void execute(Action action) throws SQLException {
		try (SqliteBatch batch = open()) {
			try {
				action.run(batch);
			}
			catch (Throwable ex) {
				rollback(batch, ex);
				throw ex;
			}
		}
	}

	private static void rollback(SqliteBatch batch, Throwable failure) {
		try {
			batch.rollback();
		}
		catch (SQLException ex) {
			failure.addSuppressed(ex);
		}
	}

	/**
	 * Commits what is pending in every open batch, but for those whose last operation
	 * failed and who will roll back. They stay open.
	 * @param deadline when to stop waiting for an operation that runs
	 * @throws SQLException what the first commit that failed threw, with the others
	 */
	private void flush(Deadline deadline) throws SQLException {
		SQLException failure = null;
		for (SqliteBatch batch : this.open) {
			try {
				batch.flush(deadline);
			}
			catch (SQLException ex) {
				if (failure == null) {
					failure = ex;
				}
				else {
					failure.addSuppressed(ex);
				}
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	/**
	 * Something to do with a batch.
	 */
	@FunctionalInterface
	public interface Action {

		/**
		 * Does it.
		 * @param batch the batch, open for the time of the call
		 * @throws SQLException to roll back
		 */
		void run(SqliteBatch batch) throws SQLException;

	}

}
