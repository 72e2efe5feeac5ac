package dev.mige4j.train.distributed;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.ProcessGroup;
import dev.mige4j.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One of several processes that train a model together, over a {@link ProcessGroup}. */
public final class DistributedProcess implements DataParallel {

    private static final String NODES = "mige.nodes",
            NODE_RANK = "mige.nodeRank",
            MASTER_ADDRESS = "mige.masterAddress",
            MASTER_PORT = "mige.masterPort",
            PROCESSES = "mige.processesPerNode",
            LOCAL_RANK = "mige.localRank";
    private static final int MAX_EXIT_SECONDS = 60;

    private final Cluster cluster;
    private final int localRank;
    private final ProcessGroup processGroup;
    private final List<Process> workers;

    private DistributedProcess(Cluster cluster, int processesPerNode, int localRank, List<Process> workers) {
        this.cluster = cluster;
        this.localRank = localRank;
        this.workers = workers;
        processGroup = ProcessGroup.init(
                cluster.host(),
                cluster.port(),
                cluster.nodeRank() * processesPerNode + localRank,
                cluster.nodes() * processesPerNode);
    }

    /** The group for which {@link #launch} started this process, or this process alone. */
    public static DataParallel fromSystemProperties() {
        String host = System.getProperty(MASTER_ADDRESS);
        if (host == null) return SINGLE_PROCESS;
        Cluster cluster = new Cluster(
                Integer.getInteger(NODES), Integer.getInteger(NODE_RANK), host, Integer.getInteger(MASTER_PORT));
        return new DistributedProcess(
                cluster, Integer.getInteger(PROCESSES), Integer.getInteger(LOCAL_RANK), List.of());
    }

    /**
     * Starts {@code processesPerNode - 1} further processes on this machine, with the options of this Java virtual
     * machine, becomes the first of them, and waits for those of the other machines of the cluster. The CPU cores of
     * the machine are divided among its processes; with the device {@code cuda}, each has a GPU of its own.
     *
     * @param mainClass the class whose {@code main} they run; it must call {@link #fromSystemProperties}
     * @param arguments of {@code main}
     */
    public static DataParallel launch(
            Cluster cluster, int processesPerNode, Class<?> mainClass, List<String> arguments) {
        if (cluster.nodes() * processesPerNode == 1) return SINGLE_PROCESS;
        String device = Engine.instance().deviceName();
        if (processesPerNode > 1 && device.startsWith("cuda:"))
            throw new UsageException(
                    "%s is one GPU for %d processes; with the device cuda, each has its own.",
                    device, processesPerNode);
        Cluster joined = cluster.port() > 0 ? cluster : new Cluster(1, 0, cluster.host(), freePort());
        int threads = Math.max(1, Engine.instance().numThreads() / processesPerNode);
        List<Process> workers = new ArrayList<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> workers.forEach(Process::destroy)));
        try {
            for (int localRank = 1; localRank < processesPerNode; localRank++) {
                List<String> options = List.of(
                        option(NODES, joined.nodes()),
                        option(NODE_RANK, joined.nodeRank()),
                        option(MASTER_ADDRESS, joined.host()),
                        option(MASTER_PORT, joined.port()),
                        option(PROCESSES, processesPerNode),
                        option(LOCAL_RANK, localRank),
                        option("mige.threads", threads),
                        option("mige.device", device.equals("cuda") ? "cuda:" + localRank : device));
                workers.add(startJava(options, mainClass, arguments));
            }
            Engine.instance().setNumThreads(threads);
            return new DistributedProcess(joined, processesPerNode, 0, workers);
        } catch (RuntimeException e) {
            workers.forEach(Process::destroy);
            throw e;
        }
    }

    private static String option(String property, Object value) {
        return "-D" + property + "=" + value;
    }

    /** Runs a class with the options and the class path of this Java virtual machine. */
    private static Process startJava(List<String> options, Class<?> mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>(
                List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(a -> !a.startsWith("-agentlib") && !a.startsWith("-javaagent"))
                .forEach(command::add);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int rank() {
        return processGroup.rank();
    }

    @Override
    public int worldSize() {
        return processGroup.size();
    }

    @Override
    public int localRank() {
        return localRank;
    }

    @Override
    public Cluster cluster() {
        return cluster;
    }

    @Override
    public void allReduce(Tensor tensor) {
        processGroup.allReduceSum(tensor);
    }

    @Override
    public void broadcast(Tensor tensor) {
        processGroup.broadcast(tensor);
    }

    @Override
    public void close() {
        processGroup.close();
        for (Process worker : workers) {
            try {
                if (!worker.waitFor(MAX_EXIT_SECONDS, TimeUnit.SECONDS)) worker.destroy();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
