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

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.pool.WriteOutcome.Fate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for combined writes: as many threads as there are, and whatever shares a
 * transaction with whatever, a row counts as if each write had been committed alone, in
 * an order that agrees with what the callers were told. Also when a write fails by
 * itself, and when it rolls the transaction of all back.
 * <p>
 * By chance and not by a model, because SQLite is not written in Java. Public, as its
 * operations, because Lincheck calls them.
 */
@Tag("lincheck")
public class CombinedWritesLincheckTests {

	private static final AtomicInteger rows = new AtomicInteger();

	private static final AtomicInteger combined = new AtomicInteger();

	private static TestPool pool;

	/** Each run counts in a row of its own. */
	private final int id = rows.incrementAndGet();

	public CombinedWritesLincheckTests() throws SQLException {
		write("INSERT INTO counter VALUES (?1, 0) RETURNING n");
	}

	@BeforeAll
	static void open(@TempDir Path directory) throws SQLException {
		pool = TestPool.in(directory).listener(new PoolListener() {

			@Override
			public void writesCombined(int count) {
				combined.incrementAndGet();
			}

		}).open();
		try (Lease lease = pool.writer("CREATE TABLE")) {
			TestPool.execute(lease, "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER CHECK (n >= 0))");
		}
	}

	@AfterAll
	static void close() {
		pool.close();
	}

	@Test
	void writesThatShareATransactionAreAsIfEachWereAlone() {
		combined.set(0);
		new StressOptions().threads(3)
			.actorsPerThread(3)
			.actorsBefore(0)
			.actorsAfter(1)
			.iterations(4)
			.invocationsPerIteration(200)
			.minimizeFailedScenario(false)
			.check(getClass());
		assertThat(combined).as("combined").hasPositiveValue();
	}

	@Operation
	public Integer increment() throws SQLException {
		return write("UPDATE counter SET n = n + 1 WHERE id = ?1 RETURNING n");
	}

	/** A statement that fails: SQLite undoes it and keeps the transaction. */
	@Operation
	public Integer fail() throws SQLException {
		return write("UPDATE counter SET n = -1 WHERE id = ?1 RETURNING n");
	}

	/** A statement that fails and takes the others of its transaction with it. */
	@Operation
	public Integer failAndRollBack() throws SQLException {
		return write("UPDATE OR ROLLBACK counter SET n = -1 WHERE id = ?1 RETURNING n");
	}

	/**
	 * Three writes for which no thread waits, one of which counts. It has to run again
	 * when the last one has taken it with it.
	 */
	@Operation
	public Integer incrementSubmitted() throws SQLException {
		Write increment = new Write("UPDATE counter SET n = n + 1 WHERE id = ?1 RETURNING n");
		List<Write> left = List.of(new Write("UPDATE counter SET n = -1 WHERE id = ?1 RETURNING n"), increment,
				new Write("UPDATE OR ROLLBACK counter SET n = -1 WHERE id = ?1 RETURNING n"));
		Fate fate = null;
		while (!left.isEmpty()) {
			List<WriteOutcome> outcomes = pool.pool().write(left, Deadline.after(TestPool.LONG));
			int at = left.indexOf(increment);
			if (at >= 0 && at < outcomes.size()) {
				fate = outcomes.get(at).fate();
			}
			// a group is over after some time, and the others were not started
			left = left.subList(outcomes.size(), left.size());
		}
		return (fate == Fate.COMMITTED) ? increment.row : null;
	}

	@Operation
	public Integer transaction() throws SQLException {
		try (Lease lease = pool.writer("UPDATE")) {
			pool.pool().beginWrite(lease, Deadline.after(TestPool.LONG), new Cancellation());
			Integer before = query(lease.connection(), "SELECT n FROM counter WHERE id = ?1");
			query(lease.connection(), "UPDATE counter SET n = n + 10 WHERE id = ?1 RETURNING n");
			lease.connection().commit();
			pool.pool().committed();
			return before;
		}
	}

	@Operation
	public Integer read() throws SQLException {
		try (Lease lease = pool.reader("SELECT")) {
			return query(lease.connection(), "SELECT n FROM counter WHERE id = ?1");
		}
	}

	/**
	 * Writes.
	 * @return the row that came back, {@code null} when the write failed
	 */
	private Integer write(String sql) throws SQLException {
		Write write = new Write(sql);
		WriteOutcome outcome = pool.pool().write(write, Deadline.after(TestPool.LONG), new Cancellation());
		return (outcome.fate() == Fate.COMMITTED) ? write.row : null;
	}

	private Integer query(PhysicalConnection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.driverConnection().prepareStatement(sql)) {
			statement.setInt(1, this.id);
			try (ResultSet rows = statement.executeQuery()) {
				return rows.next() ? rows.getInt(1) : null;
			}
		}
	}

	private final class Write implements SingleWrite {

		private final String sql;

		private Integer row;

		private Write(String sql) {
			this.sql = sql;
		}

		@Override
		public String sql() {
			return this.sql;
		}

		@Override
		public boolean isCombinable() {
			return true;
		}

		@Override
		public boolean returnsRows() {
			return true;
		}

		@Override
		public void run(PhysicalConnection connection) throws SQLException {
			this.row = query(connection, this.sql);
		}

	}

}
