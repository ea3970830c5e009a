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

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LogLineParser}.
 */
class LogLineParserTests {

	private static final Instant IMPORTED_AT = Instant.parse("2026-11-20T12:00:00Z");

	private final LogLineParser parser = new LogLineParser(ZoneOffset.UTC);

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			2015-07-29 17:41:44,747 - INFO  [QuorumPeer] - Notification time out | 2015-07-29T17:41:44.747Z
			2015-07-29T17:41:44.747123Z started                                  | 2015-07-29T17:41:44.747123Z
			2015-07-29T17:41:44+02:00 started                                    | 2015-07-29T15:41:44Z
			2015-07-29T17:41:44+0200 started                                     | 2015-07-29T15:41:44Z
			[2015-07-29 17:41:44] started                                        | 2015-07-29T17:41:44Z
			nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO | 2017-05-16T00:00:00.008Z
			081109 203615 148 INFO dfs.DataNode: PacketResponder 1               | 2008-11-09T20:36:15Z
			17/06/09 20:10:40 INFO spark.SecurityManager: Changing view acls     | 2017-06-09T20:10:40Z
			[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok              | 2005-12-04T04:47:44Z
			[Sun Dec 04 04:47:44.123456 2005] [core:error] File does not exist   | 2005-12-04T04:47:44.123456Z
			Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass              | 2026-06-14T15:16:01Z
			Jul  9 12:16:49 combo ftpd[23142]: connection from 211.167.68.59     | 2026-07-09T12:16:49Z
			""")
	void findsTheTimeAtTheBeginning(String line, Instant expected) {
		assertThat(this.parser.parse(line, "test", IMPORTED_AT).at()).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "started", "{\"at\":\"2015-07-29T17:41:44Z\"}", "2015-13-29 17:41:44 no such month",
			"2015-02-30 17:41:44 no such day", "081399 203615 no such month", "17/02/30 20:10:40 no such day",
			"[Sun Feb 30 04:47:44 2005] no such day", "Jun 31 15:16:01 no such day", "Foo 14 15:16:01 no such month",
			"Jun 14 25:16:01 no such hour", "2015-07-29T17:41:44+99:00 no such offset",
			"it was long ago: 2015-07-29 17:41:44" })
	void takesTheTimeOfTheImportWhereThereIsNone(String line) {
		assertThat(this.parser.parse(line, "test", IMPORTED_AT).at()).isEqualTo(IMPORTED_AT);
	}

	@Test
	void syslogLineWithoutYearIsNotOfTheFuture() {
		assertThat(this.parser.parse("Dec 10 06:55:46 LabSZ sshd[24200]: x", "test", IMPORTED_AT).at())
			.isEqualTo("2025-12-10T06:55:46Z");
		Instant newYear = Instant.parse("2026-01-01T00:00:10Z");
		assertThat(this.parser.parse("Dec 31 23:59:59 host x", "test", newYear).at()).isEqualTo("2025-12-31T23:59:59Z");
		assertThat(this.parser.parse("Feb 29 12:00:00 host x", "test", IMPORTED_AT).at())
			.isEqualTo("2024-02-29T12:00:00Z");
	}

	@Test
	void syslogClockMayBeALittleAhead() {
		Instant lastYear = Instant.parse("2025-12-31T23:59:50Z");
		assertThat(this.parser.parse("Jan  1 00:00:01 host x", "test", lastYear).at())
			.isEqualTo("2026-01-01T00:00:01Z");
	}

	@Test
	void timeWithoutOffsetIsOfTheZone() {
		LogLineParser berlin = new LogLineParser(ZoneId.of("Europe/Berlin"));
		assertThat(berlin.parse("2015-07-29 17:41:44,747 x", "test", IMPORTED_AT).at())
			.isEqualTo("2015-07-29T15:41:44.747Z");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			2015-07-29 17:41:44,747 - WARN  [SendWorker] - Interrupted | WARN
			081109 203615 148 ERROR dfs.DataNode: no ERRORS            | ERROR
			17/06/09 20:10:40 DEBUG executor.Executor: running         | DEBUG
			2015-07-29 17:41:44 [FATAL] out of memory                  | FATAL
			[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok    | NOTICE
			[Sun Dec 04 04:47:44 2005] [error] state 6                 | ERROR
			[Sun Dec 04 04:47:44 2005] [core:crit] gone                | FATAL
			WARNING: deprecated                                        | WARN
			SEVERE: it broke                                           | ERROR
			INFO then ERROR                                            | INFO
			Jun 14 15:16:01 combo sshd: authentication failure         | INFO
			an error, and INFORMATION                                  | INFO
			""")
	void findsTheLevel(String line, String expected) {
		assertThat(this.parser.parse(line, "test", IMPORTED_AT).level()).isEqualTo(expected);
	}

	@Test
	void keepsTheWholeLine() {
		String line = "2015-07-29 17:41:44,747 - INFO  [x] - trailing blank \t ";
		NewEvent event = this.parser.parse(line, "zoo", IMPORTED_AT);
		assertThat(event.message()).isEqualTo(line);
		assertThat(event.source()).isEqualTo("zoo");
	}

	@Test
	void doesNotSearchAllOfALongLine() {
		String line = "x".repeat(1_000_000) + " ERROR";
		assertThat(this.parser.parse(line, "test", IMPORTED_AT).level()).isEqualTo("INFO");
	}

}
