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

package io.github.sqlitewal.connection;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteCommitListener;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * One connection of the driver, and the only place that knows its transaction state.
 * <p>
 * The driver's own state is never trusted: its {@code setAutoCommit(false)} flips a flag
 * before it issues BEGIN, so that a BEGIN that fails leaves a connection on which every
 * statement commits by itself (sqlite-jdbc#683), its {@code commit()} issues the next
 * BEGIN at once, and it does not see it when SQLite rolls back by itself. So the driver's
 * flag is switched off once, by configuration, and BEGIN, COMMIT, ROLLBACK and SAVEPOINT
 * are statements of our own; SQLite reports its own rollbacks through the rollback hook.
 * After an error the state is known, or the connection says that it {@linkplain #isUsable
 * must be replaced}.
 * <p>
 * Used by one thread at a time, which holds the lease; only {@link #interrupt} may be
 * called from another.
 */
public final class PhysicalConnection implements AutoCloseable {

	private static final int PROGRESS_STEPS = 1000;

	/** A longer text is made by a program, and is not likely to come again. */
	private static final int MAX_CACHED_SQL = 16_384;

	private final String name;

	private final ConnectionRole role;

	private final SQLiteConnection connection;

	private final StatementCache statements;

	private final Map<String, String> settings;

	private boolean inTransaction;

	private boolean rollingBack;

	private boolean rolledBackBySqlite;

	private long rollbacks;

	private boolean broken;

	private boolean altered;

	private @Nullable SQLException syncFailure;

	private boolean queryOnly;

	private @Nullable TimeLimit timeLimit;

	/** Keeps an interrupt from a connection of SQLite that is being freed. */
	private final ReentrantLock interruptLock = new ReentrantLock();

	private boolean closed;

	PhysicalConnection(String name, ConnectionRole role, SQLiteConnection connection, int statementCacheSize,
			Map<String, String> settings) {
		this.name = name;
		this.role = role;
		this.connection = connection;
		this.statements = new StatementCache(statementCacheSize);
		this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
		connection.getConnectionConfig().setAutoCommit(false);
		connection.addCommitListener(new SQLiteCommitListener() {

			@Override
			public void onCommit() {
			}

			@Override
			public void onRollback() {
				PhysicalConnection.this.rollbacks++;
				if (PhysicalConnection.this.inTransaction && !PhysicalConnection.this.rollingBack) {
					PhysicalConnection.this.rolledBackBySqlite = true;
				}
			}

		});
	}

	/**
	 * The name that logs and the endpoint use.
	 * @return for example {@code reader-3}
	 */
	public String name() {
		return this.name;
	}

	/**
	 * What the connection is for.
	 * @return the role
	 */
	public ConnectionRole role() {
		return this.role;
	}

	/**
	 * The pragmas as SQLite read them back when the connection was opened.
	 * @return names and values as a person reads them
	 */
	public Map<String, String> settings() {
		return this.settings;
	}

	/**
	 * The driver's connection, for what has no statement. Whoever takes it may change
	 * anything, so the caller must {@linkplain #markAltered() mark} it unless it only
	 * reads.
	 * @return the driver's connection
	 */
	public SQLiteConnection driverConnection() {
		return this.connection;
	}

	/**
	 * Begins a transaction that reads. The snapshot is taken by its first statement.
	 * @throws SQLException what SQLite said
	 */
	public void beginRead() throws SQLException {
		begin("BEGIN");
	}

	/**
	 * Begins a transaction that may write, and takes SQLite's write lock. Nothing has
	 * happened when it fails.
	 * @throws SQLException what SQLite said, a busy code when another process holds the
	 * lock
	 */
	public void beginWrite() throws SQLException {
		begin("BEGIN IMMEDIATE");
	}

	private void begin(String sql) throws SQLException {
		if (this.inTransaction) {
			throw new IllegalStateException("A transaction is open on " + this.name);
		}
		this.rolledBackBySqlite = false;
		control(sql);
		this.inTransaction = true;
	}

	/**
	 * Commits. Whatever happens, no transaction is open afterwards: one whose commit
	 * SQLite refused (a deferred foreign key, say) is rolled back.
	 * @throws TransactionRolledBackException when SQLite had rolled it back before
	 * @throws CommitUnknownException when there is no answer of SQLite, and it may be
	 * committed
	 * @throws SQLException what SQLite said to the commit
	 */
	public void commit() throws SQLException {
		if (!this.inTransaction) {
			return;
		}
		if (this.rolledBackBySqlite) {
			this.inTransaction = false;
			throw rolledBack();
		}
		boolean begun = false;
		try {
			DriverStatement statement = prepare("COMMIT");
			begun = true;
			run(statement);
			this.inTransaction = false;
		}
		catch (SQLException ex) {
			failed(ex);
			// before it was begun, the connection was closed, which rolls back
			SQLException failure = (begun && ResultCodes.of(ex) == null) ? new CommitUnknownException(ex) : ex;
			try {
				rollback();
			}
			catch (SQLException rollbackFailure) {
				failure.addSuppressed(rollbackFailure);
			}
			throw failure;
		}
	}

	/**
	 * Rolls back. No transaction is open afterwards, or the connection is not usable any
	 * more.
	 * @throws SQLException what SQLite said
	 */
	public void rollback() throws SQLException {
		if (!this.inTransaction) {
			return;
		}
		this.inTransaction = false;
		if (this.rolledBackBySqlite) {
			return;
		}
		this.rollingBack = true;
		boolean done = false;
		try {
			control("ROLLBACK");
			done = true;
		}
		finally {
			this.broken |= !done;
			this.rollingBack = false;
		}
	}

	/**
	 * Whether a transaction was begun here and not ended, even if SQLite has rolled it
	 * back meanwhile.
	 * @return whether {@link #commit} or {@link #rollback} is due
	 */
	public boolean isInTransaction() {
		return this.inTransaction;
	}

	/**
	 * Refuses to go on in a transaction that SQLite has rolled back: a statement would
	 * commit by itself.
	 * @throws TransactionRolledBackException when that is so
	 */
	public void checkTransaction() throws TransactionRolledBackException {
		if (isRolledBackBySqlite()) {
			throw rolledBack();
		}
	}

	/**
	 * Whether SQLite has rolled back, by itself, the transaction that was begun here.
	 * @return whether nothing that was done in it is stored
	 */
	public boolean isRolledBackBySqlite() {
		return this.inTransaction && this.rolledBackBySqlite;
	}

	private static TransactionRolledBackException rolledBack() {
		return new TransactionRolledBackException("SQLite has rolled this transaction back after an earlier error in"
				+ " it, and nothing that it did is stored. Call rollback() and run it again as a whole");
	}

	/**
	 * Opens a savepoint in the open transaction.
	 * @param savepoint its name
	 * @throws SQLException what SQLite said
	 */
	public void savepoint(String savepoint) throws SQLException {
		checkTransaction();
		control("SAVEPOINT " + quote(savepoint));
	}

	/**
	 * Forgets a savepoint and keeps what was done since.
	 * @param savepoint its name
	 * @throws SQLException what SQLite said
	 */
	public void release(String savepoint) throws SQLException {
		checkTransaction();
		control("RELEASE " + quote(savepoint));
	}

	/**
	 * Undoes what was done since a savepoint, which stays.
	 * @param savepoint its name
	 * @throws SQLException what SQLite said
	 */
	public void rollbackTo(String savepoint) throws SQLException {
		checkTransaction();
		this.rollbacks++;
		control("ROLLBACK TO " + quote(savepoint));
	}

	/**
	 * How often a transaction, or a part of one, was rolled back. What was read in it may
	 * not be so any more.
	 * @return the count since the connection was opened
	 */
	public long rollbacks() {
		return this.rollbacks;
	}

	/**
	 * Makes SQLite refuse writes on a connection that was opened for writing.
	 * @param queryOnly whether to refuse them
	 * @throws SQLException what SQLite said
	 */
	public void setQueryOnly(boolean queryOnly) throws SQLException {
		if (this.queryOnly != queryOnly) {
			try {
				queryForString("PRAGMA query_only=" + (queryOnly ? 1 : 0));
			}
			catch (SQLException ex) {
				failed(ex);
				throw ex;
			}
			this.queryOnly = queryOnly;
		}
	}

	private static String quote(String identifier) {
		return '"' + identifier.replace("\"", "\"\"") + '"';
	}

	private void control(String sql) throws SQLException {
		try {
			run(prepare(sql));
		}
		catch (SQLException ex) {
			failed(ex);
			throw ex;
		}
	}

	/**
	 * Runs a statement without rows by one call of the driver, under its lock. Another
	 * thread that closes the connection comes before it or after it, and not between what
	 * SQLite does and what it answers.
	 */
	private void run(DriverStatement statement) throws SQLException {
		boolean done = false;
		try {
			statement.executeUpdate();
			done = true;
		}
		finally {
			giveBack(statement, done);
		}
	}

	/**
	 * Takes a prepared statement out of the cache, or prepares it.
	 * @param sql one statement
	 * @return the statement, to be {@linkplain #giveBack given back}
	 * @throws SQLException what SQLite said to the SQL
	 */
	public DriverStatement prepare(String sql) throws SQLException {
		DriverStatement statement = this.statements.take(sql);
		return (statement != null) ? statement : new DriverStatement(this.connection, sql);
	}

	/**
	 * Gives a statement back. One that failed is closed, because the driver has closed it
	 * halfway.
	 * @param statement the statement, whose result set is closed
	 * @param reusable whether it ran without an error
	 */
	public void giveBack(DriverStatement statement, boolean reusable) {
		try {
			if (reusable && statement.sql().length() <= MAX_CACHED_SQL) {
				this.statements.put(statement);
			}
			else {
				this.statements.discard(statement);
			}
		}
		catch (SQLException ex) {
			// SQLite repeats a statement's last error when it is finalized, and the
			// statement is gone all the same
			return;
		}
	}

	/**
	 * Runs a statement that returns one value, or none, as some pragmas do.
	 * @param sql the statement
	 * @return the first column of the first row as text, or {@code null} for NULL or no
	 * row
	 * @throws SQLException what SQLite said
	 */
	public @Nullable String queryForString(String sql) throws SQLException {
		DriverStatement statement = prepare(sql);
		boolean done = false;
		try (ResultSet resultSet = statement.execute()) {
			String value = (resultSet != null && resultSet.next()) ? resultSet.getString(1) : null;
			done = true;
			return value;
		}
		finally {
			giveBack(statement, done);
		}
	}

	/**
	 * Whether the last INSERT, UPDATE or DELETE of this connection has changed rows that
	 * were not undone, itself and not by a trigger.
	 * @return whether it has, also when that cannot be found out
	 */
	public boolean hasChanged() {
		try {
			return this.connection.getDatabase().changes() > 0;
		}
		catch (SQLException ex) {
			return true;
		}
	}

	/**
	 * The columns that a statement would return, without running it.
	 * @param sql the statement
	 * @return their names, none when it returns no rows
	 * @throws SQLException what SQLite said to the SQL
	 */
	public List<String> columnNames(String sql) throws SQLException {
		// SQLite notices another connection's change of the schema when a statement runs;
		// one that is only prepared, or was before, still has the old columns
		queryForString("SELECT count(*) FROM sqlite_schema");
		DriverStatement statement = new DriverStatement(this.connection, sql);
		try {
			return statement.columnNames();
		}
		finally {
			giveBack(statement, true);
		}
	}

	/**
	 * Makes a limit run that counts the time in which SQLite works, in place of another
	 * one. Whoever calls it {@linkplain TimeLimit#pause pauses} it when SQLite is done.
	 * @param limit the limit
	 * @throws SQLException what the driver said
	 */
	public void runLimit(TimeLimit limit) throws SQLException {
		if (this.timeLimit != limit) {
			ProgressHandler.setHandler(this.connection, PROGRESS_STEPS, limit);
			this.timeLimit = limit;
		}
		limit.resume();
	}

	/**
	 * Lifts the limit of {@link #runLimit}.
	 */
	public void clearLimit() {
		if (this.timeLimit != null) {
			this.timeLimit = null;
			try {
				ProgressHandler.clearHandler(this.connection);
			}
			catch (SQLException ex) {
				this.broken = true;
			}
		}
	}

	/**
	 * Stops the statement that is running, if one is. Rolls back the transaction when
	 * that statement writes. May be called from any thread.
	 */
	public void interrupt() {
		this.interruptLock.lock();
		try {
			if (!this.closed) {
				this.connection.getDatabase().interrupt();
			}
		}
		catch (SQLException ex) {
			// the connection is closed, so nothing runs on it
			return;
		}
		finally {
			this.interruptLock.unlock();
		}
	}

	/**
	 * Tells that the state of this connection differs from its settings (a pragma, an
	 * attached database, a temporary table), so that it is replaced when it is given
	 * back.
	 */
	public void markAltered() {
		this.altered = true;
	}

	/**
	 * Tells what a statement on this connection failed with. After most errors SQLite's
	 * state is known; after those of the file or of memory it is not, and the connection
	 * is replaced when it is given back.
	 * @param failure what the driver threw
	 */
	public void failed(SQLException failure) {
		SQLiteErrorCode code = ResultCodes.of(failure);
		if (code == null) {
			return;
		}
		if (code == SQLiteErrorCode.SQLITE_IOERR_FSYNC || code == SQLiteErrorCode.SQLITE_IOERR_DIR_FSYNC) {
			this.syncFailure = failure;
		}
		switch (ResultCodes.primary(code)) {
			// INTERNAL, NOMEM, IOERR, CORRUPT, CANTOPEN, MISUSE, NOTADB
			case 2, 7, 10, 11, 14, 21, 26 -> this.broken = true;
			default -> {
				if (code == SQLiteErrorCode.SQLITE_READONLY_DBMOVED) {
					this.broken = true;
				}
			}
		}
	}

	/**
	 * What a sync of SQLite failed with, on this connection. After that the connection is
	 * replaced, and what it had written is safe no more.
	 * @return what the driver threw, {@code null} when no sync failed
	 */
	public @Nullable SQLException syncFailure() {
		return this.syncFailure;
	}

	/**
	 * Whether the connection is as it was opened and its state is known.
	 * @return {@code false} when it must be closed and replaced
	 */
	public boolean isUsable() {
		return !this.broken && !this.altered;
	}

	/**
	 * Whether an error has left SQLite's state unknown.
	 * @return whether no statement should run on it any more
	 */
	public boolean isBroken() {
		return this.broken;
	}

	/**
	 * How often a prepared statement was found in the cache.
	 * @return the count since the connection was opened
	 */
	public long statementCacheHits() {
		return this.statements.hits();
	}

	/**
	 * How often a statement had to be prepared.
	 * @return the count since the connection was opened
	 */
	public long statementCacheMisses() {
		return this.statements.misses();
	}

	/**
	 * How often a prepared statement fell out of the cache for another one.
	 * @return the count since the connection was opened
	 */
	public long statementCacheEvictions() {
		return this.statements.evictions();
	}

	@Override
	public void close() throws SQLException {
		try {
			this.statements.clear();
		}
		finally {
			// waits for the statement that runs, which may be interrupted until then
			synchronized (this.connection.getDatabase()) {
				this.interruptLock.lock();
				try {
					this.closed = true;
				}
				finally {
					this.interruptLock.unlock();
				}
				this.connection.close();
			}
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * Ends a statement of SQLite that runs for too long, from inside of it: an interrupt
	 * from another thread could hit the statement after it. The driver's own
	 * {@code setQueryTimeout} never stops a query that runs.
	 */
	public static final class TimeLimit extends ProgressHandler {

		private long remainingNanos;

		private long startNanos;

		private boolean running;

		private boolean exceeded;

		/**
		 * Creates a limit that does not run yet.
		 * @param limit how long SQLite may work
		 */
		public TimeLimit(Duration limit) {
			this.remainingNanos = limit.toNanos();
		}

		private void resume() {
			this.startNanos = System.nanoTime();
			this.running = true;
		}

		/**
		 * The caller works, and not SQLite.
		 */
		public void pause() {
			if (this.running) {
				this.remainingNanos -= System.nanoTime() - this.startNanos;
				this.running = false;
			}
		}

		/**
		 * Whether a statement was ended because of this limit.
		 * @return whether the limit was exceeded
		 */
		public boolean isExceeded() {
			return this.exceeded;
		}

		@Override
		protected int progress() {
			if (this.running && System.nanoTime() - this.startNanos > this.remainingNanos) {
				this.exceeded = true;
				return 1;
			}
			return 0;
		}

	}

}
