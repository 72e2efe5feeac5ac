package mige.web;

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

import mige.pipeline.CancelledException;
import mige.pipeline.Creation;
import mige.tensor.UsageException;

/**
 * The queue, the workers, and the results that are kept.
 *
 * <p>A job that fails, whatever is thrown, fails alone: its worker takes the next one, the model stays. Finished jobs are
 * kept for {@link Limits#keepTime} within {@link Limits#keepBytes}, the oldest goes first.
 */
final class Jobs implements AutoCloseable {

    /** Hears how jobs end, for figures and log. */
    interface Ear {
        void ended(Job job, Job.State state, Duration took, Throwable fault);
    }

    /** What a finished job weighs besides its pictures. */
    private static final long BASE_WEIGHT = 8192;

    private final Model model;
    private final Limits limits;
    private final Ear ear;
    private final Room waiting;
    private final SecureRandom random = new SecureRandom();
    private final Deque<Job> queue = new ArrayDeque<>();
    private final Map<String, Job> known = new LinkedHashMap<>();
    private final Deque<Job> finished = new ArrayDeque<>();
    private final List<Thread> workers = new ArrayList<>();
    private final List<Job> running = new ArrayList<>();
    private long keptBytes, meanNanos;
    private boolean stopping;

    Jobs(Model model, Limits limits, Ear ear) {
        this.model = model;
        this.limits = limits;
        this.ear = ear;
        this.waiting = new Room(limits.memory());
        for (int i = 0; i < limits.workers(); i++) {
            Thread worker = new Thread(this::work, "mige-worker-" + i);
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
    }

    // ---- asked by routes

    /** Puts an order into the queue, or answers 429 (full) or 503 (stopping). */
    synchronized Job submit(Order order) {
        if (stopping) throw ApiException.stopping();
        if (queue.size() >= limits.queue())
            throw ApiException.busy(retryAfter(), "The queue is full: %d requests wait. Send the request again in about %d s.", queue.size(), retryAfter());
        waiting.take(order.weight(), "the pictures of waiting requests");
        byte[] id = new byte[16];
        random.nextBytes(id);
        Job job = new Job("job_" + HexFormat.of().formatHex(id), order);
        known.put(job.id, job);
        queue.add(job);
        notifyAll();
        return job;
    }

    /** Says no before a body is read when there is no place anyway. */
    synchronized void expectPlace() {
        if (stopping) throw ApiException.stopping();
        if (queue.size() >= limits.queue())
            throw ApiException.busy(retryAfter(), "The queue is full: %d requests wait. Send the request again in about %d s.", queue.size(), retryAfter());
    }

    synchronized Job find(String id) {
        forgetOld();
        Job job = known.get(id);
        if (job == null)
            throw ApiException.of(404, "job_not_found", "There is no job '%s'; results are kept for %d minutes.", Form.shown(id), limits.keepTime().toMinutes());
        return job;
    }

    /** Cancels a job that waits or runs (at its next step), or forgets one that has ended. */
    synchronized Job cancel(String id) {
        Job job = find(id);
        if (job.now().state().ended()) drop(job);
        else if (job.cancel() && queue.remove(job)) ended(job, job::cancelled, Duration.ZERO, null);
        return job;
    }

    /** Forgets a job that has ended, before its time. */
    synchronized void drop(Job job) {
        if (finished.remove(job)) forget(job);
    }

    /** How many wait before this one; 0: it runs, is next, or has ended. */
    synchronized int position(Job job) {
        int at = 0;
        for (Job other : queue) {
            if (other == job) return at;
            at++;
        }
        return 0;
    }

    /** When a job that waits will be done, from the mean of the last ones; empty while nothing is known. */
    synchronized Optional<Duration> expected(Job job) {
        if (meanNanos == 0 || !queue.contains(job)) return Optional.empty();
        return Optional.of(Duration.ofNanos(meanNanos * (position(job) / limits.workers() + 1 + (running.isEmpty() ? 0 : 1))));
    }

    synchronized int queued() {
        return queue.size();
    }

    synchronized int running() {
        return running.size();
    }

    synchronized long keptBytes() {
        return keptBytes;
    }

    synchronized boolean stopping() {
        return stopping;
    }

    private int retryAfter() {
        long wait = meanNanos * Math.max(1, queue.size() / (2L * limits.workers()));
        return (int) Math.max(1, Math.min(60, (wait + 999_999_999) / 1_000_000_000));
    }

    // ---- workers

    private void work() {
        for (Optional<Job> job = next(); job.isPresent(); job = next()) make(job.get());
    }

    private synchronized Optional<Job> next() {
        try {
            while (queue.isEmpty()) {
                if (stopping) return Optional.empty();
                wait();
            }
        } catch (InterruptedException e) {
            return Optional.empty();
        }
        Job job = queue.poll();
        running.add(job);
        return Optional.of(job);
    }

    private void make(Job job) {
        long start = System.nanoTime();
        Runnable end;
        Throwable fault = null;
        try {
            Order order = job.begin().orElseThrow();
            Creation creation = model.create(order.task(), order.settings(),
                    (stage, done, of, preview) -> job.step(stage, done, of, preview, limits.jobTime()));
            Job.Result result = result(creation, order);
            end = () -> job.finish(result);
        } catch (CancelledException e) {
            end = () -> unfinished(job);
        } catch (UsageException e) {
            end = () -> job.fail(ApiException.of(400, "invalid_value", "%s", e.getMessage()));
        } catch (Throwable e) {                 // whatever it is, it is this request's alone
            fault = e;
            end = () -> job.fail(ApiException.internal(job.id));
        }
        ended(job, end, Duration.ofNanos(System.nanoTime() - start), fault);
    }

    /** Why a job was ended before it was done: its time was over, the server stops, or somebody asked. */
    private void unfinished(Job job) {
        if (job.overdue() && !job.asked())
            job.fail(ApiException.of(504, "time_limit", "The request took longer than %d s and was ended. Ask for fewer steps or pictures.", limits.jobTime().toSeconds()));
        else if (stopping()) job.fail(ApiException.stopping());
        else job.cancelled();
    }

    private static Job.Result result(Creation creation, Order order) {
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < creation.pictures().size(); i++)
            files.add(creation.pictures().get(i).png(creation.recipes().get(i).asText()));
        var first = creation.pictures().get(0);
        return new Job.Result(files, creation.recipes(), creation.notices(), order.settings().seed(), first.width(), first.height());
    }

    private void ended(Job job, Runnable end, Duration took, Throwable fault) {
        synchronized (this) {
            running.remove(job);
            waiting.give(job.weight);
            end.run();
            if (job.now().state() == Job.State.DONE) meanNanos = meanNanos == 0 ? took.toNanos() : (3 * meanNanos + took.toNanos()) / 4;
            finished.add(job);
            keptBytes += weight(job);
            while (keptBytes > limits.keepBytes() && finished.size() > 1) forget(finished.poll());
            forgetOld();
            notifyAll();
        }
        ear.ended(job, job.now().state(), took, fault);
    }

    // ---- keeping

    private void forgetOld() {
        while (!finished.isEmpty() && System.nanoTime() - finished.peek().endedAt() > limits.keepTime().toNanos()) forget(finished.poll());
    }

    private void forget(Job job) {
        known.remove(job.id);
        keptBytes -= weight(job);
    }

    private static long weight(Job job) {
        Job.Result result = job.now().result();
        return BASE_WEIGHT + (result == null ? 0 : result.bytes());
    }

    // ---- the end

    /** Takes no more, gives back what waits, lets what runs go on for {@link Limits#grace}, then cancels it at its next step. */
    @Override public void close() {
        synchronized (this) {
            stopping = true;
            for (Job job; (job = queue.poll()) != null; ) {
                Job waited = job;
                ended(waited, () -> waited.fail(ApiException.stopping()), Duration.ZERO, null);
            }
            notifyAll();
        }
        if (!joined(limits.grace())) {
            synchronized (this) {
                for (Job job : running) job.cancel();
            }
            joined(limits.grace());
        }
    }

    private boolean joined(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        try {
            for (Thread worker : workers) worker.join(Math.max(1, (until - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return workers.stream().noneMatch(Thread::isAlive);
    }
}
