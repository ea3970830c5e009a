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

package io.github.sqlitewal.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;
import org.springframework.retry.support.RetryTemplate;

import io.github.sqlitewal.connection.Deadline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link SpringRetry}.
 */
class SpringRetryTests {

	private static final Deadline FAR = Deadline.after(Duration.ofMinutes(1));

	private final AtomicInteger attempts = new AtomicInteger();

	private final List<Long> pauses = new ArrayList<>();

	private final RecordingListener listener = new RecordingListener();

	private final SpringRetry retry = retry(RetrySettings.defaults());

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	@Test
	void attemptThatSucceedsIsMadeOnceAndNobodyIsTold() throws SQLException {
		assertThat(this.retry.execute(this.attempts::incrementAndGet, FAR)).isEqualTo(1);
		assertThat(this.listener.events).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(names = { "SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED",
			"SQLITE_PROTOCOL" })
	void busyAttemptIsMadeAgainUntilItSucceeds(SQLiteErrorCode code) throws SQLException {
		assertThat(this.retry.execute(() -> failUntil(4, code), FAR)).isEqualTo(4);
	}

	@ParameterizedTest
	@EnumSource(names = { "SQLITE_BUSY_SNAPSHOT", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_FULL" })
	void otherFailureIsThrownAtOnceAndNobodyIsTold(SQLiteErrorCode code) {
		assertThat(catchThrowable(() -> this.retry.execute(() -> failUntil(4, code), FAR)))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
		assertThat(this.listener.events).isEmpty();
	}

	@Test
	void otherFailureAfterABusyOneEndsTheRetries() {
		assertThat(catchThrowable(() -> this.retry.execute(() -> {
			failUntil(2, SQLiteErrorCode.SQLITE_BUSY);
			return failUntil(9, SQLiteErrorCode.SQLITE_CONSTRAINT);
		}, FAR)))
			.isInstanceOfSatisfying(SQLiteException.class,
					(ex) -> assertThat(ex.getResultCode()).isEqualTo(SQLiteErrorCode.SQLITE_CONSTRAINT))
			.hasNoSuppressedExceptions();
	}

	@Test
	void runtimeExceptionOfARepeatedAttemptComesOut() {
		IllegalStateException defect = new IllegalStateException();
		assertThat(catchThrowable(() -> this.retry.execute(() -> {
			failUntil(2, SQLiteErrorCode.SQLITE_BUSY);
			throw defect;
		}, FAR))).isSameAs(defect);
	}

	@Test
	void listenerSeesEveryAttemptTheFirstOneIncluded() throws SQLException {
		this.retry.execute(() -> failUntil(3, SQLiteErrorCode.SQLITE_BUSY), FAR);
		assertThat(this.listener.events).containsExactly("open", "error 1: attempt 1", "error 2: attempt 2",
				"success 2", "close");
	}

	@Test
	void limitCountsTheFirstAttemptAndTheLastFailureItselfIsThrown() {
		List<SQLException> failures = new ArrayList<>();
		Throwable thrown = catchThrowable(() -> limited(3).execute(() -> {
			SQLException failure = new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY);
			failures.add(failure);
			throw failure;
		}, FAR));
		assertThat(failures).hasSize(3);
		assertThat(thrown).isSameAs(failures.get(2));
		assertThat(thrown.getSuppressed()[0]).hasMessageContaining("3 attempt(s)")
			.hasMessageContaining("sqlite.retry.max-attempts");
		assertThat(this.listener.events).filteredOn((event) -> event.startsWith("error")).hasSize(3);
	}

	@Test
	void limitOfOneMeansNoRetry() {
		assertThatThrownBy(() -> limited(1).execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY), FAR))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void disabledMeansNoRetryAndNobodyIsTold() {
		SpringRetry disabled = retry(
				new RetrySettings(false, 0, Duration.ofMillis(1), 1.5, Duration.ofMillis(25), 0.5));
		assertThatThrownBy(() -> disabled.execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY), FAR))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
		assertThat(this.listener.events).isEmpty();
	}

	@Test
	void deadlineThatHasPassedLeavesOneAttempt() {
		Throwable thrown = catchThrowable(() -> this.retry.execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY),
				Deadline.after(Duration.ZERO)));
		assertThat(this.attempts).hasValue(1);
		assertThat(thrown.getSuppressed()[0]).hasMessageContaining("sqlite.lock-timeout");
		assertThat(this.listener.events).containsExactly("open", "error 1: attempt 1", "close");
	}

	@Test
	void deadlineEndsTheRetriesWithTheLastFailure() {
		assertThat(catchThrowable(() -> sleeping().execute(() -> failUntil(9999, SQLiteErrorCode.SQLITE_BUSY),
				Deadline.after(Duration.ofMillis(10)))))
			.isInstanceOf(SQLiteException.class)
			.hasMessageContaining("attempt " + this.attempts);
	}

	@Test
	void pauseNeverGoesPastTheDeadline() {
		Duration timeout = Duration.ofSeconds(10);
		SpringRetry slow = retry(new RetrySettings(true, 2, Duration.ofDays(1), 1, Duration.ofDays(1), 0));
		assertThatThrownBy(() -> slow.execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY), Deadline.after(timeout)))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.pauses).singleElement()
			.satisfies((pause) -> assertThat(pause).isLessThanOrEqualTo(timeout.toNanos()));
	}

	@Test
	void pausesGrowByTheMultiplierUpToTheLargest() throws SQLException {
		retry(new RetrySettings(true, 0, Duration.ofMillis(1), 1.5, Duration.ofMillis(3), 0))
			.execute(() -> failUntil(6, SQLiteErrorCode.SQLITE_BUSY), FAR);
		assertThat(this.pauses).containsExactly(1_000_000L, 1_500_000L, 2_250_000L, 3_000_000L, 3_000_000L);
	}

	@Test
	void multiplierOfOneKeepsThePause() throws SQLException {
		retry(new RetrySettings(true, 0, Duration.ofMillis(2), 1, Duration.ofMillis(3), 0))
			.execute(() -> failUntil(4, SQLiteErrorCode.SQLITE_BUSY), FAR);
		assertThat(this.pauses).containsExactly(2_000_000L, 2_000_000L, 2_000_000L);
	}

	@Test
	void jitterStaysWithinItsPartOfThePause() throws SQLException {
		retry(new RetrySettings(true, 0, Duration.ofMillis(10), 1, Duration.ofMillis(10), 0.5))
			.execute(() -> failUntil(200, SQLiteErrorCode.SQLITE_BUSY), FAR);
		assertThat(this.pauses).allSatisfy((pause) -> assertThat(pause).isBetween(5_000_000L, 15_000_000L));
		assertThat(this.pauses.stream().distinct().count()).isGreaterThan(1);
	}

	@Test
	void interruptEndsTheRetriesAndStaysVisible() {
		Throwable thrown = catchThrowable(() -> sleeping().execute(() -> {
			Thread.currentThread().interrupt();
			return failUntil(9, SQLiteErrorCode.SQLITE_BUSY);
		}, FAR));
		assertThat(thrown).isInstanceOf(SQLiteException.class).hasMessageContaining("attempt 1");
		assertThat(thrown.getSuppressed()[0]).hasMessageContaining("interrupted");
		assertThat(this.attempts).hasValue(1);
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	@Test
	void listenerThatRefusesLeavesTheFirstFailure() {
		RetryListener refusing = new RetryListener() {
			@Override
			public <T, E extends Throwable> boolean open(RetryContext context, RetryCallback<T, E> callback) {
				return false;
			}
		};
		SpringRetry refused = new SpringRetry(RetrySettings.defaults(), () -> List.of(refusing));
		assertThat(catchThrowable(() -> refused.execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY), FAR)))
			.isInstanceOf(SQLiteException.class);
		assertThat(this.attempts).hasValue(1);
	}

	@Test
	void worksInsideARetryOfTheApplication() throws Exception {
		assertThat(RetryTemplate.builder()
			.maxAttempts(2)
			.build()
			.<Integer, SQLException>execute(
					(context) -> this.retry.execute(() -> failUntil(4, SQLiteErrorCode.SQLITE_BUSY), FAR)))
			.isEqualTo(4);
	}

	@Test
	void dataAccessFailureIsClassifiedByItsCause() {
		DataAccessException first = translated(SQLiteErrorCode.SQLITE_BUSY);
		assertThat(this.retry.<Integer>resume(first, () -> {
			if (this.attempts.incrementAndGet() < 3) {
				throw translated(SQLiteErrorCode.SQLITE_LOCKED);
			}
			return this.attempts.get();
		}, (failure) -> true, FAR)).isEqualTo(3);
	}

	@Test
	void dataAccessFailureThatIsNotBusyIsThrownAtOnce() {
		DataAccessException first = translated(SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT);
		assertThat(
				catchThrowable(() -> this.retry.resume(first, this.attempts::incrementAndGet, (failure) -> true, FAR)))
			.isSameAs(first);
		assertThat(this.attempts).hasValue(0);
	}

	@Test
	void callThatBecomesUnrepeatableIsNotMadeAgain() {
		DataAccessException first = translated(SQLiteErrorCode.SQLITE_BUSY);
		DataAccessException second = translated(SQLiteErrorCode.SQLITE_BUSY);
		assertThat(catchThrowable(() -> this.retry.resume(first, () -> {
			this.attempts.incrementAndGet();
			throw second;
		}, (failure) -> failure == first, FAR))).isSameAs(second).hasNoSuppressedExceptions();
		assertThat(this.attempts).hasValue(1);
	}

	/**
	 * <pre>
	 * outer (template)        inner (DataSource)
	 * first attempt fails  &lt;- BUSY, BUSY, BUSY: gave up
	 * not made again
	 * </pre>
	 */
	@Test
	void failureThatWasGivenUpInsideIsNotRetriedOutside() {
		SpringRetry limited = limited(3);
		SQLException inner = (SQLException) catchThrowable(
				() -> limited.execute(() -> failUntil(9, SQLiteErrorCode.SQLITE_BUSY), FAR));
		DataAccessException outer = new UncategorizedSQLException("test", null, new SQLException("seen", inner));
		assertThat(catchThrowable(() -> limited.resume(outer, this.attempts::incrementAndGet, (failure) -> true, FAR)))
			.isSameAs(outer);
		assertThat(this.attempts).hasValue(3);
	}

	private SpringRetry limited(int maxAttempts) {
		return retry(new RetrySettings(true, maxAttempts, Duration.ofMillis(1), 1.5, Duration.ofMillis(25), 0.5));
	}

	private SpringRetry retry(RetrySettings settings) {
		return new SpringRetry(settings, () -> List.of(this.listener), this.pauses::add);
	}

	private SpringRetry sleeping() {
		return new SpringRetry(RetrySettings.defaults(), () -> List.of(this.listener), TimeUnit.NANOSECONDS::sleep);
	}

	private int failUntil(int success, SQLiteErrorCode code) throws SQLException {
		int attempt = this.attempts.incrementAndGet();
		if (attempt < success) {
			throw new SQLiteException("attempt " + attempt, code);
		}
		return attempt;
	}

	private static DataAccessException translated(SQLiteErrorCode code) {
		return new UncategorizedSQLException("test", null, new SQLiteException(code.name(), code));
	}

	private static final class RecordingListener implements RetryListener {

		private final List<String> events = new ArrayList<>();

		@Override
		public <T, E extends Throwable> boolean open(RetryContext context, RetryCallback<T, E> callback) {
			this.events.add("open");
			return true;
		}

		@Override
		public <T, E extends Throwable> void onError(RetryContext context, RetryCallback<T, E> callback,
				Throwable failure) {
			this.events.add("error " + context.getRetryCount() + ": " + failure.getMessage());
		}

		@Override
		public <T, E extends Throwable> void onSuccess(RetryContext context, RetryCallback<T, E> callback, T result) {
			this.events.add("success " + context.getRetryCount());
		}

		@Override
		public <T, E extends Throwable> void close(RetryContext context, RetryCallback<T, E> callback,
				Throwable failure) {
			this.events.add("close");
		}

	}

}
