package mige.tensor;

/** A tensor whose shape is not the expected one: our fault, or that of a wrong weight file. */
public class ShapeException extends RuntimeException {

    /** The message, made by {@link String#format}; a trailing Throwable among the arguments becomes the cause. */
    public ShapeException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(java.util.Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
