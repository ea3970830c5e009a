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

package io.github.sqlitewal.jdbc;

import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Calendar;

import org.jspecify.annotations.Nullable;

/**
 * A date or time that is stored as text, in any of the forms that SQLite's own date
 * functions write or read (a space between date and time) and that {@code java.time}
 * writes (a 'T'), with or without fraction, offset and region.
 *
 * <p>
 * Which zone a text without offset is in depends on who asks:
 * <ul>
 * <li>The {@code Local*} types get what is written. No zone is involved.</li>
 * <li>{@link Instant} and the types with an offset take it as UTC, because
 * {@code CURRENT_TIMESTAMP} and SQLite's date functions write UTC and read it as UTC
 * (<a href="https://sqlite.org/lang_datefunc.html">lang_datefunc</a>, Time Values).</li>
 * <li>{@link Timestamp}, {@code Date} and {@code Time} take it as the zone of the
 * calendar or else of the JVM, as JDBC and the driver have always done, so that they also
 * read what the driver wrote under {@code date_class=TEXT}.</li>
 * </ul>
 * A text with an offset is one moment to all of them; the {@code Local*} types see it in
 * the JVM's zone, exactly as they see epoch milliseconds.
 *
 * <p>
 * The driver parses such text itself, but reads {@code .1} as 1 ms and {@code .123456} as
 * 123 s, and drops a 'Z' or an offset without a word (3.54.1.0). So it is asked only for
 * what is none of these forms, which is what a {@code date_string_format} may be.
 *
 * @param date the date, or null for a time of day
 * @param time the time of day, or null for a date
 * @param offset the offset that is written, if any
 * @param region the region that is written in brackets, if any
 */
record StoredTime(@Nullable LocalDate date, @Nullable LocalTime time, @Nullable ZoneOffset offset,
		@Nullable ZoneId region) {

	private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder().parseCaseInsensitive()
		.append(DateTimeFormatter.ISO_LOCAL_DATE)
		.optionalStart()
		.appendLiteral('T')
		.append(timeAndZone())
		.toFormatter()
		.withResolverStyle(ResolverStyle.STRICT);

	private static final DateTimeFormatter TIME = timeAndZone().withResolverStyle(ResolverStyle.STRICT);

	private static DateTimeFormatter timeAndZone() {
		return new DateTimeFormatterBuilder().parseCaseInsensitive()
			.append(DateTimeFormatter.ISO_LOCAL_TIME)
			.optionalStart()
			.optionalStart()
			.appendLiteral(' ')
			.optionalEnd()
			// +02:00 is ISO's and SQLite's, +0200 and +02 other writers'
			.optionalStart()
			.appendOffset("+HH:MM:ss", "Z")
			.optionalEnd()
			.optionalStart()
			.appendOffset("+HHmm", "Z")
			.optionalEnd()
			.optionalStart()
			.appendLiteral('[')
			.parseCaseSensitive()
			.appendZoneRegionId()
			.appendLiteral(']')
			.toFormatter();
	}

	/**
	 * Read the text.
	 * @param text what is stored
	 * @return what it says, or null if it has none of the forms
	 */
	static @Nullable StoredTime parse(String text) {
		String stripped = text.strip();
		// the shortest form is HH:mm
		if (stripped.length() < 5 || !Character.isDigit(stripped.charAt(1))) {
			return null;
		}
		try {
			TemporalAccessor parsed = (stripped.charAt(2) == ':') ? TIME.parse(stripped)
					: DATE_TIME.parse(withT(stripped));
			ZoneOffset offset = parsed.query(TemporalQueries.offset());
			ZoneId region = parsed.query(TemporalQueries.zoneId());
			if (region != null && offset == null) {
				return null;
			}
			return new StoredTime(parsed.query(TemporalQueries.localDate()), parsed.query(TemporalQueries.localTime()),
					offset, region);
		}
		catch (DateTimeParseException ex) {
			return null;
		}
	}

	private static String withT(String text) {
		int space = text.indexOf(' ');
		return (space > 0 && text.indexOf('T') < 0) ? text.substring(0, space) + 'T' + text.substring(space + 1) : text;
	}

	private LocalDateTime asWritten() {
		if (this.date == null) {
			throw new DateTimeException("a time of day without a date");
		}
		return LocalDateTime.of(this.date, (this.time != null) ? this.time : LocalTime.MIDNIGHT);
	}

	LocalDateTime localDateTime() {
		return (this.offset != null) ? zonedDateTime().withZoneSameInstant(ZoneId.systemDefault()).toLocalDateTime()
				: asWritten();
	}

	LocalDate localDate() {
		return localDateTime().toLocalDate();
	}

	LocalTime localTime() {
		return (this.date == null && this.time != null) ? this.time : localDateTime().toLocalTime();
	}

	Instant instant() {
		return zonedDateTime().toInstant();
	}

	OffsetDateTime offsetDateTime() {
		return zonedDateTime().toOffsetDateTime();
	}

	OffsetTime offsetTime() {
		return (this.date == null && this.time != null)
				? this.time.atOffset((this.offset != null) ? this.offset : ZoneOffset.UTC)
				: offsetDateTime().toOffsetTime();
	}

	ZonedDateTime zonedDateTime() {
		ZoneOffset writtenOffset = (this.offset != null) ? this.offset : ZoneOffset.UTC;
		// both, because in the hour that a region has twice only the offset tells which
		return ZonedDateTime.ofInstant(asWritten(), writtenOffset, (this.region != null) ? this.region : writtenOffset);
	}

	Timestamp timestamp(@Nullable Calendar calendar) {
		LocalDateTime written = asWritten();
		if (this.offset != null) {
			return Timestamp.from(instant());
		}
		if (calendar == null) {
			return Timestamp.valueOf(written);
		}
		Calendar fields = (Calendar) calendar.clone();
		fields.clear();
		fields.set(written.getYear(), written.getMonthValue() - 1, written.getDayOfMonth(), written.getHour(),
				written.getMinute(), written.getSecond());
		Timestamp timestamp = new Timestamp(fields.getTimeInMillis());
		timestamp.setNanos(written.getNano());
		return timestamp;
	}

	/**
	 * The moment as {@code java.sql.Time} has it.
	 * @param calendar whose zone counts, or null for the JVM's
	 * @return the moment; for a time of day that of 1970-01-01, which is JDBC's rule
	 */
	Timestamp timeOfDay(@Nullable Calendar calendar) {
		StoredTime dated = (this.date != null) ? this
				: new StoredTime(LocalDate.EPOCH, this.time, this.offset, this.region);
		return dated.timestamp(calendar);
	}

}
