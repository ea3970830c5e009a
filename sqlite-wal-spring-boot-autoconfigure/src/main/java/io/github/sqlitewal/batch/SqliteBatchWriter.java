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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.jdbc.DeferredWrites;
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

	/** Far more than wait in a healthy application, and still little memory. */
	public static final int DEFAULT_QUEUE_CAPACITY = 10_000;

	private static final Duration LONGEST = Duration.ofDays(1);

	private final SqliteDataSource dataSource;

	private final int size;

	private final long maxLatencyNanos;

	private final BatchTimer timer;

	private final WriteQueue queue;

	private final List<SqliteBatch> open = new CopyOnWriteArrayList<>();

	/**
	 * Creates the batch writer of a database.
	 * @param dataSource its data source
	 * @param pool its pool, which is told of what is pending
	 * @param size how many operations a batch commits together, 1 or more
	 * @param maxLatency how old an operation that is pending may become, zero for any age
	 * @param queueCapacity how many submitted writes may be without an answer, 1 or more
	 */
	public SqliteBatchWriter(SqliteDataSource dataSource, SqlitePool pool, int size, Duration maxLatency,
			int queueCapacity) {
		this(dataSource, new WriteQueue(pool, new DeferredWrites(dataSource), queueCapacity), size, maxLatency,
				BatchTimer.daemon());
		// first what batches hold, because the queue may wait for the writer behind them
		pool.addPendingWork(this::flush);
		pool.addPendingWork(this.queue);
	}

	private SqliteBatchWriter(SqliteDataSource dataSource, WriteQueue queue, int size, Duration maxLatency,
			BatchTimer timer) {
		this.dataSource = dataSource;
		this.queue = queue;
		this.size = size;
		this.maxLatencyNanos = maxLatency.toNanos();
		this.timer = timer;
	}

	/**
	 * The same with other batches, which nobody asks to commit.
	 */
	SqliteBatchWriter with(int size, Duration maxLatency, BatchTimer timer) {
		return new SqliteBatchWriter(this.dataSource, this.queue, size, maxLatency, timer);
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
	 * Checks a capacity.
	 * @param queueCapacity how many submitted writes may be without an answer
	 * @return the capacity
	 * @throws SqliteConfigurationException when it is not positive
	 */
	public static int requireQueueCapacity(int queueCapacity) {
		if (queueCapacity < 1) {
			throw new SqliteConfigurationException("A queue of " + queueCapacity + " submitted writes is not possible",
					"Set 'sqlite.batch.queue-capacity' to 1 or more; the default is " + DEFAULT_QUEUE_CAPACITY + ".");
		}
		return queueCapacity;
	}

	/**
	 * Hands a statement to the writer and does not wait for it. What is submitted is done
	 * in this order, after what was submitted before by any thread, and statements that
	 * follow each other are committed together; each has its own answer, and one that
	 * fails does not touch the others.
	 * <p>
	 * The future is completed by the thread of the queue. What depends on it without an
	 * executor of its own (<code>thenApply</code> in place of
	 * <code>thenApplyAsync</code>) runs there too, keeps all that is submitted waiting,
	 * and must not itself wait for another submission. To cancel the future takes back
	 * what the thread of the queue has not taken up yet; what it has taken up is done all
	 * the same, and is not interrupted.
	 * @param sql an INSERT, UPDATE, DELETE or other statement that returns no rows
	 * @param args its parameters, whose values are taken now
	 * @return how many rows it changed, when it is committed and as durable as
	 * {@code sqlite.durability} says. Or a {@link SQLException}: at once a
	 * {@link io.github.sqlitewal.pool.WriterQueueFullException} when
	 * {@code sqlite.batch.queue-capacity} submissions have no answer yet, or a
	 * {@link io.github.sqlitewal.pool.DatabaseClosedException} when the database closes;
	 * later a {@link io.github.sqlitewal.pool.LockTimeoutException} when it could not be
	 * started within {@code sqlite.lock-timeout}, what SQLite said of the statement, or
	 * one with SQLState 08007 when nobody knows whether it is stored; or why writes are
	 * refused at all ({@link io.github.sqlitewal.pool.WalSizeExceededException},
	 * {@link io.github.sqlitewal.pool.WritesRefusedException})
	 */
	public CompletableFuture<Integer> submit(String sql, @Nullable Object... args) {
		return this.queue.submit(sql, args);
	}

	/**
	 * Hands work to the writer and does not wait for it. It runs as one transaction, in
	 * the order of all that is submitted, on the thread of the queue; see
	 * {@link #submit(String, Object...)} for what that means.
	 * @param <T> what it returns
	 * @param work statements on the connection that it is given, which it neither commits
	 * nor closes. It must not wait for another submission, and another connection cannot
	 * write meanwhile
	 * @return what the work returned, when it is committed and as durable as
	 * {@code sqlite.durability} says; or what it threw, and nothing of it is stored; or a
	 * {@link SQLException} as for a statement
	 */
	public <T extends @Nullable Object> CompletableFuture<T> submit(DeferredWrites.Work<T> work) {
		return this.queue.submit(work);
	}

	/**
	 * How many submissions have no answer yet.
	 * @return the number, at most {@code sqlite.batch.queue-capacity}
	 */
	public int queued() {
		return this.queue.size();
	}

	/**
	 * How many submissions were refused because the queue was full.
	 * @return the number since the database was opened
	 */
	public long rejected() {
		return this.queue.rejected();
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
