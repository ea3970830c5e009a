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

package io.github.sqlitewal.autoconfigure;

import java.util.List;

import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.pool.PoolListener;

/**
 * Makes one listener of several.
 */
final class Listeners {

	private Listeners() {
	}

	static PoolListener pool(List<PoolListener> listeners) {
		return (listeners.size() == 1) ? listeners.get(0) : new PoolListener() {

			@Override
			public void writerAcquired(long waitNanos) {
				listeners.forEach((listener) -> listener.writerAcquired(waitNanos));
			}

			@Override
			public void writerReleased(long holdNanos) {
				listeners.forEach((listener) -> listener.writerReleased(holdNanos));
			}

			@Override
			public void readerAcquired(long waitNanos) {
				listeners.forEach((listener) -> listener.readerAcquired(waitNanos));
			}

		};
	}

	static CheckpointListener checkpoint(List<CheckpointListener> listeners) {
		return (result) -> listeners.forEach((listener) -> listener.checkpointed(result));
	}

}
