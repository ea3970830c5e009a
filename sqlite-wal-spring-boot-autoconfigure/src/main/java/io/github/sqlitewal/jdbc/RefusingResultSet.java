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
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;

import org.jspecify.annotations.Nullable;

/**
 * The part of {@link ResultSet} that no result set here can have: moving back, changing
 * rows through the cursor, and the SQL types that SQLite does not know. It is a file of
 * its own so that the classes below it show only what they do. Thrown is always
 * {@link SQLFeatureNotSupportedException} (0A000), except once closed.
 */
abstract class RefusingResultSet implements ResultSet {

	abstract void checkOpen() throws SQLException;

	final SQLException refused() throws SQLException {
		checkOpen();
		return new SQLFeatureNotSupportedException("Not supported: result sets are forward-only and read-only",
				"0A000");
	}

	private SQLException noSuchType() throws SQLException {
		checkOpen();
		return new SQLFeatureNotSupportedException("Not supported: SQLite has no such type", "0A000");
	}

	@Override
	public boolean absolute(int rows) throws SQLException {
		throw refused();
	}

	@Override
	public void afterLast() throws SQLException {
		throw refused();
	}

	@Override
	public void beforeFirst() throws SQLException {
		throw refused();
	}

	@Override
	public void cancelRowUpdates() throws SQLException {
		throw refused();
	}

	@Override
	public void deleteRow() throws SQLException {
		throw refused();
	}

	@Override
	public boolean first() throws SQLException {
		throw refused();
	}

	@Override
	public void insertRow() throws SQLException {
		throw refused();
	}

	@Override
	public boolean last() throws SQLException {
		throw refused();
	}

	@Override
	public void moveToCurrentRow() throws SQLException {
		throw refused();
	}

	@Override
	public void moveToInsertRow() throws SQLException {
		throw refused();
	}

	@Override
	public boolean previous() throws SQLException {
		throw refused();
	}

	@Override
	public void refreshRow() throws SQLException {
		throw refused();
	}

	@Override
	public boolean relative(int rows) throws SQLException {
		throw refused();
	}

	@Override
	public void updateRow() throws SQLException {
		throw refused();
	}

	@Override
	public Array getArray(String columnLabel) throws SQLException {
		throw noSuchType();
	}

	@Override
	public Array getArray(int columnIndex) throws SQLException {
		throw noSuchType();
	}

	@Override
	public Ref getRef(String columnLabel) throws SQLException {
		throw noSuchType();
	}

	@Override
	public Ref getRef(int columnIndex) throws SQLException {
		throw noSuchType();
	}

	@Override
	public RowId getRowId(String columnLabel) throws SQLException {
		throw noSuchType();
	}

	@Override
	public RowId getRowId(int columnIndex) throws SQLException {
		throw noSuchType();
	}

	@Override
	public SQLXML getSQLXML(String columnLabel) throws SQLException {
		throw noSuchType();
	}

	@Override
	public SQLXML getSQLXML(int columnIndex) throws SQLException {
		throw noSuchType();
	}

	@Override
	public URL getURL(String columnLabel) throws SQLException {
		throw noSuchType();
	}

	@Override
	public URL getURL(int columnIndex) throws SQLException {
		throw noSuchType();
	}

	@Override
	public void updateArray(String columnLabel, @Nullable Array x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateArray(int columnIndex, @Nullable Array x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(String columnLabel, @Nullable InputStream x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(String columnLabel, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(String columnLabel, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(int columnIndex, @Nullable InputStream x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(int columnIndex, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateAsciiStream(int columnIndex, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBigDecimal(String columnLabel, @Nullable BigDecimal x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBigDecimal(int columnIndex, @Nullable BigDecimal x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(String columnLabel, @Nullable InputStream x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(String columnLabel, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(String columnLabel, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(int columnIndex, @Nullable InputStream x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(int columnIndex, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBinaryStream(int columnIndex, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(String columnLabel, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(String columnLabel, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(String columnLabel, @Nullable Blob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(int columnIndex, @Nullable InputStream x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(int columnIndex, @Nullable InputStream x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBlob(int columnIndex, @Nullable Blob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBoolean(String columnLabel, boolean x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBoolean(int columnIndex, boolean x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateByte(String columnLabel, byte x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateByte(int columnIndex, byte x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBytes(String columnLabel, byte @Nullable [] x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateBytes(int columnIndex, byte @Nullable [] x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(String columnLabel, @Nullable Reader x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(String columnLabel, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(String columnLabel, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(int columnIndex, @Nullable Reader x, int length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(int columnIndex, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateCharacterStream(int columnIndex, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(String columnLabel, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(String columnLabel, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(String columnLabel, @Nullable Clob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(int columnIndex, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(int columnIndex, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateClob(int columnIndex, @Nullable Clob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateDate(String columnLabel, @Nullable Date x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateDate(int columnIndex, @Nullable Date x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateDouble(String columnLabel, double x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateDouble(int columnIndex, double x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateFloat(String columnLabel, float x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateFloat(int columnIndex, float x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateInt(String columnLabel, int x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateInt(int columnIndex, int x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateLong(String columnLabel, long x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateLong(int columnIndex, long x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNCharacterStream(String columnLabel, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNCharacterStream(String columnLabel, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNCharacterStream(int columnIndex, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNCharacterStream(int columnIndex, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(String columnLabel, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(String columnLabel, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(String columnLabel, @Nullable NClob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(int columnIndex, @Nullable Reader x, long length) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(int columnIndex, @Nullable Reader x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNClob(int columnIndex, @Nullable NClob x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNString(String columnLabel, @Nullable String x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNString(int columnIndex, @Nullable String x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNull(String columnLabel) throws SQLException {
		throw refused();
	}

	@Override
	public void updateNull(int columnIndex) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(String columnLabel, @Nullable Object x, int scaleOrLength) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(String columnLabel, @Nullable Object x, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(String columnLabel, @Nullable Object x, SQLType targetSqlType) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(String columnLabel, @Nullable Object x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(int columnIndex, @Nullable Object x, int scaleOrLength) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(int columnIndex, @Nullable Object x, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(int columnIndex, @Nullable Object x, SQLType targetSqlType) throws SQLException {
		throw refused();
	}

	@Override
	public void updateObject(int columnIndex, @Nullable Object x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateRef(String columnLabel, @Nullable Ref x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateRef(int columnIndex, @Nullable Ref x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateRowId(String columnLabel, @Nullable RowId x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateRowId(int columnIndex, @Nullable RowId x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateSQLXML(String columnLabel, @Nullable SQLXML x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateSQLXML(int columnIndex, @Nullable SQLXML x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateShort(String columnLabel, short x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateShort(int columnIndex, short x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateString(String columnLabel, @Nullable String x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateString(int columnIndex, @Nullable String x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateTime(String columnLabel, @Nullable Time x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateTime(int columnIndex, @Nullable Time x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateTimestamp(String columnLabel, @Nullable Timestamp x) throws SQLException {
		throw refused();
	}

	@Override
	public void updateTimestamp(int columnIndex, @Nullable Timestamp x) throws SQLException {
		throw refused();
	}

}
