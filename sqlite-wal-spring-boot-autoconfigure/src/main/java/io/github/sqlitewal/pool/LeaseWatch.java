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

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the leases from time to time, on a thread of its own.
 * <ul>
 * <li>What the application has forgotten to close, and the garbage collector has found,
 * is closed here: a lease refers to its {@link LeaseUser}, which knows. There is no
 * {@link java.lang.ref.Cleaner}: all queries of all threads would meet at its lock, and
 * somebody has to look at the age of reads anyway.</li>
 * <li>A read that is older than {@code sqlite.pool.max-read-age} is reported, once.</li>
 * </ul>
 * What was forgotten is found one look after a garbage collection; an idle application
 * may have none for long, and then the age of the read is what is reported.
 */
final class LeaseWatch {

	private static final Logger logger = LoggerFactory.getLogger(LeaseWatch.class);

	private static final Duration MAX_INTERVAL = Duration.ofSeconds(5);

	private static final Duration MIN_INTERVAL = Duration.ofMillis(100);

	private static final String SHORTEN = "Close result sets and end read-only transactions sooner, or read many rows"
			+ " in parts.";

	private static final String RECORD = " Set sqlite.pool.record-stacks=true to see where it was opened.";

	private final PinSettings settings;

	private final Supplier<List<Lease>> reads;

	private final Supplier<@Nullable Lease> writer;

	private final PoolListener listener;

	/** Reads that have been reported and are still open. */
	private final Map<Lease, PinStatus> tooOld = new LinkedHashMap<>();

	private final AtomicReference<@Nullable ScheduledExecutorService> executor = new AtomicReference<>();

	/**
	 * Creates a watch that does not look by itself yet.
	 * @param settings from when on a read is old
	 * @param reads gives the leases of readers, the oldest first
	 * @param writer gives the lease of the writer
	 * @param listener is told what was found
	 */
	LeaseWatch(PinSettings settings, Supplier<List<Lease>> reads, Supplier<@Nullable Lease> writer,
			PoolListener listener) {
		this.settings = settings;
		this.reads = reads;
		this.writer = writer;
		this.listener = listener;
	}

	void start() {
		ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "sqlite-lease-watch");
			thread.setDaemon(true);
			return thread;
		});
		long interval = interval().toNanos();
		started.scheduleWithFixedDelay(this::checkQuietly, interval, interval, TimeUnit.NANOSECONDS);
		replace(started);
	}

	private Duration interval() {
		Duration half = this.settings.maxReadAge().dividedBy(2);
		if (this.settings.maxReadAge().isZero() || half.compareTo(MAX_INTERVAL) > 0) {
			return MAX_INTERVAL;
		}
		return (half.compareTo(MIN_INTERVAL) < 0) ? MIN_INTERVAL : half;
	}

	/**
	 * Looks no more by itself. Does not wait for a look that is under way.
	 */
	void stop() {
		replace(null);
	}

	private void replace(@Nullable ScheduledExecutorService next) {
		ScheduledExecutorService previous = this.executor.getAndSet(next);
		if (previous != null) {
			previous.shutdownNow();
		}
	}

	private void checkQuietly() {
		try {
			check();
		}
		catch (RuntimeException | Error ex) {
			// the executor would never look again
			logger.warn("Looking for forgotten connections failed", ex);
		}
	}

	/**
	 * Looks once.
	 */
	synchronized void check() {
		List<Lease> open = this.reads.get();
		for (Lease lease : open) {
			checkForgotten(lease);
		}
		Lease writing = this.writer.get();
		if (writing != null) {
			checkForgotten(writing);
		}
		if (!this.settings.maxReadAge().isZero()) {
			open.forEach(this::checkAge);
			this.tooOld.entrySet().removeIf((entry) -> isGone(entry.getKey(), entry.getValue()));
		}
	}

	private void checkForgotten(Lease lease) {
		lease.forgetEndedOwner();
		LeaseUser user = lease.user();
		if (user == null || lease.isClosed()) {
			return;
		}
		PinStatus pin = lease.pin();
		if (user.isForgotten()) {
			user.closeAll();
			lease.close();
			reportForgotten("A connection", pin, lease.origin());
			return;
		}
		for (String sql : user.closeForgotten(lease)) {
			reportForgotten("A result set", pin.running(sql), lease.origin());
		}
	}

	private void reportForgotten(String what, PinStatus pin, @Nullable LeaseOrigin origin) {
		logger.warn(
				"{} was garbage-collected and never closed; {} was held for it by {}. What was open on it has been"
						+ " rolled back. Close it, best with try-with-resources.{}",
				what, pin.connection(), pin.describe(), (origin != null) ? "" : RECORD, origin);
		this.listener.leaseForgotten(pin);
	}

	private void checkAge(Lease lease) {
		if (lease.isClosed() || lease.heldNanos() <= this.settings.maxReadAge().toNanos()
				|| this.tooOld.containsKey(lease)) {
			return;
		}
		PinStatus pin = lease.pin();
		this.tooOld.put(lease, pin);
		LeaseOrigin origin = lease.origin();
		logger.warn(
				"A read is open on {} for longer than sqlite.pool.max-read-age ({}), and the WAL cannot start over as"
						+ " long as it is: {}. {}{}",
				pin.connection(), Durations.format(this.settings.maxReadAge()), pin.describe(), SHORTEN,
				(origin != null) ? "" : RECORD, origin);
		this.listener.readTooOld(pin);
	}

	private static boolean isGone(Lease lease, PinStatus reported) {
		if (!lease.isClosed()) {
			return false;
		}
		logger.info("The read that was open for too long on {} has ended: it was {}", reported.connection(),
				reported.describe());
		return true;
	}

}
