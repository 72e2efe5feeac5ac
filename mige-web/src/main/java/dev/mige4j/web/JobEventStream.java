package dev.mige4j.web;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * A job's changes as server-sent events, {@code event: STATE} with the whole {@link JobView} as data; the stream ends
 * with the job. A client that comes back gets the present state first, so nothing need be repeated.
 *
 * <p>Each stream has a thread of the server's pool, so that a client that reads slowly holds up nobody else; there are
 * at most {@link Limits#maxEventStreams}.
 */
final class JobEventStream {

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1), MIN_EVENT_INTERVAL = Duration.ofMillis(100);
    private static final int POLLS_PER_KEEP_ALIVE = 10;

    private final JobQueue jobQueue;
    private final ObjectMapper objectMapper;
    private final Semaphore streamPermits;

    JobEventStream(JobQueue jobQueue, ObjectMapper objectMapper, int maxStreams) {
        this.jobQueue = jobQueue;
        this.objectMapper = objectMapper;
        this.streamPermits = new Semaphore(maxStreams);
    }

    void stream(Context ctx, Job job) throws IOException, InterruptedException {
        if (!streamPermits.tryAcquire())
            throw ApiException.tooManyRequests(
                    5, "Too many streams of events are open. Ask for the job itself instead.");
        try {
            ctx.res().setContentType("text/event-stream");
            ctx.res().setCharacterEncoding("UTF-8");
            ctx.res().setHeader("Cache-Control", "no-store");
            ctx.res().setHeader("X-Accel-Buffering", "no");
            sendEvents(ctx.res().getOutputStream(), job);
        } finally {
            streamPermits.release();
        }
    }

    private void sendEvents(OutputStream out, Job job) throws IOException, InterruptedException {
        Job.Snapshot snapshot = job.snapshotForViewer();
        int sentPosition = -1, idlePolls = 0;
        for (long sentVersion = -1; ; snapshot = job.awaitChange(snapshot.version(), POLL_INTERVAL)) {
            int currentPosition = jobQueue.position(job);
            if (snapshot.version() != sentVersion || currentPosition != sentPosition) {
                sentVersion = snapshot.version();
                sentPosition = currentPosition;
                idlePolls = 0;
                JobView view = JobView.of(job, snapshot, jobQueue);
                write(out, "event: " + view.state() + "\ndata: " + objectMapper.writeValueAsString(view) + "\n\n");
                if (snapshot.state().isTerminal()) return;
                Thread.sleep(MIN_EVENT_INTERVAL.toMillis()); // at most ten a second
            } else if (++idlePolls % POLLS_PER_KEEP_ALIVE == 0) {
                write(out, ": still here\n\n");
            }
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
