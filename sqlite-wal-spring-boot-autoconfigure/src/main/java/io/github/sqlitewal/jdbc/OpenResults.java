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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.LeaseUser;

/**
 * The open result sets of a logical connection, as its leases know them: with nothing
 * that the application can hold, but for weak references.
 * <p>
 * Connection, statements and result sets refer to each other, so whoever has one of them
 * keeps all of them, except that a connection does not keep its statements. So there are
 * two things to find: that all of it is gone, and that statements with open result sets
 * are gone while their connection is in use.
 * <p>
 * Changed with the lock of the connection held, or when nobody else can have it.
 */
final class OpenResults implements LeaseUser {

	private final WeakReference<LogicalConnection> connection;

	private final ReentrantLock lock;

	/** {@link #stop()} reads it without the lock. */
	private final List<OpenCursor> cursors = new CopyOnWriteArrayList<>();

	/**
	 * Creates an empty list.
	 * @param connection whose result sets they are
	 * @param lock the lock of the connection
	 */
	OpenResults(LogicalConnection connection, ReentrantLock lock) {
		this.connection = new WeakReference<>(connection);
		this.lock = lock;
	}

	void add(OpenCursor cursor) {
		this.cursors.add(cursor);
	}

	void remove(OpenCursor cursor) {
		this.cursors.remove(cursor);
	}

	/**
	 * Closes the result sets, as the end of a transaction does.
	 */
	void close() {
		// copied, because each takes itself out of the list
		for (OpenCursor cursor : List.copyOf(this.cursors)) {
			LogicalStatement statement = cursor.get();
			if (statement != null) {
				statement.closeResultQuietly();
			}
			else {
				closeForgotten(cursor);
			}
		}
	}

	private void closeForgotten(OpenCursor cursor) {
		this.cursors.remove(cursor);
		cursor.closeStatement(false);
		cursor.releaseLease();
	}

	/**
	 * Stops what runs for an open result set. Called by any thread.
	 */
	void stop() {
		for (OpenCursor cursor : this.cursors) {
			LogicalStatement statement = cursor.get();
			if (statement != null) {
				statement.stop();
			}
		}
	}

	@Override
	public boolean isForgotten() {
		return this.connection.get() == null;
	}

	@Override
	public void closeAll() {
		for (OpenCursor cursor : this.cursors) {
			cursor.closeStatement(false);
		}
		this.cursors.clear();
	}

	/**
	 * Closes the forgotten result sets of a reader that is held for nothing else. Those
	 * of a transaction hold back nothing that the transaction does not, and are closed
	 * with it; and while another result set of the same reader is open, its thread may be
	 * at work on it.
	 */
	@Override
	public List<String> closeForgotten(Lease lease) {
		// who has the lock is in a call on this connection, so there is no hurry
		if (this.cursors.isEmpty() || !this.lock.tryLock()) {
			return List.of();
		}
		try {
			List<OpenCursor> forgotten = new ArrayList<>();
			for (OpenCursor cursor : this.cursors) {
				ReadLease readLease = cursor.lease();
				if (readLease != null && readLease.lease() == lease) {
					if (!cursor.isForgotten()) {
						return List.of();
					}
					forgotten.add(cursor);
				}
			}
			forgotten.forEach(this::closeForgotten);
			return forgotten.stream().map(OpenCursor::text).toList();
		}
		finally {
			this.lock.unlock();
		}
	}

}
