package dev.mige4j.eval.nano;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example.BoundingBox;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Identifies the object in a region of an image by retrieval among renderings of candidate objects.
 *
 * <pre>
 *   argmax over candidates c of  max over orientations f of  cos(e(crop(image)), e(crop(scene with c, f)))
 * </pre>
 *
 * <p>The candidates are the expected object, the same concept in every other icon style, the object that was replaced,
 * and distractors drawn with a seed; in addition, the empty scene. All are rendered into the scene, in both
 * orientations where the instruction leaves it open, with its light, shadows and other objects, so that only the object
 * differs.
 */
final class IdentityRetrieval {

    /** An object without its position: concept, icon set and hue shift. The concept of {@link #NONE} is empty. */
    record Candidate(String concept, String iconSet, int hueShift) {
        static final Candidate NONE = new Candidate("", "", 0);

        static Candidate of(ObjectSpec object) {
            return new Candidate(object.concept(), object.iconSet(), object.hueShift());
        }
    }

    /**
     * The expected object and the region to search.
     *
     * @param scene a scene that contains the object
     * @param object the expected object
     * @param box the region of the image
     * @param replaced the object that was there before, if any
     */
    record Query(SceneSpec scene, ObjectSpec object, BoundingBox box, Optional<ObjectSpec> replaced) {}

    private final Embedder embedder;
    private final BoundingBox box;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<float[]> candidateEmbeddings;

    /**
     * Renders and embeds the candidates.
     *
     * @param candidateCount number of candidates without {@link Candidate#NONE}
     * @param seed selects the distractors
     */
    IdentityRetrieval(Corpus corpus, Embedder embedder, Query query, int candidateCount, long seed) {
        this.embedder = embedder;
        box = query.box;
        List<SceneSpec> scenes = new ArrayList<>();
        for (Candidate candidate : selectCandidates(corpus, query, candidateCount, seed))
            for (boolean flip : orientations(query.object)) {
                candidates.add(candidate);
                scenes.add(query.scene.withReplacedObject(place(candidate, query.object, flip)));
            }
        candidates.add(Candidate.NONE);
        scenes.add(query.scene.withoutObject(query.object.id()));
        Image[] crops = new Image[scenes.size()];
        IntStream.range(0, crops.length)
                .parallel()
                .forEach(i -> crops[i] = crop(corpus.renderScene(scenes.get(i)), box));
        candidateEmbeddings = embedder.embedImages(List.of(crops));
    }

    /** Objects on the grid always face as in their reference. */
    private static boolean[] orientations(ObjectSpec object) {
        return object.onGrid() ? new boolean[] {object.flip()} : new boolean[] {object.flip(), !object.flip()};
    }

    private static Set<Candidate> selectCandidates(Corpus corpus, Query query, int count, long seed) {
        ObjectSpec object = query.object;
        Set<Candidate> selected = new LinkedHashSet<>(List.of(Candidate.of(object)));
        query.replaced.map(Candidate::of).ifPresent(selected::add);
        for (String set : corpus.iconSetsOf(object.concept()))
            selected.add(new Candidate(object.concept(), set, object.hueShift()));
        Set<String> sceneConcepts = new LinkedHashSet<>(
                query.scene.objects().stream().map(ObjectSpec::concept).toList());
        List<Candidate> distractors = new ArrayList<>();
        for (Concept concept : Concept.all()) {
            List<String> sets = corpus.iconSetsOf(concept.name());
            if (sets.isEmpty() || sceneConcepts.contains(concept.name())) continue;
            int set = (int) Math.floorMod(seed + distractors.size(), (long) sets.size());
            distractors.add(new Candidate(concept.name(), sets.get(set), 0));
        }
        Collections.shuffle(distractors, new Random(seed));
        for (Candidate distractor : distractors) if (selected.size() < count) selected.add(distractor);
        return selected;
    }

    private static ObjectSpec place(Candidate candidate, ObjectSpec position, boolean flip) {
        return new ObjectSpec(
                position.id(),
                candidate.concept,
                candidate.iconSet,
                candidate.hueShift,
                null,
                null,
                position.x(),
                position.depth(),
                position.y(),
                position.size(),
                flip,
                position.rotation(),
                position.shear(),
                position.onGrid());
    }

    /** The candidate that is nearest to the region of the image. */
    Candidate retrieve(Image image) {
        float[] embedding = embedder.embedImage(crop(image, box));
        int bestIndex = 0;
        double bestSimilarity = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < candidates.size(); i++) {
            double similarity = EmbeddingMetrics.similarity(embedding, candidateEmbeddings.get(i));
            if (similarity > bestSimilarity) {
                bestSimilarity = similarity;
                bestIndex = i;
            }
        }
        return candidates.get(bestIndex);
    }

    /** All candidates, {@link Candidate#NONE} included. */
    Set<Candidate> candidates() {
        return new LinkedHashSet<>(candidates);
    }

    /** A square crop around the box, 10 % larger than its longer side; moved or reduced to fit into the image. */
    static Image crop(Image image, BoundingBox box) {
        int w = image.width(), h = image.height();
        int longerSide = Math.max(box.right() - box.left(), box.bottom() - box.top());
        int side = Math.min(Math.min(w, h), Math.max(4, (int) Math.round(1.1 * longerSide)));
        int left = Math.max(0, Math.min(w - side, (box.left() + box.right() - side) / 2)),
                top = Math.max(0, Math.min(h - side, (box.top() + box.bottom() - side) / 2));
        return image.crop(left, top, side, side);
    }
}
