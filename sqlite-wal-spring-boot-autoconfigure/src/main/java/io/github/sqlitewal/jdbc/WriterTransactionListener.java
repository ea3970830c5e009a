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

import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/**
 * Makes a transaction that Spring manages and that is not read-only take the writer when
 * it begins, as with any pool, and not at its first statement. Otherwise a thread that
 * holds a lock of the application (a synchronized item reader in a multi-threaded batch
 * step) waits for the writer while the writer's holder waits for that lock.
 * <p>
 * It marks the time in which the transaction manager switches autoCommit off, and the
 * connection takes the writer inside that call. A failure is then one of beginning the
 * transaction, which every transaction manager cleans up after; thrown from a listener it
 * would leave the connection bound to the thread.
 */
public final class WriterTransactionListener implements TransactionExecutionListener {

	private final SqliteDataSource dataSource;

	/**
	 * Creates the listener, for every transaction manager that uses the data source.
	 * @param dataSource the data source; transactions that do not use it are not affected
	 */
	public WriterTransactionListener(SqliteDataSource dataSource) {
		this.dataSource = dataSource;
	}

	@Override
	public void beforeBegin(TransactionExecution transaction) {
		if (!transaction.isReadOnly()) {
			this.dataSource.transactionBegins(true);
		}
	}

	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		this.dataSource.transactionBegins(false);
	}

}
