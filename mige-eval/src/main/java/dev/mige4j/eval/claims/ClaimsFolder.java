package dev.mige4j.eval.claims;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.train.initialization.AutoencoderFolder;
import dev.mige4j.weights.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * The files of the experiment:
 *
 * <pre>
 *   frozen/                    autoencoder, vision encoder and vocabulary of the embedded model
 *   features/                  features of the examples, shared by all trainings that see images
 *   features-text-only/        features of the same examples without images in the instructions
 *   configs/VARIANT-seed-N.json  the configuration of a training
 *   runs/VARIANT-seed-N/       the training, as mige train writes it
 *   held-out-losses/           the losses of each training, example by example
 *   evaluation-seed-N/         outputs and scores of the variants with this seed, as mige eval writes them
 *   table.txt  claims.json  claims.svg  index.html
 * </pre>
 */
record ClaimsFolder(Path root) {

    /** Folder of the features of instructions without images, relative to that of a training. */
    static final String TEXT_ONLY_FEATURES = "../../features-text-only";

    /** Folder of the frozen parts, relative to that of a training. */
    static final String FROZEN = "../../frozen";

    /** Numbers that are read from a file may have another type. */
    private static final Comparator<JsonNode> BY_VALUE =
            (a, b) -> a.equals(b) || (a.isNumber() && b.isNumber() && a.asDouble() == b.asDouble()) ? 0 : 1;

    Path run(ClaimRun run) {
        return root.resolve("runs").resolve(run.name());
    }

    Path config(ClaimRun run) {
        return root.resolve("configs").resolve(run.name() + ".json");
    }

    Path model(ClaimRun run) {
        return run(run).resolve("model");
    }

    Path heldOutLosses(ClaimRun run) {
        return root.resolve("held-out-losses").resolve(run.name() + ".json");
    }

    Path page() {
        return root.resolve("index.html");
    }

    Path evaluation(int seed) {
        return root.resolve("evaluation-seed-" + seed);
    }

    /** Writes the frozen parts, unless they are there. */
    void writeFrozenParts() {
        Path frozen = root.resolve("frozen"), embedded = EmbeddedModel.folder();
        ModelConfig model = ModelConfig.read(embedded);
        for (String file : List.of(ModelFolder.ENCODER, ModelFolder.TOKENIZER))
            copy(embedded.resolve(file), frozen.resolve(file));
        copy(embedded.resolve(ModelFolder.AUTOENCODER), frozen.resolve(AutoencoderFolder.WEIGHTS_FILE));
        Path autoencoder = frozen.resolve(AutoencoderFolder.CONFIG_FILE);
        if (!Files.exists(autoencoder)) AtomicFile.write(autoencoder, Json.writePretty(model.autoencoder()));
    }

    private static void copy(Path from, Path to) {
        if (Files.exists(to)) return;
        try {
            AtomicFile.write(to, Files.readAllBytes(from));
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", from, e.getMessage(), e);
        }
    }

    /**
     * Writes the configuration of a training.
     *
     * @throws UsageException when the training began with another one
     */
    void writeConfig(ClaimRun run, ObjectNode config) {
        if (!Files.exists(config(run))) replaceConfig(run, config);
        else if (hasOtherConfig(run, config))
            throw new UsageException(
                    "%s was trained with another configuration; give the options with which it began, or choose another"
                            + " output folder.",
                    run(run));
    }

    /** Whether there is another configuration of a training. */
    boolean hasOtherConfig(ClaimRun run, ObjectNode config) {
        Path file = config(run);
        return Files.exists(file) && !Json.read(file).equals(BY_VALUE, config);
    }

    /** Writes the configuration of a training that has not begun. */
    void replaceConfig(ClaimRun run, ObjectNode config) {
        AtomicFile.write(config(run), Json.writePretty(config));
    }
}
