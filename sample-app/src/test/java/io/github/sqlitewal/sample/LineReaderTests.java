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

package io.github.sqlitewal.sample;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LineReader}.
 */
class LineReaderTests {

	@Test
	void splitsAtLineFeedsAndTakesTheCarriageReturnBeforeThem() throws IOException {
		assertThat(texts("a\nb\r\n\nc\rd\n e \n")).containsExactly("a", "b", "", "c\rd", " e ");
	}

	@Test
	void lastLineNeedsNoEnd() throws IOException {
		assertThat(texts("a\nb")).containsExactly("a", "b");
		assertThat(texts("")).isEmpty();
		assertThat(texts("\n")).containsExactly("");
	}

	@Test
	void numbersLinesFromOne() throws IOException {
		LineReader reader = new LineReader(new ByteArrayInputStream("a\n\nb".getBytes(StandardCharsets.UTF_8)));
		assertThat(reader.next()).isEqualTo(new LineReader.Line(1, "a"));
		assertThat(reader.next()).isEqualTo(new LineReader.Line(2, ""));
		assertThat(reader.next()).isEqualTo(new LineReader.Line(3, "b"));
		assertThat(reader.next()).isNull();
	}

	@Test
	void lineMaySpanManyReads() throws IOException {
		String line = "äöü".repeat(100_000);
		InputStream dripping = new ByteArrayInputStream((line + "\nb").getBytes(StandardCharsets.UTF_8)) {
			@Override
			public synchronized int read(byte[] bytes, int offset, int length) {
				return super.read(bytes, offset, Math.min(length, 7));
			}
		};
		assertThat(texts(dripping)).containsExactly(line, "b");
	}

	@Test
	void lineThatIsNotUtf8LosesNothing() throws IOException {
		byte[] latin1 = "caf\u00e9\nb".getBytes(StandardCharsets.ISO_8859_1);
		assertThat(texts(new ByteArrayInputStream(latin1))).containsExactly("caf\u00e9", "b");
	}

	@Test
	void lineThatIsTooLongIsSkippedAndTheNextOneRead() throws IOException {
		byte[] bytes = new byte[LineReader.MAX_LINE_BYTES + 3];
		Arrays.fill(bytes, (byte) 'x');
		bytes[LineReader.MAX_LINE_BYTES + 1] = '\n';
		LineReader reader = new LineReader(new ByteArrayInputStream(bytes));
		assertThat(reader.next()).isEqualTo(new LineReader.Line(1, null));
		assertThat(reader.next()).isEqualTo(new LineReader.Line(2, "x"));
	}

	private static List<String> texts(String text) throws IOException {
		return texts(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
	}

	private static List<String> texts(InputStream input) throws IOException {
		List<String> texts = new ArrayList<>();
		LineReader reader = new LineReader(input);
		LineReader.Line line;
		while ((line = reader.next()) != null) {
			texts.add(line.text());
		}
		return texts;
	}

}
