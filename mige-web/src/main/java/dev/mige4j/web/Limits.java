package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.time.Duration;

/**
 * Everything that is bounded, so that no client and no crowd of clients can take the machine.
 *
 * @param queueCapacity requests that may wait; one more is answered 429
 * @param workers requests made at the same time
 * @param maxBodyBytes bytes of one request's body; more is answered 413
 * @param maxPixels pixels of all pictures of one request together; more is answered 422
 * @param maxMemoryBytes bytes that bodies being read, and apart from them pictures waiting, may take together; more is
 *     answered 429
 * @param maxImages pictures one request may ask for
 * @param maxSteps solver steps one request may ask for
 * @param jobTimeout how long one request may be worked on
 * @param resultTtl how long a finished result is kept
 * @param maxResultBytes bytes of finished results kept; the oldest goes first
 * @param maxEventStreams streams of events open at the same time
 * @param gracePeriod how long running requests may go on after the server was told to stop
 */
public record Limits(
        int queueCapacity,
        int workers,
        int maxBodyBytes,
        long maxPixels,
        long maxMemoryBytes,
        int maxImages,
        int maxSteps,
        Duration jobTimeout,
        Duration resultTtl,
        long maxResultBytes,
        int maxEventStreams,
        Duration gracePeriod) {

    private static final int MIB = 1 << 20;

    public static final Limits DEFAULT = new Limits(
            64,
            1,
            32 * MIB,
            24L << 20,
            Math.max(64L * MIB, Runtime.getRuntime().maxMemory() / 4),
            10,
            200,
            Duration.ofMinutes(10),
            Duration.ofMinutes(15),
            64L * MIB,
            64,
            Duration.ofSeconds(20));

    public Limits {
        if (queueCapacity < 1) throw new UsageException("the queue has %d places, expected at least 1", queueCapacity);
        if (workers < 1 || workers > 64)
            throw new UsageException("%d workers are asked for, expected 1 to 64", workers);
    }

    public Limits withQueueCapacity(int queueCapacity) {
        return new Limits(
                queueCapacity,
                workers,
                maxBodyBytes,
                maxPixels,
                maxMemoryBytes,
                maxImages,
                maxSteps,
                jobTimeout,
                resultTtl,
                maxResultBytes,
                maxEventStreams,
                gracePeriod);
    }

    public Limits withWorkers(int workers) {
        return new Limits(
                queueCapacity,
                workers,
                maxBodyBytes,
                maxPixels,
                maxMemoryBytes,
                maxImages,
                maxSteps,
                jobTimeout,
                resultTtl,
                maxResultBytes,
                maxEventStreams,
                gracePeriod);
    }

    public Limits withJobTimeout(Duration jobTimeout) {
        return new Limits(
                queueCapacity,
                workers,
                maxBodyBytes,
                maxPixels,
                maxMemoryBytes,
                maxImages,
                maxSteps,
                jobTimeout,
                resultTtl,
                maxResultBytes,
                maxEventStreams,
                gracePeriod);
    }

    public Limits withResultRetention(Duration resultTtl, long maxResultBytes) {
        return new Limits(
                queueCapacity,
                workers,
                maxBodyBytes,
                maxPixels,
                maxMemoryBytes,
                maxImages,
                maxSteps,
                jobTimeout,
                resultTtl,
                maxResultBytes,
                maxEventStreams,
                gracePeriod);
    }

    public Limits withGracePeriod(Duration gracePeriod) {
        return new Limits(
                queueCapacity,
                workers,
                maxBodyBytes,
                maxPixels,
                maxMemoryBytes,
                maxImages,
                maxSteps,
                jobTimeout,
                resultTtl,
                maxResultBytes,
                maxEventStreams,
                gracePeriod);
    }
}
