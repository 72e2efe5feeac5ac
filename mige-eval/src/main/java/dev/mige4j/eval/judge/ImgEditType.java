package dev.mige4j.eval.judge;

import dev.mige4j.eval.judge.JudgeQuestion.Criterion;
import java.util.List;
import java.util.Locale;

/** The types of edits of ImgEdit, each with its three criteria. */
enum ImgEditType {
    ADD(
            changed("the object was added with every property that was asked for, at the right place"),
            blended("the new object"),
            plausible("contact, occlusion, light and shadow of the new object")),
    REMOVE(
            changed("all of the named objects and nothing else are gone"),
            blended("the place where the object was"),
            plausible("what was filled in, with its light, lines and textures")),
    REPLACE(
            changed("all of the named objects and nothing else were replaced by what was asked for"),
            blended("the new object"),
            plausible("contact, occlusion, light and shadow of the new object")),
    ADJUST(
            changed("the named objects and nothing else have the new property, and their shape is the same"),
            blended("the changed region"),
            plausible("light, reflections and shadows on the changed material")),
    BACKGROUND(
            changed("the background is the one that was asked for, and the foreground is untouched"),
            blended("the edge between foreground and background"),
            plausible("horizon, scale, light and shadows of foreground and background together")),
    STYLE(
            changed("the whole image has the style that was asked for, in colours, strokes and texture"),
            new Criterion(
                    "content_kept",
                    "1 if the scene cannot be recognised, 5 if all objects and their places are the same."),
            new Criterion(
                    "rendering", "1 if the image is noisy, blurred or broken, 5 if it is sharp and without flaws.")),
    ACTION(
            changed("the pose, movement or expression is exactly the one that was asked for"),
            new Criterion(
                    "identity_kept",
                    "1 if it is somebody else, 5 if face, hair, clothes and everything else of the subject are the"
                            + " same."),
            new Criterion(
                    "anatomy", "1 if limbs or faces are broken or doubled, 5 if body, light and edges are flawless.")),
    EXTRACT(
            changed("exactly the named object, the same one and all of it, was cut out"),
            new Criterion(
                    "mask",
                    "1 if much of the old background remains, 5 if the outline is exact and the background purely"
                            + " white."),
            new Criterion("object_quality", "1 if the object is blurred or deformed, 5 if no detail was lost.")),
    COMPOSE(
            changed("each of the named objects had the operation that was asked for it, and nothing else changed"),
            blended("the edited objects"),
            plausible("light, shadows, scale and textures of the edited objects"));

    @SuppressWarnings("ImmutableEnumChecker") // an immutable list
    private final List<Criterion> criteria;

    ImgEditType(Criterion first, Criterion second, Criterion third) {
        criteria = List.of(first, second, third);
    }

    private static Criterion changed(String perfect) {
        return new Criterion(
                "instruction_followed",
                "1 if nothing was changed or the wrong thing, 3 if the main point is there with clear mistakes, 5 if "
                        + perfect
                        + ".");
    }

    private static Criterion blended(String what) {
        return new Criterion(
                "seamless",
                "1 if " + what + " is obviously pasted or smeared, 5 if no trace of the edit can be found.");
    }

    private static Criterion plausible(String what) {
        return new Criterion(
                "plausible", "1 if " + what + " are impossible or old details are destroyed, 5 if they are flawless.");
    }

    List<Criterion> criteria() {
        return criteria;
    }

    /** The type of a kind of request of any benchmark; {@link #ADJUST} for kinds without a type of their own. */
    static ImgEditType of(String kind) {
        String name = kind.toUpperCase(Locale.ROOT).replaceFirst("^SUBJECT_", "");
        for (ImgEditType type : values()) if (type.name().equals(name)) return type;
        return ADJUST;
    }
}
