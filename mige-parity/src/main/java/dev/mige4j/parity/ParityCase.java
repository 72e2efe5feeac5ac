package dev.mige4j.parity;

import dev.mige4j.tensor.Scope;

/**
 * One thing to compare with the reference.
 *
 * @param name the file, and the part of it where it has several cases
 * @param slow whether it takes more than about three seconds
 * @param executable what to compute and compare
 */
public record ParityCase(String name, boolean slow, Executable executable) {

    /** Computes and compares; whatever it throws makes the case fail. */
    @FunctionalInterface
    public interface Executable {
        void execute(SoftAssertions checks) throws Exception;
    }

    public static ParityCase of(String name, Executable executable) {
        return new ParityCase(name, false, executable);
    }

    public static ParityCase slow(String name, Executable executable) {
        return new ParityCase(name, true, executable);
    }

    /** A case that cannot run, for instance because its file is damaged: it fails with this sentence. */
    public static ParityCase failing(String name, String reason) {
        return of(name, checks -> checks.fail(reason));
    }

    /** Runs the case; never throws. Native memory it used is free again afterwards. */
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
