package dev.mige4j.cli;

import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Options of the commands that write a model folder from published files. */
final class ConversionOptions {

    enum OutputDType {
        bf16,
        f32,
        original
    }

    @Option(
            names = "--config",
            paramLabel = "FOLDER",
            description = "A folder whose config.json defines the architecture. Default: that of a model folder that is"
                    + " converted, else the published model.")
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
            description = "Data type of the weights: ${COMPLETION-CANDIDATES}; the autoencoder is f32. Default:"
                    + " ${DEFAULT-VALUE}.")
    private OutputDType dtype;

    @Option(
            names = "--quantize",
            paramLabel = "PART",
            split = ",",
            description = "Store the linear layers of these parts in int8, with a scale for each output row:"
                    + " ${COMPLETION-CANDIDATES}. The text encoder is then half as large.")
    private List<Quantization> quantizations = List.of();

    /** The tensors of the model folder that is written from published files. */
    ModelSpec modelSpec() {
        return modelSpec(null);
    }

    /**
     * The tensors of the model folder that is written.
     *
     * @param source the file or folder that is converted; if it is a model folder, its architecture is the default
     */
    ModelSpec modelSpec(Path source) {
        Path folder = configFolder == null && source != null && ModelFolder.isOne(source) ? source : configFolder;
        ModelConfig config = folder == null ? ModelConfig.PUBLISHED : ModelConfig.read(folder);
        return ModelNetworks.requiredTensors(config)
                .quantize(quantizations.stream().map(Quantization::file).collect(Collectors.toSet()));
    }

    /** The section of the checkpoint to read; null: the one that fits. */
    String section() {
        return section;
    }

    /** The type in which the weights are stored. */
    Checkpoint.LoadDType loadDType() {
        return switch (dtype) {
            case bf16 -> Checkpoint.LoadDType.BFLOAT16;
            case f32 -> Checkpoint.LoadDType.FLOAT32;
            case original -> Checkpoint.LoadDType.AS_STORED;
        };
    }
}
