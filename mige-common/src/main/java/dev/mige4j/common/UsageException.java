package dev.mige4j.common;

import java.util.Locale;

/**
 * Invalid input that the caller can correct: a wrong option, a missing image, one placeholder too many. Applications
 * catch this one and show its message; it is a single sentence and needs no stack trace.
 */
public class UsageException extends RuntimeException {

    /**
     * The message, formatted with {@link String#format}; a trailing Throwable among the arguments becomes the cause.
     */
    public UsageException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }

    /** Returns a required argument; throws when it is null. */
    public static <T> T requireNonNull(T value, String name) {
        if (value == null) throw new UsageException("%s must not be null.", name);
        return value;
    }
}
