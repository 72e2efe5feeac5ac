package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Computes the metrics of {@link Comparison}s that compare embeddings. Images and captions of the benchmark are
 * embedded once, however many outputs need them.
 */
final class ComparisonScorer {

    private final MetricModels models;
    private final ComparisonReader reader;
    private final References clipReferences = new References(), dinoReferences = new References();
    private final Map<String, float[]> captions = new HashMap<>();

    /** Why a caption has no embedding, by caption. */
    private final Map<String, String> refusedCaptions = new HashMap<>();

    /** Embeddings of images of the benchmark, by name and by the SHA-256 of their pixels. */
    private static final class References {
        final Map<String, float[]> byName = new HashMap<>(), byContent = new HashMap<>();
    }

    ComparisonScorer(MetricModels models, ComparisonReader reader) {
        this.models = models;
        this.reader = reader;
    }

    /** Fills in the values of the items of a batch. Batches are scored in the order in which they were read. */
    void score(List<ComparisonItem> batch) {
        models.clip().ifPresent(clip -> {
            embedNewCaptions(clip, batch);
            embed(clip, batch, i -> i.clipImages, i -> i.clip, i -> i.clipReferences, clipReferences);
        });
        models.dino()
                .ifPresent(dino ->
                        embed(dino, batch, i -> i.dinoImages, i -> i.dino, i -> i.dinoReferences, dinoReferences));
        for (ComparisonItem item : batch)
            for (Comparison comparison : item.open()) item.values.put(comparison.metric(), value(comparison, item));
    }

    private static List<String> captions(Comparison comparison) {
        if (comparison instanceof Comparison.WithCaption with) return List.of(with.caption());
        if (comparison instanceof Comparison.WithDirection with)
            return List.of(with.sourceCaption(), with.outputCaption());
        return List.of();
    }

    private void embedNewCaptions(Embedder embedder, List<ComparisonItem> batch) {
        Set<String> added = new LinkedHashSet<>();
        for (ComparisonItem item : batch) for (Comparison comparison : item.open()) added.addAll(captions(comparison));
        added.removeAll(captions.keySet());
        added.removeAll(refusedCaptions.keySet());
        if (added.isEmpty()) return;
        List<String> texts = List.copyOf(added);
        try {
            embedCaptions(embedder, texts);
        } catch (UsageException e) { // one is too long for openai/CLIP
            texts.forEach(text -> embedCaption(embedder, text));
        }
    }

    private void embedCaptions(Embedder embedder, List<String> texts) {
        List<float[]> embeddings = embedder.embedTexts(texts);
        for (int i = 0; i < texts.size(); i++) captions.put(texts.get(i), embeddings.get(i));
    }

    private void embedCaption(Embedder embedder, String text) {
        try {
            embedCaptions(embedder, List.of(text));
        } catch (UsageException e) {
            refusedCaptions.put(text, e.getMessage());
        }
    }

    /** Where the embedding of an image belongs. */
    private record Receiver(Image image, Map<String, float[]> embeddings, String key) {}

    /**
     * Embeds the outputs and the new images of the benchmark in one call. An output with the pixels of such an image
     * has its embedding, so that a difference of the two is exactly zero.
     */
    private static void embed(
            ImageEmbedder embedder,
            List<ComparisonItem> batch,
            Function<ComparisonItem, Map<String, Image>> images,
            Function<ComparisonItem, Map<String, float[]>> embeddings,
            Function<ComparisonItem, Map<String, Image>> newReferences,
            References references) {
        List<Receiver> receivers = new ArrayList<>();
        for (ComparisonItem item : batch) {
            images.apply(item)
                    .forEach((variant, image) -> receivers.add(new Receiver(image, embeddings.apply(item), variant)));
            newReferences
                    .apply(item)
                    .forEach((name, image) -> receivers.add(new Receiver(image, references.byName, name)));
        }
        Map<String, Image> distinct = new LinkedHashMap<>();
        for (Receiver receiver : receivers) {
            String content = receiver.image.sha256();
            if (!references.byContent.containsKey(content)) distinct.putIfAbsent(content, receiver.image);
        }
        Map<String, float[]> added = new HashMap<>();
        if (!distinct.isEmpty()) {
            List<float[]> all = embedder.embedPrepared(List.copyOf(distinct.values()));
            int row = 0;
            for (String content : distinct.keySet()) added.put(content, all.get(row++));
        }
        for (Receiver receiver : receivers) {
            String content = receiver.image.sha256();
            float[] embedding = added.getOrDefault(content, references.byContent.get(content));
            receiver.embeddings.put(receiver.key, embedding);
            if (receiver.embeddings == references.byName) references.byContent.put(content, embedding);
        }
    }

    private MetricValue value(Comparison comparison, ComparisonItem item) {
        boolean dino = MetricModels.usesDino(comparison.metric());
        float[] output = (dino ? item.dino : item.clip).get(ComparisonItem.variant(comparison));
        Map<String, float[]> references = (dino ? dinoReferences : clipReferences).byName;
        for (String caption : captions(comparison))
            if (refusedCaptions.containsKey(caption)) return MetricValue.missing(refusedCaptions.get(caption));
        if (comparison instanceof Comparison.WithCaption with)
            return EmbeddingMetrics.cosine(output, captions.get(with.caption()));
        if (comparison instanceof Comparison.WithDirection with) {
            float[] source = references.get(with.source().name());
            return source == null
                    ? reader.unreadable(with.source().name())
                    : EmbeddingMetrics.direction(
                            source, output, captions.get(with.sourceCaption()), captions.get(with.outputCaption()));
        }
        return MetricValue.mean(((Comparison.WithImages) comparison)
                .images().stream()
                        .map(image -> {
                            float[] expected = references.get(image.name());
                            return expected == null
                                    ? reader.unreadable(image.name())
                                    : EmbeddingMetrics.cosine(output, expected);
                        })
                        .toList());
    }
}
