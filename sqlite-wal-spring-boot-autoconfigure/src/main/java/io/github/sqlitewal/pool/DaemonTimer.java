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

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes timers with one daemon thread, which is there only while something is to be done
 * soon. So nobody has to close one.
 */
public final class DaemonTimer {

	private static final long IDLE_SECONDS = 1;

	private DaemonTimer() {
	}

	/**
	 * Makes a timer.
	 * @param threadName the name of its thread
	 * @return a timer that refuses tasks, and forgets those that wait, once it is shut
	 * down
	 */
	public static ScheduledThreadPoolExecutor create(String threadName) {
		ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, (task) -> {
			// whoever happens to be there when it starts leaves nothing of his in it
			Thread thread = new Thread(null, task, threadName, 0, false);
			thread.setContextClassLoader(DaemonTimer.class.getClassLoader());
			thread.setDaemon(true);
			return thread;
		});
		timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
		timer.allowCoreThreadTimeOut(true);
		timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		return timer;
	}

}
