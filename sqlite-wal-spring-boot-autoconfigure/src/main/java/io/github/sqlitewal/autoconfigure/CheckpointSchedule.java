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

import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.scheduling.support.CronTrigger;
import org.springframework.util.StringUtils;

import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.CheckpointTrigger;
import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import io.github.sqlitewal.connection.SqliteConfigurationException;

/**
 * Runs the checkpoints of the cron expression. What depends on the WAL and not on the
 * clock, the database does by itself.
 * <p>
 * The scheduler is no bean, so that it does not take the application's {@code @Scheduled}
 * work. Stopping it leaves the database open and it can be started again, as the test
 * framework does with contexts that it pauses; the last checkpoint is the database's own,
 * when it closes.
 */
class CheckpointSchedule implements SmartLifecycle {

	private final SqliteCheckpointer checkpointer;

	private final @Nullable CronTrigger cron;

	private @Nullable ThreadPoolTaskScheduler scheduler;

	CheckpointSchedule(SqliteCheckpointer checkpointer, SqliteProperties.Checkpoint properties) {
		if (properties.external() && isSet(properties.truncateCron())) {
			throw new SqliteConfigurationException(
					"'sqlite.checkpoint.truncate-cron' has no effect when another program checkpoints the database",
					"Remove 'sqlite.checkpoint.truncate-cron', or set 'sqlite.checkpoint.external' to false.");
		}
		this.checkpointer = checkpointer;
		this.cron = cron(properties.truncateCron());
	}

	private static boolean isSet(@Nullable String expression) {
		return StringUtils.hasText(expression) && !"-".equals(expression);
	}

	private static @Nullable CronTrigger cron(@Nullable String expression) {
		// a dash switches a cron trigger off everywhere in Spring
		if (expression == null || !isSet(expression)) {
			return null;
		}
		if (!CronExpression.isValidExpression(expression)) {
			throw new SqliteConfigurationException("'" + expression + "' is not a cron expression",
					"Set 'sqlite.checkpoint.truncate-cron' to six fields from seconds to weekday, for example"
							+ " '0 0 4 * * *' for 4 o'clock at night.");
		}
		return new CronTrigger(expression);
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the task ends with its scheduler
	public synchronized void start() {
		if (this.scheduler != null || this.cron == null) {
			return;
		}
		ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
		started.setThreadNamePrefix("sqlite-checkpoint-");
		started.setDaemon(true);
		// a checkpoint that runs when this is stopped goes on to its end
		started.setWaitForTasksToCompleteOnShutdown(true);
		started.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		started.initialize();
		started.schedule(this.checkpointer::truncateOnSchedule, this.cron);
		this.scheduler = started;
	}

	@Override
	public synchronized void stop() {
		if (this.scheduler != null) {
			this.scheduler.shutdown();
			this.scheduler = null;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.scheduler != null;
	}

	/**
	 * Started before web servers and executors, and stopped after them.
	 */
	@Override
	public int getPhase() {
		return 0;
	}

}
