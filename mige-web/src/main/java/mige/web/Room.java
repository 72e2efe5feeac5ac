package mige.web;

/** A number of bytes that several may share: taking fails at once when not enough is left. */
final class Room {

    private final long size;
    private long taken;

    Room(long size) {
        this.size = size;
    }

    /** Takes the bytes, or answers 429 with what for. One that is larger than the whole room may have it alone. */
    synchronized void take(long bytes, String what) {
        if (taken > 0 && taken + bytes > size)
            throw ApiException.busy(2, "Too much memory is taken by %s at the moment. Send the request again in two seconds.", what);
        taken += bytes;
    }

    synchronized void give(long bytes) {
        taken -= bytes;
    }

    synchronized long taken() {
        return taken;
    }
}
