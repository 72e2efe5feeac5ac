package dev.mige4j.common.http;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pause that a server asks for when it answers 429 or 503. */
final class RetryAfter {

    /** Seconds until the limit is reset, in the header {@code RateLimit: "api";r=0;t=55} (IETF draft, used by hubs). */
    private static final Pattern RATE_LIMIT_RESET = Pattern.compile("[;\\s]t\\s*=\\s*(\\d{1,9})\\b");

    private RetryAfter() {}

    /** The pause in {@code Retry-After} (seconds or a date) or {@code RateLimit}; empty without a readable one. */
    static Optional<Duration> parse(HttpHeaders headers, Instant now) {
        Optional<Duration> pause =
                headers.firstValue("Retry-After").flatMap(value -> parse(value.strip(), headers, now));
        return pause.isPresent()
                ? pause
                : headers.firstValue("RateLimit")
                        .map(RATE_LIMIT_RESET::matcher)
                        .filter(Matcher::find)
                        .map(reset -> Duration.ofSeconds(Long.parseLong(reset.group(1))));
    }

    private static Optional<Duration> parse(String value, HttpHeaders headers, Instant now) {
        if (value.matches("\\d{1,9}")) return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        // The clock of the server counts, not the one of this computer.
        Instant serverTime =
                headers.firstValue("Date").flatMap(RetryAfter::parseDate).orElse(now);
        return parseDate(value)
                .map(date -> Duration.between(serverTime, date))
                .map(pause -> pause.isNegative() ? Duration.ZERO : pause);
    }

    private static Optional<Instant> parseDate(String value) {
        try {
            return Optional.of(ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
