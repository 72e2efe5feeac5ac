/**
 * The server and its page: {@link mige.web.Server} puts a loaded model behind HTTP.
 *
 * <p>A request goes through these boxes, one file each: {@code Door} (who may come in), {@code Form} (bounded bytes
 * into fields and files), {@code Order} (fields and files into a task and its settings), {@code Jobs} (queue, workers,
 * kept results), {@code Images} and {@code JobView} (answers). {@code Routes} lists every address.
 */
package dev.mige4j.web;
