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

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.benchmarks.harness.Load.Monitor;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.Peer;
import io.github.sqlitewal.benchmarks.peer.PeerType;
import io.github.sqlitewal.benchmarks.peer.Session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link Load}.
 */
class LoadTests {

	private static final Settings SETTINGS = new Settings(Duration.ZERO, Duration.ofMillis(1), 1, 1, 1, false);

	/** Until a monitor ends it. */
	private static final Settings ENDLESS = new Settings(Duration.ZERO, Duration.ofHours(1), 1, 1, 1, false);

	private final Session session = mock();

	private final Peer peer = mock();

	@Test
	void operationThatFailsEndsTheLoadAndNamesThePeer() throws Exception {
		Load load = new Load(open(type()), SETTINGS);
		CountDownLatch begun = new CountDownLatch(1);
		load.add("good", 2, (session, random) -> 1);
		load.add("bad", 1, (session, random) -> {
			begun.countDown();
			throw new SQLException("disk I/O error");
		});
		assertThatIllegalStateException().isThrownBy(() -> load.run(until(begun)))
			.withMessageContaining("tested peer")
			.withMessageContaining("disk I/O error");
	}

	@Test
	void busyIsAFailureOfTheRunWhereItIsNotExpected() throws Exception {
		Load load = new Load(open(type()), SETTINGS);
		load.add("writer", 1, (session, random) -> {
			throw busy();
		});
		assertThatIllegalStateException().isThrownBy(load::run).withMessageContaining("SQLITE_BUSY");
	}

	@Test
	void busyIsCountedWhereItIsExpected() throws Exception {
		Load load = new Load(open(type().expectBusy()), SETTINGS);
		AtomicInteger number = new AtomicInteger();
		CountDownLatch failedOften = new CountDownLatch(50);
		Actors writer = load.add("writer", 1, (session, random) -> {
			if (number.incrementAndGet() % 2 == 0) {
				return 1;
			}
			failedOften.countDown();
			throw new IllegalStateException("wrapped", busy());
		});
		load.run(until(failedOften));
		assertThat(writer.failures()).isPositive();
		assertThat(writer.latencies().getTotalCount()).isGreaterThan(writer.failures());
		assertThat(writer.measurement().failures()).isEqualTo(writer.failures());
	}

	@Test
	void otherErrorIsAFailureOfTheRunWhereBusyIsExpected() throws Exception {
		Load load = new Load(open(type().expectBusy()), SETTINGS);
		load.add("writer", 1, (session, random) -> {
			throw new SQLiteException("full", SQLiteErrorCode.SQLITE_FULL);
		});
		assertThatIllegalStateException().isThrownBy(load::run);
	}

	@Test
	void sessionThatCannotBeOpenedEndsTheLoad() throws Exception {
		given(this.peer.openSession()).willThrow(new SQLException("no connection"));
		Load load = new Load(new OpenPeer(type(), Path.of("app.db"), this.peer), SETTINGS);
		load.add("reader", 3, (session, random) -> 1);
		assertThatIllegalStateException().isThrownBy(load::run).withMessageContaining("no connection");
	}

	@Test
	void eachThreadHasItsSessionAndClosesIt() throws Exception {
		Load load = new Load(open(type()), SETTINGS);
		load.add("reader", 3, (session, random) -> 1);
		load.run();
		verify(this.peer, times(3)).openSession();
		verify(this.session, times(3)).close();
	}

	/**
	 * <pre>
	 * load                slow thread         other thread
	 * warm-up             operation begins
	 * measured: begins
	 * measured: ends                          operation ends
	 * over                                    closes its session
	 *                     operation ends
	 * </pre>
	 */
	@Test
	void operationThatLastsLongerThanTheMeasurementIsNotMissed() throws Exception {
		Load load = new Load(open(type()), ENDLESS);
		AtomicInteger operations = new AtomicInteger();
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch over = new CountDownLatch(1);
		willAnswer((invocation) -> {
			over.countDown();
			return null;
		}).given(this.session).close();
		Actors actors = load.add("actor", 2, (session, random) -> {
			if (operations.getAndIncrement() == 0) {
				begun.countDown();
				over.await();
			}
			return 1;
		});
		long[] start = new long[1];
		long[] end = new long[1];
		load.run(new Monitor() {

			@Override
			public void begin() throws Exception {
				begun.await();
				start[0] = System.nanoTime();
			}

			@Override
			public boolean sample(long nanoTime) {
				end[0] = System.nanoTime();
				return !actors.hasEnded();
			}

		});
		// of its value two digits are kept
		assertThat(actors.latencies().getMaxValue()).isGreaterThan((end[0] - start[0]) * 98 / 100);
	}

	@Test
	void twoKindsAreKeptApart() throws Exception {
		Load load = new Load(open(type()), SETTINGS);
		AtomicInteger firsts = new AtomicInteger();
		CountDownLatch both = new CountDownLatch(200);
		Actors actors = load.add("actor", 1, 80, (session, random) -> {
			both.countDown();
			return firsts.incrementAndGet();
		}, (session, random) -> {
			both.countDown();
			return 1;
		});
		load.run(until(both));
		long all = actors.latencies().getTotalCount();
		assertThat(actors.firstLatencies().getTotalCount()).isBetween(1L, Math.min(all - 1, firsts.get()));
	}

	@Test
	void monitorCanEndTheMeasurement() throws Exception {
		Load load = new Load(open(type()), ENDLESS);
		Actors actors = load.add("actor", 1, (session, random) -> 1);
		load.run(new Monitor() {

			@Override
			public boolean sample(long nanoTime) {
				return !actors.hasEnded();
			}

		});
		assertThat(actors.rate()).isPositive();
	}

	private static Monitor until(CountDownLatch latch) {
		return new Monitor() {

			@Override
			public boolean sample(long nanoTime) throws Exception {
				latch.await();
				return true;
			}

		};
	}

	private OpenPeer open(PeerType type) throws Exception {
		given(this.peer.openSession()).willReturn(this.session);
		return new OpenPeer(type, Path.of("app.db"), this.peer);
	}

	private PeerType type() {
		return PeerType.of("tested peer", (file) -> this.peer);
	}

	private static SQLiteException busy() {
		return new SQLiteException("[SQLITE_BUSY_SNAPSHOT] locked", SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT);
	}

}
