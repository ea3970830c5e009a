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

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.MonthDay;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Finds out when a log line was written and how bad it is. The line itself is kept whole,
 * so a guess that is wrong loses nothing.
 * <p>
 * Times are looked for where logs have them, at the beginning; a line without one gets
 * the time of its import. Times without an offset are of the zone the parser was made
 * for. Instances are immutable.
 */
final class LogLineParser {

	/** A long line is no reason to search all of it: the level stands near the front. */
	private static final int HEAD = 200;

	/**
	 * 2015-07-29 17:41:44,747, after a word at most, as OpenStack puts the file's name.
	 */
	private static final Pattern ISO = Pattern.compile("(?:\\S+ )?\\[?(\\d{4}-\\d\\d-\\d\\d)[T ](\\d\\d:\\d\\d:\\d\\d)"
			+ "(?:[.,](\\d{1,9}))?(Z|[+-]\\d\\d:?\\d\\d)?(?![\\d:])");

	/** 081109 203615. */
	private static final Pattern COMPACT = Pattern.compile("(\\d{6} \\d{6})\\b");

	/** 17/06/09 20:10:40. */
	private static final Pattern SLASHED = Pattern.compile("(\\d\\d/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d)\\b");

	/**
	 * [Sun Dec 04 04:47:44 2005], of which Apache 2.4 has fractions of the second too.
	 */
	private static final Pattern APACHE = Pattern
		.compile("\\[[A-Z][a-z]{2} ([A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})? \\d{4})\\]");

	/** Jun 14 15:16:01. */
	private static final Pattern SYSLOG = Pattern.compile("([A-Z][a-z]{2}) ([ \\d]\\d) (\\d\\d):(\\d\\d):(\\d\\d)\\b");

	private static final DateTimeFormatter COMPACT_FORMAT = format("uuMMdd HHmmss");

	private static final DateTimeFormatter SLASHED_FORMAT = format("uu/MM/dd HH:mm:ss");

	private static final DateTimeFormatter APACHE_FORMAT = format("MMM dd HH:mm:ss[.SSSSSS] uuuu");

	private static final DateTimeFormatter MONTH_DAY = format("MMM dd");

	private static final Pattern LEVEL = Pattern
		.compile("\\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|CRITICAL|FATAL)\\b"
				+ "|\\[(?:\\w+:)?(trace|debug|info|notice|warn(?:ing)?|error|crit|alert|emerg)\\]");

	private final ZoneId zone;

	LogLineParser(ZoneId zone) {
		this.zone = zone;
	}

	NewEvent parse(String line, String source, Instant importedAt) {
		return new NewEvent(time(line, importedAt), source, level(line), line);
	}

	private Instant time(String line, Instant importedAt) {
		String head = head(line);
		try {
			Instant time = isoTime(head);
			time = (time != null) ? time : time(COMPACT, COMPACT_FORMAT, head);
			time = (time != null) ? time : time(SLASHED, SLASHED_FORMAT, head);
			time = (time != null) ? time : time(APACHE, APACHE_FORMAT, head);
			time = (time != null) ? time : syslogTime(head, importedAt);
			return (time != null) ? time : importedAt;
		}
		catch (DateTimeException ex) {
			// it looks like a time and is none, such as the 31st of June
			return importedAt;
		}
	}

	private @Nullable Instant isoTime(String head) {
		Matcher matcher = ISO.matcher(head);
		if (!matcher.lookingAt()) {
			return null;
		}
		String fraction = matcher.group(3);
		LocalDateTime time = LocalDateTime
			.parse(matcher.group(1) + "T" + matcher.group(2) + ((fraction != null) ? "." + fraction : ""));
		String offset = matcher.group(4);
		return (offset != null) ? time.toInstant(ZoneOffset.of(offset)) : time.atZone(this.zone).toInstant();
	}

	private @Nullable Instant time(Pattern pattern, DateTimeFormatter format, String head) {
		Matcher matcher = pattern.matcher(head);
		return matcher.lookingAt() ? LocalDateTime.parse(matcher.group(1), format).atZone(this.zone).toInstant() : null;
	}

	/**
	 * Syslog leaves the year out: it is the last one in which the line is not to come.
	 */
	private @Nullable Instant syslogTime(String head, Instant importedAt) {
		Matcher matcher = SYSLOG.matcher(head);
		if (!matcher.lookingAt()) {
			return null;
		}
		MonthDay day = MonthDay.parse(matcher.group(1) + ' ' + matcher.group(2).replace(' ', '0'), MONTH_DAY);
		int year = importedAt.atZone(this.zone).getYear();
		// clocks differ a little, and a leap day is up to eight years ago
		Instant latest = importedAt.plusSeconds(3600);
		for (int candidate = year + 1; candidate >= year - 8; candidate--) {
			if (day.isValidYear(candidate)) {
				Instant time = day.atYear(candidate)
					.atTime(Integer.parseInt(matcher.group(3)), Integer.parseInt(matcher.group(4)),
							Integer.parseInt(matcher.group(5)))
					.atZone(this.zone)
					.toInstant();
				if (!time.isAfter(latest)) {
					return time;
				}
			}
		}
		return null;
	}

	private static String level(String line) {
		Matcher matcher = LEVEL.matcher(head(line));
		if (!matcher.find()) {
			return NewEvent.DEFAULT_LEVEL;
		}
		String word = (matcher.group(1) != null) ? matcher.group(1) : matcher.group(2);
		String level = word.toUpperCase(Locale.ROOT);
		return switch (level) {
			case "WARNING" -> "WARN";
			case "SEVERE" -> "ERROR";
			case "CRITICAL", "CRIT", "ALERT", "EMERG" -> "FATAL";
			default -> level;
		};
	}

	private static String head(String line) {
		return (line.length() <= HEAD) ? line : line.substring(0, HEAD);
	}

	private static DateTimeFormatter format(String pattern) {
		// strict, because the default makes the 31st of June the 30th
		return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
	}

}
