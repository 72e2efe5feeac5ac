package dev.mige4j.web;

/** A number of bytes that several may share: taking fails at once when not enough is left. */
final class MemoryBudget {

    private final long capacity;
    private long used;

    MemoryBudget(long capacity) {
        this.capacity = capacity;
    }

    /** Takes the bytes, or answers 429 with what for. One that is larger than the whole room may have it alone. */
    synchronized void acquire(long bytes, String purpose) {
        if (used > 0 && used + bytes > capacity)
            throw ApiException.tooManyRequests(
                    2, "Too much memory is taken by %s at the moment. Send the request again in two seconds.", purpose);
        used += bytes;
    }

    synchronized void release(long bytes) {
        used -= bytes;
    }

    synchronized long used() {
        return used;
    }
}
