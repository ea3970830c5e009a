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
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A descriptor of the {@code -wal} file, beside those of SQLite: a sync is of the file,
 * whoever wrote to it. There are no POSIX locks on this file (SQLite has them on the
 * database file and on {@code -shm}, which must not be opened here), so that closing it
 * drops none.
 * <p>
 * The channel is asynchronous for the one thing that sets it apart: an interrupt does not
 * close it. A {@code FileChannel} is closed by the interrupt of a thread that is in
 * {@code force}, and the result of the sync is lost. {@code force} itself blocks here
 * too.
 */
final class WalChannel implements WalFile {

	private static final Logger logger = LoggerFactory.getLogger(WalChannel.class);

	private final Path file;

	private @Nullable AsynchronousFileChannel channel;

	private @Nullable Object key;

	WalChannel(Path file) {
		this.file = file;
	}

	@Override
	public void open() throws IOException {
		current();
	}

	@Override
	public void sync() throws IOException {
		// not the times of the file: fdatasync
		current().force(false);
	}

	/**
	 * The channel of the file that has the name now. SQLite deletes the WAL and makes
	 * another one when its last connection is closed, which happens when all had to be
	 * replaced at once; before that it has copied what was in it.
	 */
	private AsynchronousFileChannel current() throws IOException {
		Object found = Files.readAttributes(this.file, BasicFileAttributes.class).fileKey();
		AsynchronousFileChannel current = this.channel;
		if (current != null && Objects.equals(found, this.key)) {
			return current;
		}
		close();
		// not CREATE: a WAL of ours would be none of SQLite's
		current = AsynchronousFileChannel.open(this.file, StandardOpenOption.WRITE);
		this.channel = current;
		this.key = found;
		syncDirectory();
		return current;
	}

	/**
	 * Makes the name of a new file as lasting as its content. SQLite does so too, with
	 * its own first sync of the file, unless that was by a process with
	 * {@code synchronous=OFF}. As there, an error is none: Windows has no such thing, and
	 * some file systems refuse it.
	 */
	private void syncDirectory() {
		Path directory = this.file.toAbsolutePath().getParent();
		try (AsynchronousFileChannel entry = AsynchronousFileChannel.open(Objects.requireNonNull(directory),
				StandardOpenOption.READ)) {
			entry.force(true);
		}
		catch (IOException | UnsupportedOperationException ex) {
			logger.debug("The directory {} cannot be synced", directory, ex);
		}
	}

	/** What tells the file that is open from another one. */
	@Nullable Object key() {
		return this.key;
	}

	@Override
	public void close() {
		AsynchronousFileChannel current = this.channel;
		this.channel = null;
		if (current != null) {
			try {
				current.close();
			}
			catch (IOException ex) {
				logger.debug("The WAL {} could not be closed", this.file, ex);
			}
		}
	}

}
