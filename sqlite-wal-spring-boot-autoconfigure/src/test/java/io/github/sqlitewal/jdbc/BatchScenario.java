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

import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A batch of one INSERT, and everything that can be seen of what it did.
 */
final class BatchScenario {

	private final String name;

	private final List<String> setup = new ArrayList<>();

	private final List<String> questions = new ArrayList<>();

	private String insert = "";

	private List<Object[]> rows = List.of();

	private BatchScenario(String name) {
		this.name = name;
	}

	static BatchScenario named(String name) {
		return new BatchScenario(name).ask("SELECT rowid, *, typeof(x) FROM t");
	}

	static BatchScenario withoutRowid(String name) {
		return new BatchScenario(name).ask("SELECT * FROM t");
	}

	BatchScenario given(String... statements) {
		this.setup.addAll(List.of(statements));
		return this;
	}

	BatchScenario ask(String question) {
		this.questions.add(question);
		return this;
	}

	BatchScenario inserts(String sql, int count, IntFunction<Object[]> row) {
		return inserts(sql, IntStream.range(0, count).mapToObj(row).toList());
	}

	BatchScenario inserts(String sql, List<Object[]> values) {
		this.insert = sql;
		this.rows = values;
		return this;
	}

	/**
	 * Runs it on a new database.
	 * @return one line for each thing that can be seen
	 */
	List<String> run(Path directory, boolean rewrite, boolean autoCommit) throws Exception {
		Path own = directory.resolve(rewrite ? "rewritten" : "one-by-one");
		try (TestDatabase database = TestDatabase.in(own, (builder) -> builder.readers(1).batchRewriteInserts(rewrite));
				Connection connection = database.connection()) {
			for (String statement : this.setup) {
				TestDatabase.execute(connection, statement);
			}
			List<String> seen = new ArrayList<>();
			connection.setAutoCommit(autoCommit);
			seen.add("batch: " + batch(connection));
			if (!autoCommit) {
				seen.add(answer(connection, "SELECT changes(), last_insert_rowid(), total_changes()"));
				seen.add("commit: " + commit(connection));
				connection.setAutoCommit(true);
			}
			for (String question : this.questions) {
				seen.add(answer(connection, question));
			}
			connection.setAutoCommit(false);
			// any write, so that these are the writer's
			TestDatabase.execute(connection, "CREATE TABLE IF NOT EXISTS other (x)");
			seen.add(answer(connection, "SELECT last_insert_rowid(), total_changes()"));
			connection.rollback();
			return seen;
		}
	}

	private String batch(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.insert)) {
			for (Object[] row : this.rows) {
				statement.clearParameters();
				for (int i = 0; i < row.length; i++) {
					statement.setObject(i + 1, row[i]);
				}
				statement.addBatch();
			}
			return Arrays.toString(statement.executeBatch());
		}
		catch (BatchUpdateException ex) {
			return Arrays.toString(ex.getUpdateCounts()) + " then " + ex.getSQLState() + " " + ex.getErrorCode() + " "
					+ ex.getMessage() + " caused by " + ex.getCause();
		}
	}

	private static String commit(Connection connection) throws SQLException {
		try {
			connection.commit();
			return "done";
		}
		catch (SQLException ex) {
			connection.rollback();
			return ex.toString();
		}
	}

	private static String answer(Connection connection, String question) {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(question)) {
			List<String> all = new ArrayList<>();
			while (rows.next()) {
				List<String> values = new ArrayList<>();
				for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
					values.add(rows.getString(i));
				}
				all.add(values.toString());
			}
			return question + ": " + all;
		}
		catch (SQLException ex) {
			return question + ": " + ex;
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

}
