package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.renderer.StyleFilter;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import java.util.List;

/** Composes edits of the whole image: background, time of day, weather and style. */
final class GlobalEditComposer implements TaskComposer {

    @Override
    public ExampleSpec compose(Composition composition) {
        Concept mainConcept = composition.fixedSource == null
                ? composition.pickMainConcept()
                : Concept.byName(composition.fixedSource.objects().get(0).concept());
        if (mainConcept == null || !sceneAllows(composition)) return null;
        SceneSpec source =
                composition.fixedSource != null ? composition.fixedSource : composition.createSource(mainConcept);
        if (source == null) return null;
        return switch (composition.kind) {
            case BACKGROUND -> changeBackground(composition, source);
            case TIME -> changeTime(composition, source);
            case WEATHER -> changeWeather(composition, source);
            case STYLE -> changeStyle(composition, source);
            default -> throw new IllegalArgumentException(composition.kind + " is no edit of the whole image");
        };
    }

    /** Time and weather change outdoors, the time rarely indoors too. */
    private static boolean sceneAllows(Composition composition) {
        Environment environment = composition.scene().environment();
        return switch (composition.kind) {
            case TIME ->
                environment == Environment.OUTDOORS
                        || (environment == Environment.INDOORS && composition.random.bernoulli(0.1));
            case WEATHER -> environment == Environment.OUTDOORS;
            default -> true;
        };
    }

    private static ExampleSpec changeBackground(Composition composition, SceneSpec source) {
        List<Scene> candidates = Scene.ALL.stream()
                .filter(s -> !s.name().equals(composition.scene().name()))
                .filter(s -> allObjectsFit(composition.split, source, s))
                .toList();
        if (candidates.isEmpty()) return null;
        Scene scene = composition.random.choice(candidates);
        List<ObjectSpec> objects = source.objects().stream()
                .map(o -> scene.environment() == Environment.INDOORS && o.y() != null
                        ? o.withPosition(o.x(), o.depth(), null)
                        : o)
                .toList();
        SceneSpec target = new SceneSpec(
                scene.name(),
                composition.rules.sceneSeed(composition.random),
                scene.timesOfDay().contains(source.timeOfDay()) ? source.timeOfDay() : "day",
                scene.weathers().contains(source.weather()) ? source.weather() : "clear",
                null,
                objects);
        String template = composition.pickTemplate("background");
        String instruction = InstructionTemplates.fill(
                template,
                "l",
                scene.nounPhrase(),
                "s",
                composition.pickPhrase(scene),
                "n",
                SceneCaptions.joinConcepts(source));
        return createEdit(composition, instruction, source, target);
    }

    private static boolean allObjectsFit(Split split, SceneSpec source, Scene scene) {
        return source.objects().stream()
                .map(o -> Concept.byName(o.concept()))
                .allMatch(c -> scene.isCompatibleWith(c) && (split == Split.UNSEEN_PAIR || !Split.isHeldOut(c, scene)));
    }

    private static ExampleSpec changeTime(Composition composition, SceneSpec source) {
        if (composition.fixedSource != null && !source.weather().equals("clear")) return null;
        SceneSpec clearSource = source.withWeather("clear");
        String time = composition.random.choice(composition.scene().timesOfDay().stream()
                .filter(t -> !t.equals(source.timeOfDay()))
                .toList());
        String instruction = time.equals("overcast")
                ? composition.instruction("cloudy")
                : composition.instruction("time", "t", time);
        return createEdit(composition, instruction, clearSource, clearSource.withTimeOfDay(time));
    }

    private static ExampleSpec changeWeather(Composition composition, SceneSpec source) {
        String weather = composition.random.choice(composition.scene().weathers().stream()
                .filter(w -> !w.equals(source.weather()))
                .toList());
        if (weather.equals("clear") && composition.random.bernoulli(0.5)) return null;
        return createEdit(
                composition,
                composition.instruction(weather, "w", source.weather()),
                source,
                source.withWeather(weather));
    }

    private static ExampleSpec changeStyle(Composition composition, SceneSpec source) {
        String filter = composition.random.choice(StyleFilter.NAMES);
        return createEdit(
                composition,
                composition.instruction("style", "f", InstructionTemplates.styleName(filter)),
                source,
                source.withFilter(filter));
    }

    private static ExampleSpec createEdit(
            Composition composition, String instruction, SceneSpec source, SceneSpec target) {
        return composition.createEdit(
                instruction,
                source,
                target,
                source.objects().stream().map(ObjectSpec::id).toList(),
                "");
    }
}
