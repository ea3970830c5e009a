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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.sqlitewal.jdbc.RetryingJdbcTemplate;
import io.github.sqlitewal.jdbc.SqliteDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link Peers}: that each is what its name says, and that all do the same.
 */
class PeersTests {

	private static final int ROWS = 100;

	@TempDir
	Path directory;

	private DatabaseFiles files;

	@BeforeEach
	void makeFiles() throws Exception {
		this.files = new DatabaseFiles(this.directory, ROWS);
	}

	@AfterEach
	void deleteFiles() throws Exception {
		this.files.close();
	}

	static Stream<PeerType> peers() {
		return Stream
			.of(Peers.STARTER, Peers.STARTER_WITHOUT_CHECKPOINTS, Peers.STARTER_POWER_LOSS, Peers.STARTER_LONG_QUEUE,
					Peers.BOOT_DEFAULT, Peers.BOOT_DEFAULT_WAL, Peers.POOL_OF_ONE, Peers.POOL_OF_ONE_FULL,
					Peers.PAIR_OF_POOLS, Peers.PAIR_OF_POOLS_ROUTED, Peers.DRIVER, Peers.DRIVER_PASSIVE_TIMER)
			.filter((type) -> type.unavailable() == null);
	}

	@ParameterizedTest
	@MethodSource("peers")
	void allDoTheSame(PeerType type) throws Exception {
		try (OpenPeer peer = type.open(this.files.copy()); Session session = peer.openSession()) {
			Item third = Item.sample(2);
			assertThat(session.select(3)).isEqualTo(third.createdAt() + third.payload().length());
			assertThat(session.scan(1, 10)).isEqualTo(10L * third.payload().length());
			assertThat(session.insert(third)).isEqualTo(1);
			assertThat(session.select(ROWS + 1)).isEqualTo(session.select(3));
			assertThat(session.update(ROWS + 1, Item.sample(7))).isEqualTo(1);
			assertThat(session.select(ROWS + 1)).isEqualTo(session.select(8));
			assertThat(session.selectAndInsert(8, third)).isEqualTo(session.select(8));
			assertThat(session.select(ROWS + 2)).isEqualTo(session.select(3));
			assertThat(session.insertAll(List.of(third, Item.sample(7)))).isEqualTo(2);
			assertThat(session.select(ROWS + 4)).isEqualTo(session.select(8));
			assertThatException().isThrownBy(() -> session.select(ROWS + 5));
			assertThatException().isThrownBy(() -> session.update(ROWS + 5, third));
		}
	}

	@Test
	void handTunedPeersHaveThePragmasOfTheStarter() throws Exception {
		Map<String, String> starter = pragmas(Peers.STARTER);
		assertThat(starter).containsEntry("journal_mode", "wal").containsEntry("synchronous", "1");
		assertThat(pragmas(Peers.POOL_OF_ONE)).isEqualTo(starter);
		assertThat(pragmas(Peers.PAIR_OF_POOLS)).isEqualTo(starter);
		Map<String, String> full = new TreeMap<>(starter);
		full.put("synchronous", "2");
		assertThat(pragmas(Peers.POOL_OF_ONE_FULL)).isEqualTo(full);
	}

	@Test
	void defaultPeersHaveTheDefaults() throws Exception {
		assertThat(pragmas(Peers.BOOT_DEFAULT)).containsEntry("journal_mode", "delete")
			.containsEntry("synchronous", "2");
		assertThat(pragmas(Peers.BOOT_DEFAULT_WAL)).containsEntry("journal_mode", "wal")
			.containsEntry("synchronous", "2");
		try (OpenPeer peer = Peers.BOOT_DEFAULT.open(this.files.copy())) {
			HikariDataSource pool = peer.application().bean(HikariDataSource.class);
			assertThat(pool.getMaximumPoolSize()).isEqualTo(10);
		}
	}

	@Test
	void poolOfOneHasOneConnection() throws Exception {
		try (OpenPeer peer = Peers.POOL_OF_ONE.open(this.files.copy())) {
			HikariDataSource pool = peer.application().bean(HikariDataSource.class);
			assertThat(pool.getMaximumPoolSize()).isEqualTo(1);
		}
	}

	@Test
	void starterIsTheAutoConfiguredOne() throws Exception {
		try (OpenPeer peer = Peers.STARTER.open(this.files.copy())) {
			assertThat(peer.application().bean(DataSource.class)).isInstanceOf(SqliteDataSource.class);
			assertThat(peer.application().bean(JdbcTemplate.class)).isInstanceOf(RetryingJdbcTemplate.class);
		}
	}

	@Test
	void pairOfPoolsSendsOnlyReadOnlyTransactionsToItsReaders() throws Exception {
		try (OpenPeer peer = Peers.PAIR_OF_POOLS_ROUTED.open(this.files.copy())) {
			JdbcTemplate jdbc = peer.application().bean(JdbcTemplate.class);
			TransactionTemplate transaction = new TransactionTemplate(
					peer.application().bean(PlatformTransactionManager.class));
			HikariDataSource writer = peer.application().bean("writer", HikariDataSource.class);
			HikariDataSource readers = peer.application().bean("readers", HikariDataSource.class);
			transaction.executeWithoutResult((status) -> {
				jdbc.queryForObject("SELECT count(*) FROM item", Long.class);
				assertThat(writer.getHikariPoolMXBean().getActiveConnections()).isEqualTo(1);
				assertThat(readers.getHikariPoolMXBean().getActiveConnections()).isZero();
			});
			transaction.setReadOnly(true);
			transaction.executeWithoutResult((status) -> {
				jdbc.queryForObject("SELECT count(*) FROM item", Long.class);
				assertThat(writer.getHikariPoolMXBean().getActiveConnections()).isZero();
				assertThat(readers.getHikariPoolMXBean().getActiveConnections()).isEqualTo(1);
				assertThatException().isThrownBy(() -> jdbc.update("DELETE FROM item"));
			});
		}
	}

	private Map<String, String> pragmas(PeerType type) throws Exception {
		Map<String, String> values = new TreeMap<>();
		try (OpenPeer peer = type.open(this.files.copy())) {
			JdbcTemplate jdbc = peer.application().bean(JdbcTemplate.class);
			for (String pragma : List.of("journal_mode", "synchronous", "foreign_keys", "temp_store", "cache_size",
					"mmap_size")) {
				values.put(pragma, jdbc.queryForObject("PRAGMA " + pragma, String.class));
			}
		}
		return values;
	}

}
