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

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.autoconfigure.SqliteProperties;

/**
 * The peers.
 */
public final class Peers {

	/** This starter, with nothing set but the file. */
	public static final PeerType STARTER = starter("the starter", Map.of());

	/** The starter without checkpoints. */
	public static final PeerType STARTER_WITHOUT_CHECKPOINTS = starter("the starter without checkpoints",
			Map.of("sqlite.checkpoint.interval", "0", "sqlite.checkpoint.trigger-size", "0"));

	/** The starter with commits that survive a power failure. */
	public static final PeerType STARTER_POWER_LOSS = starter("the starter with power-loss durability",
			Map.of("sqlite.durability", "power-loss"))
		.unavailable(withoutDurability());

	/**
	 * The starter with a queue that takes a write of each of several thousand threads.
	 */
	public static final PeerType STARTER_LONG_QUEUE = starter("the starter with a longer queue",
			Map.of("sqlite.pool.max-queued-writes", "10000"));

	/** What Boot makes of {@code spring.datasource.url=jdbc:sqlite:app.db} alone. */
	public static final PeerType BOOT_DEFAULT = hikari("Boot's default", "jdbc:sqlite:%s", Map.of()).expectBusy();

	/** The same with the one thing that everybody sets. */
	public static final PeerType BOOT_DEFAULT_WAL = hikari("Boot's default with WAL", "jdbc:sqlite:%s?journal_mode=WAL",
			Map.of())
		.expectBusy();

	/** A pool with one connection, tuned by hand. */
	public static final PeerType POOL_OF_ONE = hikari("the pool of one", Tuning.synchronous("NORMAL").url("%s"),
			Map.of("spring.datasource.hikari.maximum-pool-size", "1"));

	/** A pool with one connection, and commits that survive a power failure. */
	public static final PeerType POOL_OF_ONE_FULL = hikari("the pool of one with synchronous=FULL",
			Tuning.synchronous("FULL").url("%s"), Map.of("spring.datasource.hikari.maximum-pool-size", "1"));

	/** Two pools, with plain queries, which go to the writer. */
	public static final PeerType PAIR_OF_POOLS = PeerType.of("the pair of pools", (file) -> pair(file, false));

	/** Two pools, with each query in a read-only transaction, which goes to a reader. */
	public static final PeerType PAIR_OF_POOLS_ROUTED = PeerType.of("the pair of pools", (file) -> pair(file, true));

	/** The driver alone, which checkpoints in the commit that fills 1,000 pages. */
	public static final PeerType DRIVER = PeerType.of("the bare driver",
			(file) -> DriverPeer.withAutocheckpoint(file, 1000));

	/** The driver alone, with a PASSIVE checkpoint each second instead. */
	public static final PeerType DRIVER_PASSIVE_TIMER = PeerType.of("the bare driver with a PASSIVE timer",
			(file) -> DriverPeer.withPassiveTimer(file, Duration.ofSeconds(1)));

	private Peers() {
	}

	private static PeerType starter(String name, Map<String, String> properties) {
		return PeerType.of(name, (file) -> {
			Map<String, String> all = new LinkedHashMap<>(properties);
			all.put("sqlite.path", file.toString());
			return SpringPeer.open(all);
		});
	}

	private static PeerType hikari(String name, String url, Map<String, String> properties) {
		return PeerType.of(name, (file) -> {
			Map<String, String> all = new LinkedHashMap<>(properties);
			all.put("spring.datasource.url", url.formatted(file));
			// the starter backs off for it
			all.put("spring.datasource.type", HikariDataSource.class.getName());
			return SpringPeer.open(all);
		});
	}

	private static Peer pair(Path file, boolean readsInTransactions) {
		return SpringPeer.open(PairOfPools.class, Map.of(PairOfPools.FILE, file.toString()), readsInTransactions);
	}

	/**
	 * Binding passes over a property that it does not know, and a weaker durability would
	 * then be compared with FULL.
	 */
	private static @Nullable String withoutDurability() {
		boolean bound = Stream.of(SqliteProperties.class.getRecordComponents())
			.map(RecordComponent::getName)
			.anyMatch("durability"::equals);
		return bound ? null : "this version does not know sqlite.durability";
	}

}
