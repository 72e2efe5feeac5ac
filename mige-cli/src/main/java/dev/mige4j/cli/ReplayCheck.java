package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelHash;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Region;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Compares the files and the model that a {@link ReplayCommand} names with the sums in a recipe. */
final class ReplayCheck {

    private final Recipe recipe;
    private final Set<String> regions;
    private final List<String> problems = new ArrayList<>();

    /**
     * @param recipe of the first turn
     * @param last of the last turn
     */
    private ReplayCheck(Recipe recipe, Recipe last) {
        this.recipe = recipe;
        this.regions = new LinkedHashSet<>(List.of(recipe.region(), last.region()));
    }

    /**
     * Why the command will not reproduce the image here, a sentence each; empty if it will.
     *
     * @param first the recipe of the first turn, to which the input files belong
     * @param last the recipe of the last turn
     */
    static List<String> problems(ReplayCommand command, Recipe first, Recipe last) {
        ParseResult parsed;
        try {
            parsed = OptionValues.register(new CommandLine(new Main()))
                    .parseArgs(command.arguments().toArray(String[]::new))
                    .subcommand();
        } catch (ParameterException e) {
            return List.of("this release does not understand the command: " + e.getMessage());
        }
        if (parsed == null || parsed.commandSpec().findOption("--model") == null)
            return List.of("this release does not understand the command: it makes no image");
        ReplayCheck check = new ReplayCheck(first, last);
        try {
            check.checkFiles(parsed);
            check.checkLoras(parsed);
            check.checkModel(parsed.commandSpec().findOption("--model").getValue());
        } catch (InvalidPathException e) {
            check.problems.add("the command names a file that cannot exist on this system: " + e.getMessage());
        }
        return check.problems;
    }

    private void checkFiles(ParseResult command) {
        List<ImageArgument> images = command.matchedOptionValue("-i", List.of());
        for (ImageArgument image : images)
            checkFile(image.file(), file -> {
                String hash = Image.read(file).sha256();
                return recipe.images().contains(hash) || recipe.source().equals(hash);
            });
        if (command.commandSpec().name().equals("edit"))
            checkFile(command.matchedPositionalValue(0, Path.of("")), this::isSource);
        String source = command.matchedOptionValue("--source", "1");
        boolean isImage = source.matches("[1-9]")
                || images.stream()
                        .anyMatch(image -> image.name().filter(source::equals).isPresent());
        if (!isImage) checkFile(Path.of(source), this::isSource);
        String mask = command.matchedOptionValue("--mask", "auto");
        if (SettingsOptions.isMaskFile(mask))
            checkFile(
                    Path.of(mask),
                    file -> regions.stream().noneMatch(region -> region.startsWith("mask:"))
                            || regions.contains(Recipe.describe(Region.mask(Image.read(file)))));
    }

    private boolean isSource(Path file) {
        return recipe.source().equals(Image.read(file).sha256());
    }

    private void checkFile(Path file, Predicate<Path> isUnchanged) {
        if (!Files.exists(file)) {
            problems.add(file + " is not found from this folder; run the command in the folder where it was run, or"
                    + " correct the path");
            return;
        }
        try {
            if (isUnchanged.test(file)) return;
            problems.add(file + " does not have the pixels that were used, so the command gives another image");
        } catch (UsageException e) {
            problems.add(e.getMessage());
        }
    }

    /** The LoRA files are found again by their place in the command and in the recipe. */
    private void checkLoras(ParseResult command) {
        List<LoraArgument> arguments = command.matchedOptionValue("--lora", List.of());
        for (int i = 0; i < Math.min(arguments.size(), recipe.loras().size()); i++) {
            LoraArgument argument = arguments.get(i);
            Recipe.LoraReference used = recipe.loras().get(i);
            if (!Files.exists(argument.file()))
                problems.add("the LoRA " + argument.file() + " is not found from this folder; correct the path to the"
                        + " file with the SHA-256 " + used.sha256());
            else checkLora(argument, used);
        }
        if (arguments.size() != recipe.loras().size())
            problems.add("the command has " + arguments.size() + " LoRAs instead of "
                    + recipe.loras().size() + ", so it gives another image");
    }

    private void checkLora(LoraArgument argument, Recipe.LoraReference used) {
        try {
            String sha256 = argument.read().file().sha256();
            if (!sha256.equals(used.sha256()))
                problems.add("the LoRA " + argument.file() + " is not the one that was used (SHA-256 " + sha256
                        + " instead of " + used.sha256() + "), so the command gives another image");
        } catch (UsageException | WeightsException e) {
            problems.add(e.getMessage());
        }
    }

    private void checkModel(String model) {
        if (model.equals("random")) return;
        Path folder = model.equals("embedded") ? EmbeddedModel.folder() : Path.of(model);
        try {
            String hash = ModelHash.of(folder);
            if (!hash.equals(recipe.modelHash()))
                problems.add("the model '" + model + "' is not the one that was used (" + hash + " instead of "
                        + recipe.modelHash() + "), so the command gives another image");
        } catch (WeightsException e) {
            problems.add("the model " + model + " is not found from this folder; correct the path");
        }
    }
}
