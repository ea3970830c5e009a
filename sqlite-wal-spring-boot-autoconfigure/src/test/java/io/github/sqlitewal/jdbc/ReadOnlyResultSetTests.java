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

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mockito.Mockito.mock;

/**
 * Both result sets give the same for what a real driver has stored. The JVM's zone is one
 * that is not UTC, so that a zone in the wrong place shows.
 */
@ParameterizedClass
@EnumSource
class ReadOnlyResultSetTests {

	private static final List<Class<?>> TYPES = List.of(Boolean.class, Byte.class, Short.class, Integer.class,
			Long.class, Float.class, Double.class, Number.class, BigInteger.class, BigDecimal.class, String.class,
			byte[].class, Date.class, Time.class, Timestamp.class, java.util.Date.class, LocalDate.class,
			LocalTime.class, LocalDateTime.class, Instant.class, OffsetDateTime.class, ZonedDateTime.class,
			OffsetTime.class, UUID.class, TimeUnit.class, Blob.class, Clob.class, NClob.class, InputStream.class,
			Reader.class, Object.class);

	@Parameter
	private Kind kind;

	private final TimeZone jvmZone = TimeZone.getDefault();

	private Connection connection;

	@BeforeEach
	void connect() throws SQLException {
		TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
		this.connection = DriverManager.getConnection("jdbc:sqlite::memory:");
	}

	@AfterEach
	void close() throws SQLException {
		TimeZone.setDefault(this.jvmZone);
		this.connection.close();
	}

	@Test
	void nullIsNullForEveryType() throws SQLException {
		ResultSet row = row("null");
		for (Class<?> type : TYPES) {
			assertThat((Object) row.getObject(1, type)).as(type.getName()).isNull();
			assertThat(row.wasNull()).isTrue();
		}
		assertThat(row.getInt(1)).isZero();
		assertThat(row.getBoolean(1)).isFalse();
		assertThat(row.getBigDecimal(1)).isNull();
		assertThat(row.getTimestamp(1)).isNull();
		assertThat(row.getDate(1)).isNull();
		assertThat(row.getTime(1, Calendar.getInstance())).isNull();
		assertThat(row.getBlob(1)).isNull();
		assertThat(row.getClob(1)).isNull();
		assertThat(row.getBinaryStream(1)).isNull();
		assertThat(row.getAsciiStream(1)).isNull();
		assertThat(row.getCharacterStream(1)).isNull();
	}

	@Test
	void objectIsTheStorageClass() throws SQLException {
		assertThat(row("7").getObject(1)).isEqualTo(7);
		assertThat(row("3000000000").getObject(1)).isEqualTo(3_000_000_000L);
		assertThat(row("1.5").getObject(1)).isEqualTo(1.5);
		assertThat(row("'x'").getObject(1)).isEqualTo("x");
		assertThat(row("x'0102'").getObject(1)).isEqualTo(new byte[] { 1, 2 });
		assertThat(row("x''").getObject(1)).isEqualTo(new byte[0]);
		assertThat(row("null").getObject(1)).isNull();
		assertThat(row("7").getObject(1, Object.class)).isEqualTo(7);
		assertThat(row("7").getObject(1, Map.of())).isEqualTo(7);
	}

	@Test
	void integerIsEveryNumber() throws SQLException {
		ResultSet row = row("42");
		assertThat(row.getObject(1, Byte.class)).isEqualTo((byte) 42);
		assertThat(row.getObject(1, Short.class)).isEqualTo((short) 42);
		assertThat(row.getObject(1, Integer.class)).isEqualTo(42);
		assertThat(row.getObject(1, Long.class)).isEqualTo(42L);
		assertThat(row.getObject(1, Float.class)).isEqualTo(42f);
		assertThat(row.getObject(1, Double.class)).isEqualTo(42d);
		assertThat(row.getObject(1, BigInteger.class)).isEqualTo(42);
		assertThat(row.getObject(1, BigDecimal.class)).isEqualTo("42");
		assertThat(row.getObject(1, Number.class)).isEqualTo(42);
		assertThat(row.getObject(1, String.class)).isEqualTo("42");
		assertThat(row.getObject(1, byte[].class)).isEqualTo(new byte[] { '4', '2' });
		assertThat(row.getByte(1)).isEqualTo((byte) 42);
		assertThat(row.getShort(1)).isEqualTo((short) 42);
		assertThat(row.getFloat(1)).isEqualTo(42f);
	}

	@Test
	void numberInTextIsANumber() throws SQLException {
		assertThat(row("' 42 '").getObject(1, Integer.class)).isEqualTo(42);
		assertThat(row("'4.9'").getObject(1, Long.class)).isEqualTo(4L);
		assertThat(row("'4.5'").getObject(1, Double.class)).isEqualTo(4.5);
		assertThat(row("'123456789012345678901234567890.10'").getObject(1, BigDecimal.class))
			.isEqualTo("123456789012345678901234567890.10");
		assertThat(row("'123456789012345678901234567890.10'").getBigDecimal(1))
			.isEqualTo(new BigDecimal("123456789012345678901234567890.10"));
		assertThat(row("'123456789012345678901234567890'").getObject(1, BigInteger.class))
			.isEqualTo(new BigInteger("123456789012345678901234567890"));
	}

	@Test
	void bigDecimalOfARealIsTheShortestThatIsIt() throws SQLException {
		assertThat(row("4.35").getBigDecimal(1)).isEqualTo("4.35");
		assertThat(row("1.0/3").getBigDecimal(1)).isEqualTo("0.3333333333333333");
		assertNotConvertible("9e999", BigDecimal.class);
	}

	@Test
	@SuppressWarnings("deprecation")
	void bigDecimalWithScaleIsRounded() throws SQLException {
		assertThat(row("'1.255'").getBigDecimal(1, 2)).isEqualTo("1.26");
		assertThat(row("'1.255'").getBigDecimal("V", 2)).isEqualTo("1.26");
	}

	@Test
	void numberThatDoesNotFitIsNotCut() throws SQLException {
		assertNotConvertible("128", Byte.class);
		assertNotConvertible("32768", Short.class);
		assertNotConvertible("2147483648", Integer.class);
		assertNotConvertible("1e19", Long.class);
		assertNotConvertible("'9223372036854775808'", Long.class);
		assertNotConvertible("'1e999999999'", BigInteger.class);
		assertThat(row("-9223372036854775808").getObject(1, Long.class)).isEqualTo(Long.MIN_VALUE);
	}

	@Test
	void whatIsNoNumberIsNotReadAsOne() throws SQLException {
		for (Class<?> type : List.of(Integer.class, Double.class, BigDecimal.class, Boolean.class)) {
			assertNotConvertible("'12abc'", type);
			assertNotConvertible("x'31'", type);
			assertNotConvertible("''", type);
		}
	}

	@Test
	void booleanIsANumberOrItsWord() throws SQLException {
		assertThat(row("1").getObject(1, Boolean.class)).isTrue();
		assertThat(row("0").getObject(1, Boolean.class)).isFalse();
		assertThat(row("0.5").getObject(1, Boolean.class)).isTrue();
		assertThat(row("'TRUE'").getObject(1, Boolean.class)).isTrue();
		assertThat(row("'false'").getObject(1, Boolean.class)).isFalse();
		assertThat(row("'1'").getObject(1, Boolean.class)).isTrue();
		assertThat(row("2").getBoolean(1)).isTrue();
	}

	@Test
	void uuidIsTextOrBytes() throws SQLException {
		UUID uuid = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");
		assertThat(row("'123e4567-e89b-12d3-a456-426614174000'").getObject(1, UUID.class)).isEqualTo(uuid);
		assertThat(row("x'123e4567e89b12d3a456426614174000'").getObject(1, UUID.class)).isEqualTo(uuid);
		assertNotConvertible("'1-1-1-1-1'", UUID.class);
		assertNotConvertible("x'00'", UUID.class);
		assertNotConvertible("1", UUID.class);
	}

	@Test
	void enumIsItsName() throws SQLException {
		assertThat(row("'SECONDS'").getObject(1, TimeUnit.class)).isEqualTo(TimeUnit.SECONDS);
		assertNotConvertible("'seconds'", TimeUnit.class);
		assertNotConvertible("0", TimeUnit.class);
	}

	@Test
	void unknownTypeIsNotSupported() throws SQLException {
		for (String expression : List.of("1", "null")) {
			ResultSet row = row(expression);
			assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
				.isThrownBy(() -> row.getObject(1, Thread.class))
				.withMessageContaining("java.lang.Thread");
		}
	}

	@Test
	void conversionErrorNamesColumnValueAndType() throws SQLException {
		ResultSet row = row("'" + "a".repeat(100) + "'");
		assertThatExceptionOfType(SQLDataException.class).isThrownBy(() -> row.getObject(1, Integer.class))
			.withMessage("Column 1 (\"v\") holds the text '" + "a".repeat(60)
					+ "…', which cannot be read as java.lang.Integer")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22018"));
	}

	@Test
	void epochMillisecondsAreOneMoment() throws SQLException {
		Timestamp stored = Timestamp.valueOf("2024-01-02 03:04:05.678");
		ResultSet row = stored(stored);
		assertThat(row.getObject(1)).isEqualTo(stored.getTime());
		assertThat(row.getTimestamp(1)).isEqualTo(stored);
		assertThat(row.getTimestamp(1, Calendar.getInstance(TimeZone.getTimeZone("UTC")))).isEqualTo(stored);
		assertThat(row.getDate(1).getTime()).isEqualTo(stored.getTime());
		assertThat(row.getTime(1).getTime()).isEqualTo(stored.getTime());
		assertThat(row.getObject(1, java.util.Date.class)).isExactlyInstanceOf(java.util.Date.class)
			.hasTime(stored.getTime());
		assertThat(row.getObject(1, LocalDateTime.class)).isEqualTo("2024-01-02T03:04:05.678");
		assertThat(row.getObject(1, LocalDate.class)).isEqualTo("2024-01-02");
		assertThat(row.getObject(1, LocalTime.class)).isEqualTo("03:04:05.678");
		assertThat(row.getObject(1, Instant.class)).isEqualTo("2024-01-02T08:04:05.678Z");
		assertThat(row.getObject(1, OffsetDateTime.class)).hasToString("2024-01-02T08:04:05.678Z");
		assertThat(row.getObject(1, ZonedDateTime.class)).hasToString("2024-01-02T08:04:05.678Z");
		assertThat(row.getObject(1, OffsetTime.class)).isEqualTo(OffsetTime.parse("08:04:05.678Z"));
	}

	@Test
	void calendarOfTheCallerIsNotChanged() throws SQLException {
		Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
		calendar.setTimeInMillis(42);
		row("1000").getTimestamp(1, calendar);
		row("'2024-01-02 03:04:05'").getTimestamp(1, calendar);
		assertThat(calendar.getTimeInMillis()).isEqualTo(42);
	}

	@Test
	void javaTimeComesBackAsItWasStored() throws SQLException {
		for (Object value : List.of(LocalDateTime.parse("2024-01-02T03:04:05.123456789"),
				LocalDateTime.parse("2024-01-02T03:04"), LocalDate.parse("2024-01-02"), LocalTime.parse("03:04"),
				LocalTime.parse("03:04:05.1"), Instant.parse("2024-01-02T03:04:05.123456Z"),
				Instant.parse("2024-01-02T03:04:05Z"), OffsetDateTime.parse("2024-01-02T03:04+02:00"),
				OffsetDateTime.parse("2024-01-02T03:04:05.5-08:00"), OffsetTime.parse("03:04:05+01:00"),
				ZonedDateTime.parse("2024-10-27T02:30+01:00[Europe/Paris]"),
				ZonedDateTime.parse("2024-10-27T02:30+02:00[Europe/Paris]"), LocalDateTime.parse("1500-01-01T00:00"),
				LocalDate.parse("+10000-01-01"))) {
			ResultSet row = stored(value.toString());
			assertThat((Object) row.getObject(1, value.getClass())).isEqualTo(value);
		}
	}

	@Test
	void currentTimestampIsUtcForInstantAndAsWrittenForLocal() throws SQLException {
		for (String text : List.of("2024-01-02 03:04:05", "2024-01-02T03:04:05")) {
			ResultSet row = stored(text);
			assertThat(row.getObject(1, Instant.class)).isEqualTo("2024-01-02T03:04:05Z");
			assertThat(row.getObject(1, OffsetDateTime.class)).hasToString("2024-01-02T03:04:05Z");
			assertThat(row.getObject(1, ZonedDateTime.class)).hasToString("2024-01-02T03:04:05Z");
			assertThat(row.getObject(1, LocalDateTime.class)).isEqualTo("2024-01-02T03:04:05");
			assertThat(row.getObject(1, LocalDate.class)).isEqualTo("2024-01-02");
			assertThat(row.getObject(1, LocalTime.class)).isEqualTo("03:04:05");
		}
		Instant now = row("current_timestamp").getObject(1, Instant.class);
		assertThat(now).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
	}

	@Test
	void textWithoutOffsetIsJvmTimeForTimestamp() throws SQLException {
		for (String text : List.of("2024-01-02 03:04:05.678", "2024-01-02T03:04:05.678")) {
			ResultSet row = stored(text);
			Timestamp expected = Timestamp.valueOf("2024-01-02 03:04:05.678");
			assertThat(row.getTimestamp(1)).isEqualTo(expected);
			assertThat(row.getObject(1, Timestamp.class)).isEqualTo(expected);
			assertThat(row.getDate(1).getTime()).isEqualTo(expected.getTime());
			assertThat(row.getTime(1).getTime()).isEqualTo(expected.getTime());
			assertThat(row.getTimestamp(1, Calendar.getInstance(TimeZone.getTimeZone("UTC"))).toInstant())
				.isEqualTo("2024-01-02T03:04:05.678Z");
		}
	}

	@Test
	void textWithOffsetIsOneMomentForAll() throws SQLException {
		for (String text : List.of("2024-01-02T03:04:05.000+02:00", "2024-01-02 03:04:05+0200",
				"2024-01-02 03:04:05 +02", "2024-01-02 01:04:05.000Z", "2024-01-02T01:04:05z")) {
			ResultSet row = stored(text);
			Instant moment = Instant.parse("2024-01-02T01:04:05Z");
			assertThat(row.getObject(1, Instant.class)).isEqualTo(moment);
			assertThat(row.getTimestamp(1).toInstant()).isEqualTo(moment);
			assertThat(row.getTimestamp(1, Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"))).toInstant())
				.isEqualTo(moment);
			assertThat(row.getObject(1, LocalDateTime.class)).isEqualTo("2024-01-01T20:04:05");
			assertThat(row.getObject(1, LocalDate.class)).isEqualTo("2024-01-01");
		}
		assertThat(stored("2024-01-02 03:04:05+02:00").getObject(1, OffsetDateTime.class).getOffset())
			.isEqualTo(ZoneOffset.ofHours(2));
	}

	@Test
	void fractionIsAFractionOfASecond() throws SQLException {
		assertThat(row("'2024-01-02 03:04:05.1'").getTimestamp(1))
			.isEqualTo(Timestamp.valueOf("2024-01-02 03:04:05.1"));
		assertThat(row("'2024-01-02 03:04:05.123456'").getTimestamp(1))
			.isEqualTo(Timestamp.valueOf("2024-01-02 03:04:05.123456"));
		assertThat(
				row("'2024-01-02 03:04:05.123456'").getTimestamp(1, Calendar.getInstance(TimeZone.getTimeZone("UTC")))
					.toInstant())
			.isEqualTo("2024-01-02T03:04:05.123456Z");
	}

	@Test
	void textDriverWritesUnderDateClassText() throws SQLException {
		reconnect("jdbc:sqlite::memory:?date_class=TEXT");
		Timestamp summer = Timestamp.valueOf("2024-07-02 03:04:05.678");
		ResultSet row = stored(summer);
		assertThat(row.getString(1)).isEqualTo("2024-07-02 03:04:05.678");
		assertThat(row.getTimestamp(1)).isEqualTo(summer);
		assertThat(row.getObject(1, LocalDateTime.class)).isEqualTo(summer.toLocalDateTime());
	}

	@Test
	void configuredFormatIsTheDriversToRead() throws SQLException {
		// the format goes with the connection, and rows that outlive it do not know it
		assumeThat(this.kind).isEqualTo(Kind.LEASED);
		reconnect("jdbc:sqlite::memory:?date_class=TEXT&date_string_format=dd.MM.yyyy HH:mm");
		Timestamp stored = Timestamp.valueOf("2024-01-02 03:04:00");
		ResultSet row = stored(stored);
		assertThat(row.getString(1)).isEqualTo("02.01.2024 03:04");
		assertThat(row.getTimestamp(1)).isEqualTo(stored);
		assertThat(row.getObject(1, LocalDateTime.class)).isEqualTo(stored.toLocalDateTime());
		assertThat(row.getTimestamp(1, Calendar.getInstance(TimeZone.getTimeZone("UTC"))).toInstant())
			.isEqualTo("2024-01-02T03:04:00Z");
	}

	@Test
	void integerIsSecondsUnderThatPrecision() throws SQLException {
		assumeThat(this.kind).isEqualTo(Kind.LEASED);
		reconnect("jdbc:sqlite::memory:?date_precision=SECONDS");
		assertThat(row("1704164645").getObject(1, Instant.class)).isEqualTo("2024-01-02T03:04:05Z");
	}

	@Test
	void realIsAJulianDayInUtc() throws SQLException {
		reconnect("jdbc:sqlite::memory:?date_class=REAL");
		Timestamp stored = Timestamp.valueOf("2024-01-02 03:04:05.678");
		assertThat(stored(stored).getTimestamp(1)).isEqualTo(stored);
		assertThat(stored(stored).getObject(1, Instant.class)).isEqualTo(stored.toInstant());
		assertThat(stored(stored).getObject(1, LocalDateTime.class)).isEqualTo(stored.toLocalDateTime());
		assertThat(row("julianday('2024-01-02 03:04:05.678')").getObject(1, Instant.class))
			.isEqualTo("2024-01-02T03:04:05.678Z");
		assertNotConvertible("1704164645.5", Timestamp.class);
	}

	@Test
	void dateAloneAndTimeAlone() throws SQLException {
		ResultSet date = row("'2024-01-02'");
		assertThat(date.getDate(1)).isEqualTo(Date.valueOf("2024-01-02"));
		assertThat(date.getTimestamp(1)).isEqualTo(Timestamp.valueOf("2024-01-02 00:00:00"));
		assertThat(date.getObject(1, LocalDateTime.class)).isEqualTo("2024-01-02T00:00");
		assertThat(date.getObject(1, Instant.class)).isEqualTo("2024-01-02T00:00:00Z");
		ResultSet time = row("'03:04:05'");
		assertThat(time.getTime(1)).isEqualTo(Time.valueOf("03:04:05"));
		assertThat(time.getObject(1, OffsetTime.class)).isEqualTo(OffsetTime.parse("03:04:05Z"));
		for (Class<?> type : List.of(Date.class, Timestamp.class, LocalDate.class, LocalDateTime.class,
				Instant.class)) {
			assertNotConvertible("'03:04:05'", type);
		}
	}

	@Test
	void emptyTextIsNoDate() throws SQLException {
		assertThat(row("''").getTimestamp(1)).isNull();
		assertThat(row("''").getObject(1, LocalDate.class)).isNull();
	}

	@Test
	void whatIsNoDateIsNotReadAsOne() throws SQLException {
		for (Class<?> type : List.of(Date.class, Time.class, Timestamp.class, java.util.Date.class, LocalDate.class,
				Instant.class, OffsetTime.class)) {
			assertNotConvertible("'yesterday'", type);
			assertNotConvertible("'2024-02-30'", type);
			assertNotConvertible("'2024-01-02T03:04[Europe/Paris]'", type);
			assertNotConvertible("x'00'", type);
		}
	}

	@Test
	void lobsAreCopies() throws Exception {
		ResultSet bytes = row("x'010203'");
		assertThat(bytes.getBlob("v").getBytes(1, 3)).containsExactly(1, 2, 3);
		assertThat(bytes.getObject(1, Blob.class).length()).isEqualTo(3);
		assertThat(bytes.getBinaryStream(1)).hasBinaryContent(new byte[] { 1, 2, 3 });
		assertThat(bytes.getObject(1, InputStream.class)).hasBinaryContent(new byte[] { 1, 2, 3 });
		ResultSet text = row("'zwölf'");
		assertThat(text.getClob(1).getSubString(1, 5)).isEqualTo("zwölf");
		assertThat(text.getNClob(1).length()).isEqualTo(5);
		assertThat(read(text.getObject(1, Clob.class).getCharacterStream())).isEqualTo("zwölf");
		assertThat(read(text.getObject(1, Reader.class))).isEqualTo("zwölf");
		assertThat(text.getNString(1)).isEqualTo("zwölf");
		assertThat(text.getAsciiStream(1)).hasContent("zw?lf");
		assertThat(text.getClob(1).getAsciiStream()).hasContent("zw?lf");
		assertThat(row("x''").getBlob(1).getBytes(1, 0)).isEmpty();
		assertThat(row("''").getClob(1).getSubString(1, 0)).isEmpty();
	}

	@Test
	void labelIsTheSameAsIndex() throws SQLException {
		ResultSet row = row("'42'");
		assertThat(row.findColumn("V")).isEqualTo(1);
		assertThat(row.getInt("v")).isEqualTo(42);
		assertThat(row.getLong("v")).isEqualTo(42);
		assertThat(row.getDouble("v")).isEqualTo(42);
		assertThat(row.getString("v")).isEqualTo("42");
		assertThat(row.getBytes("v")).isEqualTo("42".getBytes(StandardCharsets.UTF_8));
		assertThat(row.getObject("v", Integer.class)).isEqualTo(42);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> row.getInt("nix"))
			.withMessage("No column \"nix\" in the result set; it has v")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42S22"));
	}

	@Test
	void columnOutOfRangeSaysWhatThereIs() throws SQLException {
		ResultSet row = row("1");
		for (int index : new int[] { -1, 0, 2 }) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> row.getLong(index))
				.withMessage("No column " + index + " in the result set; it has columns 1 to 1, counted from 1")
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
		}
		// and the metadata is still there
		assertThat(row.getMetaData().getColumnCount()).isEqualTo(1);
	}

	@Test
	void isForwardOnlyAndReadOnly() throws SQLException {
		ResultSet row = row("1");
		assertThat(row.getType()).isEqualTo(ResultSet.TYPE_FORWARD_ONLY);
		assertThat(row.getConcurrency()).isEqualTo(ResultSet.CONCUR_READ_ONLY);
		assertThat(row.getHoldability()).isEqualTo(ResultSet.CLOSE_CURSORS_AT_COMMIT);
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(row::previous)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("0A000"));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(() -> row.updateInt(1, 2));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class).isThrownBy(() -> row.getArray(1));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
			.isThrownBy(() -> row.setFetchDirection(ResultSet.FETCH_REVERSE));
		row.setFetchSize(50);
		assertThat(row.getFetchSize()).isEqualTo(50);
	}

	private void assertNotConvertible(String expression, Class<?> type) throws SQLException {
		ResultSet row = row(expression);
		assertThatExceptionOfType(SQLDataException.class).as("%s as %s", expression, type)
			.isThrownBy(() -> row.getObject(1, type))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("22018"));
	}

	private static String read(Reader reader) throws IOException {
		StringWriter text = new StringWriter();
		reader.transferTo(text);
		return text.toString();
	}

	private void reconnect(String url) throws SQLException {
		this.connection.close();
		this.connection = DriverManager.getConnection(url);
	}

	private ResultSet row(String expression) throws SQLException {
		return onFirstRow(this.connection.prepareStatement("select " + expression + " as v"));
	}

	private ResultSet stored(@Nullable Object value) throws SQLException {
		PreparedStatement statement = this.connection.prepareStatement("select ? as v");
		statement.setObject(1, value);
		return onFirstRow(statement);
	}

	private ResultSet onFirstRow(PreparedStatement statement) throws SQLException {
		ResultSet resultSet = this.kind.wrap(statement.executeQuery());
		assertThat(resultSet.next()).isTrue();
		return resultSet;
	}

	enum Kind {

		LEASED {
			@Override
			ResultSet wrap(ResultSet driver) {
				return new LeasedResultSet(mock(Statement.class), driver, new LeasedResultSet.Hooks() {

					@Override
					public void closed(LeasedResultSet resultSet) {
					}

					@Override
					public SQLException failed(SQLException ex) {
						return ex;
					}

				});
			}
		},

		ROWS {
			@Override
			ResultSet wrap(ResultSet driver) throws SQLException {
				return RowsResultSet.readAll(null, driver);
			}
		};

		abstract ResultSet wrap(ResultSet driver) throws SQLException;

	}

}
