package dev.mige4j.eval;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example.BoundingBox;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Asks which drawing stands at a box: the picture there is compared with the same scene holding one drawing after
 * another, each facing either way, and the scene without any.
 *
 * <pre>
 *   picked = argmax over suspects s of  max over facings f of  cos(e(crop(answer)), e(crop(scene with s, f)))
 * </pre>
 *
 * Suspects are the wanted drawing, the same thing in every other style, what stood there before, and things drawn by
 * lot (of the question's id, so always the same), {@code size} drawings in all. As each is drawn with the scene's own
 * light, shadows and neighbours, nothing but the drawing tells them apart.
 */
final class IdentityRetrieval {

    /** A drawing: thing, style and turn of its hue; the empty place has no thing. */
    record Candidate(String concept, String set, int hue) {
        static final Candidate NONE = new Candidate("", "", 0);

        static Candidate of(ObjectSpec object) {
            return new Candidate(object.concept(), object.iconSet(), object.hueShift());
        }
    }

    private final Embedder embedder;
    private final BoundingBox box;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<float[]> candidateEmbeddings;

    /**
     * @param scene a scene that holds the thing
     * @param object the thing, by its place in the scene
     * @param box where it is looked for
     * @param replaced what stood there before; null: nothing
     * @param size drawings
     * @param seed decides the drawings that nothing else does
     */
    IdentityRetrieval(
            Corpus corpus,
            Embedder embedder,
            SceneSpec scene,
            ObjectSpec object,
            BoundingBox box,
            ObjectSpec replaced,
            int size,
            long seed) {
        this.embedder = embedder;
        this.box = box;
        Set<Candidate> selected = new LinkedHashSet<>(List.of(Candidate.of(object)));
        if (replaced != null) selected.add(Candidate.of(replaced));
        for (String set : corpus.iconSetsOf(object.concept()))
            selected.add(new Candidate(object.concept(), set, object.hueShift()));
        Set<String> sceneConcepts = new LinkedHashSet<>(
                scene.objects().stream().map(ObjectSpec::concept).toList());
        List<Candidate> distractors = new ArrayList<>();
        for (Concept c : Concept.all()) {
            List<String> sets = corpus.iconSetsOf(c.name());
            if (!sets.isEmpty() && !sceneConcepts.contains(c.name()))
                distractors.add(new Candidate(
                        c.name(), sets.get((int) Math.floorMod(seed + distractors.size(), (long) sets.size())), 0));
        }
        Collections.shuffle(distractors, new Random(seed));
        for (Candidate s : distractors) if (selected.size() < size) selected.add(s);
        List<SceneSpec> scenes = new ArrayList<>();
        for (Candidate s : selected) {
            for (boolean flip : new boolean[] {object.flip(), !object.flip()}) {
                candidates.add(s);
                scenes.add(scene.withReplacedObject(new ObjectSpec(
                        object.id(),
                        s.concept(),
                        s.set(),
                        s.hue(),
                        null,
                        null,
                        object.x(),
                        object.depth(),
                        object.y(),
                        object.size(),
                        flip,
                        object.rotation(),
                        object.shear())));
            }
        }
        candidates.add(Candidate.NONE);
        scenes.add(scene.withoutObject(object.id()));
        Image[] crops = new Image[scenes.size()];
        IntStream.range(0, crops.length)
                .parallel()
                .forEach(i -> crops[i] = crop(corpus.renderScene(scenes.get(i)), box));
        candidateEmbeddings = embedder.embedImages(List.of(crops));
    }

    /** Who stands at the box of this picture. */
    Candidate retrieve(Image image) {
        float[] embedding = embedder.embedImage(crop(image, box));
        int bestIndex = 0;
        double bestSimilarity = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < candidates.size(); i++) {
            double similarity = Embedder.cosine(embedding, candidateEmbeddings.get(i));
            if (similarity > bestSimilarity) {
                bestSimilarity = similarity;
                bestIndex = i;
            }
        }
        return candidates.get(bestIndex);
    }

    /** Who stands in it, each once, nobody among them. */
    Set<Candidate> candidates() {
        return new LinkedHashSet<>(candidates);
    }

    /** A square around the box, a tenth larger, moved or cut to lie inside. */
    static Image crop(Image image, BoundingBox box) {
        int w = image.width(), h = image.height();
        int side = Math.min(Math.min(w, h), Math.max(4, (int)
                Math.round(1.1 * Math.max(box.right() - box.left(), box.bottom() - box.top()))));
        int left = Math.max(0, Math.min(w - side, (box.left() + box.right() - side) / 2)),
                top = Math.max(0, Math.min(h - side, (box.top() + box.bottom() - side) / 2));
        return image.crop(left, top, side, side);
    }
}
