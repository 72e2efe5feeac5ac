package dev.mige4j.web;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jetty.JettyServerThreadPoolMetrics;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.util.thread.ThreadPool;

/** Micrometer meters in Prometheus format: HTTP requests, jobs, queue, retained results, Jetty threads, JVM. */
final class ServerMetrics implements AutoCloseable {

    private static final Duration[] REQUEST_BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };
    private static final Duration[] JOB_BUCKETS = {
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gcMetrics = new JvmGcMetrics();

    ServerMetrics() {
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        gcMetrics.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    void bindTo(JobQueue jobQueue) {
        Gauge.builder("mige.jobs.queued", jobQueue, JobQueue::queuedCount)
                .description("Jobs waiting in the queue")
                .register(registry);
        Gauge.builder("mige.jobs.active", jobQueue, JobQueue::runningCount)
                .description("Jobs being generated")
                .register(registry);
        Gauge.builder("mige.results.retained", jobQueue, JobQueue::retainedBytes)
                .description("Size of retained results")
                .baseUnit("bytes")
                .register(registry);
    }

    void bindTo(ImageGenerator generator) {
        Gauge.builder("mige.lora.models", generator, ImageGenerator::derivedCount)
                .description("Models with LoRA adapters that are open")
                .register(registry);
        FunctionCounter.builder("mige.lora.models.opened", generator, ImageGenerator::openedCount)
                .description("Models with LoRA adapters that were opened")
                .register(registry);
    }

    void bindTo(ThreadPool threadPool) {
        new JettyServerThreadPoolMetrics(threadPool, List.of()).bindTo(registry);
    }

    /** Records a request under the names and tags that Spring Boot uses. */
    void recordRequest(String method, String uri, int status, Duration duration) {
        Timer.builder("http.server.requests")
                .description("HTTP requests")
                .tag("method", method)
                .tag("uri", uri)
                .tag("status", String.valueOf(status))
                .tag("outcome", outcome(status))
                .serviceLevelObjectives(REQUEST_BUCKETS)
                .register(registry)
                .record(duration);
    }

    private static String outcome(int status) {
        return switch (status / 100) {
            case 1 -> "INFORMATIONAL";
            case 2 -> "SUCCESS";
            case 3 -> "REDIRECTION";
            case 4 -> "CLIENT_ERROR";
            case 5 -> "SERVER_ERROR";
            default -> "UNKNOWN";
        };
    }

    void recordJob(Job.JobState state, Duration duration) {
        Timer.builder("mige.job.duration")
                .description("Job duration by outcome")
                .tag("outcome", state.jsonName())
                .serviceLevelObjectives(JOB_BUCKETS)
                .register(registry)
                .record(duration);
    }

    void recordTraining(Job.JobState state, Duration duration) {
        Timer.builder("mige.training.duration")
                .description("Duration of the training of a LoRA by outcome")
                .tag("outcome", state.jsonName())
                .register(registry)
                .record(duration);
    }

    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gcMetrics.close();
        registry.close();
    }
}
