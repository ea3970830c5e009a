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

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import io.github.sqlitewal.fixture.Actor;
import io.github.sqlitewal.fixture.HandTimer;
import io.github.sqlitewal.fixture.VirtualThreadFactory;
import io.github.sqlitewal.pool.Turnstile.Pass;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class TurnstileTests {

	private static final int MAX_AWAKE = 3;

	private final HandTimer elsewhere = new HandTimer();

	private final Turnstile turnstile = new Turnstile(this.elsewhere, MAX_AWAKE, VirtualThreads::isVirtual);

	@Test
	void fewGoOnAtOnce() {
		List<Pass> passes = letGo(MAX_AWAKE);
		assertThat(passes).noneMatch(Pass::isStanding);
		assertThat(this.elsewhere.scheduled()).isZero();
		passes.forEach(Pass::passed);
		assertThat(this.elsewhere.waiting()).isZero();
	}

	@Test
	void othersStandUntilAllHaveRunWhoWereWakedUp() {
		List<Pass> passes = letGo(3 * MAX_AWAKE);
		assertStanding(passes, MAX_AWAKE, 3 * MAX_AWAKE);
		passes.get(0).passed();
		passes.get(1).passed();
		assertThat(this.elsewhere.waiting()).isZero();
		passes.get(2).passed();
		assertStanding(passes, MAX_AWAKE, 3 * MAX_AWAKE);
		this.elsewhere.run();
		assertStanding(passes, 2 * MAX_AWAKE, 3 * MAX_AWAKE);
		passes.subList(MAX_AWAKE, 2 * MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes).noneMatch(Pass::isStanding);
	}

	@Test
	void whoLooksInVainMayBeLetGoOnceMore() {
		List<Pass> passes = letGo(MAX_AWAKE + 1);
		Pass first = passes.get(0);
		first.letGo();
		assertThat(first.isStanding()).isFalse();
		first.waitsAgain();
		first.letGo();
		assertThat(first.isStanding()).isTrue();
		passes.subList(1, MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes).noneMatch(Pass::isStanding);
	}

	@Test
	void whoComesWhileSomebodyStandsGoesBehind() {
		List<Pass> passes = letGo(MAX_AWAKE + 1);
		passes.get(0).passed();
		// there is room for one, but somebody was there before
		Pass late = pass();
		late.letGo();
		assertThat(late.isStanding()).isTrue();
		assertThat(passes.get(MAX_AWAKE).isStanding()).isTrue();
	}

	// A wake-up that gets lost is seen by the limit of time of these tests.
	@Test
	void threadIsWakedUpThatStood() throws Exception {
		try (Actor waiter = Actor.named("waiter")) {
			List<Pass> passes = letGo(MAX_AWAKE);
			Pass pass = this.turnstile.new Pass(waiter.does(Thread::currentThread));
			pass.letGo();
			Future<?> waited = parks(waiter, () -> !pass.isStanding());
			passes.forEach(Pass::passed);
			this.elsewhere.run();
			Actor.result(waited);
		}
	}

	@Test
	void threadIsWakedUpThatNeedNotStand() throws Exception {
		assertIsWakedUp((waiter) -> this.turnstile.new Pass(waiter).letGo());
	}

	@Test
	void oneForWhomOthersWaitIsWakedUpAtOnceWhenNobodyStands() throws Exception {
		letGo(MAX_AWAKE);
		assertIsWakedUp(this.turnstile::wakeAtOnce);
		assertThat(this.elsewhere.waiting()).isZero();
	}

	@Test
	void oneForWhomOthersWaitIsWakedUpAtOnceByAPlatformThread() throws Exception {
		letGo(MAX_AWAKE + 1);
		assertIsWakedUp(this.turnstile::wakeAtOnce);
		assertThat(this.elsewhere.waiting()).isZero();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void oneForWhomOthersWaitIsWakedUpFromElsewhereByAVirtualThread() throws Exception {
		letGo(MAX_AWAKE + 1);
		assertIsWakedUp((waiter) -> {
			wakeFromVirtualThread(waiter);
			this.elsewhere.run();
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void oneForWhomOthersWaitIsWakedUpByAVirtualThreadWhenNobodyElseCan() throws Exception {
		letGo(MAX_AWAKE + 1);
		this.elsewhere.refuse();
		assertIsWakedUp(this::wakeFromVirtualThread);
	}

	private void wakeFromVirtualThread(Thread waiter) throws InterruptedException {
		Thread granting = VirtualThreadFactory.find().orElseThrow().newThread(() -> this.turnstile.wakeAtOnce(waiter));
		granting.start();
		granting.join();
	}

	private static void assertIsWakedUp(ThrowingConsumer<Thread> waking) throws Exception {
		try (Actor waiter = Actor.named("waiter")) {
			AtomicBoolean granted = new AtomicBoolean();
			Future<?> waited = parks(waiter, granted::get);
			granted.set(true);
			waking.accept(waiter.thread());
			Actor.result(waited);
		}
	}

	private static Future<?> parks(Actor actor, BooleanSupplier until) throws InterruptedException {
		Future<?> waited = actor.begins(() -> {
			while (!until.getAsBoolean()) {
				LockSupport.park();
			}
			return null;
		});
		TestPool.await(() -> actor.thread() != null && actor.thread().getState() == Thread.State.WAITING);
		return waited;
	}

	@Test
	void whoHasGoneOnByHimselfTakesNoPlace() {
		Pass early = pass();
		early.passed();
		early.letGo();
		assertThat(letGo(MAX_AWAKE)).noneMatch(Pass::isStanding);
	}

	@Test
	void whoGoesOnWhileHeStandsLeavesHisPlace() {
		List<Pass> passes = letGo(MAX_AWAKE + 2);
		passes.get(MAX_AWAKE).passed();
		passes.subList(0, MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes).noneMatch(Pass::isStanding);
		passes.get(MAX_AWAKE + 1).passed();
		assertThat(letGo(MAX_AWAKE)).noneMatch(Pass::isStanding);
	}

	// A thread that is pinned to its carrier keeps it while it stands, so that nobody can
	// run who was waked up.
	@Test
	void nextOnesAreWakedUpWhenNobodyPasses() {
		List<Pass> passes = letGo(3 * MAX_AWAKE);
		this.elsewhere.runScheduled();
		assertStanding(passes, MAX_AWAKE, 3 * MAX_AWAKE);
		this.elsewhere.runScheduled();
		assertStanding(passes, 2 * MAX_AWAKE, 3 * MAX_AWAKE);
		this.elsewhere.runScheduled();
		assertThat(passes).noneMatch(Pass::isStanding);
		assertThat(this.elsewhere.scheduled()).isEqualTo(1);
		this.elsewhere.runScheduled();
		assertThat(this.elsewhere.scheduled()).isZero();
	}

	@Test
	void thoseWhoDidNotRunAreNotWaitedForAnyMore() {
		List<Pass> passes = letGoAndGiveUpTheFirst();
		// they run late, and do not count for those who were waked up in their place
		passes.subList(0, MAX_AWAKE).forEach(Pass::passed);
		assertThat(this.elsewhere.waiting()).isZero();
		passes.subList(MAX_AWAKE, 2 * MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes).noneMatch(Pass::isStanding);
	}

	@Test
	void thoseWhoNeverRunAreNotWaitedForAnyMore() {
		List<Pass> passes = letGoAndGiveUpTheFirst();
		passes.subList(MAX_AWAKE, 2 * MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes).noneMatch(Pass::isStanding);
	}

	@Test
	void nobodyIsWakedUpEarlyWhenSomebodyHasPassed() {
		List<Pass> passes = letGo(2 * MAX_AWAKE);
		this.elsewhere.runScheduled();
		passes.get(0).passed();
		this.elsewhere.runScheduled();
		assertStanding(passes, MAX_AWAKE, 2 * MAX_AWAKE);
	}

	@Test
	void closeLetsEverybodyGo() {
		List<Pass> passes = letGo(3 * MAX_AWAKE);
		this.elsewhere.refuse();
		this.turnstile.close();
		assertThat(passes).noneMatch(Pass::isStanding);
		assertThat(letGo(2 * MAX_AWAKE)).noneMatch(Pass::isStanding);
	}

	@Test
	void nobodyStandsWhenThereIsNobodyToWakeHim() {
		this.elsewhere.refuse();
		assertThat(letGo(3 * MAX_AWAKE)).noneMatch(Pass::isStanding);
	}

	@Test
	void nextOnesAreWakedUpHereWhenNobodyElseCan() {
		List<Pass> passes = letGo(2 * MAX_AWAKE);
		this.elsewhere.refuse();
		passes.subList(0, MAX_AWAKE).forEach(Pass::passed);
		assertThat(passes).noneMatch(Pass::isStanding);
	}

	@Test
	void platformThreadsDoNotStand() {
		letGo(2 * MAX_AWAKE);
		assertThat(this.turnstile.passFor(Thread.currentThread())).isNull();
		this.turnstile.letOthersPass();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void virtualThreadThatHasToWaitForNobodyLetsOthersPass() throws Exception {
		List<Pass> passes = letGo(MAX_AWAKE + 1);
		AtomicBoolean through = new AtomicBoolean();
		AtomicBoolean interrupted = new AtomicBoolean();
		Thread thread = VirtualThreadFactory.find().orElseThrow().newThread(() -> {
			this.turnstile.letOthersPass();
			interrupted.set(Thread.interrupted());
			through.set(true);
		});
		thread.start();
		TestPool.await(() -> thread.getState() == Thread.State.WAITING);
		thread.interrupt();
		TestPool.await(() -> !thread.isInterrupted() && thread.getState() == Thread.State.WAITING);
		assertThat(through).isFalse();
		passes.subList(0, MAX_AWAKE).forEach(Pass::passed);
		this.elsewhere.run();
		assertThat(passes.get(MAX_AWAKE).isStanding()).isFalse();
		thread.join();
		assertThat(through).isTrue();
		assertThat(interrupted).isTrue();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void virtualThreadGoesOnWhenNobodyStands() throws Exception {
		letGo(MAX_AWAKE);
		Thread thread = VirtualThreadFactory.find().orElseThrow().newThread(this.turnstile::letOthersPass);
		thread.start();
		thread.join();
		assertThat(this.elsewhere.scheduled()).isZero();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_24)
	void virtualThreadNeedsAPass() {
		Thread thread = VirtualThreadFactory.find().orElseThrow().newThread(() -> {
		});
		assertThat(this.turnstile.passFor(thread)).isNotNull();
	}

	private List<Pass> letGoAndGiveUpTheFirst() {
		List<Pass> passes = letGo(3 * MAX_AWAKE);
		this.elsewhere.runScheduled();
		this.elsewhere.runScheduled();
		assertStanding(passes, 2 * MAX_AWAKE, 3 * MAX_AWAKE);
		return passes;
	}

	private static void assertStanding(List<Pass> passes, int from, int to) {
		List<Integer> standing = IntStream.range(0, passes.size())
			.filter((i) -> passes.get(i).isStanding())
			.boxed()
			.toList();
		assertThat(standing).isEqualTo(IntStream.range(from, to).boxed().toList());
	}

	private List<Pass> letGo(int count) {
		List<Pass> passes = IntStream.range(0, count).mapToObj((i) -> pass()).toList();
		passes.forEach(Pass::letGo);
		return passes;
	}

	private Pass pass() {
		return this.turnstile.new Pass(Thread.currentThread());
	}

}
