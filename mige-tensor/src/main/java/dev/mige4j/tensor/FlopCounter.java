package dev.mige4j.tensor;

import java.util.function.Supplier;

/**
 * Counts the floating-point operations of matrix products, convolutions and attention on one thread; a multiply-add is
 * two operations.
 */
public final class FlopCounter {

    private static final ThreadLocal<long[]> COUNTER = new ThreadLocal<>();

    private FlopCounter() {}

    /**
     * Runs {@code work} and returns the number of operations on this thread; the result of {@code work} is discarded.
     */
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
