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

package io.github.sqlitewal.benchmarks.checkpoint;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;

import io.github.sqlitewal.benchmarks.harness.Actors;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Load;
import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointOutcome;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;

/**
 * Somebody asks for TRUNCATE again and again while a writer runs at full speed. Only what
 * overlapped with one counts: the rest is what other works measure.
 */
final class TruncateUnderLoad extends Workload {

	private final boolean heldReader;

	private TruncateUnderLoad(String name, String beside, boolean heldReader) {
		super(name, "TRUNCATE asked for again and again, 1 writer, UPDATE by random key, beside " + beside,
				List.of(Policies.STARTER),
				List.of(Figure.limit("longest wait of the writer", Quantity.LONGEST_BESIDE_TRUNCATE, Policies.STARTER)
					.atMost(Duration.ofMillis(50)),
						Figure.limit("part of the TRUNCATEs that made the WAL empty", Quantity.TRUNCATED,
								Policies.STARTER)));
		this.heldReader = heldReader;
	}

	static TruncateUnderLoad besideScans() {
		return new TruncateUnderLoad("truncate-scans", "8 readers whose scans overlap without a pause", false);
	}

	static TruncateUnderLoad besideHeldReader() {
		return new TruncateUnderLoad("truncate-held-reader", "one reader that holds its transaction", true);
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Truncates truncates = new Truncates(load, peer.application().bean(SqliteCheckpointer.class),
				settings.measure().dividedBy(20));
		Actors writer = load.add("writer", 1, truncates.observe(Operations.update(settings)));
		load.add("operator", 1, (session, random) -> truncates.run());
		if (!this.heldReader) {
			load.add("scanner", Operations.SCANNERS, Operations.scan(settings));
		}
		try (WalWatch watch = this.heldReader ? new WatchWithHeldReader(peer) : new WalWatch(peer.file())) {
			load.run(watch);
			return watch.addTo(writer.measurement())
				.with(Quantity.TRUNCATED, truncates.truncated())
				.with(Quantity.LONGEST_BESIDE_TRUNCATE, truncates.longestBeside());
		}
	}

	/**
	 * The checkpoints, and the operations that overlapped with one.
	 */
	private static final class Truncates {

		private final Load load;

		private final SqliteCheckpointer checkpointer;

		private final Duration pause;

		/** Even while none runs, and another one after each. */
		private final AtomicLong epoch = new AtomicLong();

		private final AtomicLong asked = new AtomicLong();

		private final AtomicLong done = new AtomicLong();

		private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

		Truncates(Load load, SqliteCheckpointer checkpointer, Duration pause) {
			this.load = load;
			this.checkpointer = checkpointer;
			this.pause = pause;
		}

		long run() {
			LockSupport.parkNanos(this.pause.toNanos());
			this.epoch.incrementAndGet();
			try {
				CheckpointOutcome outcome = this.checkpointer.checkpoint(CheckpointMode.TRUNCATE).outcome();
				if (outcome == CheckpointOutcome.FAILED) {
					throw new IllegalStateException("TRUNCATE failed: " + this.checkpointer.last());
				}
				if (this.load.isWarmingUp()) {
					return 0;
				}
				this.asked.incrementAndGet();
				return (outcome == CheckpointOutcome.RESET) ? this.done.incrementAndGet() : 0;
			}
			finally {
				this.epoch.incrementAndGet();
			}
		}

		Task observe(Task task) {
			return (session, random) -> {
				long before = this.epoch.get();
				long start = System.nanoTime();
				long result = task.run(session, random);
				if (!this.load.isWarmingUp() && (before % 2 == 1 || this.epoch.get() != before)) {
					this.longest.accumulate(System.nanoTime() - start);
				}
				return result;
			};
		}

		double truncated() {
			return (double) this.done.get() / this.asked.get();
		}

		long longestBeside() {
			return this.longest.get();
		}

	}

}
