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

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.pool.PinStatus;

/**
 * The WAL has got better or worse. In a Spring application it is published as an event.
 *
 * @param previous the state before
 * @param current the state now
 * @param at since when
 * @param wal what was seen of the WAL, {@code null} when it could not be looked at
 * @param heldBackBy the reads of this process that hold it back, as far as they are known
 * @param detail a sentence for a person: what is the matter, and who holds the WAL back;
 * {@code null} when all is well
 */
public record WalStateChange(WalState previous, WalState current, Instant at, @Nullable WalStatus wal,
		List<PinStatus> heldBackBy, @Nullable String detail) {
}
