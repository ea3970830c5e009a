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

package io.github.sqlitewal.batch;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.PhysicalConnection;
import io.github.sqlitewal.jdbc.DeferredWrites;
import io.github.sqlitewal.jdbc.DeferredWrites.Work;
import io.github.sqlitewal.pool.DatabaseClosedException;
import io.github.sqlitewal.pool.PendingWork;
import io.github.sqlitewal.pool.SingleWrite;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriteOutcome;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * Writes that nobody waits for, done one after the other in the order in which they were
 * submitted, by one thread that is there only while there is something to do. Statements
 * that follow each other are committed together.
 * <p>
 * A submission has exactly one answer. It is accepted, or its future fails at once. One
 * that is accepted is in {@code waiting}, or is being done by the thread, and counts as
 * unanswered until its future is completed; only then it makes room for another one. When
 * the database closes, what is accepted is done until the deadline; what has not started
 * by then fails, and a transaction that runs is rolled back: whether it commits or is
 * turned away is decided by one compare-and-set. Another one decides, right before it
 * runs, between running and being cancelled.
 * <p>
 * Futures are completed by the thread of the queue, when it does not hold the writer, or
 * by another one when the database closes.
 * <p>
 * Safe for use by many threads.
 */
final class WriteQueue implements PendingWork {

	/**
	 * How many statements are offered to one commit, which takes what it has time for.
	 */
	private static final int MAX_TOGETHER = 256;

	/** For what is about to be answered when the database closes. */
	private static final Duration LAST_ANSWERS = Duration.ofMillis(250);

	private static final Logger logger = LoggerFactory.getLogger(WriteQueue.class);

	private final SqlitePool pool;

	private final DeferredWrites writes;

	private final int capacity;

	private final ThreadPoolExecutor executor;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition progress = this.lock.newCondition();

	private final ArrayDeque<Submission<?>> waiting = new ArrayDeque<>();

	/** Those that the thread is at, in their order. */
	private List<? extends Submission<?>> running = List.of();

	private boolean active;

	private boolean closed;

	private boolean turnedAway;

	private long accepted;

	private long answered;

	private long rejected;

	private volatile @Nullable Thread thread;

	WriteQueue(SqlitePool pool, DeferredWrites writes, int capacity) {
		this.pool = pool;
		this.writes = writes;
		this.capacity = capacity;
		this.executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), (task) -> {
			// nothing of whoever submits first: he is one of many
			Thread thread = new Thread(null, task, "sqlite-write-queue", 0, false);
			thread.setContextClassLoader(WriteQueue.class.getClassLoader());
			thread.setDaemon(true);
			return thread;
		});
		this.executor.allowCoreThreadTimeOut(true);
	}

	CompletableFuture<Integer> submit(String sql, @Nullable Object[] args) {
		DeferredWrites.Write write;
		try {
			write = this.writes.take(sql, args);
		}
		catch (SQLException | RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		return submit(new Statement(write, this.pool.deadline()));
	}

	<T extends @Nullable Object> CompletableFuture<T> submit(Work<T> work) {
		return submit(new Transaction<>(work, this.pool.deadline()));
	}

	private <T extends @Nullable Object> CompletableFuture<T> submit(Submission<T> submission) {
		SQLException refused = accept(submission);
		if (refused != null) {
			submission.fail(refused);
		}
		return submission.future;
	}

	private @Nullable SQLException accept(Submission<?> submission) {
		this.lock.lock();
		try {
			if (this.closed) {
				return DatabaseClosedException.noNewWork();
			}
			long unanswered = this.accepted - this.answered;
			if (unanswered >= this.capacity) {
				this.rejected++;
				return new WriterQueueFullException(unanswered + " submitted writes are not done yet."
						+ " Slow down the callers, or raise sqlite.batch.queue-capacity");
			}
			if (!this.active) {
				this.executor.execute(this::run);
				this.active = true;
			}
			this.waiting.add(submission);
			this.accepted++;
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void run() {
		this.thread = Thread.currentThread();
		boolean ended = false;
		try {
			List<? extends Submission<?>> turn = take();
			while (!turn.isEmpty()) {
				try {
					turn.get(0).run(turn);
				}
				catch (Throwable ex) {
					// whatever it is, nobody may wait for ever; the others are tried
					// again
					turn.get(0).fail(ex);
				}
				// one that was submitted may have left it
				Thread.interrupted();
				settle(turn);
				turn = take();
			}
			ended = true;
		}
		finally {
			if (!ended) {
				restart();
			}
		}
	}

	/**
	 * Goes on after an error of the virtual machine, in which not even this class could
	 * do its work.
	 */
	private void restart() {
		settle(this.running);
		this.executor.execute(this::run);
	}

	/**
	 * Takes what is to be done next: a transaction, or statements that may be committed
	 * together.
	 */
	private List<? extends Submission<?>> take() {
		List<Submission<?>> turn = new ArrayList<>();
		this.lock.lock();
		try {
			while (turn.size() < MAX_TOGETHER) {
				Submission<?> next = this.waiting.peek();
				if (next == null || (!turn.isEmpty() && !(next.isCombinable() && turn.get(0).isCombinable()))) {
					break;
				}
				this.waiting.remove();
				if (next.future.isDone()) {
					// cancelled
					this.answered++;
					this.progress.signalAll();
				}
				else {
					turn.add(next);
				}
			}
			this.active = !turn.isEmpty();
			this.running = turn;
			return turn;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Counts those that are answered, and puts the others back.
	 */
	private void settle(List<? extends Submission<?>> turn) {
		if (isTurnedAway()) {
			turn.forEach((submission) -> submission.fail(DatabaseClosedException.noNewWork()));
		}
		this.lock.lock();
		try {
			this.running = List.of();
			int done = 0;
			while (done < turn.size() && turn.get(done).future.isDone()) {
				done++;
			}
			this.answered += done;
			// in their order, also those that were cancelled meanwhile
			for (int i = turn.size() - 1; i >= done; i--) {
				this.waiting.addFirst(turn.get(i));
			}
			this.progress.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isTurnedAway() {
		this.lock.lock();
		try {
			return this.turnedAway;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void flush(Deadline deadline) throws SQLException {
		if (isCommittedBy(Thread.currentThread())) {
			// it cannot wait for what comes after the work that it is at
			return;
		}
		if (size() > 0 && this.pool.isWriterHeldByCaller()) {
			throw new SQLNonTransientException(size() + " submitted writes wait for the transaction of this thread,"
					+ " which has to be committed first", "25000");
		}
		this.lock.lock();
		try {
			long last = this.accepted;
			long remaining = deadline.remainingNanos();
			while (this.answered < last && remaining > 0) {
				remaining = this.progress.awaitNanos(remaining);
			}
			if (this.answered < last) {
				throw new SQLTimeoutException((last - this.answered) + " submitted writes could not be waited for",
						"57014");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SQLTimeoutException("The thread was interrupted while it waited for submitted writes", "57014",
					ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close(Deadline deadline) throws SQLException {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		flush(deadline);
	}

	@Override
	public void turnAway() {
		List<Submission<?>> never = new ArrayList<>();
		List<? extends Submission<?>> last;
		this.lock.lock();
		try {
			this.closed = true;
			this.turnedAway = true;
			never.addAll(this.waiting);
			this.waiting.clear();
			last = this.running;
		}
		finally {
			this.lock.unlock();
		}
		// not on this thread, which closes the database: what depends on them may wait
		Thread answers = new Thread(null, () -> answerLast(never, last), "sqlite-write-queue-closing", 0, false);
		answers.setDaemon(true);
		answers.start();
		try {
			flush(Deadline.after(LAST_ANSWERS));
		}
		catch (SQLException ex) {
			logger.debug("Work that was submitted has not come to its end", ex);
		}
	}

	private void answerLast(List<Submission<?>> never, List<? extends Submission<?>> last) {
		last.forEach(Submission::turnAway);
		never.forEach((submission) -> {
			submission.fail(DatabaseClosedException.noNewWork());
			this.lock.lock();
			try {
				this.answered++;
				this.progress.signalAll();
			}
			finally {
				this.lock.unlock();
			}
		});
	}

	@Override
	public boolean isCommittedBy(Thread thread) {
		return thread == this.thread;
	}

	/**
	 * How many are accepted and not answered.
	 */
	int size() {
		this.lock.lock();
		try {
			return (int) (this.accepted - this.answered);
		}
		finally {
			this.lock.unlock();
		}
	}

	long rejected() {
		this.lock.lock();
		try {
			return this.rejected;
		}
		finally {
			this.lock.unlock();
		}
	}

	private abstract static class Submission<T extends @Nullable Object> {

		final CompletableFuture<T> future = new Answer<>(this);

		final Deadline deadline;

		private final AtomicReference<Claim> claim = new AtomicReference<>(Claim.OPEN);

		Submission(Deadline deadline) {
			this.deadline = deadline;
		}

		abstract boolean isCombinable();

		/**
		 * Runs this one with those that are combined with it, as many as have room, and
		 * answers them.
		 * @param together this one and those behind it
		 */
		abstract void run(List<? extends Submission<?>> together);

		/**
		 * Begins it, unless it was taken back or answered by somebody else.
		 */
		final boolean claim() {
			return this.claim.compareAndSet(Claim.OPEN, Claim.BEGUN) && !this.future.isDone();
		}

		/**
		 * Takes it back, unless it has begun.
		 */
		final boolean takeBack() {
			return this.claim.compareAndSet(Claim.OPEN, Claim.TAKEN_BACK);
		}

		/**
		 * Ends it from outside if it is certain that nothing of it is going to be stored.
		 */
		void turnAway() {
		}

		final void fail(Throwable failure) {
			this.future.completeExceptionally(failure);
		}

	}

	private final class Statement extends Submission<Integer> {

		private final DeferredWrites.Write write;

		private final SingleWrite claimed;

		Statement(DeferredWrites.Write write, Deadline deadline) {
			super(deadline);
			this.write = write;
			this.claimed = new Claimed(write, this);
		}

		@Override
		boolean isCombinable() {
			return this.write.isCombinable();
		}

		@Override
		void run(List<? extends Submission<?>> together) {
			List<Statement> group = together.stream().map(Statement.class::cast).toList();
			List<WriteOutcome> outcomes;
			try {
				outcomes = WriteQueue.this.pool.write(group.stream().map((one) -> one.claimed).toList(), this.deadline);
			}
			catch (SQLException ex) {
				// none was started, and each of the others has a deadline of its own
				fail(this.write.translate(ex));
				return;
			}
			for (int i = 0; i < outcomes.size(); i++) {
				group.get(i).answer(outcomes.get(i));
			}
		}

		private void answer(WriteOutcome outcome) {
			try {
				int count = this.write.updateCount(outcome);
				WriteQueue.this.pool.awaitDurable(outcome.ticket());
				this.future.complete(count);
			}
			catch (SQLException | RuntimeException | Error ex) {
				fail(ex);
			}
		}

	}

	private final class Transaction<T extends @Nullable Object> extends Submission<T> {

		private final Work<T> work;

		private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

		Transaction(Work<T> work, Deadline deadline) {
			super(deadline);
			this.work = work;
		}

		@Override
		boolean isCombinable() {
			return false;
		}

		@Override
		void run(List<? extends Submission<?>> together) {
			try {
				this.future.complete(WriteQueue.this.writes.transaction(this::begin, this::mayCommit, this.deadline));
			}
			catch (Throwable ex) {
				fail(ex);
			}
		}

		private T begin(Connection connection) throws Exception {
			if (!claim()) {
				throw new CancellationException("It was taken back before it began");
			}
			return this.work.run(connection);
		}

		private boolean mayCommit() {
			return this.state.compareAndSet(State.RUNNING, State.COMMITTING);
		}

		@Override
		void turnAway() {
			if (this.state.compareAndSet(State.RUNNING, State.TURNED_AWAY)) {
				fail(new DatabaseClosedException(
						"The submitted work did not end before the database closed, and is" + " rolled back"));
			}
		}

	}

	/**
	 * The answer of a submission. To cancel it takes the submission back, which has no
	 * meaning once it has begun: it may be stored then.
	 */
	private static final class Answer<T extends @Nullable Object> extends CompletableFuture<T> {

		private final Submission<T> submission;

		Answer(Submission<T> submission) {
			this.submission = submission;
		}

		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			return this.submission.takeBack() ? super.cancel(mayInterruptIfRunning) : isCancelled();
		}

	}

	/**
	 * A statement that asks whether it is still to run.
	 */
	private record Claimed(SingleWrite write, Submission<?> submission) implements SingleWrite {

		@Override
		public String sql() {
			return this.write.sql();
		}

		@Override
		public boolean isCombinable() {
			return this.write.isCombinable();
		}

		@Override
		public boolean returnsRows() {
			return this.write.returnsRows();
		}

		@Override
		public boolean claim() {
			return this.submission.claim();
		}

		@Override
		public void run(PhysicalConnection connection) throws SQLException {
			this.write.run(connection);
		}

	}

	private enum Claim {

		OPEN,

		/** It runs, or has run. */
		BEGUN,

		/** It never runs. */
		TAKEN_BACK

	}

	private enum State {

		RUNNING,

		/** It has returned, and its commit is made whatever happens. */
		COMMITTING,

		/** It is rolled back when it returns. */
		TURNED_AWAY

	}

}
