package dev.mige4j.common;

import java.util.Locale;

/** A tensor has another shape than expected: a bug, or a weight file that does not match the configuration. */
public class ShapeException extends RuntimeException {

    /**
     * The message, formatted with {@link String#format}; a trailing Throwable among the arguments becomes the cause.
     */
    public ShapeException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
