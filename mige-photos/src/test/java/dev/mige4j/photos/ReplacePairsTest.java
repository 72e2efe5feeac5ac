package dev.mige4j.photos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplacePairsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Replace the red rose in <imagehere> with a tulip.|red rose|tulip",
                "swap an apple for the pear|apple|pear",
                "Change the dog into a cat|dog|cat",
                "turn the car to a bus|car|bus",
                "let the dog be a cat||",
                "make it night||",
                "Replace the very old wooden garden chair there with a sofa||"
            })
    void readsTheObjectsOfAnInstruction(String instruction, String replaced, String object) {
        assertEquals(
                new ReplacePair("a.jpg", "b.jpg", Optional.ofNullable(replaced), Optional.ofNullable(object)),
                ReplacePairs.fromInstruction("a.jpg", "b.jpg", instruction));
    }

    @Test
    void readsPairsAndRecordsFromAListOrFromLines() throws IOException {
        String pair = "{\"source\": \"a.jpg\", \"target\": \"b.jpg\", \"replaced\": \"rose\"}",
                record = "{\"image\": \"d.jpg\", \"source_path\": [\"c.jpg\"], \"multi_prompt\": \"swap cup for jug\"}";
        List<ReplacePair> expected = List.of(
                new ReplacePair("a.jpg", "b.jpg", Optional.of("rose"), Optional.empty()),
                new ReplacePair("c.jpg", "d.jpg", Optional.of("cup"), Optional.of("jug")));
        Path file = folder.resolve("pairs.json");
        Files.writeString(file, pair + "\n" + record + "\n" + pair + "\n");
        assertEquals(expected, ReplacePairs.read(file));
        Files.writeString(file, "[" + pair + ", " + record + "]");
        assertEquals(expected, ReplacePairs.read(file));
    }

    @Test
    void saysWhatAPairLacks() throws IOException {
        Path file = folder.resolve("pairs.json");
        Files.writeString(file, "[{\"source\": \"a.jpg\"}]");
        UsageException error = assertThrows(UsageException.class, () -> ReplacePairs.read(file));
        assertEquals(
                file + ": pair 1 has neither 'source' and 'target' nor 'image', 'source_path' and 'multi_prompt'.",
                error.getMessage());
    }
}
