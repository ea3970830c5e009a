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

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionFactory.PreparedFile;
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

	private static final PoolListener NO_LISTENER = new PoolListener() {
	};

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

	/** {@code null} when each reader is to take SQLite's read lock for itself. */
	private final @Nullable ReadLockHolder readLock;

	private final CommitWatch commitWatch = new CommitWatch(this::commits);

	private final WriteBrake writeBrake = new WriteBrake();

	private final LeaseWatch leaseWatch;

	/** Open only while everything else closes, see {@link #closeLeavingWal()}. */
	private final ConnectionSlot lastReader;

	/** {@code null} when a commit need not survive a loss of power. */
	private final @Nullable WalSync walSync;

	private final List<PendingWork> pendingWork = new CopyOnWriteArrayList<>();

	private String sqliteVersion = "";

	private volatile long commits;

	private volatile boolean closing;

	private SqlitePool(ConnectionFactory factory, PoolSettings settings, BusyRetry busyRetry, PoolListener listener,
			@Nullable WalFile wal) {
		this.settings = settings;
		this.memory = factory.settings().location().isMemory();
		this.busyRetry = busyRetry;
		this.listener = listener;
		this.writer = new ConnectionSlot("writer", ConnectionRole.WRITER, factory);
		this.writers = new WriterQueue(settings.maxQueuedWrites(),
				(thread) -> this.pendingWork.stream().anyMatch((work) -> work.isCommittedBy(thread)));
		List<ConnectionSlot> slots = new ArrayList<>();
		for (int i = 1; i <= settings.readers() && !this.memory; i++) {
			slots.add(new ConnectionSlot("reader-" + i, ConnectionRole.READER, factory));
		}
		this.readers = new ReaderPool(slots, this.writers::isHeldBy, this.writers.turnstile());
		this.maintenance = new MaintenanceConnection(
				new ConnectionSlot("maintenance", ConnectionRole.MAINTENANCE, factory), this::requireWritable,
				this::noteSyncFailure);
		this.readLock = (settings.holdReadLock() && !this.memory) ? new ReadLockHolder(this.maintenance,
				this.readers::asked, this::commits, () -> this.writer.lease() == null) : null;
		this.lastReader = new ConnectionSlot("last-reader", ConnectionRole.READER, factory);
		this.walSync = (wal != null && !this.memory) ? new WalSync(wal, listener) : null;
		this.leaseWatch = new LeaseWatch(settings.pins(), this.readers::oldestFirst, this.writers::holder, listener);
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
		return open(factory, settings, busyRetry, listener, null);
	}

	/**
	 * Opens every connection, which proves the settings of each.
	 * @param factory opens connections
	 * @param settings how many and how long
	 * @param busyRetry how to wait for other processes
	 * @param listener is told of waits
	 * @param wal the WAL to sync, so that a commit survives a loss of power; {@code null}
	 * when it need not
	 * @return the pool
	 * @throws SQLException when a connection, or the WAL, cannot be opened
	 */
	public static SqlitePool open(ConnectionFactory factory, PoolSettings settings, BusyRetry busyRetry,
			PoolListener listener, @Nullable WalFile wal) throws SQLException {
		SqlitePool pool = new SqlitePool(factory, settings, busyRetry, new SafePoolListener(listener), wal);
		boolean opened = false;
		try {
			try (PreparedFile prepared = factory.prepareFile()) {
				pool.writer.connection();
			}
			for (ConnectionSlot slot : pool.readers.slots()) {
				slot.connection();
			}
			if (!pool.memory) {
				pool.maintenance.slot().connection();
			}
			if (wal != null && pool.walSync != null) {
				wal.open();
			}
			pool.sqliteVersion = String.valueOf(pool.writer.connection().queryForString("SELECT sqlite_version()"));
			opened = true;
			return pool;
		}
		catch (IOException ex) {
			throw new SQLNonTransientConnectionException("The WAL cannot be opened to be synced: " + ex, "58030", ex);
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
	 * @throws WalSizeExceededException when the WAL is too large and writes are refused
	 * @throws DatabaseClosedException when the database closes
	 * @throws WritesRefusedException when a sync has failed
	 * @throws SQLException when the wait was interrupted or cancelled, or a new
	 * connection cannot be opened
	 */
	public Lease acquireWriter(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation)
			throws SQLException {
		return acquireWriter(sql, deadline, cancellation, null);
	}

	/**
	 * Waits for the writer, for something that the application may forget to close.
	 * @param sql what is to run on it, {@code null} when nothing is known yet
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @param user what knows when it is forgotten
	 * @return the lease; no transaction is open on its connection
	 * @throws SQLException see {@link #acquireWriter(String, Deadline, Cancellation)}
	 */
	public Lease acquireWriter(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation,
			@Nullable LeaseUser user) throws SQLException {
		passBrake(deadline, cancellation);
		return acquireWriter(sql, deadline, cancellation, user, this.listener);
	}

	/**
	 * Waits for the writer before all others, for a checkpoint, for which readers may
	 * wait too: the write brake does not hold it up, and its wait is not one of a write.
	 * There is one at a time.
	 * @param sql what is to run
	 * @param deadline when to give up
	 * @return the lease
	 * @throws SQLException see {@link #acquireWriter(String, Deadline, Cancellation)}
	 */
	public Lease acquireWriterForCheckpoint(String sql, Deadline deadline) throws SQLException {
		requireWritable();
		Waiter waiter = new Waiter(writerLease(sql, null), true);
		this.writers.acquire(waiter, deadline, null);
		return attached(waiter, NO_LISTENER);
	}

	/**
	 * Waits for the writer in its turn, which comes when all who asked before have had
	 * theirs. The write brake does not hold it up.
	 * @param sql what to name it
	 * @param deadline when to give up
	 * @return the lease
	 * @throws SQLException see {@link #acquireWriter(String, Deadline, Cancellation)}
	 */
	public Lease acquireWriterForOthers(String sql, Deadline deadline) throws SQLException {
		return acquireWriter(sql, deadline, null, null, NO_LISTENER);
	}

	/**
	 * Whether the database closes, so that no new work is taken.
	 * @return whether it does
	 */
	public boolean isClosing() {
		return this.closing;
	}

	private void passBrake(Deadline deadline, @Nullable Cancellation cancellation) throws SQLException {
		if (isWriterHeldByCaller()) {
			// its request waits for itself, and is told so at once
			return;
		}
		long slowed = this.writeBrake.beforeWrite(deadline, cancellation);
		if (slowed > 0) {
			this.listener.writeSlowed(slowed);
		}
	}

	private Lease acquireWriter(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation,
			@Nullable LeaseUser user, PoolListener listener) throws SQLException {
		Waiter waiter = new Waiter(writerLease(sql, user));
		awaitTurn(waiter, deadline, cancellation);
		return attached(waiter, listener);
	}

	/**
	 * Waits in the queue, for what the write brake has let pass.
	 */
	private void awaitTurn(Waiter waiter, Deadline deadline, @Nullable Cancellation cancellation) throws SQLException {
		try {
			requireWritable();
			this.writers.acquire(waiter, deadline, cancellation);
		}
		finally {
			this.writeBrake.hadTurn();
		}
	}

	private Lease writerLease(@Nullable String sql, @Nullable LeaseUser user) {
		return new Lease(this.writer, sql, this.giveWriterBack, user, origin());
	}

	private Lease attached(Waiter waiter, PoolListener listener) throws SQLException {
		Lease lease = waiter.lease();
		// before the read lock is let go: who takes it looks for this
		this.writer.leased(lease);
		boolean attached = false;
		try {
			this.maintenance.letReadLockGo();
			// a sync may have failed during the wait
			requireWritable();
			lease.attach();
			listener.writerAcquired(waiter.waitedNanos());
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
	 * this one. In either case this returns when the writer has been given back, and
	 * before the commit is durable: the caller {@linkplain #awaitDurable waits} with the
	 * ticket of the outcome, so that a group has one sync.
	 * @param write what to run
	 * @param deadline until when it may wait to be started
	 * @param cancellation what ends that wait from outside
	 * @return what became of it, once it was started
	 * @throws SQLException when it was never started, as {@link #acquireWriter}
	 */
	public WriteOutcome write(SingleWrite write, Deadline deadline, Cancellation cancellation) throws SQLException {
		passBrake(deadline, cancellation);
		boolean combinable = this.settings.combined().allowGroups() && write.isCombinable();
		Waiter waiter = new Waiter(writerLease(write.sql(), null), write, combinable);
		WriteGroup group = new WriteGroup(this, waiter.lease(), this.settings.combined());
		awaitTurn(waiter, deadline, cancellation);
		if (waiter.state() == Waiter.State.ANSWERED) {
			this.listener.writerAcquired(waiter.waitedNanos());
			WriteOutcome outcome = waiter.outcome();
			if (outcome.fate() == Fate.FAILED && outcome.failure() != null) {
				// the stack of the thread that ran it is that of another caller
				outcome.failure().fillInStackTrace();
			}
			return outcome;
		}
		try (Lease lease = attached(waiter, this.listener)) {
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
		this.writers.letOthersPass();
		return waiter.outcome();
	}

	/**
	 * Runs the first of some single writes as soon as its turn has come, and commits it
	 * together with as many of those behind it as fit into a group, each with its own
	 * outcome. Returns when the writer has been given back, and before the commit is
	 * durable, as {@link #write(SingleWrite, Deadline, Cancellation)}.
	 * @param writes what to run, at least one, in this order; one that is not
	 * {@linkplain SingleWrite#isCombinable() combinable} is the only one
	 * @param deadline until when the first may wait to be started
	 * @return what became of the first and of those that were run with it, or were found
	 * {@linkplain SingleWrite#claim() taken back}; the others were not started
	 * @throws SQLException when none was started, as {@link #acquireWriter}
	 */
	public List<WriteOutcome> write(List<? extends SingleWrite> writes, Deadline deadline) throws SQLException {
		Cancellation none = new Cancellation();
		passBrake(deadline, none);
		List<QueuedWrite> requests = writes.stream().map(QueuedWrite::new).toList();
		ListIterator<QueuedWrite> rest = requests.listIterator();
		Waiter waiter = new Waiter(writerLease(writes.get(0).sql(), null));
		WriteGroup group = new WriteGroup(this, waiter.lease(), this.settings.combined());
		awaitTurn(waiter, deadline, none);
		try (Lease lease = attached(waiter, this.listener)) {
			QueuedWrite first = claimNext(rest);
			if (first != null) {
				if (!rest.hasNext() || !first.write().isCombinable() || !this.settings.combined().allowGroups()) {
					group.runAlone(first, deadline, none);
				}
				else {
					group.runTogether(first, () -> claimNext(rest), deadline, none);
				}
			}
			if (group.size() > 1) {
				this.listener.writesCombined(group.size());
			}
		}
		catch (RuntimeException | Error ex) {
			if (group.size() == 0) {
				throw ex;
			}
			// of a listener, and no reason to run again what may be committed
			logger.warn("What came after a group of writes failed", ex);
		}
		finally {
			group.answer();
		}
		return requests.stream().limit(rest.nextIndex()).map(WriteRequest::outcome).toList();
	}

	/**
	 * The next one that is still to run, {@code null} when there is none.
	 */
	private @Nullable QueuedWrite claimNext(Iterator<QueuedWrite> rest) {
		while (rest.hasNext()) {
			QueuedWrite next = rest.next();
			if (next.write().claim()) {
				return next;
			}
			next.failed(new CancellationException("It was taken back before it began"), commits());
		}
		return null;
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
		noteSyncFailure(this.writer.current());
		this.writer.recycle();
		lease.attach();
		return lease.connection();
	}

	private void releaseWriter(Lease lease) {
		long held = lease.heldNanos();
		try {
			if (!lease.isRevoked()) {
				noteSyncFailure(this.writer.current());
				this.writer.recycle();
				if (this.writer.current() == null) {
					// what its last write was is forgotten with it
					wrote();
				}
			}
		}
		finally {
			this.writer.leased(null);
			this.writers.release(lease);
		}
		this.commitWatch.released(held);
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
		return acquireReader(sql, deadline, cancellation, null);
	}

	/**
	 * Waits for a reader, for something that the application may forget to close.
	 * @param sql what is to run on it, {@code null} when nothing is known yet
	 * @param deadline when to give up
	 * @param cancellation what ends the wait from outside
	 * @param user what knows when it is forgotten
	 * @return the lease; no transaction is open on its connection
	 * @throws SQLException when none could be had
	 */
	public Lease acquireReader(@Nullable String sql, Deadline deadline, @Nullable Cancellation cancellation,
			@Nullable LeaseUser user) throws SQLException {
		if (this.memory) {
			return acquireWriter(sql, deadline, cancellation, user);
		}
		if (this.readLock != null && !this.closing) {
			this.readLock.readBegins();
		}
		return this.readers.acquire(sql, deadline, cancellation, this.listener, user, origin());
	}

	private @Nullable LeaseOrigin origin() {
		return this.settings.pins().recordStacks() ? new LeaseOrigin() : null;
	}

	/**
	 * The reads that are open, each of which keeps the WAL from starting over: read
	 * transactions, and result sets outside one that are not closed. One that has not run
	 * a statement yet is among them, although it holds nothing back so far. The writer is
	 * not, see {@link #status()}. Found out without waiting for anybody.
	 * @return the reads, the oldest first
	 */
	public List<PinStatus> pins() {
		return this.readers.oldestFirst().stream().map(Lease::pin).toList();
	}

	/**
	 * Ends the reads that are older than a limit: for a WAL above its hard limit. What
	 * runs is interrupted, its connection is replaced, and each further use of the
	 * transaction or result set throws a {@link ReadEvictedException}. Waits a moment for
	 * what is in the middle of a step; when that cannot be interrupted (a function of the
	 * application), the read ends as soon as it returns.
	 * @param olderThan the limit, normally {@link #evictReadAfter()}
	 * @return the reads that were ended, the oldest first; those that came to their end
	 * by themselves at the same moment are not among them
	 */
	public List<PinStatus> evictReads(Duration olderThan) {
		List<PinStatus> evicted = ReadEviction.evict(this.readers, olderThan, Deadline.after(REVOKED_GRACE));
		evicted.forEach(this.listener::readEvicted);
		return evicted;
	}

	/**
	 * From which age on a read may be ended by {@link #evictReads}.
	 * @return {@code sqlite.pool.evict-read-after}, {@code null} for never
	 */
	public @Nullable Duration evictReadAfter() {
		return this.settings.pins().evictReadAfter();
	}

	/**
	 * From which age on a read is reported.
	 * @return {@code sqlite.pool.max-read-age}, zero for never
	 */
	public Duration maxReadAge() {
		return this.settings.pins().maxReadAge();
	}

	/**
	 * Starts a thread that {@linkplain #checkLeases() looks at the leases} every few
	 * seconds, until the writer is closed.
	 */
	public void watchLeases() {
		this.leaseWatch.start();
	}

	/**
	 * Reports reads that are older than {@code sqlite.pool.max-read-age}, each once, and
	 * gives back what connections and result sets hold that were garbage-collected
	 * without having been closed.
	 */
	public void checkLeases() {
		this.leaseWatch.check();
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
		requireWritable();
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
	 * Tells that the writer has committed something. Called by its holder.
	 * @return the ticket for {@link #awaitDurable}
	 */
	public long committed() {
		wrote();
		return (this.walSync != null) ? this.walSync.committed() : 0;
	}

	/**
	 * Tells that the writer has rolled something back: SQLite goes on to remember the row
	 * that was inserted last, which is nobody's any more. Called by its holder.
	 */
	public void rolledBack() {
		wrote();
	}

	@SuppressWarnings("NonAtomicVolatileUpdate") // only the holder of the writer calls it
	private void wrote() {
		long count = ++this.commits;
		this.commitWatch.committed(count);
		this.writeBrake.committed(count);
	}

	/**
	 * What wakes the thread that looks after the WAL.
	 * @return the watch on the commits of this pool
	 */
	public CommitWatch commitWatch() {
		return this.commitWatch;
	}

	/**
	 * What holds writers up while the WAL is too large.
	 * @return the brake
	 */
	public WriteBrake writeBrake() {
		return this.writeBrake;
	}

	/**
	 * Begins a reader gap: new reads wait until it is closed.
	 * @return the gap
	 * @throws IllegalStateException when one is open
	 */
	public ReaderGap beginReaderGap() {
		return new ReaderGap(this.readers);
	}

	/**
	 * Whether the thread of the caller holds the writer.
	 * @return whether it would wait for itself
	 */
	public boolean isWriterHeldByCaller() {
		return this.writers.isHeldBy(Thread.currentThread());
	}

	/**
	 * Whether nobody uses or waits for a connection.
	 * @return whether the writer is free and all readers are home
	 */
	public boolean isIdle() {
		return this.writers.holder() == null && this.readers.isAllHome();
	}

	/**
	 * Whether no reader is lent.
	 * @return whether all are home
	 */
	public boolean areReadersHome() {
		return this.readers.isAllHome();
	}

	/**
	 * The readers that are lent, those for the longest time first.
	 * @return their leases
	 */
	public List<Lease> readLeases() {
		return this.readers.oldestFirst();
	}

	/**
	 * Waits until a commit is as durable as {@code sqlite.durability} says. To be called
	 * after the writer has been given back, so that others commit meanwhile and share the
	 * sync. An interrupt does not end the wait, and is kept.
	 * @param ticket what {@link #committed()} returned
	 * @throws SQLException with SQLState 08007 when the commit has happened, and it is
	 * unknown whether it survives a loss of power
	 */
	public void awaitDurable(long ticket) throws SQLException {
		if (this.walSync != null) {
			this.walSync.awaitDurable(ticket);
		}
	}

	/**
	 * How many commits a sync of the WAL has made durable.
	 * @return the mean since the database was opened, 0 before the first sync and when
	 * commits wait for none
	 */
	public double commitsPerSync() {
		return (this.walSync != null) ? this.walSync.commitsPerSync() : 0;
	}

	/**
	 * Checks that writing has a meaning. To be called before a commit too: what is
	 * written after a sync that failed may be lost even if its own sync succeeds.
	 * @throws WritesRefusedException when a sync has failed
	 */
	public void requireWritable() throws WritesRefusedException {
		WritesRefusedException refused = refused();
		if (refused != null) {
			throw refused;
		}
	}

	/**
	 * What to tell somebody who may not write, {@code null} when he may.
	 */
	@Nullable WritesRefusedException refused() {
		SyncFailure failure = syncFailure();
		return (failure != null) ? new WritesRefusedException(failure) : null;
	}

	private @Nullable SyncFailure syncFailure() {
		return (this.walSync != null) ? this.walSync.failure() : null;
	}

	/**
	 * Why nothing is written any more.
	 * @return a sentence for a person, {@code null} when writes are not refused
	 */
	public @Nullable String writeRefusal() {
		SyncFailure failure = syncFailure();
		return (failure != null) ? failure.describe() : this.writeBrake.refusal();
	}

	/**
	 * Whether a sync has failed, so that nothing is to be written to the file any more.
	 * @return whether one has
	 */
	public boolean hasSyncFailed() {
		return syncFailure() != null;
	}

	/**
	 * SQLite syncs too: the WAL before a checkpoint and when it starts over in it, the
	 * file after a checkpoint. It would try again as if nothing had happened.
	 */
	private void noteSyncFailure(@Nullable PhysicalConnection connection) {
		SQLException failure = (connection != null) ? connection.syncFailure() : null;
		if (failure != null && this.walSync != null) {
			this.walSync.report(failure);
		}
	}

	/**
	 * How often the writer has committed or rolled back, so that a reader can tell
	 * whether its snapshot may be older than the last commit, and who has inserted a row
	 * whether his was the last.
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
				readersInUse, this.maintenance.isReadLockHeld(), connections);
	}

	private static ConnectionStatus status(ConnectionSlot slot) {
		PhysicalConnection connection = slot.current();
		Lease lease = slot.lease();
		return new ConnectionStatus(slot.name(), slot.role(), (connection != null) ? connection.settings() : Map.of(),
				(lease != null) ? lease.status() : null, (connection != null) ? connection.statementCacheHits() : 0,
				(connection != null) ? connection.statementCacheMisses() : 0,
				(connection != null) ? connection.statementCacheEvictions() : 0);
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
		this.closing = true;
		// nobody lets it go any more
		this.writeBrake.remove();
		for (PendingWork work : this.pendingWork) {
			try {
				work.close(deadline);
			}
			catch (SQLException | RuntimeException ex) {
				// what closes the connections comes after this
				logger.warn("What was pending could not be committed before the database closes", ex);
			}
		}
		boolean drained = this.writers.drain(deadline);
		int waiting = this.writers.waiting();
		Lease holder = this.writers.turnAway();
		if (holder != null) {
			logger.warn("The transaction of {} is rolled back and {} waiting writes are turned away,"
					+ " because the database closes", holder.status().describe(), waiting);
			revokeWriter(holder);
		}
		this.pendingWork.forEach(SqlitePool::turnAway);
		// whoever has committed and does not wait yet finds it done
		boolean synced = this.walSync == null || this.walSync.drain(deadline);
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
		return drained && synced && readersHome;
	}

	private static void turnAway(PendingWork work) {
		try {
			work.turnAway();
		}
		catch (RuntimeException ex) {
			logger.warn("What was pending could not be turned away", ex);
		}
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
		requireWritable();
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
		this.leaseWatch.stop();
		this.writers.close();
		if (this.walSync != null) {
			this.walSync.close();
		}
		if (this.readLock != null) {
			this.readLock.close();
		}
		this.maintenance.close();
		this.writer.shutDown();
	}

	/**
	 * Closes everything and leaves the WAL as it is, after a sync has failed. A
	 * checkpoint may write into the file only what is safe in the WAL, and that is not
	 * known any more. SQLite would run one when its last connection closes, unless that
	 * one cannot write; so a reader is the last here.
	 */
	public void closeLeavingWal() {
		try {
			this.lastReader.connection();
		}
		catch (SQLException ex) {
			logger.warn("SQLite may copy the WAL into the file now, because no reader can be opened", ex);
		}
		closeReaders();
		closeWriter();
		this.lastReader.shutDown();
	}

}
