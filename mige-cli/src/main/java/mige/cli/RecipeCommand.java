package mige.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import mige.image.PictureFile;
import mige.pipeline.Recipe;
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
        footer = {"  mige recipe out.png", "  mige recipe --json out.png", "  sh -c \"$(mige recipe out.png) -o again.png\" && cmp out.png again.png"})
final class RecipeCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A PNG that mige made.")
    private Path file;

    @Option(names = "--json", description = "Print the whole recipe as JSON: sizes, seeds, hashes of the pictures and of the model.")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> text = PictureFile.texts(file);
        Recipe recipe = Recipe.fromText(text);
        if (json) {
            out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(recipe));
        } else if (text.containsKey(CommandWords.KEY)) {
            out.println(CommandWords.fromJson(text.get(CommandWords.KEY)).shell());
        } else {
            out.println(guessed(recipe).shell());
            spec.commandLine().getErr().println("note: the picture was not made by this command line; put your own files in the place of the PICTUREs");
        }
        return 0;
    }

    /** The command for a picture made elsewhere, for instance by the server: files are unknown, only their pixels' hashes are. */
    private static CommandWords guessed(Recipe recipe) {
        CommandWords words = switch (recipe.task()) {
            case "edit" -> new CommandWords(java.util.List.of("edit", "PICTURE", recipe.instruction()));
            case "subject_edit" -> new CommandWords(java.util.List.of("compose", recipe.instruction()));
            default -> new CommandWords(java.util.List.of("create", recipe.instruction()));
        };
        if (!recipe.task().equals("edit"))
            for (int i = 0; i < recipe.pictures().size(); i++) words = words.with("-i", "PICTURE" + (i + 1));
        if (recipe.task().equals("subject_edit") && recipe.pictures().contains(recipe.canvas()))
            words = words.with("--canvas", String.valueOf(recipe.pictures().indexOf(recipe.canvas()) + 1));
        words = words.with("--seed", String.valueOf(recipe.seed()), "--steps", String.valueOf(recipe.steps()),
                "--guidance", CommandWords.number(recipe.guidance()), "--image-guidance", CommandWords.number(recipe.imageGuidance()));
        if (!recipe.task().equals("subject"))
            words = words.with("--keep-outside", recipe.region().startsWith("mask") ? "MASK" : recipe.region().equals("auto") ? "auto" : "nothing");
        if (recipe.index() > 0) words = words.with("-n", String.valueOf(recipe.index() + 1));
        return recipe.faithful() ? words.with("--faithful") : words;
    }
}
