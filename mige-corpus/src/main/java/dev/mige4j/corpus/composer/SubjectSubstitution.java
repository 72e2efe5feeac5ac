package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts a certain subject in the place of the main object of an example with references: in target, source and
 * references. The instruction shows it by the reference, or says its name instead.
 *
 * @param name the subject's name in instructions
 * @param concept the concept of its sprites
 * @param shown icon set of its sprite in source and target
 * @param reference icon set of its sprite in the reference
 */
public record SubjectSubstitution(String name, String concept, String shown, String reference) {

    /** Two articles in a row, as in "put a the dog". */
    private static final Pattern TWO_ARTICLES = Pattern.compile("\\b(an?|the) (?:an?|the) ", Pattern.CASE_INSENSITIVE);

    private static final Pattern PLACEHOLDER =
            Pattern.compile(" *" + Pattern.quote(InstructionTemplates.IMAGE_PLACEHOLDER) + " *");

    /**
     * The example with the subject and a reference that shows it.
     *
     * @throws IllegalArgumentException when no reference shows the example's main object
     */
    public ExampleSpec withReference(ExampleSpec spec) {
        int main = mainReference(spec), id = spec.changedIds().get(0);
        List<ReferenceSpec> references = new ArrayList<>(spec.references());
        references.set(main, substitute(references.get(main)));
        return withScenes(spec, id, withNameOfSubject(spec), references);
    }

    /**
     * The example with the subject's name in place of the reference that showed the main object.
     *
     * @throws IllegalArgumentException when no reference shows the example's main object
     */
    public ExampleSpec named(ExampleSpec spec) {
        int main = mainReference(spec), id = spec.changedIds().get(0);
        List<ReferenceSpec> references = new ArrayList<>(spec.references());
        references.remove(main);
        String instruction = withNameOfSubject(spec);
        String subject = withOneArticle("the " + name + " ");
        String phrase = Pattern.quote(subject + "of") + PLACEHOLDER.pattern();
        Matcher described = Pattern.compile(phrase, Pattern.CASE_INSENSITIVE).matcher(instruction);
        instruction = described.find()
                ? described.replaceFirst(Matcher.quoteReplacement(subject))
                : replacePlaceholder(instruction, main);
        return withScenes(spec, id, InstructionTemplates.tidy(withOneArticle(instruction)), references);
    }

    /** The index of the reference that shows the main object: the first that is not the source. */
    private static int mainReference(ExampleSpec spec) {
        for (int r = 0; r < spec.references().size(); r++)
            if (!spec.references().get(r).isSource()) return r;
        throw new IllegalArgumentException("No reference shows an object: " + spec);
    }

    /** "the dog of M" speaks of what the reference shows. */
    private String withNameOfSubject(ExampleSpec spec) {
        return withOneArticle(Pattern.compile(
                        Pattern.quote("the " + spec.objectName() + " of") + "(?="
                                + Pattern.quote(InstructionTemplates.IMAGE_PLACEHOLDER) + ")",
                        Pattern.CASE_INSENSITIVE)
                .matcher(spec.instruction())
                .replaceFirst(Matcher.quoteReplacement("the " + name + " of")));
    }

    private static String withOneArticle(String instruction) {
        return TWO_ARTICLES.matcher(instruction).replaceAll("$1 ");
    }

    private String replacePlaceholder(String instruction, int index) {
        Matcher placeholder = PLACEHOLDER.matcher(instruction);
        for (int i = 0; i <= index; i++)
            if (!placeholder.find()) throw new IllegalArgumentException("Too few placeholders: " + instruction);
        String before = instruction.substring(0, placeholder.start()), after = instruction.substring(placeholder.end());
        boolean closesUp = after.isEmpty() || after.startsWith(",") || after.startsWith(".");
        return (before.isEmpty() ? "" : before + " ") + name + (closesUp ? "" : " ") + after;
    }

    private ExampleSpec withScenes(ExampleSpec spec, int id, String instruction, List<ReferenceSpec> references) {
        // a replacement has another object in its place in the source
        SceneSpec source = spec.source(), target = substitute(spec.target(), id);
        boolean known = Concept.byName(concept) != null;
        return new ExampleSpec(
                spec.kind(),
                spec.split(),
                instruction,
                references,
                source,
                target,
                spec.changedIds(),
                known ? concept : spec.objectName(),
                spec.caption(),
                spec.sourceCaption(),
                known ? SceneCaptions.describe(target) : spec.targetCaption());
    }

    private SceneSpec substitute(SceneSpec scene, int id) {
        return scene.withObjects(scene.objects().stream()
                .map(o -> o.id() == id ? substitute(o, shown) : o)
                .toList());
    }

    private ReferenceSpec substitute(ReferenceSpec original) {
        ObjectSpec object = substitute(original.object(), reference);
        SceneSpec scene = original.scene();
        return new ReferenceSpec(
                original.presentation(), object, scene == null ? null : scene.withReplacedObject(object));
    }

    /** The subject at the place of an object, in its own colours. */
    private ObjectSpec substitute(ObjectSpec object, String iconSet) {
        return ObjectSpec.builder(object.id(), concept, iconSet)
                .position(object.x(), object.depth(), object.y())
                .size(object.size())
                .flip(object.flip())
                .rotation(object.rotation())
                .shear(object.shear())
                .onGrid(object.onGrid())
                .build();
    }
}
