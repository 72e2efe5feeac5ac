package dev.mige4j.eval.nano;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.Example.BoundingBox;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.PixelMetrics;
import dev.mige4j.eval.metric.PixelMetrics.PixelMask;
import dev.mige4j.eval.nano.IdentityRetrieval.Candidate;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Computes the metrics of nano-MIGEBench: pixel metrics always, embedding metrics when there is an {@link Embedder}.
 *
 * <p>{@link Metric#SUCCESS} is 1 when
 *
 * <pre>
 *   subjects, add, replace,       {@link IdentityRetrieval} finds the expected concept in every box, in any style
 *   subject add/replace
 *   remove                        retrieval in the box of the removed object finds the empty scene
 *   background                    the caption is nearer with the new scene than with any other scene
 *   colour, texture, time,        L1 inside the mask is at most {@value #MAX_RELATIVE_L1} times that of the source
 *   weather, style, move, resize
 * </pre>
 */
final class MetricCalculator {

    /** Threshold for the success of edits that are judged by pixels. */
    static final double MAX_RELATIVE_L1 = 0.6;

    private final Corpus corpus;
    private final Optional<Embedder> embedder;
    private final int candidateCount;
    private final Map<String, String> scenePhrases = Corpus.scenePhrases();

    /** @param candidateCount candidates of each {@link IdentityRetrieval} */
    MetricCalculator(Corpus corpus, Optional<Embedder> embedder, int candidateCount) {
        this.corpus = corpus;
        this.embedder = embedder;
        this.candidateCount = candidateCount;
    }

    int candidateCount() {
        return candidateCount;
    }

    /** Renders an example. */
    ItemMetrics forItem(ExampleSpec item) {
        return new ItemMetrics(item);
    }

    /** The embeddings that outputs for an example are compared with. */
    private static final class Expected {
        final float[] target, caption;
        /** The caption with each of the scenes; empty when the scene is not scored. */
        final List<float[]> scenes;

        final List<ExpectedSubject> subjects;

        Expected(float[] target, float[] caption, List<float[]> scenes, List<ExpectedSubject> subjects) {
            this.target = target;
            this.caption = caption;
            this.scenes = scenes;
            this.subjects = subjects;
        }
    }

    private record ExpectedSubject(IdentityRetrieval retrieval, String concept, Set<Candidate> accepted) {}

    /** The metrics of outputs for one example. */
    final class ItemMetrics {
        private final ExampleSpec item;
        private final Example groundTruth;
        private Expected expected;

        private ItemMetrics(ExampleSpec item) {
            this.item = item;
            groundTruth = corpus.render(item);
        }

        Example groundTruth() {
            return groundTruth;
        }

        /**
         * Computes the metrics that apply, except {@link Metric#SECONDS}.
         *
         * @param output an image of the size of the target
         * @param source the image that was edited: the source, or the output of the turn before; empty for generation
         */
        Map<Metric, Double> measure(Image output, Optional<Image> source) {
            Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
            addPixelMetrics(output, source, metrics);
            embedder.ifPresent(clip -> addEmbeddingMetrics(clip, output, metrics));
            return metrics;
        }

        private void addPixelMetrics(Image output, Optional<Image> source, Map<Metric, Double> metrics) {
            Image target = groundTruth.target();
            PixelMask inside = PixelMask.inside(groundTruth.mask()), outside = PixelMask.outside(groundTruth.mask());
            putIfPresent(metrics, Metric.L1, PixelMetrics.l1(output, target, PixelMask.ALL));
            putIfPresent(metrics, Metric.L2, PixelMetrics.l2(output, target, PixelMask.ALL));
            putIfPresent(metrics, Metric.L1_INSIDE, PixelMetrics.l1(output, target, inside));
            if (item.kind().isLocal()) {
                putIfPresent(metrics, Metric.L1_OUTSIDE, PixelMetrics.l1(output, target, outside));
                putIfPresent(metrics, Metric.PSNR_OUTSIDE, PixelMetrics.psnr(output, target, outside));
                putIfPresent(metrics, Metric.CHANGE_OUTSIDE, PixelMetrics.l1(output, source.orElseThrow(), outside));
            }
            switch (item.kind()) {
                case COLOUR, TEXTURE, TIME, WEATHER, STYLE, MOVE, RESIZE -> {
                    double outputL1 = PixelMetrics.l1(output, target, inside).orElse(0),
                            sourceL1 =
                                    PixelMetrics.l1(groundTruth.source().orElseThrow(), target, inside)
                                            .orElse(0);
                    metrics.put(Metric.SUCCESS, outputL1 <= MAX_RELATIVE_L1 * sourceL1 ? 1.0 : 0.0);
                }
                default -> {}
            }
        }

        private void addEmbeddingMetrics(Embedder clip, Image output, Map<Metric, Double> metrics) {
            if (expected == null) expected = embedExpected(clip);
            float[] embedding = clip.embedImage(output);
            double captionSimilarity = EmbeddingMetrics.similarity(embedding, expected.caption);
            metrics.put(Metric.CLIP_I, EmbeddingMetrics.similarity(embedding, expected.target));
            metrics.put(Metric.CLIP_T, captionSimilarity);
            if (scoresScene()) {
                boolean nearest = expected.scenes.stream()
                        .allMatch(scene -> EmbeddingMetrics.similarity(embedding, scene) <= captionSimilarity);
                metrics.put(Metric.SCENE, nearest ? 1.0 : 0.0);
                if (item.kind() == TaskKind.BACKGROUND) metrics.put(Metric.SUCCESS, nearest ? 1.0 : 0.0);
            }
            if (expected.subjects.isEmpty()) return;
            int correctConcepts = 0, correctIdentities = 0;
            for (ExpectedSubject subject : expected.subjects) {
                Candidate retrieved = subject.retrieval.retrieve(output);
                if (retrieved.concept().equals(subject.concept)) correctConcepts++;
                if (subject.accepted.contains(retrieved)) correctIdentities++;
            }
            int subjectCount = expected.subjects.size();
            metrics.put(Metric.SUCCESS, correctConcepts == subjectCount ? 1.0 : 0.0);
            if (!item.kind().task().equals("edit"))
                metrics.put(Metric.IDENTITY, (double) correctIdentities / subjectCount);
        }

        private Expected embedExpected(Embedder clip) {
            List<float[]> scenes = new ArrayList<>();
            if (scoresScene())
                for (String phrase : scenePhrases.values())
                    scenes.add(clip.embedText(item.targetCaption()
                            .replace(scenePhrases.get(item.target().scene()), phrase)));
            return new Expected(
                    clip.embedImage(groundTruth.target()),
                    clip.embedText(item.targetCaption()),
                    scenes,
                    expectedSubjects(clip));
        }

        private boolean scoresScene() {
            return item.kind().task().equals("subject") || item.kind() == TaskKind.BACKGROUND;
        }

        private List<ExpectedSubject> expectedSubjects(Embedder clip) {
            return switch (item.kind()) {
                case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> generatedSubjects(clip);
                case SUBJECT_ADD, SUBJECT_REPLACE, ADD, REPLACE -> {
                    ObjectSpec object =
                            requireObject(item.target(), item.changedIds().get(0));
                    ObjectSpec reference = item.references().stream()
                            .map(r -> r.object())
                            .filter(Objects::nonNull)
                            .findFirst()
                            .orElse(null);
                    Optional<ObjectSpec> replaced = findObject(item.source(), object.id());
                    yield List.of(expectedSubject(clip, object, groundTruth.boundingBox(), replaced, reference, 0));
                }
                case REMOVE -> {
                    ObjectSpec object =
                            requireObject(item.source(), item.changedIds().get(0));
                    var query = new IdentityRetrieval.Query(
                            item.source(), object, groundTruth.boundingBox(), Optional.empty());
                    yield List.of(new ExpectedSubject(retrieval(clip, query, 0), "", Set.of(Candidate.NONE)));
                }
                default -> List.of();
            };
        }

        /** The subjects that are visible in the target. */
        private List<ExpectedSubject> generatedSubjects(Embedder clip) {
            Map<Integer, BoundingBox> boxes = corpus.boundingBoxes(item.target());
            List<ExpectedSubject> subjects = new ArrayList<>();
            for (int i = 0; i < item.changedIds().size(); i++) {
                ObjectSpec object =
                        requireObject(item.target(), item.changedIds().get(i));
                ObjectSpec reference = i < item.references().size()
                        ? item.references().get(i).object()
                        : null; // an instruction that names its subjects has no references
                BoundingBox box = boxes.get(object.id());
                if (box != null)
                    subjects.add(expectedSubject(clip, object, box, Optional.empty(), reference, subjects.size()));
            }
            return subjects;
        }

        /** Accepts the object as it is in the target, and as it is in the reference image. */
        private ExpectedSubject expectedSubject(
                Embedder clip,
                ObjectSpec object,
                BoundingBox box,
                Optional<ObjectSpec> replaced,
                ObjectSpec reference,
                int index) {
            Set<Candidate> accepted = new LinkedHashSet<>(List.of(Candidate.of(object)));
            if (reference != null) accepted.add(Candidate.of(reference));
            var query = new IdentityRetrieval.Query(item.target(), object, box, replaced);
            return new ExpectedSubject(retrieval(clip, query, index), object.concept(), accepted);
        }

        private IdentityRetrieval retrieval(Embedder clip, IdentityRetrieval.Query query, int index) {
            // the seeds of strict scenes repeat
            long scene = query.object().onGrid()
                    ? item.instruction().hashCode() * 31L + item.targetCaption().hashCode()
                    : item.target().seed();
            return new IdentityRetrieval(corpus, clip, query, candidateCount, scene + index);
        }

        private static void putIfPresent(Map<Metric, Double> metrics, Metric metric, OptionalDouble value) {
            value.ifPresent(v -> metrics.put(metric, v));
        }

        private static ObjectSpec requireObject(SceneSpec scene, int id) {
            return findObject(scene, id)
                    .orElseThrow(() -> new IllegalArgumentException("The scene has no object " + id + "."));
        }

        private static Optional<ObjectSpec> findObject(SceneSpec scene, int id) {
            if (scene == null) return Optional.empty();
            return scene.objects().stream().filter(o -> o.id() == id).findFirst();
        }
    }
}
