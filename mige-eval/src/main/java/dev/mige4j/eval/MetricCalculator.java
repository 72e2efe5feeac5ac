package dev.mige4j.eval;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.IdentityRetrieval.Candidate;
import dev.mige4j.eval.PixelMetrics.PixelMask;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Measures answers: differences of pixels always, what is recognised where there is an evaluation pair.
 *
 * <p>An instruction counts as followed ({@link Metric#SUCCESS}) when
 *
 * <pre>
 *   subjects, add, replace, subject add and replace    the {@link IdentityRetrieval} at each true box picks the wanted thing, in any style
 *   remove                                             the line-up at the thing's old box picks the empty place
 *   background                                         the words for the new scene fit better than those for any other
 *   colour, texture, time, weather, style,             inside the mask the answer is nearer to the truth than
 *   move, resize                                       {@value #MAX_RELATIVE_L1} of the way from it to the source (in L1)
 * </pre>
 */
final class MetricCalculator {

    /** The bar for edits: L1 inside the mask, relative to that of the untouched source. */
    static final double MAX_RELATIVE_L1 = 0.6;

    private final Corpus corpus;
    private final Optional<Embedder> embedder;
    private final int candidateCount;
    private final Map<String, String> scenePhrases = Corpus.scenePhrases();

    /** {@code lineup} drawings stand in each line-up. */
    MetricCalculator(Corpus corpus, Optional<Embedder> embedder, int candidateCount) {
        this.corpus = corpus;
        this.embedder = embedder;
        this.candidateCount = candidateCount;
    }

    /** What all answers to one item are measured with; made once, as it draws and looks at many pictures. */
    ItemMetrics forItem(ExampleSpec item) {
        return new ItemMetrics(item);
    }

    final class ItemMetrics {
        private final ExampleSpec item;
        private final Example groundTruth;
        private final List<ExpectedSubject> subjects = new ArrayList<>();
        private final List<float[]> sceneEmbeddings = new ArrayList<>();
        private float[] targetEmbedding, captionEmbedding;

        private record ExpectedSubject(IdentityRetrieval retrieval, String concept, Set<Candidate> accepted) {}

        private ItemMetrics(ExampleSpec item) {
            this.item = item;
            groundTruth = corpus.render(item);
            embedder.ifPresent(this::computeEmbeddings);
        }

        private void computeEmbeddings(Embedder clip) {
            targetEmbedding = clip.embedImage(groundTruth.target());
            captionEmbedding = clip.embedText(item.targetCaption());
            if (scoresScene())
                for (String phrase : scenePhrases.values())
                    sceneEmbeddings.add(clip.embedText(item.targetCaption()
                            .replace(scenePhrases.get(item.target().scene()), phrase)));
            switch (item.kind()) {
                case SUBJECT_1, SUBJECT_2, SUBJECT_3 -> {
                    Map<Integer, Example.BoundingBox> boxes = corpus.boundingBoxes(item.target());
                    for (int i = 0; i < item.changedIds().size(); i++) {
                        ObjectSpec object =
                                requireObject(item.target(), item.changedIds().get(i));
                        if (boxes.containsKey(object.id()))
                            subjects.add(expectedSubject(
                                    clip,
                                    item.target(),
                                    object,
                                    boxes.get(object.id()),
                                    null,
                                    item.references().get(i).object()));
                    }
                }
                case SUBJECT_ADD, SUBJECT_REPLACE, ADD, REPLACE -> {
                    ObjectSpec object =
                            requireObject(item.target(), item.changedIds().get(0));
                    ObjectSpec referenceObject = item.references().stream()
                            .map(r -> r.object())
                            .filter(o -> o != null)
                            .findFirst()
                            .orElse(null);
                    subjects.add(expectedSubject(
                            clip,
                            item.target(),
                            object,
                            groundTruth.boundingBox(),
                            findObject(item.source(), object.id()),
                            referenceObject));
                }
                case REMOVE -> {
                    ObjectSpec object =
                            requireObject(item.source(), item.changedIds().get(0));
                    subjects.add(new ExpectedSubject(
                            new IdentityRetrieval(
                                    corpus,
                                    clip,
                                    item.source(),
                                    object,
                                    groundTruth.boundingBox(),
                                    null,
                                    candidateCount,
                                    retrievalSeed()),
                            "",
                            Set.of(Candidate.NONE)));
                }
                default -> {}
            }
        }

        /** The drawing of the truth is right, and the one that was shown, where they are of one design. */
        private ExpectedSubject expectedSubject(
                Embedder clip,
                SceneSpec scene,
                ObjectSpec object,
                Example.BoundingBox box,
                ObjectSpec replaced,
                ObjectSpec referenceObject) {
            Set<Candidate> accepted = new LinkedHashSet<>(List.of(Candidate.of(object)));
            if (referenceObject != null) accepted.add(Candidate.of(referenceObject));
            return new ExpectedSubject(
                    new IdentityRetrieval(corpus, clip, scene, object, box, replaced, candidateCount, retrievalSeed()),
                    object.concept(),
                    accepted);
        }

        private long retrievalSeed() {
            return item.target().seed() + subjects.size();
        }

        private boolean scoresScene() {
            return item.kind().task().equals("subject") || item.kind() == TaskKind.BACKGROUND;
        }

        Example groundTruth() {
            return groundTruth;
        }

        /**
         * All figures that can be measured of an answer of the truth's size, without {@link Metric#SECONDS}.
         *
         * @param source what was edited: the source, or within a chain the answer before; empty for generation
         */
        Map<Metric, Double> measure(Image output, Optional<Image> source) {
            Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
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
            embedder.ifPresent(clip -> addEmbeddingMetrics(clip, output, metrics));
            return metrics;
        }

        private void addEmbeddingMetrics(Embedder clip, Image output, Map<Metric, Double> metrics) {
            float[] embedding = clip.embedImage(output);
            metrics.put(Metric.CLIP_I, Embedder.cosine(embedding, targetEmbedding));
            metrics.put(Metric.CLIP_T, Embedder.cosine(embedding, captionEmbedding));
            if (scoresScene()) {
                double captionSimilarity = Embedder.cosine(embedding, captionEmbedding);
                boolean ranksFirst = sceneEmbeddings.stream()
                        .allMatch(sceneEmbedding -> Embedder.cosine(embedding, sceneEmbedding) <= captionSimilarity);
                metrics.put(Metric.SCENE, ranksFirst ? 1.0 : 0.0);
                if (item.kind() == TaskKind.BACKGROUND) metrics.put(Metric.SUCCESS, ranksFirst ? 1.0 : 0.0);
            }
            if (subjects.isEmpty()) return;
            int correctConcepts = 0, correctIdentities = 0;
            for (ExpectedSubject subject : subjects) {
                Candidate retrieved = subject.retrieval.retrieve(output);
                if (retrieved.concept().equals(subject.concept)) correctConcepts++;
                if (subject.accepted.contains(retrieved)) correctIdentities++;
            }
            metrics.put(Metric.SUCCESS, correctConcepts == subjects.size() ? 1.0 : 0.0);
            if (!item.kind().task().equals("edit"))
                metrics.put(Metric.IDENTITY, (double) correctIdentities / subjects.size());
        }

        private static void putIfPresent(Map<Metric, Double> metrics, Metric metric, OptionalDouble value) {
            value.ifPresent(v -> metrics.put(metric, v));
        }

        private static ObjectSpec requireObject(SceneSpec scene, int id) {
            ObjectSpec object = findObject(scene, id);
            if (object == null) throw new IllegalArgumentException("the scene has no thing " + id);
            return object;
        }

        private static ObjectSpec findObject(SceneSpec scene, int id) {
            return scene == null
                    ? null
                    : scene.objects().stream()
                            .filter(o -> o.id() == id)
                            .findFirst()
                            .orElse(null);
        }
    }
}
