package mige.cli;

import java.util.concurrent.atomic.AtomicBoolean;

/** Whether the user asked the process to end. */
final class Stop {
    private static final AtomicBoolean REQUESTED = new AtomicBoolean();

    private Stop() {}

    static void request() {
        REQUESTED.set(true);
    }

    static boolean requested() {
        return REQUESTED.get();
    }
}
