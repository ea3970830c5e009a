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

import io.github.sqlitewal.benchmarks.peer.PeerType;
import io.github.sqlitewal.benchmarks.peer.Peers;

/**
 * The peers by what they do about checkpoints. The two that are not the starter's are the
 * bare driver, so that they have every advantage but their checkpoints.
 */
final class Policies {

	static final PeerType STARTER = Peers.STARTER;

	static final PeerType NONE = Peers.STARTER_WITHOUT_CHECKPOINTS;

	static final PeerType AUTOCHECKPOINT = Peers.DRIVER.named("autocheckpoint 1000");

	static final PeerType PASSIVE_TIMER = Peers.DRIVER_PASSIVE_TIMER.named("a PASSIVE timer");

	static final double WAL_LIMIT = 64 << 20;

	private Policies() {
	}

}
