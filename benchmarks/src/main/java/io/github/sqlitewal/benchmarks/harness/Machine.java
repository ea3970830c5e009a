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

package io.github.sqlitewal.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.SpringBootVersion;

/**
 * What figures depend on.
 */
public final class Machine {

	private Machine() {
	}

	/**
	 * Finds out what figures depend on, without the names of anything.
	 * @param directory where the database files are
	 * @return values by name
	 * @throws IOException when the file system cannot be asked
	 * @throws SQLException when SQLite cannot be asked
	 */
	public static Map<String, String> facts(Path directory) throws IOException, SQLException {
		Map<String, String> facts = new LinkedHashMap<>();
		facts.put("date", LocalDate.now(ZoneOffset.UTC).toString());
		facts.put("JDK", System.getProperty("java.vm.vendor") + " " + Runtime.version());
		facts.put("system", System.getProperty("os.name") + ", " + System.getProperty("os.arch"));
		facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
		facts.put("file system", Files.getFileStore(directory).type());
		facts.put("SQLite", sqliteVersion());
		facts.put("Spring Boot", SpringBootVersion.getVersion());
		return facts;
	}

	private static String sqliteVersion() throws SQLException {
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
				Statement statement = connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT sqlite_version()")) {
			resultSet.next();
			return resultSet.getString(1) + ", sqlite-jdbc " + connection.getMetaData().getDriverVersion();
		}
	}

}
