package dev.mige4j.cli;

import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.naming.AddTemplates;
import dev.mige4j.photos.naming.CategoryNamer;
import dev.mige4j.photos.naming.NamedObject;
import dev.mige4j.photos.stage.PhotoStage;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of names and instructions. */
final class NamingOptions {

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Random seed of the wording. Default: ${DEFAULT-VALUE}.")
    private long seed;

    /** Names objects; adds to the settings what the names depend on. */
    PhotoStage<CutOut, NamedObject> namer(Map<String, String> settings) {
        settings.put("names", "categories");
        return new CategoryNamer();
    }

    /** Writes instructions; adds to the settings what they depend on. */
    PhotoStage<NamedObject, String> addInstructions(Map<String, String> settings) {
        settings.put("instructions", "templates, seed " + seed);
        return new AddTemplates(seed);
    }
}
