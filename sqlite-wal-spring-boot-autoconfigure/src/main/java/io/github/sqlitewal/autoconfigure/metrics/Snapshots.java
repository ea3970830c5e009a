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

package io.github.sqlitewal.autoconfigure.metrics;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.pool.ConnectionStatus;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolStatus;

/**
 * What gauges see of a database: one look at it, shared by all meters that are read
 * within a short time.
 * <p>
 * A new look is taken by the first reader that finds the last one too old; those who come
 * in the meantime see the last one, so that they never wait for each other.
 */
final class Snapshots {

	private final long maxAgeNanos;

	private final ReentrantLock refreshing = new ReentrantLock();

	/** By connection, the counts at the last look; guarded by {@link #refreshing}. */
	private final Map<String, CacheCounts> lastCounts = new HashMap<>();

	private volatile @Nullable SqliteDatabase database;

	private volatile @Nullable Snapshot last;

	private volatile long walResets;

	private volatile long rejectedWrites;

	private volatile CacheCounts total = new CacheCounts(0, 0, 0);

	/**
	 * Creates snapshots.
	 * @param maxAgeNanos how long one is good enough, in nanoseconds
	 */
	Snapshots(long maxAgeNanos) {
		this.maxAgeNanos = maxAgeNanos;
	}

	void observe(SqliteDatabase database) {
		this.database = database;
	}

	/**
	 * A number for a gauge.
	 * @param value takes it out of a snapshot
	 * @return the number, or NaN when there is no snapshot
	 */
	double value(ToDoubleFunction<Snapshot> value) {
		Snapshot snapshot = get();
		return (snapshot != null) ? value.applyAsDouble(snapshot) : Double.NaN;
	}

	/**
	 * How many statements were found prepared, over all connections that there have been.
	 * @return a number that never becomes smaller
	 */
	double statementCacheHits() {
		get();
		return this.total.hits();
	}

	/**
	 * How many statements were not found prepared, over all connections that there have
	 * been.
	 * @return a number that never becomes smaller
	 */
	double statementCacheMisses() {
		get();
		return this.total.misses();
	}

	/**
	 * How often the WAL was seen to start over.
	 * @return a number that never becomes smaller
	 */
	double walResets() {
		get();
		return this.walResets;
	}

	/**
	 * How many submitted writes were refused because the queue was full.
	 * @return a number that never becomes smaller
	 */
	double rejectedWrites() {
		get();
		return this.rejectedWrites;
	}

	/**
	 * How many statements fell out of the caches for others, over all connections that
	 * there have been.
	 * @return a number that never becomes smaller
	 */
	double statementCacheEvictions() {
		get();
		return this.total.evictions();
	}

	private @Nullable Snapshot get() {
		SqliteDatabase database = this.database;
		if (database == null || database.isClosed()) {
			return null;
		}
		Snapshot last = this.last;
		if (isFresh(last) || !this.refreshing.tryLock()) {
			return last;
		}
		try {
			last = this.last;
			if (!isFresh(last)) {
				last = take(database);
				this.last = last;
			}
			return last;
		}
		finally {
			this.refreshing.unlock();
		}
	}

	private boolean isFresh(@Nullable Snapshot snapshot) {
		return snapshot != null && System.nanoTime() - snapshot.takenAt() < this.maxAgeNanos;
	}

	private Snapshot take(SqliteDatabase database) {
		PoolStatus pool = database.status();
		count(pool);
		WalStatus wal = null;
		try {
			wal = database.checkpointer().walStatus();
		}
		catch (SQLException | RuntimeException ex) {
			// the health indicator says what is wrong; a gauge has nothing to show
		}
		this.walResets = database.checkpointer().walResets();
		this.rejectedWrites = database.batchWriter().rejected();
		return new Snapshot(pool, database.pins(), wal, database.checkpointer().walState().current(),
				database.batchWriter().queued(), System.nanoTime());
	}

	/**
	 * Adds what was counted since the last look. A connection that replaces another one
	 * starts at zero, and the total must not shrink.
	 */
	private void count(PoolStatus pool) {
		CacheCounts sum = this.total;
		for (ConnectionStatus connection : pool.connections()) {
			if (connection.role() == ConnectionRole.MAINTENANCE) {
				// what it runs is not the application's
				continue;
			}
			CacheCounts now = new CacheCounts(connection.statementCacheHits(), connection.statementCacheMisses(),
					connection.statementCacheEvictions());
			CacheCounts before = this.lastCounts.put(connection.name(), now);
			sum = sum.plus((before != null && before.isBefore(now)) ? now.minus(before) : now);
		}
		this.total = sum;
	}

	/**
	 * One look at a database.
	 *
	 * @param pool who holds which connection
	 * @param pins the open reads, the oldest first
	 * @param wal the WAL, {@code null} when it is not known
	 * @param walState how the WAL is doing
	 * @param submittedWrites submitted writes without an answer
	 * @param takenAt when, as of {@link System#nanoTime()}
	 */
	record Snapshot(PoolStatus pool, List<PinStatus> pins, @Nullable WalStatus wal, WalState walState,
			int submittedWrites, long takenAt) {
	}

	private record CacheCounts(long hits, long misses, long evictions) {

		/**
		 * Whether these may be counts of the same connection as later ones.
		 */
		boolean isBefore(CacheCounts later) {
			return this.hits <= later.hits && this.misses <= later.misses && this.evictions <= later.evictions;
		}

		CacheCounts plus(CacheCounts other) {
			return new CacheCounts(this.hits + other.hits, this.misses + other.misses,
					this.evictions + other.evictions);
		}

		CacheCounts minus(CacheCounts other) {
			return new CacheCounts(this.hits - other.hits, this.misses - other.misses,
					this.evictions - other.evictions);
		}

	}

}
