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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.BatchUpdateException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ArgumentPreparedStatementSetter;
import org.springframework.jdbc.core.BatchPreparedStatementSetter;
import org.springframework.jdbc.core.CallableStatementCallback;
import org.springframework.jdbc.core.CallableStatementCreator;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ParameterizedPreparedStatementSetter;
import org.springframework.jdbc.core.PreparedStatementCallback;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.PreparedStatementCreatorFactory;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.StatementCallback;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.namedparam.SqlParameterSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for {@link RetryingJdbcTemplate}.
 */
class RetryingJdbcTemplateTests {

	/**
	 * Every public method of JdbcTemplate that reaches the database, and the overridden
	 * method that it ends in. A method that Spring adds must be looked up in its source
	 * and written down here.
	 */
	private static final Map<String, String> WAYS = ways("""
			execute(ConnectionCallback) -> never
			execute(StatementCallback) -> never
			execute(PreparedStatementCreator, PreparedStatementCallback) -> never
			execute(String, PreparedStatementCallback) -> never
			execute(CallableStatementCreator, CallableStatementCallback) -> never
			execute(String, CallableStatementCallback) -> never
			call(CallableStatementCreator, List) -> never
			batchUpdate(String, Collection, int, ParameterizedPreparedStatementSetter) -> never

			execute(String) -> execute(String)

			query(String, ResultSetExtractor) -> query(String, ResultSetExtractor)
			query(String, RowCallbackHandler) -> query(String, ResultSetExtractor)
			query(String, RowMapper) -> query(String, ResultSetExtractor)
			queryForMap(String) -> query(String, ResultSetExtractor)
			queryForObject(String, RowMapper) -> query(String, ResultSetExtractor)
			queryForObject(String, Class) -> query(String, ResultSetExtractor)
			queryForList(String, Class) -> query(String, ResultSetExtractor)
			queryForList(String) -> query(String, ResultSetExtractor)
			queryForRowSet(String) -> query(String, ResultSetExtractor)

			query(PreparedStatementCreator, PreparedStatementSetter, ResultSetExtractor) -> prepared query
			query(PreparedStatementCreator, ResultSetExtractor) -> prepared query
			query(String, PreparedStatementSetter, ResultSetExtractor) -> prepared query
			query(String, Object[], int[], ResultSetExtractor) -> prepared query
			query(String, Object[], ResultSetExtractor) -> prepared query
			query(String, ResultSetExtractor, Object[]) -> prepared query
			query(PreparedStatementCreator, RowCallbackHandler) -> prepared query
			query(String, PreparedStatementSetter, RowCallbackHandler) -> prepared query
			query(String, Object[], int[], RowCallbackHandler) -> prepared query
			query(String, Object[], RowCallbackHandler) -> prepared query
			query(String, RowCallbackHandler, Object[]) -> prepared query
			query(PreparedStatementCreator, RowMapper) -> prepared query
			query(String, PreparedStatementSetter, RowMapper) -> prepared query
			query(String, Object[], int[], RowMapper) -> prepared query
			query(String, Object[], RowMapper) -> prepared query
			query(String, RowMapper, Object[]) -> prepared query
			queryForObject(String, Object[], int[], RowMapper) -> prepared query
			queryForObject(String, Object[], RowMapper) -> prepared query
			queryForObject(String, RowMapper, Object[]) -> prepared query
			queryForObject(String, Object[], int[], Class) -> prepared query
			queryForObject(String, Object[], Class) -> prepared query
			queryForObject(String, Class, Object[]) -> prepared query
			queryForMap(String, Object[], int[]) -> prepared query
			queryForMap(String, Object[]) -> prepared query
			queryForList(String, Object[], int[], Class) -> prepared query
			queryForList(String, Object[], Class) -> prepared query
			queryForList(String, Class, Object[]) -> prepared query
			queryForList(String, Object[], int[]) -> prepared query
			queryForList(String, Object[]) -> prepared query
			queryForRowSet(String, Object[], int[]) -> prepared query
			queryForRowSet(String, Object[]) -> prepared query

			queryForStream(String, RowMapper) -> queryForStream(String, RowMapper)
			queryForStream(PreparedStatementCreator, PreparedStatementSetter, RowMapper) -> prepared stream
			queryForStream(PreparedStatementCreator, RowMapper) -> prepared stream
			queryForStream(String, PreparedStatementSetter, RowMapper) -> prepared stream
			queryForStream(String, RowMapper, Object[]) -> prepared stream

			update(String) -> update(String)
			update(PreparedStatementCreator) -> update(PreparedStatementCreator, PreparedStatementSetter)
			update(String, PreparedStatementSetter) -> update(PreparedStatementCreator, PreparedStatementSetter)
			update(String, Object[], int[]) -> update(PreparedStatementCreator, PreparedStatementSetter)
			update(String, Object[]) -> update(PreparedStatementCreator, PreparedStatementSetter)
			update(PreparedStatementCreator, KeyHolder) -> update(PreparedStatementCreator, KeyHolder)

			batchUpdate(String[]) -> batchUpdate(String[])
			batchUpdate(String, BatchPreparedStatementSetter) -> batchUpdate(String, BatchPreparedStatementSetter)
			batchUpdate(String, List) -> batchUpdate(String, BatchPreparedStatementSetter)
			batchUpdate(String, List, int[]) -> batchUpdate(String, BatchPreparedStatementSetter)
			batchUpdate(PreparedStatementCreator, BatchPreparedStatementSetter, KeyHolder) -> keyed batch
			"""
		.replace("prepared query", "query(PreparedStatementCreator, PreparedStatementSetter, ResultSetExtractor)")
		.replace("prepared stream", "queryForStream(PreparedStatementCreator, PreparedStatementSetter, RowMapper)")
		.replace("keyed batch", "batchUpdate(PreparedStatementCreator, BatchPreparedStatementSetter, KeyHolder)"));

	private final BusyDatabase database = new BusyDatabase();

	private final AtomicInteger errors = new AtomicInteger();

	private final RetryingJdbcTemplate template = template(0, Duration.ofMinutes(1));

	@AfterEach
	void clearInterrupt() {
		Thread.interrupted();
	}

	@Test
	void wayOfEveryMethodIsKnown() {
		assertThat(methods().map(RetryingJdbcTemplateTests::signature))
			.containsExactlyInAnyOrderElementsOf(WAYS.keySet());
	}

	@Test
	void everyMethodThatAWayEndsInIsOverriddenAndNothingElseIs() {
		assertThat(Arrays.stream(RetryingJdbcTemplate.class.getDeclaredMethods())
			.filter((method) -> !Modifier.isPrivate(method.getModifiers()) && !method.isSynthetic())
			.map(RetryingJdbcTemplateTests::signature)).containsExactlyInAnyOrderElementsOf(
					WAYS.values().stream().filter((way) -> !way.equals("never")).collect(Collectors.toSet()));
	}

	@ParameterizedTest
	@MethodSource("retriedMethods")
	void busyCallIsMadeAgain(Method method) throws Exception {
		this.database.failNext(3, SQLiteErrorCode.SQLITE_BUSY);
		invoke(method);
		assertThat(this.database.executions()).isEqualTo(4);
		assertThat(this.errors).hasValue(3);
	}

	@ParameterizedTest
	@MethodSource("retriedMethods")
	void attemptsAreNotMultipliedByAWayThroughOtherMethods(Method method) {
		RetryingJdbcTemplate limited = template(3, Duration.ofMinutes(1));
		this.database.failNext(99, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> invoke(limited, method)).hasRootCauseMessage("execution 3");
		assertThat(this.database.executions()).isEqualTo(3);
	}

	@ParameterizedTest
	@MethodSource("otherMethods")
	void callWithACallbackOfTheApplicationIsNotMadeAgain(Method method) {
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> invoke(method)).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("templateCalls")
	void busyCallThroughAnotherTemplateIsMadeAgain(Consumer<JdbcTemplate> call) {
		this.database.failNext(3, SQLiteErrorCode.SQLITE_BUSY);
		call.accept(this.template);
		assertThat(this.database.executions()).isEqualTo(4);
		assertThat(this.errors).hasValue(3);
	}

	@ParameterizedTest
	@EnumSource(names = { "SQLITE_BUSY_SNAPSHOT", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_FULL" })
	void otherFailureIsNotRetried(SQLiteErrorCode code) {
		this.database.failNext(1, code);
		assertThatThrownBy(() -> this.template.update("DELETE FROM t")).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
		assertThat(this.errors).hasValue(0);
	}

	@Test
	void lockedIsRetried() {
		this.database.failNext(1, SQLiteErrorCode.SQLITE_LOCKED);
		assertThat(this.template.update("DELETE FROM t")).isEqualTo(1);
	}

	@Test
	void busyWhileConnectingIsRetried() throws SQLException {
		AtomicInteger connects = new AtomicInteger();
		RetryingJdbcTemplate connecting = new RetryingJdbcTemplate(
				BusyDatabase.fake(DataSource.class, (proxy, method, arguments) -> {
					if (connects.incrementAndGet() < 3) {
						throw new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY);
					}
					return this.database.dataSource.getConnection();
				}), retry(0), Duration.ofMinutes(1));
		assertThat(connecting.update("DELETE FROM t")).isEqualTo(1);
		assertThat(connects).hasValue(3);
	}

	@Test
	void nothingIsRetriedInATransaction() {
		TransactionTemplate transaction = new TransactionTemplate(
				new DataSourceTransactionManager(this.database.dataSource));
		assertThatThrownBy(() -> transaction.executeWithoutResult((status) -> {
			this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
			this.template.update("DELETE FROM t");
		})).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
		assertThat(this.errors).hasValue(0);
	}

	@Test
	void nothingIsRetriedOnAConnectionThatIsBoundToTheThread() {
		TransactionTemplate scope = new TransactionTemplate(new DataSourceTransactionManager(this.database.dataSource));
		scope.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);
		assertThatThrownBy(() -> scope.executeWithoutResult((status) -> {
			this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
			this.template.update("DELETE FROM t");
		})).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@Test
	void deadlineEndsTheRetries() {
		RetryingJdbcTemplate hasty = template(0, Duration.ZERO);
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> hasty.update("DELETE FROM t")).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@Test
	void interruptEndsTheRetriesAndStaysVisible() {
		this.database.beforeFailure(Thread.currentThread()::interrupt);
		this.database.failNext(9, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> this.template.update("DELETE FROM t")).isInstanceOf(DataAccessException.class)
			.hasRootCauseMessage("execution 1");
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("rowConsumers")
	void callIsNotMadeAgainOnceTheApplicationHasSeenRows(RowConsumer consumer) {
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		AtomicInteger seen = new AtomicInteger();
		assertThatThrownBy(() -> consumer.query(this.template, () -> {
			seen.incrementAndGet();
			throw new SQLiteException("between rows", SQLiteErrorCode.SQLITE_BUSY);
		})).isInstanceOf(DataAccessException.class).hasRootCauseMessage("between rows");
		assertThat(seen).hasValue(1);
		assertThat(this.database.executions()).isEqualTo(2);
	}

	@Test
	void failureOfACallInsideARowMapperIsRetriedThereOnly() {
		RetryingJdbcTemplate limited = template(3, Duration.ofMinutes(1));
		assertThatThrownBy(() -> limited.query("SELECT 1", (rs, row) -> {
			this.database.failNext(99, SQLiteErrorCode.SQLITE_BUSY);
			return limited.update("DELETE FROM t");
		})).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(3);
	}

	@ParameterizedTest
	@MethodSource("settersOfTheApplication")
	void setterOfTheApplicationIsNotCalledAgain(Consumer<JdbcTemplate> call) {
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> call.accept(this.template)).isInstanceOf(DataAccessException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@Test
	void updateWhoseKeysCannotBeReadIsNotMadeAgain() {
		List<String> unreadable = new ArrayList<>();
		KeyHolder keys = new GeneratedKeyHolder() {
			@Override
			public List<Map<String, Object>> getKeyList() {
				unreadable.add("read");
				throw new TranslatedBusyException();
			}
		};
		assertThatThrownBy(() -> this.template.update(springCreator(), keys))
			.isInstanceOf(TranslatedBusyException.class);
		assertThat(this.database.executions()).isEqualTo(1);
		assertThat(unreadable).hasSize(1);
	}

	@Test
	void batchWhoseKeysCannotBeReadIsNotMadeAgain() {
		AtomicInteger asked = new AtomicInteger();
		KeyHolder keys = new GeneratedKeyHolder() {
			@Override
			public List<Map<String, Object>> getKeyList() {
				if (asked.incrementAndGet() == 2) {
					throw new TranslatedBusyException();
				}
				return super.getKeyList();
			}
		};
		assertThatThrownBy(() -> this.template.batchUpdate(springCreator(), springBatchSetter(), keys))
			.isInstanceOf(TranslatedBusyException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@Test
	void batchOfWhichAPartWasExecutedIsNotMadeAgain() {
		this.database.beforeFailure(() -> {
			throw new PartlyExecutedException(1, Statement.EXECUTE_FAILED);
		});
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		assertThatThrownBy(() -> this.template.batchUpdate("DELETE FROM a", "DELETE FROM b"))
			.isInstanceOf(PartlyExecutedException.class);
		assertThat(this.database.executions()).isEqualTo(1);
	}

	@Test
	void batchOfWhichNothingWasExecutedIsMadeAgain() {
		this.database.beforeFailure(() -> {
			throw new PartlyExecutedException(Statement.EXECUTE_FAILED, Statement.EXECUTE_FAILED);
		});
		this.database.failNext(1, SQLiteErrorCode.SQLITE_BUSY);
		assertThat(this.template.batchUpdate("DELETE FROM a", "DELETE FROM b")).isNotNull();
		assertThat(this.database.executions()).isEqualTo(2);
	}

	static Stream<Named<Method>> retriedMethods() {
		return methods().filter((method) -> !WAYS.get(signature(method)).equals("never"))
			.map((method) -> Named.of(signature(method), method));
	}

	static Stream<Named<Method>> otherMethods() {
		return methods().filter((method) -> WAYS.get(signature(method)).equals("never"))
			.map((method) -> Named.of(signature(method), method));
	}

	static Stream<Named<Consumer<JdbcTemplate>>> templateCalls() {
		String query = "SELECT id FROM t WHERE id = :id";
		String insert = "INSERT INTO t (id) VALUES (:id)";
		SqlParameterSource id = new MapSqlParameterSource("id", 1);
		return Stream.of(call("named query", (jdbc) -> named(jdbc).query(query, id, intMapper())),
				call("named query for object", (jdbc) -> named(jdbc).queryForObject(query, id, Integer.class)),
				call("named query for list", (jdbc) -> named(jdbc).queryForList(query, id)),
				call("named query for map", (jdbc) -> named(jdbc).queryForMap(query, id)),
				call("named stream", (jdbc) -> named(jdbc).queryForStream(query, id, intMapper()).close()),
				call("named update", (jdbc) -> named(jdbc).update(insert, id)),
				call("named update with keys", (jdbc) -> named(jdbc).update(insert, id, new GeneratedKeyHolder())),
				call("named batch", (jdbc) -> named(jdbc).batchUpdate(insert, new SqlParameterSource[] { id, id })),
				call("named batch with keys",
						(jdbc) -> named(jdbc).batchUpdate(insert, new SqlParameterSource[] { id, id },
								new GeneratedKeyHolder())),
				call("client query", (jdbc) -> JdbcClient.create(jdbc).sql(query).param("id", 1).query().singleRow()),
				call("client list",
						(jdbc) -> JdbcClient.create(jdbc).sql(query).param("id", 1).query(intMapper()).list()),
				call("client single value",
						(jdbc) -> JdbcClient.create(jdbc).sql("SELECT ?").param(1).query(Integer.class).single()),
				call("client stream",
						(jdbc) -> JdbcClient.create(jdbc).sql("SELECT ?").param(1).query(intMapper()).stream().close()),
				call("client update", (jdbc) -> JdbcClient.create(jdbc).sql(insert).param("id", 1).update()),
				call("client positional update",
						(jdbc) -> JdbcClient.create(jdbc).sql("INSERT INTO t VALUES (?)").param(1).update()),
				call("client update with keys",
						(jdbc) -> JdbcClient.create(jdbc)
							.sql("INSERT INTO t VALUES (?)")
							.param(1)
							.update(new GeneratedKeyHolder(), "id")),
				call("simple insert",
						(jdbc) -> new SimpleJdbcInsert(jdbc).withTableName("t")
							.usingColumns("id")
							.withoutTableColumnMetaDataAccess()
							.execute(Map.of("id", 1))));
	}

	static Stream<Named<Consumer<JdbcTemplate>>> settersOfTheApplication() {
		String insert = "INSERT INTO t VALUES (?)";
		PreparedStatementSetter setter = (ps) -> ps.setInt(1, 1);
		PreparedStatementCreator creator = (con) -> con.prepareStatement(insert);
		BatchPreparedStatementSetter batchSetter = new BatchPreparedStatementSetter() {
			@Override
			public void setValues(PreparedStatement ps, int i) throws SQLException {
				ps.setInt(1, i);
			}

			@Override
			public int getBatchSize() {
				return 2;
			}
		};
		return Stream.of(call("update, setter", (jdbc) -> jdbc.update(insert, setter)),
				call("update, creator", (jdbc) -> jdbc.update(creator)),
				call("update with keys, creator", (jdbc) -> jdbc.update(creator, new GeneratedKeyHolder())),
				call("query, setter", (jdbc) -> jdbc.query("SELECT ?", setter, intMapper())),
				call("query, creator", (jdbc) -> jdbc.query(creator, intMapper())),
				call("stream, setter", (jdbc) -> jdbc.queryForStream("SELECT ?", setter, intMapper()).close()),
				call("stream, creator", (jdbc) -> jdbc.queryForStream(creator, intMapper()).close()),
				call("batch, setter", (jdbc) -> jdbc.batchUpdate(insert, batchSetter)), call("batch with keys, setter",
						(jdbc) -> jdbc.batchUpdate(springCreator(), batchSetter, new GeneratedKeyHolder())));
	}

	static Stream<Named<RowConsumer>> rowConsumers() {
		return Stream
			.of(Named.of("extractor", (jdbc, row) -> jdbc.query("SELECT 1", (ResultSetExtractor<Integer>) (rs) -> {
				row.see();
				return 1;
			})), Named.of("row handler", (jdbc, row) -> jdbc.query("SELECT 1", (RowCallbackHandler) (rs) -> row.see())),
					Named.of("row mapper", (jdbc, row) -> jdbc.query("SELECT ?", (rs, i) -> {
						row.see();
						return 1;
					}, 1)));
	}

	private static NamedParameterJdbcTemplate named(JdbcTemplate template) {
		return new NamedParameterJdbcTemplate(template);
	}

	private static Named<Consumer<JdbcTemplate>> call(String name, Consumer<JdbcTemplate> call) {
		return Named.of(name, call);
	}

	private static Map<String, String> ways(String lines) {
		return lines.lines()
			.filter((line) -> !line.isBlank())
			.map((line) -> line.split(" -> ", 2))
			.collect(Collectors.toMap((way) -> way[0], (way) -> way[1], (a, b) -> a, TreeMap::new));
	}

	private static Stream<Method> methods() {
		return Arrays.stream(JdbcTemplate.class.getDeclaredMethods())
			.filter((method) -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
			.filter((method) -> !method.getName().matches("(set|get|is)[A-Z].*"));
	}

	private static String signature(Method method) {
		return Arrays.stream(method.getParameterTypes())
			.map(Class::getSimpleName)
			.collect(Collectors.joining(", ", method.getName() + "(", ")"));
	}

	private void invoke(Method method) throws Exception {
		invoke(this.template, method);
	}

	private static void invoke(JdbcTemplate template, Method method) throws Exception {
		Object[] arguments = Arrays.stream(method.getParameterTypes()).map((type) -> argument(method, type)).toArray();
		try {
			if (method.invoke(template, arguments) instanceof Stream<?> stream) {
				stream.close();
			}
		}
		catch (InvocationTargetException ex) {
			throw (Exception) ex.getTargetException();
		}
	}

	private static Object argument(Method method, Class<?> type) {
		Map<Class<?>, Object> arguments = Map.ofEntries(Map.entry(String.class, "SELECT ?"),
				Map.entry(String[].class, new String[] { "DELETE FROM t", "DELETE FROM u" }),
				Map.entry(Object[].class, new Object[] { 1 }), Map.entry(int[].class, new int[] { Types.INTEGER }),
				Map.entry(int.class, 1), Map.entry(Class.class, Integer.class),
				Map.entry(List.class,
						method.getName().equals("call") ? List.of() : List.<Object[]>of(new Object[] { 1 })),
				Map.entry(Collection.class, List.of(1)), Map.entry(RowMapper.class, intMapper()),
				Map.entry(ResultSetExtractor.class, (ResultSetExtractor<Integer>) (rs) -> 1),
				Map.entry(RowCallbackHandler.class, (RowCallbackHandler) (rs) -> rs.getInt(1)),
				Map.entry(PreparedStatementCreator.class, springCreator()),
				Map.entry(PreparedStatementSetter.class, new ArgumentPreparedStatementSetter(new Object[] { 1 })),
				Map.entry(BatchPreparedStatementSetter.class, springBatchSetter()),
				Map.entry(KeyHolder.class, new GeneratedKeyHolder()),
				Map.entry(ParameterizedPreparedStatementSetter.class,
						(ParameterizedPreparedStatementSetter<Integer>) (ps, value) -> ps.setInt(1, value)),
				Map.entry(ConnectionCallback.class,
						(ConnectionCallback<Boolean>) (con) -> con.createStatement().execute("SELECT 1")),
				Map.entry(StatementCallback.class, (StatementCallback<Boolean>) (stmt) -> stmt.execute("SELECT 1")),
				Map.entry(PreparedStatementCallback.class,
						(PreparedStatementCallback<Boolean>) PreparedStatement::execute),
				Map.entry(CallableStatementCreator.class, (CallableStatementCreator) (con) -> con.prepareCall("c")),
				Map.entry(CallableStatementCallback.class, (CallableStatementCallback<Boolean>) (cs) -> cs.execute()));
		return arguments.get(type);
	}

	private static RowMapper<Integer> intMapper() {
		return (rs, row) -> rs.getInt(1);
	}

	private static PreparedStatementCreator springCreator() {
		return new PreparedStatementCreatorFactory("INSERT INTO t VALUES (?)", Types.INTEGER)
			.newPreparedStatementCreator(List.of(1));
	}

	private static BatchPreparedStatementSetter springBatchSetter() {
		List<BatchPreparedStatementSetter> made = new ArrayList<>();
		new JdbcTemplate() {
			@Override
			public int[] batchUpdate(String sql, BatchPreparedStatementSetter setter) {
				made.add(setter);
				return new int[0];
			}
		}.batchUpdate("INSERT INTO t VALUES (?)", List.<Object[]>of(new Object[] { 1 }));
		return made.get(0);
	}

	private RetryingJdbcTemplate template(int maxAttempts, Duration lockTimeout) {
		return new RetryingJdbcTemplate(this.database.dataSource, retry(maxAttempts), lockTimeout);
	}

	private SpringRetry retry(int maxAttempts) {
		RetrySettings settings = new RetrySettings(true, maxAttempts, Duration.ofNanos(1), 1, Duration.ofNanos(1), 0);
		return new SpringRetry(settings, () -> List.of(new RetryListener() {
			@Override
			public <T, E extends Throwable> void onError(RetryContext context, RetryCallback<T, E> callback,
					Throwable failure) {
				RetryingJdbcTemplateTests.this.errors.incrementAndGet();
			}
		}));
	}

	interface RowConsumer {

		void query(JdbcTemplate template, Row row);

	}

	interface Row {

		void see() throws SQLException;

	}

	@SuppressWarnings("serial")
	private static class TranslatedBusyException extends DataAccessException {

		TranslatedBusyException() {
			super("busy", new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY));
		}

	}

	@SuppressWarnings("serial")
	private static final class PartlyExecutedException extends DataAccessException {

		PartlyExecutedException(int... counts) {
			super("batch", new BatchUpdateException("batch", null, 5, counts,
					new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY)));
		}

	}

}
