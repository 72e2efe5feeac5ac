package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipVocabularyTest {

    @TempDir
    Path folder;

    private static String merges() throws IOException {
        try (InputStream file = ClipVocabulary.class.getResourceAsStream("clip_bpe.txt.gz");
                InputStream text = new GZIPInputStream(file)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String messageFor(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
        return assertThrows(WeightsException.class, () -> ClipVocabulary.requireSame(folder))
                .getMessage()
                .replace(folder.toString(), "FOLDER");
    }

    @Test
    void acceptsAFolderWithoutVocabulary() {
        assertDoesNotThrow(() -> ClipVocabulary.requireSame(folder));
    }

    @Test
    void acceptsTheSameMergesWithAnyHeaderAndMoreLines() throws IOException {
        Files.writeString(folder.resolve("merges.txt"), merges().replaceFirst(".*", "#version: 0.2") + "more lines\n");
        Files.copy(
                ClipVocabulary.class.getResourceAsStream("clip_bpe.txt.gz"),
                folder.resolve("bpe_simple_vocab_16e6.txt.gz"));
        assertDoesNotThrow(() -> ClipVocabulary.requireSame(folder));
    }

    @Test
    void saysWhichMergeDiffers() throws IOException {
        assertEquals(
                "FOLDER/merges.txt: merge 2 is not 't h' as in OpenAI's vocabulary, the only one that is supported.",
                messageFor("merges.txt", merges().replaceFirst("\nt h\n", "\nt x\n")));
    }

    @Test
    void saysWhereMergesEnd() throws IOException {
        assertEquals(
                "FOLDER/merges.txt: merge 3 is not 'a n' as in OpenAI's vocabulary, the only one that is supported.",
                messageFor("merges.txt", "#version: 0.2\ni n\nt h\n"));
    }

    @Test
    void saysWhichIdDiffers() throws IOException {
        assertEquals(
                "FOLDER/vocab.json: the token '\"' does not have the id 1 of OpenAI's vocabulary, the only one that is"
                        + " supported.",
                messageFor("vocab.json", "{\"!\": 0, \"\\\"\": 2}"));
    }

    @Test
    void saysWhichTokenIsMissingInTokenizerJson() throws IOException {
        assertEquals(
                "FOLDER/tokenizer.json: the token '!' does not have the id 0 of OpenAI's vocabulary, the only one that"
                        + " is supported.",
                messageFor("tokenizer.json", "{\"version\": \"1.0\"}"));
    }
}
