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

package io.github.sqlitewal.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ObjectUtils;
import org.springframework.util.StringUtils;

/**
 * Matches when nothing says that the application's database is another one than SQLite.
 */
class OnSqliteCondition extends SpringBootCondition implements ConfigurationCondition {

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("SQLite");
		Environment environment = context.getEnvironment();
		for (String other : new String[] { "spring.datasource.type", "spring.datasource.jndi-name",
				"spring.datasource.embedded-database-connection", "spring.datasource.xa.data-source-class-name" }) {
			String value = environment.getProperty(other);
			if (StringUtils.hasText(value) && !"none".equalsIgnoreCase(value)) {
				return ConditionOutcome.noMatch(message.because(other + " is set"));
			}
		}
		String url = url(environment);
		if (url != null && !DatabaseUrl.isSqlite(url)) {
			return ConditionOutcome.noMatch(message.because("spring.datasource.url is not one of SQLite"));
		}
		if (hasConnectionDetails(context)) {
			return ConditionOutcome.match(message.because("the JdbcConnectionDetails bean decides"));
		}
		return ConditionOutcome.match(message
			.because((url != null) ? "spring.datasource.url is one of SQLite" : "spring.datasource.url is not set"));
	}

	private static boolean hasConnectionDetails(ConditionContext context) {
		return context.getBeanFactory() != null && !ObjectUtils
			.isEmpty(context.getBeanFactory().getBeanNamesForType(JdbcConnectionDetails.class, true, false));
	}

	static @Nullable String url(Environment environment) {
		String url = environment.getProperty("spring.datasource.url");
		return StringUtils.hasText(url) ? url : null;
	}

}
