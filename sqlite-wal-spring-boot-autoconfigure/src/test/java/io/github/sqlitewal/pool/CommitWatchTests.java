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

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CommitWatch}: what happens between a look and the moment in which the
 * watcher says when to wake it is not lost.
 */
class CommitWatchTests {

	private static final long LONG_HOLD = Duration.ofMillis(10).toNanos();

	private final AtomicLong commits = new AtomicLong();

	private final CommitWatch watch = new CommitWatch(this.commits::get);

	@Test
	void isDueWhenTheCountIsReached() {
		this.watch.looks();
		this.watch.wakeAt(2);
		commit();
		assertThat(this.watch.isDue()).isFalse();
		commit();
		assertThat(this.watch.isDue()).isTrue();
		this.watch.looks();
		assertThat(this.watch.isDue()).isFalse();
	}

	// watcher writer
	// looks
	// ............. commit, commit (and no other ever after)
	// wake me at 2
	@Test
	void commitsAfterTheLookAndBeforeTheWatcherSaysWhenAreNotLost() {
		this.watch.looks();
		commit();
		commit();
		this.watch.wakeAt(2);
		assertThat(this.watch.isDue()).isTrue();
	}

	@Test
	void longTransactionAfterTheLookAndBeforeTheWatcherSaysWhenIsNotLost() {
		this.watch.looks();
		commit();
		this.watch.released(LONG_HOLD);
		this.watch.wakeAt(1000);
		assertThat(this.watch.isDue()).isTrue();
		this.watch.looks();
		this.watch.wakeAt(1000);
		assertThat(this.watch.isDue()).isFalse();
	}

	@Test
	void shortTransactionWakesNobody() {
		this.watch.looks();
		this.watch.wakeAt(1000);
		this.watch.released(LONG_HOLD - 1);
		assertThat(this.watch.isDue()).isFalse();
		this.watch.released(LONG_HOLD);
		assertThat(this.watch.isDue()).isTrue();
	}

	private void commit() {
		this.watch.committed(this.commits.incrementAndGet());
	}

}
