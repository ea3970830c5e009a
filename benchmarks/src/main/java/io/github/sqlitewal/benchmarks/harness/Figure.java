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

import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;

import org.jspecify.annotations.Nullable;

import io.github.sqlitewal.benchmarks.harness.Quantity.Unit;
import io.github.sqlitewal.benchmarks.peer.PeerType;

/**
 * What is said about a work: a number of each round, and what is aimed at.
 * <p>
 * Something compared with a peer is judged by the median of the rounds. A limit of one
 * peer alone is judged by the worst of them: it is to hold always.
 */
public final class Figure {

	private final String name;

	private final Unit unit;

	private final ToDoubleFunction<Round> value;

	private final boolean limit;

	private final @Nullable Target target;

	private Figure(String name, Unit unit, ToDoubleFunction<Round> value, boolean limit, @Nullable Target target) {
		this.name = name;
		this.unit = unit;
		this.value = value;
		this.limit = limit;
		this.target = target;
	}

	/**
	 * One peer divided by another.
	 * @param name what is compared, in words
	 * @param quantity what is compared
	 * @param peer the one
	 * @param other the other, which is 1
	 * @return a figure without a target
	 */
	public static Figure ratio(String name, Quantity quantity, PeerType peer, PeerType other) {
		return new Figure(name + ", to " + other, Unit.RATIO,
				(round) -> round.of(peer).get(quantity) / round.of(other).get(quantity), false, null);
	}

	/**
	 * One peer less another.
	 * @param name what is compared, in words
	 * @param quantity what is compared
	 * @param peer the one
	 * @param other what is taken from it
	 * @return a figure without a target
	 */
	public static Figure difference(String name, Quantity quantity, PeerType peer, PeerType other) {
		return new Figure(name + ", above " + other, quantity.unit(),
				(round) -> round.of(peer).get(quantity) - round.of(other).get(quantity), false, null);
	}

	/**
	 * One peer by itself.
	 * @param name what is measured, in words
	 * @param quantity what is measured
	 * @param peer the peer
	 * @return a figure without a target
	 */
	public static Figure limit(String name, Quantity quantity, PeerType peer) {
		return new Figure(name, quantity.unit(), (round) -> round.of(peer).get(quantity), true, null);
	}

	/**
	 * Sets a target.
	 * @param bound the least value
	 * @return the figure with a target
	 */
	public Figure atLeast(double bound) {
		return new Figure(this.name, this.unit, this.value, this.limit, new Target(bound, true));
	}

	/**
	 * Sets a target.
	 * @param bound the largest value
	 * @return the figure with a target
	 */
	public Figure atMost(double bound) {
		return new Figure(this.name, this.unit, this.value, this.limit, new Target(bound, false));
	}

	/**
	 * Sets a target.
	 * @param bound the longest time
	 * @return the figure with a target
	 */
	public Figure atMost(Duration bound) {
		return atMost((double) bound.toNanos());
	}

	/**
	 * Its name.
	 * @return what is said, in words
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Writes its target.
	 * @return the target, or a dash
	 */
	String target() {
		if (this.target == null) {
			return "–";
		}
		return (this.target.least() ? "≥ " : "≤ ") + this.unit.format(this.target.bound());
	}

	/**
	 * Writes what was measured.
	 * @param rounds the rounds
	 * @return the median, and the smallest and largest when there are several rounds
	 */
	String measured(List<Round> rounds) {
		double[] sorted = sorted(rounds);
		String median = this.unit.format(median(sorted));
		return (sorted.length == 1) ? median : median + " (" + this.unit.format(sorted[0]) + " – "
				+ this.unit.format(sorted[sorted.length - 1]) + ")";
	}

	/**
	 * Says whether the target is held.
	 * @param rounds the rounds
	 * @return yes, no, or a dash without a target
	 */
	String held(List<Round> rounds) {
		if (this.target == null) {
			return "–";
		}
		double[] sorted = sorted(rounds);
		if (!this.limit) {
			return this.target.isHeld(median(sorted)) ? "yes" : "no";
		}
		// a value that is no number is sorted to the end and is never held
		return this.target.isHeld(sorted[0]) && this.target.isHeld(sorted[sorted.length - 1]) ? "yes" : "no";
	}

	private double[] sorted(List<Round> rounds) {
		return rounds.stream().mapToDouble(this.value).sorted().toArray();
	}

	private static double median(double[] sorted) {
		int middle = sorted.length / 2;
		return (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	}

	/**
	 * What is aimed at.
	 *
	 * @param bound the value that is just good enough
	 * @param least whether it is the least, and not the largest
	 */
	private record Target(double bound, boolean least) {

		boolean isHeld(double value) {
			return this.least ? value >= this.bound : value <= this.bound;
		}

	}

}
