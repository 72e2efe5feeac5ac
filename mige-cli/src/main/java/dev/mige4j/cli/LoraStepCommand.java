package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.Rng;
import dev.mige4j.train.MigeTraining;
import dev.mige4j.train.MigeTrainingConfig;
import dev.mige4j.train.Trainer;
import dev.mige4j.train.dataset.DatasetConfig;
import dev.mige4j.train.dataset.DatasetContext;
import dev.mige4j.train.dataset.TrainingDataset;
import dev.mige4j.train.dataset.TrainingExample;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige dev lora-step}: measures steps of a LoRA training on images of noise. */
@Command(
        name = "lora-step",
        description = "Trains a LoRA for a few steps on images of noise, and prints the time of each step and the peak"
                + " memory. Random weights suffice: mige dev random-checkpoint.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  mige dev lora-step --model models/random-xl -o runs/lora-step")
final class LoraStepCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "FOLDER", required = true, description = "The model folder.")
    private Path model;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "2",
            description = "Steps; the first one reads the weights from disk. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = 1000)
    private int steps;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Examples of a step. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = 64)
    private int batchSize;

    @Option(
            names = "--rank",
            paramLabel = "R",
            defaultValue = "16",
            description = "Rank of the adapters. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1, max = 1024)
    private int rank;

    @Option(
            names = "--targets",
            paramLabel = "NAMES",
            split = ",",
            description = "Endings of the names of linear layers. Default: attention and MLP of denoiser and fusion.")
    private List<String> targets;

    @Option(names = "--keep-activations", description = "Without gradient checkpointing.")
    private boolean keepActivations;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Run folder, new: features, state and the LoRA.")
    private Path folder;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Override
    public Integer call() {
        Path output = OutputFiles.ownFolder(folder.toAbsolutePath(), "lora-step");
        if (Files.exists(output.resolve("lora.safetensors")))
            throw new UsageException("%s has the result of an earlier run; name a new folder with -o.", folder);
        PrintWriter out = spec.commandLine().getOut();
        CancelFlag.expectTrainingSteps();
        try (MemoryPeak peak = new MemoryPeak()) {
            MigeTraining.run(
                    config(model.toAbsolutePath().normalize()),
                    output,
                    size -> {
                        throw new IllegalStateException("the images are made here");
                    },
                    new StepTimes(out));
            out.println(peak.describe());
            out.flush();
        } catch (CancelledException e) {
            return 130;
        }
        return CancelFlag.isCancelled() ? 130 : 0;
    }

    private MigeTrainingConfig config(Path modelFolder) {
        return new MigeTrainingConfig(
                        1,
                        null,
                        new PretrainedInitialization(modelFolder.toString(), "", ""),
                        new MigeTrainingConfig.Data(
                                new NoiseImages(1 + batchSize), "features", null, 1, 0, 1, Map.of(), 0),
                        IddpmLoss.Config.REFERENCE,
                        MigeTrainingConfig.Auxiliary.NONE,
                        new MigeTrainingConfig.Network(null, !keepActivations, List.of()),
                        new MigeTrainingConfig.Validation(0, 1),
                        new Trainer.Config(
                                batchSize,
                                1,
                                new LearningRateSchedule(1e-4, 0, steps, 0, null, 0),
                                AdamW.Config.REFERENCE,
                                List.of(),
                                1,
                                0.99,
                                null,
                                new Trainer.Intervals(1, 0, 0, 0)))
                .withLora(new MigeTrainingConfig.LoraTraining(rank, null, targets, ""));
    }

    /** Edits of one image and compositions of two, of seeded noise. */
    private record NoiseImages(int examples) implements DatasetConfig {

        @Override
        public TrainingDataset open(DatasetContext context) {
            return new TrainingDataset() {
                @Override
                public TrainingExample example(int index) {
                    Image source = noise(3L * index), reference = noise(3L * index + 1);
                    Task task = index % 2 == 0
                            ? InstructionEdit.of("add a dog and replace the tree with a house", source)
                            : new SubjectEdit(Instruction.of("add <image> to <image>", reference, source), source);
                    return TrainingExample.of("noise", task, noise(3L * index + 2), null, context);
                }

                @Override
                public int size() {
                    return examples;
                }

                private Image noise(long seed) {
                    int side = context.model().imageSize();
                    byte[] rgb = new byte[3 * side * side];
                    float[] values = new Rng(1, seed).nextGaussians(rgb.length);
                    for (int i = 0; i < rgb.length; i++)
                        rgb[i] = (byte) Math.round(Math.max(0, Math.min(255, 128 + 50 * values[i])));
                    return Image.of(side, side, rgb);
                }
            };
        }
    }

    /** Prints what the training says, and the time of each step. */
    private static final class StepTimes implements TrainingListener {

        private final PrintWriter out;
        private long last = System.nanoTime();
        private String loss = "";

        StepTimes(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void onStage(String description) {
            out.println(description);
        }

        @Override
        public void onMetrics(long step, Map<String, Double> metrics) {
            loss = String.format(Locale.ROOT, ", loss %.4f", metrics.get("loss"));
        }

        @Override
        public boolean onProgress(String item, long done, long total) {
            long now = System.nanoTime();
            out.printf(
                    Locale.ROOT,
                    "%s %d/%d: %.1f s%s%n",
                    item,
                    done,
                    total,
                    (now - last) / 1e9,
                    item.equals("steps") ? loss : "");
            out.flush();
            last = now;
            return !CancelFlag.isCancelled();
        }
    }

    /** The largest memory of this process, sampled every 0.1 s; only where there is {@code /proc}. */
    private static final class MemoryPeak implements AutoCloseable {

        private static final Path STATUS = Path.of("/proc/self/status");

        private final Thread thread = new Thread(this::sample, "memory");
        private volatile long resident, ownMemory;

        MemoryPeak() {
            thread.setDaemon(true);
            thread.start();
        }

        private void sample() {
            while (!Thread.currentThread().isInterrupted()) {
                resident = Math.max(resident, read("VmRSS:"));
                ownMemory = Math.max(ownMemory, read("RssAnon:"));
                try {
                    Thread.sleep(100);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        /** A field in bytes; 0: there is none. */
        private static long read(String field) {
            if (!Files.isReadable(STATUS)) return 0;
            try {
                for (String line : Files.readAllLines(STATUS))
                    if (line.startsWith(field)) return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            } catch (IOException e) {
                return 0; // no such information on this system
            }
            return 0;
        }

        String describe() {
            return String.format(
                    Locale.ROOT,
                    "peak memory: %.2f GB resident, of which at most %.2f GB are not pages of mapped files",
                    resident / 1e9,
                    ownMemory / 1e9);
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
