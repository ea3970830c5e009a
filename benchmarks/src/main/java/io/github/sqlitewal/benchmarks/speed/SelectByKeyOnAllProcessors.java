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
 * As many threads as processors read rows by random keys; on the bare driver each has a
 * connection of its own.
 */
final class SelectByKeyOnAllProcessors extends Workload {

	SelectByKeyOnAllProcessors() {
		super("select-n", "SELECT by key, as many threads as processors", List.of(Peers.STARTER, Peers.DRIVER),
				List.of(Figure.ratio("reads/s", Quantity.RATE, Peers.STARTER, Peers.DRIVER).atLeast(0.9)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors readers = load.add("reader", Runtime.getRuntime().availableProcessors(), Operations.select(settings));
		load.run();
		return readers.measurement();
	}

}
