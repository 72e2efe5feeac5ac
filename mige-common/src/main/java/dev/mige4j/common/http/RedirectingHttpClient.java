package dev.mige4j.common.http;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLHandshakeException;

/**
 * Sends GET requests and follows redirects, but not from https to http. The access token is sent to one origin only,
 * the password of a proxy to the proxy only.
 */
final class RedirectingHttpClient {

    private static final int MAX_REDIRECTS = 8;

    private final Duration readTimeout;
    private final EnvironmentProxySelector proxies;
    private final DownloadClient.Server server;
    private final BooleanSupplier cancelled;
    private final HttpClient client;

    /** @param cancelled whether to give up; asked while the server sends nothing */
    RedirectingHttpClient(
            Duration readTimeout,
            EnvironmentProxySelector proxies,
            DownloadClient.Server server,
            BooleanSupplier cancelled) {
        this.readTimeout = readTimeout;
        this.proxies = proxies;
        this.server = server;
        this.cancelled = cancelled;
        // Unless this property is empty when the JDK's client is first used, it sends no password to a proxy for https.
        if (proxies.hasPassword() && System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null)
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // one file at a time; some proxies refuse the offer of HTTP/2
                .connectTimeout(Duration.ofSeconds(20))
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(proxies)
                .build();
    }

    /**
     * Requests a resource.
     *
     * @param range value of the header {@code Range}, or ""; when nothing is in that range, all is requested
     * @throws UsageException when a retry cannot help
     * @throws dev.mige4j.common.CancelledException when it is cancelled or the thread is interrupted
     * @throws IOException when a retry may help
     */
    RemoteContent get(URI url, String range) throws IOException {
        URI uri = url;
        String linkedTag = "";
        for (int redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
            HttpResponse<InputStream> response = send(uri, range);
            HttpHeaders headers = response.headers();
            linkedTag = headers.firstValue("x-linked-etag").orElse(linkedTag);
            int status = response.statusCode();
            if (status == 200 || status == 206) return new RemoteContent(response, linkedTag, readTimeout, cancelled);
            if (response.body() != null) response.body().close(); // null when a proxy refused to connect
            if (status == 416 && !range.isEmpty()) return get(url, "");
            Optional<String> location = headers.firstValue("location");
            if (status < 300 || status > 308 || status == 304 || location.isEmpty())
                throw refusal(status, headers, url, uri);
            uri = redirectTarget(uri, location.get());
        }
        throw new UsageException("%s: redirects more than %d times", url, MAX_REDIRECTS);
    }

    private HttpResponse<InputStream> send(URI uri, String range) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).timeout(readTimeout).header("Accept-Encoding", "identity");
        if (!range.isEmpty()) request.header("Range", range);
        if (server.token() != null && DownloadClient.sameOrigin(uri, server.origin()))
            request.header("Authorization", "Bearer " + server.token());
        String proxyAuthorization = proxies.authorization(uri);
        if (proxyAuthorization != null) request.header("Proxy-Authorization", proxyAuthorization);
        try {
            return await(client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream()), uri);
        } catch (SSLHandshakeException e) {
            if (!hasCause(e, CertificateException.class)) throw e;
            throw new UsageException(
                    "%s: the certificate of %s is not trusted. If a proxy replaces certificates, give Java its trust"
                            + " store: -Djavax.net.ssl.trustStore=FILE (with ./mige, in MIGE_JAVA_OPTS).",
                    uri, uri.getHost(), e);
        } catch (ConnectException e) { // which has no message
            boolean unknown = hasCause(e, UnresolvedAddressException.class);
            throw new IOException(unknown ? "the host is unknown" : "the connection is refused", e);
        }
    }

    private HttpResponse<InputStream> await(CompletableFuture<HttpResponse<InputStream>> response, URI uri)
            throws IOException {
        try {
            while (!cancelled.getAsBoolean()) {
                try {
                    return response.get(RemoteContent.CANCEL_CHECK_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // no answer yet
                }
            }
            throw DownloadClient.cancelled(uri);
        } catch (InterruptedException e) {
            throw DownloadClient.interrupted(uri);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RuntimeException exception) throw exception;
            throw cause instanceof IOException exception ? exception : new IOException(cause);
        } finally {
            response.cancel(true);
        }
    }

    private static boolean hasCause(Throwable e, Class<? extends Throwable> type) {
        return e != null && (type.isInstance(e) || hasCause(e.getCause(), type));
    }

    private static URI redirectTarget(URI uri, String location) {
        URI target;
        try {
            target = uri.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new UsageException("%s: redirects to a malformed address", uri, e);
        }
        if (!"https".equals(target.getScheme()) && !uri.getScheme().equals(target.getScheme()))
            throw new UsageException("%s: redirects to %s, which is not allowed", uri, target.getScheme());
        if (target.getHost() == null) throw new UsageException("%s: redirects to an address without a host", uri);
        return target;
    }

    /** The {@link IOException} to throw when a retry may help; throws {@link UsageException} when it cannot. */
    private IOException refusal(int status, HttpHeaders headers, URI url, URI uri) {
        String response = "the server responds " + status;
        if (status == 429 || status == 503) {
            String message = response + (status == 429 ? " (too many requests)" : " (busy)");
            return RetryAfter.parse(headers, Instant.now())
                    .<IOException>map(pause -> new ServerBusyException(message, pause))
                    .orElseGet(() -> new IOException(message));
        }
        if (status == 408 || status >= 500) return new IOException(response);
        if (status == 403 && !DownloadClient.sameOrigin(url, uri)) // signed addresses expire; the next one is fresh
        return new IOException(uri.getHost() + ", to which it redirects, denies access (403)");
        if (status == 407)
            throw new UsageException(
                    "%s: the proxy denies access (407). Give its user and password as in"
                            + " https_proxy=http://USER:PASSWORD@HOST:PORT.",
                    url);
        String errorCode = headers.firstValue("x-error-code").orElse("");
        throw new UsageException("%s", server.refusals().of(url, status, errorCode));
    }
}
