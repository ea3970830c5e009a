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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * The place of one physical connection, which outlives it: a connection that cannot be
 * trusted is closed when it comes back, and the next use opens another. Used by whoever
 * holds the lease, so by one thread at a time; the fields that observers read are
 * volatile. Opening and closing exclude each other, because a database that closes takes
 * connections away from those who do not let go.
 */
final class ConnectionSlot {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionSlot.class);

	private final String name;

	private final ConnectionRole role;

	private final ConnectionFactory factory;

	private volatile @Nullable PhysicalConnection connection;

	private volatile @Nullable Lease lease;

	private boolean shutDown;

	ConnectionSlot(String name, ConnectionRole role, ConnectionFactory factory) {
		this.name = name;
		this.role = role;
		this.factory = factory;
	}

	/**
	 * The connection, opened if need be.
	 * @return the connection
	 * @throws SQLException when it cannot be opened
	 */
	PhysicalConnection connection() throws SQLException {
		PhysicalConnection current = this.connection;
		return (current != null) ? current : open();
	}

	private synchronized PhysicalConnection open() throws SQLException {
		if (this.shutDown) {
			throw new DatabaseClosedException("The database is closed");
		}
		PhysicalConnection current = this.connection;
		if (current == null) {
			current = this.factory.open(this.name, this.role);
			this.connection = current;
		}
		return current;
	}

	@Nullable PhysicalConnection current() {
		return this.connection;
	}

	/**
	 * Makes the connection ready for the next lease: no transaction, no time limit, and
	 * replaced if it is not as it was opened.
	 */
	void recycle() {
		PhysicalConnection current = this.connection;
		if (current == null) {
			return;
		}
		current.clearLimit();
		try {
			current.rollback();
			current.setQueryOnly(false);
		}
		catch (SQLException ex) {
			logger.warn("{} could not be made ready for its next use, and is replaced", this.name, ex);
		}
		finally {
			// the connection of a database in memory is the database
			if (!current.isUsable() && !this.factory.settings().location().isMemory()) {
				close();
			}
		}
	}

	/**
	 * Closes a connection that is taken away from its lease, so that the next use opens
	 * another. Waits, without keeping anybody from this place, until SQLite does not work
	 * on it any more.
	 */
	void discard(PhysicalConnection discarded) {
		synchronized (this) {
			if (this.connection == discarded) {
				this.connection = null;
			}
		}
		close(discarded);
	}

	/**
	 * Closes the connection for good.
	 */
	synchronized void shutDown() {
		this.shutDown = true;
		close();
	}

	synchronized void close() {
		PhysicalConnection current = this.connection;
		this.connection = null;
		if (current != null) {
			close(current);
		}
	}

	private void close(PhysicalConnection closing) {
		try {
			closing.close();
		}
		catch (SQLException ex) {
			logger.warn("Connection {} could not be closed", this.name, ex);
		}
	}

	void leased(@Nullable Lease lease) {
		this.lease = lease;
	}

	@Nullable Lease lease() {
		return this.lease;
	}

	String name() {
		return this.name;
	}

	ConnectionRole role() {
		return this.role;
	}

}
