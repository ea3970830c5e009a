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

package io.github.sqlitewal.batch;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransactionRollbackException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link LostOperations}.
 */
class LostOperationsTests {

	private final LostOperations lost = new LostOperations();

	private static SQLException failure(String state) {
		return new SQLException("why", state, 10);
	}

	@Test
	void areToldOnce() {
		this.lost.add(7, failure("23503"));
		assertThatExceptionOfType(SQLTransactionRollbackException.class).isThrownBy(this.lost::throwAny)
			.withMessageContaining("7 operations")
			.withMessageContaining("rolled back: why");
		assertThatNoException().isThrownBy(this.lost::throwAny);
	}

	@Test
	void thatAreRolledBackAreNoNewsForWhoeverWantedThat() {
		this.lost.add(7, failure("23503"));
		assertThatNoException().isThrownBy(this.lost::throwUnknown);
		assertThatNoException().isThrownBy(this.lost::throwAny);
	}

	@Test
	void thatMayBeStoredAreNewsForEverybody() {
		this.lost.add(7, failure("08007"));
		assertThatExceptionOfType(SQLNonTransientConnectionException.class).isThrownBy(this.lost::throwUnknown)
			.withMessageContaining("unknown")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08007"));
		assertThatNoException().isThrownBy(this.lost::throwUnknown);
	}

}
