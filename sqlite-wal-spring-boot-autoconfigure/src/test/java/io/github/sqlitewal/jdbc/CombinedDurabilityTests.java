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

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.fixture.ScriptedWal;
import io.github.sqlitewal.pool.WalSizeExceededException;
import io.github.sqlitewal.pool.WritesRefusedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Single statements that were committed together and have to survive a loss of power.
 */
@Timeout(120)
class CombinedDurabilityTests {

	private static final IOException PROBLEM = new IOException("Input/output error");

	private static final String DUPLICATE = "INSERT INTO t VALUES (1, 'again')";

	@TempDir
	Path directory;

	private final ScriptedWal wal = new ScriptedWal();

	private WaitingWrites writes;

	private int before;

	@BeforeEach
	void open() throws SQLException {
		this.writes = WaitingWrites.in(this.directory, (settings) -> settings.wal = this.wal);
		this.before = this.wal.syncs();
		this.wal.block();
	}

	@AfterEach
	void close() throws Exception {
		this.wal.releaseAll();
		this.writes.close();
	}

	// a, b, c, d (a duplicate) | the disk | e
	// -- | -- | --
	// BEGIN, a, b, c, d, COMMIT | |
	// gives back | sync begins |
	// d: its error | |
	// | | sees a, b, c
	// | sync ends |
	// a, b, c return | |
	@Test
	void nobodyReturnsBeforeTheOneSyncOfTheGroup() throws Exception {
		Running a = this.writes.queueLog("a");
		Running b = this.writes.queue((connection) -> WaitingWrites.keysOf(connection, "INSERT INTO log VALUES ('b')"));
		Running c = this.writes.queueLog("c");
		Running d = this.writes.queue(DUPLICATE);
		this.writes.letGo();
		this.wal.awaitSyncs(this.before + 1);
		assertThat(d.failure()).as("needs no sync").isInstanceOf(SQLIntegrityConstraintViolationException.class);
		List<Running> committed = List.of(a, b, c);
		// one syncs, the others wait for it
		a.until(() -> committed.stream().filter(CombinedDurabilityTests::waitsForASync).count() == 2);
		assertThat(committed).noneMatch(Running::isDone);
		assertThat(this.writes.combined()).containsExactly(4);
		assertThat(this.writes.log()).isEqualTo("a,b,c");
		this.writes.assertNothingHeld();
		this.wal.releaseAll();
		assertThat(List.of(a.join(), c.join())).containsOnly(1);
		assertThat(b.join()).isEqualTo(List.of(2L));
		assertThat(this.wal.syncs()).isEqualTo(this.before + 1);
	}

	@Test
	void syncThatFailsLeavesTheOutcomeOfEachUnknownAndNothingIsRunAgain() throws Exception {
		Running a = this.writes.queueLog("a");
		Running b = this.writes.queueLog("b");
		Running c = this.writes.queue(DUPLICATE);
		this.writes.letGo();
		this.wal.awaitSyncs(this.before + 1);
		this.wal.fail(PROBLEM);
		for (Running unknown : List.of(a, b)) {
			assertThat(unknown.failure()).hasMessageContaining("unknown")
				.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("08007"));
		}
		assertThat(a.failure()).isNotSameAs(b.failure());
		assertThat(c.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
		assertThat(this.writes.log()).isEqualTo("a,b");
		assertThat(this.wal.syncs()).isEqualTo(this.before + 1);
		assertThatExceptionOfType(WritesRefusedException.class)
			.isThrownBy(() -> TestDatabase.execute(this.writes.connection(), "INSERT INTO log VALUES ('later')"));
		this.writes.assertNothingHeld();
	}

	// x | the disk | a, b, c, d
	// -- | -- | --
	// COMMIT, gives back | sync begins |
	// | | BEGIN, a, b (a duplicate), begins to run c
	// | sync fails |
	// 08007 | |
	// | | runs c, d
	// | | may not COMMIT, ROLLBACK
	// | | a, c, d: refused
	@Test
	void groupThatIsOpenWhenASyncFailsIsRolledBackAndNotRunAgain() throws Exception {
		Running x = commitAlone();
		this.writes.hold();
		Running a = this.writes.queueLog("a");
		Running b = this.writes.queue(DUPLICATE);
		Running c = this.writes.queue("INSERT INTO log SELECT gate('c')");
		Running d = this.writes.queueLog("d");
		this.writes.letGo();
		this.writes.awaitGate(c);
		failSync(x);
		this.writes.openGate();
		List<Running> refused = List.of(a, c, d);
		for (Running one : refused) {
			assertRefused(one);
		}
		assertThat(refused.stream().map(Running::failure)).doesNotHaveDuplicates();
		assertThat(b.failure()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
		assertThat(this.writes.log()).isEqualTo("x");
		assertThat(this.wal.syncs()).isEqualTo(this.before + 1);
		this.writes.assertNothingHeld();
	}

	@Test
	void singleStatementWithRowsIsRolledBackToo() throws Exception {
		Running x = commitAlone();
		Running alone = Running.of(() -> WaitingWrites.keysOf(this.writes.connection(),
				"INSERT INTO t (name) SELECT 'a' || gate('alone')"));
		this.writes.awaitGate(alone);
		failSync(x);
		this.writes.openGate();
		assertRefused(alone);
		assertThat(this.writes.query("SELECT count(*) FROM t")).isEqualTo("1");
		this.writes.assertNothingHeld();
	}

	// x | the disk | holder | a, b | c
	// -- | -- | -- | -- | --
	// COMMIT, gives back | sync begins | | |
	// | | has the writer | |
	// | | | INSERT … |
	// | sync fails | | |
	// | | | | refused, without waiting
	// | | lets go | |
	// | | | refused |
	@Test
	void thoseWhoWaitWhenASyncFailsAreRefusedBeforeTheyRun() throws Exception {
		Running x = commitAlone();
		this.writes.hold();
		Running a = this.writes.queueLog("a");
		Running b = this.writes.queueLog("b");
		failSync(x);
		assertRefused(Running.of(() -> TestDatabase.execute(this.writes.connection(), "INSERT INTO log VALUES ('c')")));
		this.writes.letGo();
		assertRefused(a);
		assertRefused(b);
		assertThat(this.writes.log()).isEqualTo("x");
		assertThat(this.writes.combined()).isEmpty();
		this.writes.assertNothingHeld();
	}

	@Test
	void brakeRefusesBeforeTheQueueAndThoseWhoStandInItGoOn() throws Exception {
		this.wal.releaseAll();
		Running a = this.writes.queueLog("a");
		Running b = this.writes.queueLog("b");
		this.writes.pool().writeBrake().refuse("the WAL is too large");
		Running late = Running.of(() -> TestDatabase.execute(this.writes.connection(), "INSERT INTO log VALUES ('c')"));
		assertThat(late.failure()).isInstanceOf(WalSizeExceededException.class);
		assertThat(this.writes.status().queuedWrites()).isEqualTo(2);
		this.writes.letGo();
		assertThat(List.of(a.join(), b.join())).containsOnly(1);
		this.writes.pool().writeBrake().release();
		TestDatabase.execute(this.writes.connection(), "INSERT INTO log VALUES ('d')");
		assertThat(this.writes.log()).isEqualTo("a,b,d");
	}

	/** Lets the holder go, commits, and waits for the disk. */
	private Running commitAlone() throws Exception {
		Running alone = this.writes.queueLog("x");
		this.writes.letGo();
		this.wal.awaitSyncs(this.before + 1);
		return alone;
	}

	private void failSync(Running waiting) {
		this.wal.fail(PROBLEM);
		assertThat(waiting.failure())
			.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("08007"));
	}

	private static void assertRefused(Running running) {
		assertThat(running.failure()).isInstanceOf(WritesRefusedException.class)
			.satisfies((ex) -> assertThat(((SQLException) ex).getSQLState()).isEqualTo("58030"));
	}

	private static boolean waitsForASync(Running running) {
		Object blocker = LockSupport.getBlocker(running.thread());
		return blocker != null && blocker.getClass().getSimpleName().equals("WalSync");
	}

}
