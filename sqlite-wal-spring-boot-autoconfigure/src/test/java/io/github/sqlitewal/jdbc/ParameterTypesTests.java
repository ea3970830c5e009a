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

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;

import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What a setter stores, the getter of the same type reads.
 */
class ParameterTypesTests {

	@TempDir
	Path directory;

	private TestDatabase database;

	private Connection connection;

	@BeforeEach
	void open() throws Exception {
		this.database = TestDatabase.in(this.directory);
		this.database.execute("CREATE TABLE t (v)");
		this.connection = this.database.connection();
	}

	@AfterEach
	void close() throws Exception {
		this.connection.close();
		this.database.close();
	}

	private <T> T roundTrip(Setter setter, Getter<T> getter) throws Exception {
		return roundTrip(this.connection, setter, getter);
	}

	private static <T> T roundTrip(Connection connection, Setter setter, Getter<T> getter) throws Exception {
		TestDatabase.execute(connection, "DELETE FROM t");
		try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
			setter.set(insert);
			assertThat(insert.executeUpdate()).isEqualTo(1);
		}
		try (PreparedStatement select = connection.prepareStatement("SELECT v FROM t");
				ResultSet rows = select.executeQuery()) {
			assertThat(rows.next()).isTrue();
			return getter.get(rows);
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("values")
	void setterAndGetterAgree(String name, Setter setter, Getter<?> getter, Object value) throws Exception {
		assertThat((Object) roundTrip(setter, getter)).isEqualTo(value);
	}

	static Stream<Arguments> values() {
		byte[] bytes = { 0, 1, -1 };
		String text = "a\u0000b ä € \uD83D\uDE00";
		return Stream.of(value("boolean", (s) -> s.setBoolean(1, true), (r) -> r.getBoolean(1), true),
				value("byte", (s) -> s.setByte(1, (byte) -1), (r) -> r.getByte(1), (byte) -1),
				value("short", (s) -> s.setShort(1, Short.MIN_VALUE), (r) -> r.getShort(1), Short.MIN_VALUE),
				value("int", (s) -> s.setInt(1, Integer.MIN_VALUE), (r) -> r.getInt(1), Integer.MIN_VALUE),
				value("long", (s) -> s.setLong(1, Long.MIN_VALUE), (r) -> r.getLong(1), Long.MIN_VALUE),
				value("float", (s) -> s.setFloat(1, 1.5F), (r) -> r.getFloat(1), 1.5F),
				value("double", (s) -> s.setDouble(1, Math.PI), (r) -> r.getDouble(1), Math.PI),
				value("string", (s) -> s.setString(1, text.replace("\u0000", "")), (r) -> r.getString(1),
						text.replace("\u0000", "")),
				value("n string", (s) -> s.setNString(1, "ä"), (r) -> r.getNString(1), "ä"),
				value("empty string", (s) -> s.setString(1, ""), (r) -> r.getString(1), ""),
				value("decimal", (s) -> s.setBigDecimal(1, new BigDecimal("12345678901234567890.123456789")),
						(r) -> r.getBigDecimal(1), new BigDecimal("12345678901234567890.123456789")),
				value("decimal with exponent", (s) -> s.setObject(1, new BigDecimal("1E+3")), (r) -> r.getBigDecimal(1),
						new BigDecimal("1E+3")),
				value("bytes", (s) -> s.setBytes(1, bytes), (r) -> r.getBytes(1), bytes),
				value("no bytes", (s) -> s.setBytes(1, new byte[0]), (r) -> r.getBytes(1), new byte[0]),
				value("bytes as object", (s) -> s.setObject(1, bytes), (r) -> r.getObject(1), bytes),
				value("blob", (s) -> s.setBlob(1, new SerialBlob(bytes)), (r) -> r.getBlob(1).getBytes(1, 3), bytes),
				value("blob as object", (s) -> s.setObject(1, new SerialBlob(bytes)), (r) -> r.getBytes(1), bytes),
				value("blob of a stream", (s) -> s.setBlob(1, stream(bytes)), (r) -> r.getBytes(1), bytes),
				value("blob of a stream with length", (s) -> s.setBlob(1, stream(bytes), 2), (r) -> r.getBytes(1),
						new byte[] { 0, 1 }),
				value("clob", (s) -> s.setClob(1, new SerialClob("text".toCharArray())),
						(r) -> r.getClob(1).getSubString(1, 4), "text"),
				value("clob of a reader", (s) -> s.setClob(1, new StringReader("text")), (r) -> r.getString(1), "text"),
				value("clob of a reader with length", (s) -> s.setClob(1, new StringReader("text"), 2),
						(r) -> r.getString(1), "te"),
				value("binary stream", (s) -> s.setBinaryStream(1, stream(bytes)),
						(r) -> r.getBinaryStream(1).readAllBytes(), bytes),
				value("binary stream with int length", (s) -> s.setBinaryStream(1, stream(bytes), 1),
						(r) -> r.getBytes(1), new byte[] { 0 }),
				value("binary stream with long length", (s) -> s.setBinaryStream(1, stream(bytes), 3L),
						(r) -> r.getBytes(1), bytes),
				value("ascii stream", (s) -> s.setAsciiStream(1, stream("abc".getBytes(StandardCharsets.US_ASCII))),
						(r) -> new String(r.getAsciiStream(1).readAllBytes(), StandardCharsets.US_ASCII), "abc"),
				value("character stream", (s) -> s.setCharacterStream(1, new StringReader("x".repeat(10_000))),
						(r) -> r.getString(1), "x".repeat(10_000)),
				value("character stream with length", (s) -> s.setCharacterStream(1, new StringReader("abc"), 2),
						(r) -> r.getString(1), "ab"),
				value("n character stream", (s) -> s.setNCharacterStream(1, new StringReader("äöü"), 3L),
						(r) -> r.getNCharacterStream(1).read(), (int) 'ä'),
				value("stream as object", (s) -> s.setObject(1, stream(bytes)), (r) -> r.getBytes(1), bytes),
				value("reader as object", (s) -> s.setObject(1, new StringReader("abc")), (r) -> r.getString(1), "abc"),
				value("url", (s) -> s.setURL(1, URI.create("http://x/y").toURL()), (r) -> r.getString(1), "http://x/y"),
				value("date", (s) -> s.setDate(1, Date.valueOf("2026-02-03")), (r) -> r.getDate(1),
						Date.valueOf("2026-02-03")),
				value("time", (s) -> s.setTime(1, Time.valueOf("04:05:06")), (r) -> r.getTime(1).toString(),
						"04:05:06"),
				value("timestamp", (s) -> s.setTimestamp(1, Timestamp.valueOf("2026-02-03 04:05:06.789")),
						(r) -> r.getTimestamp(1), Timestamp.valueOf("2026-02-03 04:05:06.789")),
				value("timestamp as object",
						(s) -> s.setObject(1, Timestamp.valueOf("2026-02-03 04:05:06.789"), Types.TIMESTAMP),
						(r) -> r.getObject(1, Timestamp.class), Timestamp.valueOf("2026-02-03 04:05:06.789")),
				value("java.util.Date", (s) -> s.setObject(1, new java.util.Date(12345)),
						(r) -> r.getObject(1, java.util.Date.class), new java.util.Date(12345)),
				value("calendar", (s) -> s.setObject(1, calendar("UTC", 12345)), (r) -> r.getTimestamp(1).getTime(),
						12345L),
				typed(LocalDate.of(2026, 2, 3)), typed(LocalTime.of(4, 5, 6, 789_000_000)),
				typed(LocalDateTime.of(2026, 2, 3, 4, 5, 6, 789_123_456)),
				typed(Instant.parse("2026-02-03T04:05:06.7Z")),
				typed(OffsetDateTime.parse("2026-02-03T04:05:06+07:00")),
				typed(ZonedDateTime.parse("2026-02-03T04:05:06+07:00[Asia/Bangkok]")), typed(UUID.randomUUID()),
				typed(new BigInteger("123456789012345678901234567890")), typed(Colour.RED), typed(true),
				typed((byte) 1), typed((short) 1), typed(1), typed(1L), typed(1.5F), typed(1.5), typed("text"),
				typed(new BigDecimal("1.50")),
				value("object with type", (s) -> s.setObject(1, 7, Types.BIGINT), (r) -> r.getObject(1, Long.class),
						7L),
				value("object with type and scale", (s) -> s.setObject(1, new BigDecimal("1.5"), Types.DECIMAL, 1),
						(r) -> r.getBigDecimal(1), new BigDecimal("1.5")),
				value("object with SQLType", (s) -> s.setObject(1, "x", JDBCType.VARCHAR), (r) -> r.getString(1), "x"),
				value("object with SQLType and length", (s) -> s.setObject(1, 7, JDBCType.INTEGER, 1),
						(r) -> r.getInt(1), 7));
	}

	private static Arguments typed(Object value) {
		return value(value.getClass().getSimpleName() + " by type", (s) -> s.setObject(1, value),
				(r) -> r.getObject(1, value.getClass()), value);
	}

	private static <T> Arguments value(String name, Setter setter, Getter<T> getter, T value) {
		return arguments(name, setter, getter, value);
	}

	private static InputStream stream(byte[] bytes) {
		return new ByteArrayInputStream(bytes);
	}

	private static Calendar calendar(String zone, long millis) {
		Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone(zone));
		calendar.setTimeInMillis(millis);
		return calendar;
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("nulls")
	void nullIsNullByEverySetter(String name, Setter setter) throws Exception {
		assertThat((Object) roundTrip(setter, (rows) -> {
			assertThat(rows.getString(1)).isNull();
			assertThat(rows.getBytes(1)).isNull();
			assertThat(rows.getTimestamp(1)).isNull();
			assertThat(rows.getObject(1, Integer.class)).isNull();
			assertThat(rows.getInt(1)).isZero();
			assertThat(rows.wasNull()).isTrue();
			return rows.getObject(1);
		})).isNull();
	}

	static Stream<Arguments> nulls() {
		return Stream.of(isNull("null", (s) -> s.setNull(1, Types.VARCHAR)),
				isNull("null of type", (s) -> s.setNull(1, Types.OTHER, "x")),
				isNull("object", (s) -> s.setObject(1, null)),
				isNull("object with type", (s) -> s.setObject(1, null, Types.DATE)),
				isNull("string", (s) -> s.setString(1, null)), isNull("bytes", (s) -> s.setBytes(1, null)),
				isNull("decimal", (s) -> s.setBigDecimal(1, null)), isNull("date", (s) -> s.setDate(1, null)),
				isNull("time", (s) -> s.setTime(1, null, Calendar.getInstance())),
				isNull("timestamp", (s) -> s.setTimestamp(1, null, null)),
				isNull("blob", (s) -> s.setBlob(1, (InputStream) null)),
				isNull("clob", (s) -> s.setClob(1, (java.sql.Clob) null)),
				isNull("stream", (s) -> s.setBinaryStream(1, null)),
				isNull("ascii", (s) -> s.setAsciiStream(1, null, 5)),
				isNull("reader", (s) -> s.setCharacterStream(1, null, 5)), isNull("url", (s) -> s.setURL(1, null)));
	}

	private static Arguments isNull(String name, Setter setter) {
		return arguments(name, setter);
	}

	@Test
	void valueIsTakenWhenItIsSet() throws Exception {
		byte[] bytes = { 1 };
		Timestamp timestamp = new Timestamp(1000);
		Calendar calendar = calendar("UTC", 0);
		assertThat(this.<byte[]>roundTrip((insert) -> {
			insert.setBytes(1, bytes);
			bytes[0] = 2;
		}, (rows) -> rows.getBytes(1))).containsExactly(1);
		assertThat(this.<byte[]>roundTrip((insert) -> {
			insert.setObject(1, bytes);
			bytes[0] = 3;
		}, (rows) -> rows.getBytes(1))).containsExactly(2);
		assertThat(this.<Long>roundTrip((insert) -> {
			insert.setTimestamp(1, timestamp);
			timestamp.setTime(2000);
		}, (rows) -> rows.getTimestamp(1).getTime())).isEqualTo(1000);
		assertThat(this.<Long>roundTrip((insert) -> {
			insert.setObject(1, timestamp);
			timestamp.setTime(3000);
		}, (rows) -> rows.getTimestamp(1).getTime())).isEqualTo(2000);
		assertThat(this.<Long>roundTrip((insert) -> {
			insert.setTimestamp(1, timestamp, calendar);
			timestamp.setTime(4000);
			calendar.setTimeZone(TimeZone.getTimeZone("Asia/Tokyo"));
		}, (rows) -> rows.getTimestamp(1, calendar("UTC", 0)).getTime())).isEqualTo(3000);
	}

	@ParameterizedTest
	@ValueSource(strings = { "INTEGER", "TEXT", "REAL" })
	void datesAreStoredAsTheDriverIsToldTo(String dateClass) throws Exception {
		try (TestDatabase other = TestDatabase.in(this.directory.resolve(dateClass),
				(builder) -> builder.driverProperty("date_class", dateClass));
				Connection connection = other.connection()) {
			other.execute("CREATE TABLE t (v)");
			Timestamp timestamp = Timestamp.valueOf("2026-02-03 04:05:06.5");
			assertThat(ParameterTypesTests.<String>roundTrip(connection, (insert) -> insert.setTimestamp(1, timestamp),
					(rows) -> {
						assertThat(rows.getTimestamp(1)).isCloseTo(timestamp, 1);
						assertThat(rows.getDate(1)).hasToString("2026-02-03");
						return rows.getObject(1).getClass().getSimpleName();
					}))
				.isEqualTo(switch (dateClass) {
					case "INTEGER" -> "Long";
					case "TEXT" -> "String";
					default -> "Double";
				});
			Calendar tokyo = calendar("Asia/Tokyo", 0);
			assertThat(ParameterTypesTests.<Timestamp>roundTrip(connection,
					(insert) -> insert.setTimestamp(1, timestamp, tokyo), (rows) -> rows.getTimestamp(1, tokyo)))
				.isCloseTo(timestamp, 1);
		}
	}

	@Test
	void parameterThatTheStatementDoesNotHaveIsRefused() throws Exception {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?")) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> statement.setInt(0, 1))
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
			statement.setInt(2, 1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07009"));
			statement.clearParameters();
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("07001"));
			statement.setInt(1, 1);
			assertThat(statement.executeQuery().next()).isTrue();
			assertThat(statement.executeQuery().next()).as("parameters stay").isTrue();
		}
	}

	@Test
	void streamThatEndsEarlyIsRefused() throws Exception {
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?")) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.setBinaryStream(1, stream(new byte[2]), 3));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> statement.setCharacterStream(1, new StringReader("ab"), 3));
		}
	}

	enum Colour {

		RED;

		@Override
		public String toString() {
			return "a colour";
		}

	}

	@FunctionalInterface
	interface Setter {

		void set(PreparedStatement statement) throws Exception;

	}

	@FunctionalInterface
	interface Getter<T> {

		T get(ResultSet rows) throws Exception;

	}

}
