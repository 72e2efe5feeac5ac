package dev.mige4j.web;

import dev.mige4j.common.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Streams the changes of a job as server-sent events: {@code event: STATE} with a complete {@link JobView} as data. The
 * stream ends with the job. A client that reconnects receives the current state first, so no event needs to be
 * replayed.
 *
 * <p>Each stream occupies one thread of the server's pool, so a slow reader does not delay other clients. At most
 * {@link Limits#maxEventStreams} streams are open at a time.
 */
final class JobEventStream {

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration MIN_EVENT_INTERVAL = Duration.ofMillis(100);
    private static final int POLLS_PER_KEEP_ALIVE = 10;

    private final JobQueue jobQueue;
    private final Semaphore streamPermits;

    JobEventStream(JobQueue jobQueue, int maxStreams) {
        this.jobQueue = jobQueue;
        this.streamPermits = new Semaphore(maxStreams);
    }

    /** Writes events until the job ends or the client has gone; blocks the calling thread. */
    void stream(Context ctx, Job job) throws IOException, InterruptedException {
        if (!streamPermits.tryAcquire())
            throw ApiException.tooManyRequests(5, "Too many event streams are open. Poll the job instead.");
        try {
            writeHead(ctx);
            sendEvents(ctx.res().getOutputStream(), job, ClientConnection.of(ctx));
        } finally {
            streamPermits.release();
        }
    }

    /** The headers of a stream. */
    static void writeHead(Context ctx) {
        ctx.res().setContentType("text/event-stream");
        ctx.res().setCharacterEncoding("UTF-8");
        ctx.res().setHeader("X-Accel-Buffering", "no"); // keeps nginx from buffering the events
    }

    private void sendEvents(OutputStream out, Job job, ClientConnection client)
            throws IOException, InterruptedException {
        Job.Snapshot snapshot = job.snapshotForViewer();
        int sentPosition = -1;
        int idlePolls = 0;
        for (long sentVersion = -1; ; snapshot = job.awaitChange(snapshot.version(), POLL_INTERVAL)) {
            int currentPosition = jobQueue.position(job);
            if (snapshot.version() != sentVersion || currentPosition != sentPosition) {
                sentVersion = snapshot.version();
                sentPosition = currentPosition;
                idlePolls = 0;
                JobView view = JobView.of(job, snapshot, jobQueue);
                write(out, "event: " + view.state() + "\ndata: " + Json.write(view) + "\n\n");
                if (snapshot.state().isTerminal()) return;
                Thread.sleep(MIN_EVENT_INTERVAL.toMillis()); // limits the rate to ten events per second
            } else if (client.isClosed()) {
                return;
            } else if (++idlePolls % POLLS_PER_KEEP_ALIVE == 0) {
                write(out, ": keep-alive\n\n");
            }
        }
    }

    /** Writes a part of a stream at once. */
    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
