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

package io.github.sqlitewal.sample;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

/**
 * The events in the database. Nothing here knows of readers and a writer: what is
 * read-only, or a single reading statement, goes to a reader, and the rest to the writer.
 */
@Repository
class EventJournal {

	private static final String INSERT = "INSERT INTO events (at, source, level, message) VALUES (?, ?, ?, ?)";

	private final JdbcClient jdbc;

	private final JdbcTemplate template;

	EventJournal(JdbcClient jdbc, JdbcTemplate template) {
		this.jdbc = jdbc;
		this.template = template;
	}

	/**
	 * Stores one event. There is no transaction around the one statement on purpose: as a
	 * single statement it can share its commit with others that wait for the writer.
	 * @param event the event
	 * @return the event as stored
	 */
	Event store(NewEvent event) {
		GeneratedKeyHolder key = new GeneratedKeyHolder();
		this.jdbc.sql(INSERT)
			.params(event.at().toEpochMilli(), event.source(), event.level(), event.message())
			.update(key);
		Number id = key.getKey();
		if (id == null) {
			throw new IllegalStateException("No id came back for a stored event");
		}
		return new Event(id.longValue(), Instant.ofEpochMilli(event.at().toEpochMilli()), event.source(), event.level(),
				event.message());
	}

	/**
	 * Stores events in one transaction, all or none.
	 * @param events the events
	 */
	@Transactional
	void storeAll(List<NewEvent> events) {
		this.template.batchUpdate(INSERT, events, events.size(), (statement, event) -> {
			statement.setLong(1, event.at().toEpochMilli());
			statement.setString(2, event.source());
			statement.setString(3, event.level());
			statement.setString(4, event.message());
		});
	}

	Optional<Event> find(long id) {
		return this.jdbc.sql("SELECT id, at, source, level, message FROM events WHERE id = ?")
			.param(id)
			.query(EventJournal::event)
			.optional();
	}

	@Transactional(readOnly = true)
	EventPage search(EventSearch search) {
		Conditions conditions = new Conditions();
		conditions.add("events_fts MATCH :query", "query", search.query());
		conditions.add("source = :source", "source", search.source());
		conditions.add("level = :level", "level", search.level());
		conditions.between(search.from(), search.to());
		conditions.add("id < :before", "before", search.before());
		// FTS5 walks its own index backwards by rowid, so neither way has to sort
		String from = (search.query() != null) ? "events_fts JOIN events ON id = events_fts.rowid" : "events";
		String order = (search.query() != null) ? "events_fts.rowid" : "id";
		List<Event> events = this.jdbc
			.sql("SELECT id, at, source, level, events.message FROM " + from + conditions.where() + " ORDER BY " + order
					+ " DESC LIMIT :limit")
			.params(conditions.parameters)
			// one more than asked tells whether another page follows
			.param("limit", search.size() + 1)
			.query(EventJournal::event)
			.list();
		if (events.size() <= search.size()) {
			return new EventPage(events, null);
		}
		List<Event> page = events.subList(0, search.size());
		return new EventPage(page, page.get(page.size() - 1).id());
	}

	@Transactional(readOnly = true)
	List<MinuteCount> perMinute(@Nullable Instant from, @Nullable Instant to, @Nullable String source) {
		Conditions conditions = new Conditions();
		conditions.between(from, to);
		conditions.add("source = :source", "source", source);
		// not at / 60000: SQLite's division rounds the time before 1970 up
		return this.jdbc
			.sql("SELECT at - ((at % 60000) + 60000) % 60000 AS minute, count(*) AS events FROM events"
					+ conditions.where() + " GROUP BY minute ORDER BY minute")
			.params(conditions.parameters)
			.query((row, number) -> new MinuteCount(Instant.ofEpochMilli(row.getLong(1)), row.getLong(2)))
			.list();
	}

	/**
	 * Measures the journal as it is now.
	 * @return the rows, the highest id and the sum of ids
	 */
	JournalExtent extent() {
		return this.jdbc.sql(JournalExtent.QUERY)
			.param(Long.MAX_VALUE)
			.query((row, number) -> JournalExtent.of(row))
			.single();
	}

	/**
	 * Asks the database for its file, which is right however it was configured.
	 * @return the absolute path
	 */
	Path file() {
		return Path.of(this.jdbc.sql("SELECT file FROM pragma_database_list WHERE name = 'main'")
			.query(String.class)
			.single());
	}

	private static Event event(ResultSet row, int number) throws SQLException {
		return new Event(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)), row.getString(3), row.getString(4),
				row.getString(5));
	}

	/** The conditions of a query that are there, with their parameters. */
	private static final class Conditions {

		private final List<String> conditions = new ArrayList<>();

		private final Map<String, Object> parameters = new LinkedHashMap<>();

		void add(String condition, String name, @Nullable Object value) {
			if (value != null) {
				this.conditions.add(condition);
				this.parameters.put(name, value);
			}
		}

		void between(@Nullable Instant from, @Nullable Instant to) {
			add("at >= :from", "from", (from != null) ? from.toEpochMilli() : null);
			add("at < :to", "to", (to != null) ? to.toEpochMilli() : null);
		}

		String where() {
			return this.conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", this.conditions);
		}

	}

}
