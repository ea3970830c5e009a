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

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How far an import has come: one line of its answer.
 *
 * @param imported how many events are committed
 * @param failed how many lines could not be used
 * @param done whether the whole body has been imported, which only the last line says
 * @param errors on the last line, the first of the failed lines
 * @param error on the last line, why the import ended before the body did
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record ImportProgress(long imported, long failed, @JsonInclude(JsonInclude.Include.ALWAYS) boolean done,
		List<LineError> errors, @Nullable String error) {

	/**
	 * A line that could not be used.
	 *
	 * @param line its number, from 1
	 * @param reason what is wrong with it
	 */
	record LineError(long line, String reason) {
	}

}
