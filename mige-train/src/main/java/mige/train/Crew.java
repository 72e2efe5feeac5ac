package mige.train;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import mige.tensor.Engine;
import mige.tensor.Peers;
import mige.tensor.Tensor;

/** The processes that train one model together, each on its part of every batch. */
public interface Crew extends AutoCloseable {

    /** One process. */
    Crew ALONE = new Crew() {
        @Override public int rank() {
            return 0;
        }

        @Override public int size() {
            return 1;
        }

        @Override public void sum(Tensor tensor) {}

        @Override public void close() {}
    };

    /** Which process this is, from 0. */
    int rank();

    /** How many there are. */
    int size();

    /** Replaces the tensor by the sum over all processes; every one must call this. */
    void sum(Tensor tensor);

    @Override void close();

    /** All wait here until the last has come. */
    default void meet() {
        if (size() > 1) sum(Tensor.zeros(1));
    }

    /** Whether all of them want to go on. */
    default boolean agree(boolean on) {
        if (size() == 1) return on;
        Tensor against = Tensor.of(new float[] {on ? 0 : 1}, 1);
        sum(against);
        return against.item() == 0;
    }

    /** The crew that this process was started for by {@link #start}, or this process alone. */
    static Crew joined() {
        int size = Integer.getInteger("mige.crew", 1);
        return size == 1 ? ALONE : of(Peers.meet("127.0.0.1", Integer.getInteger("mige.crew.port"), Integer.getInteger("mige.crew.rank"), size), List.of());
    }

    /**
     * Starts {@code size - 1} more processes like this one on this machine and becomes the first of them. The cores are shared out.
     *
     * @param main      the class whose {@code main} they run; it must call {@link #joined}
     * @param arguments its arguments
     */
    static Crew start(int size, Class<?> main, List<String> arguments) {
        if (size == 1) return ALONE;
        try {
            int port = freePort(), threads = Math.max(1, Engine.start().threads() / size);
            List<Process> others = new ArrayList<>();
            for (int rank = 1; rank < size; rank++) {
                List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java"));
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(a -> !a.startsWith("-agentlib") && !a.startsWith("-javaagent")).forEach(command::add);
                command.addAll(List.of("-Dmige.crew=" + size, "-Dmige.crew.rank=" + rank, "-Dmige.crew.port=" + port, "-Dmige.threads=" + threads,
                        "-cp", System.getProperty("java.class.path"), main.getName()));
                command.addAll(arguments);
                others.add(new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start());
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> others.forEach(Process::destroy)));
            Engine.start().threads(threads);
            return of(Peers.meet("127.0.0.1", port, 0, size), others);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        for (int tries = 0; tries < 50; tries++) {
            try (ServerSocket socket = new ServerSocket(0)) {
                if (socket.getLocalPort() < 32768) return socket.getLocalPort();        // the store's port is a signed short
            }
        }
        for (int port = 20_000 + (int) (System.nanoTime() % 10_000); ; port++) {
            try (ServerSocket socket = new ServerSocket(port)) {
                return port;
            } catch (java.net.BindException taken) {
                // the next one
            }
        }
    }

    private static Crew of(Peers peers, List<Process> others) {
        return new Crew() {
            @Override public int rank() {
                return peers.rank();
            }

            @Override public int size() {
                return peers.size();
            }

            @Override public void sum(Tensor tensor) {
                peers.sum(tensor);
            }

            @Override public void close() {
                meet();
                peers.close();
                for (Process other : others) {
                    try {
                        other.waitFor();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        };
    }
}
