package dev.mige4j.common;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * HTTP client for downloads: follows redirects, sends an access token to one origin only, treats a silent connection as
 * lost, and retries with exponential backoff. Redirects from https to http are refused.
 */
public final class DownloadClient {

    /**
     * Retry policy with exponential backoff.
     *
     * @param maxAttempts attempts without progress before giving up
     * @param initialBackoff pause after the first failure; doubles each time, up to 30 seconds
     * @param readTimeout longest time without data from the server
     */
    public record RetryPolicy(int maxAttempts, Duration initialBackoff, Duration readTimeout) {
        public static final RetryPolicy DEFAULT = new RetryPolicy(6, Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    /** A complete response. */
    public record Response(byte[] body, HttpHeaders headers) {}

    private static final int MAX_REDIRECTS = 8;
    private static final long MAX_BACKOFF_MILLIS = 30_000;

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final RetryPolicy retryPolicy;
    private final URI tokenOrigin;
    private final String token;

    /** A client without a token. */
    public DownloadClient(RetryPolicy retryPolicy) {
        this(retryPolicy, null, null);
    }

    /**
     * A client that authenticates itself.
     *
     * @param token bearer token, sent to the scheme, host and port of {@code tokenOrigin} only; null for none
     */
    public DownloadClient(RetryPolicy retryPolicy, URI tokenOrigin, String token) {
        this.retryPolicy = retryPolicy;
        this.tokenOrigin = tokenOrigin;
        this.token = token;
    }

    /** Whether two addresses have the same scheme, host and port. */
    public static boolean sameOrigin(URI a, URI b) {
        return a.getHost() != null
                && a.getHost().equalsIgnoreCase(b.getHost())
                && a.getPort() == b.getPort()
                && a.getScheme().equals(b.getScheme());
    }

    /**
     * Reads a small resource, such as a list of files.
     *
     * @throws UsageException when the server refuses, cannot be reached, or sends {@code maxBytes} or more
     * @throws CancelledException when the thread is interrupted
     */
    public Response get(URI url, int maxBytes) {
        IOException lastError = null;
        for (int attempt = 0; attempt < retryPolicy.maxAttempts(); attempt++) {
            backOff(url, attempt);
            try {
                HttpResponse<InputStream> response = send(url, 0);
                try (InputStream body = response.body();
                        ReadTimeoutWatchdog watchdog = new ReadTimeoutWatchdog(body)) {
                    checkStatus(response, url);
                    byte[] bytes = body.readNBytes(maxBytes);
                    if (bytes.length == maxBytes)
                        throw new UsageException(url + ": the response is larger than " + ByteSize.format(maxBytes));
                    return new Response(bytes, response.headers());
                }
            } catch (IOException e) {
                lastError = e;
            }
        }
        throw unreachable(url, lastError);
    }

    /** The connection failed but may work again. Failures of the local disk are not of this kind. */
    static final class ConnectionLostException extends Exception {
        private static final long serialVersionUID = 1;

        ConnectionLostException(IOException cause) {
            super(cause);
        }

        IOException error() {
            return (IOException) getCause();
        }
    }

    /** The content of a resource from byte {@link #offset()} on. */
    final class Content implements AutoCloseable {
        private final InputStream body;
        private final ReadTimeoutWatchdog watchdog;
        private final long offset;
        private final long total;

        private Content(HttpResponse<InputStream> response, long offset) {
            this.body = response.body();
            this.watchdog = new ReadTimeoutWatchdog(body);
            this.offset = offset;
            long length = response.headers().firstValueAsLong("content-length").orElse(-1);
            this.total = length < 0 ? -1 : offset + length;
        }

        /** Offset of the first byte in the resource; 0 if the server does not support ranges. */
        long offset() {
            return offset;
        }

        /** Size of the complete resource, -1 when unknown. */
        long total() {
            return total;
        }

        int read(byte[] buffer) throws ConnectionLostException {
            try {
                int n = body.read(buffer);
                watchdog.reset();
                return n;
            } catch (IOException e) {
                throw new ConnectionLostException(e);
            }
        }

        @Override
        public void close() {
            watchdog.close();
            try {
                body.close();
            } catch (IOException ignored) {
                // what was read is complete or will be requested again
            }
        }
    }

    /** Requests the resource from {@code offset} on. */
    Content open(URI url, long offset) throws ConnectionLostException {
        try {
            HttpResponse<InputStream> response = send(url, offset);
            if (response.statusCode() == 416) { // nothing after the offset: start again
                response.body().close();
                response = send(url, 0);
            }
            try {
                checkStatus(response, url);
            } catch (IOException | RuntimeException e) {
                response.body().close();
                throw e;
            }
            boolean partial = response.statusCode() == 206
                    && response.headers().firstValue("content-range").orElse("").startsWith("bytes " + offset + "-");
            if (response.statusCode() == 206 && !partial) {
                response.body().close();
                throw new IOException("the server sends another range than was requested");
            }
            return new Content(response, partial ? offset : 0);
        } catch (IOException e) {
            throw new ConnectionLostException(e);
        }
    }

    int maxAttempts() {
        return retryPolicy.maxAttempts();
    }

    void backOff(URI url, int attempt) {
        if (attempt == 0) return;
        try {
            long pause = retryPolicy.initialBackoff().toMillis() << (attempt - 1);
            Thread.sleep(Math.min(MAX_BACKOFF_MILLIS, pause));
        } catch (InterruptedException e) {
            throw interrupted(url);
        }
    }

    UsageException unreachable(URI url, IOException lastError) {
        String reason = lastError == null
                ? "no response"
                : lastError.getMessage() != null
                        ? lastError.getMessage()
                        : lastError.getClass().getSimpleName();
        return new UsageException(
                "%s: could not be downloaded in %d attempts (%s). "
                        + "Check the network; a new attempt continues from there.",
                url, retryPolicy.maxAttempts(), reason, lastError);
    }

    private static CancelledException interrupted(URI url) {
        Thread.currentThread().interrupt();
        return new CancelledException("%s: the download was interrupted; a new attempt continues from there.", url);
    }

    private HttpResponse<InputStream> send(URI url, long offset) throws IOException {
        URI uri = url;
        for (int redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                    .timeout(retryPolicy.readTimeout())
                    .header("Accept-Encoding", "identity");
            if (offset > 0) request.header("Range", "bytes=" + offset + "-");
            if (token != null && sameOrigin(uri, tokenOrigin)) request.header("Authorization", "Bearer " + token);
            HttpResponse<InputStream> response;
            try {
                response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            } catch (InterruptedException e) {
                throw interrupted(uri);
            }
            Optional<String> location = response.headers().firstValue("location");
            int status = response.statusCode();
            if (status < 300 || status > 308 || status == 304 || location.isEmpty()) return response;
            response.body().close();
            URI target = uri.resolve(location.get());
            if (!"https".equals(target.getScheme()) && !uri.getScheme().equals(target.getScheme()))
                throw new UsageException("%s: redirects to %s, which is not allowed", uri, target.getScheme());
            uri = target;
        }
        throw new UsageException("%s: redirects more than %d times", url, MAX_REDIRECTS);
    }

    /** Throws {@link UsageException} when a retry cannot help, {@link IOException} when it may. */
    private static void checkStatus(HttpResponse<InputStream> response, URI url) throws IOException {
        int status = response.statusCode();
        if (status == 200 || status == 206) return;
        if (status == 401 || status == 403)
            throw new UsageException(
                    "%s: access denied (%d). Accept the licence on the server's page and provide an access token.",
                    url, status);
        if (status == 404)
            throw new UsageException("%s: not found (404). Check the repository, the revision and the file name.", url);
        if (status == 408 || status == 429 || status >= 500) throw new IOException("the server responds " + status);
        throw new UsageException("%s: the server responds %d, expected 200", url, status);
    }

    /** Closes a stream that has not received data for too long, which ends a blocked read. */
    private final class ReadTimeoutWatchdog implements AutoCloseable {
        private final AtomicLong lastRead = new AtomicLong(System.nanoTime());
        private final Thread thread;

        ReadTimeoutWatchdog(InputStream body) {
            thread = new Thread(() -> closeAfterSilence(body), "mige-download-watchdog");
            thread.setDaemon(true);
            thread.start();
        }

        private void closeAfterSilence(InputStream body) {
            try {
                while (true) {
                    long silentMillis = (System.nanoTime() - lastRead.get()) / 1_000_000;
                    long remaining = retryPolicy.readTimeout().toMillis() - silentMillis;
                    if (remaining <= 0) break;
                    Thread.sleep(remaining);
                }
                body.close();
            } catch (InterruptedException | IOException e) {
                // finished, or closed already
            }
        }

        void reset() {
            lastRead.set(System.nanoTime());
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
