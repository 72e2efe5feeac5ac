package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Limits on requests, queue and retained results. They bound the memory and time that clients can use.
 *
 * @param queueCapacity maximum number of queued jobs; further requests get status 429
 * @param workers number of jobs that run concurrently, 1 to {@value #MAX_WORKERS}
 * @param maxBodyBytes maximum size of a request body; larger ones get status 413
 * @param uploadTimeout maximum time in which a request body has to arrive; slower ones get status 408
 * @param maxPixels maximum number of pixels of all images of a request; more get status 422
 * @param maxMemoryBytes maximum size of the results of a job; more get status 422. Request bodies being received may
 *     take half as much, images of all requests half as much again; further requests get status 429
 * @param maxImages maximum number of images generated per request
 * @param maxSteps maximum number of sampling steps per request
 * @param jobTimeout maximum run time of a job, which then fails with status 504; empty: any time
 * @param resultTtl how long the result of a finished job is retained
 * @param maxResultBytes maximum size of all retained results; the oldest are evicted first, the latest never
 * @param maxEventStreams maximum number of open event streams
 * @param gracePeriod how long running jobs may continue during shutdown
 */
public record Limits(
        int queueCapacity,
        int workers,
        int maxBodyBytes,
        Duration uploadTimeout,
        long maxPixels,
        long maxMemoryBytes,
        int maxImages,
        int maxSteps,
        Optional<Duration> jobTimeout,
        Duration resultTtl,
        long maxResultBytes,
        int maxEventStreams,
        Duration gracePeriod) {

    /** The most jobs that run concurrently. */
    public static final int MAX_WORKERS = 64;

    private static final int MIB = 1 << 20;

    /**
     * One worker, 64 queued jobs, 64 MiB per request body, results retained for 15 minutes within an eighth of the
     * heap.
     */
    public static final Limits DEFAULT = new Limits(
            64,
            1,
            64 * MIB,
            Duration.ofMinutes(5),
            100_000_000,
            Math.max(64L * MIB, Runtime.getRuntime().maxMemory() / 4),
            10,
            200,
            Optional.empty(),
            Duration.ofMinutes(15),
            Math.max(64L * MIB, Runtime.getRuntime().maxMemory() / 8),
            256,
            Duration.ofSeconds(20));

    /** @throws UsageException when the queue capacity, the number of workers or the time limit is out of range */
    public Limits {
        if (queueCapacity < 1)
            throw new UsageException("The queue capacity is %d, expected at least 1.", queueCapacity);
        if (workers < 1 || workers > MAX_WORKERS)
            throw new UsageException("The number of workers is %d, expected 1 to %d.", workers, MAX_WORKERS);
        if (jobTimeout.isPresent()
                && (jobTimeout.get().isNegative() || jobTimeout.get().isZero()))
            throw new UsageException("The time limit of a job is %s, expected more than 0.", jobTimeout.get());
    }

    public Limits withQueueCapacity(int queueCapacity) {
        return with(copy -> copy.queueCapacity = queueCapacity);
    }

    public Limits withWorkers(int workers) {
        return with(copy -> copy.workers = workers);
    }

    public Limits withUploadTimeout(Duration uploadTimeout) {
        return with(copy -> copy.uploadTimeout = uploadTimeout);
    }

    public Limits withMaxMemoryBytes(long maxMemoryBytes) {
        return with(copy -> copy.maxMemoryBytes = maxMemoryBytes);
    }

    public Limits withJobTimeout(Duration jobTimeout) {
        return with(copy -> copy.jobTimeout = Optional.of(jobTimeout));
    }

    public Limits withResultRetention(Duration resultTtl, long maxResultBytes) {
        return with(copy -> {
            copy.resultTtl = resultTtl;
            copy.maxResultBytes = maxResultBytes;
        });
    }

    public Limits withGracePeriod(Duration gracePeriod) {
        return with(copy -> copy.gracePeriod = gracePeriod);
    }

    private Limits with(Consumer<Copy> change) {
        Copy copy = new Copy(this);
        change.accept(copy);
        return copy.toLimits();
    }

    /** A modifiable copy. */
    private static final class Copy {
        int queueCapacity;
        int workers;
        int maxBodyBytes;
        Duration uploadTimeout;
        long maxPixels;
        long maxMemoryBytes;
        int maxImages;
        int maxSteps;
        Optional<Duration> jobTimeout;
        Duration resultTtl;
        long maxResultBytes;
        int maxEventStreams;
        Duration gracePeriod;

        Copy(Limits limits) {
            queueCapacity = limits.queueCapacity;
            workers = limits.workers;
            maxBodyBytes = limits.maxBodyBytes;
            uploadTimeout = limits.uploadTimeout;
            maxPixels = limits.maxPixels;
            maxMemoryBytes = limits.maxMemoryBytes;
            maxImages = limits.maxImages;
            maxSteps = limits.maxSteps;
            jobTimeout = limits.jobTimeout;
            resultTtl = limits.resultTtl;
            maxResultBytes = limits.maxResultBytes;
            maxEventStreams = limits.maxEventStreams;
            gracePeriod = limits.gracePeriod;
        }

        Limits toLimits() {
            return new Limits(
                    queueCapacity,
                    workers,
                    maxBodyBytes,
                    uploadTimeout,
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
}
