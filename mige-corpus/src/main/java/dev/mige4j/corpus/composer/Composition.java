package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Category;
import dev.mige4j.corpus.specification.Concept.Trait;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.Scene.GroundType;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One attempt to compose an example: the context and the random choices that all task kinds share. The order of the
 * draws from {@link #random} must not change, or every seed gives another example.
 */
final class Composition {

    /** Name of the source image in captions. */
    static final String SOURCE_NAME = "the picture";

    final Split split;
    final TaskKind kind;
    final RandomStream random;
    final TaskMix mix;
    final SpriteStore sprites;
    final LayoutRules rules;
    /** The source that is to be edited; null when the composition creates its own. */
    final SceneSpec fixedSource;

    private final ConceptPools concepts;
    /** Of the target; chosen by {@link #pickMainConcept}. */
    private Scene scene;

    Composition(
            Split split, TaskKind kind, RandomStream random, TaskMix mix, SpriteStore sprites, ConceptPools concepts) {
        this(split, kind, random, mix, sprites, concepts, null);
    }

    Composition(
            Split split,
            TaskKind kind,
            RandomStream random,
            TaskMix mix,
            SpriteStore sprites,
            ConceptPools concepts,
            SceneSpec fixedSource) {
        this.split = split;
        this.kind = kind;
        this.random = random;
        this.mix = mix;
        this.sprites = sprites;
        rules = mix.rules().layout();
        this.concepts = concepts;
        this.fixedSource = fixedSource;
        scene = fixedSource == null ? null : Scene.byName(fixedSource.scene());
    }

    Scene scene() {
        return scene;
    }

    /** Whether the split holds out the look of the main subject. */
    boolean hidesLook() {
        return split == Split.UNSEEN_SUBJECT || split == Split.UNSEEN_STYLE;
    }

    boolean heldOutWording() {
        return split == Split.UNSEEN_WORDING;
    }

    /** Rounded to three decimals, which keeps specifications short. */
    static double round3(double v) {
        return Math.round(v * 1000) / 1000.0;
    }

    /** Relative size of objects of a concept; an exponent below 1 evens out the natural sizes. */
    static double sizeFactor(Concept concept, double exponent) {
        return StrictMath.pow(concept.size(), exponent);
    }

    /** The main subject, and with it the scene; null when none fits the split. */
    Concept pickMainConcept() {
        List<Concept> pool =
                switch (split) {
                    case UNSEEN_SUBJECT -> concepts.heldOut();
                    case UNSEEN_STYLE -> concepts.heldOutStyle();
                    default -> concepts.train();
                };
        if (pool.isEmpty()) return null;
        Concept concept = random.choice(pool);
        List<Scene> scenes = Scene.compatibleWith(concept).stream()
                .filter(s ->
                        Split.isHeldOut(concept, s) == (split == Split.UNSEEN_PAIR) || split == Split.UNSEEN_SUBJECT)
                .toList();
        if (scenes.isEmpty()) return null;
        scene = random.choice(scenes);
        Scene underWater = Scene.byName("under water"), table = Scene.byName("wooden table");
        // water animals are placed under water, and small objects on the table, more often than in other scenes
        if (concept.hasTrait(Trait.SWIM) && random.bernoulli(0.45) && scenes.contains(underWater)) scene = underWater;
        if (scene.ground() == GroundType.TABLE || concept.size() > 0.75 || random.bernoulli(0.75)) return concept;
        if (scenes.contains(table)) scene = table;
        return concept;
    }

    /** Another concept that training may show in this scene, with a name that is not taken; null when none is found. */
    Concept pickOtherConcept(List<String> taken) {
        for (int i = 0; i < 60; i++) {
            Concept concept = random.choice(concepts.train());
            if (scene.isCompatibleWith(concept) && !Split.isHeldOut(concept, scene) && !taken.contains(concept.name()))
                return concept;
        }
        return null;
    }

    /** {@code count} concepts of different names, {@code mainConcept} first; null when not enough are found. */
    List<Concept> pickConcepts(Concept mainConcept, int count) {
        List<Concept> picked = new ArrayList<>(List.of(mainConcept));
        while (picked.size() < count) {
            Concept concept =
                    pickOtherConcept(picked.stream().map(Concept::name).toList());
            if (concept == null) return null;
            picked.add(concept);
        }
        return picked;
    }

    /** An icon set that has the concept; {@code isMain}: the object that a split may hold out. */
    String pickIconSet(Concept concept, boolean isMain) {
        if (isMain && split == Split.UNSEEN_STYLE) return Split.HELD_OUT_STYLE;
        return random.choice(sprites.iconSetsOf(concept.name()).stream()
                .filter(s -> !s.equals(Split.HELD_OUT_STYLE))
                .toList());
    }

    /**
     * A hue rotation in degrees, mostly 0. People keep their colours, because a blue face would appear to be an error.
     */
    int pickHueShift(Concept concept) {
        boolean shifted = random.bernoulli(mix.hueShiftProbability());
        int shift = 60 * (1 + random.nextInt(5));
        return shifted && concept.category() != Category.PERSON ? shift : 0;
    }

    /** An object at a place in the scene. */
    ObjectSpec createObject(int id, Concept concept, boolean isMain, Place place) {
        return place.applyTo(ObjectSpec.builder(id, concept.name(), pickIconSet(concept, isMain))
                        .hueShift(pickHueShift(concept)))
                .flip(rules.flip(random))
                .build();
    }

    /** These objects in the scene, at a random time of day and in a random weather. */
    SceneSpec placeInScene(List<ObjectSpec> objects) {
        String time = "day", weather = "clear";
        if (scene.environment() == Environment.OUTDOORS && random.bernoulli(mix.simpleOnly() ? 0.15 : 0.35)) {
            if (random.bernoulli(0.65)) time = random.choice(scene.timesOfDay());
            else weather = random.choice(scene.weathers());
        } else if (scene.environment() == Environment.INDOORS && random.bernoulli(mix.simpleOnly() ? 0 : 0.15))
            time = "night";
        return new SceneSpec(scene.name(), rules.sceneSeed(random), time, weather, null, objects);
    }

    /** A source with 1 to 3 objects of different names, the main subject first; null when not enough fit. */
    SceneSpec createSource(Concept mainConcept) {
        int count = rules.sourceObjectCount(this);
        List<Concept> picked = pickConcepts(mainConcept, count);
        if (picked == null) return null;
        List<Integer> freePositions =
                IntStream.range(0, count).boxed().collect(Collectors.toCollection(ArrayList::new));
        List<ObjectSpec> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int position = freePositions.remove(random.nextInt(freePositions.size()));
            Place place = rules.sourceObject(this, picked.get(i), position, count);
            objects.add(createObject(i, picked.get(i), i == 0, place));
        }
        return placeInScene(objects);
    }

    /** A phrase for a scene, as in "on a beach". */
    String pickPhrase(Scene s) {
        int n = s.phrases().size();
        if (heldOutWording()) return s.phrases().get(n - 1);
        return s.phrases().get(mix.simpleOnly() ? 0 : random.nextInt(n - 1));
    }

    /** A template of the list; see {@link InstructionTemplates}. */
    String pickTemplate(String list) {
        return InstructionTemplates.sample(list, heldOutWording(), random);
    }

    /** An instruction of a template of the list with its gaps filled. */
    String instruction(String list, String... substitutions) {
        return InstructionTemplates.fill(pickTemplate(list), substitutions);
    }

    /** An edit whose only reference is the source. {@code objectName} is "" for edits of the whole image. */
    ExampleSpec createEdit(
            String instruction, SceneSpec source, SceneSpec target, List<Integer> changedIds, String objectName) {
        return createSpec(
                instruction,
                List.of(ReferenceSpec.SOURCE),
                List.of(SOURCE_NAME),
                source,
                target,
                changedIds,
                objectName);
    }

    /** The finished specification; {@code imageNames} are the names of the references in the caption. */
    ExampleSpec createSpec(
            String instruction,
            List<ReferenceSpec> references,
            List<String> imageNames,
            SceneSpec source,
            SceneSpec target,
            List<Integer> changedIds,
            String objectName) {
        boolean withoutPlaceholders = !mix.sourceAsReference() && kind.task().equals("edit");
        return new ExampleSpec(
                kind,
                split,
                withoutPlaceholders ? InstructionTemplates.withoutPlaceholders(instruction) : instruction,
                withoutPlaceholders ? List.of() : references,
                source,
                target,
                changedIds,
                objectName,
                InstructionTemplates.toCaption(instruction, imageNames),
                source == null ? null : SceneCaptions.describe(source),
                SceneCaptions.describe(target));
    }
}
