package dev.mige4j.web;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory budget of request bodies. Bytes count when they have arrived, not when they are announced, and the first
 * {@link #SMALL_BODY_BYTES} of a body do not count, so small requests are never refused. When the budget is used up,
 * the slowest uploads are refused.
 */
final class UploadMemory {

    static final int SMALL_BODY_BYTES = 64 << 10;

    private final long capacity;
    private final Map<BodyUpload, Long> reserved = new HashMap<>();
    private long used;

    /** @param capacity in bytes; a single upload may exceed it */
    UploadMemory(long capacity) {
        this.capacity = capacity;
    }

    /**
     * Reserves bytes for an upload that is being received; refuses the slowest uploads, maybe this one, for lack of
     * room.
     */
    synchronized void reserve(BodyUpload upload, long bytes) {
        reserved.putIfAbsent(upload, 0L);
        while (used + bytes > capacity && used > reserved.get(upload)) {
            BodyUpload slowest = reserved.keySet().stream()
                    .filter(BodyUpload::isReceiving)
                    .min(Comparator.comparingDouble(BodyUpload::bytesPerSecond))
                    .orElse(upload);
            release(slowest);
            slowest.refuse();
            if (slowest == upload) return;
        }
        reserved.merge(upload, bytes, Long::sum);
        used += bytes;
    }

    synchronized void release(BodyUpload upload) {
        Long bytes = reserved.remove(upload);
        if (bytes != null) used -= bytes;
    }

    synchronized long usedBytes() {
        return used;
    }
}
