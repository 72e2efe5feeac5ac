package dev.mige4j.photos.naming;

import dev.mige4j.common.SplitMix64;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Locale;

/**
 * Writes the instruction that adds an object to the photograph without it, from templates: "Add {@code <imagehere>} to
 * the left side of {@code <imagehere>}. The dog is about half as high as the image." The first placeholder is the
 * object, the second the source. The second sentence is left out in half of the instructions, and where the object has
 * no name. Template and sentence depend on the seed and the path of the photograph.
 */
public final class AddTemplates implements PhotoStage<NamedObject, String> {

    private static final List<String> TEMPLATES = List.of(
            "Add <imagehere> to <imagehere>",
            "Add <imagehere> to the %1$s of <imagehere>",
            "Put <imagehere> %2$s of <imagehere>",
            "Place <imagehere> %2$s of <imagehere>",
            "Insert <imagehere> into <imagehere>");
    private static final List<String> QUARTERS =
            List.of("less than a quarter", "about a quarter", "about half", "about three quarters", "nearly");

    private final long seed;

    /** @param seed chooses the templates */
    public AddTemplates(long seed) {
        this.seed = seed;
    }

    @Override
    public StageResult<String> apply(NamedObject object) {
        BinaryMask mask = object.cutOut().origin().object().mask();
        SplitMix64 random = new SplitMix64(SplitMix64.mix(seed)
                ^ SplitMix64.hash(object.cutOut().origin().photo().path()));
        ImageRegion region = ImageRegion.of(mask);
        String template = TEMPLATES.get((int) (random.nextDouble() * TEMPLATES.size()));
        String instruction = String.format(Locale.ROOT, template, region.words(), region.place());
        boolean withSize = random.nextDouble() < 0.5 && !object.name().equals(CategoryNamer.UNKNOWN);
        return StageResult.kept(withSize ? instruction + ". " + size(object.name(), mask) : instruction);
    }

    private static String size(String name, BinaryMask mask) {
        double share = mask.box().orElseThrow().height() / (double) mask.height();
        return "The " + name + " is " + QUARTERS.get((int) Math.round(share * 4)) + " as high as the image.";
    }
}
