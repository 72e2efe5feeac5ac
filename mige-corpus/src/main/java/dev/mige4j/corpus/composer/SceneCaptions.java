package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.Comparator;
import java.util.List;

/** Captions of objects and scenes. */
final class SceneCaptions {

    private SceneCaptions() {}

    /** "a red apple": the object with its article and its colour or texture. */
    static String describe(ObjectSpec object) {
        Concept concept = Concept.byName(object.concept());
        String appearance = object.color() != null ? object.color() : object.texture() != null ? object.texture() : "";
        return concept.articleFor(appearance) + (appearance.isEmpty() ? "" : appearance + " ") + concept.name();
    }

    /** "a dog and a cat on a wooden table at night": the objects from left to right and the scene. */
    static String describe(SceneSpec spec) {
        List<String> names = spec.objects().stream()
                .sorted(Comparator.comparingDouble(ObjectSpec::x))
                .map(SceneCaptions::describe)
                .toList();
        Scene scene = Scene.byName(spec.scene());
        return (spec.filter() == null ? "" : InstructionTemplates.styleName(spec.filter()) + " of ")
                + join(names)
                + (names.isEmpty() ? scene.nounPhrase() : " " + scene.phrases().get(0))
                + timePhrase(spec.timeOfDay())
                + weatherPhrase(spec.weather());
    }

    /** "dog, cat and owl": the concepts of a scene in the order of its objects. */
    static String joinConcepts(SceneSpec spec) {
        return join(spec.objects().stream().map(ObjectSpec::concept).toList());
    }

    private static String join(List<String> names) {
        if (names.size() < 2) return String.join("", names);
        int last = names.size() - 1;
        return String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /** " at night"; empty by day. */
    static String timePhrase(String timeOfDay) {
        return switch (timeOfDay) {
            case "day" -> "";
            case "overcast" -> " on a cloudy day";
            default -> " at " + timeOfDay;
        };
    }

    /** " in the rain"; empty in clear weather. */
    static String weatherPhrase(String weather) {
        return weather.equals("clear") ? "" : " in the " + weather;
    }
}
