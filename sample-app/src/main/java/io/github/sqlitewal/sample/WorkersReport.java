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

import java.util.List;

/**
 * What the worker processes saw, beside what they should have.
 *
 * @param expectedRows how many events were committed before the processes started
 * @param expectedMaxId the highest id of these
 * @param allEqual whether each process saw exactly these
 * @param workers each process
 */
record WorkersReport(long expectedRows, long expectedMaxId, boolean allEqual, List<WorkerAnswer> workers) {

	static WorkersReport of(JournalExtent expected, List<WorkerAnswer> workers) {
		return new WorkersReport(expected.rows(), expected.maxId(),
				workers.stream().allMatch((worker) -> worker.saw(expected)), workers);
	}

}
