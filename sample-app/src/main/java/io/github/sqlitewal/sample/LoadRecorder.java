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

package io.github.sqlitewal.sample;

import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Locale;

import com.sun.management.OperatingSystemMXBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Records this machine's load, so that the journal has something true to show from its
 * first minute.
 */
@Component
@ConditionalOnBooleanProperty(name = "journal.load.enabled", matchIfMissing = true)
class LoadRecorder {

	private static final Logger logger = LoggerFactory.getLogger(LoadRecorder.class);

	private final EventJournal journal;

	private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

	LoadRecorder(EventJournal journal) {
		this.journal = journal;
	}

	/** By cron, because a fixed rate makes up for a suspended machine with a burst. */
	@Scheduled(cron = "* * * * * *")
	void record() {
		Runtime runtime = Runtime.getRuntime();
		String message = String.format(Locale.ROOT, "cpu=%.2f load=%.2f heap=%dMB",
				Math.max(0, this.system.getCpuLoad()), Math.max(0, this.system.getSystemLoadAverage()),
				(runtime.totalMemory() - runtime.freeMemory()) >> 20);
		try {
			this.journal.store(new NewEvent(Instant.now(), "load", "INFO", message));
		}
		catch (DataAccessException ex) {
			// a second without a measurement is no reason to alarm anyone
			logger.debug("This second's load was not recorded", ex);
		}
	}

}
