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

package io.github.sqlitewal;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.batch.SqliteBatchWriter;
import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.CheckpointSettings;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.checkpoint.WalLimitPolicy;
import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.connection.PhysicalConnection.TimeLimit;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.connection.SqliteConnectionCustomizer;
import io.github.sqlitewal.jdbc.BatchSettings;
import io.github.sqlitewal.jdbc.SqliteDataSource;
import io.github.sqlitewal.pool.BusyRetry;
import io.github.sqlitewal.pool.PinSettings;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PollingRetry;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.PoolSettings;
import io.github.sqlitewal.pool.PoolStatus;
import io.github.sqlitewal.pool.ReadEvictedException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WalFile;
import io.github.sqlitewal.pool.WriteGroupLimits;

/**
 * One SQLite file and everything that this process holds on it: one writer, several
 * readers, a connection for maintenance, the {@link SqliteDataSource} that routes to
 * them, and the {@link SqliteCheckpointer}.
 *
 * <pre class="code">
 * try (SqliteDatabase database = SqliteDatabase.builder(Path.of("app.db")).open()) {
 *     DataSource dataSource = database.dataSource();
 *     // ...
 * }
 * </pre>
 * <p>
 * There should be one for each file in a process. Other processes may use the file at the
 * same time. Safe for use by many threads.
 * <p>
 * Closing has an order and a deadline: new work is refused, what was accepted is waited
 * for, a running checkpoint too, the statistics of the query planner are refreshed, the
 * readers are closed, the WAL is copied into the file and truncated, and the writer is
 * closed last, so that one file remains. What does not end in time is ended, and what
 * another process keeps locked is left in the WAL, where it is just as safe. After a sync
 * has failed, the WAL is left too.
 */
public final class SqliteDatabase implements AutoCloseable {

	/** What {@link #probe()} asks. */
	public static final String VALIDATION_QUERY = "SELECT count(*) FROM sqlite_schema";

	/** For what ends only when it is told at the deadline. */
	private static final Duration CLOSE_GRACE = Duration.ofSeconds(1);

	private static final long WATCHDOG_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private static final Logger logger = LoggerFactory.getLogger(SqliteDatabase.class);

	private final DatabaseLocation location;

	private final SqlitePool pool;

	private final SqliteDataSource dataSource;

	private final SqliteCheckpointer checkpointer;

	private final SqliteBatchWriter batchWriter;

	private final Durability durability;

	private final Duration lockTimeout;

	private final Duration shutdownTimeout;

	private final String sqliteVersion;

	private final @Nullable Object fileKey;

	private final Object closing = new Object();

	private boolean closeDone;

	private volatile boolean closed;

	private SqliteDatabase(Builder builder) throws SQLException {
		this.location = builder.location;
		ConnectionSettings settings = new ConnectionSettings(builder.location, builder.pragmas,
				builder.driverProperties, builder.customizers, builder.statementCacheSize);
		settings.checkDurability(builder.durability);
		this.durability = builder.durability;
		ConnectionFactory factory = new ConnectionFactory(settings);
		CheckpointSettings checkpoints = builder.checkpoints();
		PoolSettings poolSettings = new PoolSettings(builder.readers, builder.lockTimeout, builder.maxQueuedWrites,
				builder.combineWrites ? WriteGroupLimits.DEFAULT : WriteGroupLimits.OFF,
				new PinSettings(builder.maxReadAge, builder.evictReadAfter, builder.recordStacks),
				builder.holdReadLock && !checkpoints.external());
		this.pool = SqlitePool.open(factory, poolSettings, builder.busyRetry, builder.poolListener, builder.walFile());
		this.dataSource = new SqliteDataSource(this.pool, builder.lockTimeout,
				new BatchSettings(builder.batchAtomic, builder.batchRewriteInserts), "jdbc:sqlite:" + this.location);
		this.checkpointer = startCheckpoints(this.pool, this.location, checkpoints, builder.checkpointListener);
		this.lockTimeout = builder.lockTimeout;
		this.batchWriter = new SqliteBatchWriter(this.dataSource, this.pool, builder.batchSize, builder.batchMaxLatency,
				builder.batchQueueCapacity);
		this.shutdownTimeout = builder.shutdownTimeout;
		this.sqliteVersion = this.pool.sqliteVersion();
		this.fileKey = this.location.fileKey();
		this.pool.watchLeases();
		logger.info("Opened {} with SQLite {}: one writer and {} readers", this.location, this.sqliteVersion,
				this.location.isMemory() ? 0 : builder.readers);
	}

	private static SqliteCheckpointer startCheckpoints(SqlitePool pool, DatabaseLocation location,
			CheckpointSettings settings, CheckpointListener listener) throws SQLException {
		boolean started = false;
		try {
			SqliteCheckpointer checkpointer = new SqliteCheckpointer(pool, location, settings, listener);
			checkpointer.start();
			started = true;
			return checkpointer;
		}
		finally {
			if (!started) {
				pool.closeReaders();
				pool.closeWriter();
			}
		}
	}

	/**
	 * Describes a database in a file.
	 * @param file the file; it and its directory are made when they are missing
	 * @return a builder
	 */
	public static Builder builder(Path file) {
		return new Builder(DatabaseLocation.file(file));
	}

	/**
	 * Describes a database.
	 * @param location where it is
	 * @return a builder
	 */
	public static Builder builder(DatabaseLocation location) {
		return new Builder(location);
	}

	/**
	 * The data source that routes reads to readers and the rest to the writer.
	 * @return the one data source of this database
	 */
	public SqliteDataSource dataSource() {
		return this.dataSource;
	}

	/**
	 * What copies the WAL into the file.
	 * @return the one checkpointer of this database
	 */
	public SqliteCheckpointer checkpointer() {
		return this.checkpointer;
	}

	/**
	 * What opens batches: many operations in few transactions.
	 * @return the one batch writer of this database
	 */
	public SqliteBatchWriter batchWriter() {
		return this.batchWriter;
	}

	/**
	 * Where the database is.
	 * @return the location
	 */
	public DatabaseLocation location() {
		return this.location;
	}

	/**
	 * Who holds which connection, and who waits. Found out without taking a connection.
	 * @return the state at this moment
	 */
	public PoolStatus status() {
		return this.pool.status();
	}

	/**
	 * The reads that are open, each of which keeps the WAL from starting over. Found out
	 * without taking a connection.
	 * @return the reads, the oldest first
	 */
	public List<PinStatus> pins() {
		return this.pool.pins();
	}

	/**
	 * From which age on an open read is reported.
	 * @return {@code sqlite.pool.max-read-age}, zero for never
	 */
	public Duration maxReadAge() {
		return this.pool.maxReadAge();
	}

	/**
	 * Whether the file that was opened is still the one under its name. A file that was
	 * deleted, or replaced by another, goes on being written to by this process, and what
	 * is written is lost.
	 * @return whether it is; always for a database in memory
	 */
	public boolean isFileInPlace() {
		return Objects.equals(this.fileKey, this.location.fileKey());
	}

	/**
	 * How long a call waits for a connection and for SQLite's lock together.
	 * @return {@code sqlite.lock-timeout}
	 */
	public Duration lockTimeout() {
		return this.lockTimeout;
	}

	/**
	 * What a commit that has returned survives.
	 * @return {@code sqlite.durability}, which has no effect on a database in memory
	 */
	public Durability durability() {
		return this.durability;
	}

	/**
	 * How many commits a sync of the WAL has made durable, the more the more threads
	 * commit at the same time.
	 * @return the mean since the database was opened, 0 before the first sync and when
	 * commits wait for none
	 */
	public double commitsPerSync() {
		return this.pool.commitsPerSync();
	}

	/**
	 * Why nothing is written any more. When a sync fails, nobody can say what of the last
	 * commits is on the disk, so the database refuses to write until it has been opened
	 * again; reads go on.
	 * @return a sentence for a person, {@code null} when writes are not refused
	 */
	public @Nullable String writeRefusal() {
		return this.pool.writeRefusal();
	}

	/**
	 * Whether {@link #close()} has been called, so that no new work is taken any more.
	 * @return whether it closes, or is closed
	 */
	public boolean isClosed() {
		return this.closed;
	}

	/**
	 * The version of the SQLite library.
	 * @return for example {@code 3.54.1}
	 */
	public String sqliteVersion() {
		return this.sqliteVersion;
	}

	/**
	 * Reads the first page of the file, with nothing cached, on the maintenance
	 * connection and without waiting for it. Does nothing while a checkpoint uses that
	 * connection, because the checkpoint reads the file too, and nothing for a database
	 * in memory.
	 * @throws SQLException when the file cannot be read, or is not a database any more
	 */
	public void probe() throws SQLException {
		if (this.location.isMemory()) {
			return;
		}
		this.pool.maintenance().tryRun((connection) -> {
			try {
				connection.queryForString("PRAGMA shrink_memory");
				connection.queryForString(VALIDATION_QUERY);
				return true;
			}
			catch (SQLException ex) {
				connection.failed(ex);
				throw ex;
			}
		});
	}

	/**
	 * Closes the database within {@code sqlite.shutdown.timeout}. Idempotent.
	 */
	@Override
	public void close() {
		this.closed = true;
		// an interrupt is no reason to leave the file open, or half a transaction undone
		boolean interrupted = Thread.interrupted();
		try {
			// a second caller waits for the first, so that the file is closed when it
			// goes on
			synchronized (this.closing) {
				if (!this.closeDone) {
					this.closeDone = true;
					closeInTime(Deadline.after(this.shutdownTimeout));
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Closes on a thread of its own, because nothing can end a statement that is inside a
	 * function of the application: then this returns in time, and the rest follows when
	 * the function does.
	 */
	private void closeInTime(Deadline deadline) {
		Thread closer = new Thread(() -> doClose(deadline), "sqlite-close");
		closer.setDaemon(true);
		closer.start();
		try {
			closer.join(deadline.remaining().plus(CLOSE_GRACE).toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (closer.isAlive()) {
			logger.warn("{} is not closed yet, because something on it cannot be interrupted; nothing is lost",
					this.location);
		}
	}

	private void doClose(Deadline deadline) {
		this.checkpointer.stop();
		// what drains late leaves a fifth of the time for the file
		this.pool.drain(Deadline.after(this.shutdownTimeout.multipliedBy(4).dividedBy(5)));
		if (this.location.isMemory()) {
			this.pool.closeWriter();
			logger.info("Closed {}", this.location);
			return;
		}
		if (closeLeavingWal()) {
			return;
		}
		ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "sqlite-shutdown");
			thread.setDaemon(true);
			return thread;
		});
		try {
			watchdog.scheduleAtFixedRate(this.pool.maintenance()::interrupt, deadline.remainingNanos(), WATCHDOG_NANOS,
					TimeUnit.NANOSECONDS);
			optimize(deadline);
			if (this.checkpointer.settings().external()) {
				// a reader as the last one leaves the WAL to the program that copies it
				this.pool.closeWriter();
				return;
			}
			this.pool.closeReaders();
			CheckpointResult result = this.checkpointer.checkpointForShutdown(deadline);
			if (closeLeavingWal()) {
				return;
			}
			if (!result.isComplete()) {
				logger.warn("The WAL of {} stays beside the file, and nothing is lost: {}", this.location,
						result.detail());
			}
		}
		finally {
			watchdog.shutdownNow();
			this.pool.closeReaders();
			this.pool.closeWriter();
			logger.info("Closed {} in {} ms", this.location, deadline.elapsed().toMillis());
		}
	}

	/**
	 * Closes without a checkpoint when a sync has failed.
	 * @return whether one has
	 */
	private boolean closeLeavingWal() {
		if (!this.pool.hasSyncFailed()) {
			return false;
		}
		this.pool.closeLeavingWal();
		logger.error("Closed {} and left its WAL beside it as it is. {}", this.location, this.pool.writeRefusal());
		return true;
	}

	private void optimize(Deadline deadline) {
		try {
			this.pool.withDrainedWriter((connection) -> {
				TimeLimit limit = new TimeLimit(deadline.remaining().dividedBy(2));
				connection.runLimit(limit);
				try {
					connection.queryForString("PRAGMA optimize");
					return true;
				}
				finally {
					connection.clearLimit();
				}
			});
		}
		catch (SQLException ex) {
			// it is for the speed of later queries only
			logger.debug("PRAGMA optimize did not finish", ex);
		}
	}

	@Override
	public String toString() {
		return "SqliteDatabase[" + this.location + "]";
	}

	/**
	 * Describes a database. Not safe for use by many threads.
	 */
	public static final class Builder {

		private static final Duration MAX_SHUTDOWN = Duration.ofDays(1);

		private final DatabaseLocation location;

		private final Map<String, String> pragmas = new LinkedHashMap<>();

		private final Map<String, String> driverProperties = new LinkedHashMap<>();

		private final List<SqliteConnectionCustomizer> customizers = new ArrayList<>();

		private int readers = PoolSettings.defaultReaders();

		private int maxQueuedWrites = PoolSettings.DEFAULT_MAX_QUEUED_WRITES;

		private boolean combineWrites = true;

		private boolean holdReadLock = true;

		private int statementCacheSize = 256;

		private int batchSize = SqliteBatchWriter.DEFAULT_SIZE;

		private Duration batchMaxLatency = SqliteBatchWriter.DEFAULT_MAX_LATENCY;

		private int batchQueueCapacity = SqliteBatchWriter.DEFAULT_QUEUE_CAPACITY;

		private boolean batchAtomic = BatchSettings.DEFAULT.atomic();

		private boolean batchRewriteInserts = BatchSettings.DEFAULT.rewriteInserts();

		private Durability durability = Durability.PROCESS_CRASH;

		private @Nullable WalFile walFile;

		private Duration lockTimeout = PoolSettings.DEFAULT_LOCK_TIMEOUT;

		private Duration checkpointInterval = CheckpointSettings.DEFAULT_INTERVAL;

		private long checkpointTriggerSize = CheckpointSettings.DEFAULT_TRIGGER_SIZE;

		private Duration checkpointBusyTimeout = CheckpointSettings.DEFAULT_BUSY_TIMEOUT;

		private long maxWalSize = CheckpointSettings.DEFAULT_MAX_WAL_SIZE;

		private WalLimitPolicy walLimitPolicy = WalLimitPolicy.REPORT;

		private boolean externalCheckpoints;

		private boolean walHeadroom = true;

		private Duration maxReadAge = PinSettings.DEFAULT_MAX_READ_AGE;

		private @Nullable Duration evictReadAfter;

		private boolean recordStacks;

		private Duration shutdownTimeout = Duration.ofSeconds(10);

		private BusyRetry busyRetry = PollingRetry.instance();

		private PoolListener poolListener = new PoolListener() {
		};

		private CheckpointListener checkpointListener = (result) -> {
		};

		private Builder(DatabaseLocation location) {
			this.location = location;
		}

		/**
		 * Sets a pragma on every connection, over the defaults of
		 * {@link ConnectionSettings}.
		 * @param name its name in SQLite
		 * @param value its value, as a number or a keyword
		 * @return this
		 */
		public Builder pragma(String name, String value) {
			this.pragmas.put(name, value);
			return this;
		}

		/**
		 * Sets pragmas on every connection.
		 * @param pragmas values by name
		 * @return this
		 */
		public Builder pragmas(Map<String, String> pragmas) {
			this.pragmas.putAll(pragmas);
			return this;
		}

		/**
		 * Sets how the driver stores {@code java.sql} dates: {@code date_class},
		 * {@code date_precision}, {@code date_string_format}.
		 * @param name the driver's name of the property
		 * @param value its value
		 * @return this
		 */
		public Builder driverProperty(String name, String value) {
			this.driverProperties.put(name, value);
			return this;
		}

		/**
		 * Adds a hook for each physical connection.
		 * @param customizer the hook
		 * @return this
		 */
		public Builder customizer(SqliteConnectionCustomizer customizer) {
			this.customizers.add(customizer);
			return this;
		}

		/**
		 * Sets how many read-only connections are open, 1 to 1024.
		 * @param readers the number; twice the processors and at least 4 by default
		 * @return this
		 */
		public Builder readers(int readers) {
			this.readers = readers;
			return this;
		}

		/**
		 * Sets how many write requests may wait for the writer.
		 * @param maxQueuedWrites the number; 1000 by default
		 * @return this
		 */
		public Builder maxQueuedWrites(int maxQueuedWrites) {
			this.maxQueuedWrites = maxQueuedWrites;
			return this;
		}

		/**
		 * Sets whether INSERT, UPDATE and DELETE statements outside a transaction that
		 * wait for the writer are committed together. Each keeps its own result or
		 * exception. The thread that holds the writer runs them, so functions of the
		 * application that depend on the thread of their caller need this off.
		 * @param combineWrites whether they are; {@code true} by default
		 * @return this
		 */
		public Builder combineWrites(boolean combineWrites) {
			this.combineWrites = combineWrites;
			return this;
		}

		/**
		 * Sets whether SQLite's read lock is held for all readers while many read and
		 * nobody writes, so that a read costs two calls of the system less and readers on
		 * several processors hardly wait for each other. It is let go within 30 ms after
		 * the last read, and for a while when another process has committed, whose next
		 * checkpoint finds it once for each of these times. Not held with
		 * {@link #externalCheckpoints external checkpoints}.
		 * @param holdReadLock whether it is; {@code true} by default
		 * @return this builder
		 */
		public Builder holdReadLock(boolean holdReadLock) {
			this.holdReadLock = holdReadLock;
			return this;
		}

		/**
		 * Sets from which age on an open read is reported.
		 * @param maxReadAge the age, zero for never; a minute by default
		 * @return this
		 */
		public Builder maxReadAge(Duration maxReadAge) {
			this.maxReadAge = maxReadAge;
			return this;
		}

		/**
		 * Sets from which age on a read is ended, with a {@link ReadEvictedException},
		 * when it holds back a WAL that is above its hard limit.
		 * @param evictReadAfter the age, {@code null} for never, as it is by default
		 * @return this
		 */
		public Builder evictReadAfter(@Nullable Duration evictReadAfter) {
			this.evictReadAfter = evictReadAfter;
			return this;
		}

		/**
		 * Sets whether to remember the stack trace of whoever takes a connection, for
		 * what is reported later.
		 * @param recordStacks whether to; not by default
		 * @return this
		 */
		public Builder recordStacks(boolean recordStacks) {
			this.recordStacks = recordStacks;
			return this;
		}

		/**
		 * Sets how many prepared statements each connection keeps.
		 * @param statementCacheSize the number, 0 for none; 256 by default
		 * @return this
		 */
		public Builder statementCacheSize(int statementCacheSize) {
			this.statementCacheSize = statementCacheSize;
			return this;
		}

		/**
		 * Sets how many operations a batch commits together.
		 * @param batchSize the number; 5000 by default
		 * @return this
		 */
		public Builder batchSize(int batchSize) {
			this.batchSize = SqliteBatchWriter.requireSize(batchSize);
			return this;
		}

		/**
		 * Sets how old an operation of a batch that is not committed may become.
		 * @param batchMaxLatency the time, at most a day, zero for no limit; 100 ms by
		 * default
		 * @return this
		 */
		public Builder batchMaxLatency(Duration batchMaxLatency) {
			this.batchMaxLatency = SqliteBatchWriter.requireMaxLatency(batchMaxLatency);
			return this;
		}

		/**
		 * Sets what a commit that has returned survives.
		 * @param durability the event; {@code PROCESS_CRASH} by default
		 * @return this
		 */
		public Builder durability(Durability durability) {
			this.durability = durability;
			return this;
		}

		/**
		 * Sets how many submitted writes may be without an answer.
		 * @param batchQueueCapacity the number; 10,000 by default
		 * @return this
		 * @throws SqliteConfigurationException when it is not positive
		 */
		public Builder batchQueueCapacity(int batchQueueCapacity) {
			this.batchQueueCapacity = SqliteBatchWriter.requireQueueCapacity(batchQueueCapacity);
			return this;
		}

		/**
		 * Sets whether a batch of JDBC outside a transaction is one transaction.
		 * @param batchAtomic {@code false} to commit each entry by itself; {@code true}
		 * by default
		 * @return this
		 */
		public Builder batchAtomic(boolean batchAtomic) {
			this.batchAtomic = batchAtomic;
			return this;
		}

		/**
		 * Sets whether the rows of a plain INSERT in a batch go into statements of many
		 * rows, where nothing can tell the difference.
		 * @param batchRewriteInserts {@code true} by default
		 * @return this
		 */
		public Builder batchRewriteInserts(boolean batchRewriteInserts) {
			this.batchRewriteInserts = batchRewriteInserts;
			return this;
		}

		/**
		 * Sets what is synced in place of the WAL, so that a test decides how a sync
		 * ends.
		 */
		Builder walFile(WalFile walFile) {
			this.walFile = walFile;
			return this;
		}

		private @Nullable WalFile walFile() {
			Path wal = this.location.walFile();
			if (wal == null || this.durability == Durability.PROCESS_CRASH) {
				return null;
			}
			return (this.walFile != null) ? this.walFile : WalFile.of(wal);
		}

		/**
		 * Sets how long a call waits for a connection and for SQLite's lock together.
		 * @param lockTimeout the time; 30 seconds by default
		 * @return this
		 */
		public Builder lockTimeout(Duration lockTimeout) {
			this.lockTimeout = lockTimeout;
			return this;
		}

		/**
		 * Sets how often the WAL is looked at when nothing is committed, and copied if
		 * there is something new in it.
		 * @param checkpointInterval the pause, zero to look only when something is
		 * committed; 1 second by default
		 * @return this
		 */
		public Builder checkpointInterval(Duration checkpointInterval) {
			this.checkpointInterval = checkpointInterval;
			return this;
		}

		/**
		 * Sets the size of the WAL from which on it is made to start over.
		 * @param bytes the size, zero to leave that to the interval and to callers; 16
		 * MiB by default
		 * @return this
		 */
		public Builder checkpointTriggerSize(long bytes) {
			this.checkpointTriggerSize = bytes;
			return this;
		}

		/**
		 * Sets how long a checkpoint waits for readers. New reads wait that long too;
		 * writers do not.
		 * @param checkpointBusyTimeout the time, at most 10 seconds; 100 ms by default
		 * @return this
		 */
		public Builder checkpointBusyTimeout(Duration checkpointBusyTimeout) {
			this.checkpointBusyTimeout = checkpointBusyTimeout;
			return this;
		}

		/**
		 * Sets the size that the WAL should not exceed, and what happens when it does.
		 * @param bytes the size, zero for no limit; 1 GiB by default
		 * @param policy what happens to writers; {@link WalLimitPolicy#REPORT} by default
		 * @return this
		 */
		public Builder maxWalSize(long bytes, WalLimitPolicy policy) {
			this.maxWalSize = bytes;
			this.walLimitPolicy = policy;
			return this;
		}

		/**
		 * Leaves checkpoints to another program, such as Litestream: this database only
		 * looks at the WAL and reports, also when it is closed.
		 * @param externalCheckpoints whether another program checkpoints the database
		 * @return this
		 */
		public Builder externalCheckpoints(boolean externalCheckpoints) {
			this.externalCheckpoints = externalCheckpoints;
			return this;
		}

		/**
		 * Sets whether the next megabytes of a WAL that is held back and grows fast are
		 * made ready off the commit path. The file is up to 40 MiB longer than its frames
		 * then, by a hole that takes next to no space on the disk. Done on ext4 only,
		 * with two processors or more, and not with {@link #externalCheckpoints external
		 * checkpoints}; ends for good when something goes wrong with it.
		 * @param walHeadroom whether they are; {@code true} by default
		 * @return this
		 */
		public Builder walHeadroom(boolean walHeadroom) {
			this.walHeadroom = walHeadroom;
			return this;
		}

		private CheckpointSettings checkpoints() {
			CheckpointSettings settings = new CheckpointSettings(this.checkpointInterval, this.checkpointTriggerSize,
					this.checkpointBusyTimeout, this.maxWalSize, this.walLimitPolicy, this.externalCheckpoints,
					this.walHeadroom);
			if (this.evictReadAfter != null
					&& (settings.external() || settings.triggerSize() == 0 || settings.maxWalSize() == 0)) {
				throw new SqliteConfigurationException(
						"No read would ever be ended after " + this.evictReadAfter
								+ ", because that is done by a checkpoint of a WAL that is above its limit",
						"Set 'sqlite.checkpoint.trigger-size' and 'sqlite.checkpoint.max-wal-size', and"
								+ " 'sqlite.checkpoint.external' to false, or remove 'sqlite.pool.evict-read-after'.");
			}
			return settings;
		}

		/**
		 * Sets how long {@link SqliteDatabase#close()} may take.
		 * @param shutdownTimeout the time, at most a day; 10 seconds by default
		 * @return this
		 */
		public Builder shutdownTimeout(Duration shutdownTimeout) {
			if (shutdownTimeout.isNegative() || shutdownTimeout.isZero()) {
				throw new SqliteConfigurationException("A shutdown timeout of " + shutdownTimeout + " is not possible",
						"Set 'sqlite.shutdown.timeout' to a positive duration such as 10s.");
			}
			this.shutdownTimeout = (shutdownTimeout.compareTo(MAX_SHUTDOWN) > 0) ? MAX_SHUTDOWN : shutdownTimeout;
			return this;
		}

		/**
		 * Sets how to wait for other processes.
		 * @param busyRetry the way to wait; polling until the deadline by default
		 * @return this
		 */
		public Builder busyRetry(BusyRetry busyRetry) {
			this.busyRetry = busyRetry;
			return this;
		}

		/**
		 * Sets who is told of waits for connections.
		 * @param poolListener the listener
		 * @return this
		 */
		public Builder poolListener(PoolListener poolListener) {
			this.poolListener = poolListener;
			return this;
		}

		/**
		 * Sets who is told of checkpoints.
		 * @param checkpointListener the listener
		 * @return this
		 */
		public Builder checkpointListener(CheckpointListener checkpointListener) {
			this.checkpointListener = checkpointListener;
			return this;
		}

		/**
		 * Opens the database, which proves its settings on every connection.
		 * @return the database, to be closed
		 * @throws SqliteConfigurationException when it cannot be opened as described; it
		 * says what to do
		 */
		public SqliteDatabase open() {
			try {
				return new SqliteDatabase(this);
			}
			catch (SQLException ex) {
				throw new SqliteConfigurationException(
						"The database '" + this.location + "' cannot be opened: " + ex.getMessage(),
						"See the cause for what SQLite said.", ex);
			}
		}

	}

}
