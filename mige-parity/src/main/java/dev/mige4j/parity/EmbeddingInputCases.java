package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.WeightsException;
import dev.mige4j.eval.embedding.ClipTextPreparation;
import dev.mige4j.eval.embedding.ClipTokenizer;
import dev.mige4j.eval.embedding.ImageTransform;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Inputs of the evaluation's embedders, exact: ids of CLIP's tokenizer, and images. Source:
 * docs/specification/evaluation.md sections 4, 5.
 */
final class EmbeddingInputCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.of("clip_tokens", EmbeddingInputCases::tokenCases),
            GoldenKind.of("preprocess_eval", EmbeddingInputCases::imageCases));

    private static final Map<String, ImageTransform> TRANSFORMS = Map.of(
            "clip", ImageTransform.clip(224),
            "clip_openai", ImageTransform.clipOpenAi(224),
            "dino", ImageTransform.dino());

    private EmbeddingInputCases() {}

    // ---- texts ----

    /**
     * One case for each way to prepare texts. ftfy's repair of wrong encodings is not implemented: the strings that
     * need it are compared for the hub only, and their number is part of the name.
     */
    private static List<ParityCase> tokenCases(Golden golden) {
        List<JsonNode> items = StreamSupport.stream(golden.json().path("items").spliterator(), false)
                .toList();
        if (items.isEmpty())
            throw new WeightsException("%s: no list 'items'.", golden.path().getFileName());
        List<JsonNode> implemented = items.stream()
                .filter(item -> !item.path("mojibake").asBoolean())
                .toList();
        return List.of(
                ParityCase.of(
                        golden.name() + ":hub", checks -> checkTokens(items, "hub", ClipTextPreparation.HUB, checks)),
                ParityCase.of(
                        "%s:openai (%d of %d strings left out: mojibake)"
                                .formatted(golden.name(), items.size() - implemented.size(), items.size()),
                        checks -> checkTokens(implemented, "openai", ClipTextPreparation.OPENAI, checks)));
    }

    private static void checkTokens(
            List<JsonNode> items, String field, ClipTextPreparation preparation, SoftAssertions checks) {
        ClipTokenizer tokenizer = new ClipTokenizer(preparation);
        for (JsonNode item : items) {
            String text = item.path("text").asText(), label = field + " of '" + text + "'";
            checks.assertEqual("text, " + label, item.path(field + "_text").asText(), preparation.prepare(text));
            int[] ids = TextCases.toIntArray(item.path(field + "_ids"));
            checks.assertEqual("ids, " + label, ids, tokenizer.encode(text));
            checks.assertEqual("length, " + label, item.path(field + "_len").asInt(), tokenizer.countTokens(text));
        }
    }

    // ---- images ----

    /** One case for each image, and one for the values of all 256 levels. */
    private static List<ParityCase> imageCases(Golden golden) {
        JsonNode images = golden.metadata("pictures");
        if (images.isEmpty())
            throw new WeightsException(
                    "%s: no images in its metadata.", golden.path().getFileName());
        List<ParityCase> cases = new ArrayList<>();
        cases.add(ParityCase.of(golden.name() + ":levels", checks -> checkLevels(golden, checks)));
        images.properties()
                .forEach(image -> cases.add(ParityCase.of(
                        golden.name() + ":" + image.getKey(),
                        checks -> checkImage(golden, image.getKey(), image.getValue(), checks))));
        return cases;
    }

    private static void checkLevels(Golden golden, SoftAssertions checks) {
        Map<String, String> tables =
                Map.of("table.clip_hub", "clip", "table.clip_openai", "clip_openai", "table.dino", "dino");
        for (var table : tables.entrySet()) {
            ImageTransform transform = TRANSFORMS.get(table.getValue());
            float[] values = new float[3 * 256];
            for (int level = 0; level < 256; level++) {
                float[] planes = transform.toPlanes(Image.filled(1, 1, level * 0x010101));
                for (int c = 0; c < 3; c++) values[c * 256 + level] = planes[c * (planes.length / 3)];
            }
            checks.assertCloseAbsolute(
                    table.getKey(), golden.get(table.getKey()), Tensor.of(values, 3, 256), Tolerance.EXACT);
        }
    }

    private static void checkImage(Golden golden, String stem, JsonNode entry, SoftAssertions checks) {
        Path file = golden.sibling(entry.path("file").asText());
        Image image = ImageFile.readAsPillow(file);
        checks.assertEqual(
                "size",
                List.of(entry.path("width").asInt(), entry.path("height").asInt()),
                List.of(image.width(), image.height()));
        for (var transform : TRANSFORMS.entrySet()) {
            String name = transform.getKey();
            Path stored = file.resolveSibling("expect_" + stem + "." + name + ".png");
            if (Files.exists(stored))
                checks.assertEqual(
                        name,
                        ImageFile.readAsPillow(stored),
                        transform.getValue().resizeAndCrop(image));
        }
        for (String name : List.of("clip", "dino")) {
            ImageTransform transform = TRANSFORMS.get(name);
            JsonNode expected = entry.path(name);
            checkHash(
                    name,
                    expected.path("u8_sha256"),
                    transform.resizeAndCrop(image).rgb(),
                    checks);
            checkHash(name, expected.path("pixel_values_sha256"), littleEndian(transform.toPlanes(image)), checks);
            checkRows(golden, stem, name, image, checks);
        }
        checkHash(
                "clip_openai",
                entry.path("clip").path("openai_pixel_values_sha256"),
                littleEndian(TRANSFORMS.get("clip_openai").toPlanes(image)),
                checks);
    }

    private static void checkRows(Golden golden, String stem, String name, Image image, SoftAssertions checks) {
        ImageTransform transform = TRANSFORMS.get(name);
        int side = transform.cropSize();
        Tensor planes = transform.toTensor(List.of(image)).reshape(3, side, side),
                bytes = Tensor.of(transform.resizeAndCrop(image).rgb(), side, side, 3);
        int[] rows = TextCases.toIntArray(golden.metadata("rows"));
        Tensor index = Tensor.of(rows, rows.length);
        checks.assertCloseAbsolute(
                name + "_rows", golden.get(stem + "." + name + "_rows"), planes.indexSelect(1, index), Tolerance.EXACT);
        checks.assertEqual(name + "_rows_u8", golden.get(stem + "." + name + "_rows_u8"), bytes.indexSelect(0, index));
    }

    private static void checkHash(String name, JsonNode expected, byte[] content, SoftAssertions checks) {
        checks.assertEqual("SHA-256 of " + name, expected.asText(), Sha256.hex(content));
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
