package dev.mige4j.web;

/** A byte budget shared by concurrent requests. Acquiring never blocks: it fails when too little is left. */
final class MemoryBudget {

    private final long capacity;
    private long used;

    MemoryBudget(long capacity) {
        this.capacity = capacity;
    }

    /**
     * Reserves bytes. A reservation larger than the capacity succeeds if it is the only one.
     *
     * @param purpose names the consumer in the error message
     * @throws ApiException with status 429 when too little is left
     */
    synchronized void acquire(long bytes, String purpose) {
        if (bytes > 0 && used > 0 && used + bytes > capacity)
            throw ApiException.tooManyRequests(
                    2, "The memory limit for %s is reached. Send the request again in two seconds.", purpose);
        used += bytes;
    }

    synchronized void release(long bytes) {
        used -= bytes;
    }
}
