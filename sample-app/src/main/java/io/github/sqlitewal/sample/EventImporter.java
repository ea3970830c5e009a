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
import java.util.ArrayList;
import java.util.List;

import io.github.sqlitewal.sample.ImportProgress.LineError;
import org.jspecify.annotations.Nullable;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Stores a stream of lines in transactions of {@value #BATCH_LINES}. A transaction begins
 * only once its lines have arrived, so a slow sender never holds the writer, and what was
 * reported as imported stays imported however the stream ends.
 */
@Component
class EventImporter {

	private static final int BATCH_LINES = 1000;

	/** A thousand long lines must not fill the memory. */
	private static final int BATCH_CHARACTERS = 4 * 1024 * 1024;

	private static final int REPORTED_ERRORS = 10;

	private final EventJournal journal;

	private volatile boolean stopping;

	EventImporter(EventJournal journal) {
		this.journal = journal;
	}

	/** Lets an import end at its next batch instead of at the end of the grace period. */
	@EventListener(ContextClosedEvent.class)
	void stop() {
		this.stopping = true;
	}

	/**
	 * Imports a stream to its end.
	 * @param body lines, of which empty ones are skipped
	 * @param parser makes an event of a line
	 * @param listener told after each transaction, and once at the end
	 * @throws IOException if the stream fails, or the listener
	 */
	void importLines(InputStream body, LineParser parser, ProgressListener listener) throws IOException {
		LineReader lines = new LineReader(body);
		Import run = new Import(listener);
		LineReader.Line line;
		while ((line = lines.next()) != null) {
			run.add(line, parser);
			if (this.stopping) {
				run.finish("The application stops; lines after " + line.number() + " were not read");
				return;
			}
		}
		run.finish(null);
	}

	/**
	 * Makes an event of a line.
	 */
	@FunctionalInterface
	interface LineParser {

		NewEvent parse(String line);

	}

	/**
	 * Is told how far an import has come.
	 */
	@FunctionalInterface
	interface ProgressListener {

		void progress(ImportProgress progress) throws IOException;

	}

	/** One import: its open batch, and what it has counted. */
	private final class Import {

		private final ProgressListener listener;

		private final List<NewEvent> batch = new ArrayList<>(BATCH_LINES);

		private final List<LineError> errors = new ArrayList<>();

		private long batchCharacters;

		private long imported;

		private long failed;

		Import(ProgressListener listener) {
			this.listener = listener;
		}

		void add(LineReader.Line line, LineParser parser) throws IOException {
			String text = line.text();
			if (text == null) {
				fail(line, "longer than " + LineReader.MAX_LINE_BYTES + " bytes");
				return;
			}
			if (text.isBlank()) {
				return;
			}
			try {
				this.batch.add(parser.parse(text));
			}
			catch (InvalidInputException ex) {
				fail(line, String.valueOf(ex.getMessage()));
				return;
			}
			this.batchCharacters += text.length();
			if (this.batch.size() == BATCH_LINES || this.batchCharacters >= BATCH_CHARACTERS) {
				store();
				this.listener.progress(new ImportProgress(this.imported, this.failed, false, List.of(), null));
			}
		}

		void finish(@Nullable String error) throws IOException {
			store();
			this.listener.progress(new ImportProgress(this.imported, this.failed, error == null, this.errors, error));
		}

		private void store() {
			if (!this.batch.isEmpty()) {
				EventImporter.this.journal.storeAll(this.batch);
				this.imported += this.batch.size();
				this.batch.clear();
				this.batchCharacters = 0;
			}
		}

		private void fail(LineReader.Line line, String reason) {
			this.failed++;
			if (this.errors.size() < REPORTED_ERRORS) {
				this.errors.add(new LineError(line.number(), reason));
			}
		}

	}

}
