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

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The pool at one moment. Made without taking a connection or waiting for one.
 *
 * @param writer who holds the writer, {@code null} when nobody does
 * @param queuedWrites how many write requests wait
 * @param queuedReads how many reads wait for a reader
 * @param readersInUse how many readers are leased
 * @param readLockHeld whether SQLite's read lock is held for all readers, which a
 * checkpoint of another process finds
 * @param connections all connections: the writer, the readers, the maintenance connection
 */
public record PoolStatus(@Nullable LeaseStatus writer, int queuedWrites, int queuedReads, int readersInUse,
		boolean readLockHeld, List<ConnectionStatus> connections) {
}
