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
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.WriteOutcome.Fate;

/**
 * All physical connections of a database: one writer, N readers, one for maintenance.
 * <p>
 * The writer is opened first and closed last. When the last connection to a file closes,
 * SQLite checkpoints and deletes the WAL, which needs a connection that may write; a
 * reader as the last one would leave the WAL behind.
 * <p>
 * A database in memory belongs to its connection, so there it has one only: reads use the
 * writer too.
 * <p>
 * Safe for use by many threads.
 */
public final class SqlitePool {

	private static final Logger logger = LoggerFactory.getLogger(SqlitePool.class);

	/**
	 * How long a lease that is revoked may take to come back, when its statement has been
	 * interrupted.
	 */
	private static final Duration REVOKED_GRACE = Duration.ofMillis(250);

	private static final Duration INTERRUPT_INTERVAL = Duration.ofMillis(10);

	private final PoolSettings settings;

	private final boolean memory;

	private final BusyRetry busyRetry;

	private final PoolListener listener;

	private final ConnectionSlot writer;

	private final WriterQueue writers;

	private final Consumer<Lease> giveWriterBack = this::releaseWriter;

	private final ReaderPool readers;

	private final MaintenanceConnection maintenance;

	private final List<PendingWork> pendingWork = new CopyOnWriteArrayList<>();

	private String sqliteVersion = "";

	private volatile long commits;

	private SqlitePool(ConnectionFactory factory, PoolSettings settings, BusyRetry busyRetry, PoolListener listener) {
		this.settings = settings;
		this.memory = factory.settings().location().isMemory();
		this.busyRetry = busyRetry;
		this.listener = listener;
		this.writer = new ConnectionSlot("writer", ConnectionRole.WRITER, factory);
		this.writers = new WriterQueue(settings.maxQueuedWrites());
		List<ConnectionSlot> slots = new ArrayList<>();
		for (int i = 1; i <= settings.readers() && !this.memory; i++) {
			slots.add(new ConnectionSlot("reader-" + i, ConnectionRole.READER, factory));
		}
		this.readers = new ReaderPool(slots);
		this.maintenance = new MaintenanceConnection(
				new ConnectionSlot("maintenance", ConnectionRole.MAINTENANCE, factory));
	}

	/**
	 * Opens every connection, which proves the settings of each.
	 * @param factory opens connections
	 * @param settings how many and how long
	 * @param busyRetry how to wait for other processes
	 * @param listener is told of waits
	 * @return the pool
	 * @throws SQLException when a connection cannot be opened
	 */
	public static SqlitePool open(ConnectionFactory factory, PoolSettings settings, BusyRetry busyRetry,
			PoolListener listener) throws SQLException {
		factory.prepareFile();
		SqlitePool pool = new SqlitePool(factory, settings, busyRetry, listener);
		boolean opened = false;
		try {
			pool.writer.connection();
			for (ConnectionSlot slot : pool.readers.slots()) {
				slot.connection();
			}
			if (!pool.memory) {
				pool.maintenance.slot().connection();
			}
			pool.sqliteVersion = String.valueOf(pool.writer.connection().queryForString("SELECT sqlite_version()"));
			opened = true;
			return pool;
		}
		finally {
			if (!opened) {
				pool.closeReaders();
				pool.closeWriter();
			}
		}
	}

	/**
	 * A deadline for one call from now: {@code sqlite.lock-timeout}.
	 * @return the deadline
	 */
	public Deadline deadline() {
		return Deadline.after(this.settings.lockTimeout());
	}

	/**
	 * Waits for the writer, in the order in which callers ask.
	 * @param sql what is to run on it, {@code null} when nothing is known yet
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @return the lease; no transaction is open on its connection
	 * @throws LockTimeoutException when the deadline has passed; it names the holder
	 * @throws WriterQueueFullException when too many wait already
	 * @throws SelfDeadlockException when this thread holds the writer
	 * @throws LockCycleException when the holder waits for a lock that this thread owns
	 * @throws DatabaseClosedException when the database closes
	 * @throws SQLException when the wait was interrupted or cancelled, or a new
	 * connection cannot be opened
	 */
	public Lease acquireWriter(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation)
			throws SQLException {
		Waiter waiter = new Waiter(new Lease(this.writer, sql, this.giveWriterBack));
		this.writers.acquire(waiter, deadline, cancellation);
		return attached(waiter);
	}

	private Lease attached(Waiter waiter) throws SQLException {
		Lease lease = waiter.lease();
		this.writer.leased(lease);
		boolean attached = false;
		try {
			lease.attach();
			this.listener.writerAcquired(waiter.waitedNanos());
			attached = true;
		}
		finally {
			if (!attached) {
				lease.close();
			}
		}
		return lease;
	}

	/**
	 * Runs a single write as soon as its turn has come, and commits it. When it gets the
	 * writer, those that wait behind it are run with it; when others are at it, they run
	 * this one. In either case this returns when the writer has been given back.
	 * @param write what to run
	 * @param deadline until when it may wait to be started
	 * @param cancellation what ends that wait from outside
	 * @return what became of it, once it was started
	 * @throws SQLException when it was never started, as {@link #acquireWriter}
	 */
	public WriteOutcome write(SingleWrite write, Deadline deadline, Cancellation cancellation) throws SQLException {
		boolean combinable = this.settings.combined().allowGroups() && write.isCombinable();
		Waiter waiter = new Waiter(new Lease(this.writer, write.sql(), this.giveWriterBack), write, combinable);
		this.writers.acquire(waiter, deadline, cancellation);
		if (waiter.state() == Waiter.State.ANSWERED) {
			this.listener.writerAcquired(waiter.waitedNanos());
			WriteOutcome outcome = waiter.outcome();
			if (outcome.fate() == Fate.FAILED && outcome.failure() != null) {
				// the stack of the thread that ran it is that of another caller
				outcome.failure().fillInStackTrace();
			}
			return outcome;
		}
		WriteGroup group = new WriteGroup(this, waiter.lease(), this.settings.combined());
		try (Lease lease = attached(waiter)) {
			if (combinable && (write.returnsRows() || this.writers.isWriteNext())) {
				group.runTogether(waiter.request(), () -> this.writers.takeWrite(lease), deadline, cancellation);
			}
			else {
				group.runAlone(waiter.request(), deadline, cancellation);
			}
		}
		finally {
			group.answer();
		}
		if (group.size() > 1) {
			this.listener.writesCombined(group.size());
		}
		return waiter.outcome();
	}

	/**
	 * Runs a single write on a writer that is held, outside a transaction, and commits
	 * it.
	 * @param lease the lease of the writer
	 * @param write what to run
	 * @param deadline until when it waits for other processes
	 * @param cancellation what ends that wait from outside
	 * @return what became of it
	 */
	public WriteOutcome write(Lease lease, SingleWrite write, Deadline deadline, Cancellation cancellation) {
		Waiter waiter = new Waiter(lease, write, false);
		new WriteGroup(this, lease, WriteGroupLimits.OFF).runAlone(waiter.request(), deadline, cancellation);
		return waiter.outcome();
	}

	/**
	 * Opens the writer anew for its holder.
	 */
	PhysicalConnection replaceWriter(Lease lease) throws SQLException {
		this.writer.recycle();
		lease.attach();
		return lease.connection();
	}

	private void releaseWriter(Lease lease) {
		long held = lease.heldNanos();
		try {
			if (!lease.isRevoked()) {
				this.writer.recycle();
				if (this.writer.current() == null) {
					// what its last write was is forgotten with it
					committed();
				}
			}
		}
		finally {
			this.writer.leased(null);
			this.writers.release(lease);
		}
		this.listener.writerReleased(held);
	}

	/**
	 * Waits for a reader; for a database in memory, for its one connection.
	 * @param sql what is to run on it, {@code null} when nothing is known yet
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @return the lease; no transaction is open on its connection
	 * @throws SQLException when none could be had
	 */
	public Lease acquireReader(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation)
			throws SQLException {
		if (this.memory) {
			return acquireWriter(sql, deadline, cancellation);
		}
		return this.readers.acquire(sql, deadline, cancellation, this.listener);
	}

	/**
	 * Begins a transaction that may write. BEGIN is the only thing that is tried again
	 * when another process holds the lock, so the caller's work never runs twice.
	 * @param lease a lease of the writer
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @throws LockTimeoutException when another process held the lock until the deadline
	 * @throws SQLException what SQLite said, or that the wait was interrupted or
	 * cancelled
	 */
	public void beginWrite(Lease lease, Deadline deadline, Cancellation cancellation) throws SQLException {
		PhysicalConnection connection = lease.connection();
		untilFree(() -> {
			cancellation.check();
			connection.beginWrite();
			return true;
		}, deadline);
	}

	/**
	 * Runs a single writing statement, again when another process holds the lock. In
	 * SQLite's autocommit mode a statement takes the lock before it does anything.
	 * @param <T> what it returns
	 * @param attempt the statement
	 * @param deadline when to give up
	 * @return what it returned
	 * @throws SQLException what SQLite said
	 */
	public <T> T untilFree(BusyRetry.Attempt<T> attempt, Deadline deadline) throws SQLException {
		try {
			return this.busyRetry.execute(attempt, deadline);
		}
		catch (SQLException ex) {
			if (deadline.hasPassed() && ResultCodes.isBusy(ex)) {
				throw new LockTimeoutException("Another process has held the write lock of the database for "
						+ Durations.format(deadline.elapsed())
						+ ". Shorten its transactions, or raise sqlite.lock-timeout", ex);
			}
			if (Thread.currentThread().isInterrupted() && ResultCodes.isBusy(ex)) {
				throw new SQLTransientException("The thread was interrupted while it waited for another process's lock",
						"57014", ex);
			}
			throw ex;
		}
	}

	/**
	 * Tells that the writer has committed something.
	 * @return the count of commits, this one included
	 */
	@SuppressWarnings("NonAtomicVolatileUpdate") // only the holder of the writer calls it
	public long committed() {
		return ++this.commits;
	}

	/**
	 * How often the writer has committed, so that a reader can tell whether its snapshot
	 * may be older than the last commit.
	 * @return the count
	 */
	public long commits() {
		return this.commits;
	}

	/**
	 * Whether the database is in memory.
	 * @return whether there is one connection only
	 */
	public boolean isMemory() {
		return this.memory;
	}

	/**
	 * The version of the SQLite library, which every connection has checked.
	 * @return for example {@code 3.54.1}
	 */
	public String sqliteVersion() {
		return this.sqliteVersion;
	}

	/**
	 * The connection for checkpoints and probes.
	 * @return the connection; not to be used for a database in memory
	 */
	public MaintenanceConnection maintenance() {
		return this.maintenance;
	}

	/**
	 * The pool at this moment.
	 * @return a copy of its state
	 */
	public PoolStatus status() {
		List<ConnectionStatus> connections = new ArrayList<>();
		connections.add(status(this.writer));
		int readersInUse = 0;
		for (ConnectionSlot slot : this.readers.slots()) {
			ConnectionStatus status = status(slot);
			connections.add(status);
			readersInUse += (status.lease() != null) ? 1 : 0;
		}
		if (!this.memory) {
			connections.add(status(this.maintenance.slot()));
		}
		Lease holder = this.writers.holder();
		return new PoolStatus((holder != null) ? holder.status() : null, this.writers.waiting(), this.readers.waiting(),
				readersInUse, connections);
	}

	private static ConnectionStatus status(ConnectionSlot slot) {
		PhysicalConnection connection = slot.current();
		Lease lease = slot.lease();
		return new ConnectionStatus(slot.name(), slot.role(), (connection != null) ? connection.settings() : Map.of(),
				(lease != null) ? lease.status() : null, (connection != null) ? connection.statementCacheHits() : 0,
				(connection != null) ? connection.statementCacheMisses() : 0);
	}

	/**
	 * Adds somebody who may have work that is accepted and not committed.
	 * @param work is asked to commit it before other processes start, and before the
	 * database closes
	 */
	public void addPendingWork(PendingWork work) {
		this.pendingWork.add(work);
	}

	/**
	 * Commits the work that is accepted and pending.
	 * @param deadline when to stop waiting for an operation that runs
	 * @throws SQLException when some of it could not be committed
	 */
	public void flushPendingWork(Deadline deadline) throws SQLException {
		for (PendingWork work : this.pendingWork) {
			work.flush(deadline);
		}
	}

	/**
	 * Takes no new work any more and waits for what was taken. What is not done by the
	 * deadline is ended: those who wait are turned away, what runs is interrupted, and
	 * transactions that are open are rolled back.
	 * @param deadline when to stop waiting
	 * @return whether everything came to its own end
	 */
	public boolean drain(Deadline deadline) {
		this.writers.refuse();
		try {
			flushPendingWork(deadline);
		}
		catch (SQLException ex) {
			logger.warn("A batch could not be committed before the database closes", ex);
		}
		boolean drained = this.writers.drain(deadline);
		if (!drained) {
			int waiting = this.writers.waiting();
			Lease holder = this.writers.turnAway();
			if (holder != null) {
				logger.warn("The transaction of {} is rolled back and {} waiting writes are turned away,"
						+ " because the database closes", holder.status().describe(), waiting);
				revokeWriter(holder);
			}
		}
		boolean readersHome = this.readers.drain(deadline);
		if (!readersHome) {
			this.readers.turnAway();
			Deadline grace = Deadline.after(REVOKED_GRACE);
			while (!readersHome && !grace.hasPassed()) {
				this.readers.slots()
					.stream()
					.map(ConnectionSlot::lease)
					.filter(Objects::nonNull)
					.forEach(Lease::revoke);
				readersHome = this.readers.drain(Deadline.after(INTERRUPT_INTERVAL));
			}
		}
		return drained && readersHome;
	}

	/**
	 * Ends a transaction from outside. Its connection is closed, which rolls back, and
	 * not only rolled back: its thread may be anywhere between two statements, and would
	 * go on in autocommit mode, or take its commit for done.
	 */
	private void revokeWriter(Lease lease) {
		lease.revoke();
		Deadline grace = Deadline.after(REVOKED_GRACE);
		boolean released = false;
		while (!released && !grace.hasPassed()) {
			// an interrupt that comes between two statements is lost
			lease.interrupt();
			released = this.writers.drain(Deadline.after(INTERRUPT_INTERVAL));
		}
		this.writer.close();
	}

	/**
	 * Runs something on the writer after {@link #drain}, when nobody else can.
	 * @param work what to run
	 * @throws SQLException what it threw
	 */
	public void withDrainedWriter(MaintenanceConnection.Work<?> work) throws SQLException {
		work.run(this.writer.connection());
	}

	/**
	 * Closes the readers.
	 */
	public void closeReaders() {
		this.readers.slots().forEach(ConnectionSlot::shutDown);
	}

	/**
	 * Closes the maintenance connection and then the writer, the last one.
	 */
	public void closeWriter() {
		this.maintenance.close();
		this.writer.shutDown();
	}

}
