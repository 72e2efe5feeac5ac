package dev.mige4j.common;

import java.util.Locale;

/**
 * The device cannot compute: no driver, no GPU, a missing library, too little memory. The message is a single sentence
 * with the cause and what to do.
 */
public class DeviceException extends RuntimeException {

    /**
     * The message, formatted with {@link String#format}; a trailing Throwable among the arguments becomes the cause.
     */
    public DeviceException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
