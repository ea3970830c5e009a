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
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.jdbc.StatementRunner.Expected;
import io.github.sqlitewal.jdbc.StatementRunner.Result;
import io.github.sqlitewal.pool.SingleWrite;
import io.github.sqlitewal.pool.WriteOutcome;

/**
 * A writing statement outside a transaction as a value, which whoever holds the writer
 * may run. The lock of its logical connection is held by the caller all the while, so
 * nothing here takes it: rows are read into memory at once, and what the connection has
 * to remember is told by the caller when the answer is there.
 */
final class SingleStatement implements SingleWrite {

	private final StatementRunner runner;

	private final LogicalStatement statement;

	private final Call call;

	private final SqlStatement sql;

	private final @Nullable Object[] parameters;

	private final Expected expected;

	private final KeyColumns keys;

	/** Of the last run. */
	private @Nullable Result result;

	SingleStatement(StatementRunner runner, LogicalStatement statement, Call call, SqlStatement sql,
			@Nullable Object[] parameters, Expected expected, KeyColumns keys) {
		this.runner = runner;
		this.statement = statement;
		this.call = call;
		this.sql = sql;
		this.parameters = parameters;
		this.expected = expected;
		this.keys = keys;
	}

	@Override
	public String sql() {
		return this.sql.text();
	}

	@Override
	public boolean isCombinable() {
		return switch (this.sql.verb()) {
			case INSERT, REPLACE, UPDATE, DELETE -> true;
			default -> false;
		};
	}

	@Override
	public boolean returnsRows() {
		return this.sql.hasReturning() || (this.keys.wanted() && this.sql.isInsert());
	}

	@Override
	public void run(PhysicalConnection physical) throws SQLException {
		this.result = null;
		this.result = this.runner.runInMemory(physical, this.statement, this.call, this.sql, this.parameters,
				this.expected, this.keys);
	}

	/**
	 * Whether it has put a new row into a table, and nothing has been written since by
	 * those who ran in the same transaction.
	 */
	boolean hasInsertedLast(WriteOutcome outcome) {
		Result done = this.result;
		return outcome.fate() == WriteOutcome.Fate.COMMITTED && outcome.last() && this.sql.isInsert() && done != null
				&& done.rowCount() > 0;
	}

	/**
	 * What the caller gets.
	 * @throws SQLException when it is not committed, or nobody knows
	 */
	Result result(WriteOutcome outcome) throws SQLException {
		Throwable failure = outcome.failure();
		if (failure == null) {
			return Objects.requireNonNull(this.result);
		}
		if (outcome.fate() == WriteOutcome.Fate.UNKNOWN) {
			// the failure is that of all who were committed together
			throw LogicalTransaction.commitUnknown(failure);
		}
		if (failure instanceof RuntimeException exception) {
			throw exception;
		}
		if (failure instanceof Error error) {
			throw error;
		}
		throw (SQLException) failure;
	}

	/**
	 * What the caller is told of a failure.
	 */
	SQLException translate(SQLException failure) {
		return this.call.translate(failure, this.sql.text(), false);
	}

}
