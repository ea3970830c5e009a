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
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.SqlitePool;

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

	private final SqlitePool pool;

	final ReentrantLock lock = new ReentrantLock();

	private final StatementRunner runner = new StatementRunner(this);

	/** Changed with the lock held; abort() reads it without. */
	private final List<LogicalStatement> openResults = new CopyOnWriteArrayList<>();

	/** The statement that is in a call. */
	private volatile @Nullable LogicalStatement running;

	private final List<LogicalSavepoint> savepoints = new ArrayList<>();

	private boolean autoCommit = true;

	private boolean readOnly;

	private int isolation = TRANSACTION_SERIALIZABLE;

	private int savepointCount;

	/** Held while a transaction is open or the physical connection was altered. */
	private @Nullable Lease lease;

	private boolean session;

	/** A transaction that was begun by SQL, while autoCommit is on. */
	private boolean begunBySql;

	/** By a SAVEPOINT, so that its release commits. */
	private boolean begunBySavepoint;

	private @Nullable ReadLease readLease;

	private volatile boolean closed;

	LogicalConnection(SqliteDataSource dataSource) {
		this.dataSource = dataSource;
		this.pool = dataSource.pool();
	}

	SqliteDataSource dataSource() {
		return this.dataSource;
	}

	SqlitePool pool() {
		return this.pool;
	}

	StatementRunner runner() {
		return this.runner;
	}

	void checkOpen() throws SQLException {
		if (this.closed) {
			throw SqlExceptions.closed("connection");
		}
	}

	// Leases

	/**
	 * The lease that a statement of this connection must use, if there is one: of the
	 * transaction that is open or begins with this statement, or of the session.
	 */
	@Nullable Lease heldLease(String sql, Call call) throws SQLException {
		boolean needsTransaction = !this.autoCommit || this.begunBySql;
		Lease held = this.lease;
		if (held == null) {
			return needsTransaction ? begin(sql, call) : null;
		}
		PhysicalConnection connection = held.connection();
		if (needsTransaction && !connection.isInTransaction()) {
			beginOn(held, call);
		}
		connection.checkTransaction();
		held.runs(sql);
		return held;
	}

	/**
	 * The lease that is held, if one is. Begins nothing.
	 */
	@Nullable Lease currentLease() {
		return this.lease;
	}

	private Lease begin(@Nullable String sql, Call call) throws SQLException {
		Lease begun = this.readOnly ? this.pool.acquireReader(sql, call.deadline(), call.cancellation())
				: this.pool.acquireWriter(sql, call.deadline(), call.cancellation());
		boolean done = false;
		try {
			beginOn(begun, call);
			done = true;
		}
		finally {
			if (!done) {
				begun.close();
			}
		}
		this.lease = begun;
		return begun;
	}

	private void beginOn(Lease target, Call call) throws SQLException {
		PhysicalConnection connection = target.connection();
		if (!this.readOnly) {
			this.pool.beginWrite(target, call.deadline(), call.cancellation());
			return;
		}
		if (connection.role() == ConnectionRole.WRITER) {
			// the one connection of a database in memory, or of a session
			connection.setQueryOnly(true);
		}
		connection.beginRead();
	}

	/**
	 * Keeps the writer for this connection until it is closed.
	 */
	Lease openSession(String sql, Call call) throws SQLException {
		Lease opened = this.readOnly ? this.pool.acquireReader(sql, call.deadline(), call.cancellation())
				: this.pool.acquireWriter(sql, call.deadline(), call.cancellation());
		this.lease = opened;
		this.session = true;
		return opened;
	}

	/**
	 * Gives the writer back after the first statement of a session failed.
	 */
	void closeSession() {
		Lease held = this.lease;
		this.session = false;
		this.lease = null;
		if (held != null) {
			held.close();
		}
	}

	/**
	 * A reader for a statement outside a transaction.
	 */
	ReadLease readLease(String sql, Call call) throws SQLException {
		ReadLease current = this.readLease;
		long commits = this.pool.commits();
		if (current == null || !current.isCurrent(commits)) {
			current = new ReadLease(this.pool.acquireReader(sql, call.deadline(), call.cancellation()), commits);
			this.readLease = current;
		}
		else {
			current.lease().runs(sql);
		}
		current.use();
		return current;
	}

	void runs(@Nullable LogicalStatement statement) {
		this.running = statement;
	}

	void resultOpened(LogicalStatement statement) {
		this.openResults.add(statement);
	}

	void resultClosed(LogicalStatement statement) {
		this.openResults.remove(statement);
	}

	private void closeResults() {
		// copied, because each takes itself out of the list
		for (LogicalStatement statement : List.copyOf(this.openResults)) {
			statement.closeResultQuietly();
		}
	}

	// Transactions

	/**
	 * Ends the transaction that is open, if one is.
	 */
	private void end(boolean commit) throws SQLException {
		Lease held = this.lease;
		this.begunBySql = false;
		this.begunBySavepoint = false;
		this.savepoints.clear();
		if (held == null) {
			return;
		}
		closeResults();
		boolean ended = false;
		try {
			PhysicalConnection connection = held.connection();
			boolean open = connection.isInTransaction();
			if (commit) {
				connection.commit();
				if (open && connection.role() == ConnectionRole.WRITER) {
					this.pool.committed();
				}
			}
			else {
				connection.rollback();
			}
			if (this.session) {
				connection.setQueryOnly(false);
			}
			ended = true;
		}
		catch (SQLException ex) {
			throw commit ? commitFailed(ex) : SqlExceptions.translate(ex, null);
		}
		finally {
			if (!this.session || !ended) {
				this.session = false;
				this.lease = null;
				held.close();
			}
		}
	}

	/**
	 * What a commit that failed means. After an I/O error the commit may be in the file
	 * or not, which only a new look at the data tells.
	 */
	static SQLException commitFailed(SQLException failure) {
		SQLiteErrorCode code = ResultCodes.of(failure);
		if (code != null && ResultCodes.primary(code) == SQLiteErrorCode.SQLITE_IOERR.code) {
			return new SQLNonTransientConnectionException(
					"It is unknown whether the transaction was committed, because its commit failed with an I/O error: "
							+ failure.getMessage(),
					"08007", code.code, failure);
		}
		return SqlExceptions.translate(failure, null);
	}

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			if (autoCommit == this.autoCommit) {
				return;
			}
			if (autoCommit) {
				// as JDBC has it, also when this fails
				this.autoCommit = true;
				end(true);
				return;
			}
			if (!this.readOnly && this.dataSource.isTransactionBeginning()) {
				Call call = new Call(this.dataSource.lockTimeout(), 0);
				try {
					if (this.lease == null) {
						begin(null, call);
					}
				}
				catch (SQLException ex) {
					throw call.translate(ex, null, false);
				}
			}
			this.autoCommit = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	@Override
	public void commit() throws SQLException {
		endByCaller(true);
	}

	@Override
	public void rollback() throws SQLException {
		endByCaller(false);
	}

	private void endByCaller(boolean commit) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			if (this.autoCommit && !this.begunBySql) {
				throw new SQLNonTransientException(
						(commit ? "commit()" : "rollback()")
								+ " needs a transaction: call setAutoCommit(false) before the first statement",
						"25P01");
			}
			end(commit);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE and ROLLBACK TO that come as SQL. They
	 * do what the methods of this class do, so that there is one state and not two.
	 */
	void control(SqlStatement sql, Call call) throws SQLException {
		boolean open = this.lease != null && this.lease.connection().isInTransaction();
		switch (sql.verb()) {
			case BEGIN -> {
				if (open) {
					throw new SQLNonTransientException("BEGIN inside a transaction: it has begun already", "25001");
				}
				this.begunBySql = this.autoCommit;
				beginNow(sql.text(), call);
			}
			case COMMIT, ROLLBACK -> {
				if (!open && this.autoCommit) {
					throw new SQLNonTransientException(sql.verb() + " outside a transaction", "25P01");
				}
				end(sql.verb() == SqlStatement.Verb.COMMIT);
			}
			case SAVEPOINT -> {
				if (!open) {
					this.begunBySql = this.autoCommit;
					beginNow(sql.text(), call);
					this.begunBySavepoint = this.begunBySql;
				}
				String name = Objects.requireNonNullElse(sql.savepointName(), "");
				heldPhysical().savepoint(name);
				this.savepoints.add(new LogicalSavepoint(++this.savepointCount, name));
			}
			case RELEASE -> {
				String name = Objects.requireNonNullElse(sql.savepointName(), "");
				heldPhysical().release(name);
				forgetFrom(name, true);
				if (this.savepoints.isEmpty() && this.begunBySavepoint) {
					// releasing the outermost savepoint commits, when it began the
					// transaction
					end(true);
				}
			}
			case ROLLBACK_TO -> {
				String name = Objects.requireNonNullElse(sql.savepointName(), "");
				heldPhysical().rollbackTo(name);
				forgetFrom(name, false);
			}
			default -> throw new IllegalArgumentException(sql.verb() + " does not control a transaction");
		}
	}

	private void beginNow(String sql, Call call) throws SQLException {
		boolean begun = false;
		try {
			heldLease(sql, call);
			begun = true;
		}
		finally {
			this.begunBySql &= begun;
		}
	}

	private PhysicalConnection heldPhysical() throws SQLException {
		Lease held = this.lease;
		if (held == null) {
			throw new SQLNonTransientException("No transaction is open, so there is no savepoint", "3B001");
		}
		return held.connection();
	}

	private void forgetFrom(String name, boolean inclusive) {
		for (int i = this.savepoints.size() - 1; i >= 0; i--) {
			if (this.savepoints.get(i).sqlName().equalsIgnoreCase(name)) {
				this.savepoints.subList(inclusive ? i : i + 1, this.savepoints.size()).clear();
				return;
			}
		}
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		return setSavepoint(new LogicalSavepoint(++this.savepointCount, null));
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		return setSavepoint(new LogicalSavepoint(++this.savepointCount, name));
	}

	private Savepoint setSavepoint(LogicalSavepoint savepoint) throws SQLException {
		this.lock.lock();
		try {
			checkOpen();
			if (this.autoCommit && !this.begunBySql) {
				throw new SQLNonTransientException("A savepoint needs a transaction: call setAutoCommit(false) first",
						"25P01");
			}
			Call call = new Call(this.dataSource.lockTimeout(), 0);
			try {
				String sql = "SAVEPOINT " + savepoint.sqlName();
				Objects.requireNonNull(heldLease(sql, call)).connection().savepoint(savepoint.sqlName());
			}
			catch (SQLException ex) {
				throw call.translate(ex, null, false);
			}
			this.savepoints.add(savepoint);
			return savepoint;
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
			int index = indexOf(savepoint);
			if (index < 0) {
				throw new SQLNonTransientException("This savepoint is not one of the open transaction", "3B001");
			}
			String name = this.savepoints.get(index).sqlName();
			try {
				PhysicalConnection connection = heldPhysical();
				// SQLite means the newest of a name; what came after ours goes into it
				for (int i = this.savepoints.size() - 1; i > index; i--) {
					if (this.savepoints.get(i).sqlName().equalsIgnoreCase(name)) {
						connection.release(name);
						forgetFrom(name, true);
						i = this.savepoints.size();
					}
				}
				if (release) {
					connection.release(name);
				}
				else {
					connection.rollbackTo(name);
				}
			}
			catch (SQLException ex) {
				throw SqlExceptions.translate(ex, null);
			}
			forgetFrom(name, release);
		}
		finally {
			this.lock.unlock();
		}
	}

	// the very same: one of another connection or transaction may have the same name
	@SuppressWarnings("ReferenceEquality")
	private int indexOf(Savepoint savepoint) {
		for (int i = 0; i < this.savepoints.size(); i++) {
			if (this.savepoints.get(i) == savepoint) {
				return i;
			}
		}
		return -1;
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
			release();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void release() throws SQLException {
		this.lock.lock();
		try {
			closeResults();
			Lease held = this.lease;
			if (held == null) {
				return;
			}
			try {
				end(false);
			}
			finally {
				this.session = false;
				this.lease = null;
				held.close();
			}
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
		this.openResults.forEach(LogicalStatement::stop);
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
		this.readOnly = readOnly;
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.readOnly;
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
			Lease held = this.lease;
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
		return type.isInstance(this) || type.isAssignableFrom(org.sqlite.SQLiteConnection.class);
	}

	@Override
	public String toString() {
		return "LogicalConnection[" + (this.readOnly ? "read-only, " : "")
				+ (this.closed ? "closed" : (this.lease != null) ? "leased" : "idle") + "]";
	}

}
