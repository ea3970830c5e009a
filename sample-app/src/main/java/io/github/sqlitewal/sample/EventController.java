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

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Events one by one, searched and counted.
 */
@RestController
@RequestMapping("/events")
class EventController {

	private final EventJournal journal;

	EventController(EventJournal journal) {
		this.journal = journal;
	}

	@PostMapping
	ResponseEntity<Event> store(@RequestBody JsonNode body) {
		Event event = this.journal.store(NewEvent.fromJson(body, null, Instant.now()));
		return ResponseEntity.created(URI.create("/events/" + event.id())).body(event);
	}

	@GetMapping("/{id}")
	Event find(@PathVariable long id) {
		return this.journal.find(id)
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no event " + id));
	}

	@GetMapping
	EventPage search(@RequestParam(required = false) @Nullable String q,
			@RequestParam(required = false) @Nullable String source,
			@RequestParam(required = false) @Nullable String level,
			@RequestParam(required = false) @Nullable String from, @RequestParam(required = false) @Nullable String to,
			@RequestParam(required = false) @Nullable Long before, @RequestParam(defaultValue = "50") int size) {
		String capitals = (level != null) ? level.toUpperCase(Locale.ROOT) : null;
		return this.journal.search(new EventSearch(FtsQuery.of(q), textOrNull(source), textOrNull(capitals),
				EventTime.parseOptional("from", from), EventTime.parseOptional("to", to), before, size));
	}

	@GetMapping("/per-minute")
	List<MinuteCount> perMinute(@RequestParam(required = false) @Nullable String from,
			@RequestParam(required = false) @Nullable String to,
			@RequestParam(required = false) @Nullable String source) {
		return this.journal.perMinute(EventTime.parseOptional("from", from), EventTime.parseOptional("to", to),
				textOrNull(source));
	}

	/** A form sends the fields that were left empty too. */
	private static @Nullable String textOrNull(@Nullable String text) {
		return (text == null || text.isBlank()) ? null : text;
	}

}
