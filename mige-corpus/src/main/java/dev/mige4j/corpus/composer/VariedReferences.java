package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.round3;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Category;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import java.util.List;

/** Composes the reference image of an object: alone on black or white, or large in another scene; in a new pose. */
final class VariedReferences {

    private static final List<String> FLUENT_ICON_SETS =
            List.of("fluent-emoji-3d", "fluent-emoji", "fluent-emoji-flat");

    private VariedReferences() {}

    static ReferenceSpec compose(Composition composition, ObjectSpec object) {
        RandomStream random = composition.random;
        Concept concept = Concept.byName(object.concept());
        boolean upright = concept.category() == Category.BUILDING || concept.category() == Category.VEHICLE;
        double rotation = upright ? random.uniform(-4, 4) : random.uniform(-13, 13);
        ObjectSpec posed = ObjectSpec.builder(0, object.concept(), pickSiblingIconSet(composition, object))
                .hueShift(object.hueShift())
                .color(object.color())
                .texture(object.texture())
                .position(0.5, 0.7)
                .size(round3(random.uniform(0.66, 0.8)))
                .flip(random.bernoulli(0.5))
                .rotation(round3(rotation))
                .shear(round3(random.uniform(-0.10, 0.10)))
                .build();
        double roll = random.nextDouble();
        // a dark object would be invisible on black
        boolean dark = composition.sprites.get(posed.concept(), posed.iconSet()).brightness() < 75;
        if (dark && roll < 0.8) return ReferenceSpec.onWhite(posed);
        ReferenceSpec plain = dark ? ReferenceSpec.onWhite(posed) : ReferenceSpec.onBlack(posed);
        if (composition.mix.simpleOnly() || roll < 0.6) return plain;
        if (roll < 0.8) return ReferenceSpec.onWhite(posed);
        List<Scene> scenes = Scene.compatibleWith(concept).stream()
                .filter(s -> !Split.isHeldOut(concept, s)
                        && !s.name().equals(composition.scene().name()))
                .toList();
        if (scenes.isEmpty()) return plain;
        Scene otherScene = random.choice(scenes);
        double size = round3(random.uniform(0.55, 0.66)),
                x = round3(random.uniform(0.42, 0.58)),
                depth = round3(random.uniform(0.6, 0.95));
        // depends on the example's scene instead of otherScene; kept, because a fix would change the pixels of seeds
        Double y = composition.scene().environment() == Environment.WATER ? Double.valueOf(0.5) : null;
        ObjectSpec placed = posed.withSize(size).withPosition(x, depth, y);
        return ReferenceSpec.inScene(
                placed,
                new SceneSpec(otherScene.name(), random.nextLong() >>> 16, "day", "clear", null, List.of(placed)));
    }

    /** The same design in another rendering, where there is one: for 15 % of the Fluent icons. */
    private static String pickSiblingIconSet(Composition composition, ObjectSpec object) {
        if (!FLUENT_ICON_SETS.contains(object.iconSet()) || !composition.random.bernoulli(0.15))
            return object.iconSet();
        String iconSet = composition.random.choice(FLUENT_ICON_SETS);
        return composition.sprites.contains(object.concept(), iconSet) ? iconSet : object.iconSet();
    }
}
