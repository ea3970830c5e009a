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

import java.sql.SQLTransactionRollbackException;

/**
 * SQLite has rolled the transaction back by itself ({@code OR ROLLBACK}, a full disk, an
 * interrupted write), so nothing that it did is stored and nothing more can be done in it
 * until {@code rollback()} is called.
 *
 * @see <a href=
 * "https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction">Response
 * To Errors Within A Transaction</a>
 */
public class TransactionRolledBackException extends SQLTransactionRollbackException {

	TransactionRolledBackException(String message) {
		// 40000: the transaction is gone and waiting for a lock has nothing to do with it
		super(message, "40000");
	}

}
