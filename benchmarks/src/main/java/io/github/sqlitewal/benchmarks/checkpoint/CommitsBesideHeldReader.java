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
import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * One writer at full speed beside a reader that holds its transaction: no checkpoint can
 * make the WAL start over, and each has more to look through. Beside it the same writer
 * without a reader and without checkpoints: its WAL grows as much, so that what the disk
 * costs can be told from what the reader does.
 */
final class CommitsBesideHeldReader extends Workload {

	private static final PeerType WITHOUT_READER = Policies.STARTER.named("the same without the reader");

	CommitsBesideHeldReader() {
		super("held-reader", "1 writer, UPDATE by random key, beside one reader that holds its transaction",
				List.of(Policies.STARTER, WITHOUT_READER, Policies.NONE),
				List.of(Figure.ratio("commits/s", Quantity.RATE, Policies.STARTER, WITHOUT_READER).atLeast(0.95),
						Figure.ratio("commits/s, no reader and as long a WAL", Quantity.RATE, Policies.STARTER,
								Policies.NONE),
						Figure
							.limit("until health and endpoint name the reader", Quantity.NAMED_AFTER, Policies.STARTER)
							.atMost(Duration.ofSeconds(2))));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		Load load = new Load(peer, settings);
		Actors writer = load.add("writer", 1, Operations.update(settings));
		if (peer.type() != Policies.STARTER) {
			try (WalWatch watch = new WalWatch(peer.file())) {
				load.run(watch);
				return watch.addTo(writer.measurement());
			}
		}
		try (WatchWithHeldReader watch = new WatchWithHeldReader(peer)) {
			load.run(watch);
			return watch.addTo(writer.measurement()).with(Quantity.NAMED_AFTER, watch.namedAfter());
		}
	}

}
