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

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;
import io.github.sqlitewal.pool.DatabaseClosedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A WAL that is made longer and shorter behind its last frame: nobody finds anything else
 * in it than what was committed, and nobody else writes to it meanwhile.
 */
@Timeout(180)
class WalTailTests {

	private static final long STEP = 1 << 20;

	private static final long FRAME = 4096 + 24;

	@TempDir
	Path directory;

	private CheckpointDatabase database;

	@BeforeEach
	void open() throws SQLException {
		this.database = CheckpointDatabase.in(this.directory);
	}

	@AfterEach
	void close() throws SQLException {
		this.database.close();
	}

	@Test
	void theFileIsLongerAndTheWalIsWhatItWas() throws Exception {
		this.database.insert(20);
		WalStatus before = this.database.wal();
		assertThat(this.database.extend(STEP)).isTrue();
		assertThat(this.database.walBytes()).isEqualTo(before.bytes() + STEP);
		assertThat(this.database.wal().frames()).isEqualTo(before.frames());
		this.database.assertWholeAfterACrash(20);
		assertThat(PlainConnection.ask(this.database.file(), "SELECT count(*) FROM t")).isEqualTo("20");
	}

	@Test
	void whatIsWrittenIntoItIsThereAfterACrash() throws Exception {
		this.database.insert(20);
		this.database.extend(10 * FRAME);
		for (int rows = 21; rows < 35; rows++) {
			this.database.insert(1);
			this.database.assertWholeAfterACrash(rows);
		}
	}

	@Test
	void aWalThatStartsOverInItHasNothingOfIt() throws Exception {
		this.database.insert(20);
		this.database.extend(STEP);
		long bytes = this.database.walBytes();
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.RESTART).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
		this.database.insert(1);
		assertThat(this.database.walBytes()).isEqualTo(bytes);
		assertThat(this.database.wal().frames()).isLessThan(20);
		this.database.assertWholeAfterACrash(21);
		assertThat(this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE).outcome())
			.isEqualTo(CheckpointOutcome.RESET);
		assertThat(this.database.walBytes()).isZero();
		this.database.insert(1);
		this.database.assertWholeAfterACrash(22);
	}

	@Test
	void oneFileIsLeft() throws Exception {
		this.database.insert(20);
		this.database.extend(STEP);
		this.database.close();
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).containsExactly(this.database.file());
		}
		assertThat(PlainConnection.ask(this.database.file(), "SELECT count(*) FROM t")).isEqualTo("20");
	}

	// what is behind the last frame belongs to whoever holds SQLite's write lock
	@Test
	void notWhileAnotherProcessWrites() throws Exception {
		this.database.insert(20);
		long bytes = this.database.walBytes();
		PlainConnection outside = this.database.outside("BEGIN IMMEDIATE");
		assertThat(this.database.extend(STEP)).isFalse();
		assertThat(this.database.walBytes()).isEqualTo(bytes);
		outside.execute("ROLLBACK");
		assertThat(this.database.extend(STEP)).isTrue();
		outside.execute("BEGIN IMMEDIATE");
		assertThat(this.database.cut(STEP)).isFalse();
		assertThat(this.database.walBytes()).isEqualTo(bytes + STEP);
		outside.execute("ROLLBACK");
		assertThat(this.database.cut(STEP)).isTrue();
		outside.execute("INSERT INTO t VALUES (1)");
		this.database.assertWholeAfterACrash(21);
	}

	@Test
	void notWhileATransactionOfThisProcessWrites() throws Exception {
		this.database.insert(20);
		Connection writing = this.database.actor("writer").does(this.database::writing);
		long bytes = this.database.walBytes();
		assertThat(this.database.extend(STEP)).isFalse();
		assertThat(this.database.walBytes()).isEqualTo(bytes);
		writing.rollback();
		writing.close();
		assertThat(this.database.extend(STEP)).isTrue();
	}

	// @formatter:off
	//
	// another connection                       file
	// INSERT …                                 the file is longer by 20 bytes …
	//
	// the last of them is in the checksum of the next frame
	//
	// @formatter:on
	@Test
	void noFrameOfAnotherProcessIsWrittenOver() throws Exception {
		int inserts = 1500;
		this.database.insert(1);
		AtomicBoolean over = new AtomicBoolean();
		Future<Integer> extending = this.database.actor("file").begins(() -> {
			int extended = 0;
			while (!over.get()) {
				extended += this.database.extend(20) ? 1 : 0;
			}
			return extended;
		});
		PlainConnection outside = outside();
		for (int i = 0; i < inserts; i++) {
			outside.execute("INSERT INTO t VALUES (randomblob(3000))");
		}
		over.set(true);
		assertThat(Actor.result(extending)).isPositive();
		// SQLite takes the frames of a WAL up to the first whose checksum is wrong
		this.database.assertWholeAfterACrash(inserts + 1);
		assertThat(this.database.query("PRAGMA integrity_check")).isEqualTo("ok");
	}

	// @formatter:off
	//
	// another connection                       file
	// INSERT …                                 the file is longer …
	// RESTART, TRUNCATE, INSERT …
	//
	// @formatter:on
	@Test
	void noFrameOfAWalThatAnotherProcessMakesStartOverIsWrittenOver() throws Exception {
		int inserts = 1000;
		this.database.insert(1);
		AtomicBoolean over = new AtomicBoolean();
		Future<Integer> extending = this.database.actor("file").begins(() -> {
			int extended = 0;
			for (int step = 1; !over.get(); step = 1 + (step * 7) % (int) FRAME) {
				extended += this.database.extend(step) ? 1 : 0;
			}
			return extended;
		});
		PlainConnection outside = outside();
		for (int i = 0; i < inserts; i++) {
			outside.execute("INSERT INTO t VALUES (CAST(replace(hex(zeroblob(1500)), '0', 'x') AS BLOB))");
			if (i % 20 == 19) {
				outside.query("PRAGMA wal_checkpoint(" + ((i % 40 == 19) ? "TRUNCATE" : "RESTART") + ")");
			}
		}
		over.set(true);
		assertThat(Actor.result(extending)).isPositive();
		this.database.assertWholeAfterACrash(inserts + 1);
		assertThat(this.database.query("PRAGMA integrity_check")).isEqualTo("ok");
		assertThat(
				this.database.query("SELECT count(*) FROM t WHERE x <> zeroblob(1000) AND replace(x, 'x', '') <> ''"))
			.as("each byte of each row")
			.isEqualTo("0");
	}

	@Test
	void notInAWalThatIsAnotherFile() throws Exception {
		this.database.insert(20);
		this.database.extend(STEP);
		Path wal = this.directory.resolve("app.db-wal");
		Path away = this.directory.resolve("away");
		Files.move(wal, away);
		byte[] other = Files.readAllBytes(away);
		long end = other.length - STEP;
		Files.write(wal, Arrays.copyOf(other, (int) end - 1));
		assertThat(this.database.extend(STEP)).as("too short").isFalse();
		assertThat(Files.size(wal)).isEqualTo(end - 1);
		other[16] += 1;
		Files.write(wal, other);
		assertThat(this.database.extend(STEP)).as("other salts").isFalse();
		assertThat(this.database.cut(STEP)).as("other salts").isFalse();
		assertThat(Files.readAllBytes(wal)).isEqualTo(other);
		try (WalTail.Opened opened = this.database.checkpointer().tail().open()) {
			Files.move(away, wal, StandardCopyOption.REPLACE_EXISTING);
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> opened.extend(STEP, CheckpointDatabase.soon()));
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> opened.cut(STEP, CheckpointDatabase.soon()));
			assertThat(Files.size(wal)).isEqualTo(other.length);
		}
		try (WalTail.Opened opened = this.database.checkpointer().tail().open()) {
			Files.move(wal, away);
			Files.copy(away, wal);
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> opened.extend(STEP, CheckpointDatabase.soon()));
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> opened.cut(STEP, CheckpointDatabase.soon()));
			assertThat(Files.size(away)).isEqualTo(other.length);
		}
		Files.move(away, wal, StandardCopyOption.REPLACE_EXISTING);
		assertThat(this.database.extend(STEP)).isTrue();
		assertThat(this.database.cut(STEP)).isTrue();
		this.database.assertWholeAfterACrash(20);
	}

	// what SQLite does not know of and the header does: another one that is longer
	@Test
	void nothingIsCutOffThatBelongsToTheWal() throws Exception {
		this.database.insert(20);
		long bytes = this.database.walBytes();
		Path wal = this.directory.resolve("app.db-wal");
		try (FileChannel file = FileChannel.open(wal, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			ByteBuffer frame = ByteBuffer.allocate((int) FRAME);
			file.read(frame, bytes - FRAME);
			file.write(frame.flip(), bytes);
		}
		assertThat(this.database.cut(STEP)).isFalse();
		assertThat(this.database.walBytes()).isEqualTo(bytes + FRAME);
	}

	@Test
	void notBesideADatabaseFileThatIsAnotherOne() throws Exception {
		this.database.insert(20);
		Path away = this.directory.resolve("away");
		Files.move(this.database.file(), away);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.database.extend(STEP));
		Files.createFile(this.database.file());
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.database.extend(STEP));
		Files.move(away, this.database.file(), StandardCopyOption.REPLACE_EXISTING);
		assertThat(this.database.extend(STEP)).isTrue();
	}

	@Test
	void notWhenItHasBeenStopped() throws Exception {
		this.database.insert(20);
		long bytes = this.database.walBytes();
		try (WalTail.Opened opened = this.database.checkpointer().tail().open()) {
			opened.stop();
			assertThat(opened.extend(STEP, CheckpointDatabase.soon())).isFalse();
		}
		assertThat(this.database.walBytes()).isEqualTo(bytes);
	}

	// @formatter:off
	//
	// WAL              file
	// 20 frames        20 frames, 1 MiB
	//                  cut: 20 frames, less than 1 MiB
	//                  cut: 20 frames
	//                  cut: nothing is left to cut off
	//
	// @formatter:on
	@Test
	void whatIsBehindTheLastFrameIsCutOffInPieces() throws Exception {
		this.database.insert(20);
		long end = this.database.walBytes();
		this.database.extend(STEP);
		assertThat(this.database.cut(STEP / 4)).isTrue();
		assertThat(this.database.walBytes()).isEqualTo(end + STEP - STEP / 4);
		this.database.assertWholeAfterACrash(20);
		assertThat(this.database.cut(STEP)).isTrue();
		assertThat(this.database.walBytes()).isEqualTo(end);
		assertThat(this.database.cut(STEP)).isFalse();
		this.database.assertWholeAfterACrash(20);
		this.database.insert(1);
		this.database.assertWholeAfterACrash(21);
	}

	@Test
	void ofAWalThatStartsOverWithTheNextWriteNoFrameIsCutOff() throws Exception {
		this.database.insert(20);
		long end = this.database.walBytes();
		this.database.extend(STEP);
		this.database.checkpointer().checkpoint(CheckpointMode.RESTART);
		assertThat(this.database.cut(2 * STEP)).isTrue();
		assertThat(this.database.walBytes()).isEqualTo(end);
		assertThat(this.database.cut(STEP)).isFalse();
		this.database.assertWholeAfterACrash(20);
	}

	@Test
	void ofAWalThatHasStartedOverTheOldFramesAreCutOff() throws Exception {
		this.database.insert(20);
		this.database.checkpointer().checkpoint(CheckpointMode.RESTART);
		this.database.insert(1);
		assertThat(this.database.cut(STEP)).isTrue();
		assertThat(this.database.walBytes()).isEqualTo(32 + this.database.wal().frames() * FRAME);
		this.database.assertWholeAfterACrash(21);
		this.database.insert(5);
		this.database.assertWholeAfterACrash(26);
	}

	// @formatter:off
	//
	// writer                        file
	// INSERT …
	// RESTART
	// BEGIN, INSERT more than the cache holds: starts over in the WAL
	// ROLLBACK
	//                               cut: no frame counts
	//
	// @formatter:on
	@Test
	void aWalInWhichNothingIsCommittedStaysAsItIs() throws Exception {
		this.database.insert(20);
		this.database.checkpointer().checkpoint(CheckpointMode.RESTART);
		try (Connection connection = this.database.connection()) {
			connection.setAutoCommit(false);
			try (Statement statement = connection.createStatement()) {
				statement.execute("INSERT INTO t VALUES (zeroblob(30000000))");
			}
			connection.rollback();
		}
		long bytes = this.database.walBytes();
		assertThat(bytes).as("it was written to").isGreaterThan(STEP);
		assertThat(this.database.wal().frames()).isZero();
		assertThat(this.database.cut(STEP)).isFalse();
		assertThat(this.database.walBytes()).isEqualTo(bytes);
		this.database.assertWholeAfterACrash(20);
	}

	// @formatter:off
	//
	// another connection              file
	// INSERT, RESTART, INSERT …       cut …
	//
	// @formatter:on
	@Test
	void noFrameOfAnotherProcessIsCutOff() throws Exception {
		int inserts = 1500;
		this.database.insert(1);
		AtomicBoolean over = new AtomicBoolean();
		Future<Integer> cutting = this.database.actor("cutter").begins(() -> {
			int cut = 0;
			for (int most = 1; !over.get(); most = 1 + (most * 7) % (int) (4 * FRAME)) {
				cut += this.database.cut(most) ? 1 : 0;
			}
			return cut;
		});
		PlainConnection outside = outside();
		for (int i = 0; i < inserts; i++) {
			outside.execute("INSERT INTO t VALUES (randomblob(3000))");
			if (i % 50 == 49) {
				outside.query("PRAGMA wal_checkpoint(RESTART)");
			}
		}
		over.set(true);
		assertThat(Actor.result(cutting)).isPositive();
		this.database.assertWholeAfterACrash(inserts + 1);
		assertThat(this.database.query("PRAGMA integrity_check")).isEqualTo("ok");
	}

	@Test
	void notInAWalThatHasStartedOver() throws Exception {
		this.database.insert(20);
		this.database.checkpointer().checkpoint(CheckpointMode.TRUNCATE);
		assertThat(this.database.extend(STEP)).isFalse();
		assertThat(this.database.cut(STEP)).isFalse();
		assertThat(this.database.walBytes()).isZero();
	}

	@Test
	void aDatabaseThatIsClosedIsNotWrittenTo() throws Exception {
		this.database.insert(20);
		try (PlainConnection outside = PlainConnection.to(this.database.file())) {
			// so that the WAL stays
			outside.query("SELECT count(*) FROM t");
			this.database.close();
			long bytes = this.database.walBytes();
			assertThatExceptionOfType(DatabaseClosedException.class).isThrownBy(() -> this.database.extend(STEP));
			assertThat(this.database.walBytes()).isEqualTo(bytes);
		}
	}

	/**
	 * Somebody outside of this process, who leaves the WAL as it is.
	 */
	private PlainConnection outside() throws SQLException {
		return this.database.outside("BEGIN")
			.execute("COMMIT")
			.execute("PRAGMA wal_autocheckpoint=0")
			.execute("PRAGMA busy_timeout=60000");
	}

}
