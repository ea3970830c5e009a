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

package io.github.sqlitewal;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Holds the rooms: which package may know which.
 */
@AnalyzeClasses(packages = "io.github.sqlitewal", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule dependenciesPointOneWay = layeredArchitecture().consideringOnlyDependenciesInLayers()
		.withOptionalLayers(true)
		.layer("autoconfigure")
		.definedBy("io.github.sqlitewal.autoconfigure..")
		.layer("database")
		.definedBy("io.github.sqlitewal")
		.layer("batch")
		.definedBy("io.github.sqlitewal.batch..")
		.layer("backup")
		.definedBy("io.github.sqlitewal.backup..")
		.layer("checkpoint")
		.definedBy("io.github.sqlitewal.checkpoint..")
		.layer("jdbc")
		.definedBy("io.github.sqlitewal.jdbc..")
		.layer("pool")
		.definedBy("io.github.sqlitewal.pool..")
		.layer("connection")
		.definedBy("io.github.sqlitewal.connection..")
		.whereLayer("autoconfigure")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("database")
		.mayOnlyBeAccessedByLayers("autoconfigure")
		.whereLayer("batch")
		.mayOnlyBeAccessedByLayers("autoconfigure", "database")
		.whereLayer("backup")
		.mayOnlyBeAccessedByLayers("autoconfigure", "database")
		.whereLayer("checkpoint")
		.mayOnlyBeAccessedByLayers("autoconfigure", "database")
		.whereLayer("jdbc")
		.mayOnlyBeAccessedByLayers("autoconfigure", "database", "batch")
		.whereLayer("pool")
		.mayOnlyBeAccessedByLayers("autoconfigure", "database", "batch", "backup", "checkpoint", "jdbc");

	@ArchTest
	static final ArchRule packagesAreFreeOfCycles = slices().matching("io.github.sqlitewal.(**)")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule onlyAutoConfigurationKnowsSpringBoot = noClasses().that()
		.resideOutsideOfPackage("io.github.sqlitewal.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.boot..", "io.micrometer..");

	@ArchTest
	static final ArchRule theRoomsBelowJdbcKnowNothingOfSpring = noClasses().that()
		.resideInAnyPackage("io.github.sqlitewal", "io.github.sqlitewal.connection..", "io.github.sqlitewal.pool..",
				"io.github.sqlitewal.checkpoint..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework..");

	@ArchTest
	static final ArchRule autoConfigurationsArePublicAndFinal = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL);

	@ArchTest
	static final ArchRule beanMethodsAreNotPublicAndNotPrivate = methods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.notBePublic()
		.andShould()
		.notBePrivate()
		.andShould()
		.notBeAnnotatedWith(ConditionalOnClass.class);

	@ArchTest
	static final ArchRule springRetryIsSeenInTheJdbcRoomAndInAutoConfigurationOnly = noClasses().that()
		.resideOutsideOfPackages("io.github.sqlitewal.jdbc..", "io.github.sqlitewal.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.retry..");

}
