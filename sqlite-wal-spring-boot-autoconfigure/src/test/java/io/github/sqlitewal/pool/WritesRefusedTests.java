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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.fixture.ScriptedWal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A pool after a sync has failed.
 */
@Timeout(120)
class WritesRefusedTests {

	private static final IOException PROBLEM = new IOException("Input/output error");

	@TempDir
	Path directory;

	private final ScriptedWal wal = new ScriptedWal();

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		this.wal.releaseAll();
		Collections.reverse(this.opened);
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	/*-
	 * committer        holder               waiter 1    waiter 2
	 * COMMIT
	 * gives back
	 * sync begins
	 *                  BEGIN IMMEDIATE
	 *                  INSERT
	 *                                       acquire …
	 *                                                   acquire …
	 * sync fails
	 * 08007
	 *                  may not COMMIT
	 *                  gives back
	 *                                       refused
	 *                                                   refused
	 */
	@Test
	void whoHasTheWriterAndWhoWaitsForItIsRefused() throws Exception {
		TestPool pool = open();
		this.wal.block();
		Future<Object> committer = actor("committer").begins(() -> {
			long ticket;
			try (Lease lease = begun(pool)) {
				lease.connection().commit();
				ticket = pool.pool().committed();
			}
			pool.pool().awaitDurable(ticket);
			return true;
		});
		this.wal.awaitSyncs(1);
		Lease holder = begun(pool);
		Future<Lease> first = actor("waiter 1").begins(() -> pool.writer("INSERT"));
		pool.awaitQueuedWrites(1);
		Future<Lease> second = actor("waiter 2").begins(() -> pool.writer("INSERT"));
		pool.awaitQueuedWrites(2);
		assertThat(committer.isDone()).isFalse();
		this.wal.fail(PROBLEM);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(committer))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"));
		assertRefused(() -> pool.pool().requireWritable());
		holder.close();
		assertRefused(() -> Actor.result(first));
		assertRefused(() -> Actor.result(second));
		assertRefused(() -> pool.writer("INSERT"));
		assertThat(pool.pool().status().writer()).isNull();
		assertThat(PlainConnection.ask(pool.file(), "SELECT count(*) FROM t")).isEqualTo("1");
	}

	@Test
	void leaseThatIsHeldBeginsAndRunsNothingMore() throws Exception {
		TestPool pool = open();
		try (Lease lease = pool.writer("session")) {
			failSync(pool);
			Deadline deadline = Deadline.after(TestPool.LONG);
			assertRefused(() -> pool.pool().beginWrite(lease, deadline, new Cancellation()));
			assertRefused(() -> pool.pool().untilFree(() -> true, deadline));
		}
	}

	@Test
	void readsGoOn() throws Exception {
		TestPool pool = open();
		failSync(pool);
		try (Lease lease = pool.reader("SELECT")) {
			assertThat(lease.connection().queryForString("SELECT count(*) FROM t")).isEqualTo("0");
		}
		assertThat(pool.pool()
			.maintenance()
			.<String>tryRun((connection) -> connection.queryForString("SELECT count(*) FROM t"))).isEqualTo("0");
		assertThat(pool.pool().writeRefusal()).contains(PROBLEM.getMessage(), "open the database again");
	}

	@Test
	void nothingIsCheckpointed() throws Exception {
		TestPool pool = open();
		failSync(pool);
		assertRefused(() -> pool.pool()
			.maintenance()
			.run((connection) -> connection.queryForString("PRAGMA wal_checkpoint"), Deadline.after(TestPool.LONG)));
		assertRefused(() -> pool.pool().withDrainedWriter((connection) -> true));
	}

	@Test
	void walIsLeftAsItIs() throws Exception {
		TestPool pool = open();
		Path file = pool.file().resolveSibling("app.db-wal");
		failSync(pool);
		byte[] before = Files.readAllBytes(file);
		pool.pool().closeLeavingWal();
		assertThat(before).isNotEmpty();
		assertThat(Files.readAllBytes(file)).isEqualTo(before);
		Path copy = Files.copy(pool.file(), this.directory.resolve("without-wal.db"));
		assertThat(PlainConnection.ask(copy, "SELECT count(*) FROM sqlite_schema")).isEqualTo("0");
	}

	@Test
	void walIsLeftAsItIsWhenTheReadersAreClosedAlready() throws Exception {
		TestPool pool = open();
		failSync(pool);
		pool.pool().closeReaders();
		pool.pool().closeLeavingWal();
		assertThat(pool.file().resolveSibling("app.db-wal")).isNotEmptyFile();
	}

	@Test
	void syncOfSqliteThatFailedOnTheWriterCounts() throws Exception {
		TestPool pool = open();
		try (Lease lease = pool.writer("COMMIT")) {
			lease.connection().failed(new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC));
		}
		assertRefused(() -> pool.writer("INSERT"));
	}

	@Test
	void syncOfSqliteThatFailedInACheckpointCounts() throws Exception {
		TestPool pool = open();
		pool.pool().maintenance().run((connection) -> {
			connection.failed(new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC));
			return true;
		}, Deadline.after(TestPool.LONG));
		assertRefused(() -> pool.writer("INSERT"));
	}

	@Test
	void withoutPowerLossSqliteIsLeftToItself() throws Exception {
		TestPool pool = TestPool.in(this.directory);
		this.opened.add(pool);
		pool.open();
		try (Lease lease = pool.writer("COMMIT")) {
			lease.connection().failed(new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC));
		}
		pool.writer("INSERT").close();
	}

	private TestPool open() throws SQLException {
		TestPool pool = TestPool.in(this.directory).wal(this.wal);
		this.opened.add(pool);
		return pool.open();
	}

	private void failSync(TestPool pool) {
		this.wal.fail(PROBLEM);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> pool.pool().awaitDurable(pool.pool().committed()));
	}

	private Lease begun(TestPool pool) throws SQLException {
		Lease lease = pool.writer("INSERT");
		pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
		TestPool.execute(lease, "INSERT INTO t VALUES (1)");
		return lease;
	}

	private static void assertRefused(ThrowingCallable call) {
		assertThatExceptionOfType(WritesRefusedException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("58030"));
	}

	private Actor actor(String name) {
		Actor actor = Actor.named(name);
		this.opened.add(actor);
		return actor;
	}

}
