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

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.transaction.ConfigurableTransactionManager;

import io.github.sqlitewal.SqliteDatabase;
import io.github.sqlitewal.jdbc.WriterTransactionListener;

/**
 * Adds the {@link WriterTransactionListener} to every transaction manager, also to those
 * of the application, which no customizer of Boot sees.
 */
class WriterTransactionListenerRegistrar implements BeanPostProcessor {

	private final ObjectProvider<SqliteDatabase> database;

	WriterTransactionListenerRegistrar(ObjectProvider<SqliteDatabase> database) {
		this.database = database;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof ConfigurableTransactionManager manager) {
			manager.addListener(new WriterTransactionListener(this.database.getObject().dataSource()));
		}
		return bean;
	}

}
