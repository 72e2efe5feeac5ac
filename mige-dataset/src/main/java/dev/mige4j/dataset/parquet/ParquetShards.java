package dev.mige4j.dataset.parquet;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the Parquet files of one split of a dataset as the Hugging Face hub stores it:
 * {@code data/SPLIT-00000-of-00002-HASH.parquet}, {@code data/SPLIT-00001-of-00002-HASH.parquet}; the hash may be
 * missing.
 */
public final class ParquetShards {

    private static final Pattern NAME = Pattern.compile("(\\w+)-(\\d{5})-of-(\\d{5})(?:-[0-9a-f]+)?\\.parquet");

    private ParquetShards() {}

    /**
     * The files of a split, in order.
     *
     * @param folder the folder of the dataset, or its folder {@code data}
     * @return empty if there is none
     * @throws UsageException when some are missing, or belong to several versions of the dataset
     */
    public static Optional<List<Path>> find(Path folder, String split) {
        TreeMap<Integer, Path> byNumber = new TreeMap<>();
        int total = 0;
        for (Path file : parquetFiles(folder)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (!name.matches() || !name.group(1).equals(split)) continue;
            int number = Integer.parseInt(name.group(2)), of = Integer.parseInt(name.group(3));
            Path other = byNumber.put(number, file);
            if (number >= of || (total != 0 && of != total) || other != null)
                throw new UsageException(
                        "%s: %s does not belong to the other files of the split '%s'; keep the files of one version of"
                                + " the dataset only.",
                        file.getParent(), file.getFileName(), split);
            total = of;
        }
        for (int number = 0; number < total; number++)
            if (!byNumber.containsKey(number))
                throw new UsageException(
                        "%s: %s-%05d-of-%05d is missing; download the dataset completely.",
                        byNumber.firstEntry().getValue().getParent(), split, number, total);
        return total == 0 ? Optional.empty() : Optional.of(List.copyOf(byNumber.values()));
    }

    /** Whether the folder, or its folder {@code data}, has Parquet files. */
    public static boolean exist(Path folder) {
        return !parquetFiles(folder).isEmpty();
    }

    /** The Parquet files of the folder {@code data}, or of the folder itself if it has none, by name. */
    private static List<Path> parquetFiles(Path folder) {
        Path data = folder.resolve("data");
        List<Path> files = new ArrayList<>();
        for (Path candidate : List.of(data, folder)) {
            if (!files.isEmpty() || !Files.isDirectory(candidate)) continue;
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(candidate, "*.parquet")) {
                stream.forEach(files::add);
            } catch (IOException | DirectoryIteratorException e) {
                throw new UsageException("%s cannot be read: %s", candidate, e.getMessage(), e);
            }
        }
        return files.stream().sorted().toList();
    }
}
