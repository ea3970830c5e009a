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

package io.github.sqlitewal.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.ConnectionFactory;
import io.github.sqlitewal.connection.ConnectionSettings;
import io.github.sqlitewal.connection.DatabaseLocation;
import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.pool.PinSettings;
import io.github.sqlitewal.pool.PollingRetry;
import io.github.sqlitewal.pool.PoolListener;
import io.github.sqlitewal.pool.PoolSettings;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriteGroupLimits;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WalTail}. The writes are those of another process.
 */
class WalTailTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	private static final int FRAME_BYTES = 4096 + 24;

	@TempDir
	Path directory;

	private Path file;

	private Path wal;

	private SqlitePool pool;

	private PlainConnection outside;

	private WalTail tail;

	@BeforeEach
	void open() throws SQLException {
		this.file = this.directory.resolve("app.db");
		this.wal = this.directory.resolve("app.db-wal");
		DatabaseLocation location = DatabaseLocation.file(this.file);
		this.pool = SqlitePool.open(
				new ConnectionFactory(new ConnectionSettings(location, Map.of(), Map.of(), List.of(), 64)),
				new PoolSettings(1, LONG, 10, WriteGroupLimits.DEFAULT, PinSettings.DEFAULT), PollingRetry.instance(),
				new PoolListener() {
				}, null);
		this.outside = PlainConnection.to(this.file)
			.execute("PRAGMA wal_autocheckpoint=0")
			.execute("CREATE TABLE pages (n INTEGER PRIMARY KEY, v INT, filler)")
			.execute("INSERT INTO pages WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 400)"
					+ " SELECT n, 0, zeroblob(3900) FROM c");
		this.tail = WalTail.of(this.pool, this.wal, FRAME_BYTES);
	}

	@AfterEach
	void close() throws SQLException {
		this.outside.close();
		this.pool.closeReaders();
		this.pool.closeWriter();
	}

	@Test
	void whatNoFrameUsesIsGivenBackAPieceAtATime() throws Exception {
		writeVersions(20);
		startOver();
		writeVersions(21);
		long before = Files.size(this.wal);
		assertThat(this.tail.isLong()).isTrue();
		assertThat(this.tail.giveBack(Deadline.after(LONG))).isPositive();
		assertThat(this.tail.isLong()).isFalse();
		// by whole pieces, and not by more of them than it takes
		assertThat((before - Files.size(this.wal)) % WalTail.PIECE_BYTES).isZero();
		assertThat(Files.size(this.wal)).isGreaterThan(WalTail.PIECE_BYTES);
		assertAfterACrash(21);
		writeVersions(22);
		assertAfterACrash(22);
	}

	@Test
	void framesThatAreInUseAreNeverCutOff() throws Exception {
		writeVersions(20);
		long before = Files.size(this.wal);
		assertThat(this.tail.giveBack(Deadline.after(LONG))).isZero();
		assertThat(Files.size(this.wal)).isEqualTo(before);
		assertAfterACrash(20);
	}

	@Test
	void framesAreCutOffNoEarlierThanTheLastOneInUse() throws Exception {
		writeVersions(20);
		startOver();
		writeVersions(38);
		long inUse = Files.size(this.wal) - 2 * FRAME_BYTES;
		assertThat(this.tail.isLong()).isTrue();
		this.tail.giveBack(Deadline.after(LONG));
		assertThat(Files.size(this.wal)).isGreaterThan(inUse - WalTail.PIECE_BYTES);
		assertAfterACrash(38);
	}

	// @formatter:off
	//
	// writer                        RESTART                  tail
	// versions 1 to 20
	//                               all is copied
	//                                                        (the header is of the old frames)
	// crash: SQLite reads the old frames, all of them, and never a part
	//
	// @formatter:on
	@Test
	void nothingIsCutOffBeforeTheFirstTransactionSinceTheWalStartedOver() throws Exception {
		writeVersions(20);
		startOver();
		long before = Files.size(this.wal);
		assertThat(this.tail.giveBack(Deadline.after(LONG))).isZero();
		assertThat(Files.size(this.wal)).isEqualTo(before);
		assertAfterACrash(20);
	}

	@Test
	void aWriterOfAnotherProcessIsLeftAlone() throws Exception {
		writeVersions(20);
		startOver();
		writeVersions(21);
		long before = Files.size(this.wal);
		try (PlainConnection other = PlainConnection.to(this.file)) {
			other.execute("BEGIN IMMEDIATE");
			assertThat(this.tail.giveBack(Deadline.after(LONG))).isZero();
			assertThat(Files.size(this.wal)).isEqualTo(before);
			other.execute("UPDATE pages SET v = 22").execute("COMMIT");
		}
		assertThat(this.tail.giveBack(Deadline.after(LONG))).isPositive();
		assertAfterACrash(22);
	}

	@Test
	void readersReadOn() throws Exception {
		writeVersions(20);
		startOver();
		writeVersions(21);
		try (PlainConnection reader = PlainConnection.to(this.file)) {
			reader.execute("BEGIN");
			assertThat(reader.query("SELECT sum(v) FROM pages")).isEqualTo("8400");
			assertThat(this.tail.giveBack(Deadline.after(LONG))).isPositive();
			writeVersions(22);
			assertThat(reader.query("SELECT sum(v) FROM pages")).isEqualTo("8400");
		}
	}

	@Test
	void withoutTheFileThereIsNothingToGiveBack() throws Exception {
		WalTail none = WalTail.of(this.pool, this.directory.resolve("none-wal"), FRAME_BYTES);
		assertThat(none.isLong()).isFalse();
		assertThat(none.giveBack(Deadline.after(LONG))).isZero();
		assertThat(WalTail.of(this.pool, null, FRAME_BYTES)).isNull();
	}

	/** Each version is a transaction of 400 frames and some. */
	private void writeVersions(int last) throws SQLException {
		int first = Integer.parseInt(this.outside.query("SELECT max(v) FROM pages")) + 1;
		for (int version = first; version <= last; version++) {
			this.outside.execute("UPDATE pages SET v = " + version);
		}
	}

	private void startOver() throws SQLException {
		assertThat(this.outside.query("PRAGMA wal_checkpoint(RESTART)")).isEqualTo("0");
	}

	/** What SQLite makes of the files as they are. */
	private void assertAfterACrash(int version) throws Exception {
		Path copy = this.directory.resolve("copy.db");
		CheckpointDatabase.copy(this.file, copy);
		CheckpointDatabase.copy(this.wal, this.directory.resolve("copy.db-wal"));
		assertThat(PlainConnection.ask(copy, "PRAGMA integrity_check")).isEqualTo("ok");
		assertThat(PlainConnection.ask(copy, "SELECT min(v) || ' ' || max(v) FROM pages"))
			.isEqualTo(version + " " + version);
		Files.delete(copy);
		Files.deleteIfExists(this.directory.resolve("copy.db-wal"));
	}

}
