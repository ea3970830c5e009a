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

package io.github.sqlitewal.connection;

/**
 * What a commit that has returned survives. The file itself is consistent after either
 * event, in both modes.
 */
public enum Durability {

	/**
	 * The death of the process. A loss of power, or a crash of the operating system, can
	 * take back the last commits, in order, the newest first.
	 */
	PROCESS_CRASH,

	/**
	 * The loss of power too, as far as the disk keeps its word: the WAL is synced before
	 * the commit returns, by one sync for all that committed meanwhile. Has no effect on
	 * a database in memory.
	 */
	POWER_LOSS

}
