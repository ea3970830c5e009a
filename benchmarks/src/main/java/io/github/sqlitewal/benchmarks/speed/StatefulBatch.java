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

import java.sql.SQLException;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

import io.github.sqlitewal.batch.SqliteBatch;
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
 * Rows into the starter's stateful batch. The driver commits as often as the batch does
 * by itself.
 */
final class StatefulBatch extends Workload {

	private static final String INSERT = "INSERT INTO item (name, payload, created_at) VALUES (?, ?, ?)";

	private final Way way;

	private StatefulBatch(String name, String description, Figure figure, Way way) {
		super(name, description, List.of(Peers.STARTER, Peers.DRIVER), List.of(figure));
		this.way = way;
	}

	/** The way for many rows. */
	static StatefulBatch manyRows() {
		return new StatefulBatch("stateful-batch", "1,000,000 rows by the stateful batch, updateMany",
				ratio().atLeast(1.2), (batch, rows) -> batch.updateMany(INSERT, () -> parameters(rows)));
	}

	/** The way for operations that the application comes upon one after the other. */
	static StatefulBatch rowByRow() {
		return new StatefulBatch("stateful-batch-row-by-row", "1,000,000 rows by the stateful batch, update for each",
				ratio(), (batch, rows) -> {
					long inserted = 0;
					for (int i = 0; i < rows; i++) {
						inserted += batch.update(INSERT, row(i));
					}
					return inserted;
				});
	}

	private static Figure ratio() {
		return Figure.ratio("rows/s", Quantity.RATE, Peers.STARTER, Peers.DRIVER);
	}

	private static Iterator<Object[]> parameters(int rows) {
		return IntStream.range(0, rows).mapToObj(StatefulBatch::row).iterator();
	}

	private static Object[] row(int number) {
		Item item = Item.sample(number);
		return new Object[] { item.name(), item.payload(), item.createdAt() };
	}

	@Override
	protected Measurement measure(OpenPeer peer, Settings settings) throws Exception {
		if (peer.type() == Peers.DRIVER) {
			return ManyRows.measureBatches(peer, settings, SqliteBatchWriter.DEFAULT_SIZE);
		}
		SqliteBatchWriter batchWriter = peer.application().bean(SqliteBatchWriter.class);
		return ManyRows.measure(settings, (rows) -> {
			long[] inserted = { 0 };
			batchWriter.execute((batch) -> inserted[0] = this.way.insert(batch, rows));
			return inserted[0];
		});
	}

	/**
	 * How the rows get into the batch.
	 */
	@FunctionalInterface
	private interface Way {

		long insert(SqliteBatch batch, int rows) throws SQLException;

	}

}
