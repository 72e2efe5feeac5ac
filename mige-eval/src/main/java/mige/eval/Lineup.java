package mige.eval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import mige.data.Concept;
import mige.data.Corpus;
import mige.data.Example.Box;
import mige.data.ObjectSpec;
import mige.data.SceneSpec;
import mige.image.Picture;

/**
 * Asks which drawing stands at a box: the picture there is compared with the same scene holding one drawing after another,
 * each facing either way, and the scene without any.
 *
 * <pre>
 *   picked = argmax over suspects s of  max over facings f of  cos(e(crop(answer)), e(crop(scene with s, f)))
 * </pre>
 *
 * Suspects are the wanted drawing, the same thing in every other style, what stood there before, and things drawn by lot
 * (of the question's id, so always the same), {@code size} drawings in all. As each is drawn with the scene's own light,
 * shadows and neighbours, nothing but the drawing tells them apart.
 */
final class Lineup {

    /** A drawing: thing, style and turn of its hue; the empty place has no thing. */
    record Suspect(String concept, String set, int hue) {
        static final Suspect NOBODY = new Suspect("", "", 0);

        static Suspect of(ObjectSpec object) {
            return new Suspect(object.concept(), object.set(), object.hue());
        }
    }

    private final Embedder tower;
    private final Box box;
    private final List<Suspect> suspects = new ArrayList<>();
    private final List<float[]> seen;

    /**
     * @param scene  a scene that holds the thing
     * @param object the thing, by its place in the scene
     * @param box    where it is looked for
     * @param before what stood there before; null: nothing
     * @param size   drawings
     * @param lot    decides the drawings that nothing else does
     */
    Lineup(Corpus corpus, Embedder tower, SceneSpec scene, ObjectSpec object, Box box, ObjectSpec before, int size, long lot) {
        this.tower = tower;
        this.box = box;
        Set<Suspect> wanted = new LinkedHashSet<>(List.of(Suspect.of(object)));
        if (before != null) wanted.add(Suspect.of(before));
        for (String set : corpus.setsOf(object.concept())) wanted.add(new Suspect(object.concept(), set, object.hue()));
        Set<String> there = new LinkedHashSet<>(scene.objects().stream().map(ObjectSpec::concept).toList());
        List<Suspect> others = new ArrayList<>();
        for (Concept c : Concept.all()) {
            List<String> sets = corpus.setsOf(c.name());
            if (!sets.isEmpty() && !there.contains(c.name())) others.add(new Suspect(c.name(), sets.get((int) Math.floorMod(lot + others.size(), (long) sets.size())), 0));
        }
        Collections.shuffle(others, new Random(lot));
        for (Suspect s : others) if (wanted.size() < size) wanted.add(s);
        List<SceneSpec> scenes = new ArrayList<>();
        for (Suspect s : wanted) {
            for (boolean flip : new boolean[] {object.flip(), !object.flip()}) {
                suspects.add(s);
                scenes.add(scene.replacing(new ObjectSpec(object.id(), s.concept(), s.set(), s.hue(), null, null,
                        object.x(), object.depth(), object.y(), object.size(), flip, object.rotate(), object.bend())));
            }
        }
        suspects.add(Suspect.NOBODY);
        scenes.add(scene.without(object.id()));
        Picture[] crops = new Picture[scenes.size()];
        IntStream.range(0, crops.length).parallel().forEach(i -> crops[i] = crop(corpus.picture(scenes.get(i)), box));
        seen = tower.pictures(List.of(crops));
    }

    /** Who stands at the box of this picture. */
    Suspect pick(Picture picture) {
        float[] looks = tower.picture(crop(picture, box));
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < suspects.size(); i++) {
            double fits = Embedder.cosine(looks, seen.get(i));
            if (fits > most) {
                most = fits;
                best = i;
            }
        }
        return suspects.get(best);
    }

    /** Who stands in it, each once, nobody among them. */
    Set<Suspect> suspects() {
        return new LinkedHashSet<>(suspects);
    }

    /** A square around the box, a tenth larger, moved or cut to lie inside. */
    static Picture crop(Picture picture, Box box) {
        int w = picture.width(), h = picture.height();
        int side = Math.min(Math.min(w, h), Math.max(4, (int) Math.round(1.1 * Math.max(box.right() - box.left(), box.bottom() - box.top()))));
        int left = Math.max(0, Math.min(w - side, (box.left() + box.right() - side) / 2)), top = Math.max(0, Math.min(h - side, (box.top() + box.bottom() - side) / 2));
        return picture.crop(left, top, side, side);
    }
}
