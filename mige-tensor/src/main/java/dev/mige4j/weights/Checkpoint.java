package dev.mige4j.weights;

import dev.mige4j.common.ByteSource;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.NonFiniteCounter;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.torch.SectionSelector;
import dev.mige4j.weights.torch.TorchFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
    private final Set<String> usedKeys = new LinkedHashSet<>(), readNames = new LinkedHashSet<>();
    private final StoredNames names = new StoredNames(), skippedNames = new StoredNames();
    private boolean closed;

    private Checkpoint(LoadDType loadDType, String name) {
        this.loadDType = loadDType;
        this.name = name;
    }

    /** Opens files and folders in their stored types; see {@link #open(LoadDType, Path...)}. */
    public static Checkpoint open(Path... filesOrFolders) {
        return open(LoadDType.AS_STORED, filesOrFolders);
    }

    /** Opens files and folders; see {@link #open(LoadDType, SectionSelector, Path...)}. */
    public static Checkpoint open(LoadDType loadDType, Path... filesOrFolders) {
        return open(loadDType, SectionSelector.FIRST, filesOrFolders);
    }

    /**
     * Opens files and folders as one checkpoint. Of a folder: the shards of its index, else its safetensors files, else
     * its torch.save files, preferably in full precision.
     *
     * @param selector chooses among the sections of each torch.save file
     * @throws WeightsException when a file is missing or damaged, or two files have the same tensor name
     */
    public static Checkpoint open(LoadDType loadDType, SectionSelector selector, Path... filesOrFolders) {
        Checkpoint checkpoint = new Checkpoint(loadDType, names(Stream.of(filesOrFolders)));
        boolean complete = false;
        try {
            checkpoint.add(selector, filesOrFolders);
            complete = true;
            return checkpoint;
        } finally {
            if (!complete) checkpoint.close();
        }
    }

    /** Opens more files and folders; see {@link #open(LoadDType, SectionSelector, Path...)}. */
    public void add(SectionSelector selector, Path... filesOrFolders) {
        for (Path path : filesOrFolders)
            for (Path file : weightFiles(path)) add(openFile(LocalFile.open(file), selector));
    }

    private static String names(Stream<Path> files) {
        return files.map(file -> String.valueOf(file.getFileName())).collect(Collectors.joining(", "));
    }

    /** A checkpoint of open files, which are closed with it. */
    public static Checkpoint of(LoadDType loadDType, TensorFile... files) {
        Checkpoint checkpoint = new Checkpoint(loadDType, names(Stream.of(files).map(TensorFile::path)));
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
        names.addAll(file.tensorInfos().keySet());
        skippedNames.addAll(file.skipped().keySet());
    }

    /** Opens one file by its content: safetensors, or the first section of either format of {@code torch.save}. */
    public static TensorFile openFile(Path file) {
        return openFile(LocalFile.open(file), SectionSelector.FIRST);
    }

    /**
     * Opens one file by its content.
     *
     * @param source is closed with the file
     * @param selector chooses among the sections of a {@code torch.save} file
     */
    public static TensorFile openFile(ByteSource source, SectionSelector selector) {
        try {
            if (TorchFile.isTorchFile(source)) return TorchFile.open(source, selector);
            TensorFile file = SafeTensors.open(source);
            selector.select(file.path().getFileName().toString(), List.of(SectionSelector.Section.of(file)));
            return file;
        } catch (IOException e) {
            throw TensorFile.readFailed(source.path(), e);
        }
    }

    /**
     * The weight files of a folder, sorted by name, or the file itself.
     *
     * @throws WeightsException when the folder has none, or shards are missing
     */
    public static List<Path> weightFiles(Path path) {
        return CheckpointFolder.weightFiles(path);
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
        usedKeys.add(key);
        loaded.put(key, tensor);
        return tensor;
    }

    @Override
    public boolean has(String key) {
        return names.find(key) != null;
    }

    private String requireName(String key) {
        String storedName = names.find(key);
        if (storedName == null) throw new WeightsException(missing(key));
        return storedName;
    }

    private String missing(String key) {
        String skippedName = skippedNames.find(key);
        for (TensorFile file : files)
            if (file.skipped().containsKey(skippedName))
                return TensorFile.skippedTensor(
                        file.path().getFileName().toString(),
                        skippedName,
                        file.skipped().get(skippedName));
        return TensorFile.missingTensor(name, key, fileByName.keySet());
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
                List.copyOf(usedKeys),
                Collections.unmodifiableMap(new LinkedHashMap<>(remapped)),
                Map.of(),
                unexpected(readNames),
                notes());
    }

    /** Compares the files with the keys and shapes of a model and reports all missing keys; reads no data. */
    public LoadReport compare(ShapeRecorder shapes) {
        List<String> used = new ArrayList<>();
        Map<String, String> remappings = new LinkedHashMap<>(), missing = new LinkedHashMap<>();
        Set<String> usedNames = new LinkedHashSet<>();
        shapes.specs().forEach((key, spec) -> {
            String storedName = names.find(key);
            if (storedName == null) {
                missing.put(key, missing(key));
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
            if (!has(key)) continue;
            used.add(key);
            usedNames.add(names.find(key));
        }
        return new LoadReport(used, remappings, missing, unexpected(usedNames), notes());
    }

    private Map<String, String> unexpected(Collection<String> usedNames) {
        Map<String, String> unused = new LinkedHashMap<>();
        for (String key : fileByName.keySet())
            if (!usedNames.contains(key)) unused.put(key, KeyMapping.unexpectedReason(key));
        for (TensorFile file : files) unused.putAll(file.skipped());
        return Collections.unmodifiableMap(unused);
    }

    private List<String> notes() {
        return files.stream().flatMap(file -> file.note().stream()).toList();
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
     * @throws WeightsException when the tensor is missing, or stored with fewer input channels than {@code shape}; when
     *     it is written, if values are NaN or infinite
     */
    public SafeTensors.TensorData tensorData(String key, long[] shape, LoadDType loadDType) {
        TensorInfo info = tensorInfo(key);
        TensorFile file = fileByName.get(info.name());
        if (KeyMapping.fitShape(key, info.shape(), shape) == KeyMapping.ShapeFit.ZERO_PADDED)
            throw new WeightsException(file.path().getFileName() + ": tensor '" + key
                    + "' has fewer input channels than the model; it can initialize a training, "
                    + "but it is not a trained model.");
        DType dtype = loadDType.resolve(key, info.dtype());
        return new SafeTensors.TensorData(
                key,
                dtype,
                shape,
                dtype.isFloatingPoint()
                        ? out -> copyFinite(file, info, dtype, out)
                        : out -> file.copyTo(info, dtype, out));
    }

    private static void copyFinite(TensorFile file, TensorInfo info, DType dtype, WritableByteChannel out)
            throws IOException {
        NonFiniteCounter counter = new NonFiniteCounter(dtype, out);
        file.copyTo(info, dtype, counter);
        if (counter.count() > 0)
            throw file.error(
                    "tensor '%s' has %d of %d values that are NaN or infinite in %s, so no image can be generated with"
                            + " it; the file is damaged, or its training failed; use another one",
                    TensorFile.sanitize(info.name()), counter.count(), info.numel(), dtype);
    }

    /**
     * Searches all files for values that are NaN or infinite; reads every value.
     *
     * @return the first tensor that has some and its file, as {@code tensor 'a' in model.safetensors}; empty: none has
     */
    public Optional<String> findNonFinite() {
        for (TensorFile file : files) {
            for (TensorInfo info : file.tensorInfos().values()) {
                if (!info.dtype().isFloatingPoint()) continue;
                NonFiniteCounter counter =
                        new NonFiniteCounter(DType.F32, Channels.newChannel(OutputStream.nullOutputStream()));
                try {
                    file.copyTo(info, DType.F32, counter);
                } catch (IOException e) {
                    throw TensorFile.readFailed(file.path(), e);
                }
                if (counter.count() > 0)
                    return Optional.of("tensor '" + TensorFile.sanitize(info.name()) + "' in "
                            + file.path().getFileName());
            }
        }
        return Optional.empty();
    }

    /**
     * Frees the loaded tensors of these keys; using one afterwards is an error, and {@link #get} loads it again. Mapped
     * memory is given back when the garbage collector has run.
     */
    public synchronized void free(Predicate<String> keys) {
        loaded.entrySet().removeIf(entry -> {
            if (!keys.test(entry.getKey())) return false;
            entry.getValue().close();
            return true;
        });
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
