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

import java.lang.ref.WeakReference;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * The driver's statement behind an open result set, and the lease that it holds: what
 * must be given back when the result set is closed, or forgotten.
 * <p>
 * It is a weak reference to the statement of the application, and not only has one,
 * because there is one for each query. The statement and its result set refer to each
 * other, so both are gone when it is cleared.
 */
final class OpenCursor extends WeakReference<LogicalStatement> {

	private final PhysicalConnection physical;

	private final @Nullable ReadLease lease;

	private final DriverStatement prepared;

	private final boolean large;

	/**
	 * Creates a cursor.
	 * @param statement whose result set it is
	 * @param physical where it is open
	 * @param lease the reader's lease, {@code null} when the one of a transaction is used
	 * @param prepared the driver's statement
	 * @param large whether it has parameters that are not to be kept
	 */
	OpenCursor(LogicalStatement statement, PhysicalConnection physical, @Nullable ReadLease lease,
			DriverStatement prepared, boolean large) {
		super(statement);
		this.physical = physical;
		this.lease = lease;
		this.prepared = prepared;
		this.large = large;
	}

	PhysicalConnection physical() {
		return this.physical;
	}

	@Nullable ReadLease lease() {
		return this.lease;
	}

	String text() {
		return this.prepared.sql();
	}

	boolean isForgotten() {
		return get() == null;
	}

	/**
	 * Gives the statement back, or closes it.
	 * @param clean whether it can be used again
	 */
	void closeStatement(boolean clean) {
		StatementRunner.giveBack(this.physical, this.prepared, clean, this.large);
	}

	/**
	 * Gives the lease back, unless it is that of a transaction or others use it too.
	 */
	void releaseLease() {
		if (this.lease != null) {
			this.lease.release();
		}
	}

}
