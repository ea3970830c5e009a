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

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * What every physical connection of a database has in common. Immutable.
 * <p>
 * The defaults and why:
 * <ul>
 * <li>{@code synchronous=NORMAL}: in WAL mode a commit survives the death of the process,
 * and the file is never corrupt after a power failure. Commits that are to survive that
 * too are synced by those who commit, see {@link Durability}.</li>
 * <li>{@code foreign_keys=ON}, {@code trusted_schema=OFF}: what SQLite recommends for new
 * applications and keeps off or on for the sake of old ones.</li>
 * <li>{@code temp_store=MEMORY}: sorting does not make files.</li>
 * <li>{@code cache_size=-8192} (8 MiB on each connection): has most of what a larger
 * cache gains for reads, see {@code docs/cache-size.md}; the operating system's cache
 * holds the rest once for all connections.</li>
 * <li>{@code mmap_size=0}: every commit of another connection drops the mapping, so reads
 * beside a busy writer become slower.</li>
 * <li>{@code wal_autocheckpoint=0}: a checkpoint never runs inside somebody's
 * commit.</li>
 * <li>{@code journal_size_limit=67108864} (64 MiB): a WAL that once grew large gives its
 * disk space back when it is reset.</li>
 * </ul>
 */
public final class ConnectionSettings {

	private static final Map<String, String> DEFAULTS = defaults();

	private final DatabaseLocation location;

	private final Map<Pragma, String> pragmas;

	private final Properties driverProperties;

	private final List<SqliteConnectionCustomizer> customizers;

	private final int statementCacheSize;

	/**
	 * Creates the settings.
	 * @param location where the database is
	 * @param pragmas pragmas by name, over the defaults; names in SQLite's form or in
	 * kebab case
	 * @param driverProperties how the driver writes dates: {@code date_class},
	 * {@code date_precision}, {@code date_string_format}
	 * @param customizers hooks for each connection, in order
	 * @param statementCacheSize how many prepared statements a connection keeps
	 * @throws SqliteConfigurationException when a pragma is unknown or invalid
	 */
	public ConnectionSettings(DatabaseLocation location, Map<String, String> pragmas,
			Map<String, String> driverProperties, List<SqliteConnectionCustomizer> customizers,
			int statementCacheSize) {
		this.location = location;
		this.pragmas = new EnumMap<>(Pragma.class);
		DEFAULTS.forEach(this::put);
		pragmas.forEach(this::put);
		if (location.isMemory()) {
			// neither has a meaning without a file, and SQLite reads both back as absent
			this.pragmas.remove(Pragma.MMAP_SIZE);
			this.pragmas.remove(Pragma.JOURNAL_SIZE_LIMIT);
		}
		this.driverProperties = new Properties();
		this.driverProperties.putAll(driverProperties);
		this.customizers = List.copyOf(customizers);
		if (statementCacheSize < 0) {
			throw new SqliteConfigurationException("The statement cache cannot hold " + statementCacheSize + " entries",
					"Set 'sqlite.pool.statement-cache-size' to 0 (no cache) or more.");
		}
		this.statementCacheSize = statementCacheSize;
	}

	/**
	 * Checks that the pragmas leave the syncing of commits to whom it belongs.
	 * @param durability what a commit is to survive
	 * @throws SqliteConfigurationException when {@code synchronous} says something else
	 */
	public void checkDurability(Durability durability) {
		String synchronous = this.pragmas.get(Pragma.SYNCHRONOUS);
		if (durability == Durability.PROCESS_CRASH || this.location.isMemory() || "normal".equals(synchronous)) {
			return;
		}
		throw new SqliteConfigurationException(
				"The pragma 'synchronous' is '" + synchronous + "' and the durability is 'power-loss'",
				"off".equals(synchronous)
						? "Remove 'sqlite.pragmas.synchronous': with 'off', SQLite does not keep the order of what it"
								+ " writes, and the file can be damaged by a loss of power. Or remove"
								+ " 'sqlite.durability'."
						: "Remove 'sqlite.pragmas.synchronous': with 'sqlite.durability=power-loss' every commit is"
								+ " synced before it returns, by one sync for many commits; '" + synchronous
								+ "' would sync each of them once more while it keeps the others waiting.");
	}

	private void put(String name, String value) {
		Pragma pragma = Pragma.of(name);
		this.pragmas.put(pragma, pragma.validate(value));
	}

	private static Map<String, String> defaults() {
		Map<String, String> defaults = new LinkedHashMap<>();
		defaults.put("synchronous", "normal");
		defaults.put("foreign_keys", "on");
		defaults.put("temp_store", "memory");
		defaults.put("cache_size", "-8192");
		defaults.put("mmap_size", "0");
		defaults.put("trusted_schema", "off");
		defaults.put("wal_autocheckpoint", "0");
		defaults.put("journal_size_limit", Long.toString(64L << 20));
		return defaults;
	}

	/**
	 * Where the database is.
	 * @return the location
	 */
	public DatabaseLocation location() {
		return this.location;
	}

	Map<Pragma, String> pragmas() {
		return this.pragmas;
	}

	Properties driverProperties() {
		return this.driverProperties;
	}

	List<SqliteConnectionCustomizer> customizers() {
		return this.customizers;
	}

	int statementCacheSize() {
		return this.statementCacheSize;
	}

}
