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

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What was measured of one load on one peer.
 */
public final class Measurement {

	private final Map<Quantity, Double> values = new EnumMap<>(Quantity.class);

	private long failures;

	/**
	 * Adds a value.
	 * @param quantity what it is
	 * @param value the value
	 * @return this
	 */
	public Measurement with(Quantity quantity, double value) {
		if (this.values.put(quantity, value) != null) {
			throw new IllegalStateException(quantity + " is measured twice");
		}
		return this;
	}

	/**
	 * Adds a value that is counted in whole numbers.
	 * @param quantity what it is
	 * @param value the value
	 * @return this
	 */
	public Measurement with(Quantity quantity, long value) {
		return with(quantity, (double) value);
	}

	/**
	 * Adds operations that failed with SQLITE_BUSY.
	 * @param failures how many
	 * @return this
	 */
	public Measurement withFailures(long failures) {
		this.failures += failures;
		return this;
	}

	/**
	 * A value.
	 * @param quantity what it is
	 * @return the value
	 */
	public double get(Quantity quantity) {
		Double value = this.values.get(quantity);
		if (value == null) {
			throw new IllegalStateException(quantity + " is not measured by this load");
		}
		return value;
	}

	/**
	 * Operations that failed with SQLITE_BUSY on a peer of which that is expected.
	 * @return how many
	 */
	public long failures() {
		return this.failures;
	}

	@Override
	public String toString() {
		return this.values.entrySet()
			.stream()
			.map((value) -> value.getKey() + " " + value.getKey().unit().format(value.getValue()))
			.collect(Collectors.joining(", ")) + ((this.failures > 0) ? ", " + this.failures + " SQLITE_BUSY" : "");
	}

}
