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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.jdbc.StatementRunner.Expected;
import io.github.sqlitewal.jdbc.StatementRunner.Result;

/**
 * A statement of a logical connection. There is no statement of the driver behind it
 * until it runs.
 * <p>
 * A text of several statements is run as SQLite's own shell does it, one after the other;
 * the driver would run the first and forget the others. The result is that of the last.
 */
class LogicalStatement implements Statement {

	private static final @Nullable Object[] NO_PARAMETERS = new Object[0];

	private static final int RESTING = 0;

	private static final int RUNNING = 1;

	private static final int INTERRUPTING = 2;

	/** For a second in all, after which something other than SQLite keeps it running. */
	private static final int STOP_ATTEMPTS = 1000;

	private static final long STOP_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final LogicalConnection connection;

	private final List<BatchEntry> batch = new ArrayList<>();

	/**
	 * Whether SQLite works for this statement right now. A cancellation interrupts the
	 * connection only then, and {@link #rests()} waits while it does, so that it never
	 * reaches a statement that runs on the same connection before or after.
	 */
	private final AtomicInteger activity = new AtomicInteger(RESTING);

	private volatile @Nullable Call call;

	private volatile @Nullable PhysicalConnection runsOn;

	private @Nullable ReadOnlyResultSet resultSet;

	private @Nullable RowsResultSet keys;

	private long updateCount = -1;

	private int maxRows;

	private int fetchSize;

	private int queryTimeout;

	private boolean poolable;

	private boolean closeOnCompletion;

	private volatile boolean closed;

	LogicalStatement(LogicalConnection connection) {
		this.connection = connection;
	}

	final LogicalConnection connection() {
		return this.connection;
	}

	final void checkOpen() throws SQLException {
		if (this.closed) {
			throw SqlExceptions.closed("statement");
		}
		this.connection.checkOpen();
	}

	// What the runner tells

	final void runs(PhysicalConnection physical) {
		this.runsOn = physical;
		this.activity.set(RUNNING);
	}

	final void rests() {
		while (!this.activity.compareAndSet(RUNNING, RESTING)) {
			if (this.activity.get() == RESTING) {
				return;
			}
			Thread.onSpinWait();
		}
	}

	final void completed(ReadOnlyResultSet closedResult) {
		if (this.closeOnCompletion && this.resultSet == closedResult) {
			this.closed = true;
		}
	}

	final void closeResultQuietly() {
		try {
			closeResult();
		}
		catch (SQLException ex) {
			// SQLite repeats the error of the last next() when a statement is reset
			return;
		}
	}

	private void closeResult() throws SQLException {
		ReadOnlyResultSet open = this.resultSet;
		this.resultSet = null;
		if (open != null) {
			open.close();
		}
	}

	// Running

	final Result execute(SqlStatement sql, @Nullable Object[] parameters, Expected expected, KeyColumns keyColumns)
			throws SQLException {
		this.connection.lock.lock();
		try {
			Call begun = begin();
			Result result = this.connection.runner().run(this, begun, sql, parameters, expected, keyColumns);
			this.resultSet = result.resultSet();
			this.updateCount = result.updateCount();
			this.keys = result.keys();
			return result;
		}
		finally {
			this.connection.runs(null);
			this.connection.lock.unlock();
		}
	}

	private Call begin() throws SQLException {
		Call begun = new Call(this.connection.dataSource().lockTimeout(), this.queryTimeout);
		this.call = begun;
		// before the check, so that an abort either stops this call or is seen by it
		this.connection.runs(this);
		checkOpen();
		closeResult();
		this.updateCount = -1;
		this.keys = null;
		return begun;
	}

	private Result executeText(String sql, Expected expected, KeyColumns keyColumns) throws SQLException {
		SqlStatement first = this.connection.dataSource().statements().get(sql);
		if (first.isLast()) {
			return execute(first, NO_PARAMETERS, expected, keyColumns);
		}
		List<SqlStatement> statements = SqlStatement.parseAll(sql);
		for (SqlStatement statement : statements.subList(0, statements.size() - 1)) {
			execute(statement, NO_PARAMETERS, Expected.ANYTHING, KeyColumns.NONE);
		}
		return execute(statements.get(statements.size() - 1), NO_PARAMETERS, expected, keyColumns);
	}

	final long[] executeBatch(List<BatchEntry> entries, KeyColumns keyColumns) throws SQLException {
		this.connection.lock.lock();
		try {
			Call begun = begin();
			if (entries.isEmpty()) {
				return new long[0];
			}
			List<BatchEntry> all = List.copyOf(entries);
			// gone also when it fails, as the driver and the specification have it
			entries.clear();
			BatchResult result = new BatchRunner(this, begun, all, keyColumns).run();
			if (keyColumns.wanted()) {
				this.keys = result.keys(this);
			}
			return result.counts();
		}
		finally {
			this.connection.runs(null);
			this.connection.lock.unlock();
		}
	}

	static int toInt(long count) {
		return (count > Integer.MAX_VALUE) ? SUCCESS_NO_INFO : (int) count;
	}

	static int[] toInts(long[] counts) {
		return Arrays.stream(counts).mapToInt(LogicalStatement::toInt).toArray();
	}

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		return Objects.requireNonNull(executeText(sql, Expected.ROWS, KeyColumns.NONE).resultSet());
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		return executeText(sql, Expected.COUNT, KeyColumns.NONE).updateCount();
	}

	@Override
	public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		return executeText(sql, Expected.COUNT, KeyColumns.of(autoGeneratedKeys)).updateCount();
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return executeText(sql, Expected.COUNT, KeyColumns.of(columnIndexes)).updateCount();
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		return executeText(sql, Expected.COUNT, KeyColumns.of(columnNames)).updateCount();
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		return toInt(executeLargeUpdate(sql));
	}

	@Override
	public int executeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
		return toInt(executeLargeUpdate(sql, autoGeneratedKeys));
	}

	@Override
	public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return toInt(executeLargeUpdate(sql, columnIndexes));
	}

	@Override
	public int executeUpdate(String sql, String[] columnNames) throws SQLException {
		return toInt(executeLargeUpdate(sql, columnNames));
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		return executeText(sql, Expected.ANYTHING, KeyColumns.NONE).resultSet() != null;
	}

	@Override
	public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
		return executeText(sql, Expected.ANYTHING, KeyColumns.of(autoGeneratedKeys)).resultSet() != null;
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		return executeText(sql, Expected.ANYTHING, KeyColumns.of(columnIndexes)).resultSet() != null;
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		return executeText(sql, Expected.ANYTHING, KeyColumns.of(columnNames)).resultSet() != null;
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		checkOpen();
		for (SqlStatement statement : SqlStatement.parseAll(sql)) {
			this.batch.add(new BatchEntry(statement, NO_PARAMETERS));
		}
	}

	@Override
	public void clearBatch() throws SQLException {
		checkOpen();
		this.batch.clear();
	}

	@Override
	public int[] executeBatch() throws SQLException {
		return toInts(executeLargeBatch());
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		return executeBatch(this.batch, KeyColumns.NONE);
	}

	/**
	 * Ends the execution that is under way, whether it runs or waits. Called by another
	 * thread.
	 */
	@Override
	public void cancel() throws SQLException {
		checkOpen();
		stop();
	}

	final void stop() {
		Call current = this.call;
		if (current == null) {
			return;
		}
		current.cancellation().cancel();
		// SQLite forgets an interrupt that comes just before a statement's first step
		for (int i = 0; i < STOP_ATTEMPTS && this.call == current && interrupt(); i++) {
			LockSupport.parkNanos(STOP_INTERVAL_NANOS);
		}
	}

	private boolean interrupt() {
		if (!this.activity.compareAndSet(RUNNING, INTERRUPTING)) {
			return this.activity.get() != RESTING;
		}
		try {
			PhysicalConnection physical = this.runsOn;
			if (physical != null) {
				physical.interrupt();
			}
		}
		finally {
			this.activity.set(RUNNING);
		}
		return true;
	}

	// Results

	@Override
	public @Nullable ResultSet getResultSet() throws SQLException {
		checkOpen();
		return this.resultSet;
	}

	@Override
	public int getUpdateCount() throws SQLException {
		return toInt(getLargeUpdateCount());
	}

	@Override
	public long getLargeUpdateCount() throws SQLException {
		checkOpen();
		return this.updateCount;
	}

	@Override
	public boolean getMoreResults() throws SQLException {
		return getMoreResults(CLOSE_CURRENT_RESULT);
	}

	@Override
	public boolean getMoreResults(int current) throws SQLException {
		checkOpen();
		if (current == KEEP_CURRENT_RESULT) {
			throw SqlExceptions.notSupported("Several open results of one statement");
		}
		closeResult();
		this.updateCount = -1;
		return false;
	}

	@Override
	public ResultSet getGeneratedKeys() throws SQLException {
		checkOpen();
		RowsResultSet generated = this.keys;
		return (generated != null) ? generated : new RowsResultSet(this, List.of(KeyColumns.ROWID_LABEL), List.of());
	}

	// Settings

	@Override
	public int getMaxRows() throws SQLException {
		checkOpen();
		return this.maxRows;
	}

	final int maxRows() {
		return this.maxRows;
	}

	@Override
	public void setMaxRows(int max) throws SQLException {
		checkOpen();
		this.maxRows = checkNotNegative(max, "The maximum of rows");
	}

	@Override
	public long getLargeMaxRows() throws SQLException {
		return getMaxRows();
	}

	@Override
	public void setLargeMaxRows(long max) throws SQLException {
		// more than an int are more rows than there can be, and so no limit
		setMaxRows((max > Integer.MAX_VALUE) ? 0 : (int) Math.max(max, -1));
	}

	@Override
	public int getQueryTimeout() throws SQLException {
		checkOpen();
		return this.queryTimeout;
	}

	/**
	 * How long SQLite may work for one execution of this statement, and how long the
	 * execution may wait for a connection. What runs longer is stopped. The time between
	 * two calls of {@link ResultSet#next()} does not count.
	 */
	@Override
	public void setQueryTimeout(int seconds) throws SQLException {
		checkOpen();
		this.queryTimeout = checkNotNegative(seconds, "The query timeout");
	}

	@Override
	public int getFetchSize() throws SQLException {
		checkOpen();
		return this.fetchSize;
	}

	@Override
	public void setFetchSize(int rows) throws SQLException {
		checkOpen();
		// SQLite makes rows one by one, so there is nothing to tell it
		this.fetchSize = checkNotNegative(rows, "The fetch size");
	}

	private static int checkNotNegative(int value, String what) throws SQLException {
		if (value < 0) {
			throw new SQLNonTransientException(what + " must not be negative, but is " + value, "22023");
		}
		return value;
	}

	@Override
	public int getMaxFieldSize() throws SQLException {
		checkOpen();
		return 0;
	}

	@Override
	public void setMaxFieldSize(int max) throws SQLException {
		checkOpen();
		if (max != 0) {
			throw SqlExceptions.notSupported("A maximum of the field size");
		}
	}

	@Override
	public void setEscapeProcessing(boolean enable) throws SQLException {
		checkOpen();
	}

	@Override
	public void setCursorName(String name) throws SQLException {
		checkOpen();
		throw SqlExceptions.notSupported("A cursor name");
	}

	@Override
	public void setFetchDirection(int direction) throws SQLException {
		checkOpen();
		if (direction != ResultSet.FETCH_FORWARD && direction != ResultSet.FETCH_UNKNOWN) {
			throw SqlExceptions.notSupported("A fetch direction other than forward");
		}
	}

	@Override
	public int getFetchDirection() throws SQLException {
		checkOpen();
		return ResultSet.FETCH_FORWARD;
	}

	@Override
	public int getResultSetConcurrency() throws SQLException {
		checkOpen();
		return ResultSet.CONCUR_READ_ONLY;
	}

	@Override
	public int getResultSetType() throws SQLException {
		checkOpen();
		return ResultSet.TYPE_FORWARD_ONLY;
	}

	@Override
	public int getResultSetHoldability() throws SQLException {
		checkOpen();
		return ResultSet.CLOSE_CURSORS_AT_COMMIT;
	}

	@Override
	public void setPoolable(boolean poolable) throws SQLException {
		checkOpen();
		this.poolable = poolable;
	}

	@Override
	public boolean isPoolable() throws SQLException {
		checkOpen();
		return this.poolable;
	}

	@Override
	public void closeOnCompletion() throws SQLException {
		checkOpen();
		this.closeOnCompletion = true;
	}

	@Override
	public boolean isCloseOnCompletion() throws SQLException {
		checkOpen();
		return this.closeOnCompletion;
	}

	@Override
	public @Nullable SQLWarning getWarnings() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
	}

	@Override
	public Connection getConnection() throws SQLException {
		checkOpen();
		return this.connection;
	}

	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.connection.lock.lock();
		try {
			this.closed = true;
			closeResult();
		}
		finally {
			this.connection.lock.unlock();
		}
	}

	@Override
	public boolean isClosed() {
		return this.closed || this.connection.isClosed();
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		throw SqlExceptions.notSupported("Unwrapping to " + type.getName());
	}

	@Override
	public boolean isWrapperFor(Class<?> type) {
		return type.isInstance(this);
	}

}
