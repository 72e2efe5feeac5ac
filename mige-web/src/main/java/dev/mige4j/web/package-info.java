/**
 * HTTP server: OpenAI-compatible images API, asynchronous jobs, metrics and a single-page web interface.
 *
 * <p>{@link dev.mige4j.web.Server} is the entry point. A request passes through {@code AccessFilter} (API key, Host and
 * Origin checks), {@code RequestBody} (multipart or JSON to fields and files), {@code ImageRequest} (fields and files
 * to a task and its settings) and {@code JobQueue} (queue, workers, retained results). {@code OpenAiImagesApi} and
 * {@code JobView} write the responses. {@code Routes} lists all endpoints.
 */
package dev.mige4j.web;
