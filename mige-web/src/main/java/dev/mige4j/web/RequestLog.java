package dev.mige4j.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One line of JSON for each thing that happened; never words, pictures, keys or addresses of clients. */
final class RequestLog {

    private final Consumer<String> sink;
    private final ObjectMapper objectMapper;

    RequestLog(Consumer<String> sink, ObjectMapper objectMapper) {
        this.sink = sink;
        this.objectMapper = objectMapper;
    }

    void request(String id, String method, String route, int status, Duration duration, long bytes) {
        write(
                "request",
                Map.of(
                        "id",
                        id,
                        "method",
                        method,
                        "route",
                        route,
                        "status",
                        status,
                        "ms",
                        duration.toMillis(),
                        "body_bytes",
                        Math.max(0, bytes)));
    }

    void job(Job job, Job.JobState state, Duration duration, Throwable error) {
        Map<String, Object> fields = new LinkedHashMap<>(Map.of(
                "id", job.id, "end", state.name().toLowerCase(java.util.Locale.ROOT), "ms", duration.toMillis()));
        if (error != null) fields.put("fault", describe(error));
        write("job", fields);
    }

    void error(String id, Throwable error) {
        write("fault", Map.of("id", id, "fault", describe(error)));
    }

    void event(String name, Map<String, Object> fields) {
        write(name, fields);
    }

    private static String describe(Throwable error) {
        StackTraceElement[] stackTrace = error.getStackTrace();
        return error + (stackTrace.length == 0 ? "" : " at " + stackTrace[0]);
    }

    private void write(String event, Map<String, Object> fields) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("time", Instant.now().toString());
        entry.put("event", event);
        fields.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(field -> entry.put(field.getKey(), field.getValue()));
        try {
            sink.accept(objectMapper.writeValueAsString(entry));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a line of the log is plain data", e);
        }
    }
}
