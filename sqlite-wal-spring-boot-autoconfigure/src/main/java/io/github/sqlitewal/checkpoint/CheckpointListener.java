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
 * Is told of each checkpoint, on the thread that ran it, after its locks are released.
 * Must be quick and must not throw.
 */
@FunctionalInterface
public interface CheckpointListener {

	/**
	 * A checkpoint has ended.
	 * @param result what it achieved
	 */
	void checkpointed(CheckpointResult result);

	/**
	 * The WAL has got better or worse. Told once for each change.
	 * @param change from what to what, and who is the cause
	 */
	default void walStateChanged(WalStateChange change) {
	}

}
