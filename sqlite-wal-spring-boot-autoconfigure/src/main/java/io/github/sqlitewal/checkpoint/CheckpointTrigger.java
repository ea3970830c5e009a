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
 * Why a checkpoint ran.
 */
public enum CheckpointTrigger {

	/**
	 * The start: a large WAL was left by the process before.
	 */
	STARTUP,

	/**
	 * The WAL has reached {@code sqlite.checkpoint.trigger-size}.
	 */
	PRESSURE,

	/**
	 * The interval, {@code sqlite.checkpoint.interval}.
	 */
	INTERVAL,

	/**
	 * Nothing was committed for a while, and the file of the WAL is large.
	 */
	IDLE,

	/**
	 * The cron expression, {@code sqlite.checkpoint.truncate-cron}.
	 */
	CRON,

	/**
	 * A caller: the application, or an operator through the endpoint.
	 */
	REQUEST,

	/**
	 * {@link SqliteCheckpointer#prepareForOtherProcesses()}.
	 */
	OTHER_PROCESSES,

	/**
	 * The shutdown.
	 */
	SHUTDOWN;

	/**
	 * Whether nobody asked for it, and the thread that looks after the WAL ran it.
	 */
	boolean isBackground() {
		return this == PRESSURE || this == INTERVAL || this == IDLE;
	}

}
