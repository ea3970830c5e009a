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

package io.github.sqlitewal.benchmarks.speed;

import java.util.List;

import io.github.sqlitewal.benchmarks.harness.Actors;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Load;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * Many threads, each of which reads a row four times out of five and inserts one
 * otherwise. The pair of pools reads in read-only transactions, without which its readers
 * would have nothing to do.
 */
final class ReadsAndWrites extends Workload {

	ReadsAndWrites() {
		super("mixed-32", "80 % SELECT by key, 20 % INSERT, 32 threads",
				List.of(Peers.STARTER, Peers.POOL_OF_ONE, Peers.PAIR_OF_POOLS_ROUTED),
				List.of(Figure.ratio("operations/s", Quantity.RATE, Peers.STARTER, Peers.POOL_OF_ONE).atLeast(3),
						Figure.ratio("operations/s", Quantity.RATE, Peers.STARTER, Peers.PAIR_OF_POOLS_ROUTED)
							.atLeast(1.5),
						Figure.ratio("p99 of reads", Quantity.READ_P99, Peers.STARTER, Peers.POOL_OF_ONE)
							.atMost(1.0 / 5)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors workers = load.add("worker", Operations.MANY, 80, Operations.select(settings), Operations.insert());
		load.run();
		return workers.measurement().with(Quantity.READ_P99, workers.firstLatencies().getValueAtPercentile(99));
	}

}
