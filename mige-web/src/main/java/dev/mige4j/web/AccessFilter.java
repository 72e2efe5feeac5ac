package dev.mige4j.web;

import dev.mige4j.common.Sha256;
import io.javalin.http.Context;
import java.net.URI;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Checks the host name, the origin and the API key of requests (protection against DNS rebinding and CSRF).
 *
 * <p>The server sends no CORS headers, but a form or an image on another site can send requests without CORS. Requests
 * that a browser sends for a page of another origin are therefore rejected, another port of this computer included; it
 * states the origin in {@code Origin} or {@code Sec-Fetch-Site}. Links to the page are followed.
 *
 * <p>Result images need no key and may be shown by any page: their URLs have 160 random bits, as OpenAI's URLs have,
 * and nobody learns them without the key.
 */
final class AccessFilter {

    /**
     * Request attribute with the URL by which the client reached the server, such as {@code https://mige.example}: that
     * of the {@code Host} header, or of the headers {@code X-Forwarded-Host} and {@code X-Forwarded-Proto} of a proxy.
     */
    static final String SERVER_URL = "server-url";

    private static final Pattern API = Pattern.compile("/(v1|metrics)(/.*)?");
    private static final Pattern RESULT_IMAGE = Pattern.compile("/v1/jobs/[^/]+/images/[^/]+/?");
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

    private final AllowedHosts allowedHosts;
    private final List<byte[]> apiKeyDigests;

    AccessFilter(ServerConfig config) {
        allowedHosts = new AllowedHosts(config);
        apiKeyDigests = config.apiKeys().stream().map(Sha256::digest).toList();
    }

    /** Throws an {@link ApiException} with status 401 or 403 when the request is not allowed. */
    void check(Context ctx) {
        checkHost(ctx);
        ctx.attribute(SERVER_URL, serverUrl(ctx));
        if (isSafe(ctx) && RESULT_IMAGE.matcher(ctx.path()).matches()) return;
        checkOrigin(ctx);
        if (!apiKeyDigests.isEmpty() && isApi(ctx)) checkApiKey(ctx);
    }

    private String serverUrl(Context ctx) {
        String scheme = header(ctx, "X-Forwarded-Proto").equals("https") ? "https" : "http";
        return scheme + "://" + authority(ctx);
    }

    private String authority(Context ctx) {
        String forwarded = header(ctx, "X-Forwarded-Host").split(",", 2)[0].strip();
        return allowedHosts.contains(forwarded) ? forwarded : header(ctx, "Host");
    }

    private void checkHost(Context ctx) {
        String host = header(ctx, "Host");
        if (host.isEmpty()) throw ApiException.of(403, "host_not_allowed", "The request has no Host header.");
        if (!allowedHosts.contains(host))
            throw ApiException.of(
                    403,
                    "host_not_allowed",
                    "The server is not known by the name '%s'. Use its IP address or localhost, or start it with"
                            + " --allowed-host and the name.",
                    RequestBody.sanitize(host));
    }

    private void checkOrigin(Context ctx) {
        String origin = header(ctx, "Origin");
        if (!origin.isEmpty() && !List.of(header(ctx, "Host"), authority(ctx)).contains(authority(origin)))
            throw ApiException.of(
                    403,
                    "origin_not_allowed",
                    "Requests of pages of another origin are not allowed: the page is of '%s', the server of '%s'. A"
                            + " proxy must pass the Host header on, which --allowed-host permits.",
                    RequestBody.sanitize(origin),
                    RequestBody.sanitize(serverUrl(ctx)));
        boolean followsLink = isSafe(ctx) && header(ctx, "Sec-Fetch-Mode").equals("navigate") && !isApi(ctx);
        if (Set.of("cross-site", "same-site").contains(header(ctx, "Sec-Fetch-Site")) && !followsLink)
            throw ApiException.of(403, "origin_not_allowed", "Requests of pages of another origin are not allowed.");
    }

    private void checkApiKey(Context ctx) {
        byte[] digest = Sha256.digest(bearerToken(ctx));
        boolean valid = false;
        for (byte[] expected : apiKeyDigests) valid |= MessageDigest.isEqual(expected, digest);
        if (!valid) {
            ctx.header("WWW-Authenticate", "Bearer");
            throw ApiException.of(
                    401, "invalid_api_key", "Missing or invalid API key. Send 'Authorization: Bearer KEY'.");
        }
    }

    private static boolean isSafe(Context ctx) {
        return SAFE_METHODS.contains(ctx.method().name());
    }

    private static boolean isApi(Context ctx) {
        return API.matcher(ctx.path()).matches();
    }

    private static String bearerToken(Context ctx) {
        String header = Optional.ofNullable(ctx.header("Authorization")).orElse("");
        return header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? header.substring(7).strip()
                : "";
    }

    /** The value in lower case; empty if there is none. */
    private static String header(Context ctx, String name) {
        return Optional.ofNullable(ctx.header(name)).orElse("").toLowerCase(Locale.ROOT);
    }

    /** The host and port of an origin; empty for those without, such as {@code null}. */
    private static String authority(String origin) {
        try {
            return Optional.ofNullable(URI.create(origin).getAuthority()).orElse("");
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
