package dev.mige4j.photos;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.function.Consumer;

/** The file with the decisions on all items of a run, one JSON object per line, sorted by key. */
public final class DecisionList {

    private final Path file;

    private DecisionList(Path file) {
        this.file = file;
    }

    /** The list in a folder in which a run wrote, of a task. */
    public static DecisionList of(Path root, PhotoTask task) {
        return of(root, task, Part.ALL);
    }

    /** The list of a part of the items; {@code decisions-2-of-5.jsonl} if there are several. */
    public static DecisionList of(Path root, PhotoTask task, Part part) {
        String suffix = part.equals(Part.ALL) ? "" : "-" + part.index() + "-of-" + part.count();
        return new DecisionList(root.resolve(task.folder() + "/decisions" + suffix + ".jsonl"));
    }

    /** Whether a run wrote the list. */
    public boolean exists() {
        return Files.exists(file);
    }

    /**
     * Writes the list.
     *
     * @param decisions in the order of their keys
     */
    public void write(Iterator<ItemDecision> decisions) {
        AtomicFile.write(file, out -> {
            while (decisions.hasNext()) out.write((decisions.next().toJson() + "\n").getBytes(StandardCharsets.UTF_8));
        });
    }

    /**
     * Passes every decision on, in order.
     *
     * @throws UsageException when the file is missing or damaged
     */
    public void forEach(Consumer<ItemDecision> action) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine())
                action.accept(ItemDecision.fromJson(Json.MAPPER.readTree(line), file));
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file; expected one that mige data wrote.", file, e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read as a list of decisions: %s", file, e.getMessage(), e);
        }
    }
}
