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

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.SQLiteException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteExceptionTranslator}, beside the translator that a
 * {@code JdbcTemplate} has when nobody gives it one.
 */
class SqliteExceptionTranslatorTests {

	private final SQLExceptionTranslator translator = new SqliteExceptionTranslator();

	private final SQLExceptionTranslator standard = new SQLExceptionSubclassTranslator();

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			UNIQUE | DuplicateKeyException
			PRIMARY_KEY | DuplicateKeyException
			ROWID | DuplicateKeyException
			BATCH | DuplicateKeyException
			FOREIGN_KEY | DataIntegrityViolationException
			NOT_NULL | DataIntegrityViolationException
			CHECK | DataIntegrityViolationException
			TRIGGER | DataIntegrityViolationException
			DATATYPE | DataIntegrityViolationException
			TOO_BIG | DataIntegrityViolationException
			MISMATCH | DataIntegrityViolationException
			BUSY | CannotAcquireLockException
			BUSY_SNAPSHOT | CannotAcquireLockException
			LOCKED | CannotAcquireLockException
			MOVED | DataAccessResourceFailureException
			FULL | DataAccessResourceFailureException
			NO_MEMORY | DataAccessResourceFailureException
			IO | DataAccessResourceFailureException
			CANNOT_OPEN | DataAccessResourceFailureException
			CORRUPT | DataAccessResourceFailureException
			NOT_A_DATABASE | DataAccessResourceFailureException
			CONNECTION_CLOSED | DataAccessResourceFailureException
			NO_SUCH_TABLE | BadSqlGrammarException
			NO_SUCH_COLUMN | BadSqlGrammarException
			SYNTAX | BadSqlGrammarException
			NOT_SUPPORTED | InvalidDataAccessApiUsageException
			AUTHORIZATION | PermissionDeniedDataAccessException
			INTERRUPT | QueryTimeoutException
			""")
	void typeIsTheSameAsInATemplateWithoutThisTranslator(DriverFailure failure, String type) {
		SQLException ex = failure.raiseTranslated(this.directory, "SELECT 1");
		assertThat(translate(this.translator, ex).getClass().getSimpleName()).isEqualTo(type);
		assertThat(translate(this.standard, ex).getClass().getSimpleName()).isEqualTo(type);
		assertThat(translate(template(ex).getExceptionTranslator(), ex).getClass().getSimpleName()).isEqualTo(type);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			READ_ONLY | InvalidDataAccessResourceUsageException
			RANGE | InvalidDataAccessApiUsageException
			NO_SUCH_INDEX | InvalidDataAccessApiUsageException
			STATEMENT_CLOSED | InvalidDataAccessApiUsageException
			RESULT_SET_CLOSED | InvalidDataAccessApiUsageException
			""")
	void typeThatOnlyThisTranslatorKnows(DriverFailure failure, String type) {
		SQLException ex = failure.raiseTranslated(this.directory, "SELECT 1");
		assertThat(translate(this.translator, ex).getClass().getSimpleName()).isEqualTo(type);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			UNIQUE | DuplicateKeyException
			FOREIGN_KEY | DataIntegrityViolationException
			BUSY | CannotAcquireLockException
			FULL | DataAccessResourceFailureException
			READ_ONLY | InvalidDataAccessResourceUsageException
			NO_SUCH_TABLE | BadSqlGrammarException
			SYNTAX | BadSqlGrammarException
			BATCH | DuplicateKeyException
			""")
	void exceptionsOfTheBareDriverAreAccepted(DriverFailure failure, String type) {
		SQLException raised = failure.raise(this.directory);
		DataAccessException translated = translate(this.translator, raised);
		assertThat(translated.getClass().getSimpleName()).isEqualTo(type);
		assertThat(translated).hasStackTraceContaining("org.sqlite.SQLiteException");
	}

	@Test
	void templateOfSomebodyElseThrowsTheRightType() {
		SQLException ex = DriverFailure.UNIQUE.raiseTranslated(this.directory, null);
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> template(ex).execute("INSERT"))
			.withRootCauseInstanceOf(SQLiteException.class);
	}

	@Test
	void timeout() {
		SQLException ex = SqlExceptions.timeout(DriverFailure.INTERRUPT.raise(this.directory), Duration.ofSeconds(1),
				null);
		assertThat(translate(this.translator, ex)).isInstanceOf(QueryTimeoutException.class);
		assertThat(translate(this.standard, ex)).isInstanceOf(QueryTimeoutException.class);
	}

	@Test
	void deadlockWithOneself() {
		SQLException ex = new SQLTransactionRollbackException("the writer is held by this thread", "40P01");
		assertThat(translate(this.translator, ex)).isExactlyInstanceOf(PessimisticLockingFailureException.class);
		assertThat(translate(this.standard, ex)).isExactlyInstanceOf(PessimisticLockingFailureException.class);
	}

	@Test
	void standaloneStatementInATransaction() {
		SQLException ex = new SQLNonTransientException("VACUUM in a transaction", "25001");
		assertThat(translate(this.translator, ex)).isInstanceOf(InvalidDataAccessApiUsageException.class);
	}

	@Test
	void whatHasNoTypeIsLeftToTheTemplate() {
		SQLException ex = DriverFailure.MISUSE.raiseTranslated(this.directory, null);
		assertThat(this.translator.translate("task", "SELECT 1", ex)).isNull();
	}

	private static DataAccessException translate(SQLExceptionTranslator translator, SQLException ex) {
		DataAccessException translated = translator.translate("task", "SELECT 1", ex);
		assertThat(translated).isNotNull();
		return translated;
	}

	// as a library would make it; its connection can do nothing but fail
	private static JdbcTemplate template(SQLException ex) {
		Connection connection = (Connection) Proxy.newProxyInstance(
				SqliteExceptionTranslatorTests.class.getClassLoader(), new Class<?>[] { Connection.class },
				(proxy, method, arguments) -> {
					if (method.getName().equals("createStatement")) {
						throw ex;
					}
					return (method.getReturnType() == boolean.class) ? false : null;
				});
		return new JdbcTemplate(new SingleConnectionDataSource(connection, true));
	}

}
