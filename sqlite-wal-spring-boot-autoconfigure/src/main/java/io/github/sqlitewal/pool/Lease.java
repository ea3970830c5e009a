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
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * The right to use a physical connection, for one transaction, or for one statement
 * outside a transaction until its result set is closed.
 * <p>
 * Belongs to one thread at a time, normally the one that asked for it; whoever runs a
 * statement on it becomes its owner. Must be {@linkplain #close() given back}. When the
 * database closes and cannot wait any longer, the lease is revoked, and its connection is
 * not to be had any more.
 */
public final class Lease implements AutoCloseable {

	private final ConnectionSlot slot;

	private final Consumer<Lease> giveBack;

	private volatile Thread owner = Thread.currentThread();

	private volatile long sinceNanos = System.nanoTime();

	private volatile @Nullable String sql;

	/**
	 * Its own, and not whatever is in the slot: the slot may be filled anew after a
	 * revocation.
	 */
	private volatile @Nullable PhysicalConnection connection;

	private volatile boolean revoked;

	private boolean closed;

	Lease(ConnectionSlot slot, @Nullable String sql, Consumer<Lease> giveBack) {
		this.slot = slot;
		this.sql = sql;
		this.giveBack = giveBack;
	}

	/**
	 * The connection.
	 * @return the connection, for use until this lease is closed
	 * @throws DatabaseClosedException when the lease has been revoked
	 */
	public PhysicalConnection connection() throws DatabaseClosedException {
		if (this.revoked) {
			throw new DatabaseClosedException(
					"The database was closed while this transaction was open, and it has been rolled back");
		}
		return Objects.requireNonNull(this.connection, "The lease is not attached");
	}

	/**
	 * Says what runs on the connection, for those who wait for it.
	 * @param sql the statement
	 */
	public void runs(String sql) {
		this.sql = sql;
		Thread current = Thread.currentThread();
		if (this.owner != current) {
			this.owner = current;
		}
	}

	/**
	 * Gives the connection back. A transaction that is still open is rolled back.
	 * Idempotent.
	 */
	@Override
	public void close() {
		if (!this.closed) {
			this.closed = true;
			this.giveBack.accept(this);
		}
	}

	void granted() {
		this.sinceNanos = System.nanoTime();
	}

	void attach() throws SQLException {
		try {
			this.connection = this.slot.connection();
		}
		catch (SqliteConfigurationException ex) {
			// a connection that replaces another, in the middle of a call of JDBC
			throw new SQLNonTransientConnectionException(ex.getMessage() + ". " + ex.getAction(), "08001", ex);
		}
		connection();
	}

	void revoke() {
		this.revoked = true;
		interrupt();
	}

	/**
	 * Stops the statement that runs on the connection, if one does. May be called from
	 * any thread.
	 */
	public void interrupt() {
		PhysicalConnection attached = this.connection;
		if (attached != null) {
			attached.interrupt();
		}
	}

	/**
	 * Whether the connection is still lent by this lease.
	 * @return whether it has not been given back
	 */
	public boolean isHeld() {
		return this.slot.lease() == this;
	}

	/**
	 * Whether a thread works with the connection.
	 * @param thread the thread
	 * @return whether it is the owner
	 */
	public boolean isOwnedBy(Thread thread) {
		return this.owner == thread;
	}

	boolean isRevoked() {
		return this.revoked;
	}

	ConnectionSlot slot() {
		return this.slot;
	}

	Thread owner() {
		return this.owner;
	}

	long heldNanos() {
		return System.nanoTime() - this.sinceNanos;
	}

	/**
	 * What an operator may know of this lease.
	 * @return a copy of its state
	 */
	public LeaseStatus status() {
		Thread thread = this.owner;
		return new LeaseStatus(this.slot.name(), thread.getName(), Duration.ofNanos(heldNanos()), this.sql);
	}

}
