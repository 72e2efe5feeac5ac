package dev.mige4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that generate, edit and compose share; runs the request and writes its images. */
final class RequestOptions {

    private static final Image RESULT_TO_COME = Image.filled(1, 1, 0);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            defaultValue = "out.png",
            description = "PNG file to write; several images become out-1.png, out-2.png and so on. Default:"
                    + " ${DEFAULT-VALUE}.")
    private Path output;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private ModelOption model;

    @Mixin
    private SettingsOptions settingsOptions;

    @Option(
            names = {"-n", "--num-images"},
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Number of images. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = Settings.MAX_COUNT)
    private int imageCount;

    @Option(
            names = "--then",
            paramLabel = "TEXT",
            description =
                    "Instruction of a further edit of the result; may be given several times. Only the last result"
                            + " is written.")
    private List<String> followUpInstructions = List.of();

    @Option(names = "--json", description = "Print the result as JSON on standard output.")
    private boolean printJson;

    @Mixin
    private QuietOption quietOption;

    /**
     * Runs the task and its follow-up edits and writes the images.
     *
     * @param baseCommand the command without these options, for the recipe in the PNG
     * @return the exit code
     */
    int run(Task firstTask, ReplayCommand baseCommand) {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        Settings requested = settingsOptions.toSettings().withCount(imageCount), settings = requested.withChosenSeed();
        if (firstTask.source().isEmpty() && followUpInstructions.isEmpty()) settingsOptions.rejectMaskWithoutSource();
        List<Path> files = OutputFiles.imageFiles(output, imageCount);
        long startNanos = System.nanoTime();
        try (Mige mige = model.open(err, quietOption.isQuiet())) {
            // Only edits have source pixels to keep.
            Settings firstSettings = firstTask.source().isEmpty() ? settings.withRegion(Region.EVERYWHERE) : settings;
            Set<String> notices = new LinkedHashSet<>(mige.notices(firstTask, firstSettings));
            for (String followUp : followUpInstructions)
                notices.addAll(mige.notices(EditCommand.editTask(followUp, RESULT_TO_COME), settings));
            if (!quietOption.isQuiet()) notices.forEach(notice -> err.println("note: " + notice));
            List<GeneratedImage> images = new ArrayList<>(generate(
                    mige,
                    firstTask,
                    firstSettings,
                    followUpInstructions.isEmpty() ? "" : "turn 1 of " + (followUpInstructions.size() + 1),
                    err));
            List<Recipe> firstRecipes =
                    images.stream().map(GeneratedImage::recipe).toList();
            for (int turnIndex = 0; turnIndex < followUpInstructions.size(); turnIndex++) {
                for (int i = 0; i < images.size(); i++) {
                    Task editTask = EditCommand.editTask(
                            followUpInstructions.get(turnIndex), images.get(i).image());
                    String label = "turn " + (turnIndex + 2) + " of " + (followUpInstructions.size() + 1)
                            + (images.size() > 1 ? ", image " + (i + 1) : "");
                    images.set(
                            i,
                            generate(mige, editTask, settings.withFirstIndex(0).withCount(1), label, err)
                                    .get(0));
                }
            }
            Settings resolved = followUpInstructions.isEmpty() ? mige.resolve(firstSettings, firstTask) : settings;
            List<ReplayCommand> replayCommands = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                ReplayCommand command = replayCommand(baseCommand, resolved.withFirstIndex(settings.firstIndex() + i));
                replayCommands.add(command);
                Map<String, String> text = new LinkedHashMap<>(Map.of(ReplayCommand.KEY, command.toJson()));
                if (!followUpInstructions.isEmpty())
                    text.put(ReplayCommand.FIRST_RECIPE_KEY, firstRecipes.get(i).toJson());
                images.get(i).save(files.get(i), text);
            }
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            if (printJson) out.println(toJson(files, images, replayCommands, notices, seconds));
            else if (!quietOption.isQuiet()) {
                files.forEach(out::println);
                String seed = requested.equals(settings) ? "" : " with the seed " + settings.seed();
                err.printf(Locale.ROOT, "Done in %s%s.%n", ProgressBar.formatDuration(seconds), seed);
            }
            out.flush();
            return 0;
        }
    }

    private List<GeneratedImage> generate(Mige mige, Task task, Settings settings, String label, PrintWriter err) {
        ProgressBar progressBar = new ProgressBar(err, quietOption.isQuiet(), label);
        try {
            return mige.generate(task, settings, progressBar);
        } finally {
            progressBar.clear();
        }
    }

    /** The command that generates one of the images. */
    private ReplayCommand replayCommand(ReplayCommand baseCommand, Settings resolvedSettings) {
        ReplayCommand command = baseCommand;
        if (!model.isEmbedded()) command = command.with("--model", model.model);
        command = settingsOptions.appendTo(command, resolvedSettings);
        for (String followUp : followUpInstructions) command = command.with("--then", followUp);
        return command;
    }

    private static String toJson(
            List<Path> files,
            List<GeneratedImage> images,
            List<ReplayCommand> replayCommands,
            Set<String> notices,
            double seconds) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        ArrayNode imageArray = root.putArray("images");
        for (int i = 0; i < files.size(); i++) {
            ObjectNode imageNode = imageArray.addObject();
            imageNode.put("file", files.get(i).toString());
            imageNode.put("width", images.get(i).image().width());
            imageNode.put("height", images.get(i).image().height());
            imageNode.put("command", replayCommands.get(i).toShell());
            imageNode.set("recipe", Json.MAPPER.valueToTree(images.get(i).recipe()));
        }
        notices.forEach(root.putArray("notices")::add);
        root.put("seconds", Math.round(seconds * 1000) / 1000.0);
        return root.toPrettyString();
    }
}
