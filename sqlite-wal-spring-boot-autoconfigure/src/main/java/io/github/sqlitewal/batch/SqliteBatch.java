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

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;

/**
 * A connection with an open transaction: operations on any tables go into it one by one,
 * and it commits by itself each time that {@code sqlite.batch.size} of them are together,
 * and when the first of them is {@code sqlite.batch.max-latency} old, also if nobody
 * calls the batch then. What is between two commits is atomic, over all tables. A commit
 * can fall between any two operations; those that must not be torn apart go into one
 * {@link #together} call.
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
 * calls {@link #commit()}. An exception of other code in the block, between two
 * operations, is none that {@code close()} could see, and it commits; when that is not
 * wanted, use {@link SqliteBatchWriter#execute}, which sees every exception.
 * <p>
 * From its first operation after a commit to the next commit a batch has the writer, and
 * all other writes wait. It gives it back with each commit, so that they get their turn.
 * So the longest that they wait for a batch which does nothing is
 * {@code sqlite.batch.max-latency}, unless its last operation failed: what to do with the
 * others is for the caller to say.
 * <p>
 * For one thread. Another one may {@linkplain #commit() commit}, as the timer and the
 * shutdown do, and never does so during an operation or inside {@link #together}. A
 * commit of theirs that fails loses what was pending; the next call of the batch throws
 * that, and does nothing else.
 */
public final class SqliteBatch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SqliteBatch.class);

	private static final int MAX_STATEMENTS = 32;

	/** Rows of {@link #updateMany} that are read before they run. */
	private static final int MAX_SLICE = 1000;

	private final Connection connection;

	private final int size;

	private final long maxLatencyNanos;

	private final BatchTimer timer;

	private final Consumer<SqliteBatch> onClose;

	private final BatchLock lock = new BatchLock(this::timeHasCome);

	private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(16, 0.75f, true) {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, PreparedStatement> eldest) {
			// nothing to close: a logical statement holds nothing between executions
			return size() > MAX_STATEMENTS;
		}

	};

	private int pending;

	/** When the first of those that are pending was done. */
	private long pendingSinceNanos;

	/** Whether the timer is going to call. */
	private boolean timed;

	private long committed;

	/** How many {@link #together} calls are under way, one inside the other. */
	private int units;

	private boolean failed;

	/** What an operation failed with that may have left rows. */
	private @Nullable SQLException leftRows;

	private boolean closed;

	private final LostOperations lost = new LostOperations();

	SqliteBatch(Connection connection, int size, long maxLatencyNanos, BatchTimer timer,
			Consumer<SqliteBatch> onClose) {
		this.connection = connection;
		this.size = size;
		this.maxLatencyNanos = maxLatencyNanos;
		this.timer = timer;
		this.onClose = onClose;
	}

	/**
	 * Runs an operation in the transaction, and commits when it fills the batch.
	 * @param sql an INSERT, UPDATE, DELETE or other statement that returns no rows
	 * @param args its parameters
	 * @return how many rows it changed
	 * @throws SQLException when the operation failed, which undoes it and leaves the
	 * others pending; or when the commit failed, which loses all that were pending. An
	 * operation that fails by a value of the wrong type, in a STRICT table or for a row
	 * id, may not be undone by SQLite: when others are pending, only {@link #rollback} is
	 * possible then
	 */
	public int update(String sql, @Nullable Object... args) throws SQLException {
		this.lock.lock();
		try {
			beginOperation();
			int count;
			try {
				count = run(sql, args);
			}
			catch (SQLException | RuntimeException ex) {
				noteLeftRows(ex);
				giveBackIfEmpty(ex);
				throw ex;
			}
			done(1);
			commitIfDue();
			return count;
		}
		finally {
			this.lock.unlock();
		}
	}

	private int run(String sql, @Nullable Object[] args) throws SQLException {
		PreparedStatement statement = this.statements.get(sql);
		if (statement == null) {
			statement = this.connection.prepareStatement(sql);
			this.statements.put(sql, statement);
		}
		bind(statement, args);
		return statement.executeUpdate();
	}

	private static void bind(PreparedStatement statement, @Nullable Object[] args) throws SQLException {
		statement.clearParameters();
		for (int i = 0; i < args.length; i++) {
			statement.setObject(i + 1, args[i]);
		}
	}

	/**
	 * Runs an operation for each of many sets of parameters, and commits each time that
	 * the batch is full. The fastest way to store many rows: those of a plain INSERT go
	 * into SQLite by statements of many rows.
	 * <p>
	 * The parameters are read ahead, up to a thousand sets of them. When reading them
	 * throws, those that were read and have not run are dropped, and the operation has
	 * failed.
	 * @param sql an INSERT, UPDATE, DELETE or other statement that returns no rows
	 * @param argsList its parameters, one array for each time that it runs
	 * @return how many rows it changed in all
	 * @throws SQLException as {@link #update} does, at the first that fails; those before
	 * it are done, and counted by {@link #pending()} and {@link #committed()}
	 */
	public long updateMany(String sql, Iterable<@Nullable Object[]> argsList) throws SQLException {
		// a statement of its own, because the iterator may use this batch too
		PreparedStatement statement;
		this.lock.lock();
		try {
			checkOpen();
			statement = this.connection.prepareStatement(sql);
		}
		finally {
			this.lock.unlock();
		}
		long count = 0;
		boolean done = false;
		try {
			Iterator<@Nullable Object[]> rows = argsList.iterator();
			while (rows.hasNext()) {
				read(rows, statement);
				count += runSlice(statement);
			}
			done = true;
			return count;
		}
		finally {
			if (!done) {
				failed();
			}
		}
	}

	/**
	 * Reads some rows, without the lock, because reading may take its time.
	 */
	private void read(Iterator<@Nullable Object[]> rows, PreparedStatement statement) throws SQLException {
		long start = (this.maxLatencyNanos > 0) ? this.timer.nanoTime() : 0;
		int room = room();
		boolean inTime = true;
		for (int i = 0; i < room && inTime && rows.hasNext(); i++) {
			bind(statement, rows.next());
			statement.addBatch();
			inTime = this.maxLatencyNanos == 0 || this.timer.nanoTime() - start < this.maxLatencyNanos;
		}
	}

	private int room() {
		this.lock.lock();
		try {
			return (this.units > 0) ? MAX_SLICE : Math.max(1, Math.min(MAX_SLICE, this.size - this.pending));
		}
		finally {
			this.lock.unlock();
		}
	}

	private long runSlice(PreparedStatement statement) throws SQLException {
		this.lock.lock();
		try {
			beginOperation();
			long[] counts;
			try {
				counts = statement.executeLargeBatch();
			}
			catch (BatchUpdateException ex) {
				int done = ex.getUpdateCounts().length;
				if (done > 0) {
					done(done);
					this.failed = true;
				}
				SQLException cause = (ex.getCause() instanceof SQLException failure) ? failure : ex;
				noteLeftRows(cause);
				giveBackIfEmpty(cause);
				throw cause;
			}
			catch (SQLException | RuntimeException ex) {
				giveBackIfEmpty(ex);
				throw ex;
			}
			done(counts.length);
			commitIfDue();
			return Arrays.stream(counts).sum();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void failed() {
		this.lock.lock();
		try {
			this.failed = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkOpen() throws SQLException {
		if (this.closed) {
			throw new SQLNonTransientException("The batch is closed", "HY010");
		}
	}

	private void beginOperation() throws SQLException {
		checkOpen();
		// until its end is reached
		this.failed = true;
		this.lost.throwAny();
		checkNoRowsLeft();
		if (this.connection.getAutoCommit()) {
			this.connection.setAutoCommit(false);
		}
	}

	/**
	 * Remembers that SQLite may not have undone all of the operation that failed. Only a
	 * rollback does, and nobody but the caller can say that the others are to go with it.
	 */
	private void noteLeftRows(Exception failure) {
		if ((this.pending > 0 || this.units > 0) && failure instanceof SQLException exception
				&& ResultCodes.leavesRows(failure)) {
			this.leftRows = exception;
		}
	}

	private void checkNoRowsLeft() throws SQLException {
		if (this.leftRows != null) {
			throw new SQLNonTransientException("An operation of this batch failed by a value of the wrong type, and"
					+ " SQLite may have kept the rows that it wrote before that. Call rollback(), which undoes all"
					+ " that is pending; together() undoes only what runs in it", "25P02", this.leftRows);
		}
	}

	private void done(int operations) {
		if (this.pending == 0 && this.maxLatencyNanos > 0) {
			this.pendingSinceNanos = this.timer.nanoTime();
		}
		this.pending += operations;
		this.failed = false;
	}

	/**
	 * Gives the writer back when an operation failed and there is no other one that would
	 * be lost.
	 */
	private void giveBackIfEmpty(Throwable failure) {
		if (this.pending == 0 && this.units == 0) {
			try {
				this.connection.rollback();
			}
			catch (SQLException ex) {
				failure.addSuppressed(ex);
			}
		}
	}

	/**
	 * Runs operations that belong together: no commit comes between them, and when one of
	 * them fails, or the action throws, all of them are undone and what was pending
	 * before stays pending. That holds for every failure, also for a value of the wrong
	 * type, which {@link #update} alone leaves to a rollback.
	 * @param action runs the operations on this batch
	 * @throws SQLException what an operation, or the commit, threw
	 */
	public void together(SqliteBatchWriter.Action action) throws SQLException {
		this.lock.lock();
		try {
			beginOperation();
			int before = this.pending;
			Savepoint savepoint = null;
			this.units++;
			try {
				savepoint = this.connection.setSavepoint();
				action.run(this);
				checkNoRowsLeft();
				this.connection.releaseSavepoint(savepoint);
			}
			catch (Throwable ex) {
				this.units--;
				this.failed = true;
				this.pending = before;
				if (savepoint != null) {
					undo(savepoint, ex);
				}
				giveBackIfEmpty(ex);
				throw ex;
			}
			this.units--;
			this.failed = false;
			if (this.units == 0 && this.pending == 0) {
				// it has done nothing, so no commit is going to give the writer back
				this.connection.rollback();
			}
			commitIfDue();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void undo(Savepoint savepoint, Throwable failure) {
		try {
			this.connection.rollback(savepoint);
			this.leftRows = null;
		}
		catch (SQLException ex) {
			// SQLite has rolled back everything, which every operation will say from now
			// on
			failure.addSuppressed(ex);
		}
	}

	private void commitIfDue() throws SQLException {
		if (this.units > 0 || this.pending == 0) {
			return;
		}
		long remaining = remainingNanos();
		if (this.pending >= this.size || remaining <= 0) {
			commitPending();
		}
		else {
			startTimer(remaining);
		}
	}

	private long remainingNanos() {
		return (this.maxLatencyNanos > 0) ? this.maxLatencyNanos - (this.timer.nanoTime() - this.pendingSinceNanos)
				: Long.MAX_VALUE;
	}

	/**
	 * Starts the timer unless it runs. It may have been started for operations that are
	 * committed by now, and is then started again for the rest of the time.
	 */
	private void startTimer(long nanos) {
		if (this.maxLatencyNanos > 0 && !this.timed) {
			this.timed = true;
			this.timer.schedule(this.lock::runWhenFree, nanos);
		}
	}

	private void timeHasCome() {
		this.timed = false;
		if (this.pending == 0 || this.failed || this.closed) {
			return;
		}
		long remaining = remainingNanos();
		if (remaining > 0) {
			startTimer(remaining);
			return;
		}
		try {
			commitForCaller();
		}
		catch (SQLException ex) {
			logger.warn("The commit of a batch by its timer failed. Its next call says so too", ex);
		}
	}

	/**
	 * Commits what is pending and gives the writer back.
	 * @throws SQLException when the commit failed; what was pending is rolled back
	 */
	public void commit() throws SQLException {
		this.lock.lock();
		try {
			checkNotTogether("commit()");
			this.lost.throwAny();
			checkNoRowsLeft();
			commitPending();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void commitPending() throws SQLException {
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

	/**
	 * Commits when it is not the caller who asks for it, who is to be told all the same.
	 */
	private void commitForCaller() throws SQLException {
		int count = this.pending;
		try {
			commitPending();
		}
		catch (SQLException ex) {
			this.lost.add(count, ex);
			throw ex;
		}
	}

	/**
	 * Commits what is pending for somebody else, unless it is to be rolled back.
	 * @param deadline when to stop waiting for the operation that runs
	 */
	void flush(Deadline deadline) throws SQLException {
		if (!this.lock.tryLock(deadline)) {
			throw new SQLTimeoutException("An operation of a batch ran for longer than could be waited for", "57014");
		}
		try {
			if (!this.failed && this.units == 0) {
				commitForCaller();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Undoes what is pending and gives the writer back.
	 * @throws SQLException when SQLite said so; nothing of what was pending is stored all
	 * the same. Or when it is unknown whether a commit between two calls has stored it
	 */
	public void rollback() throws SQLException {
		this.lock.lock();
		try {
			checkNotTogether("rollback()");
			if (!this.closed && !this.connection.getAutoCommit()) {
				this.pending = 0;
				this.failed = false;
				this.leftRows = null;
				this.connection.rollback();
			}
			this.lost.throwUnknown();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkNotTogether(String what) throws SQLException {
		if (this.units > 0) {
			throw new SQLNonTransientException(
					what + " inside together() would tear apart what belongs together; call it afterwards", "HY010");
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
			checkNotTogether("close()");
			try {
				this.lost.throwAny();
				if (!this.failed) {
					commitPending();
					return;
				}
				int undone = this.pending;
				rollback();
				if (undone > 0) {
					throw new SQLTransactionRollbackException(undone + " operations that were pending are rolled back,"
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
