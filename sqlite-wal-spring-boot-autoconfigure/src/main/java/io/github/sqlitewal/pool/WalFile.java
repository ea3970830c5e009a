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

package io.github.sqlitewal.pool;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The WAL as {@link WalSync} needs it: something to sync.
 */
public interface WalFile {

	/**
	 * The WAL in a file.
	 * @param file the {@code -wal} file
	 * @return the WAL, not open
	 */
	static WalFile of(Path file) {
		return new WalChannel(file);
	}

	/**
	 * Opens it: an error of the disk is told to those who had the file open when it
	 * happened, and to nobody else for certain.
	 * @throws IOException when it cannot be opened
	 */
	void open() throws IOException;

	/**
	 * Returns when everything that was written to it is on the disk. An interrupt of the
	 * thread has no effect on the sync and is kept. Called by one thread at a time.
	 * @throws IOException when that is not certain
	 */
	void sync() throws IOException;

	/**
	 * Closes it. Nobody syncs then, nor later.
	 */
	void close();

}
