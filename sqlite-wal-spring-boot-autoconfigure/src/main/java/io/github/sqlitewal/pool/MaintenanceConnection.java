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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * The connection that checkpoints and probes, one thing at a time. It has a short busy
 * timeout of its own and is neither the writer nor a reader, so that looking at the
 * database never waits behind those who use it, nor they behind the look.
 * <p>
 * While nothing else is done on it, it may hold SQLite's read lock for all readers, see
 * {@link ReadLockHolder}. Whatever is done on it begins by letting that go.
 */
public final class MaintenanceConnection {

	private static final Logger logger = LoggerFactory.getLogger(MaintenanceConnection.class);

	private static final long INTERRUPT_MILLIS = 10;

	private static final int YIELDS = 10;

	private static final long PARK_NANOS = 50_000;

	private final ConnectionSlot slot;

	private final ReentrantLock lock = new ReentrantLock();

	private final Permission permission;

	private final Consumer<PhysicalConnection> afterwards;

	/**
	 * Whether a read transaction is open on it, or about to be. Changed under the lock.
	 */
	private volatile boolean readLockHeld;

	/**
	 * The version that the read transaction saw, also after its end; {@code null} when it
	 * may be another one by something that was done here.
	 */
	private @Nullable Long versionRead;

	/** How many have the lock for a moment, or try to, because of the read lock. */
	private final AtomicInteger momentary = new AtomicInteger();

	private boolean closed;

	/**
	 * @param slot the place of the connection
	 * @param permission is asked before anything that may change the file
	 * @param afterwards looks at the connection after it was used
	 */
	MaintenanceConnection(ConnectionSlot slot, Permission permission, Consumer<PhysicalConnection> afterwards) {
		this.slot = slot;
		this.permission = permission;
		this.afterwards = afterwards;
	}

	/**
	 * Does something on the connection, after what is being done on it.
	 * @param <T> what it returns
	 * @param work what to do
	 * @param deadline how long to wait for the connection
	 * @return what it returned
	 * @throws SQLException what it threw, or {@link LockTimeoutException} when the
	 * connection was busy until the deadline, or {@link WritesRefusedException} when a
	 * sync has failed
	 */
	public <T> T run(Work<T> work, Deadline deadline) throws SQLException {
		try {
			if (!this.lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
				throw new LockTimeoutException("The maintenance connection was busy with another checkpoint for "
						+ Durations.format(deadline.timeout()));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new LockTimeoutException("The thread was interrupted while it waited for the maintenance connection",
					ex);
		}
		// so that observers see who checkpoints; their own looks, by tryRun, are no lease
		this.slot.leased(new Lease(this.slot, null, (lease) -> {
		}));
		try {
			this.permission.check();
			this.versionRead = null;
			return runLocked(work);
		}
		finally {
			this.slot.leased(null);
			this.lock.unlock();
		}
	}

	/**
	 * Does something that only reads on the connection, unless it is busy.
	 * @param <T> what it returns
	 * @param work what to do
	 * @return what it returned, or {@code null} when the connection is busy
	 * @throws SQLException what it threw
	 */
	public <T> @Nullable T tryRun(Work<T> work) throws SQLException {
		while (!this.lock.tryLock()) {
			if (this.momentary.get() == 0) {
				// the last of them may have gone since
				if (this.lock.tryLock()) {
					break;
				}
				return null;
			}
			Thread.yield();
		}
		try {
			return runLocked(work);
		}
		finally {
			this.lock.unlock();
		}
	}

	private <T> T runLocked(Work<T> work) throws SQLException {
		if (this.closed) {
			throw new DatabaseClosedException("The database is closed");
		}
		endRead();
		try {
			return work.run(this.slot.connection());
		}
		finally {
			PhysicalConnection used = this.slot.current();
			if (used != null) {
				this.afterwards.accept(used);
			}
			this.slot.recycle();
		}
	}

	/**
	 * Begins to read, which holds SQLite's read lock; anew when it is held already, so
	 * that it does not hold back what was committed since. Does nothing while the
	 * connection is busy. For one caller at a time.
	 * @param allowed is asked when {@link #letReadLockGo()} can see that it is held
	 * @return what became of it
	 */
	ReadLock holdReadLock(BooleanSupplier allowed) {
		this.momentary.incrementAndGet();
		try {
			return this.lock.tryLock() ? holdReadLockAndUnlock(allowed) : ReadLock.NOT_HELD;
		}
		finally {
			this.momentary.decrementAndGet();
		}
	}

	private ReadLock holdReadLockAndUnlock(BooleanSupplier allowed) {
		ReadLock result = ReadLock.NOT_HELD;
		PhysicalConnection connection = this.slot.current();
		try {
			if (connection != null && !this.closed) {
				Long before = this.versionRead;
				this.readLockHeld = true;
				if (allowed.getAsBoolean()) {
					Long version = beginRead(connection);
					this.versionRead = version;
					result = (before == null || before.equals(version)) ? ReadLock.HELD : ReadLock.OVERTAKEN;
				}
			}
		}
		catch (SQLException ex) {
			connection.failed(ex);
			logger.debug("The read lock could not be held, and reads take it each for itself", ex);
			result = ReadLock.FAILED;
		}
		finally {
			endReadAndUnlock(result != ReadLock.HELD);
		}
		return result;
	}

	/**
	 * Begins to read the newest state.
	 * @return a number that is another one when another connection has committed, or made
	 * the WAL empty
	 */
	private static Long beginRead(PhysicalConnection connection) throws SQLException {
		connection.rollback();
		connection.beginRead();
		return Long.valueOf(connection.queryForString("PRAGMA data_version"));
	}

	/**
	 * Lets the read lock go that is held for the readers. Waits at most for one who is
	 * about to take it, and not for what else is done on the connection, because that
	 * lets it go before anything else. It is not held when this returns, unless it was
	 * {@linkplain #holdReadLock taken} after this was called and was allowed.
	 */
	void letReadLockGo() {
		if (!this.readLockHeld) {
			return;
		}
		this.momentary.incrementAndGet();
		try {
			for (int i = 0; this.readLockHeld; i++) {
				if (this.lock.tryLock()) {
					endReadAndUnlock(true);
				}
				else if (i < YIELDS) {
					Thread.yield();
				}
				else {
					LockSupport.parkNanos(PARK_NANOS);
				}
			}
		}
		finally {
			this.momentary.decrementAndGet();
		}
	}

	private void endReadAndUnlock(boolean end) {
		try {
			if (end) {
				endRead();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void endRead() {
		if (!this.readLockHeld) {
			return;
		}
		boolean ended = false;
		try {
			this.slot.recycle();
			ended = true;
		}
		finally {
			endRead(ended);
		}
	}

	private void endRead(boolean ended) {
		try {
			if (!ended) {
				this.slot.close();
			}
		}
		finally {
			this.readLockHeld = false;
		}
	}

	/**
	 * Whether it holds the read lock for the readers.
	 */
	boolean isReadLockHeld() {
		return this.readLockHeld;
	}

	/**
	 * Stops what runs on the connection. May be called from any thread.
	 */
	public void interrupt() {
		PhysicalConnection connection = this.slot.current();
		if (connection != null) {
			connection.interrupt();
		}
	}

	/**
	 * Closes the connection for good, and ends what runs on it: nobody has time to wait
	 * any more.
	 */
	void close() {
		lockForClose();
		try {
			this.closed = true;
			this.slot.shutDown();
		}
		finally {
			this.readLockHeld = false;
			this.lock.unlock();
		}
	}

	private void lockForClose() {
		boolean interrupted = false;
		boolean locked = false;
		while (!locked) {
			try {
				locked = this.lock.tryLock(INTERRUPT_MILLIS, TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
			if (!locked) {
				// one that comes between two statements is lost, so it is repeated
				interrupt();
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	ConnectionSlot slot() {
		return this.slot;
	}

	/**
	 * What became of the read lock.
	 */
	enum ReadLock {

		/** It is held for the readers. */
		HELD,

		/** It is not, because it is not allowed, or the connection is busy or closed. */
		NOT_HELD,

		/** It is not, because SQLite refused it. */
		FAILED,

		/**
		 * It is not, because somebody has committed since it was taken the last time.
		 */
		OVERTAKEN

	}

	/**
	 * Whether the file may be changed.
	 */
	@FunctionalInterface
	interface Permission {

		void check() throws SQLException;

	}

	/**
	 * Something to do on the maintenance connection.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	public interface Work<T> {

		/**
		 * Does it.
		 * @param connection the connection, not to be kept
		 * @return the result
		 * @throws SQLException what SQLite said
		 */
		T run(PhysicalConnection connection) throws SQLException;

	}

}
