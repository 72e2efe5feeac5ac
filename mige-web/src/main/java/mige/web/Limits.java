package mige.web;

import java.time.Duration;

import mige.tensor.UsageException;

/**
 * Everything that is bounded, so that no client and no crowd of clients can take the machine.
 *
 * @param queue     requests that may wait; one more is answered 429
 * @param workers   requests made at the same time
 * @param body      bytes of one request's body; more is answered 413
 * @param pixels    pixels of all pictures of one request together; more is answered 422
 * @param memory    bytes that bodies being read, and apart from them pictures waiting, may take together; more is answered 429
 * @param count     pictures one request may ask for
 * @param steps     solver steps one request may ask for
 * @param jobTime   how long one request may be worked on
 * @param keepTime  how long a finished result is kept
 * @param keepBytes bytes of finished results kept; the oldest goes first
 * @param watchers  streams of events open at the same time
 * @param grace     how long running requests may go on after the server was told to stop
 */
public record Limits(int queue, int workers, int body, long pixels, long memory, int count, int steps, Duration jobTime,
                     Duration keepTime, long keepBytes, int watchers, Duration grace) {

    private static final int MIB = 1 << 20;

    public static final Limits DEFAULT = new Limits(64, 1, 32 * MIB, 24L << 20, Math.max(64L * MIB, Runtime.getRuntime().maxMemory() / 4),
            10, 200, Duration.ofMinutes(10), Duration.ofMinutes(15), 64L * MIB, 64, Duration.ofSeconds(20));

    public Limits {
        if (queue < 1) throw new UsageException("the queue has %d places, expected at least 1", queue);
        if (workers < 1 || workers > 64) throw new UsageException("%d workers are asked for, expected 1 to 64", workers);
    }

    public Limits withQueue(int queue) {
        return new Limits(queue, workers, body, pixels, memory, count, steps, jobTime, keepTime, keepBytes, watchers, grace);
    }

    public Limits withWorkers(int workers) {
        return new Limits(queue, workers, body, pixels, memory, count, steps, jobTime, keepTime, keepBytes, watchers, grace);
    }

    public Limits withJobTime(Duration jobTime) {
        return new Limits(queue, workers, body, pixels, memory, count, steps, jobTime, keepTime, keepBytes, watchers, grace);
    }

    public Limits withKept(Duration keepTime, long keepBytes) {
        return new Limits(queue, workers, body, pixels, memory, count, steps, jobTime, keepTime, keepBytes, watchers, grace);
    }

    public Limits withGrace(Duration grace) {
        return new Limits(queue, workers, body, pixels, memory, count, steps, jobTime, keepTime, keepBytes, watchers, grace);
    }
}
