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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.core.JdbcTemplate;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.connection.SqliteConfigurationException;
import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.jdbc.SqliteExceptionTranslator;
import io.github.sqlitewal.pool.WalSizeExceededException;
import io.github.sqlitewal.pool.WriteBrake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What happens when the WAL is larger than it may be, because a reader is pinned.
 */
@Timeout(180)
class WalLimitTests {

	/** 15 frames. */
	private static final long TRIGGER = 64 << 10;

	/** 31 frames. */
	private static final long LIMIT = 128 << 10;

	@TempDir
	Path directory;

	private CheckpointDatabase database;

	@AfterEach
	void close() throws SQLException {
		if (this.database != null) {
			this.database.close();
		}
	}

	// @formatter:off
	//
	// reader (pinned)   writers                              background
	// BEGIN, SELECT
	//                   INSERT …
	//                                                        over the limit
	//                   INSERT: refused
	// SELECT (goes on)
	// COMMIT
	//                                                        starts over, by itself
	//                   INSERT
	//
	// @formatter:on
	@Test
	void writesAreRefusedUntilTheReaderHasEndedAndReadsGoOn() throws Exception {
		open(WalLimitPolicy.REFUSE);
		Connection reading = this.database.actor("http-7").does(() -> this.database.reading("SELECT count(*) FROM t"));
		CheckpointDatabase.await(this::isRefused);
		int rows = Integer.parseInt(this.database.query("SELECT count(*) FROM t"));
		assertThatExceptionOfType(WalSizeExceededException.class).isThrownBy(() -> this.database.insert(1))
			.withMessageContaining("sqlite.checkpoint.max-wal-size")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("53400"));
		assertThat(this.database.database().writeRefusal()).contains("http-7", "SELECT count(*) FROM t");
		assertThatExceptionOfType(TransientDataAccessResourceException.class)
			.isThrownBy(() -> template().update("INSERT INTO t VALUES (1)"))
			.withCauseInstanceOf(WalSizeExceededException.class);
		JdbcTemplate foreign = new JdbcTemplate(this.database.database().dataSource());
		assertThatExceptionOfType(TransientDataAccessResourceException.class)
			.isThrownBy(() -> foreign.update("INSERT INTO t VALUES (1)"));
		assertThatExceptionOfType(SQLTransientConnectionException.class).isThrownBy(() -> this.database.writing());
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo(String.valueOf(rows));
		assertThat(CheckpointDatabase.query(reading, "SELECT count(*) FROM t")).isEqualTo("0");
		assertThat(this.database.changes()).filteredOn((change) -> change.current() == WalState.OVER_LIMIT)
			.singleElement()
			.satisfies((change) -> assertThat(change.detail()).contains("http-7"));
		reading.close();
		CheckpointDatabase.await(() -> this.database.database().writeRefusal() == null);
		this.database.insert(1);
		assertThat(this.database.query("SELECT count(*) FROM t")).isEqualTo(String.valueOf(rows + 1));
		assertThat(this.database.checkpointer().walState().current()).isEqualTo(WalState.NORMAL);
	}

	// @formatter:off
	//
	// reader (pinned)   writer                                 background
	// BEGIN, SELECT
	//                   INSERT …
	//                                                          over the limit
	//                   INSERT: waits in front of the queue …
	//                   cancelled
	// COMMIT
	//                                                          starts over, by itself
	//                   INSERT, at once
	//
	// @formatter:on
	@Test
	void writesAreSlowedDownUntilTheReaderHasEnded() throws Exception {
		open(WalLimitPolicy.SLOW_DOWN);
		Connection reading = this.database.reading("SELECT count(*) FROM t");
		// far over the limit, so that the pause is a long one
		this.database.execute("INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
				+ " WHERE n < 200) SELECT randomblob(4000) FROM c");
		Actor writer = this.database.actor("writer");
		Future<Object> writes = writer.begins(() -> {
			while (true) {
				this.database.insert(1);
			}
		});
		CheckpointDatabase.await(() -> LockSupport.getBlocker(writer.thread()) instanceof WriteBrake);
		assertThat(this.database.database().writeRefusal()).isNull();
		assertThat(this.database.database().status().queuedWrites()).isZero();
		assertThat(this.database.query("SELECT count(*) FROM t")).isNotNull();
		writer.thread().interrupt();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Actor.result(writes))
			.withMessageContaining("interrupted");
		reading.close();
		CheckpointDatabase.await(() -> this.database.checkpointer().walState().current() == WalState.NORMAL);
		this.database.insert(1);
	}

	@Test
	void limitIsReportedOnceAndWritesGoOn() throws Exception {
		open(WalLimitPolicy.REPORT);
		Connection reading = this.database.reading("SELECT count(*) FROM t");
		while (!this.database.states().contains(WalState.OVER_LIMIT)) {
			this.database.insert(10);
		}
		int rounds = this.database.results().size();
		CheckpointDatabase.await(() -> {
			this.database.insert(1);
			return this.database.results().size() > rounds + 2;
		});
		assertThat(this.database.states()).filteredOn((state) -> state == WalState.OVER_LIMIT).hasSize(1);
		reading.close();
		CheckpointDatabase.await(() -> this.database.states().contains(WalState.NORMAL));
		assertThat(this.database.states()).filteredOn((state) -> state == WalState.NORMAL).hasSize(1);
	}

	@Test
	void transactionThatIsLargerThanTheLimitIsNoReasonToRefuseTheNextOne() throws Exception {
		this.database = CheckpointDatabase.in(this.directory,
				(builder) -> builder.checkpointTriggerSize(TRIGGER)
					.maxWalSize(LIMIT, WalLimitPolicy.REFUSE)
					.checkpointInterval(Duration.ofMillis(5)));
		for (int i = 0; i < 5; i++) {
			this.database.execute("INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
					+ " WHERE n < 200) SELECT randomblob(4000) FROM c");
			CheckpointDatabase.await(() -> this.database.framesInUse() < 15);
			this.database.insert(1);
		}
		assertThat(this.database.states()).isEmpty();
	}

	@Test
	void policyThatCouldHoldWritesUpForEverIsRefused() {
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> settings(Duration.ofSeconds(1), 0, WalLimitPolicy.REFUSE, false))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.checkpoint.trigger-size"));
		assertThatExceptionOfType(SqliteConfigurationException.class)
			.isThrownBy(() -> settings(Duration.ZERO, TRIGGER, WalLimitPolicy.SLOW_DOWN, true))
			.satisfies((ex) -> assertThat(ex.getAction()).contains("sqlite.checkpoint.interval"));
		assertThat(settings(Duration.ZERO, TRIGGER, WalLimitPolicy.REFUSE, false)).isNotNull();
		assertThat(settings(Duration.ofSeconds(1), 0, WalLimitPolicy.REFUSE, true)).isNotNull();
		assertThat(settings(Duration.ZERO, 0, WalLimitPolicy.REPORT, false)).isNotNull();
	}

	private static CheckpointSettings settings(Duration interval, long trigger, WalLimitPolicy policy,
			boolean external) {
		return new CheckpointSettings(interval, trigger, Duration.ZERO, LIMIT, policy, external, false);
	}

	/**
	 * Writes once more, if writes are not refused yet.
	 */
	private boolean isRefused() throws SQLException {
		try {
			this.database.insert(1);
			return false;
		}
		catch (WalSizeExceededException ex) {
			return true;
		}
	}

	private JdbcTemplate template() {
		JdbcTemplate template = new JdbcTemplate(this.database.database().dataSource());
		template.setExceptionTranslator(new SqliteExceptionTranslator());
		return template;
	}

	private void open(WalLimitPolicy policy) throws SQLException {
		Consumer<SqliteDatabase.Builder> settings = (builder) -> builder.checkpointTriggerSize(TRIGGER)
			.maxWalSize(LIMIT, policy);
		this.database = CheckpointDatabase.in(this.directory, settings);
	}

}
