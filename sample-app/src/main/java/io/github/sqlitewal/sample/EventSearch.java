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

package io.github.sqlitewal.sample;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What to look for; a part that is {@code null} does not restrict.
 *
 * @param query an FTS5 query, as {@link FtsQuery} makes them
 * @param source the exact source
 * @param level the exact level
 * @param from the earliest time, inclusive
 * @param to the latest time, exclusive
 * @param before the id below which to start
 * @param size how many events, from 1 to {@value #MAX_SIZE}
 */
record EventSearch(@Nullable String query, @Nullable String source, @Nullable String level, @Nullable Instant from,
		@Nullable Instant to, @Nullable Long before, int size) {

	static final int MAX_SIZE = 1000;

	EventSearch {
		if (size < 1 || size > MAX_SIZE) {
			throw new InvalidInputException("'size' is " + size + ", and must be from 1 to " + MAX_SIZE);
		}
	}

}
