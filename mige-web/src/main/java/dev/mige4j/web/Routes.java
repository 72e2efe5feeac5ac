package dev.mige4j.web;

import dev.mige4j.common.Json;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All routes of the server. A test compares them with {@code openapi.json}. */
final class Routes {

    /** The files of the page; the first one is served at {@code /}. */
    static final List<String> PAGE_FILES = List.of(
            "index.html",
            "page.css",
            "history.css",
            "mask.css",
            "results.css",
            "teach.css",
            "icon.svg",
            "js/api.js",
            "js/attachments.js",
            "js/database.js",
            "js/dom.js",
            "js/download.js",
            "js/editor.js",
            "js/examples.js",
            "js/form.js",
            "js/history.js",
            "js/images.js",
            "js/jobs.js",
            "js/loras.js",
            "js/lightbox.js",
            "js/main.js",
            "js/mask-editor.js",
            "js/mask.js",
            "js/menu.js",
            "js/prompt-model.js",
            "js/queue.js",
            "js/recipe.js",
            "js/reduce.js",
            "js/result.js",
            "js/settings.js",
            "js/size.js",
            "js/source.js",
            "js/state.js",
            "js/store.js",
            "js/teach.js",
            "js/undo.js",
            "js/upload.js",
            "js/zip.js");
    /** The sample images that the examples on the page use. */
    static final List<String> EXAMPLE_IMAGES = List.of("dog.png", "meadow.png", "table.png", "teapot.png");

    /** The path at which clients train LoRAs. */
    static final String TRAININGS = "/v1/trainings";

    private final JobQueue jobQueue;
    private final TrainingJobs trainingJobs;
    private final OpenAiImagesApi imagesApi;
    private final ResultImages resultImages;
    private final JobEventStream eventStream;
    private final ImageEventStream imageEventStream;
    private final ResponseMemory responseMemory;
    private final ServerMetrics metrics;
    private final RequestReader requestReader;
    private final LoraFolder loraFolder;
    private final StaticFiles staticFiles = new StaticFiles(
            Stream.concat(PAGE_FILES.stream(), Stream.of("openapi.json")).toList(), EXAMPLE_IMAGES);

    Routes(
            JobQueue jobQueue,
            TrainingJobs trainingJobs,
            OpenAiImagesApi imagesApi,
            ResultImages resultImages,
            JobEventStream eventStream,
            ImageEventStream imageEventStream,
            ResponseMemory responseMemory,
            ServerMetrics metrics,
            RequestReader requestReader,
            LoraFolder loraFolder) {
        this.jobQueue = jobQueue;
        this.trainingJobs = trainingJobs;
        this.imagesApi = imagesApi;
        this.resultImages = resultImages;
        this.eventStream = eventStream;
        this.imageEventStream = imageEventStream;
        this.responseMemory = responseMemory;
        this.metrics = metrics;
        this.requestReader = requestReader;
        this.loraFolder = loraFolder;
    }

    void register(RoutesConfig routes) {
        // OpenAI-compatible images API
        get(routes, "/v1/models", ctx -> ctx.json(imagesApi.listModels()));
        get(routes, "/v1/models/{model}", ctx -> ctx.json(imagesApi.retrieveModel(ctx.pathParam("model"))));
        routes.post("/v1/images/generations", ctx -> createImages(ctx, ImageRequest.Operation.GENERATION));
        routes.post("/v1/images/edits", ctx -> createImages(ctx, ImageRequest.Operation.EDIT));

        // LoRA files
        get(routes, "/v1/loras", ctx -> ctx.json(LoraList.of(loraFolder)));

        // jobs
        routes.post(
                "/v1/jobs",
                ctx -> writeAccepted(
                        ctx,
                        jobQueue.submit(requestReader.read(ctx, ImageRequest.Operation.GENERATION_OR_EDIT), true)));
        get(routes, "/v1/jobs/{id}", ctx -> writeJob(ctx, findJob(ctx)));
        routes.get("/v1/jobs/{id}/events", ctx -> eventStream.stream(ctx, findJob(ctx)));
        routes.head("/v1/jobs/{id}/events", ctx -> {
            findJob(ctx);
            JobEventStream.writeHead(ctx);
        });
        get(routes, "/v1/jobs/{id}/images/{index}", resultImages::serve);
        routes.delete("/v1/jobs/{id}", ctx -> writeJob(ctx, jobQueue.cancel(ctx.pathParam("id"))));

        // trainings of LoRAs
        routes.post(TRAININGS, ctx -> {
            TrainingJob job = trainingJobs.submit(requestReader.readTraining(ctx));
            ctx.status(202).header("Location", TRAININGS + "/" + job.id).json(TrainingView.of(job));
        });
        get(routes, TRAININGS + "/{id}", ctx -> ctx.json(TrainingView.of(trainingJobs.find(ctx.pathParam("id")))));
        routes.delete(TRAININGS + "/{id}", ctx -> ctx.json(TrainingView.of(trainingJobs.cancel(ctx.pathParam("id")))));

        // operations
        get(routes, "/healthz", ctx -> ctx.json(Map.of("status", "ok")));
        get(routes, "/readyz", ctx -> ctx.status(jobQueue.isStopping() ? 503 : 200)
                .json(Map.of("status", jobQueue.isStopping() ? "stopping" : "ready")));
        get(routes, "/metrics", ctx -> ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(metrics.scrape()));
        get(routes, "/openapi.json", ctx -> staticFiles.serve(ctx, "openapi.json"));

        // the page
        get(routes, "/", ctx -> staticFiles.serve(ctx, PAGE_FILES.get(0)));
        for (String file : PAGE_FILES.subList(1, PAGE_FILES.size()))
            get(routes, "/" + file, ctx -> staticFiles.serve(ctx, file));
        for (String file : EXAMPLE_IMAGES) get(routes, "/examples/" + file, ctx -> staticFiles.serve(ctx, file));
    }

    /** Answers HEAD requests, too, whose response is that of GET without the body. */
    private static void get(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    private Job findJob(Context ctx) {
        return jobQueue.find(ctx.pathParam("id"));
    }

    private void writeJob(Context ctx, Job job) {
        ctx.json(JobView.of(job, job.snapshotForViewer(), jobQueue));
    }

    private void writeAccepted(Context ctx, Job job) {
        ctx.status(202).header("Location", "/v1/jobs/" + job.id);
        writeJob(ctx, job);
    }

    private void createImages(Context ctx, ImageRequest.Operation operation) throws IOException, InterruptedException {
        ImageRequest request = requestReader.read(ctx, operation);
        if (request.openAiOptions().stream()) imageEventStream.stream(ctx, request);
        else
            writeImages(
                    ctx,
                    imagesApi.createImages(request, ClientConnection.of(ctx), ctx.attribute(AccessFilter.SERVER_URL)));
    }

    /** Writes base64 data as it is encoded, because the images of a request can have hundreds of megabytes. */
    private void writeImages(Context ctx, OpenAiImagesApi.ImagesResponse response) throws IOException {
        responseMemory.register(ctx, response.fileBytes());
        Json.MAPPER.writeValue(ctx.contentType("application/json").outputStream(), response);
    }
}
