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

import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Wakes the thread that looks after the WAL when enough has been committed, so that it
 * need not look at every commit, and a commit costs one comparison more.
 * <p>
 * Told of commits by the holder of the writer; everything else may be called by any
 * thread.
 */
public final class CommitWatch {

	/** A transaction this long may have written anything. */
	private static final long LONG_HOLD_NANOS = 10_000_000;

	private volatile long dueAt = Long.MAX_VALUE;

	private volatile boolean woken;

	private volatile @Nullable Thread watcher;

	void committed(long commits) {
		if (commits >= this.dueAt) {
			wake();
		}
	}

	void released(long heldNanos) {
		if (heldNanos >= LONG_HOLD_NANOS && this.dueAt != Long.MAX_VALUE) {
			wake();
		}
	}

	private void wake() {
		// the watcher says again when it wants to be woken
		this.dueAt = Long.MAX_VALUE;
		this.woken = true;
		LockSupport.unpark(this.watcher);
	}

	/**
	 * Makes this thread the one that is woken.
	 */
	public void watch() {
		this.watcher = Thread.currentThread();
	}

	/**
	 * Says when to wake the watcher next.
	 * @param commits at which count of commits
	 */
	public void wakeAt(long commits) {
		this.woken = false;
		this.dueAt = commits;
	}

	/**
	 * Whether the watcher was woken since it said when.
	 * @return whether there is something to look at
	 */
	public boolean isDue() {
		return this.woken;
	}

}
