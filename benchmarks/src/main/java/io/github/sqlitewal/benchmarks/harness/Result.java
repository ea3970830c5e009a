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

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * What came of a work.
 *
 * @param workload the work
 * @param rounds its rounds
 * @param unavailable why there are none, or {@code null}
 * @param settings how much was done
 */
public record Result(Workload workload, List<Round> rounds, @Nullable String unavailable, Settings settings) {

	/**
	 * What its rows of the table say.
	 * @return a list of cells for each figure: work, figure, target, measured, held
	 */
	List<List<String>> rows() {
		List<List<String>> rows = new ArrayList<>();
		for (Figure figure : this.workload.figures()) {
			rows.add(List.of(this.workload.work(), figure.name(), figure.target(), measured(figure), held(figure)));
		}
		return rows;
	}

	private String measured(Figure figure) {
		return (this.unavailable != null) ? "not available: " + this.unavailable : figure.measured(this.rounds);
	}

	private String held(Figure figure) {
		if (this.unavailable != null) {
			return "–";
		}
		return this.settings.judged() ? figure.held(this.rounds) : "not judged";
	}

	/**
	 * What has to be known to read its rows.
	 * @return a sentence for each peer that gave up operations
	 */
	List<String> notes() {
		List<String> notes = new ArrayList<>();
		for (PeerType peer : this.workload.peers()) {
			long failures = this.rounds.stream().mapToLong((round) -> round.of(peer).failures()).sum();
			if (failures > 0) {
				notes.add(this.workload.name() + ": " + failures + " operations of " + peer
						+ " failed with SQLITE_BUSY, or without a connection; they count as waits and not as done.");
			}
		}
		return notes;
	}

}
