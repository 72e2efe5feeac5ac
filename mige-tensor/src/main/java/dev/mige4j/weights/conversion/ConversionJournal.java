package dev.mige4j.weights.conversion;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Records in the output folder which tensors of a conversion are on the disk: a line that identifies the conversion,
 * then a line for each tensor.
 */
final class ConversionJournal {

    private static final String FILE = "conversion.journal";

    private final Path file;
    private final String identity;
    private final boolean otherConversion;
    private final Set<String> entries = new HashSet<>();

    /** Reads the journal in a folder, if there is one. */
    ConversionJournal(Path folder, String identity) throws IOException {
        this.file = folder.resolve(FILE);
        this.identity = identity;
        String text = Files.exists(file) ? Files.readString(file) : "";
        String[] lines = text.substring(0, text.lastIndexOf('\n') + 1).split("\n"); // a crash may have cut the last one
        otherConversion = !lines[0].isEmpty() && !lines[0].equals(identity);
        if (lines[0].equals(identity)) entries.addAll(List.of(lines).subList(1, lines.length));
    }

    /** Whether the folder has an unfinished conversion of other files, or in another way. */
    boolean isOfOtherConversion() {
        return otherConversion;
    }

    /** The line for a tensor of a file in the folder. */
    static String entry(String file, SafeTensors.TensorData tensor) {
        return file + " " + tensor.name();
    }

    /** Whether a tensor is recorded. */
    boolean contains(String file, SafeTensors.TensorData tensor) {
        return entries.contains(entry(file, tensor));
    }

    /** Writes the journal with these entries only, as far as it has them. */
    void retain(Set<String> kept) {
        entries.retainAll(kept);
        AtomicFile.write(
                file, Stream.concat(Stream.of(identity), entries.stream()).collect(Collectors.joining("\n", "", "\n")));
    }

    void remove(List<String> removed) {
        Set<String> kept = new HashSet<>(entries);
        removed.forEach(kept::remove);
        retain(kept);
    }

    void append(List<String> newEntries) throws IOException {
        if (newEntries.isEmpty()) return;
        Files.writeString(
                file, String.join("\n", newEntries) + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        entries.addAll(newEntries);
    }

    void delete() throws IOException {
        Files.delete(file);
    }
}
