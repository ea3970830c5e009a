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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.classify.BinaryExceptionClassifier;
import org.springframework.dao.DataAccessException;
import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryException;
import org.springframework.retry.RetryListener;
import org.springframework.retry.backoff.ExponentialBackOffPolicy;
import org.springframework.retry.backoff.Sleeper;
import org.springframework.retry.policy.SimpleRetryPolicy;
import org.springframework.retry.support.RetrySynchronizationManager;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.util.function.SingletonSupplier;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.BusyRetry;

/**
 * Waits for a lock of another process with a {@link RetryTemplate} of spring-retry. This
 * class and {@link RetryListener} beans are the only places where that library shows.
 * <p>
 * The first attempt is made outside the template, so a call that meets no lock pays
 * nothing for the retries it does not need. When it fails, the template's first call
 * throws that failure once more: listeners see every attempt, and an attempt limit counts
 * every attempt.
 * <p>
 * Only SQLite's result code decides ({@link ResultCodes#isBusy}), never the class of an
 * exception: a pool that is exhausted throws transient ones too. Retries end with the
 * deadline of the call, which also bounds each pause, with an interrupt, or with
 * {@link RetrySettings#maxAttempts()}. What is thrown then is the last failure itself.
 * How it ended is added to it as a suppressed exception, and a failure that carries one
 * is not retried again further out: a statement that gave up inside the
 * {@code DataSource} would otherwise multiply its attempts in
 * {@link RetryingJdbcTemplate}.
 * <p>
 * An exception of a listener is not caught; it ends the retries and comes out.
 * <p>
 * Safe for use by many threads; the template is built once and shared. What belongs to
 * one call is kept in its {@link RetryContext}.
 */
public final class SpringRetry implements BusyRetry {

	private static final String CALL = SpringRetry.class.getName() + ".call";

	private final RetrySettings settings;

	private final SingletonSupplier<RetryTemplate> template;

	/**
	 * Creates the retries.
	 * @param settings how often and how soon
	 * @param listeners what is told of every call that had to be retried, in this order;
	 * asked for when that is so for the first time, because a listener may itself use the
	 * database
	 */
	public SpringRetry(RetrySettings settings, Supplier<List<RetryListener>> listeners) {
		this(settings, listeners, TimeUnit.NANOSECONDS::sleep);
	}

	SpringRetry(RetrySettings settings, Supplier<List<RetryListener>> listeners, Sleeper nanoSleeper) {
		this.settings = settings;
		this.template = SingletonSupplier.of(() -> template(settings, listeners.get(), nanoSleeper));
	}

	private RetryTemplate template(RetrySettings settings, List<RetryListener> listeners, Sleeper nanoSleeper) {
		RetryTemplate template = new RetryTemplate();
		template.setListeners(listeners.toArray(RetryListener[]::new));
		template.setRetryPolicy(new BusyRetryPolicy(settings.maxAttempts()));
		ExponentialBackOffPolicy backOff = new ExponentialBackOffPolicy();
		// In nanoseconds and not in milliseconds: the policy truncates each interval to a
		// long, so that 1 ms times 1.5 would be 1 ms for ever.
		backOff.setInitialInterval(TimeUnit.NANOSECONDS.convert(settings.initialInterval()));
		backOff.setMaxInterval(TimeUnit.NANOSECONDS.convert(settings.maxInterval()));
		if (settings.multiplier() > 1) {
			backOff.setMultiplier(settings.multiplier());
		}
		else {
			// the setter warns about 1, although it is a constant pause that works
			backOff.multiplierSupplier(settings::multiplier);
		}
		backOff.setSleeper((nanos) -> nanoSleeper.sleep(pause(nanos)));
		template.setBackOffPolicy(backOff);
		return template;
	}

	@Override
	public <T> T execute(Attempt<T> attempt, Deadline deadline) throws SQLException {
		try {
			return attempt.run();
		}
		catch (SQLException ex) {
			return retry(new Call<>(SQLException.class, ex, (context) -> attempt.run(), (failure) -> true, deadline));
		}
	}

	/**
	 * Goes on with a call through Spring's data access whose first attempt has failed.
	 * Making that attempt is left to the caller, so that it needs no object for the case
	 * that nothing fails.
	 * @param <T> what the call returns
	 * @param failure what the first attempt threw
	 * @param again makes the call again
	 * @param repeatable whether a busy failure left nothing behind, so that the call may
	 * be made again; asked after every attempt, the first one included
	 * @param deadline when to give up
	 * @return what the first attempt that succeeded returned
	 * @throws DataAccessException the last failure: this one if it must not be retried
	 */
	<T extends @Nullable Object> T resume(DataAccessException failure, Supplier<T> again,
			Predicate<? super DataAccessException> repeatable, Deadline deadline) {
		return retry(new Call<>(DataAccessException.class, failure, (context) -> again.get(), repeatable, deadline));
	}

	private <T extends @Nullable Object, E extends Exception> T retry(Call<T, E> call) throws E {
		if (!this.settings.enabled() || !call.mayRepeat(call.last())) {
			throw call.last();
		}
		try {
			return this.template.obtain().execute(call);
		}
		catch (Exception ex) {
			E last = call.last();
			if (ex == last || ex instanceof RetryException) {
				if (call.mayRepeat(last)) {
					last.addSuppressed(new GaveUpException(call));
				}
				// the template's own exceptions (interrupted, a listener's veto) say less
				throw last;
			}
			throw ex;
		}
	}

	private long pause(long nanos) {
		double random = ThreadLocalRandom.current().nextDouble(-1, 1);
		long jittered = (long) (nanos * (1 + this.settings.jitter() * random));
		return Math.min(jittered, Call.of(RetrySynchronizationManager.getContext()).deadline.remainingNanos());
	}

	/**
	 * The attempt limit of the settings, and the deadline of each call.
	 */
	private static final class BusyRetryPolicy extends SimpleRetryPolicy {

		BusyRetryPolicy(int maxAttempts) {
			super((maxAttempts != 0) ? maxAttempts : Integer.MAX_VALUE, new BusyClassifier());
		}

		@Override
		public boolean canRetry(RetryContext context) {
			Throwable last = context.getLastThrowable();
			if (last == null) {
				// the call that repeats the first failure; it has no Call in its context
				// yet
				return true;
			}
			Call<?, ?> call = Call.of(context);
			return super.canRetry(context) && call.mayRepeat(last) && !call.deadline.hasPassed();
		}

	}

	private static final class BusyClassifier extends BinaryExceptionClassifier {

		BusyClassifier() {
			super(false);
		}

		@Override
		public Boolean classify(Throwable failure) {
			return ResultCodes.isBusy(failure);
		}

	}

	/**
	 * One call and what is known of it. Belongs to one thread.
	 */
	private static final class Call<T extends @Nullable Object, E extends Exception> implements RetryCallback<T, E> {

		private final Class<E> type;

		private final E first;

		private final RetryCallback<T, E> again;

		private final Predicate<? super E> repeatable;

		private final Deadline deadline;

		private @Nullable RetryContext context;

		Call(Class<E> type, E first, RetryCallback<T, E> again, Predicate<? super E> repeatable, Deadline deadline) {
			this.type = type;
			this.first = first;
			this.again = again;
			this.repeatable = repeatable;
			this.deadline = deadline;
		}

		static Call<?, ?> of(RetryContext context) {
			return (Call<?, ?>) Objects.requireNonNull(context.getAttribute(CALL));
		}

		@Override
		public T doWithRetry(RetryContext context) throws E {
			if (this.context == null) {
				this.context = context;
				context.setAttribute(CALL, this);
				throw this.first;
			}
			return this.again.doWithRetry(context);
		}

		E last() {
			Throwable last = (this.context != null) ? this.context.getLastThrowable() : null;
			return this.type.isInstance(last) ? this.type.cast(last) : this.first;
		}

		int attempts() {
			return (this.context != null) ? this.context.getRetryCount() : 1;
		}

		boolean mayRepeat(Throwable failure) {
			return this.type.isInstance(failure) && ResultCodes.isBusy(failure) && !GaveUpException.isIn(failure)
					&& this.repeatable.test(this.type.cast(failure));
		}

	}

	/**
	 * Says in a stack trace how the retries ended, and keeps the failure from being
	 * retried once more by whoever called.
	 */
	private static final class GaveUpException extends Exception {

		private static final long serialVersionUID = 1L;

		GaveUpException(Call<?, ?> call) {
			super("Gave up after " + call.attempts() + " attempt(s): " + reason(call.deadline), null, false, false);
		}

		private static String reason(Deadline deadline) {
			if (Thread.currentThread().isInterrupted()) {
				return "the thread was interrupted";
			}
			if (deadline.hasPassed()) {
				return "another process held the lock for longer than sqlite.lock-timeout";
			}
			return "sqlite.retry.max-attempts is used up, or a RetryListener ended the retries";
		}

		static boolean isIn(Throwable failure) {
			Throwable current = failure;
			// a chain of causes longer than this is a cycle
			for (int depth = 0; current != null && depth < 32; depth++) {
				for (Throwable suppressed : current.getSuppressed()) {
					if (suppressed instanceof GaveUpException) {
						return true;
					}
				}
				current = current.getCause();
			}
			return false;
		}

	}

}
