package dev.mige4j.tensor;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.PeerLostException;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * A group of processes, on one machine or several, for collective communication over TCP: libtorch's c10d.
 *
 * <p>The backend is Gloo, or NCCL where tensors are on a GPU and NCCL can be loaded. The connections are neither
 * encrypted nor authenticated.
 */
public final class ProcessGroup implements AutoCloseable {

    private static final String GLOO = "gloo", NCCL = "nccl";
    private static final Duration JOIN_LIMIT = Duration.ofMinutes(10),
            LOST_AFTER = Duration.ofSeconds(Integer.getInteger("mige.peerTimeoutSeconds", 60)),
            UNLIMITED = Duration.ofDays(365); // others may wait long for a process that prepares data or validates
    private static final long POLL_NANOS = 200_000, JOIN_POLL_MILLIS = 50;
    private static final String JOINED = "joined", REFUSED = "refused";

    private final int rank;
    private final int size;
    private final TCPStore store;
    private final boolean copiesToHost;
    private final ProcessGroupGloo.Options glooOptions; // must live as long as the group; null: NCCL
    private final Backend group;
    private final Heartbeat heartbeat;
    private boolean lost;

    private ProcessGroup(int rank, int size, TCPStore store, String backend, InetAddress address) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        copiesToHost = backend.equals(GLOO) && !Engine.instance().isCpu();
        glooOptions = backend.equals(GLOO) ? glooOptions(address) : null;
        group = glooOptions == null
                ? new ProcessGroupNCCL(store, rank, size)
                : new ProcessGroupGloo(store, rank, size, glooOptions);
        group.setTimeout(new Milliseconds(UNLIMITED.toMillis()));
        heartbeat = new Heartbeat(rank, size, LOST_AFTER, (r, count) -> store.add("heartbeat " + r, count));
    }

    /**
     * Joins the group; returns when all processes have joined.
     *
     * @param host address of the machine of the process with rank 0, on an interface that all processes reach
     * @param port a free port of that machine, the same for all
     * @param rank of this process, 0 to size - 1, unique
     * @throws UsageException when the group is not complete in time, or the processes do not fit together
     */
    public static ProcessGroup init(String host, int port, int rank, int size) {
        if (rank < 0 || rank >= size) throw new UsageException("The rank is %d, expected 0 to %d.", rank, size - 1);
        InetAddress address = localAddress(host, port);
        String backend = backend();
        try {
            TCPStoreOptions options = new TCPStoreOptions();
            options.port((short) port) // the bits of an unsigned number
                    .isServer(rank == 0)
                    .timeout(new Milliseconds(JOIN_LIMIT.toMillis()));
            TCPStore store = new TCPStore(host, options);
            try {
                checkFit(store, rank, size, backend, address);
            } catch (UsageException e) {
                store.add(REFUSED, 1);
                throw e;
            }
            store.add(JOINED, 1);
            awaitAll(store, size);
            return new ProcessGroup(rank, size, store, backend, address);
        } catch (UsageException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UsageException(
                    "Process %d of %d could not join the group at %s:%d (%s).", rank, size, host, port, cause(e));
        }
    }

    /** The address of this machine on the interface that reaches {@code host}. */
    private static InetAddress localAddress(String host, int port) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(host), port)); // sends nothing
            return socket.getLocalAddress();
        } catch (UnknownHostException e) {
            throw new UsageException("There is no host '%s', expected the address of the first machine.", host);
        } catch (IOException | UncheckedIOException e) {
            throw new UsageException("No network interface reaches %s (%s).", host, e.getMessage());
        }
    }

    private static String backend() {
        if (!Engine.instance().device().is_cuda()) return GLOO;
        try {
            Loader.load(torch_nccl.class);
            return NCCL;
        } catch (LinkageError | TypeNotPresentException e) { // the profile nccl or a library of CUDA is missing
            System.getLogger(ProcessGroup.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "NCCL cannot be loaded, so tensors are exchanged through the memory of the host: "
                                    + e.getMessage());
            return GLOO;
        }
    }

    /** Compares this process with the first one. */
    private static void checkFit(TCPStore store, int rank, int size, String backend, InetAddress address) {
        if (store.add("rank " + rank, 1) > 1)
            throw new UsageException("Another process has rank %d already; each must have its own.", rank);
        String expectedSize = firstValue(store, rank, "size", Integer.toString(size)),
                expectedBackend = firstValue(store, rank, "backend", backend),
                loopback = firstValue(store, rank, "loopback", Boolean.toString(address.isLoopbackAddress()));
        if (!expectedSize.equals(Integer.toString(size)))
            throw new UsageException(
                    "This process is one of %d, the first process one of %s; all must agree.", size, expectedSize);
        if (!expectedBackend.equals(backend))
            throw new UsageException(
                    "This process computes on %s and communicates by %s, the first process by %s; all need the same"
                            + " kind of device.",
                    Engine.instance().deviceName(), backend, expectedBackend);
        if (loopback.equals("true") && !address.isLoopbackAddress())
            throw new UsageException("The first machine has joined with an address that only programs on it reach;"
                    + " name it by its address in the network, such as 10.0.0.5.");
    }

    /** The value of the first process. */
    private static String firstValue(TCPStore store, int rank, String key, String value) {
        if (rank == 0) store.set(key, value);
        return store.get_to_str(key);
    }

    private static void awaitAll(TCPStore store, int size) {
        long start = System.nanoTime();
        for (long joined; (joined = store.add(JOINED, 0)) < size; ) {
            if (store.add(REFUSED, 0) > 0)
                throw new UsageException("A process does not fit to the group; its own message says why.");
            if (System.nanoTime() - start > JOIN_LIMIT.toNanos())
                throw new UsageException(
                        "Only %d of %d processes have joined within %d minutes; start the others, too.",
                        joined, size, JOIN_LIMIT.toMinutes());
            try {
                Thread.sleep(JOIN_POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("Interrupted while waiting for %d processes.", size - joined);
            }
        }
    }

    private static ProcessGroupGloo.Options glooOptions(InetAddress address) {
        var options = ProcessGroupGloo.Options.create(new Milliseconds(JOIN_LIMIT.toMillis()));
        options.devices().push_back(ProcessGroupGloo.createDeviceForHostname(address.getHostAddress()));
        return options;
    }

    /** Index of this process, from 0. */
    public int rank() {
        return rank;
    }

    /** Number of processes. */
    public int size() {
        return size;
    }

    /**
     * Replaces the tensor by the sum over all processes, bit-identical on each. Every process must call it with the
     * same shape and type.
     *
     * @throws PeerLostException when another process is gone
     */
    public void allReduceSum(Tensor tensor) {
        collective(tensor, group::allreduce);
    }

    /**
     * Replaces the tensor by that of the process with rank 0. Every process must call it with the same shape and type.
     *
     * @throws PeerLostException when another process is gone
     */
    public void broadcast(Tensor tensor) {
        collective(tensor, group::broadcast);
    }

    private void collective(Tensor tensor, Function<TensorVector, Work> operation) {
        // Closed here: the garbage collector might free the work after the group whose buffers it references.
        try (var host = copiesToHost ? tensor.unwrap().cpu() : null;
                TensorVector tensors = new TensorVector(host == null ? tensor.unwrap() : host);
                Work work = operation.apply(tensors)) {
            await(work);
            if (host != null) tensor.unwrap().copy_(host);
        }
    }

    private void await(Work work) {
        while (!work.isCompleted()) {
            int lostRank = heartbeat.lostRank();
            if (lostRank >= 0)
                throw lost("Process %d of %d has not answered for %d seconds"
                        .formatted(lostRank, size, LOST_AFTER.toSeconds()));
            LockSupport.parkNanos(POLL_NANOS);
        }
        try {
            work._wait();
        } catch (RuntimeException e) {
            throw lost("The connection to another process is lost (" + cause(e) + ")");
        }
    }

    private PeerLostException lost(String reason) {
        lost = true;
        return new PeerLostException("%s; start all processes again to go on.", reason);
    }

    /** The first line of a message of libtorch, without the place in its source. */
    private static String cause(RuntimeException e) {
        String line =
                String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceFirst("^\\[[^\\]]*] ", "");
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    /** Leaves the group. */
    @Override
    public void close() {
        if (lost) return; // the operation that failed still uses the group, perhaps for ever
        heartbeat.close();
        group.close();
        if (glooOptions != null) glooOptions.close();
        store.close();
    }
}
