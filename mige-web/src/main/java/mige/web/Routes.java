package mige.web;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** Every address of the server, in one place; {@code openapi.json} describes the same list, and a test compares them. */
final class Routes {

    /** The page's files; the first one is the page. */
    static final List<String> PAGE = List.of("index.html", "page.css", "page.js", "icon.svg");
    /** The samples of the library that the page's example cards show. */
    static final List<String> EXAMPLES = List.of("dog.png", "meadow.png", "table.png", "teapot.png");

    private final Jobs jobs;
    private final Images images;
    private final Events events;
    private final Metrics metrics;
    private final Page page;
    private final Orders orders;

    /** Reads an order off a request, within the bounds. */
    interface Orders {
        Order of(Context ctx, Order.Kind kind) throws IOException;
    }

    Routes(Jobs jobs, Images images, Events events, Metrics metrics, Page page, Orders orders) {
        this.jobs = jobs;
        this.images = images;
        this.events = events;
        this.metrics = metrics;
        this.page = page;
        this.orders = orders;
    }

    void into(RoutesConfig on) {
        // the images API, as OpenAI's clients speak it
        on.get("/v1/models", ctx -> ctx.json(images.models()));
        on.get("/v1/models/{model}", ctx -> ctx.json(images.model(ctx.pathParam("model"))));
        on.post("/v1/images/generations", ctx -> ctx.json(images.make(orders.of(ctx, Order.Kind.GENERATION))));
        on.post("/v1/images/edits", ctx -> ctx.json(images.make(orders.of(ctx, Order.Kind.EDIT))));

        // jobs
        on.post("/v1/jobs", ctx -> accepted(ctx, jobs.submit(orders.of(ctx, Order.Kind.ANY))));
        on.get("/v1/jobs/{id}", ctx -> show(ctx, job(ctx)));
        on.get("/v1/jobs/{id}/events", ctx -> events.stream(ctx, job(ctx)));
        on.get("/v1/jobs/{id}/pictures/{index}", ctx -> ctx.contentType("image/png").header("Cache-Control", "private, max-age=86400, immutable").result(picture(ctx)));
        on.delete("/v1/jobs/{id}", ctx -> show(ctx, jobs.cancel(ctx.pathParam("id"))));

        // for those who run it
        on.get("/healthz", ctx -> ctx.json(Map.of("status", "ok")));
        on.get("/readyz", ctx -> ctx.status(jobs.stopping() ? 503 : 200).json(Map.of("status", jobs.stopping() ? "stopping" : "ready")));
        on.get("/metrics", ctx -> ctx.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.text()));
        on.get("/openapi.json", ctx -> page.answer(ctx, "openapi.json"));

        // the page
        on.get("/", ctx -> page.answer(ctx, PAGE.get(0)));
        for (String file : PAGE.subList(1, PAGE.size())) on.get("/" + file, ctx -> page.answer(ctx, file));
        for (String file : EXAMPLES) on.get("/examples/" + file, ctx -> page.answer(ctx, file));
    }

    private Job job(Context ctx) {
        return jobs.find(ctx.pathParam("id"));
    }

    private void show(Context ctx, Job job) {
        ctx.header("Cache-Control", "no-store").json(JobView.of(job, job.look(), jobs));
    }

    private void accepted(Context ctx, Job job) {
        ctx.status(202).header("Location", "/v1/jobs/" + job.id);
        show(ctx, job);
    }

    private byte[] picture(Context ctx) {
        Job.Result result = job(ctx).now().result();
        String index = ctx.pathParam("index");
        if (result == null || !index.matches("\\d{1,3}") || Integer.parseInt(index) >= result.files().size())
            throw ApiException.of(404, "picture_not_found", "The job has no such picture.");
        return result.files().get(Integer.parseInt(index));
    }
}
