package dev.mige4j.cli;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Set by Ctrl-C; long-running commands check it at every step. */
final class CancelFlag {
    private static final AtomicBoolean CANCELLED = new AtomicBoolean();
    private static final Duration STEP = Duration.ofSeconds(20), TRAINING_STEP = Duration.ofMinutes(10);
    private static volatile Duration longestStep = STEP;

    private CancelFlag() {}

    static void cancel() {
        CANCELLED.set(true);
    }

    static boolean isCancelled() {
        return CANCELLED.get();
    }

    /** From now on the process trains: one step of a large model takes minutes on a processor. */
    static void expectTrainingSteps() {
        longestStep = TRAINING_STEP;
    }

    /** How long to wait for the end of the current step before the process is ended in the middle of it. */
    static Duration longestStep() {
        return longestStep;
    }
}
