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

import org.jspecify.annotations.Nullable;

/**
 * A kind of peer. Each is one object, and equal to itself only.
 */
public final class PeerType {

	private final String name;

	private final Opener opener;

	private final boolean busyExpected;

	private final @Nullable String unavailable;

	private PeerType(String name, Opener opener, boolean busyExpected, @Nullable String unavailable) {
		this.name = name;
		this.opener = opener;
		this.busyExpected = busyExpected;
		this.unavailable = unavailable;
	}

	/**
	 * A kind of peer.
	 * @param name its name in tables
	 * @param opener opens it on a file
	 * @return the type
	 */
	public static PeerType of(String name, Opener opener) {
		return new PeerType(name, opener, false, null);
	}

	/**
	 * The same for a peer that is known to give up with SQLITE_BUSY under load: it is
	 * counted and reported instead of ending the run.
	 * @return another type
	 */
	public PeerType expectBusy() {
		return new PeerType(this.name, this.opener, true, this.unavailable);
	}

	/**
	 * The same with a reason why it cannot be measured here.
	 * @param reason the reason, or {@code null} when it can be
	 * @return another type
	 */
	public PeerType unavailable(@Nullable String reason) {
		return new PeerType(this.name, this.opener, this.busyExpected, reason);
	}

	/**
	 * The same peer under another name, for a work that does something else with it.
	 * @param name the name in tables
	 * @return another type
	 */
	public PeerType named(String name) {
		return new PeerType(name, this.opener, this.busyExpected, this.unavailable);
	}

	/**
	 * Opens it.
	 * @param file a database file with rows in it, which nothing else has open
	 * @return the peer, to be closed
	 * @throws Exception when it failed
	 */
	public OpenPeer open(Path file) throws Exception {
		return new OpenPeer(this, file, this.opener.open(file));
	}

	/**
	 * Whether an operation may fail with SQLITE_BUSY.
	 * @return whether such failures are counted, and not an error of the run
	 */
	public boolean isBusyExpected() {
		return this.busyExpected;
	}

	/**
	 * Why it cannot be measured here.
	 * @return the reason, or {@code null} when it can be
	 */
	public @Nullable String unavailable() {
		return this.unavailable;
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * Opens a peer on a file.
	 */
	@FunctionalInterface
	public interface Opener {

		/**
		 * Opens it.
		 * @param file a database file with rows in it, which nothing else has open
		 * @return the peer
		 * @throws Exception when it failed
		 */
		Peer open(Path file) throws Exception;

	}

}
