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

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

import io.github.sqlitewal.checkpoint.WalLimitPolicy;

import io.github.sqlitewal.connection.Durability;

/**
 * Properties of the SQLite database.
 *
 * @param path Path of the database file, made with its directories when missing, or
 * ":memory:". When neither this nor spring.datasource.url is set, a file named after
 * spring.application.name in the working directory.
 * @param lockTimeout How long a call waits for a connection and for SQLite's write lock,
 * all waits and retries together. When it is not set, a busy_timeout in
 * spring.datasource.url counts.
 * @param durability What a commit that has returned survives: the death of the process,
 * or a loss of power too, for which commits wait for a sync that they share.
 * @param pragmas Pragmas to set and read back on every connection, by their name in
 * SQLite.
 * @param pool Connections.
 * @param retry What is tried again while another process holds a lock.
 * @param checkpoint When the WAL is copied into the database file.
 * @param batch Many operations in few transactions.
 * @param shutdown How the database is closed.
 */
@ConfigurationProperties("sqlite")
public record SqliteProperties(@Nullable String path, @Nullable Duration lockTimeout,
		@DefaultValue("process-crash") Durability durability, @DefaultValue Map<String, String> pragmas,
		@DefaultValue Pool pool, @DefaultValue Retry retry, @DefaultValue Checkpoint checkpoint,
		@DefaultValue Batch batch, @DefaultValue Shutdown shutdown) {

	/**
	 * Connections.
	 *
	 * @param readers Number of read-only connections. When it is not set, twice the
	 * number of processors and at least 4.
	 * @param maxQueuedWrites Number of write requests that may wait for the writer; one
	 * more is turned away at once.
	 * @param combineWrites Whether INSERT, UPDATE and DELETE statements outside a
	 * transaction that wait for the writer are committed together, each with its own
	 * result or exception.
	 * @param holdReadLock Whether SQLite's read lock is held for all readers, for some
	 * milliseconds at a time, while many read and nobody writes. Not with an external
	 * checkpointer.
	 * @param statementCacheSize Number of prepared statements that each connection keeps;
	 * 0 to prepare each time.
	 * @param maxReadAge Age from which on an open read transaction or result set is
	 * reported, once, because it keeps the WAL from starting over; 0 to switch off.
	 * @param evictReadAfter Age from which on a read is ended, with an exception, when it
	 * holds back a WAL that is above its hard limit. When it is not set, no read is ever
	 * ended.
	 * @param recordStacks Whether to remember the stack trace of whoever takes a
	 * connection, for these reports. Costs some microseconds each time.
	 */
	public record Pool(@Nullable Integer readers, @DefaultValue("1000") int maxQueuedWrites,
			@DefaultValue("true") boolean combineWrites, @DefaultValue("true") boolean holdReadLock,
			@DefaultValue("256") int statementCacheSize, @DefaultValue("1m") Duration maxReadAge,
			@Nullable Duration evictReadAfter, @DefaultValue("false") boolean recordStacks) {
	}

	/**
	 * What is tried again while another process holds a lock.
	 *
	 * @param enabled Whether to try again. When switched off, a lock of another process
	 * fails the call at once.
	 * @param maxAttempts Number of attempts, the first one included; 0 for as many as fit
	 * into the lock timeout.
	 * @param initialInterval Pause before the second attempt.
	 * @param multiplier Factor by which the pause grows with each attempt.
	 * @param maxInterval Longest pause.
	 * @param jitter Part of the pause that is random, from 0 to 1.
	 */
	public record Retry(@DefaultValue("true") boolean enabled, @DefaultValue("0") int maxAttempts,
			@DefaultValue("1ms") Duration initialInterval, @DefaultValue("1.5") double multiplier,
			@DefaultValue("25ms") Duration maxInterval, @DefaultValue("0.5") double jitter) {
	}

	/**
	 * When the WAL is copied into the database file.
	 *
	 * @param triggerSize Size of the WAL from which on it is made to start over; 0 to
	 * leave that to the interval, the cron expression and callers.
	 * @param interval Pause between two looks at the WAL when little is committed, each
	 * of which copies what is new in it without blocking anybody; 0 to switch off.
	 * @param truncateCron Cron expression with seconds for a checkpoint that makes the
	 * WAL file empty, for a time of low traffic.
	 * @param busyTimeout How long a checkpoint waits for readers to come home. New reads
	 * wait meanwhile, writers do not.
	 * @param maxWalSize Size that the WAL should not exceed; 0 for no limit.
	 * @param onMaxWalSize What happens to writers while the WAL is larger than its limit.
	 * @param external Whether another program, such as Litestream, checkpoints the
	 * database. The WAL is then only looked at and reported, also when the database is
	 * closed.
	 * @param headroom Whether the next megabytes of a WAL that is held back and grows
	 * fast are made ready off the commit path, so that commits are as fast as in one that
	 * starts over. Done on ext4 only, with two processors or more, and not for a database
	 * that another program checkpoints.
	 */
	public record Checkpoint(@DefaultValue("24MB") DataSize triggerSize, @DefaultValue("1s") Duration interval,
			@Nullable String truncateCron, @DefaultValue("100ms") Duration busyTimeout,
			@DefaultValue("1GB") DataSize maxWalSize, @DefaultValue("report") WalLimitPolicy onMaxWalSize,
			@DefaultValue("false") boolean external, @DefaultValue("true") boolean headroom) {
	}

	/**
	 * Many operations in few transactions.
	 *
	 * @param size Number of operations that a batch commits together.
	 * @param maxLatency How old an operation of a batch may become before it is
	 * committed, which is also how long others wait for a batch that does nothing; 0 for
	 * no limit.
	 * @param queueCapacity Number of submitted writes that may be without an answer. More
	 * of them are refused at once.
	 * @param atomic Whether executeBatch and JdbcTemplate.batchUpdate outside a
	 * transaction are one transaction. When switched off, each entry commits by itself.
	 * @param rewriteInserts Whether executeBatch, JdbcTemplate.batchUpdate and batches
	 * write the rows of a plain INSERT by statements of many rows, where nothing can tell
	 * the difference.
	 */
	public record Batch(@DefaultValue("5000") int size, @DefaultValue("100ms") Duration maxLatency,
			@DefaultValue("10000") int queueCapacity, @DefaultValue("true") boolean atomic,
			@DefaultValue("true") boolean rewriteInserts) {
	}

	/**
	 * How the database is closed.
	 *
	 * @param timeout How long closing may take: open transactions end, the WAL is copied
	 * and truncated. What does not end in time is rolled back.
	 */
	public record Shutdown(@DefaultValue("10s") Duration timeout) {
	}

}
