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
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.PhysicalConnection.TimeLimit;
import io.github.sqlitewal.pool.Cancellation;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LockTimeoutException;

/**
 * One execution of a statement: until when it may wait, how long SQLite may work for it,
 * and what ends it from outside.
 */
final class Call {

	/** The deadline of a call that is being repeated on this thread. */
	private static final ThreadLocal<Outer> OUTER = new ThreadLocal<>();

	private final Deadline deadline;

	private final @Nullable Duration queryTimeout;

	private final @Nullable TimeLimit limit;

	private final Cancellation cancellation = new Cancellation();

	private @Nullable Lease lease;

	/**
	 * Creates a call.
	 * @param lockTimeout how long it may wait for a lease
	 * @param queryTimeoutSeconds the timeout of the statement, zero for none; it also
	 * bounds the wait
	 */
	Call(Duration lockTimeout, int queryTimeoutSeconds) {
		this.queryTimeout = (queryTimeoutSeconds > 0) ? Duration.ofSeconds(queryTimeoutSeconds) : null;
		this.limit = (this.queryTimeout != null) ? new TimeLimit(this.queryTimeout) : null;
		boolean shorter = this.queryTimeout != null && this.queryTimeout.compareTo(lockTimeout) < 0;
		Outer limit = OUTER.get();
		Deadline outer = (limit != null) ? limit.deadline() : null;
		Deadline own = Deadline.after((shorter && this.queryTimeout != null) ? this.queryTimeout : lockTimeout);
		this.deadline = (outer != null && outer.remainingNanos() < own.remainingNanos()) ? outer : own;
	}

	/**
	 * Runs something whose calls all end by one deadline: what repeats a call must not
	 * give it the whole lock timeout again.
	 * @param deadline the deadline
	 * @param action what to run
	 * @return what it returned
	 * @throws E what it threw
	 */
	static <T extends @Nullable Object, E extends Exception> T until(Deadline deadline, Action<T, E> action) throws E {
		return until(new Outer(deadline, false), action);
	}

	/**
	 * Runs something whose calls end by one deadline until one of them has the writer.
	 * @param deadline the deadline
	 * @param action what to run
	 * @return what it returned
	 * @throws E what it threw
	 */
	static <T extends @Nullable Object, E extends Exception> T untilBegun(Deadline deadline, Action<T, E> action)
			throws E {
		return until(new Outer(deadline, true), action);
	}

	private static <T extends @Nullable Object, E extends Exception> T until(Outer outer, Action<T, E> action)
			throws E {
		Outer before = OUTER.get();
		OUTER.set(outer);
		try {
			return action.run();
		}
		finally {
			if (before != null) {
				OUTER.set(before);
			}
			else {
				OUTER.remove();
			}
		}
	}

	Deadline deadline() {
		return this.deadline;
	}

	Cancellation cancellation() {
		return this.cancellation;
	}

	/**
	 * The call has a connection.
	 * @param lease its lease
	 */
	void uses(Lease lease) {
		this.lease = lease;
		if (lease.isOfWriter()) {
			Outer outer = OUTER.get();
			if (outer != null && outer.untilBegun()) {
				OUTER.remove();
			}
		}
	}

	/**
	 * Refuses to go on when the connection was taken away.
	 * @throws SQLException why it was
	 */
	void checkNotRevoked() throws SQLException {
		if (this.lease != null) {
			this.lease.checkNotRevoked();
		}
	}

	/**
	 * What a failure on the connection really was.
	 * @param failure what was thrown
	 * @return why the connection was taken away, or the failure when it was not
	 */
	SQLException explain(SQLException failure) {
		return (this.lease != null) ? this.lease.explain(failure) : failure;
	}

	/**
	 * SQLite begins to work for this call.
	 * @param connection where
	 * @throws SQLException what the driver said
	 */
	void works(PhysicalConnection connection) throws SQLException {
		if (this.limit != null) {
			connection.runLimit(this.limit);
		}
	}

	/**
	 * SQLite has stopped to work for this call.
	 */
	void rests() {
		if (this.limit != null) {
			this.limit.pause();
		}
	}

	/**
	 * What the caller is told when SQLite, or a wait, failed.
	 * @param failure what was thrown
	 * @param sql the statement
	 * @param preparing whether it had not begun to run
	 * @return a standard exception
	 */
	SQLException translate(SQLException failure, @Nullable String sql, boolean preparing) {
		SQLException explained = explain(failure);
		if (explained != failure) {
			return explained;
		}
		boolean exceeded = this.limit != null && this.limit.isExceeded();
		if (this.queryTimeout != null && (exceeded || (failure instanceof io.github.sqlitewal.pool.LockTimeoutException
				&& this.deadline.hasPassed() && this.deadline.timeout().equals(this.queryTimeout)))) {
			return SqlExceptions.timeout(failure, this.queryTimeout, sql);
		}
		return SqlExceptions.translate(failure, sql, preparing);
	}

	/**
	 * The deadline of all calls.
	 *
	 * @param untilBegun whether it ends when one of them has the writer
	 */
	private record Outer(Deadline deadline, boolean untilBegun) {
	}

	/**
	 * What runs by a deadline.
	 *
	 * @param <T> what it returns
	 * @param <E> what it throws
	 */
	@FunctionalInterface
	interface Action<T extends @Nullable Object, E extends Exception> {

		T run() throws E;

	}

}
