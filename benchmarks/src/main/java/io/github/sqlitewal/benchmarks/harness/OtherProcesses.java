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

package io.github.sqlitewal.benchmarks.harness;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;

/**
 * How much of the processors' time went to other processes meanwhile, so that a table
 * says by itself whether the machine was quiet. For one thread.
 */
final class OtherProcesses {

	private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

	private double sum;

	private int samples;

	OtherProcesses() {
		// both count from one call to the next
		this.system.getCpuLoad();
		this.system.getProcessCpuLoad();
	}

	/** Looks at the time since the last look. */
	void sample() {
		double all = this.system.getCpuLoad();
		double own = this.system.getProcessCpuLoad();
		// negative when the system does not tell
		if (all >= 0 && own >= 0) {
			this.sum += Math.max(0, all - own);
			this.samples++;
		}
	}

	/**
	 * Their share.
	 * @return from 0 to 1, or no number when the system does not tell
	 */
	double share() {
		return this.sum / this.samples;
	}

}
