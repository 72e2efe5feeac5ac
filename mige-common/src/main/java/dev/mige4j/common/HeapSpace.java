package dev.mige4j.common;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Checks that the Java heap has room for large images before the work that needs them, and gives memory back
 * afterwards.
 */
public final class HeapSpace {

    /** Smaller needs are not checked. */
    private static final long SMALL_BYTES = 16 << 20;

    /** For the work on the images: strips, blocks to compress, weights. */
    private static final long RESERVE_BYTES = 48 << 20;

    /** Growth of the heap after which garbage is collected when there is time. */
    private static final long GROWTH_BYTES = 64 << 20;

    private static final AtomicLong LAST_SIZE =
            new AtomicLong(Runtime.getRuntime().totalMemory());

    private HeapSpace() {}

    /**
     * Checks the memory that is free; collects garbage first if it does not suffice.
     *
     * @param bytes size of the images
     * @param subject of the message, such as {@code "photo.jpg: the image of 9000 x 7000 pixels"}
     * @throws HeapFullException when too little is free, but would be if nothing else were in the heap
     * @throws UsageException when too little is free; the message states the heap that suffices
     */
    public static void require(long bytes, String subject) {
        if (bytes < SMALL_BYTES) return;
        long needed = bytes + RESERVE_BYTES;
        if (free() >= needed) return;
        System.gc(); // so that garbage does not count
        long free = free(), max = Runtime.getRuntime().maxMemory();
        if (free >= needed) return;
        boolean fitsAlone = needed < max * 3 / 4;
        // the reported maximum is up to a tenth less than -Xmx: it leaves out one survivor space
        long gibibytes = 1 + Math.max(max * 11 / 10, (max - free + needed) * 5 / 4) / (1 << 30);
        String message = String.format(
                Locale.ROOT,
                "%s needs %s of Java heap, of whose %s %s are free; make the heap larger (MIGE_HEAP=%dg for mige,"
                        + " -Xmx%dg for java) or the images smaller.",
                subject,
                ByteSize.format(needed),
                ByteSize.format(max),
                ByteSize.format(free),
                gibibytes,
                gibibytes);
        throw fitsAlone ? new HeapFullException("%s", message) : new UsageException("%s", message);
    }

    /**
     * To be called when there is nothing to do: if the heap has grown by 64 MiB since the last call, collects garbage,
     * whereupon the virtual machine returns memory to the system.
     */
    public static void release() {
        Runtime runtime = Runtime.getRuntime();
        if (runtime.totalMemory() < LAST_SIZE.get() + GROWTH_BYTES) return;
        System.gc();
        LAST_SIZE.set(runtime.totalMemory());
    }

    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }
}
