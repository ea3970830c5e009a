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

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds out whether the holder of the writer waits, through locks of the application, for
 * the very thread that waits for the writer: a synchronized item reader, say, that one
 * thread calls inside its transaction and another holds while it begins one.
 * <p>
 * Sees monitors and {@code java.util.concurrent} locks that have an owner, of platform
 * threads. Of virtual threads the JVM tells which locks of {@code java.util.concurrent}
 * they own, but not what they wait for, so those waits end with the deadline.
 */
final class LockCycles {

	private static final int MAX_LENGTH = 16;

	private LockCycles() {
	}

	/**
	 * Follows what the holder waits for, from lock to owner.
	 * @param holder the thread that holds the writer
	 * @return for each thread on the way, by its id, the way to it in words; empty when
	 * the holder waits for no lock
	 */
	static Map<Long, String> ownersBlocking(Thread holder) {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		Map<Long, String> owners = new LinkedHashMap<>();
		StringBuilder chain = new StringBuilder("which thread ").append(holder.getName()).append(" holds");
		long id = threadId(holder);
		for (int i = 0; i < MAX_LENGTH; i++) {
			ThreadInfo info = threads.getThreadInfo(id, 1);
			if (info == null || info.getLockOwnerId() == -1) {
				return owners;
			}
			chain.append("; thread ").append(info.getThreadName()).append(" waits for ").append(info.getLockName());
			StackTraceElement[] stack = info.getStackTrace();
			if (stack.length > 0) {
				chain.append(" at ").append(stack[0]);
			}
			chain.append(", which thread ").append(info.getLockOwnerName()).append(" holds");
			id = info.getLockOwnerId();
			owners.put(id, chain.toString());
		}
		return owners;
	}

	@SuppressWarnings("deprecation") // threadId() came with Java 19
	static long threadId(Thread thread) {
		return thread.getId();
	}

}
