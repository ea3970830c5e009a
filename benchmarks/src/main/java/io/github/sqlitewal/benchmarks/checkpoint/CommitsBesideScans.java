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

import io.github.sqlitewal.benchmarks.harness.Actors;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Load;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;

/**
 * One writer at full speed beside readers whose scans overlap, so that there is never a
 * moment in which nobody reads.
 */
final class CommitsBesideScans extends Workload {

	CommitsBesideScans() {
		super("scans", "1 writer, UPDATE by random key, beside 8 readers whose scans overlap without a pause",
				List.of(Policies.STARTER, Policies.NONE, Policies.AUTOCHECKPOINT, Policies.PASSIVE_TIMER),
				List.of(Figure.limit("resets of the WAL", Quantity.RESETS, Policies.STARTER).atLeast(1),
						Figure.limit("largest WAL", Quantity.WAL_SIZE, Policies.STARTER).atMost(Policies.WAL_LIMIT),
						Figure.limit("p99.9 of commits", Quantity.P999, Policies.STARTER).atMost(Duration.ofMillis(15)),
						Figure.ratio("scans/s", Quantity.READ_RATE, Policies.STARTER, Policies.NONE).atLeast(0.95),
						Figure.ratio("commits/s", Quantity.RATE, Policies.STARTER, Policies.AUTOCHECKPOINT),
						Figure.limit("resets with " + Policies.AUTOCHECKPOINT, Quantity.RESETS,
								Policies.AUTOCHECKPOINT),
						Figure.limit("largest WAL with " + Policies.AUTOCHECKPOINT, Quantity.WAL_SIZE,
								Policies.AUTOCHECKPOINT),
						Figure.limit("resets with " + Policies.PASSIVE_TIMER, Quantity.RESETS,
								Policies.PASSIVE_TIMER)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors writer = load.add("writer", 1, Operations.update(settings));
		Actors scanners = load.add("scanner", Operations.SCANNERS, Operations.scan(settings));
		try (WalWatch watch = new WalWatch(peer.file())) {
			load.run(watch);
			return watch.addTo(writer.measurement()).with(Quantity.READ_RATE, scanners.rate());
		}
	}

}
