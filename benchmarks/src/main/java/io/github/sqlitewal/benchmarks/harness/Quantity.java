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

import java.util.Locale;

/**
 * What is measured of a load.
 */
public enum Quantity {

	/** Operations a second. */
	RATE(Unit.PER_SECOND),

	/** Reads a second, beside writes. */
	READ_RATE(Unit.PER_SECOND),

	/** 99 of 100 operations took at most that long. */
	P99(Unit.NANOSECONDS),

	/** 99 of 100 reads took at most that long, beside writes. */
	READ_P99(Unit.NANOSECONDS),

	/** 999 of 1,000 operations took at most that long. */
	P999(Unit.NANOSECONDS),

	/** The longest operation. */
	LONGEST(Unit.NANOSECONDS),

	/** Half of the operations took at most that long. */
	P50(Unit.NANOSECONDS),

	/** Bytes of heap that one operation allocates. */
	ALLOCATED(Unit.BYTES),

	/** The largest size of the WAL file. */
	WAL_SIZE(Unit.BYTES),

	/** How often a second the WAL started over. */
	RESETS(Unit.PER_SECOND),

	/** The longest operation that overlapped a TRUNCATE. */
	LONGEST_BESIDE_TRUNCATE(Unit.NANOSECONDS),

	/** Which part of the TRUNCATEs that were asked for made the WAL file empty. */
	TRUNCATED(Unit.RATIO),

	/** How long it took until health and endpoint named a reader. */
	NAMED_AFTER(Unit.NANOSECONDS),

	/** How late a thread was that only sleeps. */
	LATENESS(Unit.NANOSECONDS),

	/** How late it was beside threads that use no database. */
	LATENESS_WITHOUT_DATABASE(Unit.NANOSECONDS);

	private final Unit unit;

	Quantity(Unit unit) {
		this.unit = unit;
	}

	/**
	 * Its unit.
	 * @return the unit
	 */
	public Unit unit() {
		return this.unit;
	}

	/**
	 * How figures are written.
	 */
	public enum Unit {

		/** How often in a second. */
		PER_SECOND {

			@Override
			String write(double value) {
				return (value < 100) ? String.format(Locale.ROOT, "%.2f/s", value)
						: String.format(Locale.ROOT, "%,.0f/s", value);
			}

		},

		/** A time. */
		NANOSECONDS {

			@Override
			String write(double value) {
				double size = Math.abs(value);
				if (size < 1e3) {
					return String.format(Locale.ROOT, "%.0f ns", value);
				}
				if (size < 1e6) {
					return String.format(Locale.ROOT, "%.1f µs", value / 1e3);
				}
				return (size < 1e9) ? String.format(Locale.ROOT, "%.1f ms", value / 1e6)
						: String.format(Locale.ROOT, "%.1f s", value / 1e9);
			}

		},

		/** A size. */
		BYTES {

			@Override
			String write(double value) {
				return (Math.abs(value) < (1 << 20)) ? String.format(Locale.ROOT, "%,.0f B", value)
						: String.format(Locale.ROOT, "%,.1f MiB", value / (1 << 20));
			}

		},

		/** One measurement divided by another of the same round. */
		RATIO {

			@Override
			String write(double value) {
				if (value > 0 && value <= 0.2) {
					double inverse = 1 / value;
					boolean whole = inverse >= 10 || inverse == Math.rint(inverse);
					return String.format(Locale.ROOT, whole ? "1/%.0f" : "1/%.1f", inverse);
				}
				return String.format(Locale.ROOT, (value < 10) ? "%.2f" : "%.1f", value);
			}

		};

		abstract String write(double value);

		/**
		 * Writes a value for people.
		 * @param value the value
		 * @return the value with its unit
		 */
		public String format(double value) {
			if (Double.isNaN(value)) {
				return "nothing measured";
			}
			return Double.isInfinite(value) ? "never" : write(value);
		}

	}

}
