package dev.mige4j.web;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;

/**
 * Limits the number of open connections. Above the limit, a connection that nobody needs is closed for each new one:
 * the oldest that has not completed the head of a request for a second, else the oldest that waits for the next
 * request, else the oldest whose client does not take its response, else the oldest that has sent no request yet.
 */
final class ConnectionLimit implements Connection.Listener {

    private static final List<Predicate<Connection>> DISPENSABLE = List.of(
            connection -> connection.getMessagesIn() == 0 && isOlderThanASecond(connection),
            connection -> connection.getMessagesIn() == connection.getMessagesOut()
                    && connection.getEndPoint().isFillInterested(),
            connection -> connection.getEndPoint() instanceof AbstractEndPoint endPoint
                    && endPoint.getWriteFlusher().isPending(),
            connection -> connection.getMessagesIn() == 0);

    private final int limit;
    private final Set<Connection> connections = new LinkedHashSet<>();

    ConnectionLimit(int limit) {
        this.limit = limit;
    }

    @Override
    public void onOpened(Connection connection) {
        Optional<Connection> surplus;
        synchronized (connections) {
            surplus = connections.size() < limit ? Optional.empty() : findDispensable();
            surplus.ifPresent(connections::remove);
            connections.add(connection);
        }
        surplus.ifPresent(dispensable -> dispensable.getEndPoint().close());
    }

    private static boolean isOlderThanASecond(Connection connection) {
        return System.currentTimeMillis() - connection.getCreatedTimeStamp() > 1000;
    }

    private Optional<Connection> findDispensable() {
        return DISPENSABLE.stream()
                .flatMap(dispensable -> connections.stream().filter(dispensable).limit(1))
                .findFirst();
    }

    @Override
    public void onClosed(Connection connection) {
        synchronized (connections) {
            connections.remove(connection);
        }
    }
}
