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

import java.util.List;
import java.util.function.Function;

import io.github.sqlitewal.benchmarks.harness.Actors;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Load;
import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;

/**
 * One writer at full speed.
 */
final class CommitsAlone extends Workload {

	private final Function<Settings, Task> task;

	private CommitsAlone(String name, String what, Function<Settings, Task> task) {
		super(name, "1 writer, " + what + ", no readers",
				List.of(Policies.STARTER, Policies.AUTOCHECKPOINT, Policies.PASSIVE_TIMER),
				List.of(Figure.ratio("commits/s", Quantity.RATE, Policies.STARTER, Policies.AUTOCHECKPOINT)
					.atLeast(1.5),
						Figure.ratio("p99.9 of commits", Quantity.P999, Policies.STARTER, Policies.AUTOCHECKPOINT)
							.atMost(1.0 / 20),
						Figure.limit("largest WAL", Quantity.WAL_SIZE, Policies.STARTER).atMost(Policies.WAL_LIMIT),
						Figure.ratio("commits/s", Quantity.RATE, Policies.STARTER, Policies.PASSIVE_TIMER),
						Figure.limit("largest WAL of " + Policies.PASSIVE_TIMER, Quantity.WAL_SIZE,
								Policies.PASSIVE_TIMER)));
		this.task = task;
	}

	static CommitsAlone updates() {
		return new CommitsAlone("updates", "UPDATE by random key", Operations::update);
	}

	static CommitsAlone inserts() {
		return new CommitsAlone("inserts", "INSERT of 1,000 bytes", (settings) -> Operations.insert());
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors writer = load.add("writer", 1, this.task.apply(settings));
		try (WalWatch watch = new WalWatch(peer.file())) {
			load.run(watch);
			return watch.addTo(writer.measurement());
		}
	}

}
