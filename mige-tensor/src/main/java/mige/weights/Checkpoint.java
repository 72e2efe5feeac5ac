package mige.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;

/**
 * The tensors of one or several files, as a model asks for them: by key, in a shape, mapped from the disk where nothing has to be
 * converted. A key that is missing throws with the nearest name; birth values are never used.
 *
 * <p>Names and shapes of other releases are mended ({@link Mending}) and the {@link LoadReport} says so. The checkpoint owns its
 * tensors: {@link #close} frees them, whoever still holds them. Safe for use by several threads.
 */
public final class Checkpoint implements Weights.Source, AutoCloseable {

    /** The type floating-point tensors are kept in. Float16 and float64 are never kept: they become float32 at least. */
    public enum Keep {
        /** As in the file; float16 and float64 become float32. */
        AS_STORED,
        /** Everything in float32. */
        FLOAT32,
        /** Everything in bfloat16: half the memory of float32. */
        BFLOAT16;

        DType of(DType stored) {
            if (!stored.isFloat()) return stored;
            return this == BFLOAT16 ? DType.BF16 : this == FLOAT32 || stored != DType.BF16 ? DType.F32 : DType.BF16;
        }
    }

    private final Keep keep;
    private final String name;
    private final List<TensorFile> files = new ArrayList<>();
    private final Map<String, TensorFile> holder = new LinkedHashMap<>();
    private final Map<String, Tensor> handedOut = new LinkedHashMap<>();
    private final Map<String, String> mended = new LinkedHashMap<>();
    private final Set<String> read = new LinkedHashSet<>();
    private boolean closed;

    private Checkpoint(Keep keep, String name) {
        this.keep = keep;
        this.name = name;
    }

    /** The tensors of files and folders together, in the types they are stored in. */
    public static Checkpoint open(Path... filesOrFolders) {
        return open(Keep.AS_STORED, filesOrFolders);
    }

    /**
     * The tensors of files and folders together. Of a folder: the shards its index names, or its safetensors files, or, when there are
     * none, what torch.save wrote. Throws {@link WeightsException} when a file is missing or damaged, or two hold the same name.
     */
    public static Checkpoint open(Keep keep, Path... filesOrFolders) {
        Checkpoint made = new Checkpoint(keep, String.join(", ", Stream.of(filesOrFolders).map(path -> String.valueOf(path.getFileName())).toList()));
        boolean whole = false;
        try {
            for (Path path : filesOrFolders) for (Path file : filesOf(path)) made.add(TensorFile.open(file));
            whole = true;
            return made;
        } finally {
            if (!whole) made.close();
        }
    }

    /** The tensors of files that are open already; they are closed with the checkpoint. */
    public static Checkpoint of(Keep keep, TensorFile... files) {
        Checkpoint made = new Checkpoint(keep, String.join(", ", Stream.of(files).map(file -> String.valueOf(file.path().getFileName())).toList()));
        for (TensorFile file : files) made.add(file);
        return made;
    }

    private void add(TensorFile file) {
        files.add(file);
        for (String key : file.entries().keySet()) {
            TensorFile other = holder.putIfAbsent(key, file);
            if (other != null)
                throw new WeightsException(file.path().getFileName() + ": holds a tensor '" + TensorFile.shown(key) + "', but so does "
                        + other.path().getFileName() + ". Name the files that belong together, or remove one.");
        }
    }

    /** The weight files of a folder, or the file itself; sorted by name. */
    public static List<Path> filesOf(Path path) {
        if (!Files.isDirectory(path)) return List.of(path);
        List<Path> inside;
        try (Stream<Path> list = Files.list(path)) {
            inside = list.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw TensorFile.unreadable(path, e);
        }
        for (String ending : List.of(".safetensors", ".bin", ".pth", ".pt")) {
            List<Path> indexes = inside.stream().filter(file -> name(file).endsWith(ending + ".index.json") && !variant(name(file))).toList();
            if (!indexes.isEmpty()) return shards(indexes.get(0));
            List<Path> found = inside.stream().filter(file -> name(file).endsWith(ending) && !name(file).startsWith(".") && !variant(name(file))).toList();
            if (!found.isEmpty()) return found;
        }
        throw new WeightsException(path + ": has no file of weights, expected .safetensors, .bin or .pth files.");
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    /** Copies of the same tensors in another precision, as diffusers stores them beside the plain ones. */
    private static boolean variant(String name) {
        return name.contains(".fp16.") || name.contains(".bf16.") || name.contains(".non_ema.") || name.equals("training_args.bin");
    }

    private static List<Path> shards(Path index) {
        Set<String> names = new TreeSet<>();
        try {
            if (Files.size(index) > 100_000_000) throw new WeightsException(index + ": has more than 100 MB, which is no index of shards.");
            JsonNode map = new ObjectMapper().readTree(index.toFile()).path("weight_map");
            map.elements().forEachRemaining(value -> names.add(value.asText()));
        } catch (IOException e) {
            throw new WeightsException(index + ": is no index of shards (" + e.getMessage().lines().findFirst().orElse("damaged") + ").");
        }
        if (names.isEmpty()) throw new WeightsException(index + ": names no shards, expected an object 'weight_map'.");
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals(".."))
                throw new WeightsException(index + ": names the shard '" + TensorFile.shown(name) + "', expected a file beside it.");
            Path shard = index.resolveSibling(name);
            if (!Files.exists(shard)) throw new WeightsException(index + ": names the shard '" + name + "', which is not there; fetch it too.");
            files.add(shard);
        }
        return files;
    }

    /** The root to build a model with. */
    public Weights weights() {
        return Weights.over(this);
    }

    /** Every name in the files. */
    public Set<String> names() {
        return Collections.unmodifiableSet(holder.keySet());
    }

    /** The files, as they were opened. */
    public List<TensorFile> files() {
        return List.copyOf(files);
    }

    @Override public synchronized Tensor get(String key, Birth birth, long... shape) {
        if (closed) throw new IllegalStateException("the checkpoint " + name + " is closed");
        Tensor known = handedOut.get(key);
        if (known != null) return known.expect(key, "", shape);
        String stored = find(key);
        if (stored == null) throw new WeightsException(Nearest.inFile(name, key, holder.keySet()));
        TensorFile file = holder.get(stored);
        Entry entry = file.entry(stored);
        Mending.Fit fit = Mending.fit(key, entry.shape(), shape);
        String wrong = wrong(file, entry, fit, shape);
        if (wrong != null) throw new WeightsException(wrong);
        Tensor tensor = Scope.outside(() -> Scope.scoped(() -> Mending.apply(fit, file.tensor(entry).to(keep.of(entry.type())), shape)));
        note(key, stored, entry, fit, shape, mended);
        read.add(stored);
        handedOut.put(key, tensor);
        return tensor;
    }

    @Override public boolean has(String key) {
        return find(key) != null;
    }

    private String find(String key) {
        if (holder.containsKey(key)) return key;
        for (String other : Mending.othersFor(key)) if (holder.containsKey(other)) return other;
        return null;
    }

    private static String wrong(TensorFile file, Entry entry, Mending.Fit fit, long[] shape) {
        String start = file.path().getFileName() + ": tensor '" + TensorFile.shown(entry.name()) + "' ";
        if (!entry.type().isFloat()) return start + "holds " + entry.type() + " numbers, expected floating-point ones; it belongs to another model.";
        if (fit == Mending.Fit.NONE)
            return start + "has the shape " + Entry.shapeText(entry.shape()) + ", expected " + Entry.shapeText(shape)
                    + "; the file belongs to a model of another size. Check config.json, or run `mige weights FILE`.";
        return null;
    }

    private static void note(String key, String stored, Entry entry, Mending.Fit fit, long[] shape, Map<String, String> mended) {
        List<String> what = new ArrayList<>();
        if (!stored.equals(key)) what.add(Mending.why(key, stored));
        if (fit != Mending.Fit.SAME) what.add(Mending.why(fit, entry.shape(), shape));
        if (!what.isEmpty()) mended.put(key, String.join(", ", what));
    }

    /** What has been asked for so far, and what is left in the files; after a model is built, the whole story. */
    public synchronized LoadReport report() {
        return new LoadReport(List.copyOf(handedOut.keySet()), Collections.unmodifiableMap(new LinkedHashMap<>(mended)), Map.of(), unread(read));
    }

    /** What building a model of this outline would find: all that is missing at once, without reading a number. */
    public LoadReport compare(Outline outline) {
        List<String> used = new ArrayList<>();
        Map<String, String> mending = new LinkedHashMap<>(), missing = new LinkedHashMap<>();
        Set<String> stored = new LinkedHashSet<>();
        outline.slots().forEach((key, slot) -> {
            String found = find(key);
            if (found == null) {
                missing.put(key, Nearest.inFile(name, key, holder.keySet()));
                return;
            }
            Entry entry = holder.get(found).entry(found);
            Mending.Fit fit = Mending.fit(key, entry.shape(), slot.shape());
            String wrong = wrong(holder.get(found), entry, fit, slot.shape());
            stored.add(found);
            if (wrong != null) {
                missing.put(key, wrong);
                return;
            }
            used.add(key);
            note(key, found, entry, fit, slot.shape(), mending);
        });
        for (String key : outline.optional()) {
            if (find(key) == null) continue;
            used.add(key);
            stored.add(find(key));
        }
        return new LoadReport(used, mending, missing, unread(stored));
    }

    private Map<String, String> unread(Collection<String> read) {
        Map<String, String> left = new LinkedHashMap<>();
        for (String key : holder.keySet()) if (!read.contains(key)) left.put(key, Mending.whyUnread(key));
        for (TensorFile file : files) left.putAll(file.leftOut());
        return Collections.unmodifiableMap(left);
    }

    /** Where the numbers for {@code key} lie, for copying them elsewhere without loading; throws as {@link #get} does. */
    Located locate(String key) {
        String stored = find(key);
        if (stored == null) throw new WeightsException(Nearest.inFile(name, key, holder.keySet()));
        return new Located(holder.get(stored), holder.get(stored).entry(stored));
    }

    record Located(TensorFile file, Entry entry) { }

    /** Frees every tensor that was handed out and closes the files. Using one of them afterwards is an error. */
    @Override public synchronized void close() {
        closed = true;
        handedOut.values().forEach(Tensor::close);
        handedOut.clear();
        files.forEach(TensorFile::close);
    }
}
