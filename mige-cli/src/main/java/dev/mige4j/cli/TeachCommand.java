package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.train.teach.Teaching;
import dev.mige4j.train.teach.TeachingConfig;
import dev.mige4j.train.teach.TeachingListener;
import dev.mige4j.train.teach.TeachingResult;
import dev.mige4j.weights.lora.LoraFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige teach}: trains a LoRA on a few images of one subject or style. */
@Command(
        name = "teach",
        description =
                "Teaches a model one subject or style from 3 to 20 images, and writes a LoRA; run the same command"
                        + " again to resume. All data stay on this machine.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige teach --images photos-of-my-mug --name mug -o my-mug.safetensors",
            "  mige generate \"a mug on a beach\" --lora my-mug.safetensors -o beach.png",
            "  mige teach --images my-drawings --style --name inky -o inky.safetensors --minutes 10"
        })
final class TeachCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--images",
            paramLabel = "FOLDER",
            required = true,
            description = "3 to 20 images. The subject is cut out by NAME-mask.png (white where it is), by alpha, or in"
                    + " front of a background of one colour.")
    private Path images;

    @Option(
            names = "--name",
            paramLabel = "WORD",
            description = "The word that stands for it in instructions. Default: NAME of the output file.")
    private String name;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "NAME.safetensors",
            required = true,
            description = "The LoRA file. The folder NAME.teaching beside it has the state, to resume from, and"
                    + " previews.")
    private Path output;

    @Option(names = "--style", description = "The images show a style, not one subject.")
    private boolean style;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "Minutes that it takes, features included. Default: 5.")
    private Double minutes;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps of the training instead of minutes, the same on every machine. Default: by --minutes.")
    @Range(min = 0)
    private long steps;

    @Mixin
    private TeachingOptions teachingOptions;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            defaultValue = "${env:MIGE_MODEL:-embedded}",
            description = "'embedded', or a model folder; also read from MIGE_MODEL. Default: ${DEFAULT-VALUE}.")
    private String model;

    @Mixin
    private CorpusCommand.CorpusFolderOption corpusOption;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        CancelFlag.expectTrainingSteps();
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        String file = String.valueOf(output.getFileName()); // null of the root
        if (!file.endsWith(LoraFile.ENDING))
            throw new UsageException("%s: a LoRA file ends in %s; name one with -o.", output, LoraFile.ENDING);
        String baseName = file.substring(0, file.length() - LoraFile.ENDING.length());
        Path run = output.toAbsolutePath().resolveSibling(baseName + ".teaching");
        TransferProgressBar bar = new TransferProgressBar(err, quietOption.isQuiet(), TransferProgressBar.Unit.STEPS);
        TeachingResult result;
        try {
            result = Teaching.run(
                    new Teaching.Paths(
                            images,
                            model.equals("embedded") ? null : Path.of(model),
                            corpusOption.folder(),
                            output,
                            OutputFiles.ownFolder(run, "teach")),
                    teachingOptions.config(
                            name == null ? baseName : name,
                            style,
                            minutes == null ? TeachingConfig.DEFAULT_MINUTES : minutes,
                            steps,
                            seed),
                    new Progress(bar, err, run, quietOption.isQuiet()));
        } catch (UsageException e) {
            OutputFiles.discardUnused(run, "teach");
            throw e;
        } catch (CancelledException e) {
            bar.clear();
            err.println("mige: stopped; run the same command to resume");
            return 130;
        } finally {
            bar.clear();
        }
        if (!quietOption.isQuiet()) result.notices().forEach(err::println);
        out.printf(
                Locale.ROOT,
                "%s: '%s' from %d images (%d cut out), %d steps in %.0f s%n",
                result.file(),
                result.name(),
                result.images(),
                result.cutOuts(),
                result.steps(),
                result.seconds());
        return 0;
    }

    /** A progress bar over the budget; a line for each preview. Cancels on Ctrl-C. */
    private static final class Progress implements TeachingListener {

        private final TransferProgressBar bar;
        private final PrintWriter err;
        private final Path run;
        private final boolean quiet;
        private String stage = "images";

        Progress(TransferProgressBar bar, PrintWriter err, Path run, boolean quiet) {
            this.bar = bar;
            this.err = err;
            this.run = run;
            this.quiet = quiet;
        }

        @Override
        public void onStage(String description) {
            stage = description;
        }

        @Override
        public boolean onProgress(String item, long done, long total) {
            return bar.onProgress(item.equals(stage) ? item : stage + ", " + item, done, total);
        }

        @Override
        public void onPreview(long step, Image grid) {
            if (quiet) return;
            bar.clear();
            err.println("preview after %d steps: %s"
                    .formatted(step, run.resolve("images/validation-%08d.png".formatted(step))));
        }
    }
}
