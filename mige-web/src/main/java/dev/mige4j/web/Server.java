package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.Mige;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JavalinJackson;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.MinimumDataRateHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A loaded model behind HTTP: OpenAI's images API, jobs, and one page.
 *
 * <pre>
 *   try (var mige = Mige.embedded(); var server = Server.start(ServerConfig.DEFAULT, mige)) { server.join(); }
 * </pre>
 *
 * <p>The model is the caller's and stays open when the server closes.
 */
public final class Server implements AutoCloseable {

    /** Threads that answer; each slow client holds at most one of them. */
    private static final int MAX_THREADS = 256, MAX_CONNECTIONS = 1024, MAX_HEADER_BYTES = 16 << 10;
    /** A client that sends or takes less than this (bytes a second, on average) is let go. */
    private static final int MIN_BYTES_PER_SECOND = 1024;

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(20), STOP_TIMEOUT = Duration.ofSeconds(3);
    /** Pictures decoded at the same time: each may take tens of megabytes for a moment. */
    private static final int MAX_CONCURRENT_DECODES = 2;

    /**
     * Jetty greets at each start; only its warnings count. Javalin's errors are told by {@link #requestLog}. Held,
     * since a logger that nobody holds forgets its level.
     */
    private static final List<Logger> SILENCED_LOGGERS =
            List.of(Logger.getLogger("io.javalin"), Logger.getLogger("org.eclipse.jetty"));

    static {
        SILENCED_LOGGERS.get(0).setLevel(Level.OFF);
        SILENCED_LOGGERS.get(1).setLevel(Level.WARNING);
    }

    private final ServerConfig config;
    private final ImageGenerator generator;
    private final ObjectMapper objectMapper =
            new ObjectMapper().setSerializationInclusion(JsonInclude.Include.NON_NULL);
    private final ServerMetrics metrics = new ServerMetrics();
    private final RequestLog requestLog;
    private final JobQueue jobQueue;
    private final MemoryBudget uploadMemory;
    private final Semaphore decodePermits = new Semaphore(MAX_CONCURRENT_DECODES);
    private final Javalin app;
    private final AtomicInteger inFlightRequests = new AtomicInteger();
    private boolean closed;

    private Server(ServerConfig config, ImageGenerator generator) {
        this.config = config;
        this.generator = generator;
        requestLog = new RequestLog(config.log(), objectMapper);
        uploadMemory = new MemoryBudget(config.limits().maxMemoryBytes());
        jobQueue = new JobQueue(generator, config.limits(), (job, state, duration, error) -> {
            metrics.recordJob(state, duration);
            requestLog.job(job, state, duration, error);
        });
        metrics.bindTo(jobQueue);
        app = Javalin.create(this::configure);
    }

    /** Starts to listen; throws {@link UsageException} when the address cannot be had. */
    public static Server start(ServerConfig config, Mige mige) {
        return start(config, ImageGenerator.of(mige));
    }

    static Server start(ServerConfig config, ImageGenerator generator) {
        Server server = new Server(config, generator);
        try {
            server.app.start();
        } catch (RuntimeException e) {
            server.jobQueue.close();
            throw new UsageException(
                    "The server cannot listen on %s port %d (%s). Choose another with --port.",
                    config.host(), config.port(), rootCauseMessage(e));
        }
        server.requestLog.event(
                "started", Map.of("host", config.host(), "port", server.port(), "model", generator.name()));
        return server;
    }

    private static String rootCauseMessage(Throwable e) {
        while (e.getCause() != null) e = e.getCause();
        return e.getMessage();
    }

    public int port() {
        return app.port();
    }

    /** Where a browser on this machine finds the page. */
    public String url() {
        String host = Set.of("0.0.0.0", "::").contains(config.host()) ? "127.0.0.1" : config.host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
    }

    /** Waits until the process is told to stop (Ctrl-C, SIGTERM), then closes the server in good order. */
    public void join() throws InterruptedException {
        Thread shutdownHook = new Thread(this::close, "mige-stop");
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        app.jettyServer().server().join();
    }

    /** Answers 503 to what waits, lets running requests end within {@link Limits#gracePeriod}, and frees the port. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
        }
        requestLog.event("stopping", Map.of("queued", jobQueue.queuedCount(), "running", jobQueue.runningCount()));
        jobQueue.close();
        awaitInFlightRequests();
        try {
            app.stop();
        } catch (RuntimeException e) {
            requestLog.error("stop", e); // a connection that would not end in time; the port is free all the same
        }
        requestLog.event("stopped", Map.of());
    }

    /** Gives the answers that are on their way a moment to leave. */
    private void awaitInFlightRequests() {
        for (long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
                inFlightRequests.get() > 0 && System.nanoTime() < deadline; )
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
    }

    // ---- set-up

    private void configure(JavalinConfig javalin) {
        javalin.startup.showJavalinBanner = false;
        javalin.startup.showOldJavalinVersionWarning = false;
        javalin.startup.startupWatcherEnabled = false;
        javalin.http.prefer405over404 = true;
        javalin.http.compressionStrategy = io.javalin.compression.CompressionStrategy.NONE; // PNG is compressed already
        javalin.jsonMapper(new JavalinJackson(objectMapper, false));
        javalin.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, 8, (int) IDLE_TIMEOUT.toMillis());
        javalin.jetty.modifyServer(jetty -> {
            jetty.setErrorHandler(new JsonErrorHandler(objectMapper));
            jetty.setHandler(new MinimumDataRateHandler(MIN_BYTES_PER_SECOND, 0));
            jetty.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, jetty));
            jetty.setStopTimeout(STOP_TIMEOUT.toMillis());
        });
        javalin.jetty.addConnector((jetty, httpConfiguration) -> {
            ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(httpConfiguration));
            connector.setHost(config.host());
            connector.setPort(config.port());
            connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
            connector.setShutdownIdleTimeout(50); // connections without a request need no farewell
            return connector;
        });
        javalin.jetty.modifyHttpConfiguration(httpConfiguration -> {
            httpConfiguration.setSendServerVersion(false);
            httpConfiguration.setRequestHeaderSize(MAX_HEADER_BYTES);
            httpConfiguration.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        });
        AccessFilter accessFilter = new AccessFilter(config);
        List<String> staticFileNames = Stream.concat(Routes.PAGE_FILES.stream(), Stream.of("openapi.json"))
                .toList();
        Routes routes = new Routes(
                jobQueue,
                new OpenAiImagesApi(jobQueue, generator, config.limits(), System.currentTimeMillis() / 1000),
                new JobEventStream(jobQueue, objectMapper, config.limits().maxEventStreams()),
                metrics,
                new StaticFiles(staticFileNames, Routes.EXAMPLE_IMAGES),
                this::readRequest);
        javalin.routes.before(ctx -> {
            inFlightRequests.incrementAndGet();
            ctx.attribute(
                    "id",
                    "req_"
                            + Long.toHexString(java.util.concurrent.ThreadLocalRandom.current()
                                    .nextLong()));
            ctx.header("X-Request-Id", ctx.attribute("id"))
                    .header("X-Content-Type-Options", "nosniff")
                    .header("Referrer-Policy", "no-referrer");
            accessFilter.check(ctx);
        });
        routes.register(javalin.routes);
        registerExceptionHandlers(javalin);
        javalin.requestLogger.http((ctx, millis) -> {
            Duration duration = Duration.ofNanos((long) (millis * 1e6));
            String route = ctx.endpoints().lastHttpEndpoint() == null
                    ? "none"
                    : ctx.endpoints().lastHttpEndpoint().path;
            metrics.recordRequest(ctx.method().name(), route, ctx.statusCode(), duration);
            inFlightRequests.decrementAndGet();
            requestLog.request(
                    String.valueOf((Object) ctx.attribute("id")),
                    ctx.method().name(),
                    route,
                    ctx.statusCode(),
                    duration,
                    ctx.req().getContentLengthLong());
        });
    }

    private void registerExceptionHandlers(JavalinConfig javalin) {
        javalin.routes.exception(ApiException.class, (e, ctx) -> writeError(ctx, e));
        javalin.routes.exception(
                UsageException.class,
                (e, ctx) -> writeError(ctx, ApiException.of(400, "invalid_value", "%s", e.getMessage())));
        javalin.routes.exception(
                HttpResponseException.class,
                (e, ctx) -> writeError(
                        ctx,
                        e.getStatus() == 405
                                ? ApiException.of(
                                        405,
                                        "method_not_allowed",
                                        "%s is not possible here.",
                                        ctx.method().name())
                                : e.getStatus() == 404
                                        ? ApiException.of(
                                                404,
                                                "not_found",
                                                "There is nothing at this address; /openapi.json lists what there is.")
                                        : ApiException.of(
                                                e.getStatus(),
                                                "refused",
                                                "The request was refused (%d).",
                                                e.getStatus())));
        javalin.routes.exception(EofException.class, (e, ctx) -> ctx.status(499)); // the client is gone
        javalin.routes.exception(Exception.class, (e, ctx) -> {
            String requestId = String.valueOf((Object) ctx.attribute("id"));
            requestLog.error(requestId, e);
            writeError(ctx, ApiException.internalError(requestId));
        });
    }

    private void writeError(Context ctx, ApiException e) {
        if (ctx.res().isCommitted()) return;
        if (e.retryAfterSeconds > 0) ctx.header("Retry-After", String.valueOf(e.retryAfterSeconds));
        if (e.status == 413 || e.status == 408) ctx.header("Connection", "close"); // the rest of the body is not wanted
        ctx.status(e.status).json(e.body());
    }

    /** Body to order, with a place in the queue, memory for the body and a decoder taken on the way. */
    private ImageRequest readRequest(Context ctx, ImageRequest.Operation operation) throws IOException {
        jobQueue.checkCapacity();
        Limits limits = config.limits();
        long contentLength = ctx.req().getContentLengthLong(),
                reservedBytes =
                        contentLength < 0 || contentLength > limits.maxBodyBytes()
                                ? limits.maxBodyBytes()
                                : contentLength;
        uploadMemory.acquire(reservedBytes, "bodies being sent");
        try {
            RequestBody body = readBody(ctx, contentLength, limits.maxBodyBytes());
            if (!decodePermits.tryAcquire(20, TimeUnit.SECONDS))
                throw ApiException.tooManyRequests(
                        5, "Too many pictures are being read. Send the request again in five seconds.");
            try {
                return ImageRequest.parse(body, operation, generator, limits);
            } finally {
                decodePermits.release();
            }
        } catch (InterruptedException e) {
            throw ApiException.shuttingDown();
        } finally {
            uploadMemory.release(reservedBytes);
        }
    }

    private static RequestBody readBody(Context ctx, long contentLength, int limit) throws IOException {
        try {
            return RequestBody.read(
                    ctx.req().getContentType(), contentLength, ctx.req().getInputStream(), limit);
        } catch (IOException | HttpException.RuntimeException e) { // the client's doing, not ours
            throw isTimeout(e)
                    ? ApiException.of(408, "too_slow", "The body came too slowly.")
                    : ApiException.of(
                            400, "malformed_body", "The request's body ended before its end, or is not HTTP.");
        }
    }

    private static boolean isTimeout(Throwable e) {
        for (; e != null; e = e.getCause())
            if (e instanceof TimeoutException
                    || e instanceof HttpException httpException && httpException.getCode() == 408) return true;
        return false;
    }

    /** Method and path of every route, for the test that compares them with the description. */
    Set<String> registeredRoutes() {
        List<String> endpoints = new ArrayList<>();
        for (var handler : app.unsafe.internalRouter.allHttpHandlers())
            if (!handler.endpoint.method.name().startsWith("BEFORE"))
                endpoints.add(handler.endpoint.method.name() + " " + handler.endpoint.path);
        return new TreeSet<>(endpoints);
    }
}
