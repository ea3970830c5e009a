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

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.jdbc.StatementRunner.Expected;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.SqlitePool;

/**
 * Runs one batch of JDBC. Outside a transaction it is one: either all of it is stored, or
 * nothing. When an entry fails, those before it have run and the others do not.
 * <p>
 * Entries of the same SQL that follow each other share one statement of the driver. Those
 * of a {@linkplain MultiRowInsert plain INSERT} into a {@linkplain PlainTables plain
 * table} go into it many rows at a time. Two rules keep that from being seen:
 * <ul>
 * <li>A statement of many rows that fails is undone as a whole. Its rows are run again
 * one by one, in the same transaction, so that the counts, the error and what stays are
 * those of the entry that really fails.</li>
 * <li>The last row is always a statement of its own, so that {@code changes()} is 1
 * afterwards.</li>
 * </ul>
 * Made for one execution, and called with the lock of the logical connection held.
 */
final class BatchRunner {

	/**
	 * Around each statement of many rows, because SQLite does not undo all of them by
	 * itself: a wrong type in a STRICT table leaves the rows before it (SQLite 3.54.1).
	 */
	private static final String GUARD = "sqlite_wal_rows";

	private final LogicalStatement statement;

	private final LogicalConnection connection;

	private final Call call;

	private final List<BatchEntry> batch;

	private final KeyColumns keys;

	private final BatchResult result;

	/**
	 * Prepares to run a batch.
	 * @param statement whose batch it is
	 * @param call until when, and what ends it
	 * @param batch the entries, at least one
	 * @param keys the generated keys that are wanted
	 */
	BatchRunner(LogicalStatement statement, Call call, List<BatchEntry> batch, KeyColumns keys) {
		this.statement = statement;
		this.connection = statement.connection();
		this.call = call;
		this.batch = batch;
		this.keys = keys;
		this.result = new BatchResult(batch.size());
	}

	/**
	 * Runs the batch.
	 * @return the counts and the keys
	 * @throws BatchUpdateException with the counts of the entries before the one that
	 * failed
	 * @throws SQLException when the batch could not begin
	 */
	BatchResult run() throws SQLException {
		String first = this.batch.get(0).sql().text();
		try {
			Lease held = this.connection.transaction().heldLease(first, this.call);
			if (!isPlain()) {
				runEach();
			}
			else if (held != null && held.connection().isInTransaction()) {
				runAll(held);
			}
			else if (this.connection.transaction().isReadOnly() || !settings().atomic()
					|| (held != null && held.connection().role() != ConnectionRole.WRITER)) {
				runEach();
			}
			else if (held != null) {
				held.connection().setQueryOnly(false);
				runAsTransaction(held);
				this.connection.transaction().awaitDurable();
			}
			else {
				try (Lease lease = pool().acquireWriter(first, this.call.deadline(), this.call.cancellation())) {
					runAsTransaction(lease);
				}
				this.connection.transaction().awaitDurable();
			}
			return this.result;
		}
		catch (BatchUpdateException ex) {
			throw ex;
		}
		catch (SQLException ex) {
			throw this.call.translate(ex, first, false);
		}
	}

	private SqlitePool pool() {
		return this.connection.dataSource().pool();
	}

	private BatchSettings settings() {
		return this.connection.dataSource().batchSettings();
	}

	/**
	 * Whether no entry reads, or changes the transaction or the session.
	 */
	private boolean isPlain() {
		return this.batch.stream().allMatch((entry) -> entry.sql().kind() == SqlStatement.Kind.WRITE);
	}

	/**
	 * Runs each entry as if it came alone.
	 */
	private void runEach() throws BatchUpdateException {
		for (BatchEntry entry : this.batch) {
			try {
				this.call.cancellation().check();
				this.result.add(this.connection.runner()
					.run(this.statement, this.call, entry.sql(), entry.parameters(), Expected.COUNT, this.keys));
			}
			catch (SQLException ex) {
				throw this.result.failed(ex);
			}
		}
	}

	private void runAsTransaction(Lease lease) throws SQLException {
		PhysicalConnection physical = lease.connection();
		pool().beginWrite(lease, this.call.deadline(), this.call.cancellation());
		boolean done = false;
		try {
			runAll(lease);
			this.connection.runner().commit(physical);
			done = true;
		}
		finally {
			if (!done) {
				this.connection.runner().rollbackQuietly(physical);
			}
		}
	}

	/**
	 * Runs the entries in the transaction that is open.
	 */
	private void runAll(Lease lease) throws SQLException {
		PhysicalConnection physical = lease.connection();
		while (this.result.done() < this.batch.size()) {
			SqlStatement sql = this.batch.get(this.result.done()).sql();
			lease.runs(sql.text());
			try {
				if (isCounted(sql)) {
					runSame(physical, sql, endOfRun());
				}
				else {
					runOther(physical, this.batch.get(this.result.done()));
				}
			}
			catch (BatchUpdateException ex) {
				throw ex;
			}
			catch (SQLException ex) {
				throw this.result.failed(ex);
			}
		}
	}

	/**
	 * Whether all that a statement returns is the count of its rows.
	 */
	private boolean isCounted(SqlStatement sql) {
		return StatementRunner.isUpdate(sql) && !(this.keys.wanted() && sql.isInsert());
	}

	/**
	 * Where the entries of the same SQL as the next one end.
	 */
	private int endOfRun() {
		String text = this.batch.get(this.result.done()).sql().text();
		int end = this.result.done() + 1;
		while (end < this.batch.size() && this.batch.get(end).sql().text().equals(text)) {
			end++;
		}
		return end;
	}

	private void runOther(PhysicalConnection physical, BatchEntry entry) throws SQLException {
		this.call.cancellation().check();
		physical.checkTransaction();
		Expected.COUNT.check(entry.sql());
		this.result.add(this.connection.runner()
			.execute(physical, null, false, this.statement, this.call, entry.sql(), entry.parameters(), Expected.COUNT,
					this.keys));
	}

	private void runSame(PhysicalConnection physical, SqlStatement sql, int end) throws SQLException {
		MultiRowInsert insert = multiRowInsert(physical, sql, end - this.result.done());
		if (insert != null) {
			runManyRows(physical, insert, end);
		}
		runOneByOne(physical, sql.text(), end);
	}

	private @Nullable MultiRowInsert multiRowInsert(PhysicalConnection physical, SqlStatement sql, int entries) {
		// an altered connection may have a temporary table or trigger of that name
		if (!settings().rewriteInserts() || !physical.isUsable()) {
			return null;
		}
		MultiRowInsert insert = MultiRowInsert.of(sql, entries);
		if (insert == null) {
			return null;
		}
		return this.connection.dataSource().plainTables().contains(physical, insert.table()) ? insert : null;
	}

	/**
	 * Runs the entries up to the last but one by statements of many rows, as far as that
	 * goes. The rest, and those of a statement that failed, are to be run one by one.
	 * @throws BatchUpdateException when one failed and SQLite has rolled back
	 */
	private void runManyRows(PhysicalConnection physical, MultiRowInsert insert, int end) throws BatchUpdateException {
		String text = insert.text();
		DriverStatement prepared;
		try {
			prepared = physical.prepare(text);
		}
		catch (SQLException ex) {
			// what is wrong with a single row, if anything is, it will say
			return;
		}
		boolean clean = false;
		boolean guarded = false;
		this.statement.runs(physical);
		try {
			this.call.works(physical);
			while (end - this.result.done() > insert.rows()) {
				this.call.cancellation().check();
				for (int row = 0; row < insert.rows(); row++) {
					Parameters.bind(prepared, this.batch.get(this.result.done() + row).parameters(),
							row * insert.parameters(), insert.parameters(), text);
				}
				physical.savepoint(GUARD);
				guarded = true;
				prepared.executeUpdate();
				physical.release(GUARD);
				guarded = false;
				for (int row = 0; row < insert.rows(); row++) {
					this.result.add(1);
				}
			}
			clean = true;
		}
		catch (SQLException ex) {
			physical.failed(ex);
			if (guarded) {
				undo(physical, ex, insert);
			}
		}
		finally {
			this.call.rests();
			this.statement.rests();
			// many values of any size are a large one together
			StatementRunner.giveBack(physical, prepared, clean, true);
		}
	}

	private void undo(PhysicalConnection physical, SQLException failure, MultiRowInsert insert)
			throws BatchUpdateException {
		try {
			physical.rollbackTo(GUARD);
			physical.release(GUARD);
		}
		catch (SQLException ex) {
			// the transaction is gone, and with it the way to find out which one it was
			throw this.result.failed(this.call.translate(failure, insert.text(), false), insert.rows());
		}
	}

	private void runOneByOne(PhysicalConnection physical, String text, int end) throws SQLException {
		this.call.cancellation().check();
		physical.checkTransaction();
		DriverStatement prepared = StatementRunner.prepare(physical, this.call, text);
		boolean clean = false;
		boolean large = false;
		this.statement.runs(physical);
		try {
			this.call.works(physical);
			while (this.result.done() < end) {
				this.call.cancellation().check();
				large |= Parameters.bind(prepared, this.batch.get(this.result.done()).parameters(), text);
				this.result.add(prepared.executeUpdate());
			}
			clean = true;
		}
		catch (SQLException ex) {
			physical.failed(ex);
			throw this.call.translate(ex, text, false);
		}
		finally {
			this.call.rests();
			this.statement.rests();
			StatementRunner.giveBack(physical, prepared, clean, large);
		}
	}

}
