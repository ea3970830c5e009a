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

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What one worker process saw.
 *
 * @param pid its process
 * @param rows how many events
 * @param maxId the highest id
 * @param checksum the sum of the ids
 * @param ms how many milliseconds its query took
 * @param error why it has seen nothing, or {@code null}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record WorkerAnswer(long pid, long rows, long maxId, long checksum, double ms, @Nullable String error) {

	static WorkerAnswer failed(long pid, String error) {
		return new WorkerAnswer(pid, 0, 0, 0, 0, error);
	}

	boolean saw(JournalExtent expected) {
		return this.error == null && new JournalExtent(this.rows, this.maxId, this.checksum).equals(expected);
	}

}
