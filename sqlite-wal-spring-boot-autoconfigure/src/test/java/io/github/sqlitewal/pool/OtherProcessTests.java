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
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.OtherProcess;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Another process has SQLite's write lock.
 */
@Timeout(120)
class OtherProcessTests {

	@TempDir
	Path directory;

	private final AtomicInteger attempts = new AtomicInteger();

	private final Actor actor = Actor.named("writer");

	private TestPool pool;

	@BeforeEach
	void open() throws SQLException {
		this.pool = TestPool.in(this.directory).busyRetry(this::count).open();
		this.attempts.set(0);
	}

	@AfterEach
	void close() {
		this.actor.close();
		this.pool.close();
	}

	// writer another process
	// .............................. BEGIN IMMEDIATE
	// BEGIN IMMEDIATE: busy, again …
	// .............................. INSERT 'theirs'
	// .............................. COMMIT
	// BEGIN IMMEDIATE
	// INSERT 'ours', once
	// COMMIT
	@Test
	void beginWaitsUntilTheOtherProcessHasCommitted() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE");
			AtomicInteger work = new AtomicInteger();
			Future<String> stored = this.actor.begins(() -> transaction(work));
			TestPool.await(() -> this.attempts.get() > 2);
			assertThat(work).hasValue(0);
			other.execute("INSERT INTO t VALUES ('theirs')").execute("COMMIT");
			assertThat(Actor.result(stored)).isEqualTo("theirs,ours");
			assertThat(work).hasValue(1);
		}
	}

	@Test
	void beginWaitsForAProcessOfItsOwn() throws Exception {
		try (OtherProcess other = OtherProcess.start(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE").execute("INSERT INTO t VALUES ('theirs')");
			AtomicInteger work = new AtomicInteger();
			Future<String> stored = this.actor.begins(() -> transaction(work));
			TestPool.await(() -> this.attempts.get() > 2);
			other.execute("COMMIT");
			assertThat(Actor.result(stored)).isEqualTo("theirs,ours");
			assertThat(work).hasValue(1);
		}
	}

	@Test
	void processThatDiesInItsTransactionLetsTheWriterIn() throws Exception {
		try (OtherProcess other = OtherProcess.start(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE").execute("INSERT INTO t VALUES ('lost')");
			Future<String> stored = this.actor.begins(() -> transaction(new AtomicInteger()));
			TestPool.await(() -> this.attempts.get() > 2);
			other.close();
			assertThat(Actor.result(stored)).isEqualTo("ours");
		}
	}

	private String transaction(AtomicInteger work) throws SQLException {
		try (Lease lease = this.pool.writer("INSERT")) {
			this.pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
			work.incrementAndGet();
			TestPool.execute(lease, "INSERT INTO t VALUES ('ours')");
			lease.connection().commit();
			return lease.connection().queryForString("SELECT group_concat(x) FROM t");
		}
	}

	@Test
	void deadlineThatPassesSaysThatItIsAnotherProcess() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE");
			try (Lease lease = this.pool.writer("INSERT")) {
				assertThatExceptionOfType(LockTimeoutException.class)
					.isThrownBy(() -> this.pool.pool()
						.beginWrite(lease, Deadline.after(Duration.ofMillis(50)), new Cancellation()))
					.withMessageContaining("Another process")
					.withMessageContaining("sqlite.lock-timeout")
					.withCauseInstanceOf(SQLException.class);
				assertThat(lease.connection().isInTransaction()).isFalse();
				other.execute("COMMIT");
				this.pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
				TestPool.execute(lease, "INSERT INTO t VALUES ('undone')");
			}
			assertThat(other.query("SELECT count(*) FROM t")).isEqualTo("0");
		}
	}

	@Test
	void interruptEndsTheWaitAndStaysSet() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE");
			Future<Boolean> interrupted = this.actor.begins(() -> {
				try (Lease lease = this.pool.writer("INSERT")) {
					this.pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
					return null;
				}
				catch (SQLException ex) {
					return Thread.interrupted();
				}
			});
			TestPool.await(() -> this.attempts.get() > 2);
			this.actor.thread().interrupt();
			assertThat(Actor.result(interrupted)).isTrue();
		}
	}

	@Test
	void readersDoNotWaitForTheOtherProcess() throws Exception {
		try (PlainConnection other = PlainConnection.to(this.pool.file())) {
			other.execute("BEGIN IMMEDIATE").execute("INSERT INTO t VALUES ('theirs')");
			try (Lease lease = this.pool.reader("SELECT")) {
				assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
			}
		}
	}

	private <T> T count(BusyRetry.Attempt<T> attempt, Deadline deadline) throws SQLException {
		return PollingRetry.instance().execute(() -> {
			this.attempts.incrementAndGet();
			return attempt.run();
		}, deadline);
	}

}
