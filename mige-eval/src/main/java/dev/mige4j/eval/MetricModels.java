package dev.mige4j.eval;

import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.metric.EntityCropper;
import dev.mige4j.eval.metric.Metric;
import java.util.Optional;

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

    /** Whether the model of a metric of {@link dev.mige4j.eval.benchmark.Comparison}s is there. */
    boolean canCompute(Metric metric) {
        return !usesDino(metric) && (isPixelMetric(metric) || clip.isPresent()) || usesDino(metric) && dino.isPresent();
    }

    static boolean usesDino(Metric metric) {
        return metric == Metric.DINO || metric == Metric.DINO_INPUT;
    }

    static boolean isPixelMetric(Metric metric) {
        return metric == Metric.L1 || metric == Metric.L2;
    }
}
