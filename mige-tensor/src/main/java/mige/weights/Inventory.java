package mige.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is inside a file of weights: for {@code mige weights FILE}. Reads the header only.
 *
 * @param file     the file
 * @param format   safetensors, torch archive or torch legacy
 * @param tensors  its tensors, in the order of the file
 * @param metadata texts and numbers beside them
 * @param leftOut  what else is in the file and why it is not read as a tensor
 */
public record Inventory(Path file, String format, List<Entry> tensors, Map<String, String> metadata, Map<String, String> leftOut) {

    /** The inventory of a file, or of each weight file of a folder. Throws {@link mige.tensor.WeightsException} on a damaged one. */
    public static List<Inventory> of(Path fileOrFolder) {
        List<Inventory> all = new ArrayList<>();
        for (Path path : Checkpoint.filesOf(fileOrFolder)) {
            try (TensorFile file = TensorFile.open(path)) {
                all.add(new Inventory(path, file.format(), List.copyOf(file.entries().values()), file.metadata(), file.leftOut()));
            }
        }
        return all;
    }

    /** How many numbers there are in all. */
    public long count() {
        return tensors.stream().mapToLong(Entry::count).sum();
    }

    /** How many bytes they take; storages that tensors share are counted for each. */
    public long bytes() {
        return tensors.stream().mapToLong(Entry::bytes).sum();
    }

    /** {@code model.safetensors (safetensors): 946 tensors, 610,874,528 numbers, 1.2 GB; BF16 944, F32 2}. */
    public String summary() {
        Map<String, Integer> types = new TreeMap<>();
        for (Entry tensor : tensors) types.merge(tensor.type().label(), 1, Integer::sum);
        StringBuilder kinds = new StringBuilder();
        types.forEach((type, n) -> kinds.append(kinds.isEmpty() ? "; " : ", ").append(type).append(' ').append(n));
        return String.format(Locale.ROOT, "%s (%s): %d tensors, %,d numbers, %s%s", file.getFileName(), format, tensors.size(), count(), Replacing.inWords(bytes()), kinds);
    }

    /** The whole listing: the summary, then a line a tensor, then what else there is. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(summary()));
        int name = tensors.stream().mapToInt(tensor -> TensorFile.shown(tensor.name()).length()).max().orElse(0);
        int shape = tensors.stream().mapToInt(tensor -> Entry.shapeText(tensor.shape()).length()).max().orElse(0);
        for (Entry tensor : tensors)
            lines.add(String.format(Locale.ROOT, "  %-" + Math.max(name, 1) + "s  %-4s  %-" + Math.max(shape, 1) + "s  %9s",
                    TensorFile.shown(tensor.name()), tensor.type().label(), Entry.shapeText(tensor.shape()), Replacing.inWords(tensor.bytes())));
        metadata.forEach((key, value) -> lines.add("  " + TensorFile.shown(key) + " = " + TensorFile.shown(value)));
        leftOut.forEach((key, why) -> lines.add("  " + key + ": " + why));
        return lines;
    }
}
