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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WalChannelTests {

	@TempDir
	Path directory;

	@Test
	void interruptNeitherClosesNorFailsIt() throws Exception {
		Path file = Files.createFile(this.directory.resolve("app.db-wal"));
		WalChannel channel = new WalChannel(file);
		channel.open();
		Thread.currentThread().interrupt();
		channel.sync();
		assertThat(Thread.interrupted()).isTrue();
		channel.sync();
		channel.close();
	}

	@Test
	void missingFileIsAFailureAndIsNotMade() {
		Path file = this.directory.resolve("app.db-wal");
		WalChannel channel = new WalChannel(file);
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(channel::open);
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(channel::sync);
		assertThat(file).doesNotExist();
	}

	@Test
	void fileThatWasDeletedIsNotTakenForSynced() throws Exception {
		Path file = Files.createFile(this.directory.resolve("app.db-wal"));
		WalChannel channel = new WalChannel(file);
		channel.sync();
		Files.delete(file);
		assertThatExceptionOfType(IOException.class).isThrownBy(channel::sync);
		channel.close();
	}

	@Test
	void newFileOfTheSameNameIsOpened() throws Exception {
		Path file = Files.createFile(this.directory.resolve("app.db-wal"));
		WalChannel channel = new WalChannel(file);
		channel.sync();
		Object key = channel.key();
		Files.move(Files.createFile(this.directory.resolve("other")), file, StandardCopyOption.REPLACE_EXISTING);
		channel.sync();
		assertThat(channel.key()).isNotEqualTo(key)
			.isEqualTo(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
		channel.close();
	}

}
