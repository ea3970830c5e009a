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

/**
 * The WAL as SQLite describes it, found out without a checkpoint.
 *
 * @param frames frames that hold pages not yet overwritten, a frame being one page
 * @param checkpointedFrames how many of them are in the database file already
 * @param bytes the size of the WAL file, which SQLite keeps when it starts over in it,
 * with what is made ready ahead of a WAL that is held back
 * @param observedAt when this was so
 */
public record WalStatus(long frames, long checkpointedFrames, long bytes, Instant observedAt) {
}
