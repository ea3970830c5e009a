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

package io.github.sqlitewal.autoconfigure.health;

import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.WalState;
import io.github.sqlitewal.checkpoint.WalStateChange;
import io.github.sqlitewal.checkpoint.WalStatus;
import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.pool.LeaseStatus;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolStatus;

/**
 * {@link HealthIndicator} for a {@link SqliteDatabase}.
 * <p>
 * DOWN when the file was deleted or replaced, when it is damaged or cannot be read, when
 * it is not in WAL mode any more, when writes are refused because a sync has failed or
 * the WAL is too large, and when the database is closed. A writer that is held for long,
 * a read that is too old, a queue and a WAL that somebody holds back are details and not
 * a reason to be DOWN: an orchestrator would restart an application that is only busy.
 * <p>
 * Takes neither the writer nor a reader, keeps no transaction open and does not wait
 * behind a checkpoint; while one runs, the state of the WAL is the one last known. Safe
 * for use by many threads.
 */
public class SqliteHealthIndicator extends AbstractHealthIndicator {

	private final SqliteDatabase database;

	/**
	 * Creates the indicator of a database.
	 * @param database the database
	 */
	public SqliteHealthIndicator(SqliteDatabase database) {
		super("SQLite health check failed");
		this.database = database;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws Exception {
		builder.up();
		PoolStatus status = this.database.status();
		boolean memory = this.database.location().isMemory();
		builder.withDetail("journalMode", memory ? "memory" : "wal");
		builder.withDetail("sqliteVersion", this.database.sqliteVersion());
		if (!memory) {
			Durability durability = this.database.durability();
			builder.withDetail("durability", describe(durability));
			if (durability == Durability.POWER_LOSS) {
				builder.withDetail("commitsPerSync", Math.round(this.database.commitsPerSync() * 10) / 10.0);
			}
		}
		CheckpointResult last = this.database.checkpointer().last();
		if (last != null) {
			builder.withDetail("lastCheckpoint", describe(last));
		}
		LeaseStatus writer = status.writer();
		if (writer != null) {
			builder.withDetail("writer", describe(writer));
		}
		builder.withDetail("queuedWrites", status.queuedWrites());
		PinStatus read = oldestRead();
		if (read != null) {
			builder.withDetail("oldestRead", describe(read.lease()));
		}
		String problem = DatabaseProbe.findProblem(this.database);
		if (problem != null) {
			builder.down().withDetail("error", problem);
		}
		// that writes are refused has its cause there
		if (problem == null || problem.equals(this.database.writeRefusal())) {
			checkWal(builder);
		}
	}

	/**
	 * The oldest read, when it is too old.
	 */
	private @Nullable PinStatus oldestRead() {
		Duration limit = this.database.maxReadAge();
		List<PinStatus> pins = limit.isZero() ? List.of() : this.database.pins();
		return (!pins.isEmpty() && pins.get(0).held().compareTo(limit) > 0) ? pins.get(0) : null;
	}

	private void checkWal(Health.Builder builder) throws SQLException {
		WalStatus wal = this.database.checkpointer().walStatus();
		if (wal == null) {
			return;
		}
		if (wal.frames() < 0) {
			builder.down()
				.withDetail("journalMode", "unknown")
				.withDetail("error", "The file " + this.database.location() + " is not in WAL mode any more");
			return;
		}
		builder.withDetail("walFrames", wal.frames());
		builder.withDetail("walCheckpointedFrames", wal.checkpointedFrames());
		builder.withDetail("walBytes", wal.bytes());
		WalStateChange state = this.database.checkpointer().walState();
		builder.withDetail("walState", state.current().name());
		if (state.current() != WalState.NORMAL) {
			builder.withDetail("walStateSince", state.at());
			builder.withDetail("walHeldBackBy",
					state.heldBackBy().stream().map((read) -> describe(read.lease())).toList());
			if (state.detail() != null) {
				builder.withDetail("walStateDetail", state.detail());
			}
		}
	}

	private static String describe(Durability durability) {
		return durability.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	private static Map<String, Object> describe(CheckpointResult result) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("mode", result.mode().name());
		details.put("outcome", result.outcome().name());
		details.put("at", result.startedAt());
		if (result.detail() != null) {
			details.put("detail", result.detail());
		}
		return details;
	}

	private static Map<String, Object> describe(LeaseStatus lease) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("thread", lease.thread());
		details.put("heldMs", lease.held().toMillis());
		String sql = lease.shortSql();
		if (sql != null) {
			details.put("sql", sql);
		}
		return details;
	}

}
