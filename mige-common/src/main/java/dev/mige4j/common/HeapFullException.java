package dev.mige4j.common;

/** The Java heap has no room now, but would have if nothing else were in it: to be tried again later. */
public final class HeapFullException extends UsageException {

    /** The message, formatted with {@link String#format}. */
    public HeapFullException(String format, Object... args) {
        super(format, args);
    }
}
