package dev.mige4j.web;

import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.Mige;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JavalinJackson;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP server for a loaded model: OpenAI-compatible images API, asynchronous jobs and a web page.
 *
 * <pre>
 *   try (var mige = Mige.embedded();
 *           var server = Server.start(ServerConfig.DEFAULT, mige)) {
 *       server.join();
 *   }
 * </pre>
 *
 * <p>Closing the server does not close the model. Requests and jobs are logged through SLF4J at level INFO, to the
 * logger {@value #ACCESS_LOGGER}; prompts, images, API keys and client addresses are never logged. The server chooses
 * no logging back end and sets no levels.
 */
public final class Server implements AutoCloseable {

    /** Name of the SLF4J logger that receives one line per request, job and training. */
    public static final String ACCESS_LOGGER = "dev.mige4j.web.access";

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);
    private static final Logger ACCESS = LoggerFactory.getLogger(ACCESS_LOGGER);

    static final int MAX_CONNECTIONS = 1024;
    /** Connections that are open while a surplus one is being closed. */
    private static final int SPARE_CONNECTIONS = 64;
    /**
     * One for each connection, because a client that reads slowly occupies one, and some for accepting and selecting.
     */
    private static final int MAX_THREADS = MAX_CONNECTIONS + 2 * SPARE_CONNECTIONS;

    private static final int MIN_THREADS = 8;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int INPUT_BUFFER_BYTES = 64 << 10;

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

    private final ServerConfig config;
    private final ServerMetrics metrics = new ServerMetrics();
    private final ImageGenerator generator;
    private final JobQueue jobQueue;
    private final TrainingJobs trainingJobs;
    private final Javalin app;
    private final AtomicInteger inFlightRequests = new AtomicInteger();
    private boolean closed;

    private Server(ServerConfig config, ImageGenerator generator, Optional<LoraTrainer> trainer) {
        this.config = config;
        this.generator = generator;
        MemoryBudget imageMemory = new MemoryBudget(config.limits().maxMemoryBytes() / 2 * 3);
        jobQueue = new JobQueue(generator, config.limits(), imageMemory, this::onJobEnded);
        trainingJobs = new TrainingJobs(trainer, imageMemory, config.limits().gracePeriod(), this::onTrainingEnded);
        metrics.bindTo(jobQueue);
        metrics.bindTo(generator);
        app = Javalin.create(
                javalin -> configure(javalin, generator, new DecodeGate(imageMemory, jobQueue::isStopping)));
    }

    /**
     * Starts listening.
     *
     * @throws UsageException when the address is not available
     */
    public static Server start(ServerConfig config, Mige mige) {
        return start(config, ImageGenerator.of(mige));
    }

    /**
     * Starts listening; clients can also train LoRAs, one at a time.
     *
     * @throws UsageException when the address is not available
     */
    public static Server start(ServerConfig config, Mige mige, LoraTrainer trainer) {
        return start(config, ImageGenerator.of(mige), Optional.of(trainer));
    }

    static Server start(ServerConfig config, ImageGenerator generator) {
        return start(config, generator, Optional.empty());
    }

    static Server start(ServerConfig config, ImageGenerator generator, Optional<LoraTrainer> trainer) {
        Server server = new Server(config, generator, trainer);
        try {
            server.app.start();
        } catch (RuntimeException e) {
            server.jobQueue.close();
            server.metrics.close();
            throw new UsageException(
                    "The server cannot listen on %s port %d: %s.",
                    config.host(), config.port(), rootCause(e).getMessage(), e);
        }
        LOGGER.info("started host={} port={} model={}", config.host(), server.port(), generator.name());
        return server;
    }

    private static Throwable rootCause(Throwable e) {
        while (e.getCause() != null) e = e.getCause();
        return e;
    }

    /** The TCP port that the server listens on. */
    public int port() {
        return app.port();
    }

    /** URL of the web page for a browser on this machine. */
    public String url() {
        String host = Set.of("0.0.0.0", "::").contains(config.host()) ? "127.0.0.1" : config.host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
    }

    /** Blocks until the server stops. SIGINT and SIGTERM close it in an orderly way. */
    public void join() throws InterruptedException {
        Thread shutdownHook = new Thread(this::close, "mige-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        app.jettyServer().server().join();
    }

    /**
     * Shuts down: queued requests get status 503, running ones may continue for {@link Limits#gracePeriod}, the
     * training of a LoRA is cancelled, then the port is released. Closing twice has no effect.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
        }
        LOGGER.info("stopping queued={} running={}", jobQueue.queuedCount(), jobQueue.runningCount());
        trainingJobs.stop();
        jobQueue.close();
        trainingJobs.close();
        awaitInFlightRequests();
        try {
            app.stop();
        } catch (RuntimeException e) {
            LOGGER.warn("a connection did not close in time", e); // the port is released all the same
        }
        generator.close();
        metrics.close();
        LOGGER.info("stopped");
    }

    /** Gives responses that are being written up to {@link #STOP_TIMEOUT} to complete. */
    private void awaitInFlightRequests() {
        long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
        while (inFlightRequests.get() > 0 && System.nanoTime() < deadline) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    // ---- configuration

    private void configure(JavalinConfig javalin, ImageGenerator generator, DecodeGate decodeGate) {
        javalin.startup.showJavalinBanner = false;
        javalin.startup.showOldJavalinVersionWarning = false;
        javalin.startup.startupWatcherEnabled = false;
        javalin.http.prefer405over404 = true;
        javalin.http.compressionStrategy = CompressionStrategy.NONE; // PNG files are compressed already
        javalin.router.handlerWrapper(endpoint -> ctx -> handleErrors(endpoint.handler, ctx));
        javalin.jsonMapper(new JavalinJackson(Json.MAPPER, false));
        configureJetty(javalin);

        AccessFilter accessFilter = new AccessFilter(config);
        javalin.routes.before(ctx -> {
            inFlightRequests.incrementAndGet();
            Request.addCompletionListener(
                    ServletContextRequest.getServletContextRequest(ctx.req()),
                    failure -> inFlightRequests.decrementAndGet());
            String requestId =
                    "req_" + Long.toHexString(ThreadLocalRandom.current().nextLong());
            ctx.attribute("id", requestId);
            ctx.header("X-Request-Id", requestId);
            ResponseHeaders.DEFAULTS.forEach(ctx::header);
            accessFilter.check(ctx);
        });
        var responseMemory = new ResponseMemory(config.limits().maxMemoryBytes());
        ResultImages resultImages = new ResultImages(jobQueue, decodeGate, responseMemory);
        var loraFolder = new LoraFolder(config.loraFolder(), generator);
        var loraParser = new LoraParser(loraFolder);
        var openAiParser = new OpenAiParser(generator, config.compatibility());
        var requestReader = new RequestReader(
                jobQueue, trainingJobs, openAiParser, loraParser, config.limits(), decodeGate, resultImages);
        javalin.routes.beforeMatched(requestReader::receive);
        Routes routes = new Routes(
                jobQueue,
                trainingJobs,
                new OpenAiImagesApi(jobQueue, generator, config, trainingJobs.isEnabled()),
                resultImages,
                new JobEventStream(jobQueue, config.limits().maxEventStreams()),
                new ImageEventStream(jobQueue, responseMemory),
                responseMemory,
                metrics,
                requestReader,
                loraFolder);
        routes.register(javalin.routes);
        registerExceptionHandlers(javalin);
        javalin.requestLogger.http((ctx, millis) -> onRequestCompleted(ctx, Duration.ofNanos((long) (millis * 1e6))));
    }

    private void configureJetty(JavalinConfig javalin) {
        QueuedThreadPool threadPool = new QueuedThreadPool(MAX_THREADS, MIN_THREADS, (int) IDLE_TIMEOUT.toMillis());
        metrics.bindTo(threadPool);
        javalin.jetty.threadPool = threadPool;
        javalin.jetty.modifyServer(jetty -> {
            jetty.setErrorHandler(new JsonErrorHandler());
            jetty.setHandler(new LingeringHandler());
            jetty.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS + SPARE_CONNECTIONS, jetty));
            jetty.setStopTimeout(STOP_TIMEOUT.toMillis());
        });
        javalin.jetty.addConnector(this::createConnector);
        javalin.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MAX_HEADER_BYTES);
            http.setInputBufferSize(INPUT_BUFFER_BYTES);
            http.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        });
    }

    private ServerConnector createConnector(org.eclipse.jetty.server.Server jetty, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(http));
        connector.setHost(config.host());
        connector.setPort(config.port());
        connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        connector.setAcceptQueueSize(MAX_CONNECTIONS);
        connector.addBean(new ConnectionLimit(MAX_CONNECTIONS));
        connector.setShutdownIdleTimeout(50); // idle keep-alive connections must not delay the shutdown
        return connector;
    }

    private void registerExceptionHandlers(JavalinConfig javalin) {
        javalin.routes.exception(ApiException.class, (e, ctx) -> writeError(ctx, e));
        javalin.routes.exception(HttpResponseException.class, (e, ctx) -> writeError(ctx, toApiException(e, ctx)));
        javalin.routes.exception(EofException.class, (e, ctx) -> ctx.status(499)); // the client closed the connection
        javalin.routes.exception(Exception.class, (e, ctx) -> writeError(ctx, toApiException(e, ctx)));
    }

    /** Answers an Error like an exception, which Javalin alone does not. */
    private static void handleErrors(Handler handler, Context ctx) throws Exception {
        try {
            handler.handle(ctx);
        } catch (Error e) {
            throw toApiException(e, ctx);
        }
    }

    private static ApiException toApiException(Throwable e, Context ctx) {
        ApiException response = ApiException.of(e, requestId(ctx));
        if (response.status >= 500) LOGGER.error("request failed id={}", requestId(ctx), e);
        return response;
    }

    private static ApiException toApiException(HttpResponseException e, Context ctx) {
        return switch (e.getStatus()) {
            case 404 -> ApiException.of(404, "not_found", "There is no such endpoint. See /openapi.json.");
            case 405 -> {
                ctx.header("Allow", e.getDetails().getOrDefault("availableMethods", ""));
                yield ApiException.of(
                        405,
                        "method_not_allowed",
                        "Method %s is not allowed here.",
                        ctx.method().name());
            }
            default ->
                ApiException.of(
                        e.getStatus(), "request_rejected", "The request was rejected with status %d.", e.getStatus());
        };
    }

    private static void writeError(Context ctx, ApiException e) {
        if (ctx.res().isCommitted()) { // the client must see that the response is incomplete
            ClientConnection.of(ctx).close();
            return;
        }
        ResponseHeaders.DEFAULTS.forEach(ctx::header);
        if (e.retryAfterSeconds > 0) ctx.header("Retry-After", String.valueOf(e.retryAfterSeconds));
        if (e.status == 413 || e.status == 408) ctx.header("Connection", "close"); // the rest of the body is not read
        ctx.status(e.status).json(e.body());
    }

    // ---- metrics and logging

    private void onRequestCompleted(Context ctx, Duration duration) {
        var endpoint = ctx.endpoints().matchedHttpEndpoint();
        String method = ctx.method().name();
        String uri = endpoint == null ? "UNKNOWN" : endpoint.path;
        int status = ctx.statusCode();
        metrics.recordRequest(method, uri, status, duration);
        ACCESS.info(
                "request id={} method={} uri={} status={} duration_ms={} body_bytes={}",
                requestId(ctx),
                method,
                uri,
                status,
                duration.toMillis(),
                Math.max(0, ctx.req().getContentLengthLong()));
    }

    private void onJobEnded(Job job, Job.JobState state, Duration duration, Throwable error) {
        metrics.recordJob(state, duration);
        ACCESS.info("job id={} state={} duration_ms={}", job.logId, state.jsonName(), duration.toMillis());
        if (error != null) LOGGER.error("job failed id={}", job.logId, error);
    }

    private void onTrainingEnded(TrainingJob job, Duration duration, Throwable error) {
        Job.JobState state = job.snapshot().state();
        metrics.recordTraining(state, duration);
        ACCESS.info("training id={} state={} duration_ms={}", job.logId, state.jsonName(), duration.toMillis());
        if (error != null) LOGGER.error("training failed id={}", job.logId, error);
    }

    private static String requestId(Context ctx) {
        return Objects.requireNonNullElse(ctx.<String>attribute("id"), "-");
    }

    /** Method and path of every route, so that a test can compare them with {@code openapi.json}. */
    Set<String> registeredRoutes() {
        Set<String> endpoints = new TreeSet<>();
        for (var handler : app.unsafe.internalRouter.allHttpHandlers())
            if (!handler.endpoint.method.name().startsWith("BEFORE"))
                endpoints.add(handler.endpoint.method.name() + " " + handler.endpoint.path);
        return endpoints;
    }
}
