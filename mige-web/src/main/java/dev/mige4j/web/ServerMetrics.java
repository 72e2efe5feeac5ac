package dev.mige4j.web;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;

/** Figures for Prometheus: requests by route and status, jobs by how they ended, queue, kept results, the JVM. */
final class ServerMetrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    ServerMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    void bindTo(JobQueue jobQueue) {
        Gauge.builder("mige.jobs.queued", jobQueue, JobQueue::queuedCount)
                .description("requests that wait")
                .register(registry);
        Gauge.builder("mige.jobs.running", jobQueue, JobQueue::runningCount)
                .description("requests being made")
                .register(registry);
        Gauge.builder("mige.results.kept", jobQueue, JobQueue::retainedBytes)
                .description("bytes of finished results kept")
                .baseUnit("bytes")
                .register(registry);
    }

    void recordRequest(String method, String route, int status, Duration duration) {
        Timer.builder("http.server.requests")
                .description("requests answered")
                .tag("method", method)
                .tag("route", route)
                .tag("status", String.valueOf(status))
                .serviceLevelObjectives(
                        Duration.ofMillis(10),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60))
                .register(registry)
                .record(duration);
    }

    void recordJob(Job.JobState state, Duration duration) {
        Timer.builder("mige.jobs")
                .description("time of making, by how it ended")
                .tag("end", state.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60))
                .register(registry)
                .record(duration);
    }

    String scrape() {
        return registry.scrape();
    }
}
