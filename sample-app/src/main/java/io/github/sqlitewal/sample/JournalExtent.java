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

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a reader sees of the journal up to an id. Two readers that agree on all three have
 * seen the same rows.
 *
 * @param rows how many events
 * @param maxId the highest id
 * @param checksum the sum of the ids
 */
record JournalExtent(long rows, long maxId, long checksum) {

	/** The bound lets readers be compared while others go on writing. */
	static final String QUERY = "SELECT count(*), coalesce(max(id), 0), coalesce(sum(id), 0) FROM events WHERE id <= ?";

	static JournalExtent of(ResultSet row) throws SQLException {
		return new JournalExtent(row.getLong(1), row.getLong(2), row.getLong(3));
	}

}
