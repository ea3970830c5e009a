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
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * The right to use a physical connection, for one transaction, or for one statement
 * outside a transaction until its result set is closed.
 * <p>
 * Belongs to one thread at a time, normally the one that asked for it; whoever runs a
 * statement on it becomes its owner. Must be {@linkplain #close() given back}.
 * <p>
 * It can be revoked, because the database closes and cannot wait any longer, or because a
 * read holds back the WAL for too long. Its connection is not to be had any more then,
 * and whoever used it is told so at the next use. It ends once: by its owner, by the
 * {@link LeaseWatch} when the owner was garbage-collected, or by a {@link ReadEviction}.
 * Who of them was first gives the connection back.
 */
public final class Lease implements AutoCloseable {

	private static final AtomicIntegerFieldUpdater<Lease> CLOSED = AtomicIntegerFieldUpdater.newUpdater(Lease.class,
			"closed");

	private static final AtomicReferenceFieldUpdater<Lease, @Nullable Thread> OWNER = AtomicReferenceFieldUpdater
		.newUpdater(Lease.class, Thread.class, "owner");

	private final ConnectionSlot slot;

	private final Consumer<Lease> giveBack;

	private final @Nullable LeaseUser user;

	/** Where it was taken; only when that is to be recorded. */
	private final @Nullable LeaseOrigin origin;

	private volatile @Nullable Thread owner = Thread.currentThread();

	/** The name of an owner that has come to its end. */
	private volatile String formerOwner = "";

	private volatile long sinceNanos = System.nanoTime();

	private volatile @Nullable String sql;

	/**
	 * Its own, and not whatever is in the slot: the slot may be filled anew after a
	 * revocation.
	 */
	private volatile @Nullable PhysicalConnection connection;

	private volatile @Nullable Supplier<SQLException> revocation;

	/** 1 when somebody has given it back, or is about to. */
	private volatile int closed;

	Lease(ConnectionSlot slot, @Nullable String sql, Consumer<Lease> giveBack) {
		this(slot, sql, giveBack, null, null);
	}

	Lease(ConnectionSlot slot, @Nullable String sql, Consumer<Lease> giveBack, @Nullable LeaseUser user,
			@Nullable LeaseOrigin origin) {
		this.slot = slot;
		this.sql = sql;
		this.giveBack = giveBack;
		this.user = user;
		this.origin = origin;
	}

	/**
	 * The connection.
	 * @return the connection, for use until this lease is closed
	 * @throws ReadEvictedException when it was a read that held back the WAL for too long
	 * @throws DatabaseClosedException when the lease has been revoked because the
	 * database closes
	 * @throws SQLException one of these
	 */
	public PhysicalConnection connection() throws SQLException {
		checkNotRevoked();
		return Objects.requireNonNull(this.connection, "The lease is not attached");
	}

	/**
	 * Refuses to go on with a lease that has been revoked.
	 * @throws SQLException why it was, see {@link #connection()}
	 */
	public void checkNotRevoked() throws SQLException {
		Supplier<SQLException> reason = this.revocation;
		if (reason != null) {
			throw reason.get();
		}
	}

	/**
	 * Whether the connection was taken away, and what was open on it rolled back.
	 * @return whether {@link #connection()} throws
	 */
	public boolean isRevoked() {
		return this.revocation != null;
	}

	/**
	 * Whether it is one of the writer, and not of a reader.
	 * @return whether what it runs can write
	 */
	public boolean isOfWriter() {
		return this.slot.role() == ConnectionRole.WRITER;
	}

	/**
	 * What a failure on a reader really was: a read that is ended from outside is
	 * interrupted, or finds its statement closed, and should say why.
	 * @param failure what the driver threw
	 * @return the reason of the revocation with the failure as its cause; the failure
	 * itself when there was none
	 */
	public SQLException explain(SQLException failure) {
		Supplier<SQLException> reason = this.revocation;
		if (reason == null || this.slot.role() != ConnectionRole.READER) {
			return failure;
		}
		SQLException explained = reason.get();
		if (explained.getClass() == failure.getClass()) {
			return failure;
		}
		explained.initCause(failure);
		return explained;
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
		if (claim()) {
			this.giveBack.accept(this);
		}
	}

	/**
	 * Ends the lease for whoever calls this first.
	 * @return whether it is the caller's to give the connection back
	 */
	boolean claim() {
		return this.closed == 0 && CLOSED.compareAndSet(this, 0, 1);
	}

	/**
	 * Whether it is over.
	 * @return whether the connection has been given back, or taken away
	 */
	public boolean isClosed() {
		return this.closed != 0;
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

	/**
	 * Its connection, also when it has been revoked; {@code null} before it is attached.
	 */
	@Nullable PhysicalConnection attached() {
		return this.connection;
	}

	void revoke() {
		revoke(() -> new DatabaseClosedException(
				"The database was closed while this transaction was open, and it has been rolled back"));
	}

	/**
	 * Takes the connection away. The first reason counts.
	 */
	void revoke(Supplier<SQLException> reason) {
		if (this.revocation == null) {
			this.revocation = reason;
		}
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
	 * Whether a thread works with the connection.
	 * @param thread the thread
	 * @return whether it is the owner
	 */
	public boolean isOwnedBy(Thread thread) {
		return this.owner == thread;
	}

	ConnectionSlot slot() {
		return this.slot;
	}

	/**
	 * The thread that has it, {@code null} when that has come to its end.
	 */
	@Nullable Thread owner() {
		return this.owner;
	}

	/**
	 * Keeps only the name of a thread that has ended. Its task may be all that still
	 * refers to the connection that it has forgotten to close.
	 */
	void forgetEndedOwner() {
		Thread thread = this.owner;
		if (thread != null && !thread.isAlive()) {
			this.formerOwner = thread.getName() + " (ended)";
			OWNER.compareAndSet(this, thread, null);
		}
	}

	@Nullable LeaseUser user() {
		return this.user;
	}

	@Nullable LeaseOrigin origin() {
		return this.origin;
	}

	long heldNanos() {
		return heldNanos(System.nanoTime());
	}

	long heldNanos(long now) {
		return now - this.sinceNanos;
	}

	/**
	 * What an operator may know of this lease.
	 * @return a copy of its state
	 */
	public LeaseStatus status() {
		Thread thread = this.owner;
		return new LeaseStatus(this.slot.name(), (thread != null) ? thread.getName() : this.formerOwner,
				Duration.ofNanos(heldNanos()), this.sql);
	}

	/**
	 * What an operator may know of this lease as something that holds back the WAL.
	 */
	public PinStatus pin() {
		LeaseStatus status = status();
		LeaseOrigin taken = this.origin;
		List<String> stack = (taken != null)
				? Arrays.stream(taken.getStackTrace()).map(StackTraceElement::toString).toList() : List.of();
		return new PinStatus(status, Instant.now().minus(status.held()), stack);
	}

}
