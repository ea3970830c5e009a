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

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a listener throws from the pool, which tells it of things in the middle of
 * what must be finished: a commit that is to be answered, a sync that others wait for.
 */
final class SafePoolListener implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(SafePoolListener.class);

	private final PoolListener listener;

	SafePoolListener(PoolListener listener) {
		this.listener = listener;
	}

	@Override
	public void writerAcquired(long waitNanos) {
		try {
			this.listener.writerAcquired(waitNanos);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void writeSlowed(long nanos) {
		try {
			this.listener.writeSlowed(nanos);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void writerReleased(long holdNanos) {
		try {
			this.listener.writerReleased(holdNanos);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void writesCombined(int count) {
		try {
			this.listener.writesCombined(count);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void retried(int retries) {
		try {
			this.listener.retried(retries);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void readerAcquired(long waitNanos) {
		try {
			this.listener.readerAcquired(waitNanos);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void readTooOld(PinStatus read) {
		try {
			this.listener.readTooOld(read);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void readEvicted(PinStatus read) {
		try {
			this.listener.readEvicted(read);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void leaseForgotten(PinStatus lease) {
		try {
			this.listener.leaseForgotten(lease);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void synced(int commits, long nanos) {
		try {
			this.listener.synced(commits, nanos);
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	@Override
	public void syncFailed() {
		try {
			this.listener.syncFailed();
		}
		catch (RuntimeException | Error ex) {
			failed(ex);
		}
	}

	private static void failed(Throwable failure) {
		logger.warn("A pool listener failed", failure);
	}

}
