package dev.mige4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.ByteSource;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.torch.TorchFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Weights loaded from one or several files; tensors that need no conversion are memory-mapped. A missing key is an
 * error, never initialized.
 *
 * <p>Names and shapes of other releases are remapped ({@link KeyMapping}) and listed in the {@link LoadReport}. The
 * checkpoint owns its tensors: {@link #close} frees them. Thread-safe.
 */
public final class Checkpoint implements Weights.Source, AutoCloseable {

    /**
     * Type of the loaded floating-point tensors; float16 and float64 are always converted, and the scales of int8
     * weights are float32.
     */
    public enum LoadDType {
        /** As stored; float16 and float64 become float32. */
        AS_STORED,
        /** float32. */
        FLOAT32,
        /** bfloat16, half the memory of float32. */
        BFLOAT16;

        DType resolve(String key, DType storedDType) {
            if (!storedDType.isFloatingPoint()) return storedDType;
            if (Int8Quantization.isScale(key)) return DType.F32;
            return this == BFLOAT16
                    ? DType.BF16
                    : this == FLOAT32 || storedDType != DType.BF16 ? DType.F32 : DType.BF16;
        }
    }

    private final LoadDType loadDType;
    private final String name;
    private final List<TensorFile> files = new ArrayList<>();
    private final Map<String, TensorFile> fileByName = new LinkedHashMap<>();
    private final Map<String, Tensor> loaded = new LinkedHashMap<>();
    private final Map<String, String> remapped = new LinkedHashMap<>();
    private final Set<String> readNames = new LinkedHashSet<>();
    private boolean closed;

    private Checkpoint(LoadDType loadDType, String name) {
        this.loadDType = loadDType;
        this.name = name;
    }

    /** Opens files and folders in their stored types; see {@link #open(LoadDType, Path...)}. */
    public static Checkpoint open(Path... filesOrFolders) {
        return open(LoadDType.AS_STORED, filesOrFolders);
    }

    /**
     * Opens files and folders as one checkpoint. Of a folder: the shards of its index, else its safetensors files, else
     * its torch.save files.
     *
     * @throws WeightsException when a file is missing or damaged, or two files have the same tensor name
     */
    public static Checkpoint open(LoadDType loadDType, Path... filesOrFolders) {
        Checkpoint checkpoint = new Checkpoint(
                loadDType,
                String.join(
                        ", ",
                        Stream.of(filesOrFolders)
                                .map(path -> String.valueOf(path.getFileName()))
                                .toList()));
        boolean complete = false;
        try {
            for (Path path : filesOrFolders) for (Path file : weightFiles(path)) checkpoint.add(openFile(file));
            complete = true;
            return checkpoint;
        } finally {
            if (!complete) checkpoint.close();
        }
    }

    /** A checkpoint of open files, which are closed with it. */
    public static Checkpoint of(LoadDType loadDType, TensorFile... files) {
        Checkpoint checkpoint = new Checkpoint(
                loadDType,
                String.join(
                        ", ",
                        Stream.of(files)
                                .map(file -> String.valueOf(file.path().getFileName()))
                                .toList()));
        for (TensorFile file : files) checkpoint.add(file);
        return checkpoint;
    }

    private void add(TensorFile file) {
        files.add(file);
        for (String key : file.tensorInfos().keySet()) {
            TensorFile other = fileByName.putIfAbsent(key, file);
            if (other != null)
                throw new WeightsException(file.path().getFileName() + ": has a tensor '" + TensorFile.sanitize(key)
                        + "', but so does " + other.path().getFileName() + ". Open only files that belong together.");
        }
    }

    /** Opens one file by its content: safetensors, or either format of {@code torch.save}. */
    public static TensorFile openFile(Path file) {
        return openFile(LocalFile.open(file));
    }

    /** As {@link #openFile(Path)}, of any source, which is closed with the file. */
    public static TensorFile openFile(ByteSource source) {
        try {
            return TorchFile.isTorchFile(source) ? TorchFile.open(source, null) : SafeTensors.open(source);
        } catch (IOException e) {
            throw TensorFile.readFailed(source.path(), e);
        }
    }

    /** The weight files of a folder, sorted by name, or the file itself. */
    public static List<Path> weightFiles(Path path) {
        if (!Files.isDirectory(path)) return List.of(path);
        List<Path> contents;
        try (Stream<Path> list = Files.list(path)) {
            contents = list.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw TensorFile.readFailed(path, e);
        }
        for (String extension : List.of(".safetensors", ".bin", ".pth", ".pt")) {
            List<Path> indexes = contents.stream()
                    .filter(file ->
                            fileName(file).endsWith(extension + ".index.json") && !isPrecisionVariant(fileName(file)))
                    .toList();
            if (!indexes.isEmpty()) return shardFiles(indexes.get(0));
            List<Path> found = contents.stream()
                    .filter(file -> fileName(file).endsWith(extension)
                            && !fileName(file).startsWith(".")
                            && !isPrecisionVariant(fileName(file)))
                    .toList();
            if (!found.isEmpty()) return found;
        }
        throw new WeightsException(path + ": has no weight files, expected .safetensors, .bin or .pth.");
    }

    private static String fileName(Path file) {
        return file.getFileName().toString();
    }

    /** Whether it is a copy in another precision, as diffusers stores them beside the full-precision files. */
    private static boolean isPrecisionVariant(String name) {
        return name.contains(".fp16.")
                || name.contains(".bf16.")
                || name.contains(".non_ema.")
                || name.equals("training_args.bin");
    }

    private static List<Path> shardFiles(Path index) {
        Set<String> names = new TreeSet<>();
        try {
            if (Files.size(index) > 100_000_000)
                throw new WeightsException(index + ": is larger than 100 MB, so it is not an index of shards.");
            JsonNode weightMap = Json.MAPPER.readTree(index.toFile()).path("weight_map");
            weightMap.elements().forEachRemaining(value -> names.add(value.asText()));
        } catch (IOException e) {
            throw new WeightsException(index + ": is not an index of shards ("
                    + e.getMessage().lines().findFirst().orElse("damaged") + ").");
        }
        if (names.isEmpty()) throw new WeightsException(index + ": has no shards, expected an object 'weight_map'.");
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals(".."))
                throw new WeightsException(index + ": refers to the shard '" + TensorFile.sanitize(name)
                        + "', expected a file in the same folder.");
            Path shard = index.resolveSibling(name);
            if (!Files.exists(shard))
                throw new WeightsException(
                        index + ": refers to the shard '" + name + "', which does not exist; download it too.");
            files.add(shard);
        }
        return files;
    }

    /** The weights to build a model with. */
    public Weights weights() {
        return Weights.from(this);
    }

    /** All names in the files. */
    public Set<String> names() {
        return Collections.unmodifiableSet(fileByName.keySet());
    }

    /** The open files. */
    public List<TensorFile> files() {
        return List.copyOf(files);
    }

    @Override
    public synchronized Tensor get(String key, Init init, long... shape) {
        if (closed) throw new IllegalStateException("The checkpoint " + name + " is closed.");
        Tensor cached = loaded.get(key);
        if (cached != null) return cached.expect(key, "", shape);
        String storedName = requireName(key);
        TensorFile file = fileByName.get(storedName);
        TensorInfo info = file.tensorInfo(storedName);
        KeyMapping.ShapeFit fit = KeyMapping.fitShape(key, info.shape(), shape);
        String mismatch = mismatch(file, info, fit, shape, loaded.containsKey(key + Int8Quantization.SCALE));
        if (mismatch != null) throw new WeightsException(mismatch);
        Tensor tensor = Scope.unscoped(() -> Scope.scoped(
                () -> KeyMapping.apply(fit, file.tensor(info).to(loadDType.resolve(key, info.dtype())), shape)));
        recordRemapping(key, storedName, info, fit, shape, remapped);
        readNames.add(storedName);
        loaded.put(key, tensor);
        return tensor;
    }

    @Override
    public boolean has(String key) {
        return resolveName(key) != null;
    }

    private String requireName(String key) {
        String storedName = resolveName(key);
        if (storedName == null) throw new WeightsException(TensorFile.missingTensor(name, key, fileByName.keySet()));
        return storedName;
    }

    private String resolveName(String key) {
        if (fileByName.containsKey(key)) return key;
        for (String alias : KeyMapping.aliasesFor(key)) if (fileByName.containsKey(alias)) return alias;
        return null;
    }

    /** @param readsScales whether the reader of the tensor reads its scales, too, if it is quantized */
    private static String mismatch(
            TensorFile file, TensorInfo info, KeyMapping.ShapeFit fit, long[] shape, boolean readsScales) {
        String prefix = file.path().getFileName() + ": tensor '" + TensorFile.sanitize(info.name()) + "' ";
        if (!info.dtype().isFloatingPoint() && !(info.dtype() == DType.I8 && readsScales))
            return prefix + "has the dtype " + info.dtype()
                    + ", expected a floating-point type; it belongs to another model.";
        if (fit == KeyMapping.ShapeFit.MISMATCH)
            return prefix + "has the shape " + TensorInfo.formatShape(info.shape()) + ", expected "
                    + TensorInfo.formatShape(shape)
                    + "; the file belongs to a model of another configuration.";
        return null;
    }

    private static void recordRemapping(
            String key,
            String storedName,
            TensorInfo info,
            KeyMapping.ShapeFit fit,
            long[] shape,
            Map<String, String> remapped) {
        List<String> changes = new ArrayList<>();
        if (!storedName.equals(key)) changes.add(KeyMapping.describe(key, storedName));
        if (fit != KeyMapping.ShapeFit.SAME) changes.add(KeyMapping.describe(fit, info.shape(), shape));
        if (!changes.isEmpty()) remapped.put(key, String.join(", ", changes));
    }

    /** Report of the keys that were loaded so far; complete after the model has been built. */
    public synchronized LoadReport report() {
        return new LoadReport(
                List.copyOf(loaded.keySet()),
                Collections.unmodifiableMap(new LinkedHashMap<>(remapped)),
                Map.of(),
                unexpected(readNames));
    }

    /** Compares the files with the keys and shapes of a model and reports all missing keys; reads no data. */
    public LoadReport compare(ShapeRecorder shapes) {
        List<String> used = new ArrayList<>();
        Map<String, String> remappings = new LinkedHashMap<>(), missing = new LinkedHashMap<>();
        Set<String> usedNames = new LinkedHashSet<>();
        shapes.specs().forEach((key, spec) -> {
            String storedName = resolveName(key);
            if (storedName == null) {
                missing.put(key, TensorFile.missingTensor(name, key, fileByName.keySet()));
                return;
            }
            TensorInfo info = fileByName.get(storedName).tensorInfo(storedName);
            KeyMapping.ShapeFit fit = KeyMapping.fitShape(key, info.shape(), spec.shape());
            String mismatch = mismatch(
                    fileByName.get(storedName),
                    info,
                    fit,
                    spec.shape(),
                    shapes.isQuantizable(key) && has(key + Int8Quantization.SCALE));
            usedNames.add(storedName);
            if (mismatch != null) {
                missing.put(key, mismatch);
                return;
            }
            used.add(key);
            recordRemapping(key, storedName, info, fit, spec.shape(), remappings);
        });
        for (String key : shapes.optionalKeys()) {
            if (resolveName(key) == null) continue;
            used.add(key);
            usedNames.add(resolveName(key));
        }
        return new LoadReport(used, remappings, missing, unexpected(usedNames));
    }

    private Map<String, String> unexpected(Collection<String> usedNames) {
        Map<String, String> unused = new LinkedHashMap<>();
        for (String key : fileByName.keySet())
            if (!usedNames.contains(key)) unused.put(key, KeyMapping.unexpectedReason(key));
        for (TensorFile file : files) unused.putAll(file.skipped());
        return Collections.unmodifiableMap(unused);
    }

    /** The file with the tensor for {@code key}; throws as {@link #get} does. */
    public TensorFile fileOf(String key) {
        return fileByName.get(requireName(key));
    }

    /** Name, dtype and stored shape of the tensor for {@code key}; throws as {@link #get} does. */
    public TensorInfo tensorInfo(String key) {
        String storedName = requireName(key);
        return fileByName.get(storedName).tensorInfo(storedName);
    }

    /**
     * The tensor for {@code key} as data for {@link SafeTensors#write}: streamed from the file, never loaded.
     *
     * @throws WeightsException when the tensor is missing, or stored with fewer input channels than {@code shape}
     */
    public SafeTensors.TensorData tensorData(String key, long[] shape, LoadDType loadDType) {
        TensorInfo info = tensorInfo(key);
        TensorFile file = fileByName.get(info.name());
        if (KeyMapping.fitShape(key, info.shape(), shape) == KeyMapping.ShapeFit.ZERO_PADDED)
            throw new WeightsException(file.path().getFileName() + ": tensor '" + key
                    + "' has fewer input channels than the model; it can initialize a training, "
                    + "but it is not a trained model.");
        DType dtype = loadDType.resolve(key, info.dtype());
        return new SafeTensors.TensorData(key, dtype, shape, out -> file.copyTo(info, dtype, out));
    }

    /** Frees all loaded tensors and closes the files; using a tensor afterwards is an error. */
    @Override
    public synchronized void close() {
        closed = true;
        loaded.values().forEach(Tensor::close);
        loaded.clear();
        files.forEach(TensorFile::close);
    }
}
