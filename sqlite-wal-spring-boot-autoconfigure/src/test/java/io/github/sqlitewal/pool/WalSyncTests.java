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

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.ScriptedWal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(120)
class WalSyncTests {

	private final ScriptedWal wal = new ScriptedWal();

	private final List<Integer> shared = Collections.synchronizedList(new ArrayList<>());

	private final WalSync sync = new WalSync(this.wal, new PoolListener() {

		@Override
		public void synced(int commits, long nanos) {
			WalSyncTests.this.shared.add(commits);
		}

	});

	private final List<Actor> actors = new ArrayList<>();

	@AfterEach
	void close() {
		this.wal.releaseAll();
		this.actors.forEach(Actor::close);
	}

	@Test
	void commitReturnsAfterItsSync() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		assertThat(a.isDone()).isFalse();
		this.wal.release();
		assertThat(Actor.result(a)).isTrue();
		assertThat(this.shared).containsExactly(1);
	}

	@Test
	void commitThatAnEarlierSyncHasCoveredNeedsNone() throws Exception {
		long a = this.sync.committed();
		long b = this.sync.committed();
		this.sync.awaitDurable(b);
		this.sync.awaitDurable(a);
		assertThat(this.wal.syncs()).isOne();
		assertThat(this.shared).containsExactly(2);
	}

	/*-
	 * a            b            c            d
	 * COMMIT
	 * sync 1 begins
	 *              COMMIT
	 *              waits        COMMIT
	 *                           waits        COMMIT
	 *                                        waits
	 * sync 1 ends
	 * returns      sync 2 begins
	 *              sync 2 ends
	 *              returns      returns      returns
	 */
	@Test
	void thoseWhoCommitDuringASyncShareTheNext() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		List<Future<Boolean>> others = List.of(commits("b"), commits("c"), commits("d"));
		awaitFollowers(3);
		this.wal.release();
		assertThat(Actor.result(a)).isTrue();
		this.wal.awaitSyncs(2);
		assertThat(others).noneMatch(Future::isDone);
		this.wal.release();
		for (Future<Boolean> other : others) {
			assertThat(Actor.result(other)).isTrue();
		}
		assertThat(this.wal.syncs()).isEqualTo(2);
		assertThat(this.shared).containsExactly(1, 3);
	}

	/*-
	 * a               b            c
	 * COMMIT
	 * sync 1 begins
	 *                 COMMIT
	 *                 waits
	 * sync 1 fails
	 * 08007           08007
	 *                              COMMIT (had begun before)
	 *                              08007, without a sync
	 */
	@Test
	void failureIsToldToAllAndNoSyncIsTriedAgain() throws Exception {
		this.sync.awaitDurable(this.sync.committed());
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(2);
		Future<Boolean> b = commits("b");
		awaitFollowers(1);
		IOException problem = new IOException("Input/output error");
		this.wal.fail(problem);
		assertUnknown(a, problem);
		assertUnknown(b, problem);
		assertUnknown(commits("c"), problem);
		assertThat(this.wal.syncs()).isEqualTo(2);
		assertThat(this.shared).containsExactly(1);
		// what was on the disk before stays there
		this.sync.awaitDurable(1);
	}

	@Test
	void errorOfAnyKindIsAFailure() throws Exception {
		WalSync broken = new WalSync(new WalFile() {

			@Override
			public void open() {
			}

			@Override
			public void sync() {
				throw new OutOfMemoryError("played");
			}

			@Override
			public void close() {
			}

		}, new PoolListener() {
		});
		assertThatExceptionOfType(SQLNonTransientConnectionException.class)
			.isThrownBy(() -> broken.awaitDurable(broken.committed()))
			.withCauseInstanceOf(OutOfMemoryError.class);
		assertThat(broken.failure()).isNotNull();
	}

	/*-
	 * a                  somebody else
	 * COMMIT
	 * sync begins
	 *                    a sync of SQLite fails
	 * sync succeeds
	 * 08007
	 */
	@Test
	void syncThatSucceedsAfterAnotherFailedProvesNothing() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		IOException problem = new IOException("Input/output error");
		this.sync.report(problem);
		this.wal.release();
		assertUnknown(a, problem);
	}

	@Test
	void interruptOfAFollowerIsKeptAndDoesNotEndItsWait() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		Actor follower = actor("b");
		Future<Boolean> interrupted = follower.begins(() -> {
			this.sync.awaitDurable(this.sync.committed());
			return Thread.interrupted();
		});
		awaitFollowers(1);
		follower.thread().interrupt();
		// it must park again, and not spin
		TestPool.await(() -> !follower.thread().isInterrupted());
		assertThat(interrupted.isDone()).isFalse();
		this.wal.releaseAll();
		assertThat(Actor.result(a)).isTrue();
		assertThat(Actor.result(interrupted)).isTrue();
	}

	@Test
	void interruptOfALeaderIsKept() throws Exception {
		this.wal.block();
		Actor leader = actor("a");
		Future<Boolean> interrupted = leader.begins(() -> {
			this.sync.awaitDurable(this.sync.committed());
			return Thread.interrupted();
		});
		this.wal.awaitSyncs(1);
		leader.thread().interrupt();
		this.wal.release();
		assertThat(Actor.result(interrupted)).isTrue();
		this.wal.releaseAll();
		this.sync.awaitDurable(this.sync.committed());
	}

	/*-
	 * a               b          closer
	 * COMMIT
	 * sync begins
	 *                 COMMIT
	 *                 waits
	 *                            close
	 *                 08007
	 * sync ends
	 * returns                    (the file is closed)
	 */
	@Test
	void closeAnswersThoseWhoWaitAndLetsTheSyncEnd() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		Future<Boolean> b = commits("b");
		awaitFollowers(1);
		this.sync.close();
		assertUnknown(b, null);
		assertThat(a.isDone()).isFalse();
		assertThat(this.wal.isClosed()).isFalse();
		this.wal.release();
		assertThat(Actor.result(a)).isTrue();
		TestPool.await(this.wal::isClosed);
		assertUnknown(commits("c"), null);
	}

	/*-
	 * a                          closer
	 * COMMIT (does not wait yet)
	 *                            drain: syncs
	 *                            close
	 * finds it done
	 */
	@Test
	void drainMakesDurableWhatNobodyWaitsForYet() throws Exception {
		long ticket = this.sync.committed();
		assertThat(this.sync.drain(Deadline.after(TestPool.LONG))).isTrue();
		this.sync.close();
		this.sync.awaitDurable(ticket);
		assertThat(this.wal.syncs()).isOne();
	}

	@Test
	void drainGivesUpAtItsDeadlineAndThoseWhoWaitAreAnswered() throws Exception {
		this.wal.block();
		Future<Boolean> a = commits("a");
		this.wal.awaitSyncs(1);
		Future<Boolean> b = commits("b");
		awaitFollowers(1);
		assertThat(this.sync.drain(Deadline.after(Duration.ZERO))).isFalse();
		assertUnknown(b, null);
		assertThat(a.isDone()).isFalse();
	}

	/**
	 * A disk that knows what had been written when its sync began.
	 */
	@Test
	void nobodyReturnsBeforeASyncThatBeganAfterItsCommit() throws Exception {
		AtomicLong written = new AtomicLong();
		AtomicLong onDisk = new AtomicLong();
		WalSync many = new WalSync(new WalFile() {

			@Override
			public void open() {
			}

			@Override
			public void sync() {
				long seen = written.get();
				Thread.yield();
				onDisk.set(seen);
			}

			@Override
			public void close() {
			}

		}, new PoolListener() {
		});
		Object writer = new Object();
		List<Future<Long>> futures = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			futures.add(actor("committer-" + i).begins(() -> {
				long missing = 0;
				for (int j = 0; j < 2_000; j++) {
					long frame;
					long ticket;
					synchronized (writer) {
						frame = written.incrementAndGet();
						ticket = many.committed();
					}
					many.awaitDurable(ticket);
					missing += (onDisk.get() < frame) ? 1 : 0;
				}
				return missing;
			}));
		}
		for (Future<Long> future : futures) {
			assertThat(Actor.result(future)).isZero();
		}
	}

	private Future<Boolean> commits(String name) {
		return actor(name).begins(() -> {
			this.sync.awaitDurable(this.sync.committed());
			return true;
		});
	}

	private void awaitFollowers(int count) {
		TestPool.await(() -> this.sync.waiting() == count);
	}

	private static void assertUnknown(Future<Boolean> commit, Exception cause) {
		assertThatExceptionOfType(SQLNonTransientConnectionException.class).isThrownBy(() -> Actor.result(commit))
			.withMessageContaining("unknown")
			.extracting(SQLException::getSQLState, Throwable::getCause)
			.containsExactly("08007", cause);
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.actors.add(actor);
		return actor;
	}

}
