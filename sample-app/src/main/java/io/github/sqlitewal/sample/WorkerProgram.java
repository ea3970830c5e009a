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

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import org.jspecify.annotations.Nullable;

import org.springframework.util.FileSystemUtils;
import org.springframework.util.StringUtils;

/**
 * How a worker is started: the same program as this one, by the same Java, made small
 * because there are many.
 * <p>
 * The executable jar's launcher has to open each of its jars before it finds the driver,
 * which doubles what a worker costs: 0.5 instead of 0.25 s of processor time, and a
 * hundred at once 45 instead of 20 s on two busy cores. So from there, the driver and
 * this package are unpacked for as long as a request takes.
 */
final class WorkerProgram implements AutoCloseable {

	private static final String CLASSES = "BOOT-INF/classes/";

	private static final String DRIVER = "BOOT-INF/lib/sqlite-jdbc-";

	private final String classPath;

	private final @Nullable Path unpacked;

	private WorkerProgram(String classPath, @Nullable Path unpacked) {
		this.classPath = classPath;
		this.unpacked = unpacked;
	}

	static WorkerProgram prepare() throws IOException {
		String classPath = System.getProperty("java.class.path");
		if (!isExecutableJar()) {
			return new WorkerProgram(classPath, null);
		}
		Path directory = Files.createTempDirectory("workers");
		try {
			return new WorkerProgram(unpack(Path.of(classPath), directory), directory);
		}
		catch (IOException ex) {
			FileSystemUtils.deleteRecursively(directory);
			throw ex;
		}
	}

	List<String> command(Path file) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
						"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:-UsePerfData",
						// where the driver unpacks its library
						"-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")));
		if (Runtime.version().feature() >= 22) {
			command.add("--enable-native-access=ALL-UNNAMED");
		}
		command.addAll(
				List.of("-cp", this.classPath, SampleApplication.class.getName(), Worker.ARGUMENT, file.toString()));
		return command;
	}

	@Override
	public void close() throws IOException {
		FileSystemUtils.deleteRecursively(this.unpacked);
	}

	/** Within the executable jar, classes come from a jar in a jar. */
	private static boolean isExecutableJar() {
		CodeSource source = SampleApplication.class.getProtectionDomain().getCodeSource();
		return source != null && source.getLocation().getProtocol().equals("jar");
	}

	private static String unpack(Path executable, Path directory) throws IOException {
		String ownClasses = CLASSES + SampleApplication.class.getPackageName().replace('.', '/');
		List<String> classPath = new ArrayList<>(List.of(directory.resolve(CLASSES).toString()));
		try (JarFile jar = new JarFile(executable.toFile())) {
			for (JarEntry entry : Collections.list(jar.entries())) {
				boolean driver = entry.getName().startsWith(DRIVER);
				if (entry.isDirectory() || !(driver || entry.getName().startsWith(ownClasses))) {
					continue;
				}
				Path target = directory.resolve(entry.getName());
				Files.createDirectories(target.getParent());
				try (InputStream content = jar.getInputStream(entry)) {
					Files.copy(content, target);
				}
				if (driver) {
					classPath.add(target.toString());
				}
			}
		}
		return StringUtils.collectionToDelimitedString(classPath, File.pathSeparator);
	}

}
