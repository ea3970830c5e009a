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

import java.nio.file.Path;

/**
 * A peer on a file.
 *
 * @param type what it is
 * @param file its file
 * @param peer the peer, to be closed with this
 */
public record OpenPeer(PeerType type, Path file, Peer peer) implements AutoCloseable {

	/**
	 * Opens a session.
	 * @return a session for one thread, to be closed
	 * @throws Exception when it failed
	 */
	public Session openSession() throws Exception {
		return this.peer.openSession();
	}

	/**
	 * The application behind it.
	 * @return the peer as the application that it is
	 */
	public SpringPeer application() {
		return (SpringPeer) this.peer;
	}

	@Override
	public void close() throws Exception {
		this.peer.close();
	}

}
