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

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.Deadline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link PollingRetry}.
 */
class PollingRetryTests {

	private static final Deadline FAR = Deadline.after(Duration.ofMinutes(1));

	private final BusyRetry retry = PollingRetry.instance();

	private final AtomicInteger attempts = new AtomicInteger();

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	@Test
	void attemptThatSucceedsIsMadeOnce() throws SQLException {
		assertThat(this.retry.execute(this.attempts::incrementAndGet, FAR)).isEqualTo(1);
	}

	@Test
	void busyAttemptIsMadeAgainUntilItSucceeds() throws SQLException {
		assertThat(this.retry.execute(() -> failUntil(4, SQLiteErrorCode.SQLITE_BUSY), FAR)).isEqualTo(4);
	}

	@ParameterizedTest
	@EnumSource(names = { "SQLITE_BUSY_SNAPSHOT", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_FULL" })
	void otherFailureIsThrownAtOnce(SQLiteErrorCode code) {
		assertThat(catchThrowable(() -> this.retry.execute(() -> failUntil(4, code), FAR)))
			.isInstanceOfSatisfying(SQLiteException.class, (ex) -> assertThat(ex.getResultCode()).isEqualTo(code));
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void deadlineThatHasPassedLeavesOneAttempt() {
		assertThat(catchThrowable(() -> this.retry.execute(() -> failUntil(4, SQLiteErrorCode.SQLITE_BUSY),
				Deadline.after(Duration.ZERO))))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void deadlineEndsPollingWithTheLastFailure() {
		assertThat(
				catchThrowable(() -> this.retry.execute(() -> failUntil(Integer.MAX_VALUE, SQLiteErrorCode.SQLITE_BUSY),
						Deadline.after(Duration.ofMillis(5)))))
			.hasMessageContaining("attempt " + this.attempts);
	}

	@Test
	void interruptEndsPollingAndStaysVisible() {
		assertThat(catchThrowable(() -> this.retry.execute(() -> {
			Thread.currentThread().interrupt();
			return failUntil(4, SQLiteErrorCode.SQLITE_BUSY);
		}, FAR))).isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	private int failUntil(int success, SQLiteErrorCode code) throws SQLException {
		int attempt = this.attempts.incrementAndGet();
		if (attempt < success) {
			throw new SQLiteException("attempt " + attempt, code);
		}
		return attempt;
	}

}
