package dev.mige4j.eval;

import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.metric.EntityCropper;
import dev.mige4j.eval.metric.Metric;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The models that metrics need. Metrics whose model is not there are left out.
 *
 * @param clip embeds images and captions, for CLIP-I, CLIP-T and CLIPdir
 * @param dino embeds images, for DINO
 * @param cropper finds entities in outputs; without one, metrics of entities are missing
 * @param judge asks a vision-language model about the outputs; its scores are recorded apart from those of the others
 */
public record MetricModels(
        Optional<Embedder> clip,
        Optional<ImageEmbedder> dino,
        Optional<EntityCropper> cropper,
        Optional<JudgeQueue> judge) {

    /** No models: pixel metrics, and those that a benchmark computes itself. */
    public static final MetricModels NONE = new MetricModels(Optional.empty(), Optional.empty(), Optional.empty());

    /** Without a judge. */
    public MetricModels(Optional<Embedder> clip, Optional<ImageEmbedder> dino, Optional<EntityCropper> cropper) {
        this(clip, dino, cropper, Optional.empty());
    }

    /** What scores depend on, but for those of the judge; empty without models. */
    String provenance() {
        return clip.map(model -> "; CLIP " + model.name()).orElse("")
                + dino.map(model -> "; DINO " + model.name()).orElse("")
                + cropper.map(model -> "; entities " + model.name()).orElse("");
    }

    /**
     * Describes the models for the head of the reports, with the metrics of a benchmark that are left out for want of
     * one.
     */
    Map<String, String> metadata(Benchmark benchmark) {
        Set<Metric> leftOut = EnumSet.noneOf(Metric.class);
        Set<String> suites = new HashSet<>();
        for (BenchmarkSample sample : benchmark.samples())
            if (suites.add(sample.suite().label()))
                for (Comparison comparison : sample.turn(sample.turnCount() - 1).comparisons())
                    if (!canCompute(comparison.metric())) leftOut.add(comparison.metric());
        Map<String, String> metadata = new LinkedHashMap<>();
        clip.ifPresent(model -> metadata.put("CLIP", model.name()));
        dino.ifPresent(model -> metadata.put("DINO", model.name()));
        judge.ifPresent(model -> metadata.put("judge", model.provenance()));
        if (!leftOut.isEmpty())
            metadata.put(
                    "not measured",
                    leftOut.stream()
                            .map(metric ->
                                    metric.title() + (usesDino(metric) ? " (no DINO model)" : " (no CLIP model)"))
                            .collect(Collectors.joining(", ")));
        return metadata;
    }

    /** Whether the model of a metric of {@link dev.mige4j.eval.benchmark.Comparison}s is there. */
    boolean canCompute(Metric metric) {
        return usesDino(metric) ? dino.isPresent() : isPixelMetric(metric) || clip.isPresent();
    }

    static boolean usesDino(Metric metric) {
        return metric == Metric.DINO || metric == Metric.DINO_INPUT;
    }

    static boolean isPixelMetric(Metric metric) {
        return metric == Metric.L1 || metric == Metric.L2;
    }
}
