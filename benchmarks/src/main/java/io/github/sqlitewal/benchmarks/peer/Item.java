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

package io.github.sqlitewal.benchmarks.peer;

import java.util.SplittableRandom;

import org.springframework.jdbc.core.RowMapper;

/**
 * A row, about 130 bytes in the file.
 *
 * @param id the key; SQLite gives it to a row that is inserted
 * @param name some text
 * @param payload more text
 * @param createdAt a number
 */
public record Item(long id, String name, String payload, long createdAt) {

	/** The one way in which every peer reads a row. */
	static final RowMapper<Item> MAPPER = (resultSet, rowNumber) -> new Item(resultSet.getLong(1),
			resultSet.getString(2), resultSet.getString(3), resultSet.getLong(4));

	private static final int PAYLOAD_LENGTH = 100;

	private static final int LARGE_PAYLOAD_LENGTH = 1000;

	/** Made once, so that a load measures the database and not the making of rows. */
	private static final Item[] SAMPLES = samples(PAYLOAD_LENGTH);

	private static final Item[] LARGE_SAMPLES = samples(LARGE_PAYLOAD_LENGTH);

	private static Item[] samples(int payloadLength) {
		SplittableRandom random = new SplittableRandom(1);
		Item[] samples = new Item[1024];
		for (int i = 0; i < samples.length; i++) {
			StringBuilder payload = new StringBuilder(payloadLength);
			while (payload.length() < payloadLength) {
				payload.append((char) random.nextInt('a', 'z' + 1));
			}
			samples[i] = new Item(0, "item-%09d".formatted(i), payload.toString(), 1_700_000_000_000L + i);
		}
		return samples;
	}

	/**
	 * A row to insert.
	 * @param number any number; the same one gives the same row
	 * @return the row
	 */
	public static Item sample(int number) {
		return SAMPLES[number & (SAMPLES.length - 1)];
	}

	/**
	 * A row to insert that is about 1,000 bytes in the file.
	 * @param number any number; the same one gives the same row
	 * @return the row
	 */
	public static Item largeSample(int number) {
		return LARGE_SAMPLES[number & (LARGE_SAMPLES.length - 1)];
	}

}
