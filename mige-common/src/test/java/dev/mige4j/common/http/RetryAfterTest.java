package dev.mige4j.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");

    private static Optional<Duration> parse(String... headers) {
        Map<String, List<String>> map = new HashMap<>();
        for (int i = 0; i < headers.length; i += 2) map.put(headers[i], List.of(headers[i + 1]));
        return RetryAfter.parse(HttpHeaders.of(map, (name, value) -> true), NOW);
    }

    @Test
    void readsSeconds() {
        assertEquals(Optional.of(Duration.ofSeconds(120)), parse("Retry-After", "120"));
    }

    @Test
    void readsADateByTheClockOfTheServer() {
        assertEquals(Optional.of(Duration.ofSeconds(90)), parse("retry-after", "Fri, 27 Nov 2026 10:01:30 GMT"));
        assertEquals(
                Optional.of(Duration.ofSeconds(30)),
                parse("Retry-After", "Fri, 27 Nov 2026 08:00:30 GMT", "Date", "Fri, 27 Nov 2026 08:00:00 GMT"));
        assertEquals(Optional.of(Duration.ZERO), parse("Retry-After", "Fri, 27 Nov 2026 09:00:00 GMT"));
    }

    @Test
    void readsTheResetOfARateLimit() {
        assertEquals(Optional.of(Duration.ofSeconds(55)), parse("RateLimit", "\"api\";r=0;t=55"));
        assertEquals(Optional.of(Duration.ofSeconds(7)), parse("RateLimit", "\"api\";r=0;t=55", "Retry-After", "7"));
    }

    @Test
    void ignoresWhatItCannotRead() {
        assertEquals(Optional.empty(), parse());
        assertEquals(Optional.empty(), parse("Retry-After", "soon", "RateLimit", "full"));
        assertEquals(Optional.empty(), parse("Retry-After", "99999999999999999999"));
    }
}
