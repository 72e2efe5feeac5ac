package dev.mige4j.web;

import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Reads and discards the rest of a request body after the response was written ("lingering close"). Without this, TCP
 * resets the connection of a client that is still sending, which may then never see the response.
 */
final class LingeringHandler extends Handler.Wrapper {

    private static final long MAX_BYTES = 256L << 20;
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        return super.handle(new UnconsumedRequest(request), response, new Drain(request, callback));
    }

    /** Keeps Jetty from giving the connection up because a body has not arrived when the response is written. */
    private static final class UnconsumedRequest extends Request.Wrapper {

        UnconsumedRequest(Request request) {
            super(request);
        }

        @Override
        public boolean consumeAvailable() {
            return true;
        }
    }

    private static final class Drain extends Callback.Nested {

        private final Request request;
        private long startNanos;
        private long bytes;

        Drain(Request request, Callback callback) {
            super(callback);
            this.request = request;
        }

        @Override
        public void succeeded() {
            startNanos = System.nanoTime();
            drainAvailable();
        }

        private void drainAvailable() {
            while (bytes <= MAX_BYTES && System.nanoTime() - startNanos < MAX_TIME.toNanos()) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    if (waitsForContinue()) break;
                    request.demand(this::drainAvailable);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) break;
                bytes += chunk.remaining();
                chunk.release();
                if (chunk.isLast()) break;
            }
            super.succeeded();
        }

        /** Whether the client sends no body, because it waits for the response 100 (Continue), which it did not get. */
        private boolean waitsForContinue() {
            return request.getHeaders().contains(HttpHeader.EXPECT) && Request.getContentBytesRead(request) == 0;
        }
    }
}
