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

import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.connection.ConnectionRole;

/**
 * A physical connection as an operator sees it.
 *
 * @param name its name
 * @param role what it is for
 * @param settings the pragmas as SQLite read them back, empty while it is not open
 * @param lease who has it, {@code null} when nobody has
 * @param statementCacheHits how often a prepared statement was reused
 * @param statementCacheMisses how often one was prepared
 * @param statementCacheEvictions how often one fell out of the cache for another one
 */
public record ConnectionStatus(String name, ConnectionRole role, Map<String, String> settings,
		@Nullable LeaseStatus lease, long statementCacheHits, long statementCacheMisses, long statementCacheEvictions) {
}
