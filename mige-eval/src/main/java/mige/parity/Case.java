package mige.parity;

import mige.tensor.Scope;

/**
 * One thing to compare with the reference.
 *
 * @param name the file, and the part of it where it has several cases
 * @param slow whether it takes more than about three seconds
 * @param work what to compute and compare
 */
public record Case(String name, boolean slow, Work work) {

    /** Computes and compares; whatever it throws makes the case fail. */
    @FunctionalInterface
    public interface Work {
        void run(Checks checks) throws Exception;
    }

    public static Case of(String name, Work work) {
        return new Case(name, false, work);
    }

    public static Case slow(String name, Work work) {
        return new Case(name, true, work);
    }

    /** A case that cannot run, for instance because its file is damaged: it fails with this sentence. */
    public static Case broken(String name, String why) {
        return of(name, checks -> checks.fail(why));
    }

    /** Runs the case; never throws. Native memory it used is free again afterwards. */
    public Outcome run() {
        Checks checks = new Checks();
        try {
            Scope.scoped(() -> {
                try {
                    work.run(checks);
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            });
        } catch (RuntimeException | OutOfMemoryError e) {
            String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return Outcome.broken(name, checks.last() == null ? what : what + " (after '" + checks.last() + "')");
        }
        return checks.outcome(name);
    }
}
