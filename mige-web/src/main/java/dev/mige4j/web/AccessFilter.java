package dev.mige4j.web;

import io.javalin.http.Context;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Who may come in: the holder of the key where there is one, and no page of another site in a user's browser.
 *
 * <p>No CORS header is ever sent. A form of another site could still post here without one, so an {@code Origin} that
 * is not this server is refused; and while the server listens on the loopback address alone, so is a {@code Host} that
 * is not this machine (a name that an attacker lets point to 127.0.0.1).
 */
final class AccessFilter {

    private static final Set<String> LOOPBACK_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final Optional<byte[]> apiKeyDigest;
    private final boolean loopbackOnly;

    AccessFilter(ServerConfig config) {
        apiKeyDigest = config.apiKey().map(AccessFilter::sha256);
        loopbackOnly = LOOPBACK_HOSTS.contains(config.host());
    }

    void check(Context ctx) {
        String host = Optional.ofNullable(ctx.header("Host")).orElse("").toLowerCase(Locale.ROOT);
        if (loopbackOnly && !LOOPBACK_HOSTS.contains(host.replaceFirst(":\\d+$", "")))
            throw ApiException.of(
                    403, "wrong_host", "This server listens to its own machine only; call it 127.0.0.1 or localhost.");
        String origin = ctx.header("Origin");
        if (origin != null && !host.equals(authority(origin)))
            throw ApiException.of(403, "foreign_origin", "Pages of other sites may not use this server.");
        if (apiKeyDigest.isPresent()
                && requiresApiKey(ctx.path())
                && !MessageDigest.isEqual(apiKeyDigest.get(), sha256(bearerToken(ctx)))) {
            ctx.header("WWW-Authenticate", "Bearer");
            throw ApiException.of(
                    401, "invalid_api_key", "The API key is missing or wrong; send it as 'Authorization: Bearer KEY'.");
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

    /** Digests are of one length, so that comparing them tells nothing about the key, not even its length. */
    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
