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

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.github.sqlitewal.benchmarks.harness.Report.Section;
import io.github.sqlitewal.benchmarks.peer.OpenPeer;
import io.github.sqlitewal.benchmarks.peer.PeerType;
import io.github.sqlitewal.benchmarks.peer.Peers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Report}.
 */
class ReportTests {

	private static final Settings SETTINGS = new Settings(Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 4, 5, true);

	private static final String METHOD = "Each load ran for 2 s on each peer, after a warm-up of 1 s, in rounds of all"
			+ " peers, of which there were 3: median (smallest – largest). A limit without a peer is judged by the worst"
			+ " round. Other processes had 5 % of the processors.";

	@Test
	void tableHasOneRowForEachFigureAndNamesTheWorkOnce() {
		assertThat(report(null, SETTINGS, 0)).isEqualTo("""
				# Benchmarks

				|  |  |
				| --- | --- |
				| processors | 2 |

				## suite

				METHOD

				| work | figure | target | measured | held |
				| --- | --- | --- | --- | --- |
				| one \\| other | rate, to the bare driver | ≥ 2.00 | 3.00 | yes |
				|  | rate | ≤ 2.00/s | 6.00/s | no |
				|  | rate | – | 6.00/s | – |
				""".replace("METHOD", METHOD));
	}

	@Test
	void workThatIsNotAvailableSaysWhy() {
		assertThat(report("it needs another machine", SETTINGS, 0))
			.contains("| ≥ 2.00 | not available: it needs another machine | – |");
	}

	@Test
	void shortFormIsNotJudged() {
		assertThat(report(null, new Settings(Duration.ZERO, Duration.ZERO, 1, 4, 5, false), 0))
			.contains("| ≥ 2.00 | 3.00 | not judged |")
			.doesNotContain("yes");
	}

	@Test
	void failuresAreToldBesideTheTable() {
		assertThat(report(null, SETTINGS, 7)).contains("- work: 7 operations of the bare driver failed");
	}

	private static String report(@Nullable String unavailable, Settings settings, long failures) {
		Workload workload = new Workload("work", "one | other", List.of(Peers.STARTER, Peers.DRIVER),
				List.of(Figure.ratio("rate", Quantity.RATE, Peers.STARTER, Peers.DRIVER).atLeast(2),
						Figure.limit("rate", Quantity.RATE, Peers.STARTER).atMost(2),
						Figure.limit("rate", Quantity.RATE, Peers.STARTER))) {

			@Override
			protected Measurement measure(OpenPeer peer, Settings settings) {
				throw new AssertionError("Nothing is measured here");
			}

		};
		Round round = new Round();
		round.add(Peers.STARTER, new Measurement().with(Quantity.RATE, 6));
		PeerType driver = Peers.DRIVER;
		round.add(driver, new Measurement().with(Quantity.RATE, 2).withFailures(failures));
		List<Round> rounds = (unavailable != null) ? List.of() : List.of(round);
		Result result = new Result(workload, rounds, unavailable, settings);
		return new Report(Map.of("processors", "2"), List.of(new Section("suite", settings, List.of(result), 0.046)))
			.toString();
	}

}
