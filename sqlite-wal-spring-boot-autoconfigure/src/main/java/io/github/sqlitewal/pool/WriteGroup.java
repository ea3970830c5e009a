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

package io.github.sqlitewal.pool;

import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

import io.github.sqlitewal.connection.CommitUnknownException;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;

/**
 * Runs single writes that wait in one transaction and gives each its own outcome, as if
 * it had been committed alone.
 * <ol>
 * <li>BEGIN IMMEDIATE, the only thing that waits for other processes. No write but the
 * first is taken before it, so that only the first can fail by it.</li>
 * <li>The writes, one after the other, each taken just before it runs. What a statement
 * fails with is its own: SQLite undoes that statement and keeps the transaction, so no
 * savepoints are needed (they cost 7 to 13 %). Where SQLite does not undo all of it
 * ({@link ResultCodes#leavesRows}), the transaction is rolled back here.</li>
 * <li>COMMIT, as soon as nobody waits, or somebody else's turn has come, or a bound is
 * reached.</li>
 * <li>The answers, when the writer has been given back, so that nobody who wakes up finds
 * it taken by the one who woke him.</li>
 * </ol>
 * <p>
 * Some errors roll the whole transaction back (OR ROLLBACK, a full disk, an interrupted
 * statement, a value of the wrong type). The statement that met it has its outcome then,
 * and those that had run before it are run again in their order, in a transaction that
 * takes nobody new. When that one is lost too, or its COMMIT is refused (a deferred
 * foreign key), the rest runs one by one, so that the end is never far and each error
 * reaches the one who caused it. After an I/O error in COMMIT nothing is run again,
 * because it may be stored. When a sync has failed before the COMMIT, nothing is
 * committed and nothing is run again.
 * <p>
 * A single write that nobody waits behind is left to SQLite's autocommit mode, which
 * saves two statements.
 * <p>
 * Used by one thread, which holds the writer.
 */
final class WriteGroup {

	private static final Logger logger = LoggerFactory.getLogger(WriteGroup.class);

	private final SqlitePool pool;

	private final Lease lease;

	private final WriteGroupLimits limits;

	/** In the order in which they were taken. */
	private final ArrayList<WriteRequest> requests = new ArrayList<>(1);

	/** Those that are committed and have not been told so. */
	private List<WriteRequest> committed = List.of();

	/** Of their commit. */
	private long ticket;

	/** Whether what runs now has run before. */
	private boolean startedOver;

	private boolean interrupted;

	WriteGroup(SqlitePool pool, Lease lease, WriteGroupLimits limits) {
		this.pool = pool;
		this.lease = lease;
		this.limits = limits;
	}

	/**
	 * Runs one write and nothing else.
	 * @param request the write
	 * @param deadline until when it waits for other processes
	 * @param cancellation what ends that wait from outside
	 */
	void runAlone(WriteRequest request, Deadline deadline, Cancellation cancellation) {
		this.requests.add(request);
		alone(request, deadline, cancellation);
	}

	/**
	 * Runs a write and those that wait behind it.
	 * @param first the write of this thread
	 * @param others takes the next, {@code null} when there is none
	 * @param deadline until when the first waits for other processes
	 * @param cancellation what ends that wait from outside
	 */
	void runTogether(WriteRequest first, Supplier<@Nullable WriteRequest> others, Deadline deadline,
			Cancellation cancellation) {
		this.requests.add(first);
		try {
			begin(deadline, cancellation);
		}
		catch (SQLException | RuntimeException | Error ex) {
			first.failed(ex, this.pool.commits());
			return;
		}
		Deadline end = Deadline.after(this.limits.maxTime());
		WriteRequest next = first;
		while (next != null) {
			if (!runInTransaction(next)) {
				startOver();
				return;
			}
			boolean room = this.requests.size() < this.limits.maxWrites() && !end.hasPassed();
			next = room ? take(others) : null;
		}
		if (!commit(this.requests)) {
			startOver();
		}
	}

	private @Nullable WriteRequest take(Supplier<@Nullable WriteRequest> others) {
		// what has been taken must not be lost because there is no memory for it
		this.requests.ensureCapacity(this.requests.size() + 1);
		WriteRequest next = others.get();
		if (next != null) {
			this.requests.add(next);
		}
		return next;
	}

	/**
	 * Runs a write in the open transaction.
	 * @return whether the transaction goes on; if not, the write has its outcome and the
	 * transaction is rolled back
	 */
	private boolean runInTransaction(WriteRequest request) {
		boolean sound = false;
		try {
			PhysicalConnection connection = this.lease.connection();
			boolean broken = connection.isBroken();
			this.lease.runs(request.write().sql());
			request.run(connection);
			Throwable failure = request.failure();
			if (failure == null || (failure instanceof SQLException && !ResultCodes.leavesRows(failure))) {
				// after a failure that left SQLite in an unknown state, or under the
				// hands of a database that closes, nothing can be said of the others
				sound = !connection.isRolledBackBySqlite() && (broken || !connection.isBroken())
						&& (failure == null || !this.lease.isRevoked());
			}
			if (!sound) {
				request.failed((failure != null) ? failure : rolledBack(), rollback());
			}
		}
		catch (SQLException ex) {
			// the lease was revoked
			request.failed(ex, rollback());
		}
		return sound;
	}

	private static SQLException rolledBack() {
		return new SQLTransactionRollbackException("The transaction that this statement shared with others was rolled"
				+ " back, and nothing of it is stored. Run it again", "40001");
	}

	private long rollback() {
		try {
			this.lease.connection().rollback();
		}
		catch (SQLException ex) {
			// the connection knows that it must be replaced, or is closed
			logger.debug("The transaction of a group of writes could not be rolled back", ex);
		}
		if (this.lease.isOfWriter()) {
			this.pool.rolledBack();
		}
		return this.pool.commits();
	}

	/**
	 * Counts what was committed. The session of a read-only connection, which has a
	 * reader, commits nothing.
	 * @return the ticket for {@link SqlitePool#awaitDurable}
	 */
	private long counted() {
		return this.lease.isOfWriter() ? this.pool.committed() : 0;
	}

	/**
	 * Commits what has run.
	 * @return whether every one has its outcome; if not, the transaction is rolled back
	 */
	private boolean commit(List<WriteRequest> ran) {
		if (this.pool.hasSyncFailed()) {
			refuse(ran);
			return true;
		}
		try {
			this.lease.connection().commit();
		}
		catch (SQLException | RuntimeException | Error ex) {
			// what runs next must not find this transaction
			long commits = rollback();
			if (isFateUnknown(ex)) {
				ran.forEach((request) -> request.unknown(ex, commits));
				return true;
			}
			if (ran.size() > 1) {
				return false;
			}
			WriteRequest only = ran.get(0);
			Throwable failure = only.failure();
			only.failed((failure != null) ? failure : ex, commits);
			return true;
		}
		this.committed = ran;
		this.ticket = counted();
		long commits = this.pool.commits();
		int last = ran.size() - 1;
		for (int i = 0; i <= last; i++) {
			ran.get(i).committed(commits, this.ticket, i == last);
		}
		return true;
	}

	/**
	 * Gives up what has run, because a sync has failed meanwhile and what is written now
	 * may be lost even if its own sync succeeds.
	 */
	private void refuse(List<WriteRequest> ran) {
		long commits = rollback();
		for (WriteRequest request : ran) {
			Throwable failure = request.failure();
			// each its own exception, which gets the stack of its caller
			request.failed((failure != null) ? failure : Objects.requireNonNull(this.pool.refused()), commits);
		}
	}

	/**
	 * Whether what was to be committed may be in the file, because it failed where SQLite
	 * writes, or where SQLite has no part in it.
	 */
	private static boolean isFateUnknown(Throwable failure) {
		if (!(failure instanceof SQLException) || failure instanceof CommitUnknownException) {
			return true;
		}
		if (failure instanceof WritesRefusedException) {
			// before anything ran, whatever the error was that led to it
			return false;
		}
		SQLiteErrorCode code = ResultCodes.of(failure);
		return code != null && ResultCodes.primary(code) == SQLiteErrorCode.SQLITE_IOERR.code;
	}

	/**
	 * Runs those again that have no outcome, after the transaction that they ran in was
	 * rolled back.
	 */
	private void startOver() {
		List<WriteRequest> again = this.requests.stream().filter((request) -> !request.isSettled()).toList();
		boolean lostByOne = again.size() < this.requests.size();
		this.startedOver = true;
		this.interrupted = Thread.interrupted();
		Deadline deadline = this.pool.deadline();
		try {
			// they may all be fine without the one that is gone
			if (again.size() > 1 && lostByOne && runAgainTogether(again, deadline)) {
				return;
			}
			Cancellation none = new Cancellation();
			for (WriteRequest request : again) {
				if (!request.isSettled()) {
					alone(request, deadline, none);
				}
			}
		}
		finally {
			if (this.interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private boolean runAgainTogether(List<WriteRequest> again, Deadline deadline) {
		try {
			begin(deadline, new Cancellation());
		}
		catch (SQLException | RuntimeException ex) {
			// each will get its own
			return false;
		}
		for (WriteRequest request : again) {
			if (!runInTransaction(request)) {
				return false;
			}
		}
		return commit(again);
	}

	private void alone(WriteRequest request, Deadline deadline, Cancellation cancellation) {
		try {
			PhysicalConnection connection = connection();
			this.lease.runs(request.write().sql());
			if (request.write().returnsRows()) {
				begin(deadline, cancellation);
				if (runInTransaction(request)) {
					commit(List.of(request));
				}
				return;
			}
			runInAutocommit(request, connection, deadline, cancellation);
		}
		catch (SQLException | RuntimeException | Error ex) {
			request.failed(ex, this.pool.commits());
		}
	}

	/**
	 * Runs a write in SQLite's autocommit mode, where it takes SQLite's lock before it
	 * does anything.
	 */
	private void runInAutocommit(WriteRequest request, PhysicalConnection connection, Deadline deadline,
			Cancellation cancellation) {
		try {
			Optional<SQLException> locked = untilFree(() -> {
				cancellation.check();
				try {
					request.runOrThrow(connection);
					return Optional.empty();
				}
				catch (SQLException ex) {
					if (ResultCodes.of(ex) != SQLiteErrorCode.SQLITE_LOCKED) {
						throw ex;
					}
					// an open result set of this very connection, which no wait will
					// close
					return Optional.of(ex);
				}
			}, deadline);
			long ticket = counted();
			long commits = this.pool.commits();
			locked.ifPresentOrElse((ex) -> request.failed(ex, commits), () -> request.committed(commits, ticket, true));
		}
		catch (SQLException ex) {
			countFailed(connection, ex);
			long commits = this.pool.commits();
			if (isFateUnknown(ex)) {
				request.unknown(ex, commits);
			}
			else {
				request.failed(ex, commits);
			}
		}
		catch (RuntimeException | Error ex) {
			counted();
			long commits = this.pool.commits();
			if (ex instanceof Error && request.hasBegun()) {
				// memory may have ended after the step that committed it
				request.unknown(ex, commits);
			}
			else {
				request.failed(ex, commits);
			}
		}
	}

	/**
	 * Counts a statement that failed in autocommit mode. What OR FAIL and RAISE(FAIL) did
	 * before that is committed, and durable with the next commit or when the database
	 * closes. Everything else was rolled back.
	 */
	private void countFailed(PhysicalConnection connection, SQLException failure) {
		if (isFateUnknown(failure) || mayBeCommitted(connection, failure)) {
			counted();
		}
		else if (this.lease.isOfWriter()) {
			this.pool.rolledBack();
		}
	}

	private static boolean mayBeCommitted(PhysicalConnection connection, SQLException failure) {
		SQLiteErrorCode code = ResultCodes.of(failure);
		if (code == null || ResultCodes.primary(code) != SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
			return false;
		}
		// the rows that a trigger writes are not among the changes
		return code == SQLiteErrorCode.SQLITE_CONSTRAINT_TRIGGER || connection.hasChanged();
	}

	private void begin(Deadline deadline, Cancellation cancellation) throws SQLException {
		PhysicalConnection connection = connection();
		untilFree(() -> {
			cancellation.check();
			connection.beginWrite();
			return true;
		}, deadline);
	}

	private <T> T untilFree(BusyRetry.Attempt<T> attempt, Deadline deadline) throws SQLException {
		while (true) {
			try {
				return this.pool.untilFree(attempt, deadline);
			}
			catch (SQLException ex) {
				// an interrupt means the call of this thread, and not those of the others
				if (!this.startedOver || deadline.hasPassed() || !ResultCodes.isBusy(ex) || !Thread.interrupted()) {
					throw ex;
				}
				this.interrupted = true;
			}
		}
	}

	/**
	 * The writer, opened anew when an error has left the other one in an unknown state.
	 */
	private PhysicalConnection connection() throws SQLException {
		PhysicalConnection connection = this.lease.connection();
		return (this.startedOver && connection.isBroken()) ? this.pool.replaceWriter(this.lease) : connection;
	}

	/**
	 * Answers all that were taken. To be called when the writer has been given back, and
	 * whatever happened.
	 */
	void answer() {
		for (WriteRequest request : this.requests) {
			try {
				if (!request.isSettled()) {
					died(request);
				}
				request.answer();
			}
			catch (RuntimeException | Error ex) {
				logger.warn("{} failed", request.getClass().getName(), ex);
			}
		}
	}

	/**
	 * Settles a request whose thread died under an error of the virtual machine.
	 */
	private void died(WriteRequest request) {
		long commits = this.pool.commits();
		if (this.committed.contains(request)) {
			request.committed(commits, this.ticket, false);
		}
		else {
			request.failed(rolledBack(), commits);
		}
	}

	int size() {
		return this.requests.size();
	}

}
