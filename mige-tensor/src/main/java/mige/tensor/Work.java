package mige.tensor;

import java.util.function.Supplier;

/** Counts the arithmetic of matrix products, convolutions and attention on one thread: two operations a multiply-add. */
public final class Work {

    private static final ThreadLocal<long[]> COUNTED = new ThreadLocal<>();

    private Work() {}

    /** Operations made on this thread while the work runs; what it returns is thrown away. */
    public static long of(Supplier<?> work) {
        long[] outer = COUNTED.get(), mine = new long[1];
        COUNTED.set(mine);
        try {
            work.get();
        } finally {
            COUNTED.set(outer);
        }
        if (outer != null) outer[0] += mine[0];
        return mine[0];
    }

    static void multiplied(long multiplyAdds) {
        long[] counted = COUNTED.get();
        if (counted != null) counted[0] += 2 * multiplyAdds;
    }
}
