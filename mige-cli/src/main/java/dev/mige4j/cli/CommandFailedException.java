package dev.mige4j.cli;

/** A command ran and its result is a failure, such as bad records in a batch: one sentence, exit code 1. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CommandFailedException(String format, Object... args) {
        super(String.format(java.util.Locale.ROOT, format, args));
    }
}
