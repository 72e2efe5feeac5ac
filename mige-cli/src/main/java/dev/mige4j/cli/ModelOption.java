package dev.mige4j.cli;

import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.weights.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The option {@code --model}: the embedded model or a model folder. */
final class ModelOption {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            defaultValue = "${env:MIGE_MODEL:-embedded}",
            description = "'embedded' (the small model that ships), or a model folder; also read from MIGE_MODEL."
                    + " Default: ${DEFAULT-VALUE}.")
    String model;

    @Option(names = "--skip-memory-check", description = "Start even if the model needs more memory than there is.")
    private boolean skipMemoryCheck;

    /** Opens the model. */
    Mige open(PrintWriter err, boolean quiet) {
        return open(model, skipMemoryCheck, err, quiet);
    }

    /**
     * Opens a model. Prints the memory that a large model needs, and rejects one that cannot run in what there is.
     *
     * @param model {@code embedded}, {@code random} or a folder
     */
    static Mige open(String model, boolean skipMemoryCheck, PrintWriter err, boolean quiet) {
        if (model.equals("embedded")) return Mige.embedded();
        if (model.equals("random")) return Mige.random(0); // random weights, for tests and for the launcher's warm-up
        Path folder = Path.of(model);
        if (!Files.isDirectory(folder))
            throw new UsageException(
                    "%s: no such folder; --model takes 'embedded' or a model folder, which mige download published or"
                            + " mige convert writes",
                    model);
        String notice = MemoryCheck.of(
                        ModelConfig.read(folder),
                        weightBytes(folder, ""),
                        weightBytes(folder, ModelFolder.T5),
                        AvailableMemory.read())
                .check(model, skipMemoryCheck);
        if (!notice.isEmpty() && !quiet) err.println(notice);
        TransferProgressBar progressBar = new TransferProgressBar(err, quiet, TransferProgressBar.Unit.STEPS);
        try {
            return Mige.open(folder, progressBar);
        } finally {
            progressBar.clear();
        }
    }

    /** Size of the weight files whose names start with {@code name}. */
    private static long weightBytes(Path folder, String name) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(name)
                            && f.toString().endsWith(".safetensors"))
                    .mapToLong(f -> f.toFile().length())
                    .sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new UsageException("%s: cannot be read: %s", folder, e.getMessage());
        }
    }

    boolean isEmbedded() {
        return model.equals("embedded");
    }
}
