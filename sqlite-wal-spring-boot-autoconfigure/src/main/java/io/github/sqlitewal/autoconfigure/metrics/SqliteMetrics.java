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
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.ConnectionRole;
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
 * <td>{@code sqlite.reader.queue}</td>
 * <td>gauge, requests</td>
 * <td></td>
 * <td>reads that wait</td>
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
 * partial, busy, skipped (when it was interrupted), failed; {@code trigger}=interval,
 * cron, request, other-processes, shutdown</td>
 * <td>checkpoints, waits included</td>
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
 * <td>size of the WAL file, which stays when SQLite starts over in it</td>
 * </tr>
 * <tr>
 * <td>{@code sqlite.statement.cache}</td>
 * <td>function counter</td>
 * <td>{@code result}=hit, miss</td>
 * <td>statements that were found prepared, and those that were not</td>
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
		gauge(registry, "sqlite.reader.queue", "requests", "Reads that wait for a reader",
				(snapshot) -> snapshot.pool().queuedReads());
		walGauge(registry, "sqlite.wal.frames", "frames", "Frames in the WAL", WalStatus::frames);
		walGauge(registry, "sqlite.wal.checkpointed.frames", "frames",
				"Frames of the WAL that are in the database file", WalStatus::checkpointedFrames);
		walGauge(registry, "sqlite.wal.size", BaseUnits.BYTES, "Size of the WAL file", WalStatus::bytes);
		statementCache(registry, "hit", Snapshots::statementCacheHits);
		statementCache(registry, "miss", Snapshots::statementCacheMisses);
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
	public void checkpointed(CheckpointResult result) {
		for (Bound bound : this.bound) {
			Timer.builder("sqlite.checkpoint")
				.description("Checkpoints, waits included")
				.tag("mode", tagValue(result.mode()))
				.tag("outcome", tagValue(result.outcome()))
				.tag("trigger", tagValue(result.trigger()))
				.register(bound.registry)
				.record(result.duration());
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

		private final DistributionSummary writerCombined;

		private final Timer readerWait;

		private final Counter retries;

		private Bound(MeterRegistry registry) {
			this.registry = registry;
			this.writerWait = timer("sqlite.writer.wait", "How long write requests waited for the writer");
			this.writerHold = timer("sqlite.writer.hold", "How long the writer was held");
			this.writerCombined = DistributionSummary.builder("sqlite.writer.combined")
				.description("How many single writes were committed together")
				.baseUnit("writes")
				.register(registry);
			this.readerWait = timer("sqlite.reader.wait", "How long reads waited for a reader");
			this.retries = Counter.builder("sqlite.retries")
				.description("Attempts after the first, because another process held a lock")
				.register(registry);
		}

		private Timer timer(String name, String description) {
			return Timer.builder(name).description(description).register(this.registry);
		}

	}

}
