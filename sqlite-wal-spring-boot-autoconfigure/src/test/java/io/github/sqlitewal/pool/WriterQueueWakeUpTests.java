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
import java.util.concurrent.FutureTask;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import io.github.sqlitewal.connection.ConnectionRole;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.HandTimer;
import io.github.sqlitewal.fixture.VirtualThreadFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for virtual threads that wait in a {@link WriterQueue} and are answered just when
 * they have somebody watch their deadline. That may wait for a lock, and to wait uses up
 * the wake-up, so that one who did not look again would park for ever.
 */
@Timeout(120)
@EnabledForJreRange(min = JRE.JAVA_24)
class WriterQueueWakeUpTests {

	private final HandTimer timer = new HandTimer();

	private final WriterQueue queue = new WriterQueue(10, (thread) -> false, this.timer);

	private final ConnectionSlot slot = new ConnectionSlot("writer", ConnectionRole.WRITER, null);

	private final Lease holder = new Lease(this.slot, null, this.queue::release);

	private final Cancellation cancellation = new Cancellation();

	@BeforeEach
	void hold() throws SQLException {
		this.queue.acquire(new Waiter(this.holder), Deadline.after(Duration.ZERO), null);
	}

	@Test
	void oneWhoGetsTheWriterHasIt() throws Exception {
		Waiter waiter = waits(() -> this.queue.release(this.holder));
		assertThat(waiter.state()).isEqualTo(Waiter.State.GRANTED);
		assertThat(this.queue.holder()).isSameAs(waiter.lease());
	}

	@Test
	void oneWhoseWriteIsRunByAnotherHasHisAnswer() throws Exception {
		Waiter waiter = waits(() -> {
			WriteRequest taken = this.queue.takeWrite(this.holder);
			taken.committed(1, 1, true);
			this.queue.release(this.holder);
			taken.answer();
		});
		assertThat(waiter.state()).isEqualTo(Waiter.State.ANSWERED);
		assertThat(this.queue.holder()).isNull();
	}

	@Test
	void oneWhoIsCancelledLeaves() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> waits(this.cancellation::cancel))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		assertThat(this.queue.waiting()).isZero();
	}

	@Test
	void oneWhoIsTurnedAwayLeaves() {
		assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> waits(this.queue::turnAway));
	}

	@Test
	void oneWhoDiesInTheQueueIsNotWaitedFor() {
		assertThatIllegalStateException().isThrownBy(() -> waits(this::die)).withMessage("dies");
		assertThat(this.queue.waiting()).isZero();
		this.queue.release(this.holder);
		assertThat(this.queue.holder()).isNull();
	}

	@Test
	void oneWhoDiesWithTheWriterGivesItBack() {
		assertThatIllegalStateException().isThrownBy(() -> waits(() -> {
			this.queue.release(this.holder);
			die();
		})).withMessage("dies");
		assertThat(this.queue.holder()).isNull();
	}

	private void die() {
		// those who use the timer do not expect this one
		throw new IllegalStateException("dies");
	}

	/**
	 * Has a virtual thread wait, and something happen when it begins to.
	 */
	private Waiter waits(Runnable event) throws Exception {
		this.timer.keepWaiting(event);
		FutureTask<Waiter> wait = new FutureTask<>(() -> {
			Waiter waiter = new Waiter(new Lease(this.slot, null, this.queue::release), new Nothing(), true);
			this.queue.acquire(waiter, Deadline.after(Duration.ofHours(1)), this.cancellation);
			return waiter;
		});
		VirtualThreadFactory.find().orElseThrow().newThread(wait).start();
		return Actor.result(wait);
	}

	private static final class Nothing extends CombinableWrite {

		private Nothing() {
			super("UPDATE");
		}

		@Override
		public void run(PhysicalConnection connection) {
			// what matters is its answer
		}

	}

}
