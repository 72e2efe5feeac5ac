package dev.mige4j.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.ReferenceFiles;
import dev.mige4j.common.WeightsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenizerTest {

    @Test
    void matchesT5sFastTokenizer() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(ReferenceFiles.file("encoder/tokenizer/spiece.model"));
        assertEquals(2100, tokenizer.vocabularySize());
        for (JsonNode testCase :
                ReferenceFiles.json("encoder/tokenization.json").get("cases")) {
            String text = testCase.get("text").asText();
            assertArrayEquals(ids(testCase.get("fast_ids")), tokenizer.encode(text), text);
            assertArrayEquals(ids(testCase.get("spm_ids")), tokenizer.encodeAsSentencePiece(text), text);
        }
    }

    @Test
    void matchesOnEverySegmentOfTheReferencePrompts() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(ReferenceFiles.file("encoder/tokenizer/spiece.model"));
        for (JsonNode testCase :
                ReferenceFiles.json("encoder/prompt_tokens.json").get("cases")) {
            List<String> segments = Prompt.segments(testCase.get("prompt").asText());
            for (int i = 0; i < segments.size(); i++) {
                int[] ids = tokenizer.encode(segments.get(i));
                if (i == segments.size() - 1) {
                    ids = Arrays.copyOf(ids, ids.length + 1);
                    ids[ids.length - 1] = tokenizer.eosId();
                }
                assertArrayEquals(ids(testCase.get("segment_ids").get(i)), ids, segments.get(i));
            }
        }
        for (JsonNode testCase :
                ReferenceFiles.json("encoder/context_embedding.json").get("cases")) {
            List<String> segments = Prompt.segments(testCase.get("prompt").asText());
            for (int i = 0; i < segments.size(); i++)
                assertArrayEquals(
                        ids(testCase.get("segment_ids").get(i)), tokenizer.encode(segments.get(i)), segments.get(i));
        }
    }

    @Test
    void matchesSentencePieceOnASecondModel() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(ReferenceFiles.file("encoder/tokenizer/sentencepiece_test_model.model"));
        for (JsonNode testCase :
                ReferenceFiles.json("encoder/tokenization_second_model.json").get("cases"))
            assertArrayEquals(
                    ids(testCase.get("spm_ids")),
                    tokenizer.encodeAsSentencePiece(testCase.get("text").asText()),
                    testCase.get("text").asText());
    }

    @Test
    void reportsAnInvalidModelFile() throws Exception {
        assertErrorMessage("x.model: is empty, expected a SentencePiece model; download the file again.", new byte[0]);
        var e = assertThrows(WeightsException.class, () -> Tokenizer.read(Path.of("nowhere/spiece.model")));
        assertTrue(e.getMessage().contains("no such file"), e.getMessage());
    }

    @Test
    void throwsWeightsExceptionForCorruptFiles() throws Exception {
        byte[] model = Files.readAllBytes(ReferenceFiles.file("encoder/tokenizer/spiece.model"));
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = random.nextInt(4) == 0
                    ? new byte[random.nextInt(200)]
                    : Arrays.copyOf(model, random.nextInt(3) == 0 ? random.nextInt(model.length) : model.length);
            if (bytes.length < 200) random.nextBytes(bytes);
            else
                for (int k = random.nextInt(20); k >= 0; k--)
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                Tokenizer.read(bytes, "x.model").encode("a dog\tin\u3000 caf\u00e9 \ud83d\udc36 <pad>");
            } catch (WeightsException expected) {
                assertTrue(expected.getMessage().startsWith("x.model: "), expected.getMessage());
            }
        }
    }

    static void assertErrorMessage(String message, byte[] file) {
        assertEquals(
                message,
                assertThrows(WeightsException.class, () -> Tokenizer.read(file, "x.model"))
                        .getMessage());
    }

    static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) ids[i] = list.get(i).asInt();
        return ids;
    }
}
