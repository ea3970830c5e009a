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
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * What {@code JdbcTemplate} and the starter add to a read, in time and in garbage, while
 * nothing else runs. Both read the same row, again and again, so that the time is not one
 * of the page cache; and the median is compared, because a mean has in it what else the
 * machine does.
 */
final class OwnCostOfRead extends Workload {

	OwnCostOfRead() {
		super("read-cost", "own cost of a read by JdbcTemplate, idle", List.of(Peers.STARTER, Peers.DRIVER),
				List.of(Figure.difference("median time", Quantity.P50, Peers.STARTER, Peers.DRIVER)
					.atMost(Duration.ofNanos(1000)),
						Figure.difference("allocated", Quantity.ALLOCATED, Peers.STARTER, Peers.DRIVER).atMost(1000)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors reader = load.add("reader", 1, (session, random) -> session.select(1));
		load.run();
		return reader.measurement()
			.with(Quantity.P50, reader.latencies().getValueAtPercentile(50))
			.with(Quantity.ALLOCATED, reader.allocated());
	}

}
