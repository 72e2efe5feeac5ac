package dev.mige4j.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.NonFiniteCounter;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.SafeTensors.TensorData;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a model folder whose weights contain LoRAs, for use without them.
 *
 * <pre>
 *   W' = W + Σ scale · B A
 * </pre>
 *
 * <p>Each tensor keeps its type; the sum is computed in float32 and rounded once. A weight in int8 is restored with its
 * scales and quantized again. Tensors are streamed in blocks of rows, so the memory is that of the LoRAs and of one
 * block, whatever the size of the model.
 */
public final class LoraMerge {

    private static final long BLOCK_NUMEL = 1 << 20;

    private final Path model;
    private final List<Lora> loras;
    private final LoraAdapters adapters;
    private final ProgressListener listener;
    private final long totalBytes;
    private long doneBytes;

    private LoraMerge(Path model, List<Lora> loras, LoraAdapters adapters, ProgressListener listener) {
        this.model = model;
        this.loras = loras;
        this.adapters = adapters;
        this.listener = listener;
        totalBytes = Checkpoint.weightFiles(model).stream()
                .mapToLong(LoraMerge::sizeOf)
                .sum();
    }

    /**
     * Merges LoRAs into a copy of a model folder.
     *
     * @param model is not changed
     * @param output a folder that is empty or does not exist
     * @param listener receives the item {@code merging} with the bytes that are written
     * @throws UsageException when a LoRA is for another model, or the folder has files, or the disk too little space
     * @throws WeightsException when a file is damaged, or a merged weight is NaN or infinite
     * @throws CancelledException when the listener returned false; what was written is deleted, as on every failure
     */
    public static void write(Path model, List<Lora> loras, Path output, ProgressListener listener) {
        UsageException.requireNonNull(model, "model");
        UsageException.requireNonNull(output, "output");
        if (loras.isEmpty()) throw new UsageException("There is no LoRA to merge into %s; name one.", model);
        ModelConfig config = ModelConfig.read(model);
        requireEmpty(output);
        try (LoraAdapters adapters = LoraAdapters.load(
                loras, config, ModelFingerprint.of(model), ModelNetworks.linearLayers(config), DType.F32)) {
            new LoraMerge(model, loras, adapters, listener).run(output);
        }
    }

    private static void requireEmpty(Path output) {
        if (!Files.exists(output)) return;
        if (!Files.isDirectory(output)) throw new UsageException("%s is a file; choose a new folder.", output);
        try (Stream<Path> files = Files.list(output)) {
            if (files.findAny().isPresent())
                throw new UsageException("%s has files; choose a new folder for the merged model.", output);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", output, e.getMessage(), e);
        }
    }

    private void run(Path output) {
        Set<String> unused = new HashSet<>(adapters.byModule().keySet());
        List<Path> weightFiles = Checkpoint.weightFiles(model);
        for (Path file : weightFiles) {
            try (SafeTensors tensors = SafeTensors.open(file)) {
                unused.removeIf(module -> tensors.tensorInfos().containsKey(weightKey(module, tensors)));
            }
        }
        if (!unused.isEmpty())
            throw new WeightsException(
                    "%s: no tensor '%s.weight', which the LoRA changes; convert the model again.",
                    model, unused.iterator().next());
        List<Path> written = new ArrayList<>();
        boolean existed = Files.exists(output, LinkOption.NOFOLLOW_LINKS), complete = false;
        try {
            Files.createDirectories(output);
            long free = Files.getFileStore(output).getUsableSpace();
            if (free < totalBytes) throw AtomicFile.diskFull(output, totalBytes, free);
            for (Path file : weightFiles) {
                Path target = output.resolve(file.getFileName());
                written.add(target);
                writeFile(file, target);
            }
            for (Path file : otherFiles(weightFiles)) {
                Path target = output.resolve(file.getFileName());
                written.add(target);
                AtomicFile.write(target, Files.readAllBytes(file));
            }
            complete = true;
        } catch (IOException e) {
            throw AtomicFile.writeFailed(output, e);
        } finally {
            if (!complete) {
                if (!existed) written.add(output); // after its files
                delete(written);
            }
        }
    }

    /** Tokenizer, domain and, last, the configuration, which marks the folder as complete. */
    private List<Path> otherFiles(List<Path> weightFiles) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            return files.filter(file -> Files.isRegularFile(file) && !weightFiles.contains(file))
                    .filter(file -> Stream.of(".json", ".model", ".txt", ".md")
                            .anyMatch(end -> file.getFileName().toString().endsWith(end)))
                    .sorted((a, b) -> Boolean.compare(isConfig(a), isConfig(b)))
                    .toList();
        }
    }

    private static boolean isConfig(Path file) {
        return file.getFileName().toString().equals(ModelConfig.FILE_NAME);
    }

    private static void delete(List<Path> files) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw AtomicFile.writeFailed(file, e);
            }
        }
    }

    // ---- one file ----

    private void writeFile(Path source, Path target) {
        try (SafeTensors file = SafeTensors.open(source)) {
            Map<String, List<LoraAdapter>> byKey = new LinkedHashMap<>();
            adapters.byModule().forEach((module, list) -> byKey.put(weightKey(module, file), list));
            List<TensorData> tensors = new ArrayList<>();
            for (TensorInfo info : file.tensorInfos().values()) {
                List<LoraAdapter> ofTensor = byKey.get(info.name());
                boolean scaleOfMerged = Int8Quantization.isScale(info.name())
                        && byKey.containsKey(
                                info.name().substring(0, info.name().length() - Int8Quantization.SCALE.length()));
                if (scaleOfMerged) continue; // written with its weight
                if (ofTensor == null) tensors.add(unchanged(file, info));
                else if (info.dtype() == DType.I8)
                    tensors.addAll(Int8Quantization.quantize(merged(file, info, DType.F32, ofTensor)));
                else tensors.add(merged(file, info, info.dtype(), ofTensor));
            }
            Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
            if (tensors.stream().anyMatch(tensor -> byKey.containsKey(tensor.name())))
                metadata.put(ModelFolder.MERGED_LORAS, mergedInto(file));
            SafeTensors.write(target, metadata, tensors);
        }
    }

    /** What a file says about LoRAs that are in it already, and these. */
    private String mergedInto(SafeTensors file) {
        String earlier = file.metadata().get(ModelFolder.MERGED_LORAS);
        List<Recipe.LoraReference> merged = new ArrayList<>(earlier == null ? List.of() : mergedEarlier(file, earlier));
        merged.addAll(Recipe.LoraReference.of(loras));
        return Json.write(merged);
    }

    private static List<Recipe.LoraReference> mergedEarlier(SafeTensors file, String json) {
        String problem;
        try {
            Recipe.LoraReference[] earlier = Json.MAPPER.readValue(json, Recipe.LoraReference[].class);
            if (earlier != null && Arrays.stream(earlier).allMatch(Objects::nonNull)) return List.of(earlier);
            problem = "it is no list of LoRAs";
        } catch (JsonProcessingException e) {
            problem = e.getOriginalMessage();
        }
        throw file.error("has metadata '%s' that cannot be read: %s", ModelFolder.MERGED_LORAS, problem);
    }

    /** The key of the weight of a layer: {@code MODULE.weight}, or {@code MODULE_weight} of a fused projection. */
    private static String weightKey(String module, TensorFile file) {
        String fused = module + "_weight";
        return file.tensorInfos().containsKey(fused) ? fused : module + ".weight";
    }

    private TensorData unchanged(SafeTensors file, TensorInfo info) {
        return new TensorData(info.name(), info.dtype(), info.shape(), out -> {
            file.copyTo(info, info.dtype(), new ProgressChannel(out));
        });
    }

    private TensorData merged(SafeTensors file, TensorInfo info, DType dtype, List<LoraAdapter> ofTensor) {
        long rows = info.shape()[0], columns = info.shape()[1], blockRows = Math.max(1, BLOCK_NUMEL / columns);
        return new TensorData(info.name(), dtype, info.shape(), out -> {
            ProgressChannel counted = new ProgressChannel(out);
            NonFiniteCounter finite = new NonFiniteCounter(dtype, counted);
            Tensor stored = Scope.unscoped(() -> file.tensor(info));
            Tensor scale = info.dtype() == DType.I8
                    ? Scope.unscoped(() -> file.tensor(info.name() + Int8Quantization.SCALE))
                    : null;
            try {
                for (long row = 0; row < rows; row += blockRows) {
                    long start = row, count = Math.min(blockRows, rows - row);
                    byte[] block = Scope.scoped(() -> {
                        Tensor sum = stored.narrow(0, start, count).to(DType.F32);
                        if (scale != null) sum = sum.mul(scale.narrow(0, start, count));
                        for (LoraAdapter adapter : ofTensor)
                            sum = sum.add(adapter.outputs(start, count).deltaWeight());
                        return sum.to(dtype).toByteArray();
                    });
                    ByteBuffer bytes = ByteBuffer.wrap(block);
                    while (bytes.hasRemaining()) finite.write(bytes);
                }
            } finally {
                stored.close();
                if (scale != null) scale.close();
            }
            if (finite.count() > 0)
                throw new WeightsException(
                        "The merged weight '%s' has %d values that are NaN or infinite in %s; use smaller scales.",
                        info.name(), finite.count(), dtype);
        });
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw TensorFile.readFailed(file, e);
        }
    }

    /** Reports what is written, and cancels. */
    private final class ProgressChannel implements WritableByteChannel {
        private final WritableByteChannel out;

        ProgressChannel(WritableByteChannel out) {
            this.out = out;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = out.write(source);
            doneBytes += count;
            if (!listener.onProgress("merging", Math.min(doneBytes, totalBytes), totalBytes))
                throw new CancelledException("cancelled while merging; nothing was left behind");
            return count;
        }

        @Override
        public boolean isOpen() {
            return out.isOpen();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
