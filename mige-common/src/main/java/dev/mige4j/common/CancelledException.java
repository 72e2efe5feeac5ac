package dev.mige4j.common;

/** Thrown when a listener or an interrupt cancelled the work; no partial output is left behind. */
public final class CancelledException extends RuntimeException {

    /** The message, formatted with {@link String#format}. */
    public CancelledException(String format, Object... args) {
        super(String.format(java.util.Locale.ROOT, format, args));
    }
}
