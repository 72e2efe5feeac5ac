package mige.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import com.fasterxml.jackson.databind.JsonNode;
import mige.Reference;
import mige.tensor.WeightsException;
import org.junit.jupiter.api.Test;

class TokenizerTest {

    @Test void agreesWithTheFastTokenizer() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(Reference.file("encoder/tokenizer/spiece.model"));
        assertEquals(2100, tokenizer.size());
        for (JsonNode at : Reference.json("encoder/tokenization.json").get("cases")) {
            String text = at.get("text").asText();
            assertArrayEquals(ids(at.get("fast_ids")), tokenizer.encode(text), text);
            assertArrayEquals(ids(at.get("spm_ids")), tokenizer.encodePlainly(text), text);
        }
    }

    @Test void agreesOnEverySegmentOfThePrompts() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(Reference.file("encoder/tokenizer/spiece.model"));
        for (JsonNode at : Reference.json("encoder/prompt_tokens.json").get("cases")) {
            List<String> segments = Prompt.segments(at.get("prompt").asText());
            for (int i = 0; i < segments.size(); i++) {
                int[] ids = tokenizer.encode(segments.get(i));
                if (i == segments.size() - 1) {
                    ids = Arrays.copyOf(ids, ids.length + 1);
                    ids[ids.length - 1] = tokenizer.endId();
                }
                assertArrayEquals(ids(at.get("segment_ids").get(i)), ids, segments.get(i));
            }
        }
        for (JsonNode at : Reference.json("encoder/context_embedding.json").get("cases")) {
            List<String> segments = Prompt.segments(at.get("prompt").asText());
            for (int i = 0; i < segments.size(); i++)
                assertArrayEquals(ids(at.get("segment_ids").get(i)), tokenizer.encode(segments.get(i)), segments.get(i));
        }
    }

    @Test void readsASecondModelFile() throws Exception {
        Tokenizer tokenizer = Tokenizer.read(Reference.file("encoder/tokenizer/sentencepiece_test_model.model"));
        for (JsonNode at : Reference.json("encoder/tokenization_second_model.json").get("cases"))
            assertArrayEquals(ids(at.get("spm_ids")), tokenizer.encodePlainly(at.get("text").asText()), at.get("text").asText());
    }

    @Test void saysWhatIsWrongWithAModelFile() throws Exception {
        assertSays("x.model: no SentencePiece model, or a damaged one: no pieces inside (at byte 0 of 0). Fetch the file again.", new byte[0]);
        var e = assertThrows(WeightsException.class, () -> Tokenizer.read(Path.of("nowhere/spiece.model")));
        assertTrue(e.getMessage().contains("no such file"), e.getMessage());
    }

    @Test void survivesAnyBytes() throws Exception {
        byte[] model = Files.readAllBytes(Reference.file("encoder/tokenizer/spiece.model"));
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = random.nextInt(4) == 0 ? new byte[random.nextInt(200)] : Arrays.copyOf(model, random.nextInt(3) == 0 ? random.nextInt(model.length) : model.length);
            if (bytes.length < 200) random.nextBytes(bytes);
            else for (int k = random.nextInt(20); k >= 0; k--) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                Tokenizer.read(bytes, "x.model").encode("a dog\tin\u3000 caf\u00e9 \ud83d\udc36 <pad>");
            } catch (WeightsException expected) {
                assertTrue(expected.getMessage().startsWith("x.model: "), expected.getMessage());
            }
        }
    }

    static void assertSays(String message, byte[] file) {
        assertEquals(message, assertThrows(WeightsException.class, () -> Tokenizer.read(file, "x.model")).getMessage());
    }

    static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) ids[i] = list.get(i).asInt();
        return ids;
    }
}
