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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * The connection that checkpoints and probes, one thing at a time. It has a short busy
 * timeout of its own and is neither the writer nor a reader, so that looking at the
 * database never waits behind those who use it, nor they behind the look.
 */
public final class MaintenanceConnection {

	private static final long INTERRUPT_MILLIS = 10;

	private final ConnectionSlot slot;

	private final ReentrantLock lock = new ReentrantLock();

	private final Permission permission;

	private final Consumer<PhysicalConnection> afterwards;

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
		if (!this.lock.tryLock()) {
			return null;
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
