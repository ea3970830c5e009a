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

package io.github.sqlitewal.benchmarks.harness;

import java.time.Duration;

/**
 * How much is done.
 *
 * @param warmUp how long each load runs before it is measured
 * @param measure how long each load is measured
 * @param rounds how often each load is measured on each peer
 * @param rows how many rows the file has at the beginning
 * @param batchRows how many rows a load of many rows inserts
 * @param judged whether the measurement is long enough to say that a target is held
 */
public record Settings(Duration warmUp, Duration measure, int rounds, int rows, int batchRows, boolean judged) {

	/**
	 * Where a measurement ends early because of the size of the WAL: there are peers that
	 * would fill the disk.
	 */
	public static final long MAX_WAL_BYTES = 4L << 30;

	/**
	 * How many rows a scan reads, which takes some milliseconds.
	 * @return a tenth of the rows
	 */
	public int scanRows() {
		return this.rows / 10;
	}

}
