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

import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.pool.SqlitePool;

/**
 * The {@link DataSource} of a database. Its connections are logical: they cost nothing
 * and hold nothing until a statement runs, which is then routed.
 * <ul>
 * <li>A transaction on a read-only connection, and a statement outside a transaction that
 * only reads, use a reader.</li>
 * <li>Everything else uses the writer, in the order in which callers ask; a transaction
 * begins IMMEDIATE.</li>
 * </ul>
 * <p>
 * A transaction of plain JDBC code takes its connection at its first statement. One that
 * Spring manages takes the writer when it begins, see {@link WriterTransactionListener}.
 * <p>
 * Safe for use by many threads; a connection is for one thread at a time, as with any
 * pool.
 */
public final class SqliteDataSource implements DataSource {

	private final SqlitePool pool;

	private final Duration lockTimeout;

	private final BatchSettings batchSettings;

	private final String url;

	private final SqlStatements statements = new SqlStatements();

	/** What the driver says of itself and of SQLite, which never changes. */
	private final Map<Method, Object> metaData = new ConcurrentHashMap<>();

	private final PlainTables plainTables = new PlainTables();

	/** Set while a transaction manager begins a transaction that may write. */
	private final ThreadLocal<Boolean> beginning = new ThreadLocal<>();

	/**
	 * Creates the data source.
	 * @param pool the physical connections
	 * @param lockTimeout how long a call waits for one of them
	 * @param batchSettings how batches run
	 * @param url the URL that connections show
	 */
	public SqliteDataSource(SqlitePool pool, Duration lockTimeout, BatchSettings batchSettings, String url) {
		this.pool = pool;
		this.lockTimeout = lockTimeout;
		this.batchSettings = batchSettings;
		this.url = url;
	}

	@Override
	public Connection getConnection() {
		return new LogicalConnection(this);
	}

	/**
	 * A connection; SQLite has no users.
	 * @param username not used
	 * @param password not used
	 * @return a connection
	 */
	@Override
	public Connection getConnection(@Nullable String username, @Nullable String password) {
		return getConnection();
	}

	SqlitePool pool() {
		return this.pool;
	}

	Duration lockTimeout() {
		return this.lockTimeout;
	}

	BatchSettings batchSettings() {
		return this.batchSettings;
	}

	PlainTables plainTables() {
		return this.plainTables;
	}

	SqlStatements statements() {
		return this.statements;
	}

	Map<Method, Object> metaData() {
		return this.metaData;
	}

	void transactionBegins(boolean begins) {
		if (begins) {
			this.beginning.set(Boolean.TRUE);
		}
		else {
			this.beginning.remove();
		}
	}

	boolean isTransactionBeginning() {
		return this.beginning.get() != null;
	}

	@Override
	public @Nullable PrintWriter getLogWriter() {
		return null;
	}

	@Override
	public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
		throw SqlExceptions.notSupported("A log writer");
	}

	@Override
	public void setLoginTimeout(int seconds) throws SQLException {
		throw SqlExceptions.notSupported("A login timeout (see sqlite.lock-timeout)");
	}

	@Override
	public int getLoginTimeout() {
		return 0;
	}

	@Override
	public Logger getParentLogger() throws SQLFeatureNotSupportedException {
		throw SqlExceptions.notSupported("java.util.logging");
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

	@Override
	public String toString() {
		return "SqliteDataSource[" + this.url + "]";
	}

}
