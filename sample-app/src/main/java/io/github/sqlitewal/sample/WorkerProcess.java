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

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A worker as seen by the process that started it. A thread of its own reads what it
 * prints, so that it can never block on a full pipe and every wait for it has an end.
 */
final class WorkerProcess {

	private static final int OTHER_LINES = 10;

	private final Process process;

	private final CompletableFuture<Void> ready = new CompletableFuture<>();

	private final CompletableFuture<String> answer = new CompletableFuture<>();

	private WorkerProcess(Process process) {
		this.process = process;
		Thread reader = new Thread(this::read, "worker-" + process.pid());
		reader.setDaemon(true);
		reader.start();
	}

	static WorkerProcess start(List<String> command) throws IOException {
		return new WorkerProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
	}

	long pid() {
		return this.process.pid();
	}

	void awaitReady(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		this.ready.get(nanos, TimeUnit.NANOSECONDS);
	}

	/**
	 * Gives the start signal. A process that is gone shows when its answer is awaited.
	 */
	void go(long maxId) {
		try {
			this.process.getOutputStream().write((maxId + "\n").getBytes(StandardCharsets.US_ASCII));
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			this.answer.completeExceptionally(ex);
		}
	}

	String awaitAnswer(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		return this.answer.get(nanos, TimeUnit.NANOSECONDS);
	}

	void kill() {
		this.process.destroyForcibly();
	}

	/**
	 * Ends the process, if need be by force. One that has answered may clean up before,
	 * because the driver's unpacked library would stay behind otherwise.
	 * @param deadline when that is over, as {@link System#nanoTime()} counts
	 */
	void end(long deadline) {
		try {
			boolean answered = this.answer.isDone() && !this.answer.isCompletedExceptionally();
			if (!answered || !this.process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
				kill();
			}
		}
		catch (InterruptedException ex) {
			kill();
			Thread.currentThread().interrupt();
		}
	}

	private void read() {
		StringJoiner others = new StringJoiner("\n", "The process ended without an answer: ", "");
		int count = 0;
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8)) {
			String line;
			while ((line = output.readLine()) != null) {
				if (line.equals(Worker.READY)) {
					this.ready.complete(null);
				}
				else if (line.startsWith("{")) {
					this.answer.complete(line);
				}
				else if (count++ < OTHER_LINES) {
					others.add(line);
				}
			}
		}
		catch (IOException ex) {
			others.add(String.valueOf(ex.getMessage()));
		}
		finally {
			IllegalStateException ended = new IllegalStateException(others.toString());
			this.ready.completeExceptionally(ended);
			this.answer.completeExceptionally(ended);
		}
	}

}
