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

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.PlainConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A database, some readers, and the model of what each of them must see.
 */
final class CheckpointSteps implements AutoCloseable {

	static final int READERS = 3;

	private final List<Reader> readers = new ArrayList<>();

	private final Path directory;

	private CheckpointDatabase database;

	private PlainConnection outside;

	/** What is committed. */
	private long version;

	CheckpointSteps(Path directory) throws SQLException {
		this.directory = directory;
		open();
		VersionedRows.create(this.database);
		for (int i = 0; i < READERS; i++) {
			this.readers.add(new Reader("reader " + i));
		}
	}

	private void open() throws SQLException {
		this.database = CheckpointDatabase.in(this.directory,
				(builder) -> builder.readers(READERS).checkpointBusyTimeout(Duration.ofMillis(1)));
		this.outside = PlainConnection.to(this.database.file());
		this.outside.execute("PRAGMA wal_autocheckpoint=0");
	}

	void take(Step step) throws Exception {
		step.take(this);
	}

	/**
	 * Ends the readers and closes, and what was committed is in the file.
	 */
	void finish() throws Exception {
		reopen();
		assertThat(VersionedRows.read(this.database)).isEqualTo(VersionedRows.expected(this.version));
		close();
		assertThat(VersionedRows.read(this.directory)).isEqualTo(VersionedRows.expected(this.version));
	}

	private void reopen() throws Exception {
		for (Reader reader : this.readers) {
			reader.end();
		}
		closeDatabase();
		open();
		assertThat(VersionedRows.read(this.database)).isEqualTo(VersionedRows.expected(this.version));
	}

	private void checked(CheckpointResult result) {
		assertThat(result.outcome()).isNotIn(CheckpointOutcome.FAILED, CheckpointOutcome.SKIPPED);
		List<Reader> reading = this.readers.stream().filter(Reader::isReading).toList();
		if (result.isComplete()) {
			assertThat(result.checkpointedFrames()).isEqualTo(result.walFrames());
			// also RESET: one that began when all was copied reads the file alone
			assertThat(reading).as("nobody read an older state").allMatch((reader) -> reader.version == this.version);
		}
		else {
			assertThat(reading).as("%s", result).isNotEmpty();
			assertThat(result.detail()).as("who is in the way").contains("reader");
			assertThat(result.heldBackBy()).isNotEmpty();
		}
	}

	private void closeDatabase() throws SQLException {
		this.outside.close();
		this.database.close();
	}

	@Override
	public void close() throws SQLException {
		for (Reader reader : this.readers) {
			reader.actor.close();
		}
		closeDatabase();
	}

	/**
	 * Something that is done to the database.
	 */
	sealed interface Step {

		void take(CheckpointSteps world) throws Exception;

	}

	record Begin(int reader) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.readers.get(this.reader).begin(world);
		}

	}

	record Open(int reader) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.readers.get(this.reader).open(world);
		}

	}

	record Read(int reader) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.readers.get(this.reader).read();
		}

	}

	record End(int reader) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.readers.get(this.reader).end();
		}

	}

	record Write(int count) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			for (int i = 0; i < this.count; i++) {
				try (Connection connection = world.database.connection()) {
					connection.setAutoCommit(false);
					VersionedRows.write(connection);
					connection.commit();
				}
				world.version++;
			}
		}

	}

	record RollBack() implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			try (Connection connection = world.database.connection()) {
				connection.setAutoCommit(false);
				VersionedRows.write(connection);
				connection.rollback();
			}
		}

	}

	record WriteOutside() implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			VersionedRows.write(world.outside);
			world.version++;
		}

	}

	record Checkpoint(CheckpointMode mode) implements Step {

		@Override
		public void take(CheckpointSteps world) {
			world.checked(world.database.checkpointer().checkpoint(this.mode));
		}

	}

	record StartOver() implements Step {

		@Override
		public void take(CheckpointSteps world) {
			world.checked(world.database.startOver());
		}

	}

	record CheckpointOutside(CheckpointMode mode) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.outside.query("PRAGMA wal_checkpoint(" + this.mode + ")");
		}

	}

	record Extend(int step) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			assertThat(world.database.extend(this.step)).isEqualTo(world.database.wal().frames() > 0);
		}

	}

	record Cut(int most) implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			long bytes = world.database.walBytes();
			assertThat(world.database.cut(this.most)).isEqualTo(world.database.walBytes() < bytes);
		}

	}

	record Reopen() implements Step {

		@Override
		public void take(CheckpointSteps world) throws Exception {
			world.reopen();
		}

	}

	/**
	 * A thread that reads in a transaction, or from a result set that stays open.
	 */
	private static final class Reader {

		private final Actor actor;

		private @Nullable Connection connection;

		private VersionedRows.@Nullable Cursor cursor;

		private long version;

		private Reader(String name) {
			this.actor = Actor.named(name);
		}

		boolean isReading() {
			return this.connection != null;
		}

		void begin(CheckpointSteps world) throws Exception {
			if (!isReading()) {
				this.actor.does(() -> {
					this.connection = world.database.connection();
					this.connection.setReadOnly(true);
					this.connection.setAutoCommit(false);
					this.version = world.version;
					return check();
				});
			}
		}

		void open(CheckpointSteps world) throws Exception {
			if (!isReading()) {
				this.actor.does(() -> {
					this.connection = world.database.connection();
					this.cursor = VersionedRows.open(this.connection);
					this.version = this.cursor.version();
					assertThat(this.version).isEqualTo(world.version);
					return null;
				});
			}
		}

		void read() throws Exception {
			if (isReading()) {
				this.actor.does(this::check);
			}
		}

		void end() throws Exception {
			if (isReading()) {
				this.actor.does(() -> {
					if (this.cursor != null) {
						this.cursor.readToTheEnd();
						this.cursor.close();
						this.cursor = null;
					}
					else {
						check();
					}
					this.connection.close();
					this.connection = null;
					return null;
				});
			}
		}

		private Object check() throws SQLException {
			if (this.cursor != null) {
				this.cursor.readOne();
			}
			else {
				assertThat(VersionedRows.read(this.connection)).isEqualTo(VersionedRows.expected(this.version));
			}
			return null;
		}

	}

}
