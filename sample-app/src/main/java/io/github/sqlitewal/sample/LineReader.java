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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * Reads a stream line by line and never holds more than one line of it. Unlike
 * {@link java.io.BufferedReader} it does not take a carriage return within a line for its
 * end, it loses no byte of a log that is not UTF-8, and a stream without line ends cannot
 * fill the memory.
 */
final class LineReader {

	static final int MAX_LINE_BYTES = 16 * 1024 * 1024;

	private final InputStream input;

	private final byte[] buffer = new byte[64 * 1024];

	private int position;

	private int limit;

	private long number;

	LineReader(InputStream input) {
		this.input = input;
	}

	/**
	 * Reads the next line, whether or not the last one has a line end.
	 * @return the line, or {@code null} at the end of the stream
	 * @throws IOException if the stream fails
	 */
	@Nullable Line next() throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
		boolean tooLong = false;
		boolean any = false;
		while (fill()) {
			any = true;
			int end = this.position;
			while (end < this.limit && this.buffer[end] != '\n') {
				end++;
			}
			int length = end - this.position;
			tooLong = tooLong || bytes.size() + length > MAX_LINE_BYTES;
			if (!tooLong) {
				bytes.write(this.buffer, this.position, length);
			}
			boolean complete = end < this.limit;
			this.position = complete ? end + 1 : end;
			if (complete) {
				break;
			}
		}
		if (!any) {
			return null;
		}
		this.number++;
		return new Line(this.number, tooLong ? null : text(bytes.toByteArray()));
	}

	private boolean fill() throws IOException {
		if (this.position < this.limit) {
			return true;
		}
		this.position = 0;
		this.limit = Math.max(0, this.input.read(this.buffer));
		return this.limit > 0;
	}

	private static String text(byte[] bytes) {
		int length = bytes.length;
		if (length > 0 && bytes[length - 1] == '\r') {
			length--;
		}
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
		}
		catch (CharacterCodingException ex) {
			// every byte is a character of Latin-1, so nothing is lost
			return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
		}
	}

	/**
	 * A line without its end.
	 *
	 * @param number its number, from 1
	 * @param text its text, or {@code null} if it was longer than
	 * {@value #MAX_LINE_BYTES} bytes and has been skipped
	 */
	record Line(long number, @Nullable String text) {
	}

}
