package mige.web;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** One line of JSON for each thing that happened; never words, pictures, keys or addresses of clients. */
final class RequestLog {

    private final Consumer<String> to;
    private final ObjectMapper json;

    RequestLog(Consumer<String> to, ObjectMapper json) {
        this.to = to;
        this.json = json;
    }

    void request(String id, String method, String route, int status, Duration took, long bytes) {
        line("request", Map.of("id", id, "method", method, "route", route, "status", status, "ms", took.toMillis(), "body_bytes", Math.max(0, bytes)));
    }

    void job(Job job, Job.State state, Duration took, Throwable fault) {
        Map<String, Object> facts = new LinkedHashMap<>(Map.of("id", job.id, "end", state.name().toLowerCase(java.util.Locale.ROOT), "ms", took.toMillis()));
        if (fault != null) facts.put("fault", cause(fault));
        line("job", facts);
    }

    void fault(String id, Throwable fault) {
        line("fault", Map.of("id", id, "fault", cause(fault)));
    }

    void event(String what, Map<String, Object> facts) {
        line(what, facts);
    }

    private static String cause(Throwable fault) {
        StackTraceElement[] at = fault.getStackTrace();
        return fault + (at.length == 0 ? "" : " at " + at[0]);
    }

    private void line(String what, Map<String, Object> facts) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", Instant.now().toString());
        line.put("event", what);
        facts.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(fact -> line.put(fact.getKey(), fact.getValue()));
        try {
            to.accept(json.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a line of the log is plain data", e);
        }
    }
}
