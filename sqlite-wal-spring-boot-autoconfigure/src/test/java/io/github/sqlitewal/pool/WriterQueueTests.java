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

import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.VirtualThreadFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
class WriterQueueTests {

	@TempDir
	Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	// @formatter:off
	//
	// holder            waiter            checkpoint
	// acquire
	//                   acquire …
	//                                     acquire … (the queue is full)
	// release
	//                                     has it
	//                                     release
	//                   has it
	//
	// @formatter:on
	@Test
	void checkpointGoesBeforeAllOthersHoweverManyTheyAre() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).maxQueuedWrites(1));
		List<String> order = Collections.synchronizedList(new ArrayList<>());
		Lease holder = pool.writer("holder");
		Actor waiter = Actor.named("waiter");
		this.opened.add(waiter);
		Future<?> waited = waiter.begins(() -> {
			try (Lease lease = pool.writer("waiter")) {
				order.add("waiter");
			}
			return null;
		});
		pool.awaitQueuedWrites(1);
		Actor checkpoint = Actor.named("checkpoint");
		this.opened.add(checkpoint);
		Future<?> checkpointed = checkpoint.begins(() -> {
			try (Lease lease = pool.pool()
				.acquireWriterForCheckpoint("wal_checkpoint", Deadline.after(TestPool.LONG))) {
				order.add("checkpoint");
			}
			return null;
		});
		pool.awaitQueuedWrites(2);
		holder.close();
		Actor.result(checkpointed);
		Actor.result(waited);
		assertThat(order).containsExactly("checkpoint", "waiter");
	}

	// holder waiter 0 waiter 1 …
	// acquire
	// ............. acquire …
	// ........................... acquire …
	// release
	// ............. has it
	// ............. release
	// ........................... has it
	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void writerIsGrantedInTheOrderOfTheRequests(ThreadFactory factory) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		int waiters = 50;
		List<Integer> order = Collections.synchronizedList(new ArrayList<>());
		List<Thread> threads = new ArrayList<>();
		Lease holder = pool.writer("holder");
		for (int i = 0; i < waiters; i++) {
			int number = i;
			Thread thread = factory.newThread(() -> {
				try (Lease lease = pool.writer("waiter")) {
					order.add(number);
				}
				catch (SQLException ex) {
					order.add(-1);
				}
			});
			thread.start();
			threads.add(thread);
			pool.awaitQueuedWrites(i + 1);
		}
		holder.close();
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(order).containsExactlyElementsOf(IntStream.range(0, waiters).boxed().toList());
		assertIsFree(pool);
	}

	@Test
	void newcomerDoesNotOvertakeAWaiterThatHasNotWokenUpYet() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Actor waiter = actor("waiter");
		List<String> order = Collections.synchronizedList(new ArrayList<>());
		Lease holder = pool.writer("holder");
		Future<Boolean> waits = waiter.begins(() -> {
			try (Lease lease = pool.writer("waiter")) {
				return order.add("waiter");
			}
		});
		pool.awaitQueuedWrites(1);
		holder.close();
		try (Lease lease = pool.writer("newcomer")) {
			order.add("newcomer");
		}
		Actor.result(waits);
		assertThat(order).containsExactly("waiter", "newcomer");
	}

	@Test
	void deadlineThatPassesNamesTheHolderAndWhatItDoes() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Actor holder = actor("http-7");
		Lease held = holder.does(() -> pool.writer("UPDATE account\n   SET balance = 0"));
		assertThatExceptionOfType(LockTimeoutException.class)
			.isThrownBy(() -> pool.pool().acquireWriter("INSERT", Deadline.after(Duration.ofMillis(20)), null))
			.withMessageContaining("thread http-7 since ")
			.withMessageContaining("UPDATE account SET balance = 0")
			.withMessageContaining("sqlite.lock-timeout");
		assertThat(pool.pool().status().queuedWrites()).isZero();
		held.close();
		assertIsFree(pool);
	}

	@Test
	void waiterThatLeavesIsPassedOver() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Lease holder = pool.writer("holder");
		Cancellation cancellation = new Cancellation();
		Future<Lease> first = actor("first")
			.begins(() -> pool.pool().acquireWriter("first", Deadline.after(TestPool.LONG), cancellation));
		pool.awaitQueuedWrites(1);
		Actor last = actor("last");
		Future<Lease> second = last.begins(() -> pool.writer("second"));
		pool.awaitQueuedWrites(2);
		cancellation.cancel();
		assertThatExceptionOfType(SQLTransientException.class).isThrownBy(() -> Actor.result(first));
		holder.close();
		Actor.result(second).close();
		assertIsFree(pool);
	}

	@Test
	void fullQueueTurnsTheNextAwayAtOnce() throws Exception {
		TestPool pool = open(TestPool.in(this.directory).maxQueuedWrites(1));
		Lease holder = pool.writer("the long one");
		Future<Lease> waiting = actor("waiter").begins(() -> pool.writer("waiter"));
		pool.awaitQueuedWrites(1);
		Actor third = actor("third");
		assertThatExceptionOfType(WriterQueueFullException.class)
			.isThrownBy(() -> third.does(() -> pool.writer("third")))
			.withMessageContaining("1 writes wait already")
			.withMessageContaining("the long one")
			.withMessageContaining("sqlite.pool.max-queued-writes");
		holder.close();
		Actor.result(waiting).close();
		third.does(() -> pool.writer("third")).close();
		assertIsFree(pool);
	}

	@Test
	void threadThatHoldsTheWriterIsToldSoWhenItAsksAgain() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		try (Lease lease = pool.writer("outer")) {
			assertThatExceptionOfType(SelfDeadlockException.class).isThrownBy(() -> pool.writer("inner"))
				.withMessageContaining("This thread holds the writer already")
				.withMessageContaining("REQUIRES_NEW");
			assertThat(lease.connection().isUsable()).isTrue();
			assertThat(pool.pool().status().queuedWrites()).isZero();
		}
		assertIsFree(pool);
	}

	@Test
	void threadThatHoldsTheWriterGetsAReader() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		try (Lease lease = pool.writer("outer"); Lease reader = pool.reader("inner")) {
			assertThat(reader.connection().name()).startsWith("reader-");
		}
	}

	@Test
	void threadThatHoldsTheOnlyConnectionOfAMemoryDatabaseIsToldSo() throws Exception {
		TestPool pool = open(TestPool.inMemory());
		try (Lease lease = pool.writer("outer")) {
			assertThatExceptionOfType(SelfDeadlockException.class).isThrownBy(() -> pool.reader("inner"));
		}
	}

	@Test
	void leaseBelongsToTheThreadThatUsesIt() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Lease lease = pool.writer("begun here");
		Actor other = actor("other");
		other.does(() -> {
			lease.runs("used there");
			return null;
		});
		assertThat(pool.pool().status().writer().thread()).isEqualTo("other");
		assertThat(pool.pool().status().writer().sql()).isEqualTo("used there");
		assertThatExceptionOfType(SelfDeadlockException.class).isThrownBy(() -> other.does(() -> pool.writer("again")));
		lease.close();
	}

	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void interruptEndsTheWaitAndStaysSet(ThreadFactory factory) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		List<Object> seen = Collections.synchronizedList(new ArrayList<>());
		try (Lease lease = pool.writer("holder")) {
			Thread waiter = factory.newThread(() -> {
				try {
					pool.writer("waiter");
				}
				catch (SQLException ex) {
					seen.add(ex);
					seen.add(Thread.currentThread().isInterrupted());
				}
			});
			waiter.start();
			pool.awaitQueuedWrites(1);
			waiter.interrupt();
			waiter.join();
			assertThat(pool.pool().status().queuedWrites()).isZero();
		}
		assertThat(seen).hasSize(2);
		assertThat(seen.get(0)).isInstanceOfSatisfying(SQLTransientException.class, (ex) -> {
			assertThat(ex.getSQLState()).isEqualTo("57014");
			assertThat(ex.getMessage()).contains("interrupted");
		});
		assertThat(seen.get(1)).isEqualTo(true);
		assertIsFree(pool);
	}

	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void cancellationEndsTheWait(ThreadFactory factory) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Cancellation cancellation = new Cancellation();
		List<SQLException> seen = Collections.synchronizedList(new ArrayList<>());
		try (Lease lease = pool.writer("holder")) {
			Thread waiter = factory.newThread(() -> {
				try {
					pool.pool().acquireWriter("waiter", Deadline.after(TestPool.LONG), cancellation);
				}
				catch (SQLException ex) {
					seen.add(ex);
				}
			});
			waiter.start();
			pool.awaitQueuedWrites(1);
			cancellation.cancel();
			waiter.join();
		}
		assertThat(seen).singleElement().satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
		assertIsFree(pool);
	}

	@Test
	void cancellationBeforeTheWaitEndsItToo() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Cancellation cancellation = new Cancellation();
		cancellation.cancel();
		Lease holder = pool.writer("holder");
		assertThatExceptionOfType(SQLTransientException.class)
			.isThrownBy(() -> actor("waiter")
				.does(() -> pool.pool().acquireWriter("waiter", Deadline.after(TestPool.LONG), cancellation)))
			.withMessageContaining("cancelled");
		holder.close();
	}

	// waiters the one who disturbs
	// acquire, with a deadline
	// .............................. interrupt, or cancel, at any moment
	// has it, or has left
	@ParameterizedTest
	@MethodSource("io.github.sqlitewal.fixture.VirtualThreadFactory#andPlatformThreads")
	void grantThatRacesWithInterruptDeadlineAndCancellationIsNeverLost(ThreadFactory factory) throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		int count = 8;
		int rounds = 1000;
		AtomicInteger inside = new AtomicInteger();
		AtomicInteger granted = new AtomicInteger();
		AtomicInteger left = new AtomicInteger();
		AtomicInteger violations = new AtomicInteger();
		AtomicReferenceArray<Cancellation> cancellations = new AtomicReferenceArray<>(count);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			threads.add(factory.newThread(() -> {
				Random random = new Random(number);
				for (int round = 0; round < rounds; round++) {
					Cancellation cancellation = new Cancellation();
					cancellations.set(number, cancellation);
					Duration timeout = Duration.ofNanos(random.nextInt(400_000));
					try (Lease lease = pool.pool().acquireWriter("storm", Deadline.after(timeout), cancellation)) {
						if (inside.incrementAndGet() != 1 || pool.pool().status().writer() == null) {
							violations.incrementAndGet();
						}
						for (int spin = random.nextInt(2_000); spin > 0; spin--) {
							Thread.onSpinWait();
						}
						inside.decrementAndGet();
						granted.incrementAndGet();
					}
					catch (SQLException ex) {
						left.incrementAndGet();
					}
					Thread.interrupted();
				}
			}));
		}
		AtomicBoolean over = new AtomicBoolean();
		Thread disturber = new Thread(() -> {
			Random random = new Random(42);
			while (!over.get()) {
				int victim = random.nextInt(count);
				Cancellation cancellation = cancellations.get(victim);
				if (random.nextBoolean()) {
					threads.get(victim).interrupt();
				}
				else if (cancellation != null) {
					cancellation.cancel();
				}
				Thread.onSpinWait();
			}
		});
		threads.forEach(Thread::start);
		disturber.start();
		for (Thread thread : threads) {
			thread.join();
		}
		over.set(true);
		disturber.join();
		assertThat(violations).hasValue(0);
		assertThat(granted.get() + left.get()).isEqualTo(count * rounds);
		assertThat(granted).hasPositiveValue();
		assertThat(left).hasPositiveValue();
		assertIsFree(pool);
	}

	// holder waiter
	// .............................. takes the monitor
	// has the writer
	// wants the monitor …
	// .............................. wants the writer: told of the cycle
	// .............................. lets the monitor go
	// goes on
	@Test
	void waitForAHolderThatIsBlockedOnAMonitorOfTheWaiterEndsAtOnce() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		Object itemReader = new Object();
		CountDownLatch monitorTaken = new CountDownLatch(1);
		CountDownLatch holderBlocked = new CountDownLatch(1);
		Actor holder = actor("step-1");
		Actor waiter = actor("step-2");
		Lease held = holder.does(() -> pool.writer("UPDATE item"));
		Future<Exception> waits = waiter.begins(() -> {
			synchronized (itemReader) {
				monitorTaken.countDown();
				holderBlocked.await();
				return failure(pool);
			}
		});
		monitorTaken.await();
		Future<Boolean> goesOn = holder.begins(() -> {
			synchronized (itemReader) {
				return true;
			}
		});
		TestPool.await(() -> holder.thread().getState() == Thread.State.BLOCKED);
		holderBlocked.countDown();
		Exception told = Actor.result(waits);
		assertThat((Throwable) told).isInstanceOf(LockCycleException.class)
			.hasMessageContaining("thread step-2 waits for the writer, which thread step-1 holds")
			.hasMessageContaining("thread step-1 waits for java.lang.Object")
			.hasMessageContaining("which thread step-2 holds");
		assertThat(Actor.result(goesOn)).isTrue();
		holder.does(() -> {
			held.close();
			return null;
		});
		assertIsFree(pool);
	}

	@Test
	void waitForAHolderThatWaitsForALockOfTheWaiterEndsAtOnce() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		ReentrantLock lock = new ReentrantLock();
		ReentrantLock between = new ReentrantLock();
		Actor holder = actor("step-1");
		Actor middle = actor("step-2");
		Actor waiter = actor("step-3");
		Lease held = holder.does(() -> pool.writer("UPDATE item"));
		waiter.does(() -> {
			lock.lock();
			return null;
		});
		middle.does(() -> {
			between.lock();
			return null;
		});
		// step-1 waits for step-2, which waits for step-3, which waits for step-1
		Future<Boolean> middleWaits = middle.begins(() -> {
			lock.lock();
			try {
				return true;
			}
			finally {
				lock.unlock();
				between.unlock();
			}
		});
		TestPool.await(() -> lock.hasQueuedThread(middle.thread()));
		Future<Boolean> holderWaits = holder.begins(() -> {
			between.lock();
			try {
				held.close();
				return true;
			}
			finally {
				between.unlock();
			}
		});
		TestPool.await(() -> between.hasQueuedThread(holder.thread()));
		Exception told = waiter.does(() -> {
			try {
				return failure(pool);
			}
			finally {
				lock.unlock();
			}
		});
		assertThat((Throwable) told).isInstanceOf(LockCycleException.class)
			.hasMessageContaining("step-1")
			.hasMessageContaining("step-2")
			.hasMessageContaining("step-3")
			.hasMessageContaining("ReentrantLock");
		assertThat(Actor.result(middleWaits)).isTrue();
		assertThat(Actor.result(holderWaits)).isTrue();
		assertIsFree(pool);
	}

	@Test
	void holderThatWaitsForSomethingElseIsNoCycle() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		CountDownLatch work = new CountDownLatch(1);
		Actor holder = actor("holder");
		Future<Boolean> works = holder.begins(() -> {
			try (Lease lease = pool.writer("holder")) {
				work.await();
			}
			return true;
		});
		TestPool.await(() -> pool.pool().status().writer() != null);
		// past the first looks for a cycle
		assertThatExceptionOfType(LockTimeoutException.class)
			.isThrownBy(() -> pool.pool().acquireWriter("waiter", Deadline.after(Duration.ofMillis(300)), null));
		work.countDown();
		assertThat(Actor.result(works)).isTrue();
	}

	// The holder waits for a lock of a virtual thread, which does not wake up to look
	// while it waits for the writer.
	@Test
	@Timeout(60)
	@EnabledForJreRange(min = JRE.JAVA_24)
	void waitOfAVirtualThreadEndsTooWhenTheHolderWaitsForItsLock() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		ReentrantLock lock = new ReentrantLock();
		CountDownLatch locked = new CountDownLatch(1);
		CountDownLatch held = new CountDownLatch(1);
		AtomicReference<Exception> told = new AtomicReference<>();
		Thread waiter = VirtualThreadFactory.find().orElseThrow().newThread(() -> {
			lock.lock();
			try {
				locked.countDown();
				held.await();
				// so far away that it does not come to look itself
				told.set(failure(pool, Duration.ofHours(1)));
			}
			catch (InterruptedException ex) {
				told.set(ex);
			}
			finally {
				lock.unlock();
			}
		});
		waiter.start();
		locked.await();
		Actor holder = actor("step-1");
		Lease lease = holder.does(() -> pool.writer("UPDATE item"));
		held.countDown();
		pool.awaitQueuedWrites(1);
		holder.does(() -> {
			lock.lock();
			lock.unlock();
			lease.close();
			return null;
		});
		waiter.join();
		assertThat((Throwable) told.get()).isInstanceOf(LockCycleException.class);
		assertIsFree(pool);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void virtualThreadWaitsWithoutATimerAndNoLongerThanItsDeadline() throws Exception {
		TestPool pool = open(TestPool.in(this.directory));
		AtomicReference<SQLException> thrown = new AtomicReference<>();
		// far away, and not for long
		Duration timeout = Duration.ofMillis(1300);
		try (Lease holder = pool.writer("holder")) {
			Thread waiter = VirtualThreadFactory.find().orElseThrow().newThread(() -> {
				try {
					pool.pool().acquireWriter("waiter", Deadline.after(timeout), null).close();
				}
				catch (SQLException ex) {
					thrown.set(ex);
				}
			});
			waiter.start();
			TestPool.await(() -> waiter.getState() == Thread.State.WAITING);
			waiter.join();
			// it was not the end of the transaction that ended the wait
			assertThat(pool.pool().isWriterHeldByCaller()).isTrue();
		}
		assertThat((Throwable) thrown.get()).isInstanceOf(LockTimeoutException.class);
		assertIsFree(pool);
	}

	private static Exception failure(TestPool pool) {
		return failure(pool, TestPool.LONG);
	}

	private static Exception failure(TestPool pool, Duration timeout) {
		try {
			pool.pool().acquireWriter("waiter", Deadline.after(timeout), null).close();
			return null;
		}
		catch (SQLException ex) {
			return ex;
		}
	}

	private static void assertIsFree(TestPool pool) throws SQLException {
		assertThat(pool.pool().status().queuedWrites()).isZero();
		assertThat(pool.pool().status().writer()).isNull();
		pool.pool().acquireWriter("free", Deadline.after(Duration.ZERO), null).close();
	}

	private TestPool open(TestPool pool) throws SQLException {
		this.opened.add(pool.open());
		return pool;
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

}
