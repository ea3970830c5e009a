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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.jdbc.StatementRunner.Result;

/**
 * What a batch has done so far. For one thread.
 */
final class BatchResult {

	private final long[] counts;

	private final List<@Nullable Object[]> keys = new ArrayList<>();

	private List<String> keyNames = List.of();

	private int done;

	BatchResult(int size) {
		this.counts = new long[size];
	}

	void add(Result result) {
		add(result.updateCount());
		if (result.keys() != null) {
			this.keyNames = result.keys().columnNames();
			this.keys.addAll(result.keys().rows());
		}
	}

	void add(long count) {
		this.counts[this.done++] = count;
	}

	/**
	 * How many entries have run, which is also the index of the next.
	 */
	int done() {
		return this.done;
	}

	/**
	 * The exception for an entry that failed.
	 * @param cause why
	 * @return what to throw; the number of its counts is the index of the entry
	 */
	BatchUpdateException failed(SQLException cause) {
		return failed(cause, "Batch entry " + this.done + " failed: ");
	}

	/**
	 * The exception for entries of which one failed, and which cannot be run one by one
	 * to find out which, because SQLite has rolled the transaction back.
	 * @param cause why
	 * @param entries how many
	 * @return what to throw
	 */
	BatchUpdateException failed(SQLException cause, int entries) {
		return failed(cause, "One of the batch entries " + this.done + " to " + (this.done + entries - 1)
				+ " failed, and SQLite has rolled the transaction back: ");
	}

	private BatchUpdateException failed(SQLException cause, String message) {
		int[] before = new int[this.done];
		for (int i = 0; i < this.done; i++) {
			before[i] = LogicalStatement.toInt(this.counts[i]);
		}
		BatchUpdateException failure = new BatchUpdateException(message + cause.getMessage(), cause.getSQLState(),
				cause.getErrorCode(), before, cause);
		failure.setNextException(cause);
		return failure;
	}

	long[] counts() {
		return Arrays.copyOf(this.counts, this.done);
	}

	RowsResultSet keys(LogicalStatement owner) {
		return new RowsResultSet(owner, this.keyNames, this.keys);
	}

}
