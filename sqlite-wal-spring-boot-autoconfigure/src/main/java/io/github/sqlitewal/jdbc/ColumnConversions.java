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

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * {@code getObject(column, type)}: the value of a column as the Java type that the caller
 * names. NULL is null for every type. Numbers may be stored as text and lose a fraction
 * as in SQLite's CAST, but nothing is ever cut to fit: what is out of range, or not a
 * number at all, is an error, where the primitive getters give what
 * {@code sqlite3_column_int} gives.
 *
 * <p>
 * The driver's own method fails for NULL as Integer or Double, gives false for NULL as
 * Boolean, refuses numbers in text and knows none of Short, BigInteger, UUID, enum,
 * Instant and the types with an offset.
 */
final class ColumnConversions {

	private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);

	private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);

	/**
	 * How many zeros an exponent in text may stand for, so that '1e999999999' does not
	 * fill the heap; a double has no more than 308.
	 */
	private static final int MAX_EXPONENT = 400;

	private static final Map<Class<?>, Conversion> CONVERSIONS = new HashMap<>();

	static {
		CONVERSIONS.put(Object.class, (row, column, value) -> value);
		CONVERSIONS.put(String.class,
				(row, column, value) -> (value instanceof String) ? value : row.getString(column));
		CONVERSIONS.put(byte[].class, (row, column, value) -> (value instanceof byte[]) ? value : row.getBytes(column));
		numbers();
		times();
		CONVERSIONS.put(UUID.class, (row, column, value) -> uuid(value));
		CONVERSIONS.put(Blob.class, (row, column, value) -> row.getBlob(column));
		CONVERSIONS.put(Clob.class, (row, column, value) -> row.getClob(column));
		CONVERSIONS.put(NClob.class, (row, column, value) -> row.getNClob(column));
		CONVERSIONS.put(InputStream.class, (row, column, value) -> row.getBinaryStream(column));
		CONVERSIONS.put(Reader.class, (row, column, value) -> row.getCharacterStream(column));
	}

	private ColumnConversions() {
	}

	private static void numbers() {
		CONVERSIONS.put(Boolean.class, (row, column, value) -> bool(value));
		CONVERSIONS.put(Byte.class, (row, column, value) -> (byte) integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
		CONVERSIONS.put(Short.class, (row, column, value) -> (short) integer(value, Short.MIN_VALUE, Short.MAX_VALUE));
		CONVERSIONS.put(Integer.class, (row, column, value) -> (value instanceof Integer) ? value
				: (Object) (int) integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
		CONVERSIONS.put(Long.class, (row, column, value) -> integer(value, Long.MIN_VALUE, Long.MAX_VALUE));
		CONVERSIONS.put(Float.class, (row, column, value) -> (float) real(value));
		CONVERSIONS.put(Double.class, (row, column, value) -> real(value));
		CONVERSIONS.put(Number.class, (row, column, value) -> (value instanceof Number) ? value : decimal(value));
		CONVERSIONS.put(BigInteger.class, (row, column, value) -> bigInteger(value));
		CONVERSIONS.put(BigDecimal.class, (row, column, value) -> decimal(value));
	}

	@SuppressWarnings("JavaUtilDate")
	private static void times() {
		CONVERSIONS.put(Timestamp.class, (row, column, value) -> row.getTimestamp(column));
		CONVERSIONS.put(Date.class, (row, column, value) -> row.getDate(column));
		CONVERSIONS.put(Time.class, (row, column, value) -> row.getTime(column));
		CONVERSIONS.put(java.util.Date.class, (row, column, value) -> {
			Timestamp timestamp = row.getTimestamp(column);
			return (timestamp != null) ? new java.util.Date(timestamp.getTime()) : null;
		});
		// through Timestamp's fields, as these types are written: also before 1582 and in
		// the hour that a zone has twice, what comes back is what was stored
		time(LocalDateTime.class, StoredTime::localDateTime, Timestamp::toLocalDateTime);
		time(LocalDate.class, StoredTime::localDate, (timestamp) -> timestamp.toLocalDateTime().toLocalDate());
		time(LocalTime.class, StoredTime::localTime, (timestamp) -> timestamp.toLocalDateTime().toLocalTime());
		time(Instant.class, StoredTime::instant, Timestamp::toInstant);
		time(OffsetDateTime.class, StoredTime::offsetDateTime,
				(timestamp) -> timestamp.toInstant().atOffset(ZoneOffset.UTC));
		time(ZonedDateTime.class, StoredTime::zonedDateTime,
				(timestamp) -> timestamp.toInstant().atZone(ZoneOffset.UTC));
		time(OffsetTime.class, StoredTime::offsetTime,
				(timestamp) -> timestamp.toInstant().atOffset(ZoneOffset.UTC).toOffsetTime());
	}

	private static <T> void time(Class<T> type, Function<StoredTime, T> fromText, Function<Timestamp, T> fromMoment) {
		CONVERSIONS.put(type, (row, column, value) -> {
			if (value instanceof String text) {
				if (text.isEmpty()) {
					return null;
				}
				StoredTime stored = StoredTime.parse(text);
				if (stored != null) {
					return fromText.apply(stored);
				}
			}
			return fromMoment.apply(row.moment(column, value, null));
		});
	}

	static <T> @Nullable T convert(ReadOnlyResultSet row, int column, Class<T> type) throws SQLException {
		Object value = row.getObject(column);
		Conversion conversion = CONVERSIONS.get(type);
		if (conversion == null && !type.isEnum() && !type.isInstance(value)) {
			throw new SQLFeatureNotSupportedException("Not supported: a column as " + type.getName(), "0A000");
		}
		if (value == null) {
			return null;
		}
		try {
			return type.cast((conversion != null) ? conversion.apply(row, column, value)
					: type.isEnum() ? constant(type, value) : value);
		}
		catch (IllegalArgumentException | ArithmeticException | DateTimeException ex) {
			throw row.notConvertible(column, value, type, ex);
		}
	}

	private static long integer(Object value, long min, long max) {
		long number;
		if (value instanceof Integer || value instanceof Long) {
			number = ((Number) value).longValue();
		}
		else {
			BigDecimal decimal = decimal(value);
			if (decimal.compareTo(MIN_LONG) < 0 || decimal.compareTo(MAX_LONG) > 0) {
				throw new ArithmeticException("out of range");
			}
			number = decimal.longValue();
		}
		if (number < min || number > max) {
			throw new ArithmeticException("out of range");
		}
		return number;
	}

	private static double real(Object value) {
		return (value instanceof Number number) ? number.doubleValue() : decimal(value).doubleValue();
	}

	private static BigDecimal decimal(Object value) {
		if (value instanceof Double number) {
			// the shortest decimal that is this double: 4.35 is 4.35
			return BigDecimal.valueOf(number);
		}
		if (value instanceof Number number) {
			return BigDecimal.valueOf(number.longValue());
		}
		if (value instanceof String text) {
			return new BigDecimal(text.strip());
		}
		throw new IllegalArgumentException("a BLOB is not a number");
	}

	private static BigInteger bigInteger(Object value) {
		BigDecimal decimal = decimal(value);
		if (decimal.scale() < -MAX_EXPONENT) {
			throw new ArithmeticException("out of range");
		}
		return decimal.toBigInteger();
	}

	private static boolean bool(Object value) {
		if (value instanceof Number number) {
			return number.doubleValue() != 0;
		}
		if (value instanceof String text && "true".equalsIgnoreCase(text.strip())) {
			return true;
		}
		if (value instanceof String text && "false".equalsIgnoreCase(text.strip())) {
			return false;
		}
		return decimal(value).signum() != 0;
	}

	private static UUID uuid(Object value) {
		if (value instanceof byte[] bytes && bytes.length == 16) {
			ByteBuffer buffer = ByteBuffer.wrap(bytes);
			return new UUID(buffer.getLong(), buffer.getLong());
		}
		// fromString alone would also take '1-1-1-1-1'
		if (value instanceof String text && text.length() == 36) {
			return UUID.fromString(text);
		}
		throw new IllegalArgumentException("a UUID is 36 characters or 16 bytes");
	}

	private static Object constant(Class<?> type, Object value) {
		for (Object constant : type.getEnumConstants()) {
			if (((Enum<?>) constant).name().equals(value)) {
				return constant;
			}
		}
		throw new IllegalArgumentException("no such constant");
	}

	@FunctionalInterface
	private interface Conversion {

		@Nullable Object apply(ReadOnlyResultSet row, int column, Object value) throws SQLException;

	}

}
