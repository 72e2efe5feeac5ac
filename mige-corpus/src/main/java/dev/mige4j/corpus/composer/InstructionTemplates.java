package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.RandomStream;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * Templates of the instructions. {@code M} stands for an image placeholder, {@code {n}} and others for substitutions.
 * The last two templates of each list are held out of training (split U4).
 */
public final class InstructionTemplates {

    /** Placeholder for a reference image in an instruction. */
    public static final String IMAGE_PLACEHOLDER = "<imagehere>";

    private static final Map<String, List<String>> TEMPLATES = Map.ofEntries(
            Map.entry(
                    "subject_1",
                    List.of(
                            "a M {s}",
                            "a photo of M {s}",
                            "M, {s}",
                            "put M {s}",
                            "the {n} of M {s}",
                            "{s} with M in it",
                            "a picture of M {s}",
                            "place M {s}",
                            "show M {s}",
                            "let me see M {s}")),
            Map.entry(
                    "subject_2",
                    List.of(
                            "a M and a M {s}",
                            "M next to M {s}",
                            "M on the left and M on the right, {s}",
                            "put M and M {s}",
                            "a photo of M and M {s}",
                            "{s} with M and M in it",
                            "M together with M {s}",
                            "show M beside M {s}")),
            Map.entry(
                    "subject_3",
                    List.of(
                            "a M, a M and a M {s}",
                            "M, M and M {s}",
                            "put M, M and M {s}",
                            "a photo of M, M and M {s}",
                            "{s} with M, M and M in it",
                            "show M, M and M {s}")),
            Map.entry(
                    "add_scene",
                    List.of(
                            "add {a} {p} M",
                            "put {a} {p} M",
                            "place {a} {p} M",
                            "there should be {a} {p} M",
                            "i want {a} {p} M",
                            "draw {a} {p} M")),
            Map.entry(
                    "add_object",
                    List.of(
                            "add {a} {p} the {o} in M",
                            "put {a} {p} the {o} in M",
                            "M but with {a} {p} the {o}",
                            "there should be {a} {p} the {o} in M",
                            "i want {a} {p} the {o} in M",
                            "draw {a} {p} the {o} in M")),
            Map.entry(
                    "remove",
                    List.of(
                            "remove the {n} from M",
                            "delete the {n} in M",
                            "take away the {n} from M",
                            "M without the {n}",
                            "get rid of the {n} in M",
                            "erase the {n} from M")),
            Map.entry(
                    "replace",
                    List.of(
                            "replace the {n} in M with {a}",
                            "turn the {n} in M into {a}",
                            "swap the {n} for {a} in M",
                            "change the {n} in M into {a}",
                            "exchange the {n} in M for {a}",
                            "there should be {a} instead of the {n} in M")),
            Map.entry(
                    "colour",
                    List.of(
                            "make the {n} in M {c}",
                            "change the colour of the {n} in M to {c}",
                            "paint the {n} {c} in M",
                            "turn the {n} in M {c}",
                            "the {n} in M should be {c}",
                            "give the {n} in M {ac} colour")),
            Map.entry(
                    "texture",
                    List.of(
                            "make the {n} in M {t}",
                            "make the {n} in M look {t}",
                            "turn the {n} in M {t}",
                            "give the {n} in M {at} look",
                            "the {n} in M should be {t}",
                            "let the {n} in M become {t}")),
            Map.entry(
                    "background",
                    List.of(
                            "change the background of M to {l}",
                            "move M to {l}",
                            "put the {n} of M {s}",
                            "replace the background of M with {l}",
                            "what if M was {s}",
                            "show the {n} of M {s}")),
            Map.entry(
                    "time",
                    List.of(
                            "make M a {t} scene",
                            "let it be {t} in M",
                            "change the time of day in M to {t}",
                            "turn M into a {t} scene",
                            "M at {t}",
                            "what would M look like at {t}")),
            Map.entry(
                    "cloudy",
                    List.of(
                            "make M a cloudy scene",
                            "let it be cloudy in M",
                            "cover the sky of M with clouds",
                            "M on a cloudy day",
                            "a cloudy day in M")),
            Map.entry(
                    "rain",
                    List.of(
                            "add rain to M",
                            "let it rain in M",
                            "make it rainy in M",
                            "M in the rain",
                            "a rainy day in M")),
            Map.entry(
                    "snow",
                    List.of(
                            "let it snow in M",
                            "add snow to M",
                            "cover M in snow",
                            "M in the snow",
                            "a snowy day in M")),
            Map.entry(
                    "fog",
                    List.of(
                            "cover M in fog",
                            "add fog to M",
                            "make it foggy in M",
                            "M in the fog",
                            "a foggy day in M")),
            Map.entry(
                    "clear",
                    List.of(
                            "make the weather in M clear",
                            "let the weather in M clear up",
                            "remove the {w} from M",
                            "M without the {w}",
                            "stop the {w} in M")),
            Map.entry(
                    "style",
                    List.of(
                            "turn M into {f}",
                            "make M look like {f}",
                            "M as {f}",
                            "change the style of M to {f}",
                            "redraw M as {f}",
                            "what would M look like as {f}")),
            Map.entry(
                    "move",
                    List.of(
                            "move the {n} in M to the {d}",
                            "put the {n} in M further to the {d}",
                            "shift the {n} in M to the {d}",
                            "the {n} in M should be on the {d}",
                            "slide the {n} in M to the {d}")),
            Map.entry(
                    "bigger",
                    List.of(
                            "make the {n} in M bigger",
                            "make the {n} in M larger",
                            "bring the {n} in M closer",
                            "enlarge the {n} in M",
                            "the {n} in M should be bigger")),
            Map.entry(
                    "smaller",
                    List.of(
                            "make the {n} in M smaller",
                            "shrink the {n} in M",
                            "make the {n} in M much smaller",
                            "reduce the size of the {n} in M",
                            "the {n} in M should be smaller")),
            Map.entry(
                    "subject_add_scene",
                    List.of(
                            "add M {p} M",
                            "place M {p} M",
                            "insert M {p} M",
                            "put M {p} M",
                            "draw M {p} M",
                            "let M appear {p} M")),
            Map.entry(
                    "subject_add_object",
                    List.of(
                            "put M {p} the {o} in M",
                            "add M {p} the {o} in M",
                            "place M {p} the {o} in M",
                            "insert M {p} the {o} of M",
                            "draw M {p} the {o} in M",
                            "let M appear {p} the {o} in M")),
            Map.entry(
                    "subject_replace",
                    List.of(
                            "replace the {n} in M with M",
                            "swap the {n} in M for M",
                            "exchange the {n} of M with M",
                            "change the {n} in M into M",
                            "turn the {n} in M into M",
                            "use M2 instead of the {n} in M")));

    private static final Map<String, String> STYLE_NAMES = Map.ofEntries(
            Map.entry("sepia", "a sepia picture"),
            Map.entry("black-and-white", "a black-and-white picture"),
            Map.entry("pencil drawing", "a pencil drawing"),
            Map.entry("watercolour", "a watercolour"),
            Map.entry("pixel art", "pixel art"),
            Map.entry("poster", "a poster"),
            Map.entry("neon", "a neon picture"));

    private InstructionTemplates() {}

    /** The noun phrase of a {@link dev.mige4j.corpus.renderer.StyleFilter}, as in "turn M into a watercolour". */
    static String styleName(String filter) {
        return STYLE_NAMES.get(filter);
    }

    /** A random template of a list: one of the two held-out ones if {@code heldOut}, one of the others if not. */
    static String sample(String list, boolean heldOut, RandomStream random) {
        List<String> templates = TEMPLATES.get(list);
        int trainingCount = templates.size() - 2;
        return templates.get(heldOut ? trainingCount + random.nextInt(2) : random.nextInt(trainingCount));
    }

    /**
     * The instruction of a template: {@code {key}} is replaced by its value ({@code key, value, ...}), {@code M} by
     * {@link #IMAGE_PLACEHOLDER} without spaces around it, and the first letter is capitalised.
     */
    static String fill(String template, String... substitutions) {
        String text = template;
        for (int i = 0; i < substitutions.length; i += 2)
            text = text.replace("{" + substitutions[i] + "}", substitutions[i + 1]);
        return tidy(text.replaceAll("\\bM2?\\b", IMAGE_PLACEHOLDER));
    }

    /** The instruction without spaces around its placeholders, the first letter capitalised. */
    static String tidy(String instruction) {
        String text = instruction
                .replaceAll(" *" + IMAGE_PLACEHOLDER + " *", IMAGE_PLACEHOLDER)
                .trim();
        return text.startsWith(IMAGE_PLACEHOLDER) ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** The instruction with each placeholder replaced by a space. */
    static String withoutPlaceholders(String instruction) {
        return fill(instruction
                .replace(IMAGE_PLACEHOLDER, " ")
                .replaceAll(" +", " ")
                .trim());
    }

    /** The instruction as text without images: each placeholder becomes the name of its image, in order. */
    static String toCaption(String instruction, List<String> imageNames) {
        String caption = instruction;
        for (String name : imageNames)
            caption = caption.replaceFirst(" *" + IMAGE_PLACEHOLDER + " *", " " + Matcher.quoteReplacement(name) + " ");
        caption = caption.replaceAll(" +([,.])", "$1").replaceAll(" +", " ").trim();
        return (Character.toLowerCase(caption.charAt(0)) + caption.substring(1)).replaceAll("\\ba (an?|the) ", "$1 ");
    }
}
