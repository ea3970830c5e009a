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

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SqlStatementsTests {

	private final SqlStatements statements = new SqlStatements();

	@Test
	void textThatComesAgainIsNotReadAgain() {
		SqlStatement first = this.statements.get("SELECT 1");
		assertThat(first.kind()).isEqualTo(SqlStatement.Kind.READ);
		assertThat(this.statements.get("SELECT " + 1)).isSameAs(first);
		assertThat(this.statements.get("select 1")).isNotSameAs(first);
	}

	@Test
	void numberOfTextsIsBounded() {
		for (int i = 0; i < 3 * SqlStatements.CAPACITY; i++) {
			assertThat(this.statements.get("SELECT " + i).text()).isEqualTo("SELECT " + i);
			assertThat(this.statements.size()).isLessThanOrEqualTo(SqlStatements.CAPACITY);
		}
	}

	@Test
	void longTextIsNotKept() {
		String text = "SELECT '" + "x".repeat(SqlStatements.MAX_LENGTH) + "'";
		assertThat(this.statements.get(text).text()).isEqualTo(text);
		assertThat(this.statements.size()).isZero();
	}

}
