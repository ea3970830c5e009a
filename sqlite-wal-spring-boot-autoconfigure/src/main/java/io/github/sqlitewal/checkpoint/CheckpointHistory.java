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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The last checkpoints. Of those that the background ran one after the other and that
 * ended alike, only the last is kept, so that those in which something happened are still
 * there tomorrow, also when a reader holds the WAL back all night.
 * <p>
 * Safe for use by many threads.
 */
final class CheckpointHistory {

	private static final int SIZE = 50;

	private final ArrayDeque<CheckpointResult> results = new ArrayDeque<>();

	/**
	 * Keeps a result.
	 * @return the one before
	 */
	synchronized @Nullable CheckpointResult add(CheckpointResult result) {
		CheckpointResult previous = this.results.peekFirst();
		if (previous != null && isLike(previous, result)) {
			this.results.removeFirst();
		}
		this.results.addFirst(result);
		if (this.results.size() > SIZE) {
			this.results.removeLast();
		}
		return previous;
	}

	private static boolean isLike(CheckpointResult previous, CheckpointResult result) {
		if (!previous.trigger().isBackground() || !result.trigger().isBackground()) {
			return false;
		}
		boolean bothUndisturbed = isUndisturbed(previous) && isUndisturbed(result);
		return bothUndisturbed
				|| (previous.outcome() == result.outcome() && !isUndisturbed(previous) && !isUndisturbed(result));
	}

	private static boolean isUndisturbed(CheckpointResult result) {
		return result.isComplete() && result.detail() == null;
	}

	synchronized List<CheckpointResult> all() {
		return new ArrayList<>(this.results);
	}

	synchronized @Nullable CheckpointResult last() {
		return this.results.peekFirst();
	}

}
