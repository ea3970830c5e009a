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

package io.github.sqlitewal.autoconfigure;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.util.function.SingletonSupplier;

import io.github.sqlitewal.checkpoint.CheckpointListener;
import io.github.sqlitewal.checkpoint.CheckpointResult;
import io.github.sqlitewal.checkpoint.WalStateChange;
import io.github.sqlitewal.pool.PinStatus;
import io.github.sqlitewal.pool.PoolListener;

/**
 * Makes one listener of several, whose exceptions reach the log and nobody else.
 */
final class Listeners {

	private static final Logger logger = LoggerFactory.getLogger(Listeners.class);

	private Listeners() {
	}

	static PoolListener pool(List<PoolListener> listeners) {
		return new PoolListener() {

			@Override
			public void writerAcquired(long waitNanos) {
				for (PoolListener listener : listeners) {
					try {
						listener.writerAcquired(waitNanos);
					}
					catch (RuntimeException | LinkageError | AssertionError ex) {
						failed(listener, ex);
					}
				}
			}

			@Override
			public void writeSlowed(long nanos) {
				each(listeners, (listener) -> listener.writeSlowed(nanos));
			}

			@Override
			public void writerReleased(long holdNanos) {
				for (PoolListener listener : listeners) {
					try {
						listener.writerReleased(holdNanos);
					}
					catch (RuntimeException | LinkageError | AssertionError ex) {
						failed(listener, ex);
					}
				}
			}

			@Override
			public void readerAcquired(long waitNanos) {
				for (PoolListener listener : listeners) {
					try {
						listener.readerAcquired(waitNanos);
					}
					catch (RuntimeException | LinkageError | AssertionError ex) {
						failed(listener, ex);
					}
				}
			}

			@Override
			public void writesCombined(int count) {
				each(listeners, (listener) -> listener.writesCombined(count));
			}

			@Override
			public void retried(int retries) {
				each(listeners, (listener) -> listener.retried(retries));
			}

			@Override
			public void readTooOld(PinStatus read) {
				each(listeners, (listener) -> listener.readTooOld(read));
			}

			@Override
			public void readEvicted(PinStatus read) {
				each(listeners, (listener) -> listener.readEvicted(read));
			}

			@Override
			public void leaseForgotten(PinStatus lease) {
				each(listeners, (listener) -> listener.leaseForgotten(lease));
			}

			@Override
			public void synced(int commits, long nanos) {
				for (PoolListener listener : listeners) {
					try {
						listener.synced(commits, nanos);
					}
					catch (RuntimeException | LinkageError | AssertionError ex) {
						failed(listener, ex);
					}
				}
			}

			@Override
			public void syncFailed() {
				each(listeners, PoolListener::syncFailed);
			}

		};
	}

	/**
	 * Makes one listener, which asks for the others when there is something to tell: they
	 * may use the database. A change of the WAL's state becomes an event of the
	 * application too.
	 */
	static CheckpointListener checkpoint(Supplier<List<CheckpointListener>> listeners,
			ApplicationEventPublisher events) {
		return new CheckpointListeners(listeners, events);
	}

	private static <T> void each(List<T> listeners, Consumer<T> event) {
		for (T listener : listeners) {
			try {
				event.accept(listener);
			}
			catch (RuntimeException | LinkageError | AssertionError ex) {
				failed(listener, ex);
			}
		}
	}

	private static void failed(Object listener, Throwable failure) {
		logger.warn("{} failed", listener.getClass().getName(), failure);
	}

	/**
	 * Tells the listeners of checkpoints. The one of the start runs while the database is
	 * being made, and a listener that uses the database cannot be made before it: such a
	 * listener is told with the next checkpoint, and in order.
	 */
	private static final class CheckpointListeners implements CheckpointListener {

		private final Supplier<List<CheckpointListener>> listeners;

		private final ApplicationEventPublisher events;

		private final Queue<Consumer<CheckpointListener>> untold = new ConcurrentLinkedQueue<>();

		private CheckpointListeners(Supplier<List<CheckpointListener>> listeners, ApplicationEventPublisher events) {
			this.listeners = SingletonSupplier.of(listeners);
			this.events = events;
		}

		@Override
		public void checkpointed(CheckpointResult result) {
			tell((listener) -> listener.checkpointed(result));
		}

		@Override
		public void walStateChanged(WalStateChange change) {
			tell((listener) -> listener.walStateChanged(change));
			each(List.of(this.events), (publisher) -> publisher.publishEvent(change));
		}

		private void tell(Consumer<CheckpointListener> event) {
			this.untold.add(event);
			List<CheckpointListener> all;
			try {
				all = this.listeners.get();
			}
			catch (BeansException ex) {
				if (!ex.contains(BeanCurrentlyInCreationException.class)) {
					this.untold.clear();
					failed(this, ex);
				}
				return;
			}
			Consumer<CheckpointListener> next = this.untold.poll();
			while (next != null) {
				each(all, next);
				next = this.untold.poll();
			}
		}

	}

}
