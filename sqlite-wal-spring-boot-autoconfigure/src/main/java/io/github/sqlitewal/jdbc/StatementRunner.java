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
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriteOutcome;

/**
 * Runs the statements of one logical connection where they belong.
 * <ol>
 * <li>In a transaction, or after the connection's physical state was changed: on the
 * connection that is held.</li>
 * <li>Outside, a statement that only reads: on a reader, which is held until the result
 * set is closed. A statement that turns out to write after all fails there, because
 * readers are opened read-only, and is run again by the next rule.</li>
 * <li>Outside, everything else: as a {@link SingleStatement} on the writer, by whoever
 * holds it, committed before the call returns. Rows that it returns are read into memory
 * first, so that nobody waits for a result set that stays open, and an error of the
 * commit is not swallowed by a close.</li>
 * </ol>
 * Called with the lock of the logical connection held, but for {@link #runInMemory}.
 */
final class StatementRunner {

	private final LogicalConnection connection;

	private final LogicalTransaction transaction;

	StatementRunner(LogicalConnection connection, LogicalTransaction transaction) {
		this.connection = connection;
		this.transaction = transaction;
	}

	/**
	 * Runs a statement.
	 * @param statement whose result it is
	 * @param call until when, and what ends it
	 * @param sql what to run
	 * @param parameters its parameters
	 * @param expected what the caller has a use for
	 * @param keys the generated keys that are wanted
	 * @return the result
	 * @throws SQLException a standard exception
	 */
	Result run(LogicalStatement statement, Call call, SqlStatement sql, @Nullable Object[] parameters,
			Expected expected, KeyColumns keys) throws SQLException {
		expected.check(sql);
		if (sql.isEmpty()) {
			expected.checkRows(false);
			return Result.count(0);
		}
		try {
			if (sql.kind() == SqlStatement.Kind.TRANSACTION) {
				this.transaction.control(sql, call);
				return Result.count(0);
			}
			Lease held = this.transaction.heldLease(sql.text(), call);
			if (held == null && sql.kind() == SqlStatement.Kind.SESSION && !pool().isMemory()) {
				return runOpeningSession(statement, call, sql, parameters, expected, keys);
			}
			if (held != null) {
				return runHeld(held, statement, call, sql, parameters, expected, keys);
			}
			if (sql.readsLastWrite() && !this.transaction.isReadOnly()) {
				return runOnLastWrite(statement, call, sql, parameters, expected);
			}
			if (sql.kind() == SqlStatement.Kind.READ || this.transaction.isReadOnly()) {
				return runReading(statement, call, sql, parameters, expected);
			}
			return runWriting(statement, call, sql, parameters, expected, keys);
		}
		catch (SQLException ex) {
			throw call.translate(ex, sql.text(), false);
		}
	}

	private SqlitePool pool() {
		return this.connection.dataSource().pool();
	}

	private Result runOpeningSession(LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected, KeyColumns keys) throws SQLException {
		Lease opened = this.transaction.openSession(sql.text(), call);
		boolean done = false;
		try {
			Result result = runHeld(opened, statement, call, sql, parameters, expected, keys);
			done = true;
			return result;
		}
		finally {
			if (!done) {
				this.transaction.closeSession();
			}
		}
	}

	private Result runHeld(Lease lease, LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected, KeyColumns keys) throws SQLException {
		PhysicalConnection physical = lease.connection();
		if (sql.kind() == SqlStatement.Kind.SESSION) {
			physical.markAltered();
		}
		if (!physical.isInTransaction()) {
			physical.setQueryOnly(this.transaction.isReadOnly() && physical.role() == ConnectionRole.WRITER
					&& sql.kind() != SqlStatement.Kind.SESSION);
		}
		if (physical.isInTransaction() || sql.kind() == SqlStatement.Kind.READ) {
			Result result = execute(physical, null, false, statement, call, sql, parameters, expected, keys);
			if (sql.kind() == SqlStatement.Kind.SESSION && !"defer_foreign_keys".equals(sql.pragmaName())) {
				this.transaction.keepSession();
			}
			return result;
		}
		return autoCommit(lease, statement, call, sql, parameters, expected, keys);
	}

	private Result runReading(LogicalStatement statement, Call call, SqlStatement sql, @Nullable Object[] parameters,
			Expected expected) throws SQLException {
		ReadLease lease = this.transaction.readLease(sql.text(), call);
		boolean open = false;
		try {
			boolean queryOnly = pool().isMemory() && this.transaction.isReadOnly();
			if (queryOnly) {
				lease.lease().connection().setQueryOnly(true);
			}
			Result result = execute(lease.lease().connection(), lease, pool().isMemory(), statement, call, sql,
					parameters, expected, KeyColumns.NONE);
			open = result.resultSet() instanceof LeasedResultSet;
			return result;
		}
		catch (SQLException ex) {
			if (this.transaction.isReadOnly() || !isRefusedWrite(ex)) {
				throw ex;
			}
		}
		finally {
			if (!open) {
				lease.release();
			}
		}
		return runWriting(statement, call, sql, parameters, expected, KeyColumns.NONE);
	}

	/**
	 * Runs a query for {@code last_insert_rowid()} or {@code changes()} where they have a
	 * meaning: on the writer, as long as its last statement was an INSERT of this
	 * connection. After anything else the row id may be that of another one's row.
	 */
	private Result runOnLastWrite(LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected) throws SQLException {
		try (Lease lease = pool().acquireWriter(sql.text(), call.deadline(), call.cancellation())) {
			if (!this.transaction.insertedLast()) {
				throw new SQLNonTransientException("Outside a transaction, last_insert_rowid() and changes() are"
						+ " answered right after an INSERT of this connection only; ask for generated keys or use"
						+ " RETURNING, or run both statements in one transaction", "55000");
			}
			return execute(lease.connection(), null, true, statement, call, sql, parameters, expected, KeyColumns.NONE);
		}
	}

	private static boolean isRefusedWrite(SQLException failure) {
		return ResultCodes.of(failure) == SQLiteErrorCode.SQLITE_READONLY;
	}

	private Result runWriting(LogicalStatement statement, Call call, SqlStatement sql, @Nullable Object[] parameters,
			Expected expected, KeyColumns keys) throws SQLException {
		SingleStatement single = new SingleStatement(this, statement, call, sql, parameters, expected, keys);
		return result(single, pool().write(single, call.deadline(), call.cancellation()));
	}

	/**
	 * Runs a statement on a writer that is held outside a transaction, and commits it.
	 */
	private Result autoCommit(Lease lease, LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected, KeyColumns keys) throws SQLException {
		SingleStatement single = new SingleStatement(this, statement, call, sql, parameters, expected, keys);
		return result(single, pool().write(lease, single, call.deadline(), call.cancellation()));
	}

	/**
	 * What a single write has come to, when it is as durable as it is to be. The writer
	 * has been given back, unless it is kept for a session.
	 */
	private Result result(SingleStatement single, WriteOutcome outcome) throws SQLException {
		if (single.hasInsertedLast(outcome)) {
			this.transaction.inserted(outcome.commits());
		}
		Result result = single.result(outcome);
		pool().awaitDurable(outcome.ticket());
		return result;
	}

	/**
	 * Runs a statement without the lock of the logical connection, on whatever thread
	 * holds the writer.
	 */
	Result runInMemory(PhysicalConnection physical, LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected, KeyColumns keys) throws SQLException {
		return execute(physical, null, true, statement, call, sql, parameters, expected, keys);
	}

	void commit(PhysicalConnection physical) throws SQLException {
		pool().requireWritable();
		try {
			physical.commit();
		}
		catch (SQLException ex) {
			throw LogicalTransaction.commitFailed(ex);
		}
		this.transaction.committed();
	}

	void rollbackQuietly(PhysicalConnection physical) {
		this.transaction.rolledBack();
		try {
			physical.rollback();
		}
		catch (SQLException ex) {
			// the failure that led here is the one to report; the connection knows that
			// it must be replaced
			return;
		}
	}

	/**
	 * Runs a statement on a physical connection.
	 * @param lease the reader's lease, to be released when the result set is closed
	 * @param inMemory whether its rows are read at once, because the connection must not
	 * wait for a result set that stays open
	 */
	Result execute(PhysicalConnection physical, @Nullable ReadLease lease, boolean inMemory, LogicalStatement statement,
			Call call, SqlStatement sql, @Nullable Object[] parameters, Expected expected, KeyColumns keys)
			throws SQLException {
		if (keys.wanted() && sql.isInsert() && !sql.hasReturning()) {
			return executeForKeys(physical, statement, call, sql, parameters, keys);
		}
		String text = sql.text();
		DriverStatement prepared = prepare(physical, call, text);
		boolean open = false;
		boolean clean = false;
		boolean large = false;
		statement.runs(physical);
		try {
			// a cancellation before runs() found nothing to interrupt
			call.cancellation().check();
			large = Parameters.bind(prepared, parameters, text);
			call.works(physical);
			if (isUpdate(sql)) {
				long count = prepared.executeUpdate();
				clean = true;
				return Result.count(count);
			}
			// rows that the caller has asked for; not the keys of an INSERT, by which its
			// rows are counted
			ResultSet rows = prepared.execute((expected != Expected.KEYS) ? statement.maxRows() : 0);
			if (rows == null) {
				clean = true;
				expected.checkRows(false);
				return Result.count(0);
			}
			if (expected == Expected.COUNT) {
				rows.close();
				clean = true;
				return Result.count(0);
			}
			if (inMemory) {
				RowsResultSet result = RowsResultSet.readAll(statement, rows);
				rows.close();
				clean = true;
				return Result.rows(result);
			}
			OpenCursor cursor = new OpenCursor(statement, physical, lease, prepared, large);
			LeasedResultSet result = new LeasedResultSet(statement, rows, new OpenResult(cursor, statement, call));
			this.transaction.openResults().add(cursor);
			open = true;
			return Result.rows(result);
		}
		catch (SQLException ex) {
			physical.failed(ex);
			throw call.translate(ex, text, false);
		}
		finally {
			call.rests();
			statement.rests();
			if (!open) {
				giveBack(physical, prepared, clean, large);
			}
		}
	}

	static DriverStatement prepare(PhysicalConnection physical, Call call, String text) throws SQLException {
		try {
			return physical.prepare(text);
		}
		catch (SQLException ex) {
			physical.failed(ex);
			throw call.translate(ex, text, true);
		}
	}

	static void giveBack(PhysicalConnection physical, DriverStatement prepared, boolean clean, boolean large) {
		boolean reusable = clean;
		if (clean && large) {
			try {
				prepared.clearParameters();
			}
			catch (SQLException ex) {
				reusable = false;
			}
		}
		physical.giveBack(prepared, reusable);
	}

	/**
	 * Runs an INSERT with a RETURNING clause for its keys. Where SQLite refuses the
	 * clause, the table has no row ids and so no keys.
	 */
	private Result executeForKeys(PhysicalConnection physical, LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, KeyColumns keys) throws SQLException {
		SqlStatement returning = this.connection.dataSource().statements().get(sql.withReturning(keys.returning()));
		if (keys.names().isEmpty() && !isAccepted(physical, returning.text())) {
			Result result = execute(physical, null, true, statement, call, sql, parameters, Expected.COUNT,
					KeyColumns.NONE);
			return new Result(null, result.updateCount(),
					new RowsResultSet(statement, List.of(KeyColumns.ROWID_LABEL), List.of()));
		}
		Result result = execute(physical, null, true, statement, call, returning, parameters, Expected.KEYS,
				KeyColumns.NONE);
		RowsResultSet rows = (RowsResultSet) result.resultSet();
		if (rows == null) {
			return new Result(null, 0, null);
		}
		return new Result(null, rows.rows().size(), withRowids(physical, statement, rows));
	}

	private static boolean isAccepted(PhysicalConnection physical, String sql) {
		try {
			physical.giveBack(physical.prepare(sql), true);
			return true;
		}
		catch (SQLException ex) {
			// what is wrong with the statement itself, it will say
			return false;
		}
	}

	/**
	 * A virtual table (FTS5) gives its row id when the row is written, after RETURNING
	 * has seen -1. Only that of the last row can be known then.
	 */
	private static RowsResultSet withRowids(PhysicalConnection physical, LogicalStatement statement, RowsResultSet rows)
			throws SQLException {
		int rowid = KeyColumns.rowidColumn(rows.columnNames());
		if (rowid < 0 || rows.rows().isEmpty()) {
			return rows;
		}
		@Nullable Object[] last = rows.rows().get(rows.rows().size() - 1);
		if (!Integer.valueOf(-1).equals(last[rowid])) {
			return rows;
		}
		String key = physical.queryForString("SELECT last_insert_rowid()");
		if (key == null || key.equals("-1")) {
			return rows;
		}
		last[rowid] = Long.valueOf(key);
		List<@Nullable Object[]> known = new ArrayList<>();
		known.add(last);
		return new RowsResultSet(statement, rows.columnNames(), known);
	}

	static boolean isUpdate(SqlStatement sql) {
		return switch (sql.verb()) {
			case INSERT, REPLACE, UPDATE, DELETE -> !sql.hasReturning();
			default -> false;
		};
	}

	/**
	 * Calls something that only reads on the connection that is held, or on a reader.
	 */
	<T> T onReader(String what, Read<T> read) throws SQLException {
		return onReader(what, 0, read);
	}

	<T> T onReader(String what, int timeoutSeconds, Read<T> read) throws SQLException {
		Call call = new Call(this.connection.dataSource().lockTimeout(), timeoutSeconds);
		this.connection.lock.lock();
		try {
			this.connection.checkOpen();
			// a question about the connection or a statement begins no transaction
			Lease held = this.transaction.currentLease();
			if (held != null) {
				call.uses(held);
				return from(held.connection(), read);
			}
			ReadLease lease = this.transaction.readLease(what, call);
			try {
				return from(lease.lease().connection(), read);
			}
			finally {
				lease.release();
			}
		}
		catch (SQLException ex) {
			throw call.translate(ex, what, true);
		}
		finally {
			this.connection.lock.unlock();
		}
	}

	private static <T> T from(PhysicalConnection physical, Read<T> read) throws SQLException {
		try {
			return read.from(physical);
		}
		catch (SQLException ex) {
			physical.failed(ex);
			throw ex;
		}
	}

	/**
	 * Something that reads.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	interface Read<T> {

		T from(PhysicalConnection connection) throws SQLException;

	}

	/**
	 * What a caller has a use for.
	 */
	enum Expected {

		ROWS, COUNT, KEYS, ANYTHING;

		/**
		 * Refuses before the statement runs what the driver refuses after.
		 */
		void check(SqlStatement sql) throws SQLException {
			boolean rows = switch (sql.verb()) {
				case SELECT, VALUES, EXPLAIN -> true;
				default -> sql.hasReturning();
			};
			if (this == COUNT && rows) {
				throw new SQLNonTransientException(
						"This statement returns rows; use executeQuery() or execute() [SQL: " + sql.text() + "]",
						"0100E");
			}
			// what a pragma returns, only SQLite knows; what is no SQL is its to say too
			if (this == ROWS && !rows && sql.verb() != SqlStatement.Verb.PRAGMA
					&& sql.verb() != SqlStatement.Verb.OTHER) {
				checkRows(false);
			}
		}

		void checkRows(boolean rows) throws SQLException {
			if (this == ROWS && !rows) {
				throw new SQLNonTransientException("This statement returns no rows; use executeUpdate() or execute()",
						"02000");
			}
		}

	}

	/**
	 * What a statement returned.
	 *
	 * @param resultSet its rows, {@code null} when it has none
	 * @param updateCount how many rows it changed
	 * @param keys the generated keys, {@code null} when none were wanted
	 */
	record Result(@Nullable ReadOnlyResultSet resultSet, long updateCount, @Nullable RowsResultSet keys) {

		static Result count(long updateCount) {
			return new Result(null, updateCount, null);
		}

		static Result rows(ReadOnlyResultSet resultSet) {
			return new Result(resultSet, -1, null);
		}

		/**
		 * How many rows were changed, or returned, as far as they are known.
		 */
		long rowCount() {
			return (this.resultSet instanceof RowsResultSet rows) ? rows.rows().size() : this.updateCount;
		}

	}

	/**
	 * Ends what an open result set holds.
	 */
	private static final class OpenResult implements LeasedResultSet.Hooks {

		private final OpenCursor cursor;

		private final LogicalStatement statement;

		private final Call call;

		private boolean failed;

		private OpenResult(OpenCursor cursor, LogicalStatement statement, Call call) {
			this.cursor = cursor;
			this.statement = statement;
			this.call = call;
		}

		@Override
		public void beforeNext() throws SQLException {
			this.call.cancellation().check();
			this.call.checkNotRevoked();
			PhysicalConnection physical = this.cursor.physical();
			this.call.works(physical);
			this.statement.runs(physical);
		}

		@Override
		public void afterNext() {
			this.statement.rests();
			this.call.rests();
		}

		@Override
		public SQLException explain(SQLException failure) {
			return this.call.explain(failure);
		}

		@Override
		public SQLException failed(SQLException ex) {
			this.failed = true;
			this.cursor.physical().failed(ex);
			return this.call.translate(ex, this.cursor.text(), false);
		}

		@Override
		public void closed(LeasedResultSet resultSet) throws SQLException {
			LogicalConnection connection = this.statement.connection();
			connection.lock.lock();
			try {
				// another thread may be in next(): it must not find the statement at work
				// for somebody else, so that one is closed and not used again
				boolean reusable = !this.failed && resultSet.isReadBy(Thread.currentThread());
				this.cursor.closeStatement(reusable);
				connection.transaction().openResults().remove(this.cursor);
				this.statement.completed(resultSet);
				this.cursor.releaseLease();
			}
			finally {
				connection.lock.unlock();
			}
		}

	}

}
