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
package io.github.sqlitewal.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever is read, written, checkpointed and closed, and in whatever order: no reader
 * sees half a transaction, or another state than the one it began with, or at its
 * beginning an older one than was committed before; and nothing that was committed is
 * lost.
 * <p>
 * All rows of {@link VersionedRows} hold the same number, which each transaction raises
 * by one.
 */
class CheckpointPropertyTests {

	private static final int WRITES = 120;

	private Path directory;

	@BeforeTry
	void makeDirectory() throws IOException {
		this.directory = Files.createTempDirectory("property");
	}

	@AfterTry
	void deleteDirectory() throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
	}

	// one step after the other, each reader on a thread of its own: what is to be seen is
	// known exactly
	@Property(tries = 40)
	void everyReaderSeesTheStateItBeganWith(@ForAll("steps") @Size(max = 40) List<CheckpointSteps.Step> steps)
			throws Exception {
		try (CheckpointSteps world = new CheckpointSteps(this.directory)) {
			for (CheckpointSteps.Step step : steps) {
				world.take(step);
			}
			world.finish();
		}
	}

	@Provide
	Arbitrary<List<CheckpointSteps.Step>> steps() {
		Arbitrary<Integer> readers = Arbitraries.integers().between(0, CheckpointSteps.READERS - 1);
		Arbitrary<CheckpointMode> modes = Arbitraries.of(CheckpointMode.class);
		Arbitrary<CheckpointSteps.Step> step = Arbitraries.frequencyOf(
				Tuple.of(5, readers.map(CheckpointSteps.Begin::new)),
				Tuple.of(3, readers.map(CheckpointSteps.Open::new)),
				Tuple.of(5, readers.map(CheckpointSteps.Read::new)), Tuple.of(5, readers.map(CheckpointSteps.End::new)),
				Tuple.of(8, Arbitraries.integers().between(1, 10).map(CheckpointSteps.Write::new)),
				Tuple.of(2, Arbitraries.just(new CheckpointSteps.RollBack())),
				Tuple.of(5, modes.map(CheckpointSteps.Checkpoint::new)),
				Tuple.of(5, Arbitraries.just(new CheckpointSteps.StartOver())),
				Tuple.of(2, Arbitraries.just(new CheckpointSteps.WriteOutside())),
				Tuple.of(2, modes.map(CheckpointSteps.CheckpointOutside::new)),
				Tuple.of(3, Arbitraries.integers().between(1, 100_000).map(CheckpointSteps.Extend::new)),
				Tuple.of(3, Arbitraries.integers().between(1, 100_000).map(CheckpointSteps.Cut::new)),
				Tuple.of(1, Arbitraries.just(new CheckpointSteps.Reopen())));
		return step.list();
	}

	// @formatter:off
	//
	// writers (2)       readers (3)                    checkpoints          background      headroom
	// UPDATE, COMMIT    BEGIN, SELECT, SELECT …        any mode             starts over     makes the file longer
	//                   SELECT … and a nested one
	//
	// all at the same time
	//
	// @formatter:on
	@Property(tries = 4, shrinking = ShrinkingMode.OFF)
	void everyReaderSeesTheStateItBeganWithInAStorm(@ForAll Random random) throws Exception {
		AtomicLong committed = new AtomicLong();
		try (CheckpointDatabase database = open(10_000)) {
			Storm storm = new Storm();
			for (int i = 0; i < 2; i++) {
				storm.begin(() -> write(database, WRITES, committed));
			}
			for (int i = 0; i < 3; i++) {
				storm.accompany(random.nextLong(), (seeded) -> read(database, seeded, committed));
			}
			storm.accompany(random.nextLong(), (seeded) -> checkpoint(database, seeded));
			storm.accompany(random.nextLong(), (seeded) -> longerOrShorter(database, seeded));
			storm.end();
			assertThat(VersionedRows.read(database)).isEqualTo(VersionedRows.expected(2 * WRITES));
			assertThat(database.results()).noneMatch((result) -> result.outcome() == CheckpointOutcome.FAILED);
		}
		assertThat(VersionedRows.read(this.directory)).isEqualTo(VersionedRows.expected(2 * WRITES));
	}

	// and the database is closed in the middle of it, with little time
	@Property(tries = 4, shrinking = ShrinkingMode.OFF)
	void nothingThatWasCommittedIsLostByAClose(@ForAll Random random) throws Exception {
		AtomicLong committed = new AtomicLong();
		AtomicLong begun = new AtomicLong();
		int closeAfter = 1 + random.nextInt(WRITES);
		try (CheckpointDatabase database = open(1 + random.nextInt(200))) {
			Storm storm = new Storm();
			for (int i = 0; i < 2; i++) {
				storm.begin(() -> unlessClosed(database, () -> {
					for (int j = 0; j < WRITES; j++) {
						begun.incrementAndGet();
						write(database, 1, committed);
					}
				}));
			}
			for (int i = 0; i < 2; i++) {
				storm.accompany(random.nextLong(),
						(seeded) -> unlessClosed(database, () -> read(database, seeded, committed)));
			}
			storm.accompany(random.nextLong(),
					(seeded) -> unlessClosed(database, () -> longerOrShorter(database, seeded)));
			storm.accompany(random.nextLong(), (seeded) -> {
				if (committed.get() >= closeAfter) {
					database.database().close();
				}
				else if (!database.database().isClosed()) {
					database.checkpointer().checkpoint(CheckpointMode.values()[seeded.nextInt(4)]);
				}
			});
			storm.end();
		}
		String state = VersionedRows.read(this.directory);
		long version = Long.parseLong(state.substring(0, state.indexOf(' ')));
		assertThat(state).isEqualTo(VersionedRows.expected(version));
		assertThat(version).isBetween(committed.get(), begun.get());
	}

	// @formatter:off
	//
	// writers (2)                   readers (3)                  operator
	// UPDATE, COMMIT: 16 MiB        BEGIN, SELECT, SELECT …
	//                                                            TRUNCATE, in pieces
	//
	// all at the same time
	//
	// @formatter:on
	@Property(tries = 1, shrinking = ShrinkingMode.OFF)
	void everyReaderSeesTheStateItBeganWithWhileALargeFileIsTruncated(@ForAll Random random) throws Exception {
		int truncations = 10;
		AtomicInteger truncated = new AtomicInteger();
		AtomicLong committed = new AtomicLong();
		try (CheckpointDatabase database = CheckpointDatabase.in(this.directory, (builder) -> builder.readers(4))) {
			VersionedRows.create(database);
			database.execute("INSERT INTO t VALUES (zeroblob(400000))");
			Storm storm = new Storm();
			for (int i = 0; i < 2; i++) {
				storm.begin(() -> {
					while (truncated.get() < truncations && !storm.hasFailed()) {
						write(database, 1, committed);
						database.execute("UPDATE t SET x = randomblob(400000)");
					}
				});
			}
			for (int i = 0; i < 3; i++) {
				storm.accompany(random.nextLong(), (seeded) -> read(database, seeded, committed));
			}
			storm.accompany(random.nextLong(), (seeded) -> {
				if (database.walBytes() >= 2 * CheckpointRun.PIECE_BYTES) {
					CheckpointResult result = database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
					assertThat(result.outcome()).isIn(CheckpointOutcome.RESET, CheckpointOutcome.BUSY);
					if (result.outcome() == CheckpointOutcome.RESET) {
						truncated.incrementAndGet();
					}
				}
			});
			storm.end();
		}
		assertThat(VersionedRows.read(this.directory)).isEqualTo(VersionedRows.expected(committed.get()));
	}

	private CheckpointDatabase open(int shutdownMillis) throws SQLException {
		CheckpointDatabase database = CheckpointDatabase.in(this.directory,
				(builder) -> builder.readers(4)
					.checkpointTriggerSize(64 << 10)
					.checkpointInterval(Duration.ofMillis(5))
					.checkpointBusyTimeout(Duration.ofMillis(2))
					.shutdownTimeout(Duration.ofMillis(shutdownMillis)));
		VersionedRows.create(database);
		return database;
	}

	private static void longerOrShorter(CheckpointDatabase database, Random random) throws SQLException, IOException {
		int bytes = 1 + random.nextInt(5000);
		if (random.nextBoolean()) {
			database.extend(bytes);
		}
		else {
			database.cut(10 * bytes);
		}
	}

	private static void write(CheckpointDatabase database, int count, AtomicLong committed) throws SQLException {
		for (int i = 0; i < count; i++) {
			try (Connection connection = database.connection()) {
				connection.setAutoCommit(false);
				long version = VersionedRows.write(connection);
				connection.commit();
				committed.accumulateAndGet(version, Math::max);
			}
		}
	}

	/**
	 * Reads in a transaction, or without one, and now and then while it does so.
	 */
	private static void read(CheckpointDatabase database, Random random, AtomicLong committed) throws SQLException {
		long before = committed.get();
		try (Connection connection = database.connection()) {
			connection.setReadOnly(true);
			connection.setAutoCommit(random.nextBoolean());
			if (connection.getAutoCommit()) {
				VersionedRows.Cursor cursor = VersionedRows.open(connection);
				try (cursor) {
					assertThat(cursor.version()).isGreaterThanOrEqualTo(before);
					cursor.readToTheEnd();
				}
				return;
			}
			String first = VersionedRows.read(connection);
			long version = Long.parseLong(first.substring(0, first.indexOf(' ')));
			assertThat(version).as("not older than what was committed before").isGreaterThanOrEqualTo(before);
			for (int i = random.nextInt(5); i >= 0; i--) {
				assertThat(VersionedRows.read(connection)).isEqualTo(VersionedRows.expected(version));
				if (random.nextInt(10) == 0) {
					VersionedRows.read(database);
				}
			}
			connection.commit();
		}
	}

	private static void checkpoint(CheckpointDatabase database, Random random) {
		int choice = random.nextInt(6);
		CheckpointResult result = (choice < 4) ? database.checkpointer().checkpoint(CheckpointMode.values()[choice])
				: database.startOver();
		if (result.isComplete()) {
			assertThat(result.checkpointedFrames()).isEqualTo(result.walFrames());
		}
	}

	/**
	 * Does something that is refused, or ended, when the database closes.
	 */
	private static void unlessClosed(CheckpointDatabase database, Work work) throws Exception {
		try {
			if (!database.database().isClosed()) {
				work.run();
			}
		}
		catch (SQLException | IOException ex) {
			if (!database.database().isClosed()) {
				throw ex;
			}
		}
	}

	/**
	 * Threads that work, and others that accompany them again and again until they are
	 * done. Each of those has its own random numbers.
	 */
	private static final class Storm {

		private final List<Thread> working = new ArrayList<>();

		private final List<Thread> accompanying = new ArrayList<>();

		private final AtomicBoolean over = new AtomicBoolean();

		private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

		void begin(Work work) {
			this.working.add(start(work));
		}

		void accompany(long seed, SeededWork work) {
			Random random = new Random(seed);
			this.accompanying.add(start(() -> {
				while (!this.over.get()) {
					work.run(random);
				}
			}));
		}

		boolean hasFailed() {
			return !this.failures.isEmpty();
		}

		private Thread start(Work work) {
			Thread thread = new Thread(() -> {
				try {
					work.run();
				}
				catch (Throwable ex) {
					this.failures.add(ex);
				}
			}, "storm");
			thread.start();
			return thread;
		}

		void end() throws InterruptedException {
			for (Thread thread : this.working) {
				thread.join();
			}
			this.over.set(true);
			for (Thread thread : this.accompanying) {
				thread.join();
			}
			if (!this.failures.isEmpty()) {
				throw new AssertionError("Threads of the storm failed: " + this.failures, this.failures.peek());
			}
		}

	}

	@FunctionalInterface
	private interface Work {

		void run() throws Exception;

	}

	@FunctionalInterface
	private interface SeededWork {

		void run(Random random) throws Exception;

	}

}
