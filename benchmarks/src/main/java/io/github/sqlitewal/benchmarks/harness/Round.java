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

package io.github.sqlitewal.benchmarks.harness;

import java.util.HashMap;
import java.util.Map;

import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * One measurement of each peer, one after the other. Only what is in the same round is
 * compared.
 */
public final class Round {

	private final Map<PeerType, Measurement> measurements = new HashMap<>();

	void add(PeerType peer, Measurement measurement) {
		this.measurements.put(peer, measurement);
	}

	Measurement of(PeerType peer) {
		Measurement measurement = this.measurements.get(peer);
		if (measurement == null) {
			throw new IllegalStateException("'" + peer + "' was not measured in this round");
		}
		return measurement;
	}

}
