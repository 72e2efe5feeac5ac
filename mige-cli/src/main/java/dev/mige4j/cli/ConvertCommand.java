package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.LoraMerge;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.conversion.CheckpointConverter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige convert}: converts the published files to a model folder. */
@Command(
        name = "convert",
        description = "Converts the published files to a model folder: memory-mappable safetensors, config.json and"
                + " tokenizer. No code in them is executed. With --merge, writes a copy of a model folder whose weights"
                + " contain LoRAs.",
        mixinStandardHelpOptions = true,
        exitCodeOnExecutionException = CommandLine.ExitCode.USAGE, // the weights are input files
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige convert downloads/mige -o models/mige-xl",
            "  mige convert --checkpoint downloads/mige/model.pth --vae downloads/vae --t5 downloads/t5 \\",
            "      -o models/mige-xl",
            "  mige edit photo.jpg \"make it night\" --model models/mige-xl",
            "  mige convert models/mige-xl --merge my-mug.safetensors:0.8 -o models/mige-with-mug",
            "  mige convert models/mige-with-mug --quantize t5-int8 -o models/mige-with-mug-int8"
        })
final class ConvertCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FOLDER",
            arity = "0..1",
            description = "A folder with the downloaded files: the model, the autoencoder and spiece.model are found in"
                    + " it, and in its folders. Or a model folder, to change the type of its weights or to merge LoRAs"
                    + " into them. Default with --merge: the small model that comes with this program.")
    private Path downloads;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "model.pth, or another file or folder of weights with the published keys.")
    private Path checkpoint;

    @Option(names = "--vae", paramLabel = "PATH", description = "The autoencoder: a diffusers folder or file.")
    private Path autoencoder;

    @Option(
            names = "--t5",
            paramLabel = "FOLDER",
            description = "The T5 folder: spiece.model, and the text encoder's weights if the checkpoint has none.")
    private Path t5;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "spiece.model, if it is not in the T5 folder.")
    private Path tokenizer;

    @Option(
            names = "--merge",
            paramLabel = "FILE[:SCALE]",
            description = "A LoRA to add to the weights of a model folder, with the factor of its effect (default 1);"
                    + " may be given several times. Every weight keeps its type; int8 is quantized again.")
    private List<String> merged = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "The model folder to write.")
    private Path folder;

    @Mixin
    private ConversionOptions conversionOptions;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        for (Path path : new Path[] {downloads, checkpoint, autoencoder, t5, tokenizer})
            if (path != null && !Files.exists(path)) throw new UsageException("%s: no such file", path);
        if (!merged.isEmpty()) return merge(out);
        if (downloads == null && (checkpoint == null || autoencoder == null))
            throw new UsageException("Name the folder with the downloaded files, or --checkpoint, --vae and --t5");
        var sources = new CheckpointConverter.SourceFiles(
                checkpoint, autoencoder, t5, tokenizer, conversionOptions.section());
        if (downloads != null) sources = sources.orFoundIn(downloads);
        if (Files.exists(folder) && Files.isSameFile(folder, sources.model()))
            throw new UsageException("%s is the folder that is converted; choose another with -o", folder);
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), quietOption.isQuiet());
        boolean exists = Files.exists(folder);
        LoadReport report;
        try {
            report = CheckpointConverter.convert(
                    sources,
                    conversionOptions.modelSpec(sources.model()),
                    conversionOptions.loadDType(),
                    OutputFiles.createFolder(folder.toAbsolutePath()),
                    progressBar);
            copyDomain(sources.model());
        } catch (UsageException | WeightsException e) {
            if (!exists) deleteIfEmpty(folder);
            throw e;
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

    private static void deleteIfEmpty(Path folder) {
        try {
            Files.deleteIfExists(folder);
        } catch (IOException ignored) {
            // it has files, from which the next run continues
        }
    }

    /** A model folder that is converted again, such as to int8, keeps what it says about its training data. */
    private void copyDomain(Path model) throws IOException {
        Path domain = model.resolve(ModelDomain.FILE_NAME);
        if (Files.isRegularFile(domain))
            AtomicFile.write(folder.resolve(ModelDomain.FILE_NAME), Files.readAllBytes(domain));
    }

    /** Writes a model folder that contains the LoRAs. */
    private int merge(PrintWriter out) {
        for (String option : List.of(
                "--checkpoint", "--vae", "--t5", "--tokenizer", "--config", "--section", "--dtype", "--quantize"))
            if (spec.commandLine().getParseResult().hasMatchedOption(option))
                throw new UsageException(
                        "%s is for published files, but --merge copies a model folder as it is; convert first, then"
                                + " merge",
                        option);
        Path model = downloads == null ? EmbeddedModel.folder() : downloads;
        List<Lora> loras = merged.stream().map(Lora::parse).toList();
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), quietOption.isQuiet());
        try {
            LoraMerge.write(model, loras, folder.toAbsolutePath(), progressBar);
        } finally {
            progressBar.clear();
        }
        if (quietOption.isQuiet()) return 0;
        for (Lora lora : loras)
            out.println("merged  " + lora.name() + ": " + lora.file().modules().size() + " layers, scale "
                    + ReplayCommand.formatNumber(lora.scale()));
        out.println("Use it with --model " + folder);
        return 0;
    }
}
