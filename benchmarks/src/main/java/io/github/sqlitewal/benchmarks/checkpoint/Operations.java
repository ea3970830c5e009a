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

package io.github.sqlitewal.benchmarks.checkpoint;

import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.peer.Item;

/**
 * Operations that several works have in common.
 */
final class Operations {

	/** For targets that are about readers that overlap without a pause. */
	static final int SCANNERS = 8;

	private Operations() {
	}

	/** Commits by itself, and changes another page nearly each time. */
	static Task update(Settings settings) {
		return (session, random) -> session.update(random.nextInt(settings.rows()) + 1, Item.sample(random.nextInt()));
	}

	/** Commits by itself, and changes one of the last pages. */
	static Task insert() {
		return (session, random) -> session.insert(Item.largeSample(random.nextInt()));
	}

	static Task scan(Settings settings) {
		return (session, random) -> {
			int from = random.nextInt(settings.rows() - settings.scanRows()) + 1;
			return session.scan(from, from + settings.scanRows());
		};
	}

}
