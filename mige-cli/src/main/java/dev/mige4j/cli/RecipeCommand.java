package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.Recipe;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige recipe}: how a picture was made. */
@Command(
        name = "recipe",
        description = "Prints the command that makes a picture again, to the byte.",
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

    @Parameters(paramLabel = "FILE", description = "A PNG that mige made.")
    private Path file;

    @Option(
            names = "--json",
            description = "Print the whole recipe as JSON: sizes, seeds, hashes of the pictures and of the model.")
    private boolean printJson;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> pngText = ImageFile.textChunks(file);
        Recipe recipe = Recipe.fromPngText(pngText);
        if (printJson) {
            out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(recipe));
        } else if (pngText.containsKey(ReplayCommand.KEY)) {
            out.println(ReplayCommand.fromJson(pngText.get(ReplayCommand.KEY)).toShell());
        } else {
            out.println(approximateCommand(recipe).toShell());
            spec.commandLine()
                    .getErr()
                    .println(
                            "note: the picture was not made by this command line; put your own files in the place of the PICTUREs");
        }
        return 0;
    }

    /**
     * The command for a picture made elsewhere, for instance by the server: files are unknown, only their pixels'
     * hashes are.
     */
    private static ReplayCommand approximateCommand(Recipe recipe) {
        ReplayCommand command =
                switch (recipe.task()) {
                    case "edit" -> new ReplayCommand(java.util.List.of("edit", "PICTURE", recipe.instruction()));
                    case "subject_edit" -> new ReplayCommand(java.util.List.of("compose", recipe.instruction()));
                    default -> new ReplayCommand(java.util.List.of("create", recipe.instruction()));
                };
        if (!recipe.task().equals("edit"))
            for (int i = 0; i < recipe.images().size(); i++) command = command.with("-i", "PICTURE" + (i + 1));
        if (recipe.task().equals("subject_edit") && recipe.images().contains(recipe.source()))
            command = command.with("--canvas", String.valueOf(recipe.images().indexOf(recipe.source()) + 1));
        command = command.with(
                "--seed",
                String.valueOf(recipe.seed()),
                "--steps",
                String.valueOf(recipe.steps()),
                "--guidance",
                ReplayCommand.formatNumber(recipe.guidance()),
                "--image-guidance",
                ReplayCommand.formatNumber(recipe.imageGuidance()));
        if (!recipe.task().equals("subject"))
            command = command.with(
                    "--keep-outside",
                    recipe.region().startsWith("mask")
                            ? "MASK"
                            : recipe.region().equals("auto") ? "auto" : "nothing");
        if (recipe.index() > 0) command = command.with("-n", String.valueOf(recipe.index() + 1));
        return recipe.faithful() ? command.with("--faithful") : command;
    }
}
