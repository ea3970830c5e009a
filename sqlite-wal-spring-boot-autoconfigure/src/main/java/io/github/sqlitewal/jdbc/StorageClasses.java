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

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One storage class of SQLite read as another, for values that have left SQLite: what
 * <a href="https://sqlite.org/c3ref/column_blob.html">sqlite3_column_int64, _double and
 * _text</a> would have given. They never fail: text counts as far as it looks like a
 * number, and a BLOB is the text that its bytes are.
 */
final class StorageClasses {

	private static final Pattern INTEGER_PREFIX = Pattern.compile("\\s*([+-]?\\d+)");

	private static final Pattern REAL_PREFIX = Pattern.compile("\\s*([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)");

	/** Beyond these exponents SQLite's text of a REAL is scientific. */
	private static final int MIN_PLAIN_EXPONENT = -4;

	private static final int MAX_PLAIN_EXPONENT = 16;

	private StorageClasses() {
	}

	static long toLong(Object value) {
		if (value instanceof Number number) {
			// of a double: towards zero, and the nearest long if it does not fit
			return number.longValue();
		}
		Matcher matcher = INTEGER_PREFIX.matcher(toText(value));
		if (!matcher.lookingAt()) {
			return 0;
		}
		String digits = matcher.group(1);
		try {
			return Long.parseLong(digits);
		}
		catch (NumberFormatException ex) {
			return (digits.charAt(0) == '-') ? Long.MIN_VALUE : Long.MAX_VALUE;
		}
	}

	static double toDouble(Object value) {
		if (value instanceof Number number) {
			return number.doubleValue();
		}
		Matcher matcher = REAL_PREFIX.matcher(toText(value));
		return matcher.lookingAt() ? Double.parseDouble(matcher.group(1)) : 0;
	}

	static String toText(Object value) {
		if (value instanceof byte[] bytes) {
			return new String(bytes, StandardCharsets.UTF_8);
		}
		return (value instanceof Double number) ? realToText(number) : value.toString();
	}

	static byte[] toBytes(Object value) {
		return (value instanceof byte[] bytes) ? bytes.clone() : toText(value).getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * SQLite's layout with Java's digits, which may differ in the 17th and are the same
	 * double.
	 */
	private static String realToText(double value) {
		if (Double.isInfinite(value)) {
			return (value > 0) ? "Inf" : "-Inf";
		}
		if (value == 0) {
			return "0.0";
		}
		BigDecimal decimal = BigDecimal.valueOf(value).stripTrailingZeros();
		int exponent = decimal.precision() - decimal.scale() - 1;
		if (exponent >= MIN_PLAIN_EXPONENT && exponent <= MAX_PLAIN_EXPONENT) {
			return ((decimal.scale() > 0) ? decimal : decimal.setScale(1)).toPlainString();
		}
		BigInteger digits = decimal.unscaledValue();
		BigDecimal mantissa = new BigDecimal(digits, Math.max(1, decimal.precision() - 1));
		if (decimal.precision() == 1) {
			mantissa = new BigDecimal(digits).setScale(1);
		}
		return mantissa.toPlainString() + "e" + ((exponent < 0) ? "-" : "+") + ((Math.abs(exponent) < 10) ? "0" : "")
				+ Math.abs(exponent);
	}

}
