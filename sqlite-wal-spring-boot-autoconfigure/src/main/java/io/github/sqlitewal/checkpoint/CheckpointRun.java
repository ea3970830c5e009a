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

package io.github.sqlitewal.checkpoint;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.sqlitewal.connection.Deadline;
import io.github.sqlitewal.connection.ResultCodes;
import io.github.sqlitewal.pool.Lease;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.LockCycleException;
import io.github.sqlitewal.pool.LockTimeoutException;
import io.github.sqlitewal.pool.ReaderGap;
import io.github.sqlitewal.pool.SelfDeadlockException;
import io.github.sqlitewal.pool.SqlitePool;
import io.github.sqlitewal.pool.WriteBrake;
import io.github.sqlitewal.pool.WriterQueueFullException;

/**
 * One checkpoint: what it does, whom it holds up and for how long, and what stood in its
 * way.
 * <p>
 * SQLite waits for readers and keeps its write lock meanwhile, so here it never waits:
 * the busy timeout of the maintenance connection is zero, and all waiting is done in
 * Java, with as little held as can be.
 * <ol>
 * <li>PASSIVE, again while much is left and less each time. It does nearly all of the
 * copying and blocks nobody, but for writers who write faster than the disk takes it:
 * they are paced then ({@code WriteBrake}).</li>
 * <li>The <em>finish</em>: the writer is taken, before all who wait for it, for as long
 * as it takes to copy the few frames that came meanwhile. With everything copied, the
 * next write starts over in the WAL if no reader uses it.</li>
 * <li>With readers under way, the finish is made in a {@linkplain ReaderGap reader gap}:
 * new reads wait, those that run come home, and only then the writer is taken. When one
 * of them does not come home in time the gap is given up, and writers have not noticed
 * it.</li>
 * <li>TRUNCATE keeps the writers waiting until the file system has given the file back,
 * so of a large one it gives back the most in pieces before, and writers have their turn
 * in between.</li>
 * </ol>
 */
final class CheckpointRun {

	/**
	 * What may remain for the finish, when the writers wait: 1 MiB of 4 KiB pages.
	 */
	static final long FINISH_FRAMES = 250;

	/**
	 * What the writers are kept waiting for in any case, when no PASSIVE makes it less.
	 */
	private static final long MAX_FINISH_FRAMES = 4 * FINISH_FRAMES;

	private static final int MAX_PASSIVES = 3;

	/** How long a finish waits for its turn; the next round brings another one. */
	private static final Duration FINISH_WAIT = Duration.ofSeconds(1);

	/** What a transaction that is about to commit may take, when the readers are home. */
	private static final Duration MIN_FINISH_WAIT = Duration.ofMillis(10);

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private static final long BEGUN_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

	/** The part of the patience with readers for which writers are let pass. */
	private static final int TURNS_PART = 20;

	/** What a file system gives back within some milliseconds. */
	static final long PIECE_BYTES = 8L << 20;

	/** When somebody looked at the WAL just then, or another process wrote. */
	private static final int MAX_REFUSED = 2;

	private static final int MAX_NAMED = 3;

	private static final String HOME_TOO_LATE = "a reader did not come home in time, and has done so since";

	/** What to say to a thread that waits for itself. */
	static final String IN_TRANSACTION = "this thread is in a write transaction, which has to be committed first";

	private static final String TOO_MUCH = "more is written than can be copied meanwhile";

	private static final Logger logger = LoggerFactory.getLogger(CheckpointRun.class);

	private final SqlitePool pool;

	private final @Nullable WalTail tail;

	private final GapBackoff gaps;

	private final Duration patience;

	private final boolean urgent;

	private final long paceAfter;

	private final Deadline deadline;

	private CheckpointMode mode = CheckpointMode.PASSIVE;

	private long framesBefore = -1;

	private long writersNanos;

	private final long slowedBefore;

	private long readersNanos;

	private boolean triedSmaller;

	private List<PinStatus> heldBackBy = List.of();

	private @Nullable String obstacle;

	/**
	 * Prepares a checkpoint.
	 * @param pool the connections
	 * @param tail the end of the WAL, {@code null} for a database in memory
	 * @param gaps whether gaps are worth a try
	 * @param patience how long it waits for readers
	 * @param urgent whether the WAL is several times as large as it should be
	 * @param paceAfter commits that may be made while it copies before writers are paced
	 * @param deadline when it must be over
	 */
	CheckpointRun(SqlitePool pool, @Nullable WalTail tail, GapBackoff gaps, Duration patience, boolean urgent,
			long paceAfter, Deadline deadline) {
		this.pool = pool;
		this.tail = tail;
		this.gaps = gaps;
		this.patience = patience;
		this.urgent = urgent;
		this.paceAfter = paceAfter;
		this.deadline = deadline;
		this.slowedBefore = pool.writeBrake().slowedNanos();
	}

	/**
	 * Copies what can be copied while nobody waits.
	 */
	WalCheckpointRow copy() throws SQLException {
		long left = pragma(WalCheckpointRow.NOOP).remaining();
		this.framesBefore = left;
		List<Lease> before = this.pool.readLeases();
		WalCheckpointRow row;
		this.pool.writeBrake().paceFrom(this.pool.commits() + this.paceAfter);
		try {
			row = pragma(CheckpointMode.PASSIVE.name());
			for (int i = 1; i < MAX_PASSIVES; i++) {
				// the row knows of what was there when the PASSIVE began
				long came = pragma(WalCheckpointRow.NOOP).remaining();
				if (came <= FINISH_FRAMES || came >= left) {
					break;
				}
				left = came;
				row = pragma(CheckpointMode.PASSIVE.name());
			}
		}
		finally {
			this.pool.writeBrake().endPace();
		}
		if (row.remaining() > 0) {
			heldBackBy(before.stream().filter((lease) -> !lease.isClosed()).toList());
		}
		return row;
	}

	/**
	 * Makes the WAL start over, for the background: a writer that does not let go, or a
	 * reader that does not come home, is left alone, and the next round tries again.
	 */
	WalCheckpointRow startOver() throws SQLException {
		WalCheckpointRow row = copy();
		if (row.isElsewhere() || row.log() < 0) {
			return row;
		}
		if (this.pool.areReadersHome()) {
			return finish(row);
		}
		List<Lease> hopeless = this.gaps.hopeless();
		if (!hopeless.isEmpty()) {
			heldBackBy(hopeless);
			return row;
		}
		if (this.gaps.isPausing(this.urgent)) {
			heldBackBy(this.pool.readLeases());
			return row;
		}
		WalCheckpointRow finished = inGap(CheckpointMode.RESTART, this.patience, true);
		return (finished != null) ? finished : row;
	}

	private WalCheckpointRow finish(WalCheckpointRow copied) throws SQLException {
		if (!copyRest(sooner(FINISH_WAIT))) {
			return copied;
		}
		// a long transaction is no reason to keep every other checkpoint waiting
		WalCheckpointRow finished = tryWithWriter(CheckpointMode.RESTART, FINISH_WAIT);
		return (finished != null) ? finished : copied;
	}

	/**
	 * Goes as far as was asked. The writer is waited for until the deadline; readers and
	 * other processes for as long as the patience lasts, while writers go on.
	 */
	WalCheckpointRow goAsFarAs(CheckpointMode asked) throws SQLException {
		WalCheckpointRow row = copy();
		boolean ready = false;
		boolean tried = false;
		if (asked == CheckpointMode.FULL || mayBeAlone()) {
			ready = prepare(asked, this.deadline) && isStillAlone(asked);
			if (ready) {
				row = withWriter(asked, this.deadline);
			}
		}
		else {
			// no reader is to wait for the transaction that runs
			this.pool.acquireWriterForCheckpoint(describe(asked), this.deadline).close();
		}
		Deadline patient = sooner(this.patience);
		while ((row.busy() || !ready) && !patient.hasPassed() && !Thread.currentThread().isInterrupted()) {
			WalCheckpointRow finished = null;
			if (!tried && !isReadingItself() && !this.pool.areReadersHome() && this.gaps.hopeless().isEmpty()) {
				tried = true;
				finished = inGap(asked, patient.remaining(), false);
			}
			else {
				// somebody for whom nobody here has to wait
				LockSupport.parkNanos(Math.min(RETRY_NANOS, patient.remainingNanos()));
				if (mayBeAlone() && prepare(asked, patient) && isStillAlone(asked)) {
					finished = tryWithWriter(asked, patient.remaining());
				}
			}
			ready |= finished != null;
			row = orElse(finished, row);
		}
		if (!ready) {
			nameThoseInTheWay();
			// what was copied is what was there at the beginning
			return new WalCheckpointRow(true, row.log(), row.checkpointed());
		}
		return row;
	}

	/**
	 * Whether no reader of this process is known to be in the way. One that began when
	 * everything was copied reads the database file alone.
	 */
	private boolean mayBeAlone() throws SQLException {
		return isReadingItself() || this.pool.areReadersHome() || pragma(WalCheckpointRow.NOOP).remaining() == 0;
	}

	/**
	 * Whether no reader has begun with what was written by those who were let pass.
	 */
	private boolean isStillAlone(CheckpointMode asked) throws SQLException {
		return asked != CheckpointMode.TRUNCATE || mayBeAlone();
	}

	private void nameThoseInTheWay() {
		if (this.obstacle != null) {
			return;
		}
		List<Lease> leases = this.pool.readLeases();
		if (!leases.isEmpty()) {
			heldBackBy(leases);
		}
		else {
			this.heldBackBy = List.of();
			this.obstacle = HOME_TOO_LATE;
		}
	}

	/**
	 * Copies until so little is left that the writers may be kept waiting for it. They
	 * are paced meanwhile.
	 * @return whether it is so little
	 */
	private boolean copyRest(Deadline until) throws SQLException {
		long left = pragma(WalCheckpointRow.NOOP).remaining();
		if (left <= 0) {
			return true;
		}
		boolean reached = false;
		this.pool.writeBrake().paceFrom(this.pool.commits());
		try {
			for (int i = 0; left > ((i < MAX_PASSIVES) ? 0 : FINISH_FRAMES); i++) {
				reached = pragma(CheckpointMode.PASSIVE.name()).isCopied();
				long came = pragma(WalCheckpointRow.NOOP).remaining();
				boolean less = came < left || came <= FINISH_FRAMES;
				left = came;
				if (!less || until.hasPassed()) {
					break;
				}
			}
		}
		finally {
			this.pool.writeBrake().endPace();
		}
		if (left <= MAX_FINISH_FRAMES) {
			return true;
		}
		// a PASSIVE that a reader stopped copies all that it may, whatever is written
		heldBackBy(reached ? List.of() : this.pool.readLeases());
		if (reached) {
			this.obstacle = TOO_MUCH;
		}
		else if (this.heldBackBy.isEmpty()) {
			this.obstacle = describe(List.of());
		}
		return false;
	}

	/**
	 * Copies for the finish that is asked for. TRUNCATE keeps the writers waiting for the
	 * file system, so those whom the copying has held up have their turn before, and what
	 * they write is copied and synced while it is little.
	 * @return whether so little is left that the writers may be kept waiting for it
	 */
	private boolean prepare(CheckpointMode finish, Deadline until) throws SQLException {
		boolean ready = copyRest(until);
		if (ready && finish == CheckpointMode.TRUNCATE) {
			ready = letHeldUpPass(until);
			if (ready && makeFileSmaller(until)) {
				ready = letHeldUpPass(until);
			}
		}
		return ready;
	}

	/**
	 * Makes a large WAL start over and gives what is behind its last frame back to the
	 * file system in pieces, between which writers have their turn. TRUNCATE does it at
	 * once, and they would wait for all of it. Tried once, for at most half of the time,
	 * and while no reader is under way: who has waited for the file system holds the
	 * writer until there is a processor for him.
	 * @return whether writers have been held up by it
	 */
	private boolean makeFileSmaller(Deadline until) throws SQLException {
		if (this.tail == null || this.triedSmaller || this.tail.size() < 2 * PIECE_BYTES
				|| !this.pool.areReadersHome()) {
			return false;
		}
		this.triedSmaller = true;
		Deadline half = Deadline.after(sooner(this.patience, until).remaining().dividedBy(2));
		try (WalTail.Opened wal = this.tail.open()) {
			if (wal == null) {
				return false;
			}
			WalCheckpointRow row = tryWithWriter(CheckpointMode.RESTART, half.remaining());
			if (row != null && !row.busy() && hasBegun(row, half)) {
				cut(wal, half);
			}
		}
		catch (IOException ex) {
			// then the TRUNCATE gives it back
			logger.debug("The WAL file could not be made smaller before it is truncated", ex);
		}
		return true;
	}

	/**
	 * Waits for the first write to a WAL that starts over, as long as anybody may write.
	 * Before it, the file has to stay as it is.
	 * @param spent the WAL that starts over
	 * @return whether there was one
	 */
	private boolean hasBegun(WalCheckpointRow spent, Deadline until) throws SQLException {
		Deadline turns = turns();
		while (true) {
			WalCheckpointRow row = pragma(WalCheckpointRow.NOOP);
			if (row.remaining() > 0 || row.log() < spent.log()) {
				return true;
			}
			boolean noneComes = turns.hasPassed() && this.pool.status().writer() == null;
			if (noneComes || until.hasPassed() || this.pool.isClosing() || Thread.currentThread().isInterrupted()) {
				return false;
			}
			LockSupport.parkNanos(BEGUN_NANOS);
		}
	}

	private void cut(WalTail.Opened wal, Deadline until) throws IOException, SQLException {
		try {
			// one that somebody makes longer meanwhile is for the TRUNCATE
			for (long i = wal.size() / PIECE_BYTES + MAX_REFUSED; i > 0; i--) {
				if (wal.size() <= PIECE_BYTES || until.hasPassed() || Thread.currentThread().isInterrupted()) {
					return;
				}
				wal.cut(PIECE_BYTES, until);
			}
		}
		finally {
			this.writersNanos += wal.writerNanos();
		}
	}

	private boolean letHeldUpPass(Deadline until) throws SQLException {
		WriteBrake brake = this.pool.writeBrake();
		try {
			brake.suspend();
			brake.awaitTurns(turns());
		}
		finally {
			brake.resume();
		}
		return copyRest(until);
	}

	private boolean isReadingItself() {
		Thread current = Thread.currentThread();
		return this.pool.readLeases().stream().anyMatch((lease) -> lease.isOwnedBy(current));
	}

	private static String describe(CheckpointMode mode) {
		return "wal_checkpoint(" + mode + ")";
	}

	private static WalCheckpointRow orElse(@Nullable WalCheckpointRow row, WalCheckpointRow before) {
		return (row != null) ? row : before;
	}

	private Deadline sooner(Duration wait) {
		return sooner(wait, this.deadline);
	}

	private static Deadline sooner(Duration wait, Deadline until) {
		return (until.remaining().compareTo(wait) < 0) ? until : Deadline.after(wait);
	}

	/**
	 * Finishes while all readers are home.
	 * @return the answer, or {@code null} when they, or the writer, were not to be had
	 */
	private @Nullable WalCheckpointRow inGap(CheckpointMode finish, Duration wait, boolean background)
			throws SQLException {
		Deadline patient = sooner(wait);
		boolean made = false;
		List<Lease> away = List.of();
		ReaderGap gap = this.pool.beginReaderGap();
		try (gap) {
			// what was written since the last pass, as far as those allow who are not
			// home
			copyRest(patient);
			if (!gap.await(patient)) {
				away = gap.away();
				heldBackBy(away);
				if (away.isEmpty()) {
					this.obstacle = HOME_TOO_LATE;
				}
				return null;
			}
			Duration left = patient.remaining();
			Deadline soon = sooner((left.compareTo(MIN_FINISH_WAIT) > 0) ? left : MIN_FINISH_WAIT);
			if (!prepare(finish, soon)) {
				return null;
			}
			WalCheckpointRow row = tryWithWriter(finish, MIN_FINISH_WAIT.plus(soon.remaining()));
			made = row != null && !row.busy();
			if (made && finish == CheckpointMode.TRUNCATE) {
				letWritersGoOn();
			}
			return row;
		}
		finally {
			this.readersNanos += gap.elapsed().toNanos();
			gapEnded(gap, made, away, background);
		}
	}

	/**
	 * Lets those commit who waited for the file system, before the readers go on and
	 * leave them no processor.
	 */
	private void letWritersGoOn() {
		try {
			this.pool.acquireWriterForOthers("waiting writes", turns()).close();
		}
		catch (SQLException ex) {
			// for what this checkpoint has done it does not matter
			logger.trace("The readers go on before the writers", ex);
		}
	}

	/** How long readers wait for the turns of writers. */
	private Deadline turns() {
		return sooner(this.patience.dividedBy(TURNS_PART));
	}

	private void gapEnded(ReaderGap gap, boolean made, List<Lease> away, boolean background) {
		if (made) {
			this.gaps.made(gap.elapsed());
		}
		else if (!background) {
			this.gaps.gaveUpOnRequest(away);
		}
		else if (!Thread.currentThread().isInterrupted()) {
			this.gaps.gaveUp(away);
		}
	}

	private @Nullable WalCheckpointRow tryWithWriter(CheckpointMode finish, Duration wait) throws SQLException {
		try {
			return withWriter(finish, sooner(wait));
		}
		catch (SelfDeadlockException ex) {
			this.obstacle = IN_TRANSACTION;
		}
		catch (LockTimeoutException | LockCycleException | WriterQueueFullException ex) {
			this.obstacle = ex.getMessage();
		}
		return null;
	}

	private WalCheckpointRow withWriter(CheckpointMode finish, Deadline wait) throws SQLException {
		try (Lease lease = this.pool.acquireWriterForCheckpoint(describe(finish), wait)) {
			long start = System.nanoTime();
			try {
				// those of before the wait for the writer may be home by now
				List<Lease> before = this.pool.readLeases();
				WalCheckpointRow row = pragma(finish.name());
				this.mode = finish;
				blame(row, before, lease);
				return row;
			}
			finally {
				this.writersNanos += System.nanoTime() - start;
			}
		}
	}

	private void blame(WalCheckpointRow row, List<Lease> before, Lease writer) throws SQLException {
		this.heldBackBy = List.of();
		this.obstacle = null;
		if (!row.busy() || row.isElsewhere()) {
			return;
		}
		List<Lease> still = before.stream().filter((lease) -> !lease.isClosed()).toList();
		List<Lease> readers = before.isEmpty() ? this.pool.readLeases() : before;
		if (!readers.isEmpty()) {
			heldBackBy(still.isEmpty() ? readers : still);
		}
		else if (isWrittenElsewhere(writer)) {
			this.obstacle = "a writer of another process did not let go in time";
		}
	}

	/**
	 * Whether another process holds SQLite's write lock. Nobody of this process does.
	 */
	private static boolean isWrittenElsewhere(Lease writer) throws SQLException {
		try {
			writer.connection().beginWrite();
		}
		catch (SQLException ex) {
			if (ResultCodes.isBusy(ex)) {
				return true;
			}
			throw ex;
		}
		writer.connection().rollback();
		return false;
	}

	/**
	 * The last checkpoint of all. Everything is drained, and the writer is not to be had
	 * any more.
	 */
	WalCheckpointRow last(CheckpointMode asked) throws SQLException {
		copy();
		this.mode = asked;
		this.heldBackBy = List.of();
		return pragma(asked.name());
	}

	private WalCheckpointRow pragma(String mode) throws SQLException {
		return this.pool.maintenance().run((connection) -> WalCheckpointRow.run(connection, mode), this.deadline);
	}

	private void heldBackBy(List<Lease> leases) {
		this.heldBackBy = leases.stream().map(Lease::pin).toList();
		this.obstacle = null;
	}

	/**
	 * How far it went.
	 */
	CheckpointMode mode() {
		return this.mode;
	}

	long framesBefore() {
		return this.framesBefore;
	}

	Duration writersBlocked() {
		return Duration.ofNanos(this.writersNanos);
	}

	Duration writersSlowed() {
		return Duration.ofNanos(this.pool.writeBrake().slowedNanos() - this.slowedBefore);
	}

	Duration readersBlocked() {
		return Duration.ofNanos(this.readersNanos);
	}

	List<PinStatus> heldBackBy() {
		return this.heldBackBy;
	}

	/**
	 * What stood in the way.
	 * @param row the last answer
	 * @return the obstacle, or {@code null} when there was none
	 */
	@Nullable String obstacle(WalCheckpointRow row) {
		if (row.isElsewhere()) {
			return "another process is running a checkpoint";
		}
		if (row.log() < 0) {
			return "the database is not in WAL mode";
		}
		if (this.obstacle != null) {
			return this.obstacle;
		}
		if (!row.busy() && row.isCopied() && this.heldBackBy.isEmpty()) {
			return null;
		}
		return describe(this.heldBackBy);
	}

	/**
	 * Names those who hold the WAL back.
	 */
	static String describe(List<PinStatus> leases) {
		if (leases.isEmpty()) {
			return "a reader of another process uses the WAL";
		}
		String named = leases.stream().limit(MAX_NAMED).map(PinStatus::describe).collect(Collectors.joining("; "));
		int more = leases.size() - MAX_NAMED;
		return ((leases.size() == 1) ? "a reader uses the WAL: " : leases.size() + " readers use the WAL: ") + named
				+ ((more > 0) ? "; and " + more + " more" : "");
	}

}
