package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
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
            description = "Image file to write: .png, .jpg or .webp; '-' is standard output. Several images take the"
                    + " next free of the names FILE-1.png, FILE-2.png and so on. Default: out.png, or if it exists the"
                    + " next free of out-1.png, out-2.png and so on.")
    private Path output;

    @Mixin
    private EncodingOptions encodingOptions;

    @Option(names = "--force", description = "Replace existing files, but never an input of the command.")
    private boolean force;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private ModelOption model;

    @Mixin
    private LoraOption loraOption;

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
     * Runs the task and its follow-up edits, and writes each image when it is finished.
     *
     * @param baseCommand the command without these options, for the recipe in the image
     * @param imageFiles the files that the task was read from
     * @return the exit code
     */
    int run(Task firstTask, ReplayCommand baseCommand, List<Path> imageFiles) {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        Settings requested = settingsOptions.toSettings().withCount(imageCount), settings = requested.withChosenSeed();
        if (firstTask.source().isEmpty() && followUpInstructions.isEmpty()) settingsOptions.rejectMaskWithoutSource();
        ImageOutput imageOutput = openOutput(imageFiles);
        if (settings.size().isEmpty())
            firstTask.source().ifPresent(s -> imageOutput.encoding().requireSize(s.width(), s.height()));
        long startNanos = System.nanoTime();
        try (Mige base = model.open(err, quietOption.isQuiet());
                Mige mige = loraOption.applyTo(base)) {
            // Only edits have source pixels to keep.
            Settings firstSettings = firstTask.source().isEmpty() ? settings.withRegion(Region.EVERYWHERE) : settings;
            Set<String> notices = notices(mige, firstTask, firstSettings, settings, imageOutput.encoding());
            if (!quietOption.isQuiet()) notices.forEach(notice -> err.println("note: " + notice));
            Settings resolved = followUpInstructions.isEmpty() ? mige.resolve(firstSettings, firstTask) : settings;
            boolean printNames = !printJson && !quietOption.isQuiet();
            WrittenImages images = new WrittenImages(
                    imageOutput,
                    i -> replayCommand(
                            baseCommand, resolved.withFirstIndex(settings.firstIndex() + i), imageOutput.encoding()),
                    printNames ? out : new PrintWriter(Writer.nullWriter()));
            try {
                if (followUpInstructions.isEmpty())
                    generate(mige, firstTask, firstSettings, "", image -> images.write(image, Map.of()));
                else
                    generateInTurns(
                            mige,
                            firstTask,
                            firstSettings,
                            settings.withFirstIndex(0).withCount(1),
                            images);
            } finally { // images that were finished before Ctrl-C are kept and reported
                if (printJson && !images.isEmpty()) out.println(images.toJson(notices, secondsSince(startNanos)));
                out.flush();
            }
            if (!quietOption.isQuiet()) {
                String seed = requested.equals(settings) ? "" : " with the seed " + settings.seed();
                String time = ProgressBar.formatDuration(secondsSince(startNanos));
                if (!printJson) err.printf(Locale.ROOT, "Done in %s%s.%n", time, seed);
            }
            return 0;
        }
    }

    private ImageOutput openOutput(List<Path> imageFiles) {
        List<Path> inputs = new ArrayList<>(imageFiles);
        settingsOptions.maskFile().ifPresent(inputs::add);
        ImageOutput imageOutput =
                ImageOutput.open(Optional.ofNullable(output), "out", encodingOptions, imageCount, force, inputs);
        if (imageOutput.isStandardOutput() && printJson)
            throw new UsageException("-o - and --json both write to standard output; remove one of them");
        return imageOutput;
    }

    private Set<String> notices(
            Mige mige, Task firstTask, Settings firstSettings, Settings editSettings, ImageEncoding encoding) {
        boolean turns = !followUpInstructions.isEmpty();
        Set<String> notices =
                new LinkedHashSet<>(mige.notices(firstTask, turns ? firstSettings.withoutSize() : firstSettings));
        for (String followUp : followUpInstructions)
            notices.addAll(mige.notices(EditCommand.editTask(followUp, RESULT_TO_COME), editSettings.withoutSize()));
        if (encoding.format() == ImageFormat.JPEG
                && firstTask.source().map(Image::hasAlpha).orElse(false))
            notices.add("JPEG has no transparency: the result is written on white; PNG and WebP keep it");
        return notices;
    }

    private void generateInTurns(
            Mige mige, Task firstTask, Settings firstSettings, Settings editSettings, WrittenImages written) {
        int turns = followUpInstructions.size() + 1;
        List<GeneratedImage> images = new ArrayList<>();
        generate(mige, firstTask, firstSettings.withoutSize(), "turn 1 of " + turns, images::add);
        for (int i = 0; i < images.size(); i++) {
            GeneratedImage image = images.get(i);
            Map<String, String> firstRecipe =
                    Map.of(ReplayCommand.FIRST_RECIPE_KEY, image.recipe().toJson());
            for (int turn = 2; turn <= turns; turn++) {
                Task edit = EditCommand.editTask(followUpInstructions.get(turn - 2), image.image());
                String label = "turn " + turn + " of " + turns + (images.size() > 1 ? ", image " + (i + 1) : "");
                List<GeneratedImage> result = new ArrayList<>();
                generate(mige, edit, turn < turns ? editSettings.withoutSize() : editSettings, label, result::add);
                image = result.get(0);
            }
            written.write(image, firstRecipe);
        }
    }

    private void generate(Mige mige, Task task, Settings settings, String label, Consumer<GeneratedImage> consumer) {
        ProgressBar progressBar = new ProgressBar(spec.commandLine().getErr(), quietOption.isQuiet(), label);
        try {
            mige.generate(task, settings, progressBar, image -> {
                progressBar.clear();
                consumer.accept(image);
            });
        } finally {
            progressBar.clear();
        }
    }

    /** The command that generates one of the images. */
    private ReplayCommand replayCommand(ReplayCommand baseCommand, Settings resolvedSettings, ImageEncoding encoding) {
        ReplayCommand command = baseCommand;
        if (!model.isEmbedded()) command = command.with("--model", model.model);
        command = settingsOptions.appendTo(loraOption.appendTo(command), resolvedSettings);
        for (String followUp : followUpInstructions) command = command.with("--then", followUp);
        return EncodingOptions.appendTo(command, encoding);
    }

    private static double secondsSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
