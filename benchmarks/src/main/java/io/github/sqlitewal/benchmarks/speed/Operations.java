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

package io.github.sqlitewal.benchmarks.speed;

import io.github.sqlitewal.benchmarks.harness.Load.Task;
import io.github.sqlitewal.benchmarks.harness.Settings;
import io.github.sqlitewal.benchmarks.peer.Item;

/**
 * Operations that several works have in common.
 */
final class Operations {

	/** For targets that are about "many" threads. */
	static final int MANY = 32;

	private Operations() {
	}

	static Task select(Settings settings) {
		return (session, random) -> session.select(random.nextInt(settings.rows()) + 1);
	}

	static Task insert() {
		return (session, random) -> session.insert(Item.sample(random.nextInt()));
	}

	static Task selectAndInsert(Settings settings) {
		return (session, random) -> session.selectAndInsert(random.nextInt(settings.rows()) + 1,
				Item.sample(random.nextInt()));
	}

}
