package mige.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import mige.pipeline.ModelConfig;
import mige.tensor.UsageException;
import mige.weights.Checkpoint;
import mige.weights.Convert;
import mige.weights.LoadReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige convert}: published files become a model folder. */
@Command(
        name = "convert",
        description = "Turns the published files into one model folder: safetensors that can be mapped, config.json and tokenizer. Executes nothing in them.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = {
            "  mige convert --checkpoint downloads/mige/model.pth --vae downloads/vae --t5 downloads/t5 -o models/mige-xl",
            "  mige edit photo.jpg \"make it night\" --model models/mige-xl"
        })
final class ConvertCommand implements Callable<Integer> {

    enum Type { bf16, f32, stored }

    @Spec private CommandSpec spec;

    @Option(names = "--checkpoint", paramLabel = "FILE", required = true, description = "model.pth, or any file or folder of weights with the model's keys.")
    private Path checkpoint;

    @Option(names = "--vae", paramLabel = "PATH", required = true, description = "The autoencoder: a diffusers folder or file.")
    private Path autoencoder;

    @Option(names = "--t5", paramLabel = "FOLDER", description = "The T5 folder: spiece.model, and the text encoder's weights if the checkpoint has none.")
    private Path t5;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "spiece.model, when it does not lie in the T5 folder.")
    private Path tokenizer;

    @Option(names = "--config", paramLabel = "FOLDER", description = "A folder whose config.json holds the sizes. Default: the published model's.")
    private Path config;

    @Option(names = "--type", paramLabel = "TYPE", defaultValue = "bf16", description = "Numbers of the model: ${COMPLETION-CANDIDATES}; the autoencoder stays f32. Default: ${DEFAULT-VALUE}.")
    private Type type;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", required = true, description = "The model folder to write.")
    private Path folder;

    @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (Path path : new Path[] {checkpoint, autoencoder, t5, tokenizer})
            if (path != null && !Files.exists(path)) throw new UsageException("%s: no such file", path);
        ModelConfig sizes = config == null ? ModelConfig.PUBLISHED : ModelConfig.read(config);
        Checkpoint.Keep keep = switch (type) {
            case bf16 -> Checkpoint.Keep.BFLOAT16;
            case f32 -> Checkpoint.Keep.FLOAT32;
            case stored -> Checkpoint.Keep.AS_STORED;
        };
        TransferLine line = new TransferLine(spec.commandLine().getErr(), quiet);
        LoadReport report;
        try {
            report = Convert.convert(new Convert.Published(checkpoint, autoencoder, t5, tokenizer), sizes.wanted(), keep, Output.folder(folder.toAbsolutePath()), line);
        } finally {
            line.end();
        }
        if (quiet) return 0;
        report.mended().forEach((key, what) -> out.println("mended  " + key + ": " + what));
        report.unread().forEach((key, why) -> out.println("unread  " + key + (why.isEmpty() ? "" : ": " + why)));
        out.println(report.summary());
        out.println("use it with --model " + folder);
        return 0;
    }
}
