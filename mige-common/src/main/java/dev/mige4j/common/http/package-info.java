/** HTTP for downloads: retries, resumed connections, redirects and proxies. */
package dev.mige4j.common.http;
