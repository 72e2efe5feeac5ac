package dev.mige4j.weights.hub;

import dev.mige4j.common.http.ResumableDownload;

/**
 * A file on a hub or a mirror.
 *
 * @param path relative, with {@code /}
 * @param size in bytes
 * @param checksum null when the server lists none
 */
public record RemoteFile(String path, long size, ResumableDownload.Checksum checksum) {}
