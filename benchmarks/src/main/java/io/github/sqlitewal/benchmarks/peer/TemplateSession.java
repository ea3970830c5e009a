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

package io.github.sqlitewal.benchmarks.peer;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.ParameterizedPreparedStatementSetter;
import org.springframework.transaction.support.TransactionOperations;

/**
 * What an application does: {@code JdbcTemplate} and {@code TransactionTemplate}. Safe
 * for use by many threads.
 */
final class TemplateSession implements Session {

	private static final ParameterizedPreparedStatementSetter<Item> BINDER = (statement, item) -> {
		statement.setString(1, item.name());
		statement.setString(2, item.payload());
		statement.setLong(3, item.createdAt());
	};

	private final JdbcOperations jdbc;

	private final TransactionOperations transaction;

	/** For a peer that sends a read to its readers only in such a transaction. */
	private final @Nullable TransactionOperations readOnlyTransaction;

	TemplateSession(JdbcOperations jdbc, TransactionOperations transaction,
			@Nullable TransactionOperations readOnlyTransaction) {
		this.jdbc = jdbc;
		this.transaction = transaction;
		this.readOnlyTransaction = readOnlyTransaction;
	}

	@Override
	public long select(long id) {
		if (this.readOnlyTransaction != null) {
			return this.readOnlyTransaction.execute((status) -> query(id));
		}
		return query(id);
	}

	private long query(long id) {
		Item item = Objects.requireNonNull(this.jdbc.queryForObject(Sql.SELECT, Item.MAPPER, id));
		return item.createdAt() + item.payload().length();
	}

	@Override
	public long scan(long from, long to) {
		if (this.readOnlyTransaction != null) {
			return this.readOnlyTransaction.execute((status) -> sum(from, to));
		}
		return sum(from, to);
	}

	private long sum(long from, long to) {
		return Objects.requireNonNull(this.jdbc.queryForObject(Sql.SCAN, Long.class, from, to));
	}

	@Override
	public long insert(Item item) {
		return Sql.requireOne(this.jdbc.update(Sql.INSERT, item.name(), item.payload(), item.createdAt()));
	}

	@Override
	public long update(long id, Item item) {
		return Sql.requireOne(this.jdbc.update(Sql.UPDATE, item.name(), item.payload(), item.createdAt(), id));
	}

	@Override
	public long selectAndInsert(long id, Item item) {
		return this.transaction.execute((status) -> {
			long selected = query(id);
			insert(item);
			return selected;
		});
	}

	@Override
	public long insertAll(List<Item> items) {
		return this.transaction.execute((status) -> {
			long count = 0;
			for (int[] batch : this.jdbc.batchUpdate(Sql.INSERT, items, items.size(), BINDER)) {
				for (int each : batch) {
					count += Sql.requireOne(each);
				}
			}
			return count;
		});
	}

	@Override
	public void close() {
		// a template holds nothing
	}

}
