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
import java.nio.charset.StandardCharsets;
import java.sql.NClob;
import java.sql.SQLException;

import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;
import javax.sql.rowset.serial.SerialException;

/**
 * Copies of a column's bytes or text, valid after the result set. They are the JDK's
 * serial classes, except where those refuse what callers of every other driver may do:
 * read all of an empty value, and text as an ASCII stream.
 */
final class Lobs {

	private Lobs() {
	}

	static final class Bytes extends SerialBlob {

		private static final long serialVersionUID = 1L;

		Bytes(byte[] bytes) throws SQLException {
			super(bytes);
		}

		@Override
		public byte[] getBytes(long pos, int length) throws SerialException {
			return (length() == 0 && pos == 1) ? new byte[0] : super.getBytes(pos, length);
		}

	}

	static final class Text extends SerialClob implements NClob {

		private static final long serialVersionUID = 1L;

		Text(String text) throws SQLException {
			super(text.toCharArray());
		}

		@Override
		public String getSubString(long pos, int length) throws SerialException {
			return (length() == 0 && pos == 1) ? "" : super.getSubString(pos, length);
		}

		@Override
		public InputStream getAsciiStream() throws SerialException {
			return new ByteArrayInputStream(getSubString(1, (int) length()).getBytes(StandardCharsets.US_ASCII));
		}

	}

}
