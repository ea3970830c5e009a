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

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

import io.github.sqlitewal.sample.EventImporter.LineParser;
import io.github.sqlitewal.sample.EventImporter.ProgressListener;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.DataAccessException;
import org.springframework.http.MediaType;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Imports a request's body while it arrives, and answers with a line of JSON for each
 * transaction while it does so.
 */
@RestController
@RequestMapping("/events/import")
class ImportController {

	private final EventImporter importer;

	private final JsonMapper json;

	private final LogLineParser logLines = new LogLineParser(ZoneId.systemDefault());

	ImportController(EventImporter importer, JsonMapper json) {
		this.importer = importer;
		this.json = json;
	}

	@PostMapping(consumes = MediaType.APPLICATION_NDJSON_VALUE)
	void importJson(@RequestParam(defaultValue = "import") String source, InputStream body,
			HttpServletResponse response) throws IOException {
		importLines((line) -> NewEvent.fromJson(this.json.readTree(line), source, Instant.now()), body, response);
	}

	@PostMapping(consumes = MediaType.TEXT_PLAIN_VALUE)
	void importLog(@RequestParam(defaultValue = "import") String source, InputStream body, HttpServletResponse response)
			throws IOException {
		importLines((line) -> this.logLines.parse(line, source, Instant.now()), body, response);
	}

	private void importLines(LineParser parser, InputStream body, HttpServletResponse response) throws IOException {
		response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
		ProgressWriter progress = new ProgressWriter(response, this.json);
		try {
			this.importer.importLines(body, withReason(parser), progress);
		}
		catch (DataAccessException | TransactionException ex) {
			if (!response.isCommitted()) {
				throw ex;
			}
			// the status is sent, so the last line has to say it
			progress.failed(ex);
		}
	}

	private static LineParser withReason(LineParser parser) {
		return (line) -> {
			try {
				return parser.parse(line);
			}
			catch (JacksonException ex) {
				throw new InvalidInputException("not JSON: " + ex.getOriginalMessage(), ex);
			}
		};
	}

	/** Writes progress lines, and sends each at once. */
	private static final class ProgressWriter implements ProgressListener {

		private static final int UNLIMITED_LINES = 100;

		private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

		private final HttpServletResponse response;

		private final JsonMapper json;

		private ImportProgress last = new ImportProgress(0, 0, false, List.of(), null);

		private int lines;

		private long writtenAt;

		ProgressWriter(HttpServletResponse response, JsonMapper json) {
			this.response = response;
			this.json = json;
		}

		@Override
		public void progress(ImportProgress progress) throws IOException {
			this.last = progress;
			boolean end = progress.done() || progress.error() != null;
			// A client may send all of its body before it reads a byte of the answer, so
			// a
			// long import must not write more than fits into the socket's buffers.
			if (end || this.lines < UNLIMITED_LINES || System.nanoTime() - this.writtenAt > PAUSE_NANOS) {
				write(progress);
			}
		}

		void failed(Exception ex) throws IOException {
			write(new ImportProgress(this.last.imported(), this.last.failed(), false, List.of(),
					String.valueOf(ex.getMessage())));
		}

		private void write(ImportProgress progress) throws IOException {
			String line = this.json.writeValueAsString(progress) + '\n';
			this.response.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
			this.response.flushBuffer();
			this.lines++;
			this.writtenAt = System.nanoTime();
		}

	}

}
