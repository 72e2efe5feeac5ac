package mige.web;

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

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JavalinJackson;
import mige.pipeline.Mige;
import mige.tensor.UsageException;
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
    private static final int THREADS = 256, CONNECTIONS = 1024, HEADER_BYTES = 16 << 10;
    /** A client that sends or takes less than this (bytes a second, on average) is let go. */
    private static final int SLOWEST = 1024;
    private static final Duration IDLE = Duration.ofSeconds(20), FAREWELL = Duration.ofSeconds(3);
    /** Pictures decoded at the same time: each may take tens of megabytes for a moment. */
    private static final int DECODERS = 2;

    /** Jetty greets at each start; only its warnings count. Javalin's errors are told by {@link #log}. Held, since a logger that nobody holds forgets its level. */
    private static final List<Logger> QUIET = List.of(Logger.getLogger("io.javalin"), Logger.getLogger("org.eclipse.jetty"));

    static {
        QUIET.get(0).setLevel(Level.OFF);
        QUIET.get(1).setLevel(Level.WARNING);
    }

    private final ServerConfig config;
    private final Model model;
    private final ObjectMapper json = new ObjectMapper().setSerializationInclusion(JsonInclude.Include.NON_NULL);
    private final Metrics metrics = new Metrics();
    private final RequestLog log;
    private final Jobs jobs;
    private final Room uploads;
    private final Semaphore decoders = new Semaphore(DECODERS);
    private final Javalin http;
    private final AtomicInteger open = new AtomicInteger();
    private boolean closed;

    private Server(ServerConfig config, Model model) {
        this.config = config;
        this.model = model;
        log = new RequestLog(config.log(), json);
        uploads = new Room(config.limits().memory());
        jobs = new Jobs(model, config.limits(), (job, state, took, fault) -> {
            metrics.job(state, took);
            log.job(job, state, took, fault);
        });
        metrics.watch(jobs);
        http = Javalin.create(this::configure);
    }

    /** Starts to listen; throws {@link UsageException} when the address cannot be had. */
    public static Server start(ServerConfig config, Mige mige) {
        return start(config, Model.of(mige));
    }

    static Server start(ServerConfig config, Model model) {
        Server server = new Server(config, model);
        try {
            server.http.start();
        } catch (RuntimeException e) {
            server.jobs.close();
            throw new UsageException("The server cannot listen on %s port %d (%s). Choose another with --port.", config.host(), config.port(), reason(e));
        }
        server.log.event("started", Map.of("host", config.host(), "port", server.port(), "model", model.name()));
        return server;
    }

    private static String reason(Throwable e) {
        while (e.getCause() != null) e = e.getCause();
        return e.getMessage();
    }

    public int port() {
        return http.port();
    }

    /** Where a browser on this machine finds the page. */
    public String url() {
        String host = Set.of("0.0.0.0", "::").contains(config.host()) ? "127.0.0.1" : config.host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
    }

    /** Waits until the process is told to stop (Ctrl-C, SIGTERM), then closes the server in good order. */
    public void join() throws InterruptedException {
        Thread stop = new Thread(this::close, "mige-stop");
        Runtime.getRuntime().addShutdownHook(stop);
        http.jettyServer().server().join();
    }

    /** Answers 503 to what waits, lets running requests end within {@link Limits#grace}, and frees the port. */
    @Override public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
        }
        log.event("stopping", Map.of("queued", jobs.queued(), "running", jobs.running()));
        jobs.close();
        awaitAnswers();
        try {
            http.stop();
        } catch (RuntimeException e) {
            log.fault("stop", e);               // a connection that would not end in time; the port is free all the same
        }
        log.event("stopped", Map.of());
    }

    /** Gives the answers that are on their way a moment to leave. */
    private void awaitAnswers() {
        for (long until = System.nanoTime() + FAREWELL.toNanos(); open.get() > 0 && System.nanoTime() < until; )
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
        javalin.http.compressionStrategy = io.javalin.compression.CompressionStrategy.NONE;      // PNG is compressed already
        javalin.jsonMapper(new JavalinJackson(json, false));
        javalin.jetty.threadPool = new QueuedThreadPool(THREADS, 8, (int) IDLE.toMillis());
        javalin.jetty.modifyServer(jetty -> {
            jetty.setErrorHandler(new PlainErrors(json));
            jetty.setHandler(new MinimumDataRateHandler(SLOWEST, 0));
            jetty.addBean(new NetworkConnectionLimit(CONNECTIONS, jetty));
            jetty.setStopTimeout(FAREWELL.toMillis());
        });
        javalin.jetty.addConnector((jetty, http) -> {
            ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(http));
            connector.setHost(config.host());
            connector.setPort(config.port());
            connector.setIdleTimeout(IDLE.toMillis());
            connector.setShutdownIdleTimeout(50);           // connections without a request need no farewell
            return connector;
        });
        javalin.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(HEADER_BYTES);
            http.setIdleTimeout(IDLE.toMillis());
        });
        Door door = new Door(config);
        List<String> files = Stream.concat(Routes.PAGE.stream(), Stream.of("openapi.json")).toList();
        Routes routes = new Routes(jobs, new Images(jobs, model, config.limits(), System.currentTimeMillis() / 1000),
                new Events(jobs, json, config.limits().watchers()), metrics, new Page(files, Routes.EXAMPLES), this::order);
        javalin.routes.before(ctx -> {
            open.incrementAndGet();
            ctx.attribute("id", "req_" + Long.toHexString(java.util.concurrent.ThreadLocalRandom.current().nextLong()));
            ctx.header("X-Request-Id", ctx.attribute("id")).header("X-Content-Type-Options", "nosniff").header("Referrer-Policy", "no-referrer");
            door.check(ctx);
        });
        routes.into(javalin.routes);
        errors(javalin);
        javalin.requestLogger.http((ctx, ms) -> {
            Duration took = Duration.ofNanos((long) (ms * 1e6));
            String route = ctx.endpoints().lastHttpEndpoint() == null ? "none" : ctx.endpoints().lastHttpEndpoint().path;
            metrics.request(ctx.method().name(), route, ctx.statusCode(), took);
            open.decrementAndGet();
            log.request(String.valueOf((Object) ctx.attribute("id")), ctx.method().name(), route, ctx.statusCode(), took, ctx.req().getContentLengthLong());
        });
    }

    private void errors(JavalinConfig javalin) {
        javalin.routes.exception(ApiException.class, (e, ctx) -> answer(ctx, e));
        javalin.routes.exception(UsageException.class, (e, ctx) -> answer(ctx, ApiException.of(400, "invalid_value", "%s", e.getMessage())));
        javalin.routes.exception(HttpResponseException.class, (e, ctx) -> answer(ctx, e.getStatus() == 405
                ? ApiException.of(405, "method_not_allowed", "%s is not possible here.", ctx.method().name())
                : e.getStatus() == 404 ? ApiException.of(404, "not_found", "There is nothing at this address; /openapi.json lists what there is.")
                : ApiException.of(e.getStatus(), "refused", "The request was refused (%d).", e.getStatus())));
        javalin.routes.exception(EofException.class, (e, ctx) -> ctx.status(499));       // the client is gone
        javalin.routes.exception(Exception.class, (e, ctx) -> {
            String id = String.valueOf((Object) ctx.attribute("id"));
            log.fault(id, e);
            answer(ctx, ApiException.internal(id));
        });
    }

    private void answer(Context ctx, ApiException e) {
        if (ctx.res().isCommitted()) return;
        if (e.retryAfter > 0) ctx.header("Retry-After", String.valueOf(e.retryAfter));
        if (e.status == 413 || e.status == 408) ctx.header("Connection", "close");        // the rest of the body is not wanted
        ctx.status(e.status).json(e.body());
    }

    /** Body to order, with a place in the queue, memory for the body and a decoder taken on the way. */
    private Order order(Context ctx, Order.Kind kind) throws IOException {
        jobs.expectPlace();
        Limits limits = config.limits();
        long length = ctx.req().getContentLengthLong(), room = length < 0 || length > limits.body() ? limits.body() : length;
        uploads.take(room, "bodies being sent");
        try {
            Form form = read(ctx, length, limits.body());
            if (!decoders.tryAcquire(20, TimeUnit.SECONDS)) throw ApiException.busy(5, "Too many pictures are being read. Send the request again in five seconds.");
            try {
                return Order.of(form, kind, model, limits);
            } finally {
                decoders.release();
            }
        } catch (InterruptedException e) {
            throw ApiException.stopping();
        } finally {
            uploads.give(room);
        }
    }

    private static Form read(Context ctx, long length, int limit) throws IOException {
        try {
            return Form.read(ctx.req().getContentType(), length, ctx.req().getInputStream(), limit);
        } catch (IOException | HttpException.RuntimeException e) {             // the client's doing, not ours
            throw tooSlow(e) ? ApiException.of(408, "too_slow", "The body came too slowly.")
                    : ApiException.of(400, "malformed_body", "The request's body ended before its end, or is not HTTP.");
        }
    }

    private static boolean tooSlow(Throwable e) {
        for (; e != null; e = e.getCause())
            if (e instanceof TimeoutException || e instanceof HttpException bad && bad.getCode() == 408) return true;
        return false;
    }

    /** Method and path of every route, for the test that compares them with the description. */
    Set<String> routes() {
        List<String> all = new ArrayList<>();
        for (var parsed : http.unsafe.internalRouter.allHttpHandlers())
            if (!parsed.endpoint.method.name().startsWith("BEFORE")) all.add(parsed.endpoint.method.name() + " " + parsed.endpoint.path);
        return new TreeSet<>(all);
    }
}
