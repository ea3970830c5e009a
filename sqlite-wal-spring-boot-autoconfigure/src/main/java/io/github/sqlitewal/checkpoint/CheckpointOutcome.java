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

package io.github.sqlitewal.checkpoint;

/**
 * What a checkpoint achieved, read from SQLite's answer and not assumed from its silence.
 */
public enum CheckpointOutcome {

	/**
	 * Everything is in the database file, and the WAL starts over.
	 */
	RESET,

	/**
	 * Everything is in the database file. The WAL starts over when no reader uses it.
	 */
	COMPLETE,

	/**
	 * A part is in the database file; a reader, or a writer, kept the rest back.
	 */
	PARTIAL,

	/**
	 * A reader, a writer or another checkpoint did not let go within the busy timeout.
	 */
	BUSY,

	/**
	 * There was nothing to do, or another checkpoint was running.
	 */
	SKIPPED,

	/**
	 * SQLite reported an error.
	 */
	FAILED

}
