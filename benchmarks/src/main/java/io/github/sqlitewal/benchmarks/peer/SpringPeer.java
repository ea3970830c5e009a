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

package io.github.sqlitewal.benchmarks.peer;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A peer that is an application: Boot makes its beans, from properties that a user would
 * write. So what is measured is what auto-configuration makes of them.
 */
public final class SpringPeer implements Peer {

	private final ConfigurableApplicationContext context;

	private final TemplateSession session;

	private SpringPeer(ConfigurableApplicationContext context, boolean readsInTransactions) {
		this.context = context;
		PlatformTransactionManager transactionManager = context.getBean(PlatformTransactionManager.class);
		TransactionTemplate readOnly = new TransactionTemplate(transactionManager);
		readOnly.setReadOnly(true);
		this.session = new TemplateSession(context.getBean(JdbcTemplate.class),
				new TransactionTemplate(transactionManager), readsInTransactions ? readOnly : null);
	}

	static SpringPeer open(Map<String, String> properties) {
		return open(Application.class, properties, false);
	}

	static SpringPeer open(Class<?> application, Map<String, String> properties, boolean readsInTransactions) {
		Map<String, String> all = new LinkedHashMap<>(properties);
		all.put("spring.main.register-shutdown-hook", "false");
		all.put("management.endpoints.web.exposure.include", "sqlite");
		// as arguments, which nothing in the environment of the run overrides
		String[] arguments = all.entrySet()
			.stream()
			.map((property) -> "--" + property.getKey() + "=" + property.getValue())
			.toArray(String[]::new);
		return new SpringPeer(new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.run(arguments), readsInTransactions);
	}

	/**
	 * A bean of the application.
	 * @param <T> its type
	 * @param type its type
	 * @return the bean
	 */
	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	/**
	 * A bean of the application.
	 * @param <T> its type
	 * @param name its name
	 * @param type its type
	 * @return the bean
	 */
	public <T> T bean(String name, Class<T> type) {
		return this.context.getBean(name, type);
	}

	@Override
	public Session openSession() {
		return this.session;
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * An application with nothing of its own.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
