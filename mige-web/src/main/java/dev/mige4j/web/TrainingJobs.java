package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trains LoRAs for clients, one at a time, beside the jobs of the {@link JobQueue}. The latest trainings are remembered
 * after their end, without their images.
 */
final class TrainingJobs implements AutoCloseable {

    /** Callback for finished trainings. {@code error} is null unless the training crashed. */
    interface TrainingEndListener {
        void onTrainingEnded(TrainingJob job, Duration duration, Throwable error);
    }

    private static final int ID_BYTES = 20;
    private static final int MAX_REMEMBERED = 20;
    private static final int MAX_RETRY_SECONDS = 60;

    private final Optional<LoraTrainer> trainer;
    private final MemoryBudget imageMemory;
    private final Duration gracePeriod;
    private final TrainingEndListener listener;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, TrainingJob> jobs = new LinkedHashMap<>();
    private TrainingJob running;
    private Thread thread;
    private boolean stopping;

    /**
     * @param trainer empty if clients must not train
     * @param imageMemory for the images of the running training
     * @param gracePeriod how long {@link #close} waits for a training to notice that it is cancelled
     */
    TrainingJobs(
            Optional<LoraTrainer> trainer,
            MemoryBudget imageMemory,
            Duration gracePeriod,
            TrainingEndListener listener) {
        this.trainer = trainer;
        this.imageMemory = imageMemory;
        this.gracePeriod = gracePeriod;
        this.listener = listener;
    }

    boolean isEnabled() {
        return trainer.isPresent();
    }

    /**
     * Starts a training.
     *
     * @throws ApiException as {@link #checkCapacity} does, or with status 409 when there is a LoRA of this name
     */
    synchronized TrainingJob submit(TrainingRequest request) {
        checkCapacity();
        String name = request.subject().name();
        if (trainer.orElseThrow().exists(name))
            throw ApiException.forParam(
                    "name", 409, "name_taken", "There is a LoRA named '%s' already. Choose another name.", name);
        imageMemory.acquire(request.memoryBytes(), "images");
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        TrainingJob job = new TrainingJob("training_" + HexFormat.of().formatHex(id), name);
        jobs.put(job.id, job);
        if (jobs.size() > MAX_REMEMBERED) jobs.remove(jobs.keySet().iterator().next());
        running = job;
        thread = new Thread(() -> run(job, request), "mige-training");
        thread.setDaemon(true);
        thread.start();
        return job;
    }

    /**
     * Throws if {@link #submit} would, whatever the request; called before its body is read.
     *
     * @throws ApiException with status 403 when clients must not train, 429 while a training runs, or 503 during
     *     shutdown
     */
    synchronized void checkCapacity() {
        if (trainer.isEmpty())
            throw ApiException.of(
                    403,
                    "training_disabled",
                    "This server trains no LoRAs. It does when it is started with a folder for them: mige serve --loras"
                            + " DIR.");
        if (stopping) throw ApiException.shuttingDown();
        if (running != null) {
            long seconds =
                    running.snapshot().remaining().map(Duration::toSeconds).orElse((long) MAX_RETRY_SECONDS);
            throw ApiException.tooManyRequests(
                    (int) Math.max(1, Math.min(MAX_RETRY_SECONDS, seconds)),
                    "Another LoRA is being trained, and the server trains one at a time. Send the request again when"
                            + " that training has ended.");
        }
    }

    private void run(TrainingJob job, TrainingRequest request) {
        long startNanos = System.nanoTime();
        Runnable transition;
        Throwable error = null;
        try {
            List<String> notices = trainer.orElseThrow().train(request.subject(), request.budget(), job::onProgress);
            transition = () -> job.succeed(notices);
        } catch (CancelledException e) {
            transition = isStopping() ? () -> job.fail(ApiException.shuttingDown()) : job::markCancelled;
        } catch (Throwable e) { // including OutOfMemoryError: only this training fails
            ApiException response = ApiException.of(e, job.logId);
            if (response.status >= 500) error = e;
            transition = () -> job.fail(response);
        }
        synchronized (this) { // whoever sees the end can start the next training
            running = null;
            imageMemory.release(request.memoryBytes());
            transition.run();
        }
        listener.onTrainingEnded(job, Duration.ofNanos(System.nanoTime() - startNanos), error);
    }

    /** Throws an {@link ApiException} with status 404 if there is no such training. */
    synchronized TrainingJob find(String id) {
        return Optional.ofNullable(jobs.get(id))
                .orElseThrow(() -> ApiException.of(
                        404,
                        "training_not_found",
                        "There is no training '%s'. The latest %d are remembered until the server stops.",
                        RequestBody.sanitize(id),
                        MAX_REMEMBERED));
    }

    /** Cancels a running training at its next step, or forgets a finished one, whose LoRA stays. */
    synchronized TrainingJob cancel(String id) {
        TrainingJob job = find(id);
        if (job == running) job.requestCancel();
        else jobs.remove(id);
        return job;
    }

    private synchronized boolean isStopping() {
        return stopping;
    }

    /** Refuses new trainings and cancels the running one, without waiting for its end. */
    synchronized void stop() {
        stopping = true;
        if (running != null) running.requestCancel();
    }

    /** Stops, and waits for the running training. */
    @Override
    public void close() {
        stop();
        Thread training;
        synchronized (this) {
            training = thread;
        }
        try {
            if (training != null) training.join(gracePeriod.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
