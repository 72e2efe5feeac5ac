package dev.mige4j.train.distributed;

import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.ProcessGroup;
import dev.mige4j.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Data-parallel training: several processes train one model, each on its part of every batch. */
public interface DataParallel extends AutoCloseable {

    /** A single process. */
    DataParallel SINGLE_PROCESS = new DataParallel() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int worldSize() {
            return 1;
        }

        @Override
        public void allReduce(Tensor tensor) {}

        @Override
        public void close() {}
    };

    /** The index of this process, from 0. */
    int rank();

    /** The number of processes. */
    int worldSize();

    /** Replaces the tensor by its sum over all processes; every process must call this. */
    void allReduce(Tensor tensor);

    @Override
    void close();

    /** Waits until every process has called this. */
    default void barrier() {
        if (worldSize() > 1) allReduce(Tensor.zeros(1));
    }

    /** Whether {@code value} is true in all processes; every process must call this. */
    default boolean allTrue(boolean value) {
        if (worldSize() == 1) return value;
        Tensor falseCount = Tensor.of(new float[] {value ? 0 : 1}, 1);
        allReduce(falseCount);
        return falseCount.item() == 0;
    }

    /** The value that the first process passes, float32; every process must call this. */
    default double firstValue(double value) {
        if (worldSize() == 1) return value;
        Tensor first = Tensor.of(new float[] {rank() == 0 ? (float) value : 0}, 1);
        allReduce(first);
        return first.item();
    }

    /** The group for which {@link #launch} started this process, or this process alone. */
    static DataParallel fromSystemProperties() {
        int worldSize = Integer.getInteger("mige.worldSize", 1);
        return worldSize == 1
                ? SINGLE_PROCESS
                : over(
                        ProcessGroup.init(
                                "127.0.0.1",
                                Integer.getInteger("mige.masterPort"),
                                Integer.getInteger("mige.rank"),
                                worldSize),
                        List.of());
    }

    /**
     * Starts {@code worldSize - 1} further processes on this machine, with the options of this Java virtual machine,
     * and becomes rank 0. The CPU cores are divided among them.
     *
     * @param mainClass the class whose {@code main} they run; it must call {@link #fromSystemProperties}
     * @param arguments of {@code main}
     */
    static DataParallel launch(int worldSize, Class<?> mainClass, List<String> arguments) {
        if (worldSize == 1) return SINGLE_PROCESS;
        try {
            int port = freePort(), threads = Math.max(1, Engine.instance().numThreads() / worldSize);
            List<Process> workers = new ArrayList<>();
            for (int rank = 1; rank < worldSize; rank++) {
                List<String> command = new ArrayList<>(
                        List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java"));
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                        .filter(a -> !a.startsWith("-agentlib") && !a.startsWith("-javaagent"))
                        .forEach(command::add);
                command.addAll(List.of(
                        "-Dmige.worldSize=" + worldSize,
                        "-Dmige.rank=" + rank,
                        "-Dmige.masterPort=" + port,
                        "-Dmige.threads=" + threads,
                        "-Dmige.device=" + Engine.instance().deviceName(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        mainClass.getName()));
                command.addAll(arguments);
                workers.add(new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> workers.forEach(Process::destroy)));
            Engine.instance().setNumThreads(threads);
            return over(ProcessGroup.init("127.0.0.1", port, 0, worldSize), workers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        for (int attempt = 0; attempt < 50; attempt++) {
            try (ServerSocket socket = new ServerSocket(0)) {
                if (socket.getLocalPort() < 32768) return socket.getLocalPort(); // the store's port is a signed short
            }
        }
        for (int port = 20_000 + (int) (System.nanoTime() % 10_000); ; port++) {
            try (ServerSocket socket = new ServerSocket(port)) {
                return port;
            } catch (BindException inUse) {
                // try the next one
            }
        }
    }

    private static DataParallel over(ProcessGroup processGroup, List<Process> workers) {
        return new DataParallel() {
            @Override
            public int rank() {
                return processGroup.rank();
            }

            @Override
            public int worldSize() {
                return processGroup.size();
            }

            @Override
            public void allReduce(Tensor tensor) {
                processGroup.allReduceSum(tensor);
            }

            @Override
            public void close() {
                barrier();
                processGroup.close();
                for (Process worker : workers) {
                    try {
                        worker.waitFor();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        };
    }
}
