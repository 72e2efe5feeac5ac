package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.renderer.Recolouring;
import dev.mige4j.corpus.renderer.StyleFilter;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Category;
import dev.mige4j.corpus.specification.Concept.Trait;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Thinks up examples: a kind, things, a scene, the sentence, and the two specifications that differ in what it asks
 * for. A function of (split, seed, index) and the mix alone.
 */
public final class ExampleComposer {

    private static final List<String> FLUENT_ICON_SETS =
            List.of("fluent-emoji-3d", "fluent-emoji", "fluent-emoji-flat");

    private final SpriteStore sprites;
    private final TaskMix mix;
    private final List<Concept> trainConcepts = new ArrayList<>(),
            heldOutConcepts = new ArrayList<>(),
            heldOutStyleConcepts = new ArrayList<>();

    public ExampleComposer(SpriteStore sprites, TaskMix mix) {
        this.sprites = sprites;
        this.mix = mix;
        for (Concept concept : Concept.all()) {
            List<String> iconSets = sprites.iconSetsOf(concept.name());
            boolean hasTrainingStyle = iconSets.stream().anyMatch(s -> !s.equals(Split.HELD_OUT_STYLE));
            if (Split.isHeldOut(concept)) {
                if (hasTrainingStyle) heldOutConcepts.add(concept);
            } else {
                if (hasTrainingStyle) trainConcepts.add(concept);
                if (iconSets.contains(Split.HELD_OUT_STYLE)) heldOutStyleConcepts.add(concept);
            }
        }
    }

    public ExampleSpec compose(Split split, long seed, long index) {
        return compose(split, seed, index, null);
    }

    /** The same of a given kind; null: one of the mix. */
    public ExampleSpec compose(Split split, long seed, long index, TaskKind kind) {
        RandomStream random = RandomStream.named(seed * 0x2545F4914F6CDD1DL + index, split.name());
        for (int tries = 0; tries < 200; tries++) {
            TaskKind taskKind = kind != null
                    ? kind
                    : split == Split.UNSEEN_LOOK
                            ? random.choice(TaskKind.COLOUR, TaskKind.TEXTURE)
                            : mix.sample(random);
            ExampleSpec spec = new CompositionAttempt(split, random, taskKind).compose();
            if (spec != null) return spec;
        }
        throw new dev.mige4j.common.UsageException(
                "No example of split %s can be made from these drawings and this mix", split);
    }

    /** An edit of a picture that is there already: the next step of a chain. */
    public ExampleSpec composeFollowUp(Split split, long seed, long index, SceneSpec source, boolean lastTurn) {
        RandomStream random = RandomStream.named(seed * 0x2545F4914F6CDD1DL + index, "follow " + split.name());
        for (int tries = 0; tries < 200; tries++) {
            TaskKind taskKind = random.choice(
                    TaskKind.COLOUR,
                    TaskKind.TEXTURE,
                    TaskKind.REPLACE,
                    TaskKind.RESIZE,
                    TaskKind.BACKGROUND,
                    TaskKind.TIME,
                    TaskKind.WEATHER,
                    lastTurn ? TaskKind.STYLE : TaskKind.COLOUR,
                    source.objects().size() > 1 ? TaskKind.REMOVE : TaskKind.TIME);
            CompositionAttempt attempt = new CompositionAttempt(split, random, taskKind);
            attempt.fixedSource = source;
            attempt.scene = Scene.byName(source.scene());
            ExampleSpec spec = attempt.compose();
            if (spec != null) return spec;
        }
        throw new dev.mige4j.common.UsageException("No edit follows %s", source);
    }

    /** The name for the record of one thing: with its colour or texture. */
    static String describeObject(ObjectSpec object) {
        Concept concept = Concept.byName(object.concept());
        String appearance = object.color() != null ? object.color() : object.texture() != null ? object.texture() : "";
        return concept.articleFor(appearance) + (appearance.isEmpty() ? "" : appearance + " ") + concept.name();
    }

    /** "a dog and a cat on a wooden table at night". */
    static String describeScene(SceneSpec spec) {
        StringBuilder text = new StringBuilder();
        List<String> names = spec.objects().stream()
                .sorted(java.util.Comparator.comparingDouble(ObjectSpec::x))
                .map(ExampleComposer::describeObject)
                .toList();
        for (int i = 0; i < names.size(); i++)
            text.append(i == 0 ? "" : i == names.size() - 1 ? " and " : ", ").append(names.get(i));
        Scene scene = Scene.byName(spec.scene());
        text.append(names.isEmpty() ? scene.nounPhrase() : " " + scene.phrases().get(0))
                .append(timePhrase(spec.timeOfDay()))
                .append(weatherPhrase(spec.weather()));
        return (spec.filter() == null ? "" : InstructionTemplates.styleName(spec.filter()) + " of ") + text;
    }

    static String timePhrase(String time) {
        return switch (time) {
            case "day" -> "";
            case "overcast" -> " on a cloudy day";
            default -> " at " + time;
        };
    }

    static String weatherPhrase(String weather) {
        return weather.equals("clear") ? "" : " in the " + weather;
    }

    /** One attempt; methods return null when the draw does not work out. */
    private final class CompositionAttempt {
        final Split split;
        final RandomStream random;
        final TaskKind kind;
        final boolean heldOutWording;
        Scene scene;
        /** The source, where it is not ours to make. */
        SceneSpec fixedSource;

        CompositionAttempt(Split split, RandomStream random, TaskKind kind) {
            this.split = split;
            this.random = random;
            this.kind = kind;
            heldOutWording = split == Split.UNSEEN_WORDING;
        }

        ExampleSpec compose() {
            return switch (kind) {
                case SUBJECT_1 -> composeSubjectGeneration(1);
                case SUBJECT_2 -> composeSubjectGeneration(2);
                case SUBJECT_3 -> composeSubjectGeneration(3);
                case ADD, SUBJECT_ADD -> composeAddition();
                case REMOVE, REPLACE, COLOUR, TEXTURE, MOVE, RESIZE, SUBJECT_REPLACE -> composeObjectEdit();
                case BACKGROUND, TIME, WEATHER, STYLE -> composeGlobalEdit();
            };
        }

        // ---- choices

        /** The thing that matters, and with it the scene. False when they do not fit the split. */
        Concept pickMainConcept() {
            Concept concept =
                    switch (split) {
                        case UNSEEN_SUBJECT -> heldOutConcepts.isEmpty() ? null : random.choice(heldOutConcepts);
                        case UNSEEN_STYLE ->
                            heldOutStyleConcepts.isEmpty() ? null : random.choice(heldOutStyleConcepts);
                        default -> random.choice(trainConcepts);
                    };
            if (concept == null) return null;
            List<Scene> scenes = Scene.compatibleWith(concept).stream()
                    .filter(s -> Split.isHeldOut(concept, s) == (split == Split.UNSEEN_PAIR)
                            || split == Split.UNSEEN_SUBJECT)
                    .toList();
            if (scenes.isEmpty()) return null;
            scene = random.choice(scenes);
            if (concept.hasTrait(Trait.SWIM)
                    && random.bernoulli(0.45)
                    && Scene.byName("under water").isCompatibleWith(concept)
                    && scenes.contains(Scene.byName("under water"))) scene = Scene.byName("under water");
            if (scene.ground() == Scene.GroundType.TABLE || concept.size() > 0.75 || random.bernoulli(0.75))
                return concept;
            Scene table = Scene.byName("wooden table");
            if (scenes.contains(table)) scene = table;
            return concept;
        }

        /** Another thing of this scene that training may hold, not of a name that is there. */
        Concept pickOtherConcept(List<String> taken) {
            for (int i = 0; i < 60; i++) {
                Concept concept = random.choice(trainConcepts);
                if (scene.isCompatibleWith(concept)
                        && !Split.isHeldOut(concept, scene)
                        && !taken.contains(concept.name())) return concept;
            }
            return null;
        }

        String pickIconSet(Concept concept, boolean isMain) {
            if (isMain && split == Split.UNSEEN_STYLE) return Split.HELD_OUT_STYLE;
            List<String> iconSets = sprites.iconSetsOf(concept.name()).stream()
                    .filter(s -> !s.equals(Split.HELD_OUT_STYLE))
                    .toList();
            return random.choice(iconSets);
        }

        /** Faces keep their colour: a blue one reads as an error, not as another identity. */
        int pickHueShift(Concept concept) {
            boolean shifted = random.bernoulli(mix.hueShiftProbability());
            int shift = 60 * (1 + random.nextInt(5));
            return shifted && concept.category() != Category.PERSON ? shift : 0;
        }

        /** The neighbour's style where it has the concept: what is only named should look as one expects it there. */
        String iconSetMatching(ObjectSpec neighbour, Concept concept) {
            String fallback = pickIconSet(concept, false);
            return !neighbour.iconSet().equals(Split.HELD_OUT_STYLE)
                            && sprites.contains(concept.name(), neighbour.iconSet())
                    ? neighbour.iconSet()
                    : fallback;
        }

        double sizeFactor(Concept concept, double exponent) {
            return StrictMath.pow(concept.size(), exponent);
        }

        SceneSpec placeInScene(List<ObjectSpec> objects) {
            String time = "day", weather = "clear";
            if (scene.environment() == Scene.Environment.OUTDOORS && random.bernoulli(mix.simpleOnly() ? 0.15 : 0.35)) {
                if (random.bernoulli(0.65)) time = random.choice(scene.timesOfDay());
                else weather = random.choice(scene.weathers());
            } else if (scene.environment() == Scene.Environment.INDOORS
                    && random.bernoulli(mix.simpleOnly() ? 0 : 0.15)) time = "night";
            return new SceneSpec(scene.name(), random.nextLong() >>> 16, time, weather, null, objects);
        }

        ObjectSpec createObject(int id, Concept concept, boolean isMain, double x, double depth, double size) {
            boolean floating = scene.environment() == Scene.Environment.WATER
                    ? concept.hasTrait(Trait.SWIM) && random.bernoulli(0.8)
                    : scene.environment() == Scene.Environment.OUTDOORS
                                    || scene.environment() == Scene.Environment.SPACE
                            ? concept.hasTrait(Trait.FLY) && random.bernoulli(0.6)
                            : false;
            Double y = floating
                    ? Double.valueOf(random.uniform(0.28, scene.environment() == Scene.Environment.WATER ? 0.6 : 0.42))
                    : null;
            return new ObjectSpec(
                    id,
                    concept.name(),
                    pickIconSet(concept, isMain),
                    pickHueShift(concept),
                    null,
                    null,
                    x,
                    depth,
                    y,
                    size,
                    random.bernoulli(0.5),
                    0,
                    0);
        }

        /** Rounded, so that specifications stay short. */
        double round3(double v) {
            return Math.round(v * 1000) / 1000.0;
        }

        /**
         * How one thing shows itself to be referred to: alone on black or white, or large in another scene; posed anew.
         */
        ReferenceSpec createReference(ObjectSpec object) {
            Concept concept = Concept.byName(object.concept());
            double rotate = concept.category() == Category.BUILDING || concept.category() == Category.VEHICLE
                    ? random.uniform(-4, 4)
                    : random.uniform(-13, 13);
            ObjectSpec posed = new ObjectSpec(
                    0,
                    object.concept(),
                    pickSiblingIconSet(object),
                    object.hueShift(),
                    object.color(),
                    object.texture(),
                    0.5,
                    0.7,
                    null,
                    round3(random.uniform(0.66, 0.8)),
                    random.bernoulli(0.5),
                    round3(rotate),
                    round3(random.uniform(-0.10, 0.10)));
            double roll = random.nextDouble();
            boolean dark = sprites.get(posed.concept(), posed.iconSet()).brightness() < 75; // it would be lost on black
            if (dark && roll < 0.8) return new ReferenceSpec("white", posed, null);
            if (mix.simpleOnly() || roll < 0.6) return new ReferenceSpec(dark ? "white" : "black", posed, null);
            if (roll < 0.8) return new ReferenceSpec("white", posed, null);
            List<Scene> scenes = Scene.compatibleWith(concept).stream()
                    .filter(s -> !Split.isHeldOut(concept, s) && !s.name().equals(scene.name()))
                    .toList();
            if (scenes.isEmpty()) return new ReferenceSpec(dark ? "white" : "black", posed, null);
            Scene otherScene = random.choice(scenes);
            ObjectSpec placed = posed.withSize(round3(random.uniform(0.55, 0.66)))
                    .withPosition(
                            round3(random.uniform(0.42, 0.58)),
                            round3(random.uniform(0.6, 0.95)),
                            scene.environment() == Scene.Environment.WATER ? Double.valueOf(0.5) : null);
            return new ReferenceSpec(
                    "scene",
                    placed,
                    new SceneSpec(otherScene.name(), random.nextLong() >>> 16, "day", "clear", null, List.of(placed)));
        }

        /** The same design in another rendering, where there is one: 15 % of the Fluent drawings. */
        String pickSiblingIconSet(ObjectSpec object) {
            if (!FLUENT_ICON_SETS.contains(object.iconSet()) || !random.bernoulli(0.15)) return object.iconSet();
            String iconSet = random.choice(FLUENT_ICON_SETS);
            return sprites.contains(object.concept(), iconSet) ? iconSet : object.iconSet();
        }

        String pickPhrase(Scene s) {
            int n = s.phrases().size();
            return mix.simpleOnly() && !heldOutWording
                    ? s.phrases().get(0)
                    : heldOutWording ? s.phrases().get(n - 1) : s.phrases().get(random.nextInt(n - 1));
        }

        ExampleSpec createSpec(
                String text,
                List<ReferenceSpec> references,
                SceneSpec source,
                SceneSpec target,
                List<Integer> changed,
                String objectName,
                List<String> imageNames) {
            boolean withoutPlaceholders =
                    !mix.sourceAsReference() && kind.task().equals("edit");
            String instruction = withoutPlaceholders
                    ? InstructionTemplates.fill(text.replace(InstructionTemplates.IMAGE_PLACEHOLDER, " ")
                            .replaceAll(" +", " ")
                            .trim())
                    : text;
            return new ExampleSpec(
                    kind,
                    split,
                    instruction,
                    withoutPlaceholders ? List.of() : references,
                    source,
                    target,
                    changed,
                    objectName,
                    InstructionTemplates.toCaption(text, imageNames),
                    source == null ? null : describeScene(source),
                    describeScene(target));
        }

        // ---- subject generation

        ExampleSpec composeSubjectGeneration(int count) {
            Concept mainConcept = pickMainConcept();
            if (mainConcept == null) return null;
            List<Concept> concepts = new ArrayList<>(List.of(mainConcept));
            List<String> usedNames = new ArrayList<>(List.of(mainConcept.name()));
            while (concepts.size() < count) {
                Concept concept = pickOtherConcept(usedNames);
                if (concept == null) return null;
                concepts.add(concept);
                usedNames.add(concept.name());
            }
            List<ObjectSpec> objects = new ArrayList<>();
            double[] positions = count == 1
                    ? new double[] {0.5}
                    : count == 2 ? new double[] {0.28, 0.72} : new double[] {0.19, 0.5, 0.81};
            double baseSize = count == 1 ? 0.54 : count == 2 ? 0.395 : 0.30,
                    jitter = count == 1 ? 0.14 : count == 2 ? 0.05 : 0.02;
            for (int i = 0; i < count; i++) {
                Concept concept = concepts.get(i);
                double size = baseSize * sizeFactor(concept, 0.35) * random.uniform(0.92, 1.12);
                if (count == 1) size = Math.max(0.45, size);
                objects.add(createObject(
                        i,
                        concept,
                        i == 0,
                        round3(positions[i] + random.uniform(-jitter, jitter)),
                        round3(random.uniform(0.35, 0.95)),
                        round3(size)));
            }
            SceneSpec target = placeInScene(objects);
            List<ReferenceSpec> references = new ArrayList<>();
            for (ObjectSpec o : objects) references.add(createReference(o));
            String template = mix.simpleOnly() && !heldOutWording
                    ? InstructionTemplates.sample("subject_1", false, RandomStream.named(random.nextInt(2), "plain"))
                    : InstructionTemplates.sample("subject_" + count, heldOutWording, random);
            String location = pickPhrase(scene) + timePhrase(target.timeOfDay()) + weatherPhrase(target.weather());
            String text = InstructionTemplates.fill(template, "n", mainConcept.name(), "s", location);
            List<String> imageNames =
                    concepts.stream().map(concept -> "the " + concept.name()).toList();
            return createSpec(
                    text,
                    references,
                    null,
                    target,
                    objects.stream().map(ObjectSpec::id).toList(),
                    mainConcept.name(),
                    imageNames);
        }

        // ---- edits of one thing

        /** A source with 1 to 3 things of different names, the first the one that matters. */
        SceneSpec createSource(Concept mainConcept, int count) {
            List<String> usedNames = new ArrayList<>(List.of(mainConcept.name()));
            List<Concept> concepts = new ArrayList<>(List.of(mainConcept));
            while (concepts.size() < count) {
                Concept concept = pickOtherConcept(usedNames);
                if (concept == null) return null;
                usedNames.add(concept.name());
                concepts.add(concept);
            }
            List<Double> positions = new ArrayList<>(
                    count == 1 ? List.of(0.5) : count == 2 ? List.of(0.28, 0.72) : List.of(0.19, 0.5, 0.81));
            double baseSize = count == 1 ? 0.47 : count == 2 ? 0.37 : 0.29, jitter = count == 1 ? 0.16 : 0.03;
            List<ObjectSpec> objects = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                double x = positions.remove(random.nextInt(positions.size())) + random.uniform(-jitter, jitter);
                objects.add(createObject(
                        i,
                        concepts.get(i),
                        i == 0,
                        round3(x),
                        round3(random.uniform(0.3, 0.9)),
                        round3(baseSize * sizeFactor(concepts.get(i), 0.4) * random.uniform(0.9, 1.12))));
            }
            return placeInScene(objects);
        }

        int pickObjectCount() {
            double roll = random.nextDouble();
            return mix.simpleOnly() || roll < 0.6 ? 1 : roll < 0.9 ? 2 : 3;
        }

        ExampleSpec composeObjectEdit() {
            Concept mainConcept = fixedSource == null ? pickMainConcept() : null;
            if (mainConcept == null && fixedSource == null) return null;
            SceneSpec source = fixedSource != null ? fixedSource : createSource(mainConcept, pickObjectCount());
            if (source == null) return null;
            ObjectSpec changedObject = fixedSource != null
                    ? random.choice(fixedSource.objects())
                    : source.objects().get(0);
            if (fixedSource != null) {
                mainConcept = Concept.byName(changedObject.concept());
                if (changedObject.color() != null || changedObject.texture() != null) return null;
            }
            String name = changedObject.concept();
            boolean withDuplicate = fixedSource == null
                    && (kind == TaskKind.REMOVE || kind == TaskKind.REPLACE || kind == TaskKind.COLOUR)
                    && !mix.simpleOnly()
                    && source.objects().size() == 2
                    && random.bernoulli(0.25)
                    && split != Split.UNSEEN_STYLE
                    && !mainConcept.hasTrait(Trait.PLURAL)
                    && !mainConcept.hasTrait(Trait.MASS);
            if (withDuplicate) {
                ObjectSpec second = source.objects().get(1);
                ObjectSpec duplicate = new ObjectSpec(
                        1,
                        changedObject.concept(),
                        pickIconSet(mainConcept, false),
                        pickHueShift(mainConcept),
                        null,
                        null,
                        second.x(),
                        changedObject.depth(),
                        changedObject.y(),
                        changedObject.size(),
                        random.bernoulli(0.5),
                        0,
                        0);
                source = source.withReplacedObject(duplicate);
                name = (changedObject.x() < duplicate.x() ? "left " : "right ") + name;
            }
            return switch (kind) {
                case REMOVE ->
                    createEdit(
                            InstructionTemplates.fill(
                                    InstructionTemplates.sample("remove", heldOutWording, random), "n", name),
                            source,
                            source.withoutObject(changedObject.id()),
                            name,
                            changedObject);
                case REPLACE -> composeReplacement(source, changedObject, name);
                case SUBJECT_REPLACE -> composeSubjectReplacement(source, changedObject);
                case COLOUR -> {
                    String colour = pickAppearance(mainConcept, Recolouring.COLOUR_NAMES);
                    yield colour == null
                            ? null
                            : createEdit(
                                    InstructionTemplates.fill(
                                            InstructionTemplates.sample("colour", heldOutWording, random),
                                            "n",
                                            name,
                                            "c",
                                            colour,
                                            "ac",
                                            withArticle(colour)),
                                    source,
                                    source.withReplacedObject(changedObject.withColor(colour)),
                                    name,
                                    changedObject);
                }
                case TEXTURE -> {
                    String texture = pickAppearance(mainConcept, Recolouring.TEXTURES);
                    yield texture == null
                            ? null
                            : createEdit(
                                    InstructionTemplates.fill(
                                            InstructionTemplates.sample("texture", heldOutWording, random),
                                            "n",
                                            name,
                                            "t",
                                            texture,
                                            "at",
                                            withArticle(texture)),
                                    source,
                                    source.withReplacedObject(changedObject.withTexture(texture)),
                                    name,
                                    changedObject);
                }
                case MOVE -> composeMove(source, changedObject);
                default -> composeResize(source, changedObject);
            };
        }

        String withArticle(String adjective) {
            return ("aeio".indexOf(adjective.charAt(0)) >= 0 ? "an " : "a ") + adjective;
        }

        String pickAppearance(Concept concept, List<String> appearances) {
            List<String> allowed = appearances.stream()
                    .filter(l -> Split.isHeldOut(concept, l) == (split == Split.UNSEEN_LOOK))
                    .toList();
            return allowed.isEmpty() ? null : random.choice(allowed);
        }

        ExampleSpec createEdit(
                String text, SceneSpec source, SceneSpec target, String objectName, ObjectSpec changedObject) {
            return createSpec(
                    text,
                    List.of(ReferenceSpec.SOURCE),
                    source,
                    target,
                    List.of(changedObject.id()),
                    objectName,
                    List.of("the picture"));
        }

        /** What takes the place of a thing: named anew, as large as its nature asks. */
        ObjectSpec substitute(ObjectSpec changedObject, Concept concept) {
            double size = changedObject.size()
                    * sizeFactor(concept, 0.4)
                    / sizeFactor(Concept.byName(changedObject.concept()), 0.4);
            ObjectSpec replacement = new ObjectSpec(
                    changedObject.id(),
                    concept.name(),
                    iconSetMatching(changedObject, concept),
                    0,
                    null,
                    null,
                    changedObject.x(),
                    changedObject.depth(),
                    changedObject.y(),
                    round3(size),
                    random.bernoulli(0.5),
                    0,
                    0);
            return changedObject.y() != null && !concept.hasTrait(Trait.FLY) && !concept.hasTrait(Trait.SWIM)
                    ? replacement.withPosition(changedObject.x(), changedObject.depth(), null)
                    : replacement;
        }

        /** Lead and substitute change parts, so that in the held-out splits the new thing is the held-out one. */
        ExampleSpec composeReplacement(SceneSpec source, ObjectSpec changedObject, String name) {
            List<String> usedNames =
                    source.objects().stream().map(ObjectSpec::concept).toList();
            Concept concept = pickOtherConcept(usedNames);
            if (concept == null) return null;
            boolean swapped = fixedSource == null
                    && (split == Split.UNSEEN_SUBJECT || split == Split.UNSEEN_STYLE || split == Split.UNSEEN_PAIR);
            if (swapped) {
                if (!name.equals(changedObject.concept())) return null;
                ObjectSpec sourceObject = substitute(changedObject, concept);
                changedObject = new ObjectSpec(
                        changedObject.id(),
                        changedObject.concept(),
                        changedObject.iconSet(),
                        0,
                        null,
                        null,
                        changedObject.x(),
                        changedObject.depth(),
                        changedObject.y(),
                        changedObject.size(),
                        changedObject.flip(),
                        0,
                        0);
                source = source.withReplacedObject(changedObject);
                return createEdit(
                        InstructionTemplates.fill(
                                InstructionTemplates.sample("replace", heldOutWording, random),
                                "n",
                                concept.name(),
                                "a",
                                Concept.byName(changedObject.concept()).nameWithArticle()),
                        source.withReplacedObject(sourceObject),
                        source,
                        changedObject.concept(),
                        changedObject);
            }
            return createEdit(
                    InstructionTemplates.fill(
                            InstructionTemplates.sample("replace", heldOutWording, random),
                            "n",
                            name,
                            "a",
                            concept.nameWithArticle()),
                    source,
                    source.withReplacedObject(substitute(changedObject, concept)),
                    concept.name(),
                    changedObject);
        }

        ExampleSpec composeSubjectReplacement(SceneSpec target, ObjectSpec changedObject) {
            Concept concept = pickOtherConcept(
                    target.objects().stream().map(ObjectSpec::concept).toList());
            if (concept == null) return null;
            SceneSpec source = target.withReplacedObject(substitute(changedObject, concept));
            String template = InstructionTemplates.sample("subject_replace", heldOutWording, random);
            ReferenceSpec reference = createReference(changedObject);
            boolean referenceFirst = template.contains("M2");
            return createSpec(
                    InstructionTemplates.fill(template, "n", concept.name()),
                    referenceFirst
                            ? List.of(reference, ReferenceSpec.SOURCE)
                            : List.of(ReferenceSpec.SOURCE, reference),
                    source,
                    target,
                    List.of(0),
                    changedObject.concept(),
                    referenceFirst
                            ? List.of(describeObject(changedObject), "the picture")
                            : List.of("the picture", describeObject(changedObject)));
        }

        ExampleSpec composeMove(SceneSpec source, ObjectSpec changedObject) {
            if (source.objects().size() > 1) source = source.withObjects(List.of(changedObject));
            String direction = random.choice("left", "right", "middle");
            double margin = changedObject.size() * 0.5 + 0.02, left = margin, right = 1 - margin;
            double startX = direction.equals("middle")
                    ? random.bernoulli(0.5) ? left : right
                    : direction.equals("left") ? random.uniform(0.55, right) : random.uniform(left, 0.45);
            double endX = direction.equals("middle") ? 0.5 : direction.equals("left") ? left : right;
            ObjectSpec before = changedObject
                    .withSize(round3(Math.min(changedObject.size(), 0.40)))
                    .withPosition(round3(startX), changedObject.depth(), changedObject.y());
            SceneSpec adjustedSource = source.withReplacedObject(before);
            return createEdit(
                    InstructionTemplates.fill(
                            InstructionTemplates.sample("move", heldOutWording, random),
                            "n",
                            changedObject.concept(),
                            "d",
                            direction),
                    adjustedSource,
                    adjustedSource.withReplacedObject(
                            before.withPosition(round3(endX), changedObject.depth(), changedObject.y())),
                    changedObject.concept(),
                    changedObject);
        }

        ExampleSpec composeResize(SceneSpec source, ObjectSpec changedObject) {
            boolean bigger = random.bernoulli(0.5);
            double small = changedObject.size() * 0.72,
                    large =
                            Math.min(
                                    0.62,
                                    changedObject.size() * (source.objects().size() > 1 ? 1.08 : 1.22));
            if (fixedSource != null) small = large = changedObject.size();
            if (fixedSource != null && bigger) large = Math.min(0.62, large * 1.35);
            else if (fixedSource != null) small *= 0.7;
            ObjectSpec before = changedObject.withSize(round3(bigger ? small : large)),
                    after = changedObject.withSize(round3(bigger ? large : small));
            SceneSpec adjustedSource = source.withReplacedObject(before);
            return createEdit(
                    InstructionTemplates.fill(
                            InstructionTemplates.sample(bigger ? "bigger" : "smaller", heldOutWording, random),
                            "n",
                            changedObject.concept()),
                    adjustedSource,
                    adjustedSource.withReplacedObject(after),
                    changedObject.concept(),
                    changedObject);
        }

        // ---- something more

        ExampleSpec composeAddition() {
            Concept mainConcept = pickMainConcept();
            if (mainConcept == null) return null;
            boolean isSubjectAdd = kind == TaskKind.SUBJECT_ADD;
            boolean inSky = scene.environment() == Scene.Environment.OUTDOORS
                    && mainConcept.hasTrait(Trait.FLY)
                    && random.bernoulli(0.7);
            boolean relativeToObject = !mix.simpleOnly() ? random.bernoulli(0.55) : random.bernoulli(0.3);
            boolean withThirdObject = !mix.simpleOnly() && random.bernoulli(0.25);
            Concept neighbourConcept = pickOtherConcept(List.of(mainConcept.name()));
            if (neighbourConcept == null) return null;
            String preposition;
            double x,
                    neighbourX,
                    depth = random.uniform(0.45, 0.85),
                    neighbourDepth = depth + random.uniform(-0.1, 0.1);
            double size = 0.38 * sizeFactor(mainConcept, 0.4) * random.uniform(0.9, 1.12),
                    neighbourSize = 0.39 * sizeFactor(neighbourConcept, 0.4) * random.uniform(0.9, 1.1);
            Double y = null;
            if (inSky) {
                preposition = "in the sky of";
                x = random.uniform(0.25, 0.75);
                y = round3(random.uniform(0.17, 0.27));
                size = 0.29;
                neighbourX = x < 0.5 ? random.uniform(0.6, 0.75) : random.uniform(0.25, 0.4);
                neighbourSize *= 0.95;
                relativeToObject = false;
            } else if (relativeToObject) {
                preposition = random.choice("to the left of", "to the right of", "next to", "in front of", "behind");
                neighbourX = switch (preposition) {
                    case "to the left of" -> random.uniform(0.66, 0.76);
                    case "to the right of" -> random.uniform(0.24, 0.34);
                    case "next to" -> random.bernoulli(0.5) ? 0.28 : 0.72;
                    default -> random.uniform(0.42, 0.58);
                };
                x = switch (preposition) {
                    case "to the left of" -> neighbourX - random.uniform(0.40, 0.46);
                    case "to the right of" -> neighbourX + random.uniform(0.40, 0.46);
                    case "next to" -> neighbourX < 0.5 ? neighbourX + 0.43 : neighbourX - 0.43;
                    default -> neighbourX + random.choice(-1, 1) * random.uniform(0.10, 0.17);
                };
                if (preposition.equals("in front of")) {
                    neighbourDepth = 0.3;
                    depth = 0.95;
                    size *= 0.82;
                    neighbourSize *= 1.1;
                } else if (preposition.equals("behind")) {
                    neighbourDepth = 0.9;
                    depth = 0.1;
                    size *= 1.1;
                    neighbourSize *= 0.85;
                }
            } else {
                preposition = random.choice(
                        "on the left of",
                        "on the right of",
                        "in the centre of",
                        "at the bottom left of",
                        "at the bottom right of");
                boolean left = preposition.contains("left"), centre = preposition.contains("centre");
                x = centre ? 0.5 : left ? random.uniform(0.21, 0.3) : random.uniform(0.7, 0.79);
                neighbourX = centre
                        ? random.choice(0.2, 0.8)
                        : left ? random.uniform(0.65, 0.78) : random.uniform(0.22, 0.35);
                if (preposition.contains("bottom")) depth = 1;
                if (centre) neighbourSize = Math.min(neighbourSize, 0.30);
                if (centre) size = Math.min(size, 0.38);
            }
            ObjectSpec neighbour = new ObjectSpec(
                    1,
                    neighbourConcept.name(),
                    pickIconSet(neighbourConcept, false),
                    pickHueShift(neighbourConcept),
                    null,
                    null,
                    round3(neighbourX),
                    round3(neighbourDepth),
                    null,
                    round3(neighbourSize),
                    random.bernoulli(0.5),
                    0,
                    0);
            String iconSet = isSubjectAdd || split == Split.UNSEEN_STYLE
                    ? pickIconSet(mainConcept, true)
                    : iconSetMatching(neighbour, mainConcept);
            ObjectSpec added = new ObjectSpec(
                    0,
                    mainConcept.name(),
                    iconSet,
                    isSubjectAdd ? pickHueShift(mainConcept) : 0,
                    null,
                    null,
                    round3(x),
                    round3(depth),
                    y,
                    round3(size),
                    random.bernoulli(0.5),
                    0,
                    0);
            List<ObjectSpec> objects = new ArrayList<>();
            if (relativeToObject || !random.bernoulli(0.15)) objects.add(neighbour);
            if (withThirdObject && !relativeToObject && !preposition.contains("centre") && !inSky) {
                Concept third = pickOtherConcept(List.of(mainConcept.name(), neighbourConcept.name()));
                if (third != null)
                    objects.add(new ObjectSpec(
                            2,
                            third.name(),
                            pickIconSet(third, false),
                            pickHueShift(third),
                            null,
                            null,
                            0.52,
                            0.2,
                            null,
                            round3(0.26 * sizeFactor(third, 0.4)),
                            random.bernoulli(0.5),
                            0,
                            0));
            }
            SceneSpec source = placeInScene(objects), target = source.withObject(added);
            String template = InstructionTemplates.sample(
                    (isSubjectAdd ? "subject_add" : "add") + (relativeToObject ? "_object" : "_scene"),
                    heldOutWording,
                    random);
            if (template.startsWith("M but") && isSubjectAdd) return null;
            String text = InstructionTemplates.fill(
                    template, "a", mainConcept.nameWithArticle(), "p", preposition, "o", neighbourConcept.name());
            if (!isSubjectAdd) return createEdit(text, source, target, mainConcept.name(), added);
            return createSpec(
                    text,
                    List.of(createReference(added), ReferenceSpec.SOURCE),
                    source,
                    target,
                    List.of(0),
                    mainConcept.name(),
                    List.of(describeObject(added), "the picture"));
        }

        // ---- the whole picture

        ExampleSpec composeGlobalEdit() {
            Concept mainConcept = fixedSource == null
                    ? pickMainConcept()
                    : Concept.byName(fixedSource.objects().get(0).concept());
            if (mainConcept == null
                    || (kind == TaskKind.TIME || kind == TaskKind.WEATHER)
                            && scene.environment() != Scene.Environment.OUTDOORS
                            && !(kind == TaskKind.TIME
                                    && scene.environment() == Scene.Environment.INDOORS
                                    && random.bernoulli(0.1))) return null;
            SceneSpec source = fixedSource != null ? fixedSource : createSource(mainConcept, pickObjectCount());
            if (source == null
                    || fixedSource != null
                            && kind == TaskKind.TIME
                            && !fixedSource.weather().equals("clear")) return null;
            List<Integer> allIds = source.objects().stream().map(ObjectSpec::id).toList();
            String text;
            SceneSpec target;
            switch (kind) {
                case BACKGROUND -> {
                    List<Scene> candidates = Scene.ALL.stream()
                            .filter(s -> !s.name().equals(scene.name()))
                            .filter(s -> allObjectsFit(source, s))
                            .toList();
                    if (candidates.isEmpty()) return null;
                    Scene chosen = random.choice(candidates);
                    String time = chosen.timesOfDay().contains(source.timeOfDay()) ? source.timeOfDay() : "day",
                            weather = chosen.weathers().contains(source.weather()) ? source.weather() : "clear";
                    List<ObjectSpec> movedObjects = source.objects().stream()
                            .map(o -> o.y() != null && chosen.environment() == Scene.Environment.INDOORS
                                    ? o.withPosition(o.x(), o.depth(), null)
                                    : o)
                            .toList();
                    target = new SceneSpec(chosen.name(), random.nextLong() >>> 16, time, weather, null, movedObjects);
                    text = InstructionTemplates.fill(
                            InstructionTemplates.sample("background", heldOutWording, random),
                            "l",
                            chosen.nounPhrase(),
                            "s",
                            pickPhrase(chosen),
                            "n",
                            joinNames(source));
                }
                case TIME -> {
                    SceneSpec clearSource = source.withWeather("clear");
                    String chosen = random.choice(scene.timesOfDay().stream()
                            .filter(t -> !t.equals(clearSource.timeOfDay()))
                            .toList());
                    text = chosen.equals("overcast")
                            ? InstructionTemplates.fill(InstructionTemplates.sample("cloudy", heldOutWording, random))
                            : InstructionTemplates.fill(
                                    InstructionTemplates.sample("time", heldOutWording, random), "t", chosen);
                    return createSpec(
                            text,
                            List.of(ReferenceSpec.SOURCE),
                            clearSource,
                            clearSource.withTimeOfDay(chosen),
                            allIds,
                            "",
                            List.of("the picture"));
                }
                case WEATHER -> {
                    String chosen = random.choice(scene.weathers().stream()
                            .filter(w -> !w.equals(source.weather()))
                            .toList());
                    if (chosen.equals("clear") && random.bernoulli(0.5)) return null;
                    target = source.withWeather(chosen);
                    text = InstructionTemplates.fill(
                            InstructionTemplates.sample(chosen, heldOutWording, random), "w", source.weather());
                }
                default -> {
                    String filter = random.choice(StyleFilter.NAMES);
                    target = source.withFilter(filter);
                    text = InstructionTemplates.fill(
                            InstructionTemplates.sample("style", heldOutWording, random),
                            "f",
                            InstructionTemplates.styleName(filter));
                }
            }
            return createSpec(text, List.of(ReferenceSpec.SOURCE), source, target, allIds, "", List.of("the picture"));
        }

        boolean allObjectsFit(SceneSpec source, Scene newScene) {
            for (ObjectSpec o : source.objects()) {
                Concept concept = Concept.byName(o.concept());
                if (!newScene.isCompatibleWith(concept)
                        || Split.isHeldOut(concept, newScene) && split != Split.UNSEEN_PAIR) return false;
            }
            return true;
        }

        String joinNames(SceneSpec s) {
            List<String> names = s.objects().stream().map(ObjectSpec::concept).toList();
            return String.join(
                    " and ",
                    names.size() > 2
                            ? List.of(
                                    String.join(", ", names.subList(0, names.size() - 1)), names.get(names.size() - 1))
                            : names);
        }
    }
}
