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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.github.sqlitewal.benchmarks.harness.Figure;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs all works for a moment, to see that they work: every row comes out, and no
 * operation fails. It says nothing about any time.
 */
class ShortFormTests {

	@Test
	void everyRowIsProduced(@TempDir Path output) throws Exception {
		String report = new Benchmarks(Options.parse("--short", "--output", output.toString()), (line) -> {
		}).run();
		List<List<String>> rows = report.lines()
			.filter((line) -> line.startsWith("|"))
			.map((line) -> List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)))
			.filter((cells) -> cells.size() == 5 && !List.of("work", "---").contains(cells.get(0)))
			.toList();
		List<String> figures = Benchmarks.suites()
			.stream()
			.flatMap((suite) -> suite.workloads().stream())
			.flatMap((workload) -> workload.figures().stream())
			.map(Figure::name)
			.toList();
		assertThat(rows).extracting((cells) -> cells.get(1)).containsExactlyElementsOf(figures);
		assertThat(rows).allSatisfy((cells) -> {
			assertThat(cells.get(3)).isNotBlank().doesNotContain("nothing measured");
			assertThat(cells.get(4)).isIn("not judged", "–");
		});
		assertThat(output.resolve("benchmarks.md")).hasContent(report);
		try (var left = Files.list(output)) {
			assertThat(left).containsExactly(output.resolve("benchmarks.md"));
		}
	}

}
