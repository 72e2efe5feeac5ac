package dev.mige4j.web;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory budget of request bodies. Bytes count when they have arrived, not when they are announced, and the first
 * {@link #SMALL_BODY_BYTES} of a body do not count, so small requests are never refused. When the budget is used up,
 * the slowest uploads are refused.
 */
final class UploadMemory {

    static final int SMALL_BODY_BYTES = 64 << 10;
    /** Half of the connections, so that clients without a body find one. */
    private static final int MAX_UPLOADS = Server.MAX_CONNECTIONS / 2;

    private static final Duration MIN_AGE_OF_SLOW_UPLOAD = Duration.ofSeconds(2);

    private final long capacity;
    private final Map<BodyUpload, Long> reserved = new HashMap<>();
    private long used;

    /** @param capacity in bytes; a single upload may exceed it */
    UploadMemory(long capacity) {
        this.capacity = capacity;
    }

    /** Registers an upload. When there are too many, the slowest one is disconnected, or the oldest if all are new. */
    synchronized void register(BodyUpload upload) {
        if (reserved.size() >= MAX_UPLOADS) {
            List<BodyUpload> others =
                    reserved.keySet().stream().filter(BodyUpload::isReceiving).toList();
            others.stream()
                    .filter(other -> other.age().compareTo(MIN_AGE_OF_SLOW_UPLOAD) > 0)
                    .min(Comparator.comparingDouble(BodyUpload::bytesPerSecond))
                    .or(() -> others.stream().max(Comparator.comparing(BodyUpload::age)))
                    .ifPresent(slowest -> {
                        release(slowest);
                        slowest.disconnect();
                    });
        }
        reserved.put(upload, 0L);
    }

    /**
     * Reserves bytes for an upload that is being received; refuses the slowest uploads, maybe this one, for lack of
     * room.
     */
    synchronized void reserve(BodyUpload upload, long bytes) {
        if (!reserved.containsKey(upload)) return; // refused or disconnected meanwhile
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
}
