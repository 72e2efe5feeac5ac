package dev.mige4j.cli;

import dev.mige4j.common.Json;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige recipe}: prints how an image was generated. */
@Command(
        name = "recipe",
        description = "Prints the command that reproduces an image byte for byte.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige recipe out.png",
            "  mige recipe --json out.png",
            "  sh -c \"$(mige recipe out.png) -o again.png\" && cmp out.png again.png"
        })
final class RecipeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "An image file written by mige.")
    private Path file;

    @Option(
            names = "--json",
            description = "Print the complete recipe as JSON: settings, seed, hashes of the images and of the model.")
    private boolean printJson;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> pngText = ImageFile.textChunks(file);
        Recipe recipe = Recipe.fromPngText(pngText);
        if (printJson) out.println(Json.writePretty(recipe).stripTrailing());
        if (pngText.containsKey(ReplayCommand.KEY)) {
            ReplayCommand command = ReplayCommand.fromJson(pngText.get(ReplayCommand.KEY));
            String firstRecipe = pngText.get(ReplayCommand.FIRST_RECIPE_KEY);
            if (!printJson) out.println(command.toShell());
            ReplayCheck.problems(command, firstRecipe == null ? recipe : Recipe.fromJson(firstRecipe), recipe)
                    .forEach(this::printNote);
        } else if (!printJson) {
            RecipeTranslation translation = new RecipeTranslation(recipe, encoding());
            out.println(translation.command().toShell());
            translation.notes().forEach(this::printNote);
        }
        return 0;
    }

    /** Without control characters, which a terminal would obey: notes quote the file. */
    private void printNote(String note) {
        spec.commandLine().getErr().println("note: " + note.replace('\n', ' ').replaceAll("\\p{Cc}", "?"));
    }

    /** The format of the file, with the default quality: recipes do not contain it. */
    private ImageEncoding encoding() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return ImageEncoding.of(ImageFormat.detect(in.readNBytes(16)).orElseThrow());
        }
    }
}
