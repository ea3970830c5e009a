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

package io.github.sqlitewal.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.Set;

import io.github.sqlitewal.connection.DatabaseLocation;

/**
 * The WAL of a database, which is made longer as its headroom does.
 */
final class ExtendedWal implements AutoCloseable {

	private final Object key;

	private final FileChannel wal;

	private ExtendedWal(Path file) throws IOException {
		this.key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
		this.wal = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
	}

	static ExtendedWal open(CheckpointDatabase database) throws IOException {
		return new ExtendedWal(DatabaseLocation.file(database.file()).walFile());
	}

	/**
	 * Makes it longer once.
	 * @return whether it is
	 */
	boolean extend(WalHeadroom headroom, long step) throws SQLException, IOException {
		return headroom.extend(this.wal, this.key, step);
	}

	@Override
	public void close() throws IOException {
		this.wal.close();
	}

	static boolean extend(CheckpointDatabase database, long step) throws SQLException, IOException {
		return extend(database, headroom(database, 1), step);
	}

	static boolean extend(CheckpointDatabase database, WalHeadroom headroom, long step)
			throws SQLException, IOException {
		try (ExtendedWal wal = open(database)) {
			return wal.extend(headroom, step);
		}
	}

	/**
	 * A headroom that works on the file system that the test runs on.
	 */
	static WalHeadroom headroom(CheckpointDatabase database, long triggerFrames) throws IOException {
		return database.checkpointer().headroom(triggerFrames, Set.of(Files.getFileStore(database.file()).type()));
	}

}
