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

import java.time.Instant;

/**
 * A stored event. Ids grow in the order of commits, so they are the journal's order and
 * its paging cursor; {@code at} is when the event happened, which an import may tell of
 * long ago.
 *
 * @param id the place in the journal
 * @param at when it happened, to the millisecond
 * @param source who reported it
 * @param level how bad it is, in capitals
 * @param message the text, which is what the full-text search sees
 */
record Event(long id, Instant at, String source, String level, String message) {
}
