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

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import org.springframework.boot.system.ApplicationHome;

import io.github.sqlitewal.benchmarks.checkpoint.CheckpointSuite;
import io.github.sqlitewal.benchmarks.harness.Machine;
import io.github.sqlitewal.benchmarks.harness.Report;
import io.github.sqlitewal.benchmarks.harness.Report.Section;
import io.github.sqlitewal.benchmarks.harness.Result;
import io.github.sqlitewal.benchmarks.harness.Runner;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.harness.Suite;
import io.github.sqlitewal.benchmarks.harness.Workload;
import io.github.sqlitewal.benchmarks.peer.DatabaseFiles;
import io.github.sqlitewal.benchmarks.speed.SpeedSuite;

/**
 * Compares the starter with other ways to hold a SQLite file, and writes a Markdown table
 * to standard output and to {@code benchmarks.md}. What it does meanwhile goes to
 * standard error.
 */
public final class Benchmarks {

	private static final int ROWS = 200_000;

	private static final int BATCH_ROWS = 1_000_000;

	/** A checkpoint policy shows itself over a minute, a statement in seconds. */
	private static final Map<String, Settings> USUAL = Map.of("checkpoint",
			new Settings(Duration.ofSeconds(3), Duration.ofSeconds(60), 3, ROWS, BATCH_ROWS, true), "speed",
			new Settings(Duration.ofSeconds(3), Duration.ofSeconds(5), 5, ROWS, BATCH_ROWS, true));

	private static final Settings SHORT = new Settings(Duration.ofMillis(20), Duration.ofMillis(100), 1, 2000, 2000,
			false);

	private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

	private final Options options;

	private final Consumer<String> progress;

	Benchmarks(Options options, Consumer<String> progress) {
		this.options = options;
		this.progress = progress;
	}

	/**
	 * Runs the program.
	 * @param arguments see {@link Options#USAGE}
	 * @throws Exception when an operation failed
	 */
	public static void main(String... arguments) throws Exception {
		PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
		if (List.of(arguments).contains("--list")) {
			suites().forEach((suite) -> suite.workloads()
				.forEach((workload) -> out.println(suite.name() + ":" + workload.name() + "  " + workload.work())));
			return;
		}
		Benchmarks benchmarks;
		try {
			Options options = Options.parse(arguments);
			options.select(suites());
			benchmarks = new Benchmarks(options,
					(line) -> System.err.println(LocalTime.now(ZoneId.systemDefault()).format(CLOCK) + " " + line));
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.err.println(Options.USAGE);
			System.exit(2);
			return;
		}
		out.print(benchmarks.run());
	}

	static List<Suite> suites() {
		return List.of(CheckpointSuite.create(), SpeedSuite.create());
	}

	/**
	 * Runs what the options ask for. The file has what is known after each work, so that
	 * a run that is ended early was not for nothing.
	 * @return the report
	 */
	String run() throws Exception {
		Path output = output();
		Files.createDirectories(output);
		Map<String, String> facts = Machine.facts(output);
		List<Section> sections = new ArrayList<>();
		for (Suite suite : this.options.select(suites())) {
			Settings settings = this.options.shortForm() ? SHORT
					: this.options.settings(Objects.requireNonNull(USUAL.get(suite.name())));
			List<Result> results = new ArrayList<>();
			try (DatabaseFiles files = new DatabaseFiles(output, settings.rows())) {
				Runner runner = new Runner(files, settings, this.progress);
				for (Workload workload : suite.workloads()) {
					results.add(runner.run(workload));
					List<Section> known = new ArrayList<>(sections);
					known.add(new Section(suite.name(), settings, results, runner.otherProcesses()));
					write(output, new Report(facts, known));
				}
				sections.add(new Section(suite.name(), settings, results, runner.otherProcesses()));
			}
		}
		Report report = new Report(facts, sections);
		write(output, report);
		return report.toString();
	}

	private static void write(Path output, Report report) throws IOException {
		Files.writeString(output.resolve("benchmarks.md"), report.toString());
	}

	/** Beside the jar, or beside the classes: that is target in both cases. */
	private Path output() {
		if (this.options.output() != null) {
			return this.options.output();
		}
		File source = new ApplicationHome(Benchmarks.class).getSource();
		Path directory = (source != null) ? source.toPath().getParent() : null;
		return (directory != null) ? directory : Path.of("");
	}

}
