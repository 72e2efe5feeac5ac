package dev.mige4j.cli;

import dev.mige4j.image.ImageEncoding;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelHash;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.weights.lora.LoraFile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command for an image that was generated elsewhere, for instance by the server. Its input files are unknown, only
 * the hashes of their pixels are, so the command has placeholders.
 */
final class RecipeTranslation {

    private static final String SOURCE = "SOURCE", MASK = "MASK", MODEL = "MODEL";

    private final Map<String, String> placeholderByHash = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final ReplayCommand command;

    /** @param encoding of the image file */
    RecipeTranslation(Recipe recipe, ImageEncoding encoding) {
        if (!recipe.source().isEmpty()) placeholderByHash.put(recipe.source(), SOURCE);
        for (String hash : recipe.images())
            placeholderByHash.putIfAbsent(hash, "IMAGE" + (placeholderByHash.size() + 1));
        ReplayCommand result = withOptions(withImages(recipe), recipe);
        placeholderByHash.forEach((hash, placeholder) -> notes.add("replace " + placeholder + " by the "
                + (placeholder.equals(SOURCE) ? "image that was edited" : "image of the instruction")
                + ", whose pixels have the SHA-256 " + hash));
        if (recipe.region().startsWith("mask:")) notes.add("replace " + MASK + " by the mask");
        if (!recipe.modelHash().equals(ModelHash.of(EmbeddedModel.folder()))) {
            result = result.with("--model", MODEL);
            notes.add("replace " + MODEL + " by the folder of the model " + recipe.model() + " with the hash "
                    + recipe.modelHash());
        }
        for (Recipe.LoraReference lora : recipe.loras()) {
            Path file = fileOf(lora);
            result = result.with("--lora", new LoraArgument(file, lora.scale()).toArgument());
            notes.add("put in the place of " + file + " the path of the LoRA file with the SHA-256 " + lora.sha256());
        }
        command = EncodingOptions.appendTo(result, encoding);
    }

    /** The file's name, or a placeholder where it is none on this system: recipes come from anywhere. */
    private static Path fileOf(Recipe.LoraReference lora) {
        try {
            return Path.of(lora.name() + LoraFile.ENDING);
        } catch (InvalidPathException e) {
            return Path.of("LORA" + LoraFile.ENDING);
        }
    }

    /** The command, with placeholders for files. */
    ReplayCommand command() {
        return command;
    }

    /** What to put in the place of each placeholder. */
    List<String> notes() {
        return notes;
    }

    private ReplayCommand withImages(Recipe recipe) {
        if (recipe.task().equals("edit")) return ReplayCommand.of("edit", SOURCE, recipe.instruction());
        ReplayCommand result =
                ReplayCommand.of(recipe.task().equals("subject") ? "generate" : "compose", recipe.instruction());
        for (String hash : recipe.images()) result = result.with("-i", placeholderByHash.get(hash));
        if (recipe.task().equals("subject")) return result;
        int sourceIndex = recipe.images().indexOf(recipe.source());
        return result.with("--source", sourceIndex < 0 ? SOURCE : String.valueOf(sourceIndex + 1));
    }

    private static ReplayCommand withOptions(ReplayCommand command, Recipe recipe) {
        ReplayCommand result = command.with("--seed", String.valueOf(recipe.seed()))
                .with("--steps", String.valueOf(recipe.steps()))
                .with("--guidance", ReplayCommand.formatNumber(recipe.guidance()))
                .with("--image-guidance", ReplayCommand.formatNumber(recipe.imageGuidance()));
        if (!recipe.source().isEmpty())
            result = result.with(
                    "--mask",
                    recipe.region().startsWith("mask:") ? MASK : recipe.region().equals("auto") ? "auto" : "none");
        if (recipe.index() > 0) result = result.with("--first-index", String.valueOf(recipe.index()));
        if (!recipe.size().isEmpty()) result = result.with("--size", recipe.size());
        if (recipe.fast()) result = result.with("--fast");
        return recipe.faithful() ? result.with("--faithful") : result;
    }
}
