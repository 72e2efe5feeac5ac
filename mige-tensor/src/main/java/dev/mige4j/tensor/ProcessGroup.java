package dev.mige4j.tensor;

import dev.mige4j.common.UsageException;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;

/** A group of processes for collective communication over TCP, by the Gloo backend of libtorch. */
public final class ProcessGroup implements AutoCloseable {

    private final int rank;
    private final int size;
    private final TCPStore store;
    private final ProcessGroupGloo.Options options; // must live as long as the group
    private final ProcessGroupGloo group;

    private ProcessGroup(int rank, int size, TCPStore store, ProcessGroupGloo.Options options) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.options = options;
        this.group = new ProcessGroupGloo(store, rank, size, options);
    }

    /**
     * Joins the group; returns when all processes have joined.
     *
     * @param host address of the process with rank 0, on an interface that all processes reach
     * @param port a free port of that host, the same for all
     * @param rank of this process, 0 to size - 1, unique
     * @throws UsageException when the group is not complete in time
     */
    public static ProcessGroup init(String host, int port, int rank, int size) {
        if (rank < 0 || rank >= size) throw new UsageException("The rank is %d, expected 0 to %d.", rank, size - 1);
        Engine.instance();
        try {
            TCPStoreOptions options = new TCPStoreOptions();
            options.port((short) port).isServer(rank == 0);
            TCPStore store = new TCPStore(host, options);
            ProcessGroupGloo.Options glooOptions = ProcessGroupGloo.Options.create();
            glooOptions.devices().push_back(ProcessGroupGloo.createDeviceForHostname(host));
            return new ProcessGroup(rank, size, store, glooOptions);
        } catch (RuntimeException e) {
            throw new UsageException(
                    "Process %d of %d could not join the group at %s:%d (%s).",
                    rank,
                    size,
                    host,
                    port,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
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
     */
    public void allReduceSum(Tensor tensor) {
        // Closed here: the garbage collector might free the work after the group whose buffers it references.
        try (var host = tensor.unwrap().cpu();
                TensorVector tensors = new TensorVector(host);
                Work work = group.allreduce(tensors)) {
            work._wait();
            if (!Engine.instance().isCpu()) tensor.unwrap().copy_(host);
        }
    }

    @Override
    public void close() {
        group.close();
        options.close();
        store.close();
    }
}
