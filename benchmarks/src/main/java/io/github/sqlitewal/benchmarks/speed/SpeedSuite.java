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

import io.github.sqlitewal.benchmarks.harness.Suite;

/**
 * The works of the speed suite.
 */
public final class SpeedSuite {

	private SpeedSuite() {
	}

	/**
	 * The suite.
	 * @return its works in the order of the table
	 */
	public static Suite create() {
		return new Suite("speed",
				List.of(new SelectByKey(), new SelectByKeyOnAllProcessors(), new InsertByOneThread(),
						new InsertByManyThreads(), new InsertWithPowerLossDurability(),
						new TransactionWithPowerLossDurability(), StatefulBatch.manyRows(), StatefulBatch.rowByRow(),
						new BatchUpdate(), new ReadsAndWrites(), new ManyVirtualThreads(), new OwnCostOfRead()));
	}

}
