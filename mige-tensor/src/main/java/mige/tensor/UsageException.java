package mige.tensor;

/** Something the user can mend: a wrong option, a missing picture, a marker too many. Shown as one line without a trace. */
public class UsageException extends RuntimeException {

    /** The message, made by {@link String#format}; a trailing Throwable among the arguments becomes the cause. */
    public UsageException(String format, Object... args) {
        super(args.length == 0 ? format : String.format(java.util.Locale.ROOT, format, args));
        if (args.length > 0 && args[args.length - 1] instanceof Throwable cause) initCause(cause);
    }
}
