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

package io.github.sqlitewal.pool;

import java.io.IOException;
import java.sql.SQLException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Tests for {@link WalSync} in the interleavings that Lincheck finds for a few threads,
 * on a disk that has what was written before its sync began and nothing else. A commit
 * that returns too early finds itself missing there, and a follower that nobody wakes
 * waits for ever.
 * <p>
 * The model wakes a parked thread whenever it likes, as the JVM may, so that only the
 * test with real threads sees that somebody who should be woken is not.
 * <p>
 * What Lincheck calls is public.
 */
@Tag("lincheck")
public class WalSyncLincheckTests {

	private static Level level;

	// each failure would be logged, many thousand times
	@BeforeAll
	static void silence() {
		Logger logger = (Logger) LoggerFactory.getLogger(WalSync.class);
		level = logger.getLevel();
		logger.setLevel(Level.OFF);
	}

	@AfterAll
	static void speak() {
		((Logger) LoggerFactory.getLogger(WalSync.class)).setLevel(level);
	}

	// where commits are all there is, there is one scenario
	@Test
	void commitReturnsWhenASyncThatBeganAfterItHasEnded() {
		check(OnASoundDisk.class, 1, 80);
	}

	@Test
	void commitThatASyncDidNotReachIsUnknown() {
		check(OnABrokenDisk.class, 1, 80);
	}

	@Test
	void nothingIsDurableAfterSqliteHasReportedAFailure() {
		check(WithFailuresOfSqlite.class, 3, 40);
	}

	@Test
	void whoeverIsCoveredIsWoken() {
		new StressOptions().threads(3)
			.actorsPerThread(4)
			.actorsBefore(0)
			.actorsAfter(0)
			.iterations(1)
			.invocationsPerIteration(2000)
			.minimizeFailedScenario(false)
			.check(OnASoundDisk.class);
	}

	private static void check(Class<?> operations, int scenarios, int interleavings) {
		new ModelCheckingOptions().threads(3)
			.actorsPerThread(1)
			.actorsBefore(0)
			.actorsAfter(1)
			.iterations(scenarios)
			.invocationsPerIteration(interleavings)
			.minimizeFailedScenario(false)
			// the words of an exception are many steps
			.addGuarantee(ManagedStrategyGuaranteeKt.forClasses(WalSync.class.getName()).methods("unknown").ignore())
			.check(operations);
	}

	/** Every sync succeeds. */
	public static class OnASoundDisk {

		private final Disk disk;

		private final WalSync sync;

		private final Object writer = new Object();

		public OnASoundDisk() {
			this(Integer.MAX_VALUE);
		}

		OnASoundDisk(int syncThatFails) {
			this.disk = new Disk(syncThatFails);
			this.sync = new WalSync(this.disk, new PoolListener() {
			});
		}

		final WalSync sync() {
			return this.sync;
		}

		/**
		 * Commits.
		 * @return whether it was said to be durable
		 */
		@Operation
		public boolean commit() {
			int commit;
			long ticket;
			synchronized (this.writer) {
				commit = ++this.disk.written;
				ticket = this.sync.committed();
			}
			try {
				this.sync.awaitDurable(ticket);
			}
			catch (SQLException ex) {
				return false;
			}
			if (this.disk.durable < commit) {
				throw new IllegalStateException("Commit " + commit + " has returned, and is not on the disk");
			}
			return true;
		}

		@Validate
		public void nobodyWaits() {
			if (this.sync.waiting() != 0) {
				throw new IllegalStateException("Somebody waits although all have returned");
			}
		}

	}

	/**
	 * The second sync fails, and those after it succeed without what that one has lost.
	 */
	public static class OnABrokenDisk extends OnASoundDisk {

		public OnABrokenDisk() {
			super(2);
		}

		/** The number of syncs is a matter of chance, so only what is false is told. */
		@Override
		@Operation
		public boolean commit() {
			boolean durable = super.commit();
			return durable || sync().failure() != null;
		}

	}

	/**
	 * From the report on, no commit is durable that was not before.
	 */
	public static class WithFailuresOfSqlite extends OnASoundDisk {

		@Operation
		public void reportFailure() {
			sync().report(new IOException("played"));
		}

	}

	private static final class Disk implements WalFile {

		private final int failing;

		private volatile int written;

		private volatile int durable;

		private int syncs;

		private boolean lost;

		private volatile boolean busy;

		private Disk(int failing) {
			this.failing = failing;
		}

		@Override
		public void open() {
		}

		@Override
		public void sync() throws IOException {
			if (this.busy) {
				throw new IllegalStateException("Two sync at once");
			}
			this.busy = true;
			int reached = this.written;
			this.lost |= ++this.syncs == this.failing;
			if (!this.lost) {
				this.durable = reached;
			}
			this.busy = false;
			if (this.syncs == this.failing) {
				throw new IOException("Input/output error");
			}
		}

		@Override
		public void close() {
		}

	}

}
