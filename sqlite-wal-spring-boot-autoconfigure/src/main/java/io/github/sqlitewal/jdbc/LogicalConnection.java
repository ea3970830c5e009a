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

import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.Lease;

/**
 * A connection as the application sees it. It remembers readOnly, autoCommit and the
 * isolation level, and has a physical connection only
 * <ul>
 * <li>while a transaction is open, from its first statement (or from its begin, see
 * {@link WriterTransactionListener}) to its end,</li>
 * <li>while a result set outside a transaction is open (a {@link ReadLease}, see
 * {@link StatementRunner}),</li>
 * <li>after a statement that changed the state of the physical connection (ATTACH, a
 * temporary table, a pragma) until this connection is closed, because the statements
 * after it expect to find that state. The physical connection is replaced then.</li>
 * </ul>
 * <p>
 * {@code setReadOnly} and {@code setTransactionIsolation} are allowed at any time and
 * have their effect on the next transaction. Every isolation level is served by SQLite's
 * only one, which is serializable.
 * <p>
 * One lock keeps a second thread out while one is in a call, so that a close from another
 * thread waits for the statement that runs. {@link Statement#cancel} does not take it.
 */
final class LogicalConnection implements Connection {

	private final SqliteDataSource dataSource;

	final ReentrantLock lock = new ReentrantLock();

	private final LogicalTransaction transaction;

	private final StatementRunner runner;

	/** The statement that is in a call. */
	private volatile @Nullable LogicalStatement running;

	private int isolation = TRANSACTION_SERIALIZABLE;

	private volatile boolean closed;

	LogicalConnection(SqliteDataSource dataSource) {
		this.dataSource = dataSource;
		this.transaction = new LogicalTransaction(dataSource.pool(), dataSource.lockTimeout(),
				new OpenResults(this, this.lock));
		this.runner = new StatementRunner(this, this.transaction);
	}

	SqliteDataSource dataSource() {
		return this.dataSource;
	}

	LogicalTransaction transaction() {
		return this.transaction;
	}

	StatementRunner runner() {
		return this.runner;
	}

	void checkOpen() throws SQLException {
		if (this.closed) {
			throw SqlExceptions.closed("connection");
		}
	}

	void runs(@Nullable LogicalStatement statement) {
		this.running = statement;
	}

	// Transactions

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			this.transaction.setAutoCommit(autoCommit, this.dataSource.isTransactionBeginning());
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.transaction.isAutoCommit();
	}

	@Override
	public void commit() throws SQLException {
		end(true);
	}

	@Override
	public void rollback() throws SQLException {
		end(false);
	}

	private void end(boolean commit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			this.transaction.endByCaller(commit);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		return savepoint(null);
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		return savepoint(name);
	}

	private Savepoint savepoint(@Nullable String name) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			return this.transaction.setSavepoint(name);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		toSavepoint(savepoint, false);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		toSavepoint(savepoint, true);
	}

	private void toSavepoint(Savepoint savepoint, boolean release) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			this.transaction.toSavepoint(savepoint, release);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			this.closed = true;
			this.transaction.release();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void release() throws SQLException {
		this.lock.lock();
		try {
			this.transaction.release();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean isClosed() {
		return this.closed;
	}

	/**
	 * Closes this connection from another thread. What runs or waits on it is stopped;
	 * through its statement and not through the lease, which may be another connection's
	 * by the time of the interrupt.
	 */
	@Override
	public void abort(@Nullable Executor executor) throws SQLException {
		if (executor == null) {
			throw new SQLNonTransientException("abort() needs an executor", "22023");
		}
		if (this.closed) {
			return;
		}
		this.closed = true;
		LogicalStatement current = this.running;
		if (current != null) {
			current.stop();
		}
		this.transaction.openResults().stop();
		executor.execute(() -> {
			try {
				release();
			}
			catch (SQLException ex) {
				// nobody waits for the outcome, and the lease is given back all the same
				return;
			}
		});
	}

	@Override
	public boolean isValid(int timeout) throws SQLException {
		if (timeout < 0) {
			throw new SQLNonTransientException("The timeout of isValid must not be negative", "22023");
		}
		if (this.closed) {
			return false;
		}
		try {
			return this.runner.onReader("Connection.isValid", timeout, (physical) -> {
				physical.queryForString("SELECT count(*) FROM sqlite_schema");
				return true;
			});
		}
		catch (SQLException ex) {
			return false;
		}
	}

	// Settings

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		checkOpen();
		this.transaction.setReadOnly(readOnly);
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.transaction.isReadOnly();
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		checkOpen();
		switch (level) {
			case TRANSACTION_READ_UNCOMMITTED, TRANSACTION_READ_COMMITTED, TRANSACTION_REPEATABLE_READ,
					TRANSACTION_SERIALIZABLE ->
				this.isolation = level;
			default -> throw SqlExceptions.notSupported("Isolation level " + level);
		}
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		checkOpen();
		return this.isolation;
	}

	// Statements

	@Override
	public Statement createStatement() throws SQLException {
		checkOpen();
		return new LogicalStatement(this);
	}

	@Override
	public Statement createStatement(int type, int concurrency) throws SQLException {
		return createStatement(type, concurrency, ResultSet.CLOSE_CURSORS_AT_COMMIT);
	}

	@Override
	public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
		checkCursor(type, concurrency, holdability);
		return createStatement();
	}

	private static void checkCursor(int type, int concurrency, int holdability) throws SQLException {
		if (type != ResultSet.TYPE_FORWARD_ONLY || concurrency != ResultSet.CONCUR_READ_ONLY
				|| holdability != ResultSet.CLOSE_CURSORS_AT_COMMIT) {
			throw SqlExceptions.notSupported(
					"A result set that is not TYPE_FORWARD_ONLY, CONCUR_READ_ONLY and" + " CLOSE_CURSORS_AT_COMMIT");
		}
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return prepare(sql, KeyColumns.NONE);
	}

	private PreparedStatement prepare(String sql, KeyColumns keys) throws SQLException {
		checkOpen();
		return new LogicalPreparedStatement(this, sql, keys);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency) throws SQLException {
		return prepareStatement(sql, type, concurrency, ResultSet.CLOSE_CURSORS_AT_COMMIT);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
			throws SQLException {
		checkCursor(type, concurrency, holdability);
		return prepareStatement(sql);
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return prepare(sql, KeyColumns.of(autoGeneratedKeys));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return prepare(sql, KeyColumns.of(columnIndexes));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return prepare(sql, KeyColumns.of(columnNames));
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		checkOpen();
		throw SqlExceptions.notSupported("A stored procedure");
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency) throws SQLException {
		return prepareCall(sql);
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability) throws SQLException {
		return prepareCall(sql);
	}

	@Override
	public String nativeSQL(String sql) throws SQLException {
		checkOpen();
		return sql;
	}

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		checkOpen();
		return (DatabaseMetaData) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { DatabaseMetaData.class }, new MetaDataHandler(this));
	}

	@Override
	public void setHoldability(int holdability) throws SQLException {
		checkOpen();
		checkCursor(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY, holdability);
	}

	@Override
	public int getHoldability() throws SQLException {
		checkOpen();
		return ResultSet.CLOSE_CURSORS_AT_COMMIT;
	}

	// What SQLite has no notion of

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
	public void setCatalog(@Nullable String catalog) throws SQLException {
		checkOpen();
	}

	@Override
	public @Nullable String getCatalog() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public void setSchema(@Nullable String schema) throws SQLException {
		checkOpen();
	}

	@Override
	public @Nullable String getSchema() throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public Map<String, Class<?>> getTypeMap() throws SQLException {
		checkOpen();
		return Map.of();
	}

	@Override
	public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
		checkOpen();
		if (!map.isEmpty()) {
			throw SqlExceptions.notSupported("A type map");
		}
	}

	@Override
	public void setClientInfo(@Nullable String name, @Nullable String value) throws SQLClientInfoException {
		checkOpenForClientInfo();
	}

	@Override
	public void setClientInfo(@Nullable Properties properties) throws SQLClientInfoException {
		checkOpenForClientInfo();
	}

	private void checkOpenForClientInfo() throws SQLClientInfoException {
		try {
			checkOpen();
		}
		catch (SQLException ex) {
			throw new SQLClientInfoException(ex.getMessage(), ex.getSQLState(), Map.of(), ex);
		}
	}

	@Override
	public @Nullable String getClientInfo(String name) throws SQLException {
		checkOpen();
		return null;
	}

	@Override
	public Properties getClientInfo() throws SQLException {
		checkOpen();
		return new Properties();
	}

	@Override
	public void setNetworkTimeout(Executor executor, int milliseconds) throws SQLException {
		checkOpen();
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		checkOpen();
		return 0;
	}

	@Override
	public Clob createClob() throws SQLException {
		throw SqlExceptions.notSupported("An empty Clob to fill (setClob takes a Reader)");
	}

	@Override
	public Blob createBlob() throws SQLException {
		throw SqlExceptions.notSupported("An empty Blob to fill (setBlob takes an InputStream)");
	}

	@Override
	public NClob createNClob() throws SQLException {
		throw SqlExceptions.notSupported("NClob");
	}

	@Override
	public SQLXML createSQLXML() throws SQLException {
		throw SqlExceptions.notSupported("SQLXML");
	}

	@Override
	public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
		throw SqlExceptions.notSupported("Array");
	}

	@Override
	public Struct createStruct(String typeName, Object[] attributes) throws SQLException {
		throw SqlExceptions.notSupported("Struct");
	}

	/**
	 * This connection, or the driver's while a transaction is open. Whoever has the
	 * driver's may change anything on it, so it is replaced after the transaction.
	 */
	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		this.lock.lock();
		try {
			checkOpen();
			Lease held = this.transaction.currentLease();
			if (held == null) {
				throw SqlExceptions.notSupported("Unwrapping to " + type.getName()
						+ " outside a transaction, where there is no physical connection; for functions and collations"
						+ " use a SqliteConnectionCustomizer. Unwrapping");
			}
			PhysicalConnection connection = held.connection();
			if (!type.isInstance(connection.driverConnection())) {
				throw SqlExceptions.notSupported("Unwrapping to " + type.getName());
			}
			connection.markAltered();
			return type.cast(connection.driverConnection());
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean isWrapperFor(Class<?> type) {
		return type.isInstance(this) || (this.transaction.currentLease() != null
				&& type.isAssignableFrom(org.sqlite.SQLiteConnection.class));
	}

	@Override
	public String toString() {
		return "LogicalConnection[" + (this.transaction.isReadOnly() ? "read-only, " : "")
				+ (this.closed ? "closed" : (this.transaction.currentLease() != null) ? "leased" : "idle") + "]";
	}

}
