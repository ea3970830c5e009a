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

package io.github.sqlitewal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A process of its own that writes into a database beside others. Says {@code ready},
 * waits for a line, writes, and says {@code done}.
 */
final class WritingProcess {

	private WritingProcess() {
	}

	public static void main(String[] args) throws Exception {
		try (SqliteDatabase database = SqliteDatabase.builder(Path.of(args[0])).readers(1).open();
				Connection connection = database.dataSource().getConnection()) {
			System.out.println("ready");
			if (System.in.read() < 0) {
				throw new IllegalStateException("Nobody said when to begin");
			}
			for (int i = 0; i < Integer.parseInt(args[1]); i++) {
				insert(connection, i);
			}
			System.out.println("done");
		}
	}

	private static void insert(Connection connection, int i) throws SQLException {
		// every other one as a transaction that reads before it writes
		connection.setAutoCommit(i % 2 == 0);
		try (PreparedStatement statement = connection
			.prepareStatement("INSERT INTO t (pid, n) SELECT ?, coalesce(max(n), 0) + 1 FROM t")) {
			statement.setLong(1, ProcessHandle.current().pid());
			statement.executeUpdate();
		}
		if (!connection.getAutoCommit()) {
			connection.commit();
		}
	}

}
