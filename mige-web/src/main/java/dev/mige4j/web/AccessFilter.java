package dev.mige4j.web;

import dev.mige4j.common.Sha256;
import io.javalin.http.Context;
import java.net.URI;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the API key and the Host and Origin headers (protection against CSRF and DNS rebinding).
 *
 * <p>The server sends no CORS headers, but a form on another site can post without CORS. Requests whose {@code Origin}
 * is not this server are therefore rejected. While the server listens on the loopback interface only, requests with any
 * other {@code Host} are rejected too: an attacker's domain can resolve to 127.0.0.1.
 */
final class AccessFilter {

    private static final Set<String> LOOPBACK_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final Optional<byte[]> apiKeyDigest;
    private final boolean loopbackOnly;

    AccessFilter(ServerConfig config) {
        apiKeyDigest = config.apiKey().map(Sha256::digest);
        loopbackOnly = LOOPBACK_HOSTS.contains(config.host());
    }

    /** Throws an {@link ApiException} with status 401 or 403 when the request is not allowed. */
    void check(Context ctx) {
        String host = Optional.ofNullable(ctx.header("Host")).orElse("").toLowerCase(Locale.ROOT);
        if (loopbackOnly && !LOOPBACK_HOSTS.contains(host.replaceFirst(":\\d+$", "")))
            throw ApiException.of(
                    403, "host_not_allowed", "This server accepts local requests only. Use 127.0.0.1 or localhost.");
        String origin = ctx.header("Origin");
        if (origin != null && !host.equals(authority(origin)))
            throw ApiException.of(403, "origin_not_allowed", "Cross-origin requests are not allowed.");
        if (apiKeyDigest.isPresent()
                && requiresApiKey(ctx.path())
                && !MessageDigest.isEqual(apiKeyDigest.get(), Sha256.digest(bearerToken(ctx)))) {
            ctx.header("WWW-Authenticate", "Bearer");
            throw ApiException.of(
                    401, "invalid_api_key", "Missing or invalid API key. Send 'Authorization: Bearer KEY'.");
        }
    }

    private static boolean requiresApiKey(String path) {
        return path.startsWith("/v1/") || path.equals("/metrics");
    }

    private static String bearerToken(Context ctx) {
        String header = Optional.ofNullable(ctx.header("Authorization")).orElse("");
        return header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? header.substring(7).strip()
                : "";
    }

    private static String authority(String origin) {
        try {
            return String.valueOf(URI.create(origin).getAuthority()).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
