package dev.mige4j.cli;

import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.RandomCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige dev}: commands for developers and for the launcher. */
@Command(
        name = "dev",
        description = "For developers of mige4j.",
        mixinStandardHelpOptions = true,
        subcommands = {DevCommand.RandomCheckpointCommand.class, LoraStepCommand.class, DevCommand.WarmUpCommand.class})
final class DevCommand {

    /** Loads the classes that most commands need, so that the launcher can archive them (class-data sharing). */
    @Command(name = "warm-up", hidden = true, description = "Generates one image and discards it.")
    static final class WarmUpCommand implements Callable<Integer> {
        @Override
        public Integer call() throws IOException {
            Path folder = Files.createTempDirectory("mige");
            Path imageFile = folder.resolve("out.png"), editedFile = folder.resolve("edited.png");
            try {
                PrintWriter nullWriter = new PrintWriter(Writer.nullWriter());
                int exitCode = Main.run(
                        nullWriter,
                        nullWriter,
                        "generate",
                        "a tree",
                        "--model",
                        "random",
                        "--steps",
                        "2",
                        "-o",
                        imageFile.toString());
                if (exitCode == 0)
                    exitCode = Main.run(
                            nullWriter,
                            nullWriter,
                            "edit",
                            imageFile.toString(),
                            "make it night",
                            "--model",
                            "random",
                            "--steps",
                            "2",
                            "-o",
                            editedFile.toString());
                Main.run(nullWriter, nullWriter, "--help");
                return exitCode;
            } finally {
                Files.deleteIfExists(imageFile);
                Files.deleteIfExists(editedFile);
                Files.deleteIfExists(folder);
            }
        }
    }

    /** Writes a model with random weights of the right shapes. */
    @Command(
            name = "random-checkpoint",
            description = "Writes a model folder with random weights, to measure loading, memory and speed.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  mige dev random-checkpoint --size xl -o models/random-xl      (13 GB)")
    static final class RandomCheckpointCommand implements Callable<Integer> {

        enum CheckpointSize {
            xl,
            tiny
        }

        @Spec
        private CommandSpec spec;

        @Option(
                names = "--size",
                paramLabel = "SIZE",
                defaultValue = "xl",
                description = "One of ${COMPLETION-CANDIDATES}: the published model's sizes, or the smallest. Default:"
                        + " ${DEFAULT-VALUE}.")
        private CheckpointSize size;

        @Option(
                names = "--seed",
                paramLabel = "N",
                defaultValue = "0",
                description = "Random seed. Default: ${DEFAULT-VALUE}.")
        private long seed;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FOLDER",
                required = true,
                description = "The model folder to write.")
        private Path folder;

        @Mixin
        private QuietOption quietOption;

        @Override
        public Integer call() {
            ModelConfig config = size == CheckpointSize.xl ? ModelConfig.PUBLISHED : ModelConfig.TINY;
            byte[] tokenizer = TokenizerBuilder.build(
                    List.of("make create edit add replace put the a in on with picture dog cat tree house night snow"),
                    120);
            TransferProgressBar progressBar =
                    new TransferProgressBar(spec.commandLine().getErr(), quietOption.isQuiet());
            RandomCheckpoint.write(
                    OutputFiles.ownFolder(folder.toAbsolutePath(), "random-checkpoint"),
                    ModelNetworks.requiredTensors(config),
                    tokenizer,
                    seed,
                    progressBar);
            progressBar.clear();
            if (!quietOption.isQuiet()) spec.commandLine().getOut().println("Use it with --model " + folder);
            return 0;
        }
    }
}
