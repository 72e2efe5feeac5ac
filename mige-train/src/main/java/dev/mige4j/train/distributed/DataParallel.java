package dev.mige4j.train.distributed;

import dev.mige4j.common.Sha256;
import dev.mige4j.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;

/** Data-parallel training: processes on one machine or several train one model, each on its part of every batch. */
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
        public int localRank() {
            return 0;
        }

        @Override
        public Cluster cluster() {
            return Cluster.SINGLE_MACHINE;
        }

        @Override
        public void allReduce(Tensor tensor) {}

        @Override
        public void broadcast(Tensor tensor) {}

        @Override
        public void close() {}
    };

    /** The index of this process, from 0. */
    int rank();

    /** The number of processes on all machines. */
    int worldSize();

    /** The index of this process among those of its machine, from 0. */
    int localRank();

    /** The machines. */
    Cluster cluster();

    /** Replaces the tensor by its sum over all processes; every process must call this. */
    void allReduce(Tensor tensor);

    /** Replaces the tensor by that of the first process; every process must call this. */
    void broadcast(Tensor tensor);

    /** Leaves the group, and waits for the processes that this one has started. */
    @Override
    void close();

    /** Waits until every process has called this. */
    default void barrier() {
        if (worldSize() > 1) allReduce(Tensor.zeros(1));
    }

    /**
     * Opens files that are written if they do not exist: first in one process of each machine, then in the others. The
     * machines may share the files or have their own.
     */
    default <T> T openOncePerMachine(Supplier<T> open) {
        if (localRank() > 0) barrier();
        T opened = open.get();
        if (localRank() == 0) barrier();
        return opened;
    }

    /** Whether {@code value} is true in all processes; every process must call this. */
    default boolean allTrue(boolean value) {
        if (worldSize() == 1) return value;
        Tensor falseCount = Tensor.of(new float[] {value ? 0 : 1}, 1);
        allReduce(falseCount);
        return falseCount.item() == 0;
    }

    /** Whether {@code text} is the same in all processes; every process must call this. */
    default boolean isSameEverywhere(String text) {
        if (worldSize() == 1) return true;
        byte[] digest = Sha256.digest(text);
        Tensor first = Tensor.of(digest, digest.length);
        broadcast(first);
        return allTrue(Arrays.equals(digest, first.toByteArray()));
    }

    /** The values that the first process passes; every process must call this. */
    default double[] firstValues(double... values) {
        if (worldSize() == 1) return values;
        Tensor first = Tensor.of(values, values.length);
        broadcast(first);
        return first.toDoubleArray();
    }
}
