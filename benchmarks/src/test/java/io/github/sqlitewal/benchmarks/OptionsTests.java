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

package io.github.sqlitewal.benchmarks;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Options}.
 */
class OptionsTests {

	private static final Settings USUAL = new Settings(Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 4, 5, true);

	@Test
	void withoutNamesEverythingRuns() {
		assertThat(Options.parse().select(Benchmarks.suites())).extracting(Suite::name)
			.containsExactly("checkpoint", "speed");
		assertThat(Options.parse().settings(USUAL)).isEqualTo(USUAL);
	}

	@Test
	void suiteAndWorkAreSelectedByName() {
		assertThat(Options.parse("speed:insert-32", "checkpoint").select(Benchmarks.suites())).satisfiesExactly(
				(checkpoint) -> assertThat(checkpoint.workloads())
					.hasSameSizeAs(Benchmarks.suites().get(0).workloads()),
				(speed) -> assertThat(speed.workloads()).singleElement().hasToString("insert-32"));
	}

	@Test
	void numbersReplaceWhatIsUsual() {
		Settings settings = Options.parse("--seconds", "60", "--rounds", "7").settings(USUAL);
		assertThat(settings.measure()).isEqualTo(Duration.ofMinutes(1));
		assertThat(settings.rounds()).isEqualTo(7);
		assertThat(settings.warmUp()).isEqualTo(USUAL.warmUp());
	}

	@Test
	void nameThatIsNoWorkIsAnError() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Options.parse("speed:insert-33").select(Benchmarks.suites()))
			.withMessageContaining("speed:insert-33");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1", "many" })
	void numberThatIsNotPositiveIsAnError(String number) {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--rounds", number))
			.withMessageContaining("--rounds")
			.withMessageContaining(number);
	}

	@ParameterizedTest
	@ValueSource(strings = { "--seconds", "--fast" })
	void whatCannotBeUnderstoodIsAnError(String argument) {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(argument)).withMessageContaining(argument);
	}

}
