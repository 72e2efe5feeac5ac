package dev.mige4j.cli;

import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelConfig;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.function.Function;

/**
 * The embedded model's defaults, for descriptions of options as {@code ${bundle:default.steps}}. Its configuration is
 * read when help is printed.
 */
final class EmbeddedDefaults extends ResourceBundle {

    private static final Map<String, Function<ModelConfig.Defaults, String>> VALUES = Map.of(
            "default.steps",
            defaults -> byTask(defaults.generationSteps(), defaults.editSteps()) + ", with --fast "
                    + defaults.fast().steps(),
            "default.guidance",
            defaults -> byTask(defaults.generationGuidance(), defaults.editGuidance()),
            "default.image-guidance",
            defaults -> ReplayCommand.formatNumber(defaults.imageGuidance()),
            "default.mask",
            defaults -> defaults.keepUnchangedPixels() ? "auto" : "none");

    private ModelConfig.Defaults defaults; // null: not yet read

    private static String byTask(double generation, double edit) {
        String forGeneration = ReplayCommand.formatNumber(generation);
        return generation == edit
                ? forGeneration
                : forGeneration + " for new images and " + ReplayCommand.formatNumber(edit) + " for edits";
    }

    @Override
    protected Object handleGetObject(String key) {
        Function<ModelConfig.Defaults, String> value = VALUES.get(key);
        if (value == null) return null;
        if (defaults == null) defaults = EmbeddedModel.config().defaults();
        return value.apply(defaults);
    }

    @Override
    public Enumeration<String> getKeys() {
        return Collections.enumeration(VALUES.keySet());
    }
}
