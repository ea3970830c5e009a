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

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Suite;
import io.github.sqlitewal.benchmarks.harness.Workload;

/**
 * What the command line says.
 *
 * @param names suites, or works as {@code suite:work}; all when there are none
 * @param seconds how long each load is measured, or {@code null} for what the suite needs
 * @param rounds how often each load is measured, or {@code null} for what the suite needs
 * @param shortForm whether all is as short as it can be
 * @param output where the table and, for the time of the run, the database files are
 */
record Options(List<String> names, @Nullable Integer seconds, @Nullable Integer rounds, boolean shortForm,
		@Nullable Path output) {

	static final String USAGE = """
			java -jar benchmarks.jar [suite | suite:work]... [options]

			  --seconds <n>   how long each load is measured on each peer
			  --rounds <n>    how often each load is measured on each peer
			  --short         runs all of it for a moment, to see that it works
			  --output <dir>  for the table and, during the run, the database files;
			                  the directory of the jar when it is not given
			  --list          the names of suites and works
			""";

	static Options parse(String... arguments) {
		List<String> names = new ArrayList<>();
		Integer seconds = null;
		Integer rounds = null;
		boolean shortForm = false;
		Path output = null;
		for (int i = 0; i < arguments.length; i++) {
			String argument = arguments[i];
			switch (argument) {
				case "--seconds" -> seconds = positive(argument, value(arguments, ++i));
				case "--rounds" -> rounds = positive(argument, value(arguments, ++i));
				case "--output" -> output = Path.of(value(arguments, ++i));
				case "--short" -> shortForm = true;
				default -> {
					if (argument.startsWith("-")) {
						throw new IllegalArgumentException(argument + " is no option");
					}
					names.add(argument);
				}
			}
		}
		return new Options(names, seconds, rounds, shortForm, output);
	}

	private static String value(String[] arguments, int index) {
		if (index == arguments.length) {
			throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
		}
		return arguments[index];
	}

	private static int positive(String option, String value) {
		try {
			int number = Integer.parseInt(value);
			if (number > 0) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			// said below
		}
		throw new IllegalArgumentException(option + " needs a number above 0, and not '" + value + "'");
	}

	/**
	 * Those works that are asked for.
	 * @param suites all there are
	 * @return the suites with those works only
	 */
	List<Suite> select(List<Suite> suites) {
		for (String name : this.names) {
			if (suites.stream().allMatch((suite) -> select(suite, name).isEmpty())) {
				throw new IllegalArgumentException("There is no suite and no work '" + name + "'");
			}
		}
		return suites.stream()
			.map((suite) -> new Suite(suite.name(),
					suite.workloads().stream().filter((workload) -> isSelected(suite, workload)).toList()))
			.filter((suite) -> !suite.workloads().isEmpty())
			.toList();
	}

	private boolean isSelected(Suite suite, Workload workload) {
		return this.names.isEmpty() || this.names.stream().anyMatch((name) -> select(suite, name).contains(workload));
	}

	private static List<Workload> select(Suite suite, String name) {
		return suite.workloads()
			.stream()
			.filter((workload) -> name.equals(suite.name()) || name.equals(suite.name() + ":" + workload.name()))
			.toList();
	}

	Settings settings(Settings usual) {
		return new Settings(usual.warmUp(), (this.seconds != null) ? Duration.ofSeconds(this.seconds) : usual.measure(),
				(this.rounds != null) ? this.rounds : usual.rounds(), usual.rows(), usual.batchRows(), usual.judged());
	}

}
