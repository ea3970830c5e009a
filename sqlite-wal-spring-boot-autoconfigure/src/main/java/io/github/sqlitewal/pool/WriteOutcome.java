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

import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link SingleWrite}, known after its commit.
 *
 * @param fate whether it is stored
 * @param commits the pool's {@link SqlitePool#commits() count of commits} right after
 * @param ticket what to {@linkplain SqlitePool#awaitDurable wait} with until the commit
 * is durable; 0 when it is not committed
 * @param last whether it was the last statement that ran in its transaction, so that what
 * SQLite remembers of the last write is its
 * @param failure what its caller is to be told; {@code null} when it is committed
 */
public record WriteOutcome(Fate fate, long commits, long ticket, boolean last, @Nullable Throwable failure) {

	/**
	 * Whether a write is stored.
	 */
	public enum Fate {

		/** It is. */
		COMMITTED,

		/** It is not, but for what a statement leaves behind that fails by OR FAIL. */
		FAILED,

		/** Its commit failed in a way that tells neither. It was not run again. */
		UNKNOWN

	}

}
