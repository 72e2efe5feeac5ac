package dev.mige4j.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Tells whether the client of a request has closed its connection, which Jetty does not notice on HTTP/1.1 while the
 * request is handled. To be asked by one thread at a time, after the request body was read and before the response is
 * complete.
 *
 * <p>A client that closes only its sending side counts as gone, as in nginx.
 */
final class ClientConnection {

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

    private final Connection connection;
    private long lastCheckNanos = System.nanoTime();
    private boolean closed;
    private boolean nextRequestArrived;

    private ClientConnection(Connection connection) {
        this.connection = connection;
    }

    static ClientConnection of(Context ctx) {
        return new ClientConnection(ServletContextRequest.getServletContextRequest(ctx.req())
                .getConnectionMetaData()
                .getConnection());
    }

    /** Whether the client has gone. Not known, and therefore false, once the client has sent a further request. */
    boolean isClosed() {
        if (closed || nextRequestArrived || System.nanoTime() - lastCheckNanos < CHECK_INTERVAL.toNanos())
            return closed;
        lastCheckNanos = System.nanoTime();
        ByteBuffer nextByte = BufferUtil.allocate(1);
        try {
            closed = connection.getEndPoint().fill(nextByte) < 0;
        } catch (IOException e) { // reset by the client
            closed = true;
        }
        if (nextByte.hasRemaining()) returnToConnection(nextByte);
        return closed;
    }

    /** Ends the connection at once, so that a response that is not complete does not look complete. */
    void close() {
        closed = true;
        connection.getEndPoint().close();
    }

    /**
     * Hands the first byte of a pipelined request back to the connection, which parses it after the current response.
     */
    private void returnToConnection(ByteBuffer bytes) {
        nextRequestArrived = true;
        if (connection instanceof Connection.UpgradeTo http) http.onUpgradeTo(bytes);
        if (bytes.hasRemaining()) { // more than a buffer of pipelined requests
            closed = true;
            connection.getEndPoint().close();
        }
    }
}
