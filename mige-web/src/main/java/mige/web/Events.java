package mige.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;

/**
 * A job's changes as server-sent events, {@code event: STATE} with the whole {@link JobView} as data; the stream ends
 * with the job. A client that comes back gets the present state first, so nothing need be repeated.
 *
 * <p>Each stream has a thread of the server's pool, so that a client that reads slowly holds up nobody else; there are at
 * most {@link Limits#watchers}.
 */
final class Events {

    private static final Duration BEAT = Duration.ofSeconds(1), EVERY = Duration.ofMillis(100);
    private static final int QUIET_BEATS = 10;

    private final Jobs jobs;
    private final ObjectMapper json;
    private final Semaphore watchers;

    Events(Jobs jobs, ObjectMapper json, int watchers) {
        this.jobs = jobs;
        this.json = json;
        this.watchers = new Semaphore(watchers);
    }

    void stream(Context ctx, Job job) throws IOException, InterruptedException {
        if (!watchers.tryAcquire()) throw ApiException.busy(5, "Too many streams of events are open. Ask for the job itself instead.");
        try {
            ctx.res().setContentType("text/event-stream");
            ctx.res().setCharacterEncoding("UTF-8");
            ctx.res().setHeader("Cache-Control", "no-store");
            ctx.res().setHeader("X-Accel-Buffering", "no");
            send(ctx.res().getOutputStream(), job);
        } finally {
            watchers.release();
        }
    }

    private void send(OutputStream out, Job job) throws IOException, InterruptedException {
        Job.Now now = job.look();
        int position = -1, quiet = 0;
        for (long sent = -1; ; now = job.await(now.version(), BEAT)) {
            int place = jobs.position(job);
            if (now.version() != sent || place != position) {
                sent = now.version();
                position = place;
                quiet = 0;
                JobView view = JobView.of(job, now, jobs);
                write(out, "event: " + view.state() + "\ndata: " + json.writeValueAsString(view) + "\n\n");
                if (now.state().ended()) return;
                Thread.sleep(EVERY.toMillis());               // at most ten a second
            } else if (++quiet % QUIET_BEATS == 0) {
                write(out, ": still here\n\n");
            }
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
