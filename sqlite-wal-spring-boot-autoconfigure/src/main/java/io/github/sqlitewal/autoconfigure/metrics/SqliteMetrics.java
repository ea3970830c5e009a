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

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolListener;

/**
 * Metrics of a {@link SqliteDatabase}.
 * <table>
 * <caption>Meters</caption>
 * <tr>
 * <th>name</th>
 * <th>type, unit</th>
 * <th>tags</th>
 * <th>meaning</th>
 * </tr>
 * <tr>
 * <td>{@code sqlite.connections}</td>
 * <td>gauge, connections</td>
 * <td>{@code role}=writer, reader, maintenance; {@code state}=active, idle</td>
 * <td>open physical connections; a maintenance connection is active while it
 * checkpoints</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.writer.wait}</td>
 * <td>timer</td>
 * <td></td>
 * <td>how long write requests waited for the writer, those too that did not wait</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.writer.slowed}</td>
 * <td>timer</td>
 * <td></td>
 * <td>how long write requests were held up before they asked for the writer, so that the
 * WAL stays bounded; those that were not are not in it</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.writer.hold}</td>
 * <td>timer</td>
 * <td></td>
 * <td>how long the writer was held: a transaction, or a statement outside one with those
 * that were committed with it</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.writer.combined}</td>
 * <td>distribution summary, writes</td>
 * <td></td>
 * <td>how many single writes were committed together; those that were committed alone are
 * not in it</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.reader.wait}</td>
 * <td>timer</td>
 * <td></td>
 * <td>how long reads waited for a reader, those too that did not wait</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.writer.queue}</td>
 * <td>gauge, requests</td>
 * <td></td>
 * <td>write requests that wait</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.batch.queue}</td>
 * <td>gauge, writes</td>
 * <td></td>
 * <td>submitted writes that have no answer yet</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.batch.rejected}</td>
 * <td>function counter</td>
 * <td></td>
 * <td>submitted writes that were refused because the queue was full</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.reader.queue}</td>
 * <td>gauge, requests</td>
 * <td></td>
 * <td>reads that wait</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.pins}</td>
 * <td>gauge, reads</td>
 * <td></td>
 * <td>open read transactions and result sets, each of which keeps the WAL from starting
 * over</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.pin.age}</td>
 * <td>gauge, seconds</td>
 * <td></td>
 * <td>age of the oldest of them, 0 when there is none</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.reads.overdue}</td>
 * <td>counter</td>
 * <td></td>
 * <td>reads that were open for longer than {@code sqlite.pool.max-read-age}</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.reads.evicted}</td>
 * <td>counter</td>
 * <td></td>
 * <td>reads that were ended because they held back the WAL for too long</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.leases.forgotten}</td>
 * <td>counter</td>
 * <td></td>
 * <td>connections and result sets that were garbage-collected without having been closed,
 * while they held a reader or the writer</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.retries}</td>
 * <td>counter</td>
 * <td></td>
 * <td>attempts after the first, because another process held a lock; only with
 * spring-retry</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.checkpoint}</td>
 * <td>timer</td>
 * <td>{@code mode}=passive, full, restart, truncate; {@code outcome}=reset, complete,
 * partial, busy, skipped (when it was interrupted), failed; {@code trigger}=startup,
 * pressure, interval, idle, cron, request, other-processes, shutdown</td>
 * <td>checkpoints, waits included</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.checkpoint.blocked}</td>
 * <td>timer</td>
 * <td>{@code who}=writers, readers</td>
 * <td>how long each checkpoint kept the writers out, and new reads waiting</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.resets}</td>
 * <td>function counter</td>
 * <td></td>
 * <td>how often the WAL was seen to start over</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.state}</td>
 * <td>gauge, 0 or 1</td>
 * <td>{@code state}=normal, held-back, over-limit, failing</td>
 * <td>1 for the state that the WAL is in</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.syncs}</td>
 * <td>timer</td>
 * <td></td>
 * <td>syncs that made commits durable; none unless {@code sqlite.durability} is
 * {@code power-loss}</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.sync.commits}</td>
 * <td>distribution summary, commits</td>
 * <td></td>
 * <td>commits that shared a sync</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.sync.failures}</td>
 * <td>counter</td>
 * <td></td>
 * <td>syncs that failed; after the first, writes are refused</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.frames}</td>
 * <td>gauge, frames</td>
 * <td></td>
 * <td>frames in the WAL</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.checkpointed.frames}</td>
 * <td>gauge, frames</td>
 * <td></td>
 * <td>frames of the WAL that are in the database file</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.wal.size}</td>
 * <td>gauge, bytes</td>
 * <td></td>
 * <td>size of the WAL file, which stays when SQLite starts over in it, with what is made
 * ready ahead of a WAL that is held back</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.statement.cache}</td>
 * <td>function counter</td>
 * <td>{@code result}=hit, miss</td>
 * <td>statements that were found prepared, and those that were not</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.statement.cache.evictions}</td>
 * <td>function counter</td>
 * <td></td>
 * <td>prepared statements that fell out for others</td>
 * </tr>
 * </table>
 * <p>
 * The timers have no percentiles of their own, so that
 * {@code management.metrics.distribution.*} decides on histograms and SLOs.
 * <p>
 * <b>Events</b> go to every registry that this was bound to. It is a listener of the
 * database and therefore older than it, and older than the registry's binding, which Boot
 * does when all singletons are there: waits and checkpoints before that, those of
 * migrations for example, are not timed. The statement cache is counted from the
 * beginning. An event of the pool costs what Micrometer's timer costs and allocates
 * nothing.
 * <p>
 * <b>Gauges</b> share a snapshot of at most a second, so a scrape costs one look at the
 * pool and one {@code wal_checkpoint(NOOP)}, however many meters and registries there
 * are. A scrape takes no connection that anybody waits for, keeps no transaction open and
 * never throws: what is not known, because the database is closed or in memory, or its
 * file cannot be read, is NaN.
 * <p>
 * Safe for use by many threads.
 */
public final class SqliteMetrics implements MeterBinder, PoolListener, CheckpointListener {

	private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final Supplier<@Nullable SqliteDatabase> supplier;

	private final Snapshots snapshots;

	private volatile Bound[] bound = new Bound[0];

	/**
	 * Creates the metrics of a database.
	 * @param database gives the database, or {@code null} when there is none; asked when
	 * these metrics are bound, so that they can be made before the database
	 */
	public SqliteMetrics(Supplier<@Nullable SqliteDatabase> database) {
		this(database, MAX_AGE_NANOS);
	}

	SqliteMetrics(Supplier<@Nullable SqliteDatabase> database, long maxAgeNanos) {
		this.supplier = database;
		this.snapshots = new Snapshots(maxAgeNanos);
	}

	@Override
	public synchronized void bindTo(MeterRegistry registry) {
		if (Arrays.stream(this.bound).anyMatch((bound) -> bound.registry == registry)) {
			return;
		}
		SqliteDatabase database = this.supplier.get();
		if (database != null) {
			this.snapshots.observe(database);
		}
		for (ConnectionRole role : ConnectionRole.values()) {
			connections(registry, role, "active", true);
			connections(registry, role, "idle", false);
		}
		gauge(registry, "sqlite.writer.queue", "requests", "Write requests that wait for the writer",
				(snapshot) -> snapshot.pool().queuedWrites());
		gauge(registry, "sqlite.batch.queue", "writes", "Submitted writes that have no answer yet",
				Snapshots.Snapshot::submittedWrites);
		FunctionCounter.builder("sqlite.batch.rejected", this.snapshots, Snapshots::rejectedWrites)
			.description("Submitted writes that were refused because the queue was full")
			.register(registry);
		gauge(registry, "sqlite.reader.queue", "requests", "Reads that wait for a reader",
				(snapshot) -> snapshot.pool().queuedReads());
		gauge(registry, "sqlite.pins", "reads", "Open reads, which keep the WAL from starting over",
				(snapshot) -> snapshot.pins().size());
		TimeGauge
			.builder("sqlite.pin.age", this.snapshots, TimeUnit.NANOSECONDS,
					(snapshots) -> snapshots.value(SqliteMetrics::oldestPinNanos))
			.description("Age of the oldest open read")
			.register(registry);
		walGauge(registry, "sqlite.wal.frames", "frames", "Frames in the WAL", WalStatus::frames);
		walGauge(registry, "sqlite.wal.checkpointed.frames", "frames",
				"Frames of the WAL that are in the database file", WalStatus::checkpointedFrames);
		walGauge(registry, "sqlite.wal.size", BaseUnits.BYTES, "Size of the WAL file", WalStatus::bytes);
		FunctionCounter.builder("sqlite.wal.resets", this.snapshots, Snapshots::walResets)
			.description("How often the WAL was seen to start over")
			.register(registry);
		for (WalState state : WalState.values()) {
			Gauge
				.builder("sqlite.wal.state", this.snapshots,
						(snapshots) -> snapshots.value((snapshot) -> (snapshot.walState() == state) ? 1 : 0))
				.description("1 for the state that the WAL is in")
				.tag("state", tagValue(state))
				.register(registry);
		}
		statementCache(registry, "hit", Snapshots::statementCacheHits);
		statementCache(registry, "miss", Snapshots::statementCacheMisses);
		FunctionCounter.builder("sqlite.statement.cache.evictions", this.snapshots, Snapshots::statementCacheEvictions)
			.description("Prepared statements that fell out of a cache for others")
			.register(registry);
		Bound[] bound = Arrays.copyOf(this.bound, this.bound.length + 1);
		bound[this.bound.length] = new Bound(registry);
		this.bound = bound;
	}

	private void connections(MeterRegistry registry, ConnectionRole role, String state, boolean leased) {
		Gauge.builder("sqlite.connections", this.snapshots, (snapshots) -> snapshots.value((snapshot) -> {
			return snapshot.pool()
				.connections()
				.stream()
				.filter((connection) -> connection.role() == role && (connection.lease() != null) == leased
			// a connection that is to be replaced is not open
						&& (leased || !connection.settings().isEmpty()))
				.count();
		}))
			.description("Open physical connections")
			.baseUnit(BaseUnits.CONNECTIONS)
			.tag("role", tagValue(role))
			.tag("state", state)
			.register(registry);
	}

	private static double oldestPinNanos(Snapshots.Snapshot snapshot) {
		return snapshot.pins().isEmpty() ? 0 : snapshot.pins().get(0).held().toNanos();
	}

	private void gauge(MeterRegistry registry, String name, String unit, String description,
			ToDoubleFunction<Snapshots.Snapshot> value) {
		Gauge.builder(name, this.snapshots, (snapshots) -> snapshots.value(value))
			.description(description)
			.baseUnit(unit)
			.register(registry);
	}

	private void walGauge(MeterRegistry registry, String name, String unit, String description,
			ToDoubleFunction<WalStatus> value) {
		gauge(registry, name, unit, description, (snapshot) -> {
			WalStatus wal = snapshot.wal();
			return (wal != null && wal.frames() >= 0) ? value.applyAsDouble(wal) : Double.NaN;
		});
	}

	private void statementCache(MeterRegistry registry, String result, ToDoubleFunction<Snapshots> count) {
		FunctionCounter.builder("sqlite.statement.cache", this.snapshots, count)
			.description("Statements that were looked up in the caches of prepared statements")
			.tag("result", result)
			.register(registry);
	}

	@Override
	public void writerAcquired(long waitNanos) {
		for (Bound bound : this.bound) {
			bound.writerWait.record(waitNanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void writeSlowed(long nanos) {
		for (Bound bound : this.bound) {
			bound.writerSlowed.record(nanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void writerReleased(long holdNanos) {
		for (Bound bound : this.bound) {
			bound.writerHold.record(holdNanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void writesCombined(int count) {
		for (Bound bound : this.bound) {
			bound.writerCombined.record(count);
		}
	}

	@Override
	public void readerAcquired(long waitNanos) {
		for (Bound bound : this.bound) {
			bound.readerWait.record(waitNanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void retried(int retries) {
		for (Bound bound : this.bound) {
			bound.retries.increment(retries);
		}
	}

	@Override
	public void readTooOld(PinStatus read) {
		for (Bound bound : this.bound) {
			bound.readsOverdue.increment();
		}
	}

	@Override
	public void synced(int commits, long nanos) {
		for (Bound bound : this.bound) {
			bound.syncs.record(nanos, TimeUnit.NANOSECONDS);
			bound.syncCommits.record(commits);
		}
	}

	@Override
	public void readEvicted(PinStatus read) {
		for (Bound bound : this.bound) {
			bound.readsEvicted.increment();
		}
	}

	@Override
	public void leaseForgotten(PinStatus lease) {
		for (Bound bound : this.bound) {
			bound.leasesForgotten.increment();
		}
	}

	@Override
	public void syncFailed() {
		for (Bound bound : this.bound) {
			bound.syncFailures.increment();
		}
	}

	@Override
	public void checkpointed(CheckpointResult result) {
		for (Bound bound : this.bound) {
			Timer.builder("sqlite.checkpoint")
				.description("Checkpoints, waits included")
				.tag("mode", tagValue(result.mode()))
				.tag("outcome", tagValue(result.outcome()))
				.tag("trigger", tagValue(result.trigger()))
				.register(bound.registry)
				.record(result.duration());
			blocked(bound, "writers", result.writersBlocked());
			blocked(bound, "readers", result.readersBlocked());
		}
	}

	private static void blocked(Bound bound, String who, Duration duration) {
		if (!duration.isZero()) {
			Timer.builder("sqlite.checkpoint.blocked")
				.description("How long each checkpoint kept the writers out, and new reads waiting")
				.tag("who", who)
				.register(bound.registry)
				.record(duration);
		}
	}

	private static String tagValue(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * A registry and its timers, looked up once.
	 */
	private static final class Bound {

		private final MeterRegistry registry;

		private final Timer writerWait;

		private final Timer writerHold;

		private final Timer writerSlowed;

		private final DistributionSummary writerCombined;

		private final Timer readerWait;

		private final Counter retries;

		private final Counter readsOverdue;

		private final Counter readsEvicted;

		private final Counter leasesForgotten;

		private final Timer syncs;

		private final DistributionSummary syncCommits;

		private final Counter syncFailures;

		private Bound(MeterRegistry registry) {
			this.registry = registry;
			this.writerWait = timer("sqlite.writer.wait", "How long write requests waited for the writer");
			this.writerSlowed = timer("sqlite.writer.slowed",
					"How long write requests were held up so that the WAL stays bounded");
			this.writerHold = timer("sqlite.writer.hold", "How long the writer was held");
			this.writerCombined = DistributionSummary.builder("sqlite.writer.combined")
				.description("How many single writes were committed together")
				.baseUnit("writes")
				.register(registry);
			this.readerWait = timer("sqlite.reader.wait", "How long reads waited for a reader");
			this.retries = counter("sqlite.retries", "Attempts after the first, because another process held a lock");
			this.readsOverdue = counter("sqlite.reads.overdue", "Reads that were open for longer than max-read-age");
			this.readsEvicted = counter("sqlite.reads.evicted",
					"Reads that were ended because they held back the WAL for too long");
			this.leasesForgotten = counter("sqlite.leases.forgotten",
					"Connections and result sets that were garbage-collected without having been closed");
			this.syncs = timer("sqlite.wal.syncs", "Syncs of the WAL that made commits durable");
			this.syncCommits = DistributionSummary.builder("sqlite.wal.sync.commits")
				.description("Commits that shared a sync of the WAL")
				.baseUnit("commits")
				.register(registry);
			this.syncFailures = counter("sqlite.wal.sync.failures",
					"Syncs that failed, after the first of which writes are refused");
		}

		private Counter counter(String name, String description) {
			return Counter.builder(name).description(description).register(this.registry);
		}

		private Timer timer(String name, String description) {
			return Timer.builder(name).description(description).register(this.registry);
		}

	}

}
