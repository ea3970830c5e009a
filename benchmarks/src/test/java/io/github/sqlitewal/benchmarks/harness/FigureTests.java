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

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.github.sqlitewal.benchmarks.peer.PeerType;
import io.github.sqlitewal.benchmarks.peer.Peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Figure}.
 */
class FigureTests {

	private static final PeerType ONE = Peers.STARTER;

	private static final PeerType OTHER = Peers.DRIVER;

	@Test
	void ratioIsJudgedByTheMedianOfTheRounds() {
		Figure ratio = Figure.ratio("inserts/s", Quantity.RATE, ONE, OTHER).atLeast(2);
		List<Round> rounds = List.of(round(10, 10), round(90, 30), round(50, 25));
		assertThat(ratio.measured(rounds)).isEqualTo("2.00 (1.00 – 3.00)");
		assertThat(ratio.held(rounds)).isEqualTo("yes");
		assertThat(Figure.ratio("inserts/s", Quantity.RATE, ONE, OTHER).atMost(1.9).held(rounds)).isEqualTo("no");
	}

	@Test
	void ratioIsOneOfTheSameRound() {
		// the medians of both are 20, and no round had a ratio of 1
		Figure ratio = Figure.ratio("inserts/s", Quantity.RATE, ONE, OTHER);
		assertThat(ratio.measured(List.of(round(10, 20), round(20, 40), round(50, 10)))).startsWith("0.50 ");
	}

	@Test
	void limitIsJudgedByTheWorstRound() {
		List<Round> rounds = List.of(round(1, 0), round(2, 0), round(9, 0));
		assertThat(Figure.limit("inserts/s", Quantity.RATE, ONE).atMost(8).held(rounds)).isEqualTo("no");
		assertThat(Figure.limit("inserts/s", Quantity.RATE, ONE).atMost(9).held(rounds)).isEqualTo("yes");
		assertThat(Figure.limit("inserts/s", Quantity.RATE, ONE).atLeast(2).held(rounds)).isEqualTo("no");
		assertThat(Figure.limit("inserts/s", Quantity.RATE, ONE).atLeast(1).held(rounds)).isEqualTo("yes");
	}

	@Test
	void differenceHasTheUnitOfWhatIsCompared() {
		Figure difference = Figure.difference("rate", Quantity.RATE, ONE, OTHER).atMost(200);
		assertThat(difference.measured(List.of(round(1200, 200)))).isEqualTo("1,000/s");
		assertThat(difference.target()).isEqualTo("≤ 200/s");
	}

	@Test
	void whatNeverHappenedIsNotHeld() {
		Figure limit = Figure.limit("inserts/s", Quantity.RATE, ONE).atMost(2);
		List<Round> rounds = List.of(round(Double.POSITIVE_INFINITY, 0));
		assertThat(limit.measured(rounds)).isEqualTo("never");
		assertThat(limit.held(rounds)).isEqualTo("no");
	}

	@Test
	void nothingDividedByNothingIsNotHeld() {
		for (Figure figure : Arrays.asList(Figure.ratio("rate", Quantity.RATE, ONE, OTHER).atLeast(0),
				Figure.ratio("rate", Quantity.RATE, ONE, OTHER).atMost(100))) {
			assertThat(figure.measured(List.of(round(0, 0)))).isEqualTo("nothing measured");
			assertThat(figure.held(List.of(round(0, 0)))).isEqualTo("no");
		}
	}

	@Test
	void smallRatiosAreFractions() {
		assertThat(Figure.ratio("rate", Quantity.RATE, ONE, OTHER).atMost(1.0 / 20).target()).isEqualTo("≤ 1/20");
		assertThat(Figure.ratio("rate", Quantity.RATE, ONE, OTHER).atMost(1.0 / 5).target()).isEqualTo("≤ 1/5");
		assertThat(Figure.ratio("rate", Quantity.RATE, ONE, OTHER).measured(List.of(round(2, 13)))).isEqualTo("1/6.5");
	}

	@Test
	void figureOfWhatWasNotMeasuredIsAnError() {
		Figure figure = Figure.limit("p99", Quantity.P99, ONE);
		assertThatIllegalStateException().isThrownBy(() -> figure.measured(List.of(round(1, 1))))
			.withMessageContaining("P99");
	}

	private static Round round(double one, double other) {
		Round round = new Round();
		round.add(ONE, new Measurement().with(Quantity.RATE, one));
		round.add(OTHER, new Measurement().with(Quantity.RATE, other));
		return round;
	}

}
