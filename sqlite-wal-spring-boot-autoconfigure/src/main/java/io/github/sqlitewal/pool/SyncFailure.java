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

import java.time.Instant;

/**
 * A sync that failed. It is never tried again: after a failure the kernel may have
 * dropped what it could not write and taken it for written, so that a second sync
 * succeeds and proves nothing.
 *
 * @param at when
 * @param cause what the operating system said
 */
record SyncFailure(Instant at, Throwable cause) {

	String describe() {
		return "Writes are refused, because a sync failed at " + this.at + " (" + this.cause
				+ "): what was committed since the sync before may be lost with the power. Check the disk, and open"
				+ " the database again (restart the application)";
	}

}
