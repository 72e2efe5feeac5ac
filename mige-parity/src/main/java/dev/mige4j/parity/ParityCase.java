package dev.mige4j.parity;

import dev.mige4j.tensor.Scope;

/**
 * One comparison with the reference.
 *
 * @param name the file, with a suffix where a file has several cases
 * @param slow whether it takes more than about three seconds
 * @param executable computes and compares
 */
public record ParityCase(String name, boolean slow, Executable executable) {

    /** Computes and compares. An exception makes the case fail. */
    @FunctionalInterface
    public interface Executable {
        void execute(SoftAssertions checks) throws Exception;
    }

    /** A fast case. */
    public static ParityCase of(String name, Executable executable) {
        return new ParityCase(name, false, executable);
    }

    /** A case that takes more than about three seconds. */
    public static ParityCase slow(String name, Executable executable) {
        return new ParityCase(name, true, executable);
    }

    /** A case that always fails, for a file that cannot be used; {@code reason} is its message. */
    public static ParityCase failing(String name, String reason) {
        return of(name, checks -> checks.fail(reason));
    }

    /** Runs the case and frees the native memory that it used; never throws. */
    public ParityResult run() {
        SoftAssertions checks = new SoftAssertions();
        try {
            Scope.scoped(() -> {
                try {
                    executable.execute(checks);
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            });
        } catch (RuntimeException | OutOfMemoryError e) {
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return ParityResult.failed(
                    name, checks.lastLabel() == null ? message : message + " (after '" + checks.lastLabel() + "')");
        }
        return checks.result(name);
    }
}
