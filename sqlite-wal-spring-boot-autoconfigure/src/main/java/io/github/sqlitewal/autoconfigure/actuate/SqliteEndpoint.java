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

package io.github.sqlitewal.autoconfigure.actuate;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.autoconfigure.actuate.SqliteDescriptor.CheckpointDescriptor;
import io.github.sqlitewal.checkpoint.CheckpointMode;
import io.github.sqlitewal.checkpoint.WalStatus;

/**
 * {@link Endpoint @Endpoint} that shows a {@link SqliteDatabase}: its settings as SQLite
 * read them back, who holds which connection, who waits, the WAL and the last
 * checkpoints; and runs a checkpoint.
 * <p>
 * Reading takes no connection from anybody and waits for nothing. Safe for use by many
 * threads.
 */
@Endpoint(id = "sqlite")
public class SqliteEndpoint {

	private final SqliteDatabase database;

	/**
	 * Creates the endpoint of a database.
	 * @param database the database
	 */
	public SqliteEndpoint(SqliteDatabase database) {
		this.database = database;
	}

	/**
	 * Shows the database at this moment.
	 * @return its state, also when the database is closed or its file cannot be read
	 */
	@ReadOperation
	public SqliteDescriptor sqlite() {
		WalStatus wal = null;
		String error = null;
		try {
			wal = this.database.checkpointer().walStatus();
		}
		catch (SQLException | RuntimeException ex) {
			error = ex.getMessage();
		}
		return SqliteDescriptor.of(this.database, wal, error);
	}

	/**
	 * Runs a checkpoint. Modes other than PASSIVE wait for the writer, like any write,
	 * for at most {@code sqlite.lock-timeout}.
	 * @param mode how far it is to go, PASSIVE when it is {@code null}
	 * @return what it achieved
	 */
	@WriteOperation
	public CheckpointDescriptor checkpoint(@Nullable CheckpointMode mode) {
		return CheckpointDescriptor
			.of(this.database.checkpointer().checkpoint((mode != null) ? mode : CheckpointMode.PASSIVE));
	}

}
