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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Who holds what for how long, and what the {@link LeaseWatch} says of it.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class LeaseWatchTests {

	/** Less than any read that a test opens has lasted when it looks. */
	private static final Duration AT_ONCE = Duration.ofNanos(1);

	@TempDir
	Path directory;

	private final List<PinStatus> tooOld = new ArrayList<>();

	private final List<PinStatus> forgotten = new ArrayList<>();

	private TestPool pool;

	@AfterEach
	void close() {
		this.pool.close();
	}

	@Test
	void pinsAreTheOpenReadsOldestFirst() throws Exception {
		open(PinSettings.DEFAULT);
		Instant before = Instant.now();
		try (Actor first = Actor.named("http-1"); Actor second = Actor.named("http-2")) {
			Lease older = first.does(() -> this.pool.reader("SELECT 'older'"));
			Lease younger = second.does(() -> this.pool.reader("SELECT 'younger'"));
			// the place that is used last is the first to be used again
			older.close();
			older = first.does(() -> this.pool.reader("SELECT 'younger still'"));
			Lease writer = this.pool.writer("INSERT");
			List<PinStatus> pins = this.pool.pool().pins();
			assertThat(pins).extracting(PinStatus::sql).containsExactly("SELECT 'younger'", "SELECT 'younger still'");
			assertThat(pins).extracting(PinStatus::thread).containsExactly("http-2", "http-1");
			assertThat(pins).allSatisfy((pin) -> {
				assertThat(pin.since()).isBetween(before, Instant.now());
				assertThat(pin.held()).isPositive();
				assertThat(pin.stack()).isEmpty();
			});
			writer.close();
			younger.close();
			older.close();
		}
		assertThat(this.pool.pool().pins()).isEmpty();
	}

	@Test
	void stackIsThereOnDemandOnly() throws Exception {
		open(new PinSettings(Duration.ZERO, null, true));
		try (Lease lease = this.pool.reader("SELECT")) {
			assertThat(lease.origin()).isNotNull();
			assertThat(this.pool.pool().pins().get(0).stack()).anyMatch((frame) -> frame
				.contains(LeaseWatchTests.class.getName() + ".stackIsThereOnDemandOnly(LeaseWatchTests.java"));
		}
		this.pool.close();
		open(PinSettings.DEFAULT);
		try (Lease lease = this.pool.reader("SELECT")) {
			assertThat(lease.origin()).isNull();
		}
	}

	@Test
	void readThatIsTooOldIsReportedOnceAndOnceMoreWhenItIsGone(CapturedOutput output) throws Exception {
		open(new PinSettings(AT_ONCE, null, true));
		Lease lease = this.pool.reader("SELECT 'long'");
		this.pool.pool().checkLeases();
		this.pool.pool().checkLeases();
		assertThat(this.tooOld).extracting(PinStatus::sql).containsExactly("SELECT 'long'");
		assertThat(output).containsOnlyOnce("sqlite.pool.max-read-age")
			.contains("thread " + Thread.currentThread().getName())
			.contains("SELECT 'long'")
			.contains("The connection was taken here")
			.doesNotContain("has ended");
		lease.close();
		this.pool.pool().checkLeases();
		this.pool.pool().checkLeases();
		assertThat(output).containsOnlyOnce("has ended");
		try (Lease next = this.pool.reader("SELECT 'another'")) {
			this.pool.pool().checkLeases();
			assertThat(this.tooOld).extracting(PinStatus::sql).containsExactly("SELECT 'long'", "SELECT 'another'");
		}
	}

	@Test
	void readThatIsYoungAndAWriterAreNotReported() throws Exception {
		open(new PinSettings(Duration.ofHours(1), null, false));
		try (Lease reader = this.pool.reader("SELECT")) {
			this.pool.pool().checkLeases();
		}
		this.pool.close();
		open(new PinSettings(AT_ONCE, null, false));
		try (Lease writer = this.pool.writer("INSERT")) {
			this.pool.pool().checkLeases();
		}
		this.pool.close();
		open(new PinSettings(Duration.ZERO, null, false));
		try (Lease reader = this.pool.reader("SELECT")) {
			this.pool.pool().checkLeases();
		}
		assertThat(this.tooOld).isEmpty();
	}

	@Test
	void watchLooksByItselfUntilThePoolIsClosed() throws Exception {
		open(new PinSettings(AT_ONCE, null, false));
		// databases of other tests may be open in this process
		Set<Thread> before = watching();
		this.pool.pool().watchLeases();
		try (Lease lease = this.pool.reader("SELECT")) {
			TestPool.await(() -> {
				synchronized (this.tooOld) {
					return this.tooOld.size() == 1;
				}
			});
		}
		Set<Thread> started = watching();
		started.removeAll(before);
		assertThat(started).isNotEmpty();
		this.pool.close();
		for (Thread thread : started) {
			thread.join();
		}
	}

	private static Set<Thread> watching() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("sqlite-lease-watch"))
			.collect(Collectors.toSet());
	}

	@Test
	void forgottenLeaseIsGivenBackWithItsOrigin(CapturedOutput output) throws Exception {
		open(new PinSettings(Duration.ZERO, null, true));
		TestUser user = new TestUser();
		Lease lease = this.pool.pool().acquireReader("SELECT 'lost'", Deadline.after(TestPool.LONG), null, user);
		this.pool.pool().checkLeases();
		assertThat(this.pool.pool().pins()).hasSize(1);
		user.forgotten = true;
		this.pool.pool().checkLeases();
		this.pool.pool().checkLeases();
		assertThat(user.closed).isOne();
		assertThat(lease.isClosed()).isTrue();
		assertThat(this.pool.pool().pins()).isEmpty();
		assertThat(this.forgotten).extracting(PinStatus::sql).containsExactly("SELECT 'lost'");
		assertThat(output).containsOnlyOnce("was garbage-collected and never closed")
			.contains("thread " + Thread.currentThread().getName())
			.contains("SELECT 'lost'")
			.contains("The connection was taken here");
	}

	@Test
	void forgottenWriterIsRolledBackAndGoesToTheNext() throws Exception {
		open(PinSettings.DEFAULT);
		TestUser user = new TestUser();
		Lease lost = this.pool.pool().acquireWriter("INSERT", Deadline.after(TestPool.LONG), null, user);
		lost.connection().beginWrite();
		TestPool.execute(lost, "INSERT INTO t VALUES (1)");
		try (Actor waiter = Actor.named("waiter")) {
			var waiting = waiter.begins(() -> this.pool.writer("INSERT"));
			this.pool.awaitQueuedWrites(1);
			user.forgotten = true;
			this.pool.pool().checkLeases();
			try (Lease next = Actor.result(waiting)) {
				assertThat(next.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
			}
		}
		assertThat(this.forgotten).extracting(PinStatus::connection).containsExactly("writer");
	}

	// the thread has ended, and its task is all that refers to what it has forgotten
	@Test
	void ownerThatHasEndedIsKnownByItsNameOnly() throws Exception {
		open(PinSettings.DEFAULT);
		Lease[] lease = new Lease[1];
		Thread thread = new Thread(() -> {
			try {
				lease[0] = this.pool.reader("SELECT");
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}, "worker");
		thread.start();
		thread.join();
		assertThat(lease[0].owner()).isSameAs(thread);
		this.pool.pool().checkLeases();
		assertThat(lease[0].owner()).isNull();
		assertThat(this.pool.pool().pins().get(0).describe()).startsWith("thread worker (ended) since ");
		lease[0].runs("SELECT 2");
		assertThat(lease[0].owner()).isSameAs(Thread.currentThread());
		lease[0].close();
	}

	@Test
	void impossibleSettingsSayWhatToSet() throws Exception {
		open(PinSettings.DEFAULT);
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> new PinSettings(Duration.ofSeconds(-1), null, false))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.pool.max-read-age"));
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> new PinSettings(Duration.ZERO, Duration.ZERO, false))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.pool.evict-read-after"));
	}

	private void open(PinSettings settings) throws SQLException {
		this.pool = TestPool.in(this.directory).readers(2).pins(settings).listener(new PoolListener() {

			@Override
			public void readTooOld(PinStatus read) {
				synchronized (LeaseWatchTests.this.tooOld) {
					LeaseWatchTests.this.tooOld.add(read);
				}
			}

			@Override
			public void leaseForgotten(PinStatus lease) {
				LeaseWatchTests.this.forgotten.add(lease);
			}

		}).open();
	}

	private static final class TestUser implements LeaseUser {

		private boolean forgotten;

		private int closed;

		@Override
		public boolean isForgotten() {
			return this.forgotten;
		}

		@Override
		public void closeAll() {
			this.closed++;
		}

		@Override
		public List<String> closeForgotten(Lease lease) {
			return List.of();
		}

	}

}
