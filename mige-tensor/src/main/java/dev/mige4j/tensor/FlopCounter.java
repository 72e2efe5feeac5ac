package dev.mige4j.tensor;

import java.util.function.Supplier;

/**
 * Counts the arithmetic of matrix products, convolutions and attention on one thread: two operations a multiply-add.
 */
public final class FlopCounter {

    private static final ThreadLocal<long[]> COUNTER = new ThreadLocal<>();

    private FlopCounter() {}

    /** Operations made on this thread while the work runs; what it returns is thrown away. */
    public static long count(Supplier<?> work) {
        long[] outer = COUNTER.get(), flops = new long[1];
        COUNTER.set(flops);
        try {
            work.get();
        } finally {
            COUNTER.set(outer);
        }
        if (outer != null) outer[0] += flops[0];
        return flops[0];
    }

    static void addMultiplyAdds(long multiplyAdds) {
        long[] counter = COUNTER.get();
        if (counter != null) counter[0] += 2 * multiplyAdds;
    }
}
