package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.metric.EntityCrop;
import dev.mige4j.eval.metric.EntityRequest;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.eval.metric.PixelMetrics;
import dev.mige4j.image.Image;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads and crops the images of comparisons, compares pixels, and prepares what is to be embedded. May be called by
 * several threads; each image of the benchmark is prepared for one output only, the first that needs it.
 */
final class ComparisonReader {

    private final MetricModels models;
    private final Set<String> clipKnown = ConcurrentHashMap.newKeySet(), dinoKnown = ConcurrentHashMap.newKeySet();
    private final Map<String, String> unreadable = new ConcurrentHashMap<>();

    ComparisonReader(MetricModels models) {
        this.models = models;
    }

    /** Why an image of the benchmark could not be read. */
    MetricValue unreadable(String name) {
        return MetricValue.missing(unreadable.getOrDefault(name, name + " could not be read"));
    }

    /** Everything about an output that needs no embedding. */
    ComparisonItem read(RowOutput output, List<Comparison> comparisons) {
        ComparisonItem item = new ComparisonItem(comparisons.stream()
                .filter(comparison -> models.canCompute(comparison.metric()))
                .toList());
        Reading reading = new Reading(output, item);
        for (Comparison comparison : item.comparisons)
            if (comparison instanceof Comparison.NotApplicable none)
                item.values.put(none.metric(), MetricValue.missing(none.reason()));
            else if (output.image().isEmpty())
                item.values.put(comparison.metric(), MetricValue.missing(output.reason()));
            else reading.add(comparison);
        return item;
    }

    /** The images of one output; each is read once. */
    private final class Reading {
        private final RowOutput output;
        private final ComparisonItem item;
        private final Map<String, EntityCrop> variants = new HashMap<>();
        private final Map<String, Image> references = new HashMap<>();

        Reading(RowOutput output, ComparisonItem item) {
            this.output = output;
            this.item = item;
        }

        void add(Comparison comparison) {
            Metric metric = comparison.metric();
            EntityCrop variant = variants.computeIfAbsent(ComparisonItem.variant(comparison), this::variant);
            if (!variant.isPresent()) item.values.put(metric, MetricValue.missing(variant.reason()));
            else if (MetricModels.isPixelMetric(metric))
                item.values.put(metric, pixels(metric, variant.image(), ((Comparison.WithImages) comparison).images()));
            else if (MetricModels.usesDino(metric))
                prepare(
                        comparison,
                        variant.image(),
                        models.dino().orElseThrow(),
                        item.dinoImages,
                        dinoKnown,
                        item.dinoReferences);
            else
                prepare(
                        comparison,
                        variant.image(),
                        models.clip().orElseThrow(),
                        item.clipImages,
                        clipKnown,
                        item.clipReferences);
        }

        private EntityCrop variant(String entity) {
            Image image = output.image().orElseThrow();
            if (entity.equals(ComparisonItem.WHOLE)) return EntityCrop.ofFile(image);
            return models.cropper()
                    .map(cropper -> cropper.crop(new EntityRequest(output.file(), image, entity)))
                    .orElseGet(() -> EntityCrop.missing("there is no detector for entities"));
        }

        private MetricValue pixels(Metric metric, Image image, List<ImageSource> sources) {
            return MetricValue.mean(sources.stream()
                    .map(source -> {
                        Image expected = read(source);
                        if (expected == null) return unreadable(source.name());
                        return MetricValue.of(
                                metric == Metric.L1
                                        ? PixelMetrics.l1(image, expected)
                                        : PixelMetrics.l2(image, expected));
                    })
                    .toList());
        }

        private void prepare(
                Comparison comparison,
                Image image,
                ImageEmbedder embedder,
                Map<String, Image> prepared,
                Set<String> known,
                Map<String, Image> newReferences) {
            prepared.computeIfAbsent(ComparisonItem.variant(comparison), variant -> prepare(embedder, image));
            List<ImageSource> sources = List.of();
            if (comparison instanceof Comparison.WithImages with) sources = with.images();
            if (comparison instanceof Comparison.WithDirection with) sources = List.of(with.source());
            for (ImageSource source : sources) {
                if (!known.add(source.name())) continue;
                Image reference = read(source);
                if (reference != null) newReferences.put(source.name(), prepare(embedder, reference));
            }
        }

        /** With its SHA-256, which the image keeps, and by which images with the same pixels are found. */
        private static Image prepare(ImageEmbedder embedder, Image image) {
            Image prepared = embedder.prepare(image);
            prepared.sha256();
            return prepared;
        }

        /** Null when the image is missing or damaged. */
        private Image read(ImageSource source) {
            return references.computeIfAbsent(source.name(), name -> {
                try {
                    return source.read();
                } catch (UsageException e) {
                    unreadable.put(name, e.getMessage());
                    return null;
                }
            });
        }
    }
}
