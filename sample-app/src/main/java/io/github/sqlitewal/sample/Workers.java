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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

import io.github.sqlitewal.checkpoint.SqliteCheckpointer;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * Starts operating-system processes that all read the journal's file at the same moment,
 * and compares what they saw with what was committed before they started.
 * <p>
 * There are never more than {@value #MAX_WORKERS} of them, however many requests ask, and
 * none is left when a request is answered or the application stops.
 */
@Component
class Workers {

	static final int MAX_WORKERS = 100;

	private static final Duration GRACE = Duration.ofSeconds(10);

	private final EventJournal journal;

	private final SqliteCheckpointer checkpointer;

	private final JsonMapper json;

	private final Duration timeout;

	private final Semaphore slots = new Semaphore(MAX_WORKERS);

	private final Set<WorkerProcess> running = ConcurrentHashMap.newKeySet();

	private volatile boolean stopping;

	Workers(EventJournal journal, SqliteCheckpointer checkpointer, JsonMapper json, JournalProperties properties) {
		this.journal = journal;
		this.checkpointer = checkpointer;
		this.json = json;
		this.timeout = properties.workers().timeout();
	}

	WorkersReport read(int count) throws IOException, InterruptedException {
		if (count < 1 || count > MAX_WORKERS) {
			throw new InvalidInputException("'count' is " + count + ", and must be from 1 to " + MAX_WORKERS);
		}
		if (!this.slots.tryAcquire(count)) {
			throw new ResponseStatusException(HttpStatus.TOO_MANY_REQUESTS,
					"Only " + this.slots.availablePermits() + " more workers may run now");
		}
		try (WorkerProgram program = WorkerProgram.prepare()) {
			// measured before: all that is counted here must then be in the main file
			JournalExtent expected = this.journal.extent();
			this.checkpointer.prepareForOtherProcesses();
			List<String> command = program.command(this.journal.file());
			return WorkersReport.of(expected, read(command, count, expected.maxId()));
		}
		finally {
			this.slots.release(count);
		}
	}

	/** Ends the processes at once, so that nobody waits for them in the grace period. */
	@EventListener(ContextClosedEvent.class)
	void stop() {
		this.stopping = true;
		this.running.forEach(WorkerProcess::kill);
	}

	private List<WorkerAnswer> read(List<String> command, int count, long maxId)
			throws IOException, InterruptedException {
		long deadline = System.nanoTime() + this.timeout.toNanos();
		List<WorkerProcess> workers = new ArrayList<>();
		try {
			for (int i = 0; i < count && !this.stopping; i++) {
				WorkerProcess worker = WorkerProcess.start(command);
				workers.add(worker);
				this.running.add(worker);
			}
			if (this.stopping) {
				throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "The application stops");
			}
			for (WorkerProcess worker : workers) {
				awaitReady(worker, deadline);
			}
			workers.forEach((worker) -> worker.go(maxId));
			List<WorkerAnswer> answers = new ArrayList<>();
			for (WorkerProcess worker : workers) {
				answers.add(answer(worker, deadline));
			}
			return answers;
		}
		finally {
			long end = System.nanoTime() + GRACE.toNanos();
			workers.forEach((worker) -> worker.end(end));
			this.running.removeAll(workers);
		}
	}

	/**
	 * The others should not have to pay for one that fails, so its answer will say it.
	 */
	private static void awaitReady(WorkerProcess worker, long deadline) throws InterruptedException {
		try {
			worker.awaitReady(deadline - System.nanoTime());
		}
		catch (ExecutionException | TimeoutException ex) {
			worker.kill();
		}
	}

	private WorkerAnswer answer(WorkerProcess worker, long deadline) throws InterruptedException {
		try {
			return this.json.readValue(worker.awaitAnswer(deadline - System.nanoTime()), WorkerAnswer.class);
		}
		catch (TimeoutException ex) {
			return WorkerAnswer.failed(worker.pid(), "No answer within " + this.timeout.toSeconds() + " s");
		}
		catch (ExecutionException ex) {
			Throwable cause = (ex.getCause() != null) ? ex.getCause() : ex;
			return WorkerAnswer.failed(worker.pid(), String.valueOf(cause.getMessage()));
		}
	}

}
