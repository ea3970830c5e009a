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

import java.sql.ResultSet;
import java.sql.SQLException;

import io.github.sqlitewal.connection.DriverStatement;
import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * What {@code PRAGMA wal_checkpoint} answers.
 *
 * @param busy whether a lock could not be had: for PASSIVE only the one that keeps two
 * checkpoints apart, so that it is false even when a part was copied only
 * @param log frames in the WAL, -1 when another connection is checkpointing, or when the
 * database is not in WAL mode
 * @param checkpointed how many of them are in the database file
 */
record WalCheckpointRow(boolean busy, long log, long checkpointed) {

	/** Looks and copies nothing. */
	static final String NOOP = "NOOP";

	/**
	 * Runs the pragma.
	 * @param connection a connection that is in no transaction
	 * @param mode a mode of {@link CheckpointMode}, or {@link #NOOP}
	 * @return the answer
	 * @throws SQLException what SQLite said
	 */
	static WalCheckpointRow run(PhysicalConnection connection, String mode) throws SQLException {
		String sql = "PRAGMA wal_checkpoint(" + mode + ")";
		DriverStatement statement = connection.prepare(sql);
		boolean done = false;
		try (ResultSet resultSet = statement.execute()) {
			if (resultSet == null || !resultSet.next()) {
				throw new SQLException("SQLite gave no answer to " + sql, "HY000");
			}
			WalCheckpointRow row = new WalCheckpointRow(resultSet.getInt(1) != 0, resultSet.getLong(2),
					resultSet.getLong(3));
			done = true;
			return row;
		}
		catch (SQLException ex) {
			connection.failed(ex);
			throw ex;
		}
		finally {
			connection.giveBack(statement, done);
		}
	}

	/**
	 * How many frames are not in the database file yet.
	 * @return the count, zero when it is not known
	 */
	long remaining() {
		return Math.max(0, this.log - this.checkpointed);
	}

	boolean isCopied() {
		return this.log >= 0 && this.log == this.checkpointed;
	}

	/**
	 * Whether another process runs a checkpoint.
	 */
	boolean isElsewhere() {
		return this.busy && this.log < 0;
	}

	CheckpointOutcome outcome(CheckpointMode mode) {
		if (this.busy) {
			return CheckpointOutcome.BUSY;
		}
		if (this.log < 0) {
			return CheckpointOutcome.FAILED;
		}
		if (!isCopied()) {
			return CheckpointOutcome.PARTIAL;
		}
		return (mode == CheckpointMode.TRUNCATE || mode == CheckpointMode.RESTART) ? CheckpointOutcome.RESET
				: CheckpointOutcome.COMPLETE;
	}

}
