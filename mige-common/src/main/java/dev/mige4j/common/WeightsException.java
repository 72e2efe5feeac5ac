package dev.mige4j.common;

import java.util.Locale;

/** A weight file is damaged or incomplete, or belongs to another model. */
public class WeightsException extends RuntimeException {

    /**
     * The message, formatted with {@link String#format}; a trailing Throwable among the arguments becomes the cause.
     */
    public WeightsException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
