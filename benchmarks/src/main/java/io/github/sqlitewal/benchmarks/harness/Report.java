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
import java.util.Locale;
import java.util.Map;

/**
 * The Markdown that a run writes.
 */
public final class Report {

	private static final List<String> HEADER = List.of("work", "figure", "target", "measured", "held");

	private final StringBuilder markdown = new StringBuilder();

	/**
	 * Writes a report.
	 * @param facts what the figures depend on, by name
	 * @param sections the suites that ran
	 */
	public Report(Map<String, String> facts, List<Section> sections) {
		this.markdown.append("# Benchmarks\n\n");
		List<List<String>> rows = new ArrayList<>();
		facts.forEach((name, value) -> rows.add(List.of(name, value)));
		table(List.of("", ""), rows);
		sections.forEach(this::add);
	}

	private void add(Section section) {
		this.markdown.append("\n## ").append(section.suite()).append("\n\n").append(method(section.settings()));
		if (Double.isFinite(section.otherProcesses())) {
			this.markdown.append(String.format(Locale.ROOT, " Other processes had %.0f %% of the processors.",
					section.otherProcesses() * 100));
		}
		this.markdown.append("\n\n");
		List<List<String>> rows = new ArrayList<>();
		String previous = "";
		for (Result result : section.results()) {
			for (List<String> row : result.rows()) {
				// a work with several figures is named once
				List<String> cells = new ArrayList<>(row);
				if (row.get(0).equals(previous)) {
					cells.set(0, "");
				}
				previous = row.get(0);
				rows.add(cells);
			}
		}
		table(HEADER, rows);
		List<String> notes = section.results().stream().flatMap((result) -> result.notes().stream()).toList();
		if (!notes.isEmpty()) {
			this.markdown.append('\n');
			notes.forEach((note) -> this.markdown.append("- ").append(note).append('\n'));
		}
	}

	private static String method(Settings settings) {
		if (!settings.judged()) {
			return "Too short to say anything: this only shows that all of it runs.";
		}
		return "Each load ran for " + settings.measure().toSeconds() + " s on each peer, after a warm-up of "
				+ settings.warmUp().toSeconds() + " s, in rounds of all peers, "
				+ ((settings.rounds() == 1) ? "of which there was one." : "of which there were " + settings.rounds()
						+ ": median (smallest – largest). A limit without a peer is judged by the worst round.");
	}

	private void table(List<String> header, List<List<String>> rows) {
		row(header);
		row(header.stream().map((cell) -> "---").toList());
		rows.forEach(this::row);
	}

	private void row(List<String> cells) {
		this.markdown.append('|');
		for (String cell : cells) {
			this.markdown.append(' ').append(cell.replace("|", "\\|")).append(" |");
		}
		this.markdown.append('\n');
	}

	@Override
	public String toString() {
		return this.markdown.toString();
	}

	/**
	 * A suite that ran.
	 *
	 * @param suite its name
	 * @param settings how much was done
	 * @param results what came of its works
	 * @param otherProcesses how much of the processors' time went to other processes
	 */
	public record Section(String suite, Settings settings, List<Result> results, double otherProcesses) {

	}

}
