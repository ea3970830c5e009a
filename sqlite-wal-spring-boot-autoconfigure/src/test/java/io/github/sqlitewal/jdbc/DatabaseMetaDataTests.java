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
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What tools ask a connection and a statement about.
 */
class DatabaseMetaDataTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private Connection connection;

	private DatabaseMetaData metaData;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory, (builder) -> builder.readers(1));
		this.database.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)",
				"CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), at TIMESTAMP)",
				"CREATE UNIQUE INDEX parent_name ON parent (name)");
		this.connection = this.database.connection();
		this.metaData = this.connection.getMetaData();
	}

	@AfterEach
	void close() throws Exception {
		this.connection.close();
		this.database.assertNothingHeld();
		this.database.close();
	}

	private static List<String> column(ResultSet rows, String label) throws SQLException {
		try (rows) {
			List<String> values = new ArrayList<>();
			while (rows.next()) {
				values.add(rows.getString(label));
			}
			return values;
		}
	}

	@Test
	void schemaIsDescribed() throws Exception {
		assertThat(column(this.metaData.getTables(null, null, "%", new String[] { "TABLE" }), "TABLE_NAME"))
			.containsExactlyInAnyOrder("parent", "child");
		assertThat(column(this.metaData.getColumns(null, null, "parent", null), "COLUMN_NAME")).containsExactly("id",
				"name");
		assertThat(column(this.metaData.getPrimaryKeys(null, null, "child"), "COLUMN_NAME")).containsExactly("id");
		assertThat(column(this.metaData.getIndexInfo(null, null, "parent", true, true), "INDEX_NAME"))
			.contains("parent_name");
		assertThat(column(this.metaData.getImportedKeys(null, null, "child"), "FKCOLUMN_NAME"))
			.containsExactly("parent_id");
		this.database.assertNothingHeld();
	}

	@Test
	void resultSetsOutliveTheirLease() throws Exception {
		try (ResultSet tables = this.metaData.getTables(null, null, "%", null)) {
			this.database.execute("DROP TABLE child");
			assertThat(column(tables, "TABLE_NAME")).contains("child");
		}
	}

	@Test
	void constantsAreKnownWithoutALease() throws Exception {
		String name = this.metaData.getDatabaseProductName();
		String driver = this.metaData.getDriverName();
		try (ResultSet rows = this.connection.createStatement().executeQuery("SELECT 1");
				Connection other = this.database.connection()) {
			// the only reader is taken
			assertThat(other.getMetaData().getDatabaseProductName()).isEqualTo(name).isEqualTo("SQLite");
			assertThat(other.getMetaData().getDriverName()).isEqualTo(driver);
			assertThat(other.getMetaData().getConnection()).isSameAs(other);
			assertThat(other.getMetaData().isReadOnly()).isFalse();
			other.setReadOnly(true);
			assertThat(other.getMetaData().isReadOnly()).isTrue();
			assertThat(rows.next()).isTrue();
		}
		assertThat(this.metaData.getURL()).startsWith("jdbc:sqlite:").contains("test.db");
		assertThat(this.metaData.supportsGetGeneratedKeys()).isTrue();
		assertThat(this.metaData.supportsSavepoints()).isTrue();
		assertThat(this.metaData.supportsBatchUpdates()).isTrue();
		assertThat(this.metaData.supportsTransactions()).isTrue();
	}

	@Test
	void metaDataInsideATransactionSeesIt() throws Exception {
		this.connection.setAutoCommit(false);
		TestDatabase.execute(this.connection, "CREATE TABLE fresh (x)");
		assertThat(column(this.metaData.getTables(null, null, "fresh", null), "TABLE_NAME")).containsExactly("fresh");
		assertThat(this.database.held()).isEqualTo("writer");
		this.connection.rollback();
	}

	@Test
	void metaDataOfAClosedConnectionIsRefused() throws Exception {
		this.connection.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.metaData::getDatabaseProductName);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.metaData.getTables(null, null, "%", null));
	}

	@Test
	void preparedStatementIsDescribedBeforeItRuns() throws Exception {
		try (PreparedStatement select = this.connection
			.prepareStatement("SELECT id, name AS n FROM parent WHERE id = ? OR name = ?");
				PreparedStatement insert = this.connection.prepareStatement("INSERT INTO parent VALUES (?, ?)")) {
			ResultSetMetaData columns = select.getMetaData();
			assertThat(columns.getColumnCount()).isEqualTo(2);
			assertThat(columns.getColumnLabel(2)).isEqualTo("n");
			assertThat(select.getParameterMetaData().getParameterCount()).isEqualTo(2);
			assertThat(insert.getMetaData()).isNull();
			assertThat(insert.getParameterMetaData().getParameterCount()).isEqualTo(2);
			insert.setNull(1, Types.INTEGER);
			insert.setString(2, "a");
			assertThat(insert.executeUpdate()).isEqualTo(1);
			this.database.assertNothingHeld();
		}
	}

	@Test
	void resultSetIsDescribed() throws Exception {
		try (ResultSet rows = this.connection.createStatement().executeQuery("SELECT id, name AS n FROM parent")) {
			assertThat(rows.getMetaData().getColumnCount()).isEqualTo(2);
			assertThat(rows.getMetaData().getColumnName(1)).isEqualTo("id");
			assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("n");
			assertThat(rows.getStatement().getConnection()).isSameAs(this.connection);
		}
	}

	@Test
	void wrappersUnwrapToThemselves() throws Exception {
		DataSource dataSource = this.database.dataSource();
		assertThat(dataSource.isWrapperFor(SqliteDataSource.class)).isTrue();
		assertThat(dataSource.unwrap(SqliteDataSource.class)).isSameAs(dataSource);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> dataSource.unwrap(String.class));
		assertThat(this.connection.unwrap(Connection.class)).isSameAs(this.connection);
		assertThat(this.connection.isWrapperFor(String.class)).isFalse();
		assertThat(this.metaData.unwrap(DatabaseMetaData.class)).isSameAs(this.metaData);
	}

	@Test
	void driversConnectionIsLentWithinATransactionAndReplacedAfterIt() throws Exception {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.unwrap(SQLiteConnection.class));
		this.connection.setAutoCommit(false);
		TestDatabase.execute(this.connection, "DELETE FROM child");
		SQLiteConnection driver = this.connection.unwrap(SQLiteConnection.class);
		assertThat(driver.isClosed()).isFalse();
		this.connection.commit();
		assertThat(driver.isClosed()).isTrue();
	}

}
