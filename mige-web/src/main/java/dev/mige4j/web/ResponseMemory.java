package dev.mige4j.web;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;

/**
 * Memory budget of the result files that are being sent. When it is used up, the connections of clients that do not
 * take their response are closed, that first which would take longest.
 */
final class ResponseMemory {

    private static final Duration MIN_AGE_OF_SLOW_RESPONSE = Duration.ofSeconds(2);

    /** A response with files that is being sent. */
    private static final class SentResponse {
        final long bytes;
        final Connection connection;
        final long bytesOutBefore;
        final long startNanos = System.nanoTime();

        SentResponse(long bytes, Connection connection) {
            this.bytes = bytes;
            this.connection = connection;
            bytesOutBefore = connection.getBytesOut();
        }

        /** Whether the server has waited for the client. */
        boolean isSlow() {
            return System.nanoTime() - startNanos > MIN_AGE_OF_SLOW_RESPONSE.toNanos()
                    && connection.getEndPoint() instanceof AbstractEndPoint endPoint
                    && endPoint.getWriteFlusher().isPending();
        }

        double expectedNanos() {
            long sent = Math.max(1, connection.getBytesOut() - bytesOutBefore);
            return (double) bytes / sent * (System.nanoTime() - startNanos);
        }
    }

    private final long capacity;
    private final Map<Request, SentResponse> responses = new LinkedHashMap<>();
    private long used;

    /** @param capacity in bytes; a single response, and those of clients that take them, may exceed it */
    ResponseMemory(long capacity) {
        this.capacity = capacity;
    }

    /** Counts the files of a response until it is complete; to be called before it is written. */
    void register(Context ctx, long bytes) {
        Request request = ServletContextRequest.getServletContextRequest(ctx.req());
        var response = new SentResponse(bytes, request.getConnectionMetaData().getConnection());
        List<SentResponse> closed = new ArrayList<>();
        synchronized (this) {
            while (used + bytes > capacity) {
                Optional<Map.Entry<Request, SentResponse>> slowest = responses.entrySet().stream()
                        .filter(other -> other.getValue().isSlow())
                        .max(Comparator.comparingDouble(
                                other -> other.getValue().expectedNanos()));
                if (slowest.isEmpty()) break;
                closed.add(slowest.get().getValue());
                release(slowest.get().getKey());
            }
            responses.put(request, response);
            used += bytes;
        }
        for (SentResponse slow : closed) slow.connection.getEndPoint().close();
        Request.addCompletionListener(request, failure -> release(request));
    }

    private synchronized void release(Request request) {
        SentResponse response = responses.remove(request);
        if (response != null) used -= response.bytes;
    }
}
