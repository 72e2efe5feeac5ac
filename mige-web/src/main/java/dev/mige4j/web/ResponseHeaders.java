package dev.mige4j.web;

import java.util.Map;

/** The headers that every response has, also those of errors, unless its route sets others. */
final class ResponseHeaders {

    /** Nothing is cached, guessed, framed, or loaded by pages of other origins. */
    static final Map<String, String> DEFAULTS = Map.of(
            "Cache-Control", "no-store",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Referrer-Policy", "no-referrer",
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY");

    private ResponseHeaders() {}
}
