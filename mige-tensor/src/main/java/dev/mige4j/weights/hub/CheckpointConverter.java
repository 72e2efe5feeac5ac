package dev.mige4j.weights.hub;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns published files into a {@link dev.mige4j.weights.ModelFolder}: safetensors that can be mapped, under the keys
 * the model asks for.
 *
 * <p>Numbers stream from file to file a few megabytes at a time, so 13 GB pass through a small heap. Every key of the
 * outline must be there; what nobody asks for is left behind and listed in the report. The autoencoder is always
 * written in float32.
 */
public final class CheckpointConverter {

    /**
     * Where the published files lie.
     *
     * @param model {@code model.pth}, or any file or folder of weights with the model's keys
     * @param autoencoder a diffusers autoencoder folder or file
     * @param t5 a T5 folder: {@code spiece.model}, and the weights when {@code model} has none of the text encoder; or
     *     null
     * @param tokenizer {@code spiece.model} when it does not lie in {@code t5}; or null
     */
    public record SourceFiles(Path model, Path autoencoder, Path t5, Path tokenizer) {
        Path tokenizerFile() {
            Path file = tokenizer != null ? tokenizer : t5 != null ? t5.resolve(ModelFolder.TOKENIZER) : null;
            if (file == null || !Files.isRegularFile(file))
                throw new UsageException((file == null ? "No tokenizer is given" : file + ": there is no such file")
                        + ". Name the T5 folder that holds spiece.model.");
            return file;
        }
    }

    private CheckpointConverter() {}

    /**
     * Writes the folder and returns what became of the tensors. Throws {@link WeightsException} when some are missing
     * or of another shape, before anything is written, and {@link UsageException} when the disk has no room.
     */
    public static LoadReport convert(
            SourceFiles sources,
            ModelSpec spec,
            Checkpoint.LoadDType loadDType,
            Path outputFolder,
            ProgressListener progress) {
        Path tokenizer = sources.tokenizerFile();
        try (Checkpoint model = openModel(sources, spec);
                Checkpoint autoencoder = Checkpoint.open(sources.autoencoder())) {
            LoadReport modelReport = requireComplete(model.compare(spec.model())),
                    autoencoderReport = requireComplete(autoencoder.compare(spec.autoencoder()));
            Map<String, List<SafeTensors.TensorData>> files = new LinkedHashMap<>();
            long[] done = {0};
            long byteCount = 0;
            for (var file : ModelFolder.groupByFile(specs(model, spec.model()), specs(autoencoder, spec.autoencoder()))
                    .entrySet()) {
                boolean isAutoencoder = file.getKey().equals(ModelFolder.AUTOENCODER);
                List<SafeTensors.TensorData> tensors = new ArrayList<>();
                for (var tensorSpec : file.getValue().entrySet()) {
                    SafeTensors.TensorData tensor = (isAutoencoder ? autoencoder : model)
                            .tensorData(
                                    tensorSpec.getKey(),
                                    tensorSpec.getValue().shape(),
                                    isAutoencoder ? Checkpoint.LoadDType.FLOAT32 : loadDType);
                    byteCount += tensor.nbytes();
                    tensors.add(tensor);
                }
                files.put(file.getKey(), tensors);
            }
            long total = byteCount;
            files.forEach((name, tensors) -> SafeTensors.write(
                    outputFolder.resolve(name),
                    Map.of("format", "pt"),
                    tensors.stream()
                            .map(tensor -> withProgress(tensor, done, total, progress))
                            .toList()));
            copyFile(tokenizer, outputFolder.resolve(ModelFolder.TOKENIZER));
            byte[] config = spec.configJson().getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(outputFolder.resolve(ModelFolder.CONFIG), config); // last: the folder is whole
            return merge(modelReport, autoencoderReport);
        }
    }

    private static Checkpoint openModel(SourceFiles sources, ModelSpec spec) {
        Checkpoint checkpoint = Checkpoint.open(sources.model());
        boolean lacksTextEncoder = checkpoint.compare(spec.model()).missing().keySet().stream()
                .anyMatch(key -> key.startsWith("t5_model."));
        if (!lacksTextEncoder || sources.t5() == null) return checkpoint;
        checkpoint.close();
        return Checkpoint.open(sources.model(), sources.t5());
    }

    /** What the outline names, and the optional tensors that the files have. */
    private static Map<String, ShapeRecorder.TensorSpec> specs(Checkpoint checkpoint, ShapeRecorder shapes) {
        Map<String, ShapeRecorder.TensorSpec> specs = new LinkedHashMap<>(shapes.specs());
        for (String key : shapes.optionalKeys())
            if (checkpoint.has(key))
                specs.put(
                        key,
                        new ShapeRecorder.TensorSpec(checkpoint.tensorInfo(key).shape(), Init.ZEROS));
        return specs;
    }

    private static LoadReport requireComplete(LoadReport report) {
        if (report.missing().isEmpty()) return report;
        String first = report.missing().values().iterator().next();
        int more = report.missing().size() - 1;
        throw new WeightsException(
                first + (more > 0 ? " (and " + more + " more are missing or of another shape)" : ""));
    }

    private static SafeTensors.TensorData withProgress(
            SafeTensors.TensorData tensor, long[] done, long total, ProgressListener progress) {
        return new SafeTensors.TensorData(tensor.name(), tensor.dtype(), tensor.shape(), out -> {
            tensor.data().writeTo(out);
            done[0] += tensor.nbytes();
            if (!progress.onProgress(tensor.name(), done[0], total))
                throw new UsageException(
                        "Stopped after " + ByteSize.format(done[0]) + "; the file that was begun is gone again.");
        });
    }

    private static void copyFile(Path source, Path target) {
        try {
            byte[] bytes = Files.readAllBytes(source);
            AtomicFile.write(target, bytes);
        } catch (IOException e) {
            throw TensorFile.readFailed(source, e);
        }
    }

    private static LoadReport merge(LoadReport a, LoadReport b) {
        List<String> used = new ArrayList<>(a.used());
        used.addAll(b.used());
        Map<String, String> remapped = new LinkedHashMap<>(a.remapped()),
                unexpected = new LinkedHashMap<>(a.unexpected());
        remapped.putAll(b.remapped());
        unexpected.putAll(b.unexpected());
        return new LoadReport(used, remapped, Map.of(), unexpected);
    }
}
