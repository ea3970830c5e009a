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

package io.github.sqlitewal.benchmarks.harness;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * A work, the peers that do it, and what is said about it.
 */
public abstract class Workload {

	private final String name;

	private final String work;

	private final List<PeerType> peers;

	private final List<Figure> figures;

	/**
	 * Describes a work.
	 * @param name its name on the command line
	 * @param work what is done, in words
	 * @param peers who does it
	 * @param figures what is said about it
	 */
	protected Workload(String name, String work, List<PeerType> peers, List<Figure> figures) {
		this.name = name;
		this.work = work;
		this.peers = List.copyOf(peers);
		this.figures = List.copyOf(figures);
	}

	/**
	 * Does the work on one peer.
	 * @param peer which one
	 * @param settings how much to do
	 * @return what was measured
	 * @throws Exception when an operation failed, which ends the run
	 */
	protected abstract Measurement measure(OpenPeer peer, Settings settings) throws Exception;

	/**
	 * Why the work cannot be done here.
	 * @return the reason, or {@code null} when it can be
	 */
	public @Nullable String unavailable() {
		for (PeerType peer : this.peers) {
			String reason = peer.unavailable();
			if (reason != null) {
				return reason;
			}
		}
		return null;
	}

	/**
	 * Its name on the command line.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * What is done.
	 * @return some words
	 */
	public String work() {
		return this.work;
	}

	List<PeerType> peers() {
		return this.peers;
	}

	/**
	 * What is said about it.
	 * @return the figures, one row of the table each
	 */
	public List<Figure> figures() {
		return this.figures;
	}

	@Override
	public String toString() {
		return this.name;
	}

}
