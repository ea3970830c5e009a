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

package io.github.sqlitewal;

import java.nio.file.Path;

import io.github.sqlitewal.connection.Durability;
import io.github.sqlitewal.pool.WalFile;

/**
 * Makes a database for tests of any package whose WAL is synced as the test says.
 */
public final class DurableDatabase {

	private DurableDatabase() {
	}

	public static SqliteDatabase.Builder builder(Path file, WalFile wal) {
		return SqliteDatabase.builder(file).durability(Durability.POWER_LOSS).walFile(wal);
	}

}
