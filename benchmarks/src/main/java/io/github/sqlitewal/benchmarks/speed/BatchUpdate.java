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

import io.github.sqlitewal.benchmarks.harness.Figure;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * {@code JdbcTemplate.batchUpdate} in transactions of 1,000 rows, and the driver's
 * {@code executeBatch} in such transactions.
 */
final class BatchUpdate extends Workload {

	private static final int TRANSACTION_SIZE = 1000;

	BatchUpdate() {
		super("batch-update", "1,000,000 rows by batchUpdate in transactions of 1,000",
				List.of(Peers.STARTER, Peers.DRIVER),
				List.of(Figure.ratio("rows/s", Quantity.RATE, Peers.STARTER, Peers.DRIVER).atLeast(1.2)));
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		return ManyRows.measureBatches(peer, settings, TRANSACTION_SIZE);
	}

}
