package dev.mige4j.train;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.initialization.InitialModel;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the current weights of a training as a model folder, in bfloat16. */
record ModelExport(Path folder, InitialModel initial, Map<String, Tensor> namedTensors) {

    /** The folder of the model in that of a training. */
    static final String FOLDER = "model";

    /** Whether the folder of a training has a model. */
    static boolean isComplete(Path trainingFolder) {
        return Files.exists(trainingFolder.resolve(FOLDER).resolve(ModelConfig.FILE_NAME));
    }

    void write() {
        Map<String, List<SafeTensors.TensorData>> files = new LinkedHashMap<>();
        namedTensors.forEach((key, tensor) -> files.computeIfAbsent(ModelFolder.fileOf(key), f -> new ArrayList<>())
                .add(TrainingState.tensorData(key, tensor, DType.BF16)));
        files.forEach((name, tensors) ->
                SafeTensors.write(folder.resolve(name), Map.of("made_by", "mige train mige"), tensors));
        SafeTensors.write(
                folder.resolve(ModelFolder.AUTOENCODER),
                Map.of("made_by", "mige train vae"),
                initial.autoencoderTensors().entrySet().stream()
                        .map(e -> TrainingState.tensorData(e.getKey(), e.getValue(), DType.BF16))
                        .toList());
        AtomicFile.write(folder.resolve(ClipModel.VOCABULARY_FILE), initial.vocabulary());
        AtomicFile.write(folder.resolve(ModelConfig.FILE_NAME), initial.config().toJson());
    }
}
