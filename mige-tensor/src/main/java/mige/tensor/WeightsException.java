package mige.tensor;

/** A weight file that is damaged, incomplete or not what it should be. */
public class WeightsException extends RuntimeException {

    /** The message, made by {@link String#format}; a trailing Throwable among the arguments becomes the cause. */
    public WeightsException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(java.util.Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
