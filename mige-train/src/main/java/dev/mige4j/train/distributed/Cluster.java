package dev.mige4j.train.distributed;

import dev.mige4j.common.UsageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machines that train a model together.
 *
 * @param nodes their number
 * @param nodeRank the index of this machine, from 0
 * @param host address of the first machine, which all machines reach
 * @param port a free port of the first machine; 0: any, for a single machine
 */
public record Cluster(int nodes, int nodeRank, String host, int port) {

    /** This machine alone. */
    public static final Cluster SINGLE_MACHINE = new Cluster(1, 0, "127.0.0.1", 0);

    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[^]]+]|[^:\\[\\]]+):(\\d{1,5})");

    public Cluster {
        if (nodes < 1 || nodeRank < 0 || nodeRank >= nodes)
            throw new UsageException(
                    "The index of this machine is %d, expected 0 to %d for %d machines.", nodeRank, nodes - 1, nodes);
    }

    /**
     * A cluster whose machines meet at {@code rendezvous}.
     *
     * @param rendezvous such as {@code 10.0.0.5:29500} or {@code [fd00::5]:29500}
     */
    public static Cluster of(int nodes, int nodeRank, String rendezvous) {
        Matcher m = HOST_AND_PORT.matcher(rendezvous);
        int port = m.matches() ? Integer.parseInt(m.group(2)) : 0;
        if (port < 1 || port > 65535)
            throw new UsageException(
                    "The rendezvous is '%s', expected HOST:PORT of the first machine, such as 10.0.0.5:29500.",
                    rendezvous);
        return new Cluster(nodes, nodeRank, m.group(1).replaceAll("[\\[\\]]", ""), port);
    }
}
