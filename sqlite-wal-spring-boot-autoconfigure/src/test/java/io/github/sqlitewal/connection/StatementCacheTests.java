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

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class StatementCacheTests {

	private static final int CAPACITY = 2;

	private static final String ALL = "SELECT * FROM t";

	@TempDir
	Path directory;

	private ConnectionFactory factory;

	private PhysicalConnection writer;

	@BeforeEach
	void open() throws SQLException {
		this.factory = new ConnectionFactory(
				new ConnectionSettings(DatabaseLocation.file(file()), Map.of(), Map.of(), List.of(), CAPACITY));
		this.factory.prepareFile().close();
		this.writer = this.factory.open("writer", ConnectionRole.WRITER);
		this.writer.queryForString("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
	}

	@AfterEach
	void close() throws SQLException {
		this.writer.close();
	}

	// Reuse

	@Test
	void statementThatWasGivenBackIsUsedAgain() throws Exception {
		DriverStatement first = use("SELECT 1");
		long hits = this.writer.statementCacheHits();
		long misses = this.writer.statementCacheMisses();
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(first);
		assertThat(this.writer.statementCacheHits()).isEqualTo(hits + 1);
		assertThat(this.writer.statementCacheMisses()).isEqualTo(misses);
	}

	@Test
	void leastRecentlyUsedStatementFallsOutAndIsClosed() throws Exception {
		DriverStatement one = use("SELECT 1");
		DriverStatement two = use("SELECT 2");
		use("SELECT 1");
		long evictions = this.writer.statementCacheEvictions();
		DriverStatement three = use("SELECT 3");
		assertThat(two.isClosed()).isTrue();
		assertThat(one.isClosed()).isFalse();
		assertThat(three.isClosed()).isFalse();
		assertThat(this.writer.statementCacheEvictions()).isEqualTo(evictions + 1);
	}

	@Test
	void statementThatFailedIsClosedAndNotUsedAgain() throws Exception {
		String sql = "INSERT INTO t VALUES (1, 'x')";
		use(sql);
		long evictions = this.writer.statementCacheEvictions();
		DriverStatement failed = this.writer.prepare(sql);
		assertThatExceptionOfType(SQLException.class).isThrownBy(failed::executeUpdate);
		this.writer.giveBack(failed, false);
		assertThat(failed.isClosed()).isTrue();
		assertThat(this.writer.prepare(sql)).isNotSameAs(failed);
		assertThat(this.writer.statementCacheEvictions()).as("it did not fall out").isEqualTo(evictions);
	}

	@Test
	void statementThatFailedDoesNotTakeItsTwinAlong() throws Exception {
		DriverStatement outer = use("SELECT 1");
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(outer);
		this.writer.giveBack(this.writer.prepare("SELECT 1"), false);
		this.writer.giveBack(outer, true);
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(outer);
	}

	@Test
	void cacheOfSizeZeroKeepsNothing() throws Exception {
		StatementCache cache = new StatementCache(0);
		DriverStatement statement = new DriverStatement(this.writer.driverConnection(), "SELECT 1");
		cache.put(statement);
		assertThat(statement.isClosed()).isTrue();
		assertThat(cache.take("SELECT 1")).isNull();
	}

	@Test
	void sizeIsBounded() throws Exception {
		StatementCache cache = new StatementCache(CAPACITY);
		for (int i = 0; i < 10; i++) {
			cache.put(new DriverStatement(this.writer.driverConnection(), "SELECT " + i));
		}
		assertThat(cache.size()).isEqualTo(CAPACITY);
		assertThat(cache.evictions()).isEqualTo(10 - CAPACITY);
		cache.clear();
	}

	@Test
	void closeFinalizesWhatIsCached() throws Exception {
		PhysicalConnection reader = this.factory.open("reader", ConnectionRole.READER);
		DriverStatement statement = reader.prepare("SELECT 1");
		reader.giveBack(statement, true);
		reader.close();
		assertThat(statement.isClosed()).isTrue();
	}

	@Test
	void whatIsInUseWhenTheCacheIsClearedIsClosedWhenItComesBack() throws Exception {
		StatementCache cache = new StatementCache(CAPACITY);
		cache.put(new DriverStatement(this.writer.driverConnection(), "SELECT 1"));
		DriverStatement used = Objects.requireNonNull(cache.take("SELECT 1"));
		cache.clear();
		assertThat(used.isClosed()).isFalse();
		cache.put(used);
		assertThat(used.isClosed()).isTrue();
		assertThat(cache.take("SELECT 1")).isNull();
	}

	// The same SQL inside of itself

	@Test
	void statementInUseIsNotSharedWithTheSameSqlInsideOfIt() throws Exception {
		DriverStatement outer = use("SELECT 1");
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(outer);
		ResultSet outerRows = Objects.requireNonNull(outer.execute());
		long misses = this.writer.statementCacheMisses();
		DriverStatement inner = this.writer.prepare("SELECT 1");
		assertThat(inner).isNotSameAs(outer);
		assertThat(this.writer.statementCacheMisses()).isEqualTo(misses + 1);
		this.writer.giveBack(inner, true);
		// one of the twins is enough
		assertThat(inner.isClosed()).isTrue();
		assertThat(outerRows.next()).isTrue();
		outerRows.close();
		this.writer.giveBack(outer, true);
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(outer);
	}

	@Test
	void ofTwinsThatAreBothNewTheFirstToComeBackIsKept() throws Exception {
		DriverStatement outer = this.writer.prepare("SELECT 1");
		DriverStatement inner = this.writer.prepare("SELECT 1");
		this.writer.giveBack(inner, true);
		this.writer.giveBack(outer, true);
		assertThat(outer.isClosed()).isTrue();
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(inner);
	}

	@Test
	void statementThatFallsOutInUseIsReadToItsEndAndComesInAgain() throws Exception {
		use("SELECT 1");
		DriverStatement used = this.writer.prepare("SELECT 1");
		ResultSet rows = Objects.requireNonNull(used.execute());
		for (int i = 0; i < CAPACITY; i++) {
			use("SELECT 'other " + i + "'");
		}
		assertThat(this.writer.prepare("SELECT 1")).isNotSameAs(used);
		assertThat(rows.next()).isTrue();
		assertThat(rows.getInt(1)).isEqualTo(1);
		rows.close();
		this.writer.giveBack(used, true);
		assertThat(used.isClosed()).isFalse();
		assertThat(this.writer.prepare("SELECT 1")).isSameAs(used);
	}

	// A schema that changes

	@Test
	void cachedStatementSeesTheColumnsThatThisConnectionChanges() throws Exception {
		assertThat(columns(ALL)).containsExactly("id", "x");
		run("ALTER TABLE t ADD COLUMN y");
		assertThat(columns(ALL)).containsExactly("id", "x", "y");
		run("ALTER TABLE t RENAME COLUMN x TO z");
		assertThat(columns(ALL)).containsExactly("id", "z", "y");
		run("ALTER TABLE t DROP COLUMN z");
		assertThat(columns(ALL)).containsExactly("id", "y");
		run("DROP TABLE t");
		run("CREATE TABLE t (a, b, c, d)");
		assertThat(columns(ALL)).containsExactly("a", "b", "c", "d");
	}

	@Test
	void cachedStatementSeesTheColumnsThatAnotherProcessChanges() throws Exception {
		DriverStatement before = use(ALL);
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("ALTER TABLE t ADD COLUMN y").execute("INSERT INTO t VALUES (1, 2, 3)");
		}
		DriverStatement after = this.writer.prepare(ALL);
		assertThat(after).isSameAs(before);
		try (ResultSet rows = Objects.requireNonNull(after.execute())) {
			assertThat(rows.getMetaData().getColumnCount()).isEqualTo(3);
			assertThat(rows.next()).isTrue();
			DriverStatement.nameColumns(rows);
			assertThat(rows.getInt("y")).isEqualTo(3);
		}
	}

	@Test
	void renamedColumnIsFoundByItsNewNameOnly() throws Exception {
		run("INSERT INTO t VALUES (1, 'text')");
		assertThat(value(ALL, "x")).isEqualTo("text");
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("ALTER TABLE t RENAME COLUMN x TO z");
		}
		// as many columns as before
		assertThat(value(ALL, "z")).isEqualTo("text");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> value(ALL, "x"));
	}

	@Test
	void statementWithParametersKeepsThemWhenItIsPreparedAgain() throws Exception {
		String sql = "SELECT * FROM t WHERE id = ?2 AND x = ?1";
		DriverStatement statement = this.writer.prepare(sql);
		this.writer.giveBack(statement, true);
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("ALTER TABLE t ADD COLUMN y DEFAULT 'new'").execute("INSERT INTO t VALUES (7, 'x', 'y')");
		}
		statement = this.writer.prepare(sql);
		assertThat(statement.parameterCount()).isEqualTo(2);
		statement.set(1, "x");
		statement.set(2, 7);
		try (ResultSet rows = Objects.requireNonNull(statement.execute())) {
			assertThat(rows.next()).isTrue();
			assertThat(rows.getString(3)).isEqualTo("y");
		}
	}

	@Test
	void updateIsPreparedAgainToo() throws Exception {
		String sql = "INSERT INTO t (id, x) VALUES (?, ?)";
		this.writer.giveBack(this.writer.prepare(sql), true);
		run("DROP TABLE t");
		run("CREATE TABLE t (other DEFAULT 5, x, id)");
		DriverStatement statement = this.writer.prepare(sql);
		statement.set(1, 1);
		statement.set(2, "text");
		assertThat(statement.executeUpdate()).isOne();
		this.writer.giveBack(statement, true);
		assertThat(this.writer.queryForString("SELECT id || other || x FROM t")).isEqualTo("15text");
	}

	@Test
	void tableThatIsGoneIsAnErrorAndBackAgainIsNone() throws Exception {
		use(ALL);
		run("ALTER TABLE t RENAME TO u");
		DriverStatement statement = this.writer.prepare(ALL);
		assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute)
			.withMessageContaining("no such table: t");
		this.writer.giveBack(statement, false);
		run("ALTER TABLE u RENAME TO t");
		assertThat(columns(ALL)).containsExactly("id", "x");
	}

	@Test
	void columnsWithoutRunningAreThoseOfTheSchemaAsItIsNow() throws Exception {
		assertThat(this.writer.columnNames(ALL)).containsExactly("id", "x");
		use(ALL);
		try (PlainConnection other = PlainConnection.to(file())) {
			other.execute("ALTER TABLE t RENAME COLUMN x TO z");
		}
		assertThat(this.writer.columnNames(ALL)).containsExactly("id", "z");
		assertThat(this.writer.columnNames("DELETE FROM t")).isEmpty();
	}

	private DriverStatement use(String sql) throws SQLException {
		DriverStatement statement = this.writer.prepare(sql);
		ResultSet rows = statement.execute();
		if (rows != null) {
			rows.close();
		}
		this.writer.giveBack(statement, true);
		return statement;
	}

	private void run(String sql) throws SQLException {
		// past the cache, so that the statement under test stays in it
		try (Statement statement = this.writer.driverConnection().createStatement()) {
			statement.execute(sql);
		}
	}

	private List<String> columns(String sql) throws SQLException {
		DriverStatement statement = this.writer.prepare(sql);
		try (ResultSet rows = Objects.requireNonNull(statement.execute())) {
			List<String> names = new ArrayList<>();
			for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
				names.add(rows.getMetaData().getColumnName(i));
			}
			return names;
		}
		finally {
			this.writer.giveBack(statement, true);
		}
	}

	private String value(String sql, String column) throws SQLException {
		DriverStatement statement = this.writer.prepare(sql);
		try (ResultSet rows = Objects.requireNonNull(statement.execute())) {
			assertThat(rows.next()).isTrue();
			DriverStatement.nameColumns(rows);
			return rows.getString(column);
		}
		finally {
			this.writer.giveBack(statement, true);
		}
	}

	private Path file() {
		return this.directory.resolve("test.db");
	}

}
