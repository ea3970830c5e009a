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

package io.github.sqlitewal.benchmarks.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.harness.Load.Monitor;
import io.github.sqlitewal.benchmarks.harness.Measurement;
import io.github.sqlitewal.benchmarks.harness.Quantity;
import io.github.sqlitewal.benchmarks.harness.Settings;

/**
 * Watches the WAL file: how large it becomes, and how often it starts over.
 * <p>
 * Each time that it starts over, the first salt of its header (bytes 16 to 19 of
 * <a href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">the file</a>)
 * changes. SQLite adds one, so that no reset between two looks is missed; but a
 * connection that has not started the WAL over itself, and finds it empty, takes a random
 * number, which is one reset. The file is only read, by plain means: SQLite's locks are
 * on the other two files, and closing this one drops none.
 */
class WalWatch implements Monitor, AutoCloseable {

	private static final int SALT_OFFSET = 16;

	/** More than there can be in the milliseconds between two looks. */
	private static final int MAX_STEPS = 100;

	private final Path file;

	private final ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES);

	private @Nullable FileChannel wal;

	private @Nullable Integer salt;

	private long largest;

	private long resets;

	private long begin;

	private long end;

	WalWatch(Path database) {
		this.file = database.resolveSibling(database.getFileName() + "-wal");
	}

	/** Opens it only now, because it is made by the first write. */
	@Override
	public void begin() throws Exception {
		this.wal = FileChannel.open(this.file, StandardOpenOption.READ);
		look(this.wal);
		this.largest = 0;
		this.begin = System.nanoTime();
	}

	@Override
	public boolean sample(long nanoTime) throws Exception {
		if (this.wal == null) {
			throw new IllegalStateException("The WAL is not open");
		}
		look(this.wal);
		this.end = nanoTime;
		// there are peers that would fill the disk
		return this.largest < Settings.MAX_WAL_BYTES;
	}

	private void look(FileChannel wal) throws IOException {
		this.largest = Math.max(this.largest, wal.size());
		this.buffer.clear();
		// it has no header after TRUNCATE, until the next write
		if (wal.read(this.buffer, SALT_OFFSET) < Integer.BYTES) {
			return;
		}
		int found = this.buffer.getInt(0);
		if (this.salt != null) {
			long steps = Integer.toUnsignedLong(found - this.salt);
			this.resets += (steps <= MAX_STEPS) ? steps : 1;
		}
		this.salt = found;
	}

	long resets() {
		return this.resets;
	}

	/**
	 * Adds what was seen.
	 * @param measurement what else was measured
	 * @return the measurement with size and resets of the WAL
	 */
	Measurement addTo(Measurement measurement) {
		return measurement.with(Quantity.WAL_SIZE, this.largest)
			.with(Quantity.RESETS, this.resets / ((this.end - this.begin) / 1e9));
	}

	@Override
	public void close() throws IOException {
		if (this.wal != null) {
			this.wal.close();
		}
	}

}
