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
 * One thread inserts rows, each of which commits by itself.
 */
final class InsertByOneThread extends Workload {

	InsertByOneThread() {
		super("insert-1", "INSERT outside a transaction, 1 thread",
				List.of(Peers.STARTER, Peers.DRIVER, Peers.POOL_OF_ONE, Peers.BOOT_DEFAULT),
				List.of(Figure.ratio("inserts/s", Quantity.RATE, Peers.STARTER, Peers.DRIVER).atLeast(0.85),
						Figure.ratio("inserts/s", Quantity.RATE, Peers.STARTER, Peers.POOL_OF_ONE).atLeast(1.2),
						Figure.ratio("inserts/s", Quantity.RATE, Peers.STARTER, Peers.BOOT_DEFAULT)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors writers = load.add("writer", 1, Operations.insert());
		load.run();
		return writers.measurement();
	}

}
