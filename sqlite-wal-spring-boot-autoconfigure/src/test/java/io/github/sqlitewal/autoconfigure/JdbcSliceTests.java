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

package io.github.sqlitewal.autoconfigure;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.jdbc.RetryingJdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Boot's test slice finds the database, when it is told not to look for an embedded one.
 */
@JdbcTest(properties = "spring.test.database.replace=none")
class JdbcSliceTests {

	@TempDir
	static Path directory;

	@Autowired
	private JdbcTemplate jdbcTemplate;

	@Autowired
	private SqliteDatabase database;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("sqlite.path", () -> directory.resolve("slice.db").toString());
	}

	@Test
	void usesTheDatabaseInATransactionThatIsRolledBack() {
		assertThat(this.jdbcTemplate).isInstanceOf(RetryingJdbcTemplate.class);
		assertThat(this.database.status().writer()).isNotNull();
		this.jdbcTemplate.execute("CREATE TABLE t (id INTEGER)");
		assertThat(this.jdbcTemplate.queryForObject("SELECT count(*) FROM t", Integer.class)).isZero();
	}

	@SpringBootApplication
	static class Application {

	}

}
