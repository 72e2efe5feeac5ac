package dev.mige4j.tensor;

import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Counts the floating-point operations of matrix products, convolutions and attention on one thread; a multiply-add is
 * two operations. As these take nearly all of the time, their count also tells how far a computation has come.
 */
public final class FlopCounter {

    private static final ThreadLocal<LongConsumer> LISTENER = new ThreadLocal<>();

    private FlopCounter() {}

    /**
     * Runs {@code work} and returns the number of operations on this thread; the result of {@code work} is discarded.
     */
    public static long count(Supplier<?> work) {
        long[] flops = new long[1];
        observe(n -> flops[0] += n, work);
        return flops[0];
    }

    /**
     * Runs {@code work} and returns its result.
     *
     * @param listener called on this thread after each product, convolution and attention with its number of
     *     operations; an exception that it throws ends the work
     */
    public static <T> T observe(LongConsumer listener, Supplier<T> work) {
        LongConsumer outer = LISTENER.get();
        LISTENER.set(outer == null ? listener : listener.andThen(outer));
        try {
            return work.get();
        } finally {
            if (outer == null) LISTENER.remove();
            else LISTENER.set(outer);
        }
    }

    static void addMultiplyAdds(long multiplyAdds) {
        LongConsumer listener = LISTENER.get();
        if (listener != null) listener.accept(2 * multiplyAdds);
    }
}
