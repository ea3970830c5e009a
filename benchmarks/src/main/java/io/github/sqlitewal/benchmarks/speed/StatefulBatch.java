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

import io.github.sqlitewal.batch.SqliteBatchWriter;
import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.Item;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * Rows one by one into the starter's stateful batch. The driver commits as often as the
 * batch does by itself.
 */
final class StatefulBatch extends Workload {

	private static final String INSERT = "INSERT INTO item (name, payload, created_at) VALUES (?, ?, ?)";

	StatefulBatch() {
		super("stateful-batch", "1,000,000 rows by the stateful batch", List.of(Peers.STARTER, Peers.DRIVER),
				List.of(Figure.ratio("rows/s", Quantity.RATE, Peers.STARTER, Peers.DRIVER).atLeast(1.2)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		if (peer.type() == Peers.DRIVER) {
			return ManyRows.measureBatches(peer, settings, SqliteBatchWriter.DEFAULT_SIZE);
		}
		SqliteBatchWriter batchWriter = peer.application().bean(SqliteBatchWriter.class);
		return ManyRows.measure(settings, (rows) -> {
			long[] inserted = { 0 };
			batchWriter.execute((batch) -> {
				for (int i = 0; i < rows; i++) {
					Item item = Item.sample(i);
					inserted[0] += batch.update(INSERT, item.name(), item.payload(), item.createdAt());
				}
			});
			return inserted[0];
		});
	}

}
