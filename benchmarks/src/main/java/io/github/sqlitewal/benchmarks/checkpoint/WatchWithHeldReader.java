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

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.peer.OpenPeer;

/**
 * Watches the WAL beside a reader that holds its transaction for the whole of the
 * measured time.
 */
final class WatchWithHeldReader extends WalWatch {

	private final OpenPeer peer;

	private @Nullable HeldReader reader;

	WatchWithHeldReader(OpenPeer peer) {
		super(peer.file());
		this.peer = peer;
	}

	@Override
	public void begin() throws Exception {
		super.begin();
		this.reader = new HeldReader(this.peer.application());
	}

	@Override
	public boolean sample(long nanoTime) throws Exception {
		if (this.reader != null) {
			this.reader.look(nanoTime);
		}
		return super.sample(nanoTime);
	}

	double namedAfter() {
		return (this.reader != null) ? this.reader.namedAfter() : Double.NaN;
	}

	@Override
	public void close() throws IOException {
		try (HeldReader closed = this.reader) {
			super.close();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
