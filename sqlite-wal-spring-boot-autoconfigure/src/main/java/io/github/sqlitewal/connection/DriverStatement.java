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

package io.github.sqlitewal.connection;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteConnectionConfig;
import org.sqlite.core.CoreResultSet;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.DB;

/**
 * A prepared statement of the driver, run one level below its JDBC face.
 * <p>
 * {@code PreparedStatement.executeQuery()} reads the name of every column out of SQLite
 * each time, which for a SELECT by key costs as much as the lookup in the B-tree, and few
 * callers ask for a name. So this does what the driver's own method does (bind, step,
 * open the statement's one result set) without the names; {@link #nameColumns} gets them
 * when somebody asks. They are read from the statement as it ran, so after a change of
 * the schema, on which SQLite prepares it again by itself, they are the new ones.
 * Everything here is public in the driver, and its result set still reads the values.
 * <p>
 * Used by one thread at a time, which holds the lease of the connection; the driver keeps
 * a statement that is being closed by another thread from being run.
 */
public final class DriverStatement {

	private static final @Nullable Object[] NO_VALUES = new Object[0];

	private final String sql;

	private final PreparedStatement statement;

	private final CoreStatement core;

	private final CoreResultSet rows;

	private final DB database;

	private final int parameterCount;

	/** As many as there are columns, each {@code null} until {@link #nameColumns}. */
	private @Nullable String[] unnamed = new String[0];

	/** Of {@link StatementCache}, under its lock. */
	boolean inUse = true;

	DriverStatement(SQLiteConnection connection, String sql) throws SQLException {
		this.sql = sql;
		this.statement = connection.prepareStatement(sql);
		this.core = (CoreStatement) this.statement;
		// the driver has one object for the result set and the metadata of a statement
		this.rows = (CoreResultSet) this.statement.getMetaData();
		this.database = connection.getDatabase();
		// another schema does not change it, as it is a matter of the text
		this.parameterCount = this.statement.getParameterMetaData().getParameterCount();
	}

	/**
	 * The statement's text.
	 * @return the SQL, as it was asked for
	 */
	public String sql() {
		return this.sql;
	}

	/**
	 * How many parameters it has.
	 * @return the highest index
	 */
	public int parameterCount() {
		return this.parameterCount;
	}

	/**
	 * How the driver writes and reads dates on this connection.
	 * @return the driver's settings
	 */
	public SQLiteConnectionConfig config() {
		return this.core.getConnectionConfig();
	}

	/**
	 * Runs a statement without parameters.
	 * @return its rows, to be closed before the statement is given back, or {@code null}
	 * when it has no columns
	 * @throws SQLException what SQLite said
	 */
	public @Nullable ResultSet execute() throws SQLException {
		return execute(NO_VALUES, 0);
	}

	/**
	 * Binds values and runs the statement to its first row.
	 * @param values for each parameter {@code null}, an {@code Integer}, {@code Long},
	 * {@code Float}, {@code Double}, {@code String} or {@code byte[]}
	 * @param maxRows where the rows end, 0 for all of them
	 * @return its rows, to be closed before the statement is given back, or {@code null}
	 * when it has no columns
	 * @throws SQLException what SQLite said
	 */
	public @Nullable ResultSet execute(@Nullable Object[] values, int maxRows) throws SQLException {
		boolean onRow = this.database.execute(this.core, values);
		int columns = this.core.pointer.safeRunInt(DB::column_count);
		if (columns == 0) {
			return null;
		}
		if (this.unnamed.length != columns) {
			this.unnamed = new String[columns];
		}
		this.rows.colsMeta = this.unnamed;
		this.rows.cols = this.unnamed;
		this.rows.maxRows = maxRows;
		this.rows.emptyResultSet = !onRow;
		this.rows.open = true;
		return (ResultSet) this.rows;
	}

	/**
	 * Binds values and runs a statement that has no rows to return.
	 * @param values as in {@link #execute(Object[], int)}
	 * @return how many rows it has changed
	 * @throws SQLException what SQLite said
	 */
	public long executeUpdate(@Nullable Object[] values) throws SQLException {
		return this.database.executeUpdate(this.core, values);
	}

	/**
	 * Gives the columns of an open result set their names, which the driver's
	 * {@code findColumn} needs. Its metadata does not.
	 * @param resultSet any result set; other ones than of this class have theirs
	 * @throws SQLException what the driver said
	 */
	public static void nameColumns(ResultSet resultSet) throws SQLException {
		if (resultSet instanceof CoreResultSet rows && rows.cols != null && rows.cols.length > 0
				&& rows.cols[0] == null) {
			rows.cols = ((CoreStatement) resultSet.getStatement()).pointer.safeRun(DB::column_names);
		}
	}

	/**
	 * The columns as SQLite knew them when it last ran or prepared the statement.
	 * @return their names, none when it returns no rows
	 * @throws SQLException what the driver said
	 */
	List<String> columnNames() throws SQLException {
		return List.of(this.core.pointer.safeRun(DB::column_names));
	}

	/**
	 * Makes SQLite forget the values that are bound.
	 * @throws SQLException what the driver said
	 */
	public void clearParameters() throws SQLException {
		this.statement.clearParameters();
	}

	/**
	 * Whether the statement is gone.
	 * @return whether it was closed
	 * @throws SQLException what the driver said
	 */
	public boolean isClosed() throws SQLException {
		return this.statement.isClosed();
	}

	void close() throws SQLException {
		this.statement.close();
	}

	@Override
	public String toString() {
		return this.sql;
	}

}
