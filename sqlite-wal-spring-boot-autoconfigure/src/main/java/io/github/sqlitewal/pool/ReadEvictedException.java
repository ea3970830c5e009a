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

import java.sql.SQLTransientException;
import java.time.Duration;

/**
 * A read was ended because it held back the WAL for longer than
 * {@code sqlite.pool.evict-read-after}, while the WAL was above its hard limit. What it
 * has returned is right, and there is no more. The read can be run again; one that is
 * slow by itself will end in the same way.
 */
public class ReadEvictedException extends SQLTransientException {

	ReadEvictedException(LeaseStatus read, Duration limit) {
		super("This read was ended after " + Durations.format(read.held())
				+ ", because it kept the WAL from being reset" + " and sqlite.pool.evict-read-after is "
				+ Durations.format(limit) + " (" + read.describe()
				+ "). Close result sets and end read-only transactions sooner, read many rows in parts, or raise"
				+ " sqlite.pool.evict-read-after", "57014");
	}

}
