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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

import io.github.sqlitewal.benchmarks.peer.DatabaseFiles;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * Runs a work in rounds. In each round every peer does it once, one peer after the other,
 * on a fresh copy of the same file; each round begins with another peer, so that what
 * changes in the machine meanwhile does not always meet the same one.
 */
public final class Runner {

	private final DatabaseFiles files;

	private final Settings settings;

	private final Consumer<String> progress;

	private final OtherProcesses otherProcesses = new OtherProcesses();

	/**
	 * Creates a runner.
	 * @param files the files of the run
	 * @param settings how much to do
	 * @param progress is told of each measurement
	 */
	public Runner(DatabaseFiles files, Settings settings, Consumer<String> progress) {
		this.files = files;
		this.settings = settings;
		this.progress = progress;
	}

	/**
	 * Runs a work.
	 * @param workload the work
	 * @return its rounds, or why there are none
	 * @throws Exception when an operation failed
	 */
	public Result run(Workload workload) throws Exception {
		String unavailable = workload.unavailable();
		List<Round> rounds = new ArrayList<>();
		if (unavailable != null) {
			this.progress.accept(workload + ": " + unavailable);
			return new Result(workload, rounds, unavailable, this.settings);
		}
		for (int number = 0; number < this.settings.rounds(); number++) {
			List<PeerType> order = new ArrayList<>(workload.peers());
			Collections.rotate(order, -number);
			Round round = new Round();
			for (PeerType type : order) {
				Measurement measurement = measure(workload, type);
				this.progress.accept(workload + ", round " + (number + 1) + " of " + this.settings.rounds() + ", "
						+ type + ": " + measurement);
				this.otherProcesses.sample();
				round.add(type, measurement);
			}
			rounds.add(round);
		}
		return new Result(workload, rounds, null, this.settings);
	}

	/**
	 * How much of the processors' time went to other processes until now.
	 * @return from 0 to 1, or no number when the system does not tell
	 */
	public double otherProcesses() {
		return this.otherProcesses.share();
	}

	private Measurement measure(Workload workload, PeerType type) throws Exception {
		Path file = this.files.copy();
		try (OpenPeer peer = type.open(file)) {
			return workload.measure(peer, this.settings);
		}
		finally {
			this.files.delete(file);
		}
	}

}
