package dev.mige4j.train;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Saves and restores the state of a training, so that it resumes bit-exactly: weights, both moments of the optimizer,
 * the moving average if there is one, the number of steps and the time that they took, and the best validation.
 *
 * <p>Nothing else is needed, because all random numbers depend on the seed and the index of a sample. A state is one
 * safetensors file, written atomically, so a killed process leaves the previous state intact; the last two are kept.
 */
final class TrainingState {

    private static final String PREFIX = "state-", SUFFIX = ".safetensors", AVERAGE = "average";
    private static final int MAX_KEPT = 2;
    /** Elements converted at once. */
    private static final long CHUNK_ELEMENTS = 1 << 22;

    private final Path folder;
    private final FlatParameters parameters;
    private final AdamW optimizer;
    private final Optional<Tensor> emaWeights;

    TrainingState(Path folder, FlatParameters parameters, AdamW optimizer, Optional<Tensor> emaWeights) {
        this.folder = folder;
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.emaWeights = emaWeights;
    }

    /**
     * How far a training is.
     *
     * @param steps done
     * @param seconds that they took
     * @param finished whether the schedule has ended, or the training has been stopped early
     * @param best validation so far; null: none, or no early stopping
     */
    record Progress(long steps, double seconds, boolean finished, EarlyStopping.Best best) {

        static final Progress NONE = new Progress(0, 0, false, null);

        private static Progress of(SafeTensors state) {
            try {
                return new Progress(
                        Long.parseLong(state.metadata().getOrDefault("steps", "")),
                        Double.parseDouble(state.metadata().getOrDefault("seconds", "0")),
                        Boolean.parseBoolean(state.metadata().get("finished")),
                        bestOf(state.metadata()));
            } catch (NumberFormatException e) {
                throw state.error("is no state of a training; delete it, and the one before it is used");
            }
        }

        private static EarlyStopping.Best bestOf(Map<String, String> metadata) {
            return metadata.containsKey("best_value")
                    ? new EarlyStopping.Best(
                            Double.parseDouble(metadata.get("best_value")),
                            Long.parseLong(metadata.getOrDefault("best_step", "")),
                            Integer.parseInt(metadata.getOrDefault("validations_since_best", "")))
                    : null;
        }
    }

    /** Writes the state and deletes all but the last two. */
    void save(Progress progress) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("steps", Long.toString(progress.steps()));
        metadata.put("seconds", Double.toString(progress.seconds()));
        metadata.put("finished", Boolean.toString(progress.finished()));
        metadata.put("layout", parameters.layout());
        if (progress.best() != null) {
            metadata.put("best_value", Double.toString(progress.best().value()));
            metadata.put("best_step", Long.toString(progress.best().step()));
            metadata.put(
                    "validations_since_best", Integer.toString(progress.best().validationsSince()));
        }
        List<SafeTensors.TensorData> tensors = new ArrayList<>(List.of(
                tensorData("values", parameters.values()),
                tensorData("mean", optimizer.firstMoment()),
                tensorData("square", optimizer.secondMoment())));
        emaWeights.ifPresent(average -> tensors.add(tensorData(AVERAGE, average)));
        SafeTensors.write(folder.resolve("%s%010d%s".formatted(PREFIX, progress.steps(), SUFFIX)), metadata, tensors);
        List<Path> states = stateFiles(folder);
        for (int i = 0; i < states.size() - MAX_KEPT; i++) {
            try {
                Files.deleteIfExists(states.get(i));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Restores the newest state in the folder of the first process, in all processes; every process must call this. */
    Progress restore(DataParallel dataParallel) {
        Progress restored = dataParallel.rank() == 0 ? restore() : Progress.NONE;
        for (Tensor tensor : List.of(parameters.values(), optimizer.firstMoment(), optimizer.secondMoment()))
            dataParallel.broadcast(tensor);
        emaWeights.ifPresent(dataParallel::broadcast);
        double[] progress = dataParallel.firstValues((double) restored.steps(), restored.seconds());
        return new Progress((long) progress[0], progress[1], restored.finished(), restored.best());
    }

    /** Restores the newest state of the folder and returns its progress, or none when there is no state. */
    private Progress restore() {
        List<Path> states = stateFiles(folder);
        if (states.isEmpty()) return Progress.NONE;
        Path newest = states.get(states.size() - 1);
        try (SafeTensors file = SafeTensors.open(newest)) {
            if (!parameters.layout().equals(file.metadata().get("layout"))) {
                throw new UsageException(
                        "%s was saved with other sizes or trainable parameters. Train into another folder, or use the"
                                + " configuration with which it was saved.",
                        newest);
            }
            Scope.scoped(() -> Tensor.noGrad(() -> {
                parameters.values().copy_(file.tensor("values"));
                optimizer.firstMoment().copy_(file.tensor("mean"));
                optimizer.secondMoment().copy_(file.tensor("square"));
                boolean hasAverage = file.tensorInfos().containsKey(AVERAGE);
                emaWeights.ifPresent(
                        average -> // a state without one starts it from the weights
                        average.copy_(hasAverage ? file.tensor(AVERAGE) : parameters.values()));
                return null;
            }));
            return Progress.of(file);
        }
    }

    /** The progress of the newest state of a folder; empty when there is no state. */
    static Optional<Progress> readProgress(Path folder) {
        List<Path> states = Files.isDirectory(folder) ? stateFiles(folder) : List.of();
        if (states.isEmpty()) return Optional.empty();
        try (SafeTensors file = SafeTensors.open(states.get(states.size() - 1))) {
            return Optional.of(Progress.of(file));
        }
    }

    private static List<Path> stateFiles(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.filter(f -> f.getFileName().toString().matches(PREFIX + "\\d+\\" + SUFFIX))
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A tensor of a safetensors file, in its own type. */
    static SafeTensors.TensorData tensorData(String name, Tensor tensor) {
        return tensorData(name, tensor, tensor.dtype());
    }

    /** The same, converted to another type. */
    static SafeTensors.TensorData tensorData(String name, Tensor tensor, DType type) {
        return new SafeTensors.TensorData(name, type, tensor.shape(), out -> {
            for (long from = 0, total = tensor.numel(); from < total; from += CHUNK_ELEMENTS) {
                long start = from, length = Math.min(CHUNK_ELEMENTS, total - from);
                byte[] bytes = Scope.scoped(() -> Tensor.noGrad(() ->
                        tensor.reshape(-1).narrow(0, start, length).to(type).toByteArray()));
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) out.write(buffer);
            }
        });
    }
}
