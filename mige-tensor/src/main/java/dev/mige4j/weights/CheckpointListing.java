package dev.mige4j.weights;

import dev.mige4j.common.ByteSize;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.torch.SectionSelector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Contents of a weight file, read from its header.
 *
 * @param file path
 * @param format such as {@code safetensors}, or {@code torch archive, section 'ema'}
 * @param tensors in the order of the file
 * @param metadata strings and numbers
 * @param skipped entries that are not read as tensors, with the reason
 */
public record CheckpointListing(
        Path file, String format, List<TensorInfo> tensors, Map<String, String> metadata, Map<String, String> skipped) {

    /**
     * Lists a file, or each weight file of a folder.
     *
     * @param selector chooses the section of each torch.save file
     * @throws dev.mige4j.common.WeightsException when a file is missing or damaged
     */
    public static List<CheckpointListing> of(Path fileOrFolder, SectionSelector selector) {
        List<CheckpointListing> listings = new ArrayList<>();
        for (Path path : Checkpoint.weightFiles(fileOrFolder)) {
            try (TensorFile file = Checkpoint.openFile(LocalFile.open(path), selector)) {
                listings.add(new CheckpointListing(
                        path,
                        file.format(),
                        List.copyOf(file.tensorInfos().values()),
                        file.metadata(),
                        file.skipped()));
            }
        }
        return listings;
    }

    /** Total number of elements. */
    public long numel() {
        return tensors.stream().mapToLong(TensorInfo::numel).sum();
    }

    /** Total size in bytes; shared storages count for each tensor. */
    public long nbytes() {
        return tensors.stream().mapToLong(TensorInfo::nbytes).sum();
    }

    /** {@code model.safetensors (safetensors): 946 tensors, 610,874,528 parameters, 1.2 GB; BF16 944, F32 2}. */
    public String summary() {
        Map<String, Integer> countByDType = new TreeMap<>();
        for (TensorInfo tensor : tensors) countByDType.merge(tensor.dtype().label(), 1, Integer::sum);
        StringBuilder dtypes = new StringBuilder();
        countByDType.forEach((dtype, n) -> dtypes.append(dtypes.isEmpty() ? "; " : ", ")
                .append(dtype)
                .append(' ')
                .append(n));
        return String.format(
                Locale.ROOT,
                "%s (%s): %d tensors, %,d parameters, %s%s",
                file.getFileName(),
                format,
                tensors.size(),
                numel(),
                ByteSize.format(nbytes()),
                dtypes);
    }

    /** The summary, one line per tensor, metadata, and skipped entries. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(summary()));
        int nameWidth = tensors.stream()
                .mapToInt(tensor -> TensorFile.sanitize(tensor.name()).length())
                .max()
                .orElse(0);
        int shapeWidth = tensors.stream()
                .mapToInt(tensor -> TensorInfo.formatShape(tensor.shape()).length())
                .max()
                .orElse(0);
        for (TensorInfo tensor : tensors)
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-" + Math.max(nameWidth, 1) + "s  %-4s  %-" + Math.max(shapeWidth, 1) + "s  %9s",
                    TensorFile.sanitize(tensor.name()),
                    tensor.dtype().label(),
                    TensorInfo.formatShape(tensor.shape()),
                    ByteSize.format(tensor.nbytes())));
        metadata.forEach(
                (key, value) -> lines.add("  " + TensorFile.sanitize(key) + " = " + TensorFile.sanitize(value)));
        skipped.forEach((key, reason) -> lines.add("  " + key + ": " + reason));
        return lines;
    }
}
