package dev.mige4j.cli;

import java.util.concurrent.atomic.AtomicBoolean;

/** Whether the user asked the process to end. */
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
