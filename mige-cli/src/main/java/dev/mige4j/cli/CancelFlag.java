package dev.mige4j.cli;

import java.util.concurrent.atomic.AtomicBoolean;

/** Set by Ctrl-C; long-running commands check it at every step. */
final class CancelFlag {
    private static final AtomicBoolean CANCELLED = new AtomicBoolean();

    private CancelFlag() {}

    static void cancel() {
        CANCELLED.set(true);
    }

    static boolean isCancelled() {
        return CANCELLED.get();
    }
}
