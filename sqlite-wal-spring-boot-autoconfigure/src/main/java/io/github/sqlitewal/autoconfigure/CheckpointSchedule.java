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

import java.time.Duration;

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
 * Runs checkpoints by the interval and by the cron expression.
 * <p>
 * The scheduler is no bean, so that it does not take the application's {@code @Scheduled}
 * work. Stopping it leaves the database open and it can be started again, as the test
 * framework does with contexts that it pauses; the last checkpoint is the database's own,
 * when it closes.
 */
class CheckpointSchedule implements SmartLifecycle {

	private final SqliteCheckpointer checkpointer;

	private final Duration interval;

	private final @Nullable CronTrigger cron;

	private @Nullable ThreadPoolTaskScheduler scheduler;

	CheckpointSchedule(SqliteCheckpointer checkpointer, SqliteProperties.Checkpoint properties) {
		this.checkpointer = checkpointer;
		if (properties.interval().isNegative()) {
			throw new SqliteConfigurationException(
					"A checkpoint interval of " + properties.interval() + " is not possible",
					"Set 'sqlite.checkpoint.interval' to a duration such as 1s, or to 0 to switch it off.");
		}
		this.interval = properties.interval();
		this.cron = cron(properties.truncateCron());
	}

	private static @Nullable CronTrigger cron(@Nullable String expression) {
		// a dash switches a cron trigger off everywhere in Spring
		if (!StringUtils.hasText(expression) || "-".equals(expression)) {
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
	@SuppressWarnings("FutureReturnValueIgnored") // the tasks end with their scheduler
	public synchronized void start() {
		if (this.scheduler != null) {
			return;
		}
		ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
		started.setThreadNamePrefix("sqlite-checkpoint-");
		started.setDaemon(true);
		// a checkpoint that runs when this is stopped goes on to its end
		started.setWaitForTasksToCompleteOnShutdown(true);
		started.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		started.initialize();
		if (!this.interval.isZero()) {
			started.scheduleWithFixedDelay(
					() -> this.checkpointer.checkpointIfIdle(CheckpointMode.PASSIVE, CheckpointTrigger.INTERVAL),
					this.interval);
		}
		if (this.cron != null) {
			started.schedule(() -> this.checkpointer.checkpointIfIdle(CheckpointMode.TRUNCATE, CheckpointTrigger.CRON),
					this.cron);
		}
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
