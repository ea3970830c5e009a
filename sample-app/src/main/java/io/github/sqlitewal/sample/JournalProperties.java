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

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the journal itself; those of its database are {@code sqlite.*}.
 *
 * @param load the recording of this machine's load
 * @param workers the processes that read the file
 */
@ConfigurationProperties("journal")
record JournalProperties(@DefaultValue Load load, @DefaultValue Workers workers) {

	/**
	 * The recording of this machine's load.
	 *
	 * @param enabled whether the load is recorded once a second
	 */
	record Load(@DefaultValue("true") boolean enabled) {
	}

	/**
	 * The processes that read the file.
	 *
	 * @param timeout how long all processes of one request may take together
	 */
	record Workers(@DefaultValue("60s") Duration timeout) {
	}

}
