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

import java.sql.BatchUpdateException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.BatchPreparedStatementSetter;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.Assert;

import io.github.sqlitewal.connection.Deadline;

/**
 * A {@link JdbcTemplate} that makes a call again when SQLite answered that another
 * process stands in the way. {@code NamedParameterJdbcTemplate} and {@code JdbcClient}
 * work through it. Safe for use by many threads once configured, as its superclass.
 * <p>
 * A {@code SqliteDataSource} already waits for the lock when a transaction begins. This
 * template covers a busy answer that comes out of it nevertheless, for example while
 * another process recovers the WAL. A plain {@code JdbcTemplate} passes that on to its
 * caller.
 * <p>
 * <b>When a call is made again.</b> The failure is a
 * {@linkplain io.github.sqlitewal.connection.ResultCodes#isBusy busy code} of SQLite, no
 * transaction runs on this thread, and {@code sqlite.lock-timeout}, counted from the
 * first attempt, has not passed. Then the whole call is made again: connection,
 * statement, parameters, execution.
 * <p>
 * <b>When it never is.</b>
 * <ul>
 * <li>In a transaction: what it has done and read so far would be repeated only in part.
 * Repeat the transaction.</li>
 * <li>Once a {@code ResultSetExtractor}, {@code RowCallbackHandler} or {@code RowMapper}
 * has been called: it may have seen rows. A stream of {@code queryForStream} is on its
 * own once it has been returned.</li>
 * <li>When parameters are set or the statement is made by code of the application
 * ({@code PreparedStatementSetter}, {@code PreparedStatementCreator},
 * {@code BatchPreparedStatementSetter}): it may have read a stream or moved an iterator,
 * and a second call of it would write nothing and report success. Those that Spring
 * itself makes from arguments, named parameters and lists only read them, and are called
 * again. (Not seen from here: an {@code SqlValue} or {@code SqlTypeValue} over a
 * {@code Reader} or {@code InputStream} among such arguments. Give a {@code String} or a
 * {@code byte[]}.)</li>
 * <li>Every {@code execute} with a callback, and {@code call}: the callback may have done
 * anything, and before it runs nothing has touched the database.</li>
 * <li>{@code batchUpdate} with a batch size: each chunk commits by itself. Any other
 * batch is one transaction of a {@code SqliteDataSource} and is repeated as a whole,
 * unless the failure reports that a part of it was executed.</li>
 * <li>When a statement has been executed and only reading its generated keys failed.</li>
 * </ul>
 * <p>
 * <b>How.</b> {@link JdbcTemplate} leads its public methods to a few that end in private
 * ones, which are overridden here one by one. None of them calls another, so a call is
 * never wrapped twice and no guard against that is needed. A test fails when Spring adds
 * a method whose way is not known. A class proxy would do the same, but not in a native
 * image. The first attempt is a plain call of the superclass; all else happens after a
 * failure.
 */
public class RetryingJdbcTemplate extends JdbcTemplate {

	private final SpringRetry retry;

	private final Duration lockTimeout;

	/**
	 * Makes a template.
	 * @param dataSource where connections come from; a batch outside a transaction must
	 * be atomic there, as it is in a {@code SqliteDataSource}
	 * @param retry how often and how soon to make a call again
	 * @param lockTimeout how long after the beginning of its first attempt a call may be
	 * made again
	 */
	public RetryingJdbcTemplate(DataSource dataSource, SpringRetry retry, Duration lockTimeout) {
		super(dataSource);
		this.retry = retry;
		this.lockTimeout = lockTimeout;
	}

	@Override
	public void execute(String sql) throws DataAccessException {
		long start = System.nanoTime();
		try {
			super.execute(sql);
		}
		catch (DataAccessException ex) {
			this.<@Nullable Object>again(ex, start, RetryingJdbcTemplate::always, () -> {
				super.execute(sql);
				return null;
			});
		}
	}

	@Override
	public <T extends @Nullable Object> T query(String sql, ResultSetExtractor<T> rse) throws DataAccessException {
		long start = System.nanoTime();
		Extraction<T> extraction = new Extraction<>(rse);
		try {
			return super.query(sql, extraction);
		}
		catch (DataAccessException ex) {
			return again(ex, start, extraction::notBegun, () -> super.query(sql, extraction));
		}
	}

	@Override
	public <T extends @Nullable Object> T query(PreparedStatementCreator psc, @Nullable PreparedStatementSetter pss,
			ResultSetExtractor<T> rse) throws DataAccessException {
		long start = System.nanoTime();
		Extraction<T> extraction = new Extraction<>(rse);
		try {
			return super.query(psc, pss, extraction);
		}
		catch (DataAccessException ex) {
			Predicate<DataAccessException> repeatable = (failure) -> isSpring(psc) && isSpring(pss)
					&& extraction.notBegun(failure);
			return again(ex, start, repeatable, () -> super.query(psc, pss, extraction));
		}
	}

	@Override
	public <T extends @Nullable Object> Stream<T> queryForStream(String sql, RowMapper<T> rowMapper)
			throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.queryForStream(sql, rowMapper);
		}
		catch (DataAccessException ex) {
			return again(ex, start, RetryingJdbcTemplate::always, () -> super.queryForStream(sql, rowMapper));
		}
	}

	@Override
	public <T extends @Nullable Object> Stream<T> queryForStream(PreparedStatementCreator psc,
			@Nullable PreparedStatementSetter pss, RowMapper<T> rowMapper) throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.queryForStream(psc, pss, rowMapper);
		}
		catch (DataAccessException ex) {
			return again(ex, start, (failure) -> isSpring(psc) && isSpring(pss),
					() -> super.queryForStream(psc, pss, rowMapper));
		}
	}

	@Override
	public int update(String sql) throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.update(sql);
		}
		catch (DataAccessException ex) {
			return again(ex, start, RetryingJdbcTemplate::always, () -> super.update(sql));
		}
	}

	@Override
	protected int update(PreparedStatementCreator psc, @Nullable PreparedStatementSetter pss)
			throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.update(psc, pss);
		}
		catch (DataAccessException ex) {
			return again(ex, start, (failure) -> isSpring(psc) && isSpring(pss), () -> super.update(psc, pss));
		}
	}

	@Override
	public int update(PreparedStatementCreator psc, KeyHolder generatedKeyHolder) throws DataAccessException {
		long start = System.nanoTime();
		Keys keys = new Keys(generatedKeyHolder);
		try {
			return super.update(psc, keys);
		}
		catch (DataAccessException ex) {
			// the superclass asks for the list first when the row has been written
			return again(ex, start, (failure) -> isSpring(psc) && keys.asked == 0, () -> super.update(psc, keys));
		}
	}

	@Override
	public int[] batchUpdate(String... sql) throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.batchUpdate(sql);
		}
		catch (DataAccessException ex) {
			return again(ex, start, RetryingJdbcTemplate::nothingExecuted, () -> super.batchUpdate(sql));
		}
	}

	@Override
	public int[] batchUpdate(String sql, BatchPreparedStatementSetter pss) throws DataAccessException {
		long start = System.nanoTime();
		try {
			return super.batchUpdate(sql, pss);
		}
		catch (DataAccessException ex) {
			return again(ex, start, (failure) -> isSpring(pss) && nothingExecuted(failure),
					() -> super.batchUpdate(sql, pss));
		}
	}

	@Override
	public int[] batchUpdate(PreparedStatementCreator psc, BatchPreparedStatementSetter pss,
			KeyHolder generatedKeyHolder) throws DataAccessException {
		long start = System.nanoTime();
		Keys keys = new Keys(generatedKeyHolder);
		try {
			return super.batchUpdate(psc, pss, keys);
		}
		catch (DataAccessException ex) {
			// here it asks once before the batch, to clear the list
			Predicate<DataAccessException> repeatable = (failure) -> isSpring(psc) && isSpring(pss) && keys.asked <= 1
					&& nothingExecuted(failure);
			return again(ex, start, repeatable, () -> {
				keys.asked = 0;
				return super.batchUpdate(psc, pss, keys);
			});
		}
	}

	private <T extends @Nullable Object> T again(DataAccessException failure, long start,
			Predicate<? super DataAccessException> repeatable, Supplier<T> call) {
		if (isTransactionActive()) {
			throw failure;
		}
		// what a first attempt waited inside the DataSource counts as well
		Deadline deadline = Deadline.after(this.lockTimeout.minusNanos(System.nanoTime() - start));
		return this.retry.resume(failure, () -> Call.until(deadline, call::get), repeatable, deadline);
	}

	private boolean isTransactionActive() {
		return TransactionSynchronizationManager.isActualTransactionActive()
				|| TransactionSynchronizationManager.getResource(obtainDataSource()) instanceof ConnectionHolder;
	}

	private static boolean always(DataAccessException failure) {
		return true;
	}

	/**
	 * Whether a callback is one that Spring JDBC made from plain arguments, and which can
	 * therefore be called again.
	 */
	private static boolean isSpring(@Nullable Object callback) {
		return callback == null || callback.getClass().getName().startsWith("org.springframework.jdbc.");
	}

	private static boolean nothingExecuted(DataAccessException failure) {
		Throwable current = failure;
		// a chain of causes longer than this is a cycle
		for (int depth = 0; current != null && depth < 32; depth++) {
			if (current instanceof BatchUpdateException batch && batch.getUpdateCounts() != null) {
				for (int count : batch.getUpdateCounts()) {
					if (count != Statement.EXECUTE_FAILED) {
						return false;
					}
				}
			}
			current = current.getCause();
		}
		return true;
	}

	/**
	 * Notices that the application has begun to see the rows of one call.
	 */
	private static final class Extraction<T extends @Nullable Object> implements ResultSetExtractor<T> {

		private final ResultSetExtractor<T> delegate;

		private boolean begun;

		Extraction(ResultSetExtractor<T> delegate) {
			Assert.notNull(delegate, "ResultSetExtractor must not be null");
			this.delegate = delegate;
		}

		@Override
		public T extractData(ResultSet rs) throws SQLException, DataAccessException {
			this.begun = true;
			return this.delegate.extractData(rs);
		}

		boolean notBegun(DataAccessException failure) {
			return !this.begun;
		}

	}

	/**
	 * Counts how often the superclass has asked for the list of keys, which tells how far
	 * it has come.
	 */
	private static final class Keys implements KeyHolder {

		private final KeyHolder delegate;

		private int asked;

		Keys(KeyHolder delegate) {
			Assert.notNull(delegate, "KeyHolder must not be null");
			this.delegate = delegate;
		}

		@Override
		public List<Map<String, Object>> getKeyList() {
			this.asked++;
			return this.delegate.getKeyList();
		}

		@Override
		public @Nullable Number getKey() {
			return this.delegate.getKey();
		}

		@Override
		public <T> @Nullable T getKeyAs(Class<T> keyClass) {
			return this.delegate.getKeyAs(keyClass);
		}

		@Override
		public @Nullable Map<String, Object> getKeys() {
			return this.delegate.getKeys();
		}

	}

}
