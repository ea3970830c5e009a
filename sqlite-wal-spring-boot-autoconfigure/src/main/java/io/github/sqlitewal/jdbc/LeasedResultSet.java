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

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.DriverStatement;

/**
 * The driver's result set while a lease is held. It is read by the thread that has the
 * lease; {@link #close} may come from any thread and has its effect once.
 *
 * <p>
 * It exists because the driver's result set cannot be handed out. There is one of it per
 * driver statement, used again by the next execution, so a reference that a caller kept
 * would read another query's rows: after close nothing reaches it any more. It stands on
 * the first row before {@code next()} and on nothing after the last, without an error.
 * After a {@code next()} that failed, another one would make SQLite run the query again
 * from the start ({@code sqlite3_step} resets by itself), so that is refused. And closed
 * under a reader's hands it says "no more rows", which would be a short result taken for
 * a whole one.
 */
final class LeasedResultSet extends ReadOnlyResultSet {

	private final Statement owner;

	private final ResultSet delegate;

	private final Hooks hooks;

	private volatile Thread reader = Thread.currentThread();

	private Position position = Position.BEFORE_FIRST;

	/** Rows that {@code next()} has reached. */
	private int rows;

	/**
	 * The column that {@code wasNull} is about; 0 for none. Kept here too, because
	 * reading the driver's metadata moves the driver's own.
	 */
	private int lastColumn;

	// volatile: a close from another thread ends the reading here
	private volatile boolean closed;

	LeasedResultSet(Statement owner, ResultSet delegate, Hooks hooks) {
		this.owner = owner;
		this.delegate = delegate;
		this.hooks = hooks;
	}

	/**
	 * Whether it was this thread that read last, so that no other one is reading now.
	 */
	boolean isReadBy(Thread thread) {
		return this.reader == thread;
	}

	@Override
	void checkOpen() throws SQLException {
		if (this.closed) {
			throw ResultSetErrors.closed();
		}
	}

	private ResultSet row(int columnIndex) throws SQLException {
		if (this.closed || this.position != Position.ON_ROW) {
			throw notOnRow();
		}
		this.lastColumn = columnIndex;
		return this.delegate;
	}

	private SQLException notOnRow() {
		if (this.closed) {
			return ResultSetErrors.closed();
		}
		return this.hooks.explain(switch (this.position) {
			case BEFORE_FIRST -> ResultSetErrors.beforeFirst();
			case FAILED -> ResultSetErrors.failedBefore();
			case ON_ROW, AFTER_LAST -> ResultSetErrors.afterLast();
		});
	}

	private SQLException failed(SQLException ex) {
		return (ex instanceof SQLiteException) ? this.hooks.failed(ex) : this.hooks.explain(ex);
	}

	private SQLException failed(SQLException ex, int columnIndex) throws SQLException {
		if (ex instanceof SQLiteException) {
			return this.hooks.failed(ex);
		}
		SQLException explained = this.hooks.explain(ex);
		if (explained != ex) {
			return explained;
		}
		if (this.delegate.isClosed()) {
			return ResultSetErrors.closed();
		}
		int count = this.delegate.getMetaData().getColumnCount();
		if (columnIndex < 1 || columnIndex > count) {
			// the driver's wasNull stayed with the column before, which nobody means now
			this.lastColumn = 0;
			return ResultSetErrors.noSuchColumn(columnIndex, count, ex);
		}
		return ex;
	}

	@Override
	public boolean next() throws SQLException {
		checkOpen();
		if (this.position == Position.AFTER_LAST) {
			return false;
		}
		if (this.position == Position.FAILED) {
			throw this.hooks.explain(ResultSetErrors.failedBefore());
		}
		Thread current = Thread.currentThread();
		if (this.reader != current) {
			this.reader = current;
		}
		this.hooks.beforeNext();
		boolean onRow;
		try {
			onRow = this.delegate.next();
		}
		catch (SQLException ex) {
			this.position = Position.FAILED;
			throw failed(ex);
		}
		finally {
			this.lastColumn = 0;
			this.hooks.afterNext();
		}
		if (onRow) {
			this.position = Position.ON_ROW;
			this.rows++;
			return true;
		}
		if (this.delegate.isClosed()) {
			this.position = Position.FAILED;
			throw this.hooks.explain(ResultSetErrors.closed());
		}
		this.position = Position.AFTER_LAST;
		return false;
	}

	@Override
	public void close() throws SQLException {
		synchronized (this) {
			if (this.closed) {
				return;
			}
			this.closed = true;
		}
		SQLException failure = null;
		try {
			this.delegate.close();
		}
		catch (SQLException ex) {
			failure = failed(ex);
		}
		finally {
			// whatever happened to the statement, the lease must go back
			try {
				this.hooks.closed(this);
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

	@Override
	public boolean isClosed() {
		return this.closed;
	}

	@Override
	public boolean wasNull() throws SQLException {
		checkOpen();
		if (this.lastColumn == 0) {
			throw ResultSetErrors.nothingRead();
		}
		try {
			return this.delegate.wasNull();
		}
		catch (SQLException ex) {
			throw failed(ex, this.lastColumn);
		}
	}

	@Override
	public @Nullable Object getObject(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getObject(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public int getInt(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getInt(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public long getLong(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getLong(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public double getDouble(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getDouble(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public @Nullable String getString(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getString(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public byte @Nullable [] getBytes(int columnIndex) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			return row.getBytes(columnIndex);
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	@Nullable Timestamp configuredTimestamp(int columnIndex, @Nullable Calendar calendar) throws SQLException {
		ResultSet row = row(columnIndex);
		try {
			// a clone, because the driver sets the calendar that it is given
			return (calendar != null) ? row.getTimestamp(columnIndex, (Calendar) calendar.clone())
					: row.getTimestamp(columnIndex);
		}
		catch (SQLiteException ex) {
			throw this.hooks.failed(ex);
		}
		catch (SQLException ex) {
			SQLException explained = this.hooks.explain(ex);
			if (explained != ex) {
				throw explained;
			}
			// "Error parsing time stamp"; the caller knows how to say it
			return null;
		}
	}

	@Override
	public int findColumn(String columnLabel) throws SQLException {
		checkOpen();
		try {
			DriverStatement.nameColumns(this.delegate);
			return this.delegate.findColumn(columnLabel);
		}
		catch (SQLException ex) {
			SQLException explained = this.hooks.explain(ex);
			if (explained != ex) {
				throw explained;
			}
			if (ex instanceof SQLiteException || this.delegate.isClosed()) {
				throw failed(ex, 1);
			}
			SQLException noSuchColumn = ResultSetErrors.noSuchColumn(columnLabel, labels());
			noSuchColumn.initCause(ex);
			throw noSuchColumn;
		}
	}

	private List<String> labels() throws SQLException {
		ResultSetMetaData metaData = this.delegate.getMetaData();
		List<String> labels = new ArrayList<>();
		for (int column = 1; column <= metaData.getColumnCount(); column++) {
			labels.add(metaData.getColumnLabel(column));
		}
		return labels;
	}

	@Override
	public ResultSetMetaData getMetaData() throws SQLException {
		checkOpen();
		return new LeasedMetaData(this);
	}

	/**
	 * Read the driver's metadata, which is the driver's result set under another face.
	 * @param columnIndex the column that it is about; 1 for all
	 * @param reading what to read
	 * @return what was read
	 */
	<T> T readMetaData(int columnIndex, MetaDataReading<T> reading) throws SQLException {
		checkOpen();
		try {
			T result = reading.from(this.delegate.getMetaData());
			if (this.lastColumn != 0) {
				// brings the driver's wasNull back to the column the caller has read
				this.delegate.getInt(this.lastColumn);
			}
			return result;
		}
		catch (SQLException ex) {
			throw failed(ex, columnIndex);
		}
	}

	@Override
	public Statement getStatement() throws SQLException {
		checkOpen();
		return this.owner;
	}

	@Override
	public boolean isBeforeFirst() throws SQLException {
		checkOpen();
		return this.position == Position.BEFORE_FIRST && this.delegate.isBeforeFirst();
	}

	@Override
	public boolean isFirst() throws SQLException {
		checkOpen();
		return this.position == Position.ON_ROW && this.rows == 1;
	}

	@Override
	public boolean isLast() throws SQLException {
		// only a step would tell, and it would lose the row
		throw refused();
	}

	@Override
	public boolean isAfterLast() throws SQLException {
		checkOpen();
		return this.position == Position.AFTER_LAST && this.rows > 0;
	}

	@Override
	public int getRow() throws SQLException {
		checkOpen();
		return (this.position == Position.ON_ROW) ? this.rows : 0;
	}

	@Override
	public boolean isWrapperFor(Class<?> iface) throws SQLException {
		return super.isWrapperFor(iface) || isDriverClass(iface);
	}

	@Override
	public <T> T unwrap(Class<T> iface) throws SQLException {
		if (!iface.isInstance(this) && isDriverClass(iface)) {
			checkOpen();
			DriverStatement.nameColumns(this.delegate);
			return iface.cast(this.delegate);
		}
		return super.unwrap(iface);
	}

	private boolean isDriverClass(Class<?> iface) {
		return !iface.isInterface() && iface.isInstance(this.delegate);
	}

	private enum Position {

		BEFORE_FIRST, ON_ROW, AFTER_LAST, FAILED

	}

	/**
	 * What the holder of the lease takes part in.
	 */
	interface Hooks {

		/**
		 * Called once, by the close that had effect, also when the driver's close failed.
		 * @param resultSet the result set
		 * @throws SQLException passed on to who closed
		 */
		void closed(LeasedResultSet resultSet) throws SQLException;

		/**
		 * The driver's exception as the standard one.
		 * @param ex a {@link SQLiteException}
		 * @return what to throw
		 */
		SQLException failed(SQLException ex);

		/**
		 * What a failure really was.
		 * @param ex what the driver threw, or is to be thrown in its place
		 * @return why the connection was taken away, or the same when it was not
		 */
		default SQLException explain(SQLException ex) {
			return ex;
		}

		/**
		 * Before each {@code next()}: lets a query timeout or cancel apply.
		 * @throws SQLException to refuse the step; the result set stays where it is
		 */
		default void beforeNext() throws SQLException {
		}

		/**
		 * After each {@code next()} that was not refused, also one that failed.
		 */
		default void afterNext() {
		}

	}

	@FunctionalInterface
	interface MetaDataReading<T> {

		T from(ResultSetMetaData metaData) throws SQLException;

	}

}
