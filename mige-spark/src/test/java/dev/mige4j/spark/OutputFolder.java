package dev.mige4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of an output folder. */
record OutputFolder(Path folder) {

    /** The relative paths of the files that end so, sorted. */
    List<String> files(String ending) {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(
                            file -> Files.isRegularFile(file) && file.toString().endsWith(ending))
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Checks that another folder has the same files of this ending. */
    void assertSameFiles(String ending, OutputFolder other) throws IOException {
        assertEquals(files(ending), other.files(ending));
        for (String file : files(ending))
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve(file)), Files.readAllBytes(other.folder.resolve(file)), file);
    }
}
