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

import java.sql.SQLException;

import io.github.sqlitewal.connection.PhysicalConnection;

/**
 * A writing statement that is committed by itself, as a value: what is to run, and
 * nothing of who waits for it.
 * <p>
 * Whoever holds the writer may run it, on any thread, while its caller is parked and
 * keeps its locks. So it must not need anything that belongs to the caller's thread. It
 * is run once more only after the transaction that it ran in was rolled back.
 */
public interface SingleWrite {

	/**
	 * The statement.
	 * @return its SQL, for those who wait for it
	 */
	String sql();

	/**
	 * Whether it may share a transaction with others. DDL and what SQLite refuses in a
	 * transaction may not.
	 * @return whether it is an INSERT, UPDATE or DELETE
	 */
	boolean isCombinable();

	/**
	 * Whether rows come back. In SQLite's autocommit mode they would have to be read to
	 * the end before it commits, and an error of the commit would be lost.
	 * @return whether it needs a transaction around it
	 */
	boolean returnsRows();

	/**
	 * Whether it is still to run. Asked once, when its turn has come and right before it
	 * runs; from then on nobody can take it back.
	 * @return {@code false} when it was taken back and is not to run
	 */
	default boolean claim() {
		return true;
	}

	/**
	 * Runs the statement and reads its rows into memory. Neither begins nor commits.
	 * @param connection where, in a transaction or in autocommit mode
	 * @throws SQLException what the caller is to be told
	 */
	void run(PhysicalConnection connection) throws SQLException;

}
