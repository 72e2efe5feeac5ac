package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.hub.CheckpointConverter;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige convert}: converts the published files to a model folder. */
@Command(
        name = "convert",
        description = "Converts the published files to a model folder: memory-mappable safetensors, config.json and"
                + " tokenizer."
                + " No code in them is executed.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = {
            "  mige convert --checkpoint downloads/mige/model.pth --vae downloads/vae --t5 downloads/t5 \\",
            "      -o models/mige-xl",
            "  mige edit photo.jpg \"make it night\" --model models/mige-xl"
        })
final class ConvertCommand implements Callable<Integer> {

    enum OutputDType {
        bf16,
        f32,
        original
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            required = true,
            description = "model.pth, or another file or folder of weights with the published keys.")
    private Path checkpoint;

    @Option(
            names = "--vae",
            paramLabel = "PATH",
            required = true,
            description = "The autoencoder: a diffusers folder or file.")
    private Path autoencoder;

    @Option(
            names = "--t5",
            paramLabel = "FOLDER",
            description = "The T5 folder: spiece.model, and the text encoder's weights if the checkpoint has none.")
    private Path t5;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "spiece.model, if it is not in the T5 folder.")
    private Path tokenizer;

    @Option(
            names = "--config",
            paramLabel = "FOLDER",
            description = "A folder whose config.json defines the architecture. Default: the published model.")
    private Path configFolder;

    @Option(
            names = "--section",
            paramLabel = "NAME",
            description = "The part of the checkpoint to read, such as model.state_dict or ema (mige weights FILE"
                    + " lists them). Default: the one that fits the model, state_dict before others and averages"
                    + " (EMA) last.")
    private String section;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            defaultValue = "bf16",
            description = "Data type of the weights: ${COMPLETION-CANDIDATES}; the autoencoder stays f32. Default:"
                    + " ${DEFAULT-VALUE}.")
    private OutputDType dtype;

    @Option(
            names = "--quantize",
            paramLabel = "PART",
            split = ",",
            description = "Store the linear layers of these parts in int8, with a scale for each output row:"
                    + " ${COMPLETION-CANDIDATES}. The text encoder is then half as large.")
    private List<Quantization> quantizations = List.of();

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
        PrintWriter out = spec.commandLine().getOut();
        for (Path path : new Path[] {checkpoint, autoencoder, t5, tokenizer})
            if (path != null && !Files.exists(path)) throw new UsageException("%s: no such file", path);
        ModelConfig modelConfig = configFolder == null ? ModelConfig.PUBLISHED : ModelConfig.read(configFolder);
        Checkpoint.LoadDType storedDType =
                switch (dtype) {
                    case bf16 -> Checkpoint.LoadDType.BFLOAT16;
                    case f32 -> Checkpoint.LoadDType.FLOAT32;
                    case original -> Checkpoint.LoadDType.AS_STORED;
                };
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), quietOption.isQuiet());
        LoadReport report;
        try {
            report = CheckpointConverter.convert(
                    new CheckpointConverter.SourceFiles(checkpoint, autoencoder, t5, tokenizer, section),
                    ModelNetworks.requiredTensors(modelConfig)
                            .quantize(quantizations.stream()
                                    .map(Quantization::file)
                                    .collect(Collectors.toSet())),
                    storedDType,
                    OutputFiles.createFolder(folder.toAbsolutePath()),
                    progressBar);
        } finally {
            progressBar.clear();
        }
        if (quietOption.isQuiet()) return 0;
        report.remapped().forEach((key, change) -> out.println("remapped  " + key + ": " + change));
        report.unexpected()
                .forEach((key, reason) -> out.println("unexpected  " + key + (reason.isEmpty() ? "" : ": " + reason)));
        report.notes().forEach(out::println);
        out.println(report.summary());
        out.println("Use it with --model " + folder);
        return 0;
    }
}
