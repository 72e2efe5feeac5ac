package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusWriterTest {

    private static final Corpus CORPUS = ShapeCorpus.of(64);

    @TempDir
    Path folder;

    private static List<CorpusRecord> read(Path file) throws Exception {
        return Json.MAPPER.readValue(file.toFile(), new TypeReference<>() {});
    }

    @Test
    void recordsAndImagesCanBeReadBack() throws Exception {
        Path file = CorpusWriter.writeSplit(CORPUS, Split.TRAIN, 1, 12, folder, ProgressListener.NONE);
        List<CorpusRecord> records = read(file);
        assertEquals(12, records.size());
        for (int i = 0; i < 12; i++) {
            CorpusRecord record = records.get(i);
            Example example = CORPUS.example(Split.TRAIN, 1, i);
            assertEquals(example.spec().target(), record.targetSpec());
            assertEquals(example.target(), Image.read(folder.resolve(record.targetPath())));
            assertEquals(
                    example.references(),
                    record.referencePaths().stream()
                            .map(p -> Image.read(folder.resolve(p)))
                            .toList());
            assertEquals(record.task().equals("subject"), record.sourcePaths().isEmpty());
            assertTrue(Files.exists(folder.resolve(record.maskPaths().get(0))));
            assertFalse(record.credits().isEmpty());
        }
    }

    @Test
    void stopsWhenTheListenerCancels() throws Exception {
        Path file = CorpusWriter.writeSplit(CORPUS, Split.TRAIN, 1, 12, folder, (item, done, total) -> done < 3);
        assertEquals(3, read(file).size());
    }

    @Test
    void fileNamesDoNotDependOnTheLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            Path file = CorpusWriter.writeSplit(CORPUS, Split.TRAIN, 1, 1, folder, ProgressListener.NONE);
            assertEquals("train.json", file.getFileName().toString());
        } finally {
            Locale.setDefault(before);
        }
    }
}
