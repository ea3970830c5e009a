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

/**
 * What one thread does on a peer. Every peer runs the same SQL on the same schema and
 * reads rows in the same way. Each operation returns something of what SQLite answered,
 * so that no work can be optimized away, and fails when SQLite did not do what was asked.
 */
public interface Session extends AutoCloseable {

	/**
	 * Reads one row by its key, outside a transaction of the caller.
	 * @param id its key
	 * @return a value of the row
	 * @throws Exception when it failed
	 */
	long select(long id) throws Exception;

	/**
	 * Reads many rows by one statement, which takes some milliseconds.
	 * @param from the first key
	 * @param to the last key
	 * @return a value made of all of them
	 * @throws Exception when it failed
	 */
	long scan(long from, long to) throws Exception;

	/**
	 * Inserts one row, outside a transaction of the caller.
	 * @param item the row
	 * @return how many rows were inserted
	 * @throws Exception when it failed
	 */
	long insert(Item item) throws Exception;

	/**
	 * Updates one row by its key, outside a transaction of the caller.
	 * @param id its key
	 * @param item the new values
	 * @return how many rows were updated
	 * @throws Exception when it failed
	 */
	long update(long id, Item item) throws Exception;

	/**
	 * Reads one row by its key and inserts another one, in one transaction.
	 * @param id the key of the row to be read
	 * @param item the row to be inserted
	 * @return a value of the row that was read
	 * @throws Exception when it failed
	 */
	long selectAndInsert(long id, Item item) throws Exception;

	/**
	 * Inserts many rows by a JDBC batch, in one transaction.
	 * @param items the rows
	 * @return how many rows were inserted
	 * @throws Exception when it failed
	 */
	long insertAll(List<Item> items) throws Exception;

	@Override
	void close() throws Exception;

}
