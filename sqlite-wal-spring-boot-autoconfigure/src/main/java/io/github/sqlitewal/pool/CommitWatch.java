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
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Wakes the thread that looks after the WAL when enough has been committed, so that it
 * need not look at every commit, and a commit costs one comparison more.
 * <p>
 * No wake-up is lost: the watcher says that it {@linkplain #looks() looks} before it does
 * so, and what happens from then on makes the next look due, also what happens before it
 * has said when to wake it. The commits are counted before the holder of the writer asks
 * when the watcher is due, and the watcher says so before it reads the count, so at least
 * one of them sees the other.
 * <p>
 * Told of commits by the holder of the writer; everything else may be called by any
 * thread.
 */
public final class CommitWatch {

	/** A transaction this long may have written anything. */
	private static final long LONG_HOLD_NANOS = 10_000_000;

	private final LongSupplier commits;

	private volatile long dueAt = Long.MAX_VALUE;

	private volatile boolean woken;

	private volatile @Nullable Thread watcher;

	CommitWatch(LongSupplier commits) {
		this.commits = commits;
	}

	void committed(long commits) {
		if (commits >= this.dueAt) {
			wake();
		}
	}

	void released(long heldNanos) {
		if (heldNanos >= LONG_HOLD_NANOS) {
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
	 * Says that the watcher is about to look, and need not be woken for what was before.
	 */
	public void looks() {
		this.dueAt = Long.MAX_VALUE;
		this.woken = false;
	}

	/**
	 * Says when to wake the watcher next.
	 * @param commits at which count of commits
	 */
	public void wakeAt(long commits) {
		this.dueAt = commits;
	}

	/**
	 * Whether there is something to look at since the watcher has looked.
	 * @return whether the next look is due
	 */
	public boolean isDue() {
		return this.woken || this.commits.getAsLong() >= this.dueAt;
	}

}
