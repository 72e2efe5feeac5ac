package dev.mige4j.tensor;

import dev.mige4j.common.UsageException;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;

/** Processes that add tensors up with each other, over TCP by libtorch's Gloo. */
public final class ProcessGroup implements AutoCloseable {

    private final int rank;
    private final int size;
    private final TCPStore store;
    private final ProcessGroupGloo.Options options; // the group reads it as long as it lives
    private final ProcessGroupGloo group;

    private ProcessGroup(int rank, int size, TCPStore store, ProcessGroupGloo.Options options) {
        this.rank = rank;
        this.size = size;
        this.store = store;
        this.options = options;
        this.group = new ProcessGroupGloo(store, rank, size, options);
    }

    /**
     * Meets the others; returns when all have come.
     *
     * @param host where the process of rank 0 runs, and an address of this machine that the others reach
     * @param port a free port there, the same for all
     * @param rank this process, 0 to size - 1, each taken once
     * @throws dev.mige4j.common.UsageException when they do not meet
     */
    public static ProcessGroup init(String host, int port, int rank, int size) {
        if (rank < 0 || rank >= size) throw new UsageException("rank %d is not one of 0 to %d", rank, size - 1);
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
                    "process %d of %d did not meet the others at %s:%d (%s)",
                    rank,
                    size,
                    host,
                    port,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    public int rank() {
        return rank;
    }

    public int size() {
        return size;
    }

    /**
     * Replaces the tensor by the sum of all processes' tensors, the same bits everywhere; all must call it, with equal
     * shapes.
     */
    public void allReduceSum(Tensor tensor) {
        // The work is freed here and now: left to the garbage collector, it could outlive the group whose buffers it
        // holds.
        try (TensorVector tensors = new TensorVector(tensor.unwrap());
                Work work = group.allreduce(tensors)) {
            work._wait();
        }
    }

    @Override
    public void close() {
        group.close();
        options.close();
        store.close();
    }
}
