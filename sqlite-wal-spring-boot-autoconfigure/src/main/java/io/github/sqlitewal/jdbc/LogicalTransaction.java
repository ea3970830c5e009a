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

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

import io.github.sqlitewal.connection.CommitUnknownException;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WritesRefusedException;

/**
 * What a logical connection holds, and the state of its transaction: the lease of the
 * transaction that is open, or of the session after the physical connection was changed,
 * the reader of open result sets, and the savepoints.
 * <p>
 * Called with the lock of the logical connection held, but for
 * {@link OpenResults#stop()}.
 */
final class LogicalTransaction {

	private final SqlitePool pool;

	private final Duration lockTimeout;

	private final OpenResults openResults;

	private final List<LogicalSavepoint> savepoints = new ArrayList<>();

	private boolean autoCommit = true;

	// read by observers of the connection without the lock
	private volatile boolean readOnly;

	private int savepointCount;

	/** Held while a transaction is open or the physical connection was altered. */
	private volatile @Nullable Lease lease;

	private boolean session;

	/** A transaction that was begun by SQL, while autoCommit is on. */
	private boolean begunBySql;

	/** By a SAVEPOINT, so that its release commits. */
	private boolean begunBySavepoint;

	private @Nullable ReadLease readLease;

	/** The count of commits after the last row that was inserted, -1 before. */
	private long lastInsert = -1;

	/**
	 * Of the last transaction that was committed, for {@link SqlitePool#awaitDurable}.
	 */
	private long ticket;

	LogicalTransaction(SqlitePool pool, Duration lockTimeout, OpenResults openResults) {
		this.pool = pool;
		this.lockTimeout = lockTimeout;
		this.openResults = openResults;
	}

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
		call.uses(held);
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
		Lease begun = acquire(sql, call);
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

	private Lease acquire(@Nullable String sql, Call call) throws SQLException {
		Lease acquired = this.readOnly
				? this.pool.acquireReader(sql, call.deadline(), call.cancellation(), this.openResults)
				: this.pool.acquireWriter(sql, call.deadline(), call.cancellation(), this.openResults);
		call.uses(acquired);
		return acquired;
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
		Lease opened = acquire(sql, call);
		this.lease = opened;
		this.session = true;
		return opened;
	}

	/**
	 * Keeps the connection of the transaction beyond its end, because its state was
	 * changed.
	 */
	void keepSession() {
		this.session = true;
	}

	/**
	 * Tells that a transaction of this connection was committed on the writer.
	 */
	void committed() {
		this.ticket = this.pool.committed();
	}

	/**
	 * Tells that a transaction of this connection was rolled back on the writer.
	 */
	void rolledBack() {
		this.pool.rolledBack();
	}

	/**
	 * Tells that the last thing in a commit was a new row of this connection.
	 * @param commits the count of commits right after it
	 */
	void inserted(long commits) {
		this.lastInsert = commits;
	}

	/**
	 * Waits until the last transaction that this connection committed is as durable as it
	 * is to be. Called when the writer has been given back, unless it is kept for a
	 * session.
	 */
	void awaitDurable() throws SQLException {
		this.pool.awaitDurable(this.ticket);
	}

	/**
	 * Whether nobody of this process, this connection included, has committed anything
	 * since this connection inserted a row.
	 */
	boolean insertedLast() {
		return this.lastInsert == this.pool.commits();
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
			current = new ReadLease(
					this.pool.acquireReader(sql, call.deadline(), call.cancellation(), this.openResults), commits);
			this.readLease = current;
		}
		else {
			current.lease().runs(sql);
		}
		call.uses(current.lease());
		current.use();
		return current;
	}

	OpenResults openResults() {
		return this.openResults;
	}

	boolean isAutoCommit() {
		return this.autoCommit;
	}

	/**
	 * Switches autoCommit.
	 * @param autoCommit whether each statement is a transaction of its own
	 * @param beginNow whether a transaction that may write begins at once, and not with
	 * its first statement
	 */
	void setAutoCommit(boolean autoCommit, boolean beginNow) throws SQLException {
		if (autoCommit == this.autoCommit) {
			return;
		}
		if (autoCommit) {
			// as JDBC has it, also when this fails
			this.autoCommit = true;
			end(true);
			return;
		}
		if (beginNow && !this.readOnly && this.lease == null) {
			Call call = new Call(this.lockTimeout, 0);
			try {
				begin(null, call);
			}
			catch (SQLException ex) {
				throw call.translate(ex, null, false);
			}
		}
		this.autoCommit = false;
		this.begunBySql = false;
		this.begunBySavepoint = false;
	}

	boolean isReadOnly() {
		return this.readOnly;
	}

	void setReadOnly(boolean readOnly) {
		this.readOnly = readOnly;
	}

	/**
	 * Commits or rolls back as the caller of JDBC says.
	 */
	void endByCaller(boolean commit) throws SQLException {
		requireTransaction(commit ? "commit()" : "rollback()");
		end(commit);
	}

	private void requireTransaction(String what) throws SQLException {
		if (this.autoCommit && !this.begunBySql) {
			throw new SQLNonTransientException(
					what + " needs a transaction: call setAutoCommit(false) before the first statement", "25P01");
		}
	}

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
		this.openResults.close();
		if (!commit && held.isRevoked()) {
			// it was rolled back when its connection was taken away
			this.session = false;
			this.lease = null;
			held.close();
			return;
		}
		boolean ended = false;
		boolean wrote = false;
		try {
			PhysicalConnection connection = held.connection();
			boolean writing = connection.isInTransaction() && connection.role() == ConnectionRole.WRITER;
			try {
				if (commit) {
					if (writing) {
						this.pool.requireWritable();
					}
					connection.commit();
					if (writing) {
						committed();
						wrote = true;
					}
				}
				else {
					connection.rollback();
				}
			}
			finally {
				if (writing && !wrote) {
					rolledBack();
				}
			}
			if (this.session) {
				connection.setQueryOnly(false);
			}
			ended = true;
		}
		catch (SQLException ex) {
			SQLException failure = held.explain(ex);
			throw commit ? commitFailed(failure) : SqlExceptions.translate(failure, null);
		}
		finally {
			if (!this.session || !ended) {
				this.session = false;
				this.lease = null;
				held.close();
			}
		}
		if (wrote) {
			awaitDurable();
		}
	}

	/**
	 * What a commit that failed means. After an I/O error, or without an answer of
	 * SQLite, the commit may be in the file or not, which only a new look at the data
	 * tells.
	 */
	static SQLException commitFailed(SQLException failure) {
		if (failure instanceof WritesRefusedException) {
			// before the commit, whatever the error was that led to it
			return failure;
		}
		SQLiteErrorCode code = ResultCodes.of(failure);
		if (failure instanceof CommitUnknownException
				|| (code != null && ResultCodes.primary(code) == SQLiteErrorCode.SQLITE_IOERR.code)) {
			return commitUnknown(failure);
		}
		return SqlExceptions.translate(failure, null);
	}

	static SQLException commitUnknown(Throwable failure) {
		SQLiteErrorCode code = ResultCodes.of(failure);
		String why = (code != null) ? "an I/O error: " : "";
		return new SQLNonTransientConnectionException(
				"It is unknown whether the transaction was committed, because its commit failed with " + why
						+ failure.getMessage(),
				"08007", (code != null) ? code.code : 0, failure);
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

	/**
	 * Sets a savepoint.
	 * @param name its name, {@code null} for one with a number
	 */
	Savepoint setSavepoint(@Nullable String name) throws SQLException {
		requireTransaction("A savepoint");
		LogicalSavepoint savepoint = new LogicalSavepoint(++this.savepointCount, name);
		Call call = new Call(this.lockTimeout, 0);
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

	/**
	 * Releases a savepoint, or rolls back to it.
	 */
	void toSavepoint(Savepoint savepoint, boolean release) throws SQLException {
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

	/**
	 * Gives back whatever is held, and rolls back what is not committed.
	 */
	void release() throws SQLException {
		this.openResults.close();
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

}
