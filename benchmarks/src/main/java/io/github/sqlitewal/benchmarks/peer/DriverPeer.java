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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * sqlite-jdbc by itself: a connection for each session, prepared statements used again,
 * no hidden query for generated keys. The least that JDBC can cost.
 */
final class DriverPeer implements Peer {

	private static final Tuning TUNING = Tuning.synchronous("NORMAL").with("jdbc.get_generated_keys", "false");

	private final String url;

	private final Properties properties;

	/** Open for the peer's life: the last one to close would delete the WAL. */
	private final Connection keeper;

	private final @Nullable PassiveTimer timer;

	private DriverPeer(Path file, Tuning tuning, @Nullable Duration passiveInterval) throws SQLException {
		this.url = "jdbc:sqlite:" + file;
		this.properties = tuning.properties();
		this.keeper = connect();
		this.timer = (passiveInterval != null) ? new PassiveTimer(connect(), passiveInterval) : null;
	}

	static DriverPeer withAutocheckpoint(Path file, int pages) throws SQLException {
		return new DriverPeer(file, TUNING.with("wal_autocheckpoint", String.valueOf(pages)), null);
	}

	static DriverPeer withPassiveTimer(Path file, Duration interval) throws SQLException {
		return new DriverPeer(file, TUNING.with("wal_autocheckpoint", "0"), interval);
	}

	private Connection connect() throws SQLException {
		return DriverManager.getConnection(this.url, this.properties);
	}

	@Override
	public Session openSession() throws SQLException {
		return new DriverSession(connect());
	}

	@Override
	public void close() throws Exception {
		if (this.timer != null) {
			this.timer.close();
		}
		this.keeper.close();
	}

	/**
	 * {@code PRAGMA wal_checkpoint(PASSIVE)} again and again on a connection of its own.
	 */
	private static final class PassiveTimer implements AutoCloseable {

		private final Connection connection;

		private final ScheduledExecutorService executor = Executors
			.newSingleThreadScheduledExecutor((task) -> new Thread(task, "passive-timer"));

		private final ScheduledFuture<?> task;

		private volatile @Nullable SQLException failure;

		PassiveTimer(Connection connection, Duration interval) {
			this.connection = connection;
			this.task = this.executor.scheduleWithFixedDelay(this::checkpoint, interval.toNanos(), interval.toNanos(),
					TimeUnit.NANOSECONDS);
		}

		private void checkpoint() {
			try (Statement statement = this.connection.createStatement();
					ResultSet resultSet = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
				resultSet.next();
			}
			catch (SQLException ex) {
				this.failure = ex;
				this.task.cancel(false);
			}
		}

		@Override
		public void close() throws Exception {
			this.task.cancel(false);
			this.executor.shutdown();
			if (!this.executor.awaitTermination(1, TimeUnit.MINUTES)) {
				throw new IllegalStateException("A PASSIVE checkpoint does not end");
			}
			this.connection.close();
			if (this.failure != null) {
				throw this.failure;
			}
		}

	}

}
