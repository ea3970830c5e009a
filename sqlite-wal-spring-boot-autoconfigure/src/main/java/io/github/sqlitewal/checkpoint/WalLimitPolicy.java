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
 * What happens to writers when the WAL is larger than
 * {@code sqlite.checkpoint.max-wal-size}.
 */
public enum WalLimitPolicy {

	/**
	 * Nothing: it is reported, and the WAL grows on until the disk is full.
	 */
	REPORT,

	/**
	 * Each write request waits before it stands in the queue, the longer the larger the
	 * WAL is, and for a second at most.
	 */
	SLOW_DOWN,

	/**
	 * Write requests are refused at once, until the WAL is smaller.
	 */
	REFUSE

}
