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
 * How far a checkpoint goes, in SQLite's own terms.
 *
 * @see <a href="https://www.sqlite.org/pragma.html#pragma_wal_checkpoint">PRAGMA
 * wal_checkpoint</a>
 */
public enum CheckpointMode {

	/**
	 * Copies what can be copied without waiting for anybody.
	 */
	PASSIVE,

	/**
	 * Waits until no writer writes and all readers read the newest state, and copies
	 * everything.
	 */
	FULL,

	/**
	 * Does what FULL does, and waits until no reader reads from the WAL, so that the next
	 * writer starts over in it.
	 */
	RESTART,

	/**
	 * Does what RESTART does, and makes the WAL file empty.
	 */
	TRUNCATE

}
