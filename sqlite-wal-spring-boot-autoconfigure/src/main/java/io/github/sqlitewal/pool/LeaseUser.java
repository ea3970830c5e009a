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

package io.github.sqlitewal.pool;

import java.util.List;

/**
 * What uses a lease on behalf of the application, and may be forgotten by it without
 * being closed. It is reachable as long as the lease is held, so it must not refer to
 * anything that the application can hold, except weakly.
 * <p>
 * Called by the thread of the {@link LeaseWatch}.
 */
public interface LeaseUser {

	/**
	 * Whether everything that could go on with the lease, or close it, has been
	 * garbage-collected.
	 * @return {@code true} from then on
	 */
	boolean isForgotten();

	/**
	 * Closes all that is open, when it has been forgotten. The lease is closed after
	 * that.
	 */
	void closeAll();

	/**
	 * Closes result sets that were garbage-collected while their connection is in use,
	 * when they are all that the lease is held for. Gives the lease back then. Does not
	 * wait for anybody.
	 * @param lease the lease
	 * @return the SQL of each of them, mostly none
	 */
	List<String> closeForgotten(Lease lease);

}
