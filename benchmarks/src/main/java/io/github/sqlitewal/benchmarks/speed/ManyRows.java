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
import java.util.stream.IntStream;

import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.peer.Item;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Session;

/**
 * A number of rows, and not a time: a batch ends when its rows are stored.
 */
final class ManyRows {

	private ManyRows() {
	}

	/**
	 * Measures a way to insert many rows, after a tenth of them to warm up.
	 */
	static Measurement measure(Settings settings, Inserter inserter) throws Exception {
		inserter.insert(settings.batchRows() / 10);
		System.gc();
		long start = System.nanoTime();
		long inserted = inserter.insert(settings.batchRows());
		double seconds = (System.nanoTime() - start) / 1e9;
		if (inserted != settings.batchRows()) {
			throw new IllegalStateException(
					settings.batchRows() + " rows were to be inserted, and " + inserted + " were");
		}
		return new Measurement().with(Quantity.RATE, inserted / seconds);
	}

	/**
	 * Measures a JDBC batch, one transaction after the other.
	 */
	static Measurement measureBatches(OpenPeer peer, Settings settings, int transactionSize) throws Exception {
		List<Item> items = IntStream.range(0, transactionSize).mapToObj(Item::sample).toList();
		try (Session session = peer.openSession()) {
			return measure(settings, (rows) -> {
				long inserted = 0;
				while (inserted < rows) {
					inserted += session.insertAll(items.subList(0, (int) Math.min(transactionSize, rows - inserted)));
				}
				return inserted;
			});
		}
	}

	/**
	 * A way to insert many rows.
	 */
	@FunctionalInterface
	interface Inserter {

		long insert(int rows) throws Exception;

	}

}
