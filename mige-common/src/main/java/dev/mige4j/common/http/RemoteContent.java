package dev.mige4j.common.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * The content of a successful response. A connection that is silent for too long, or that the user gives up, is closed,
 * which ends a blocked read.
 */
final class RemoteContent implements AutoCloseable {

    /** How often a silent connection asks whether the user gives up. */
    static final long CANCEL_CHECK_MILLIS = 500;

    private final HttpResponse<InputStream> response;
    private final String linkedTag;
    private final Duration readTimeout;
    private final BooleanSupplier cancelled;
    private final AtomicLong lastRead = new AtomicLong(System.nanoTime());
    private final Thread watchdog;

    /**
     * @param linkedTag the header {@code X-Linked-ETag} of the redirect to the content, or ""
     * @param cancelled whether to close the connection
     */
    RemoteContent(
            HttpResponse<InputStream> response, String linkedTag, Duration readTimeout, BooleanSupplier cancelled) {
        this.response = response;
        this.linkedTag = linkedTag;
        this.readTimeout = readTimeout;
        this.cancelled = cancelled;
        this.watchdog = new Thread(this::closeAfterSilence, "mige-download-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
    }

    HttpHeaders headers() {
        return response.headers();
    }

    /** The checksum that a hub tells when it redirects to the storage of a file; "" when it does not. */
    String linkedTag() {
        return linkedTag.replaceFirst("^W/", "").replace("\"", "");
    }

    /** The header {@code ETag}, or "". */
    String entityTag() {
        return headers().firstValue("etag").orElse("");
    }

    boolean isWebPage() {
        return headers().firstValue("content-type").orElse("").startsWith("text/html");
    }

    /** Offset of the first byte in the resource; 0 if the server does not support ranges; -1 if it is not told. */
    long offset() {
        if (response.statusCode() != 206) return 0;
        String range = contentRange();
        return range.matches("bytes \\d{1,18}-.*") ? Long.parseLong(range.substring(6, range.indexOf('-'))) : -1;
    }

    /** Size of the complete resource, -1 when unknown. */
    long total() {
        if (response.statusCode() != 206)
            return headers().firstValueAsLong("content-length").orElse(-1);
        String total = contentRange().substring(contentRange().indexOf('/') + 1);
        return total.matches("\\d{1,18}") ? Long.parseLong(total) : -1;
    }

    private String contentRange() {
        return headers().firstValue("content-range").orElse("");
    }

    byte[] readNBytes(int length) throws IOException {
        return response.body().readNBytes(length);
    }

    int read(byte[] buffer, int start, int length) throws IOException {
        int n = response.body().read(buffer, start, length);
        lastRead.set(System.nanoTime());
        return n;
    }

    private void closeAfterSilence() {
        try {
            while (!cancelled.getAsBoolean()) {
                long silentMillis = (System.nanoTime() - lastRead.get()) / 1_000_000;
                long remaining = readTimeout.toMillis() - silentMillis;
                if (remaining <= 0) break;
                Thread.sleep(Math.min(remaining, CANCEL_CHECK_MILLIS));
            }
            response.body().close();
        } catch (InterruptedException | IOException e) {
            // finished, or closed already
        }
    }

    @Override
    public void close() {
        watchdog.interrupt();
        try {
            response.body().close();
        } catch (IOException ignored) {
            // what was read is complete or will be requested again
        }
    }
}
