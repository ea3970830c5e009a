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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * Prepared statements of one connection, each prepared once.
 */
final class DriverSession implements Session {

	private final Connection connection;

	private final PreparedStatement select;

	private final PreparedStatement scan;

	private final PreparedStatement insert;

	private final PreparedStatement update;

	DriverSession(Connection connection) throws SQLException {
		this.connection = connection;
		this.select = connection.prepareStatement(Sql.SELECT);
		this.scan = connection.prepareStatement(Sql.SCAN);
		this.insert = connection.prepareStatement(Sql.INSERT);
		this.update = connection.prepareStatement(Sql.UPDATE);
	}

	@Override
	public long select(long id) throws SQLException {
		this.select.setLong(1, id);
		try (ResultSet resultSet = this.select.executeQuery()) {
			if (!resultSet.next()) {
				throw new SQLException("There is no row " + id);
			}
			Item item = Item.MAPPER.mapRow(resultSet, 0);
			return item.createdAt() + item.payload().length();
		}
	}

	@Override
	public long scan(long from, long to) throws SQLException {
		this.scan.setLong(1, from);
		this.scan.setLong(2, to);
		try (ResultSet resultSet = this.scan.executeQuery()) {
			resultSet.next();
			return resultSet.getLong(1);
		}
	}

	@Override
	public long insert(Item item) throws SQLException {
		bind(this.insert, item);
		return Sql.requireOne(this.insert.executeUpdate());
	}

	@Override
	public long update(long id, Item item) throws SQLException {
		bind(this.update, item);
		this.update.setLong(4, id);
		return Sql.requireOne(this.update.executeUpdate());
	}

	private static void bind(PreparedStatement statement, Item item) throws SQLException {
		statement.setString(1, item.name());
		statement.setString(2, item.payload());
		statement.setLong(3, item.createdAt());
	}

	@Override
	public long selectAndInsert(long id, Item item) throws SQLException {
		this.connection.setAutoCommit(false);
		try {
			long selected = select(id);
			insert(item);
			this.connection.commit();
			return selected;
		}
		finally {
			this.connection.setAutoCommit(true);
		}
	}

	@Override
	public long insertAll(List<Item> items) throws SQLException {
		// once for all batches: the driver begins the next transaction by itself
		if (this.connection.getAutoCommit()) {
			this.connection.setAutoCommit(false);
		}
		for (Item item : items) {
			bind(this.insert, item);
			this.insert.addBatch();
		}
		long count = 0;
		for (int each : this.insert.executeBatch()) {
			count += Sql.requireOne(each);
		}
		this.connection.commit();
		return count;
	}

	@Override
	public void close() throws SQLException {
		this.connection.close();
	}

}
