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

package io.github.sqlitewal.pool;

import java.time.Duration;

/**
 * How many single writes share a transaction at most.
 *
 * @param maxWrites how many; 1 for each by itself
 * @param maxTime how long a transaction takes new ones
 */
public record WriteGroupLimits(int maxWrites, Duration maxTime) {

	/** Each single write is committed by itself. */
	public static final WriteGroupLimits OFF = new WriteGroupLimits(1, Duration.ZERO);

	/**
	 * As many as are likely to wait: more of them hardly make the share of the commit
	 * that each one pays for any smaller. And not much longer than a short transaction
	 * takes, because that is what transactions, also those of other processes, wait more.
	 */
	public static final WriteGroupLimits DEFAULT = new WriteGroupLimits(256, Duration.ofMillis(5));

	boolean allowGroups() {
		return this.maxWrites > 1;
	}

}
