package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.HeapSpace;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounded job queue with worker threads and retention of finished jobs.
 *
 * <p>Any throwable fails only the job that caused it; the worker continues with the next one. Finished jobs are
 * retained for {@link Limits#resultTtl} within {@link Limits#maxResultBytes}; the oldest are evicted first, the latest
 * result never before its time.
 */
final class JobQueue implements AutoCloseable {

    /** Callback for finished jobs, used for metrics and logging. {@code error} is null unless the job crashed. */
    interface JobListener {
        void onJobEnded(Job job, Job.JobState state, Duration duration, Throwable error);
    }

    /** Estimated memory of a finished job without its images. */
    private static final long JOB_OVERHEAD_BYTES = 8192;

    /** Of which logs contain four. */
    private static final int ID_BYTES = 20;

    /** Workers that have nothing to do for so long give memory back to the system. */
    private static final long IDLE_MILLIS = 5000;

    @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack trace
    private static final ApiException INTERRUPTED =
            ApiException.of(500, "internal_error", "Internal server error. See the server log for details.");

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    private final ImageGenerator generator;
    private final Limits limits;
    private final JobListener listener;
    private final MemoryBudget imageMemory;
    private final SecureRandom random = new SecureRandom();
    private final Deque<Job> queue = new ArrayDeque<>();
    private final Map<String, Job> jobsById = new LinkedHashMap<>();
    private final Deque<Job> finished = new ArrayDeque<>();
    private final List<Thread> workers = new ArrayList<>();
    private final List<Job> runningJobs = new ArrayList<>();
    private long retainedBytes;
    private boolean stopping;

    /** @param imageMemory for the decoded images of queued and running jobs */
    JobQueue(ImageGenerator generator, Limits limits, MemoryBudget imageMemory, JobListener listener) {
        this.generator = generator;
        this.limits = limits;
        this.listener = listener;
        this.imageMemory = imageMemory;
        for (int i = 0; i < limits.workers(); i++) {
            Thread worker = new Thread(this::runWorker, "mige-worker-" + i);
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
    }

    // ---- called by routes

    /**
     * Enqueues a request.
     *
     * @param retained whether to retain the finished job, so that clients can ask for it and its images
     * @throws ApiException with status 429 if the queue is full, or 503 during shutdown
     */
    Job submit(ImageRequest request, boolean retained) {
        return enqueue(request, noticesOf(request), retained);
    }

    private List<String> noticesOf(ImageRequest request) {
        return Stream.concat(
                        request.openAiOptions().notices().stream(),
                        generator.notices(request.task(), request.settings(), request.loras()).stream())
                .distinct()
                .toList();
    }

    private synchronized Job enqueue(ImageRequest request, List<String> notices, boolean retained) {
        checkCapacity();
        imageMemory.acquire(request.memoryBytes(), "images");
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        Job job = new Job("job_" + HexFormat.of().formatHex(id), request, notices, retained);
        jobsById.put(job.id, job);
        queue.add(job);
        notifyAll();
        return job;
    }

    /** Throws if {@link #submit} would; called before the request body is read. */
    synchronized void checkCapacity() {
        if (stopping) throw ApiException.shuttingDown();
        if (queue.size() >= limits.queueCapacity())
            throw ApiException.tooManyRequests(
                    retryAfterSeconds(),
                    "The queue is full (%d requests). Send the request again in about %d s.",
                    queue.size(),
                    retryAfterSeconds());
    }

    /** Throws an {@link ApiException} with status 404 if there is no such job. */
    synchronized Job find(String id) {
        evictExpired();
        return Optional.ofNullable(jobsById.get(id))
                .orElseThrow(() -> ApiException.of(
                        404,
                        "job_not_found",
                        "There is no job '%s'. Results are retained for %d minutes.",
                        RequestBody.sanitize(id),
                        limits.resultTtl().toMinutes()));
    }

    /** The result of a finished job; empty if there is none, or none any more. */
    synchronized Optional<Job.Result> findResult(String id) {
        evictExpired();
        return Optional.ofNullable(jobsById.get(id)).map(job -> job.snapshot().result());
    }

    /** Cancels a queued job immediately, a running job within a matrix product; deletes a finished one. */
    synchronized Job cancel(String id) {
        Job job = find(id);
        if (finished.remove(job)) remove(job);
        else cancel(job);
        return job;
    }

    /** Cancels a job that has not ended. */
    synchronized void cancel(Job job) {
        if (job.requestCancel() && queue.remove(job)) complete(job, job::markCancelled, Duration.ZERO, null);
    }

    /** Number of jobs ahead of this one in the queue; 0 if it is next, running or finished. */
    synchronized int position(Job job) {
        int index = 0;
        for (Job other : queue) {
            if (other == job) return index;
            index++;
        }
        return 0;
    }

    /**
     * Estimates when a queued or running job completes, with all jobs ahead of it; empty before the speed of the model
     * was measured, and after the job has ended.
     */
    synchronized Optional<Duration> estimateTimeToCompletion(Job job) {
        if (!queue.contains(job)) return job.snapshot().remaining();
        Duration ahead = Duration.ZERO;
        for (Job other : runningJobs) ahead = ahead.plus(estimate(other).orElse(Duration.ZERO));
        for (Job other : queue) {
            if (other == job) break;
            ahead = ahead.plus(estimate(other).orElse(Duration.ZERO));
        }
        Duration waiting = ahead.dividedBy(limits.workers());
        return estimate(job).map(waiting::plus);
    }

    /** The time that a queued job will take, or that a running one still takes. */
    private Optional<Duration> estimate(Job job) {
        Optional<Duration> remaining = job.snapshot().remaining();
        return remaining.isPresent()
                ? remaining
                : job.request().flatMap(request -> generator.estimateDuration(request.task(), request.settings()));
    }

    synchronized int queuedCount() {
        return queue.size();
    }

    synchronized int runningCount() {
        return runningJobs.size();
    }

    synchronized long retainedBytes() {
        return retainedBytes;
    }

    synchronized boolean isStopping() {
        return stopping;
    }

    /** About when half of the queue will be done. */
    private int retryAfterSeconds() {
        Duration queued = Duration.ZERO;
        for (Job job : queue) queued = queued.plus(estimate(job).orElse(Duration.ZERO));
        return (int)
                Math.max(1, Math.min(60, queued.dividedBy(2L * limits.workers()).toSeconds() + 1));
    }

    // ---- workers

    private void runWorker() {
        for (boolean stopped = false; !stopped; ) {
            try {
                Optional<Job> job = takeNext();
                job.ifPresent(this::execute);
                stopped = job.isEmpty();
            } catch (Throwable e) { // such as an OutOfMemoryError while a failure is reported
                LOGGER.error("a worker goes on after an error", e);
            }
        }
    }

    private synchronized Optional<Job> takeNext() {
        try {
            while (queue.isEmpty()) {
                if (stopping) return Optional.empty();
                wait(IDLE_MILLIS);
                evictExpired();
                if (queue.isEmpty() && runningJobs.isEmpty()) HeapSpace.release();
            }
        } catch (InterruptedException e) {
            return Optional.empty();
        }
        Optional<Job> job = Optional.of(queue.element());
        runningJobs.add(queue.remove());
        return job;
    }

    private void execute(Job job) {
        long startNanos = System.nanoTime();
        Runnable transition;
        Throwable error = null;
        try {
            ImageRequest request = job.start().orElseThrow();
            ResultCollector results = new ResultCollector(request, limits.maxMemoryBytes());
            generator.generate(
                    request.task(),
                    request.settings(),
                    request.loras(),
                    progress -> job.onProgress(progress, limits.jobTimeout()),
                    results);
            Job.Result result = results.result();
            transition = () -> job.succeed(result);
        } catch (CancelledException e) {
            transition = () -> endInterrupted(job);
        } catch (Throwable e) { // including OutOfMemoryError: only this request fails
            ApiException response = ApiException.of(e, job.logId);
            if (response.status >= 500) error = e;
            transition = () -> job.fail(response);
        }
        complete(job, transition, Duration.ofNanos(System.nanoTime() - startNanos), error);
    }

    /** Ends an interrupted job as timed out, shut down or cancelled. */
    private void endInterrupted(Job job) {
        if (job.timedOut() && !job.cancelRequested())
            job.fail(ApiException.of(
                    504,
                    "job_timeout",
                    "The job exceeded the time limit of %d s. Request fewer steps or images.",
                    limits.jobTimeout().orElseThrow().toSeconds()));
        else if (isStopping()) job.fail(ApiException.shuttingDown());
        else job.markCancelled();
    }

    private void complete(Job job, Runnable transition, Duration duration, Throwable error) {
        synchronized (this) {
            runningJobs.remove(job);
            imageMemory.release(job.memoryBytes);
            try {
                transition.run();
            } finally {
                job.fail(INTERRUPTED); // if that threw: whoever waits for the job must get an answer
                if (job.retained) retain(job);
                else jobsById.remove(job.id);
                notifyAll();
            }
        }
        listener.onJobEnded(job, job.snapshot().state(), duration, error);
    }

    // ---- retention

    private void retain(Job job) {
        finished.add(job);
        retainedBytes += retainedBytesOf(job);
        evictExpired();
        if (retainedBytes > limits.maxResultBytes()) evictOldest();
    }

    /** Evicts the oldest jobs, but not the latest result, which clients are about to fetch. */
    private void evictOldest() {
        Job latestResult = null;
        for (Job job : finished) if (job.snapshot().result() != null) latestResult = job;
        for (var jobs = finished.iterator(); jobs.hasNext() && retainedBytes > limits.maxResultBytes(); ) {
            Job job = jobs.next();
            if (job == latestResult) continue;
            jobs.remove();
            remove(job);
        }
    }

    private void evictExpired() {
        while (!finished.isEmpty() && remainingRetention(finished.peek()).isNegative()) remove(finished.poll());
    }

    /** How long a finished job is still retained; negative if its time has passed. */
    Duration remainingRetention(Job job) {
        return limits.resultTtl().minusNanos(System.nanoTime() - job.endedNanos());
    }

    private void remove(Job job) {
        jobsById.remove(job.id);
        retainedBytes -= retainedBytesOf(job);
    }

    private static long retainedBytesOf(Job job) {
        Job.Result result = job.snapshot().result();
        return JOB_OVERHEAD_BYTES + (result == null ? 0 : result.totalBytes());
    }

    // ---- shutdown

    /** Rejects new and queued jobs, waits {@link Limits#gracePeriod} for running jobs, then cancels them. */
    @Override
    public void close() {
        synchronized (this) {
            stopping = true;
            for (Job job; (job = queue.poll()) != null; ) {
                Job queuedJob = job;
                complete(queuedJob, () -> queuedJob.fail(ApiException.shuttingDown()), Duration.ZERO, null);
            }
            notifyAll();
        }
        if (!joinWorkers(limits.gracePeriod())) {
            synchronized (this) {
                for (Job job : runningJobs) job.requestCancel();
            }
            joinWorkers(limits.gracePeriod());
        }
    }

    private boolean joinWorkers(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            for (Thread worker : workers) worker.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return workers.stream().noneMatch(Thread::isAlive);
    }
}
