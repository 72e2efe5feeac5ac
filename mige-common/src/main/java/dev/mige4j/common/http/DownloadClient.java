package dev.mige4j.common.http;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;

/**
 * HTTP client for downloads: follows redirects, sends an access token to one origin only, uses the proxy of the
 * environment, treats a silent connection as lost, and retries after the pause that the server asks for, or else with
 * exponential backoff. Redirects from https to http are refused.
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

    /** Informed every second while the client waits before its next attempt. */
    @FunctionalInterface
    public interface WaitListener {

        /** Ignores the waiting and never cancels. */
        WaitListener NONE = (url, reason, remaining) -> true;

        /**
         * Receives the time that is left to wait.
         *
         * @param reason why the last attempt failed, such as "the server responds 503 (busy)"
         * @return false to cancel
         */
        boolean onWait(URI url, String reason, Duration remaining);

        /** Whether to cancel; asked by several threads while the server sends nothing. */
        default boolean isCancelled() {
            return false;
        }
    }

    /**
     * How to connect.
     *
     * @param waitListener informed while the client waits
     * @param proxies chooses the proxy of each address
     */
    public record Options(RetryPolicy retryPolicy, WaitListener waitListener, EnvironmentProxySelector proxies) {

        /** The default retry policy and the proxies of the environment. */
        public static Options standard() {
            return new Options(RetryPolicy.DEFAULT, WaitListener.NONE, new EnvironmentProxySelector(System.getenv()));
        }

        /** These options with another retry policy. */
        public Options withRetryPolicy(RetryPolicy policy) {
            return new Options(policy, waitListener, proxies);
        }

        /** These options with another listener. */
        public Options withWaitListener(WaitListener listener) {
            return new Options(retryPolicy, listener, proxies);
        }
    }

    /** Words a refusal that a retry cannot change for the users of a server. */
    @FunctionalInterface
    public interface RefusalMessage {

        /**
         * Returns the message.
         *
         * @param status the HTTP status, such as 404
         * @param errorCode the header {@code X-Error-Code}, in which hubs tell what is missing; or ""
         */
        String of(URI url, int status, String errorCode);
    }

    /**
     * The server that is asked; it may redirect to others.
     *
     * @param origin scheme, host and port to which alone the token is sent
     * @param token bearer token, null for none
     */
    public record Server(URI origin, String token, RefusalMessage refusals) {}

    /** A complete response. */
    public record Response(byte[] body, HttpHeaders headers) {}

    private static final long MAX_BACKOFF_MILLIS = 30_000;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private final Options options;
    private final RedirectingHttpClient http;

    /** A client of the given server. */
    public DownloadClient(Options options, Server server) {
        this.options = options;
        this.http = new RedirectingHttpClient(
                options.retryPolicy().readTimeout(), options.proxies(), server, options.waitListener()::isCancelled);
    }

    /** A client without an access token. */
    public DownloadClient(Options options) {
        this(
                options,
                new Server(
                        null,
                        null,
                        (url, status, errorCode) -> url + ": the server responds " + status
                                + (status == 404
                                        ? " (not found)"
                                        : status == 401 || status == 403 ? " (access denied)" : "")
                                + ", expected 200"));
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
     * @throws CancelledException when the thread is interrupted or the listener cancels
     */
    public Response get(URI url, int maxBytes) {
        int attempt = 0;
        while (true) {
            try (RemoteContent content = http.get(url, "")) {
                byte[] bytes = content.readNBytes(maxBytes);
                if (bytes.length == maxBytes)
                    throw new UsageException(url + ": the response is larger than " + ByteSize.format(maxBytes));
                return new Response(bytes, content.headers());
            } catch (IOException e) {
                waitForAttempt(++attempt, url, e);
            }
        }
    }

    /**
     * Requests the bytes from {@code offset} to {@code end}, exclusive; -1 for all the rest. The server may send more.
     *
     * @throws UsageException when the server refuses
     * @throws IOException when a retry may help
     */
    RemoteContent open(URI url, long offset, long end) throws IOException {
        RemoteContent content =
                http.get(url, offset == 0 && end < 0 ? "" : "bytes=" + offset + "-" + (end < 0 ? "" : end - 1));
        if (content.offset() == offset || content.offset() == 0) return content;
        content.close();
        throw new IOException("the server sends another range than was requested");
    }

    /**
     * Waits before an attempt.
     *
     * @param failedAttempts number of attempts that have failed without progress; none means no pause
     * @throws UsageException when these were too many, or the server asks for a longer pause than ten minutes
     * @throws CancelledException when the listener cancels or the thread is interrupted
     */
    void waitForAttempt(int failedAttempts, URI url, IOException lastError) {
        RetryPolicy policy = options.retryPolicy();
        if (failedAttempts >= policy.maxAttempts()) throw unreachable(url, lastError);
        if (failedAttempts == 0) return;
        long backoffMillis = policy.initialBackoff().toMillis() << (failedAttempts - 1);
        Duration pause = lastError instanceof ServerBusyException busy
                ? busy.pause()
                : Duration.ofMillis(Math.min(MAX_BACKOFF_MILLIS, backoffMillis));
        if (pause.compareTo(LONGEST_PAUSE) > 0)
            throw new UsageException(
                    "%s: %s and asks to wait for %d minutes. Try again then; the download continues from there.",
                    url, reason(lastError), pause.toMinutes());
        long end = System.nanoTime() + pause.toNanos();
        try {
            for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
                if (!options.waitListener().onWait(url, reason(lastError), Duration.ofNanos(left)))
                    throw cancelled(url);
                Thread.sleep(Math.min(1000, left / 1_000_000 + 1));
            }
        } catch (InterruptedException e) {
            throw interrupted(url);
        }
    }

    private UsageException unreachable(URI url, IOException lastError) {
        return new UsageException(
                "%s: could not be downloaded in %d attempts (%s). Check the %s; a new attempt continues from there.",
                url,
                options.retryPolicy().maxAttempts(),
                reason(lastError),
                options.proxies().select(url).get(0).address() instanceof InetSocketAddress proxy
                        ? "proxy " + proxy.getHostString() + ":" + proxy.getPort()
                        : "network",
                lastError);
    }

    private static String reason(IOException error) {
        return error.getMessage() != null
                ? error.getMessage()
                : error.getClass().getSimpleName();
    }

    static CancelledException cancelled(URI url) {
        return new CancelledException("%s: cancelled; a new attempt continues from there.", url);
    }

    static CancelledException interrupted(URI url) {
        Thread.currentThread().interrupt();
        return new CancelledException("%s: the download was interrupted; a new attempt continues from there.", url);
    }
}
