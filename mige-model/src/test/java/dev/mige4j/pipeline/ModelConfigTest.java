package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.sampler.FastSampling;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.sampler.TimeGrid;
import dev.mige4j.text.TokenizerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelConfigTest {

    /** Keys of earlier releases, by the keys of today; see also {@link #acceptsTheKeysOfEarlierReleases}. */
    private static final Map<String, String> EARLIER_KEYS = Map.ofEntries(
            Map.entry("\"patchSize\"", "\"patch\""),
            Map.entry("\"mlpWidth\"", "\"hidden\""),
            Map.entry("\"hiddenSize\"", "\"hidden\""),
            Map.entry("\"qFormer\"", "\"queries\""),
            Map.entry("\"numQueries\"", "\"queries\""),
            Map.entry("\"visionWidth\"", "\"pictureWidth\""),
            Map.entry("\"crossAttentionFrequency\"", "\"crossEvery\""),
            Map.entry("\"vocabularySize\"", "\"vocabulary\""),
            Map.entry("\"relativeAttentionBuckets\"", "\"buckets\""),
            Map.entry("\"relativeAttentionMaxDistance\"", "\"maxDistance\""),
            Map.entry("\"imageSlots\"", "\"slots\""),
            Map.entry("\"maxTextTokens\"", "\"textTokens\""),
            Map.entry("\"interpolationScale\"", "\"positionScale\""),
            Map.entry("\"unshuffleFactor\"", "\"stem\""),
            Map.entry("\"scalingFactor\"", "\"scale\""),
            Map.entry("\"timestepRounding\"", "\"timeRounding\""),
            Map.entry("\"predictionType\"", "\"prediction\""),
            Map.entry("\"positionalPatchFeatures\"", "\"placedPatches\""),
            Map.entry("\"clipSampleRange\"", "\"latentLimit\""),
            Map.entry("\"keepUnchangedPixels\"", "\"keepsRest\""));

    @TempDir
    Path folder;

    private ModelConfig read(String json) throws IOException {
        Files.writeString(folder.resolve(ModelConfig.FILE_NAME), json);
        return ModelConfig.read(folder);
    }

    private String errorOf(String json) {
        String message = assertThrows(UsageException.class, () -> read(json)).getMessage();
        return message.replace(folder.resolve(ModelConfig.FILE_NAME).toString(), "config.json");
    }

    @Test
    void tokenizerMustFitTheTokenTable() throws IOException {
        List<String> text = List.of("make create edit add replace the a picture of with dog cat tree on beach");
        Consumer<byte[]> check = ModelNetworks.requiredTensors(ModelConfig.TINY).tokenizerCheck();
        byte[] tooLarge = TokenizerBuilder.build(text, 121);
        check.accept(TokenizerBuilder.build(text, 120));
        String message = "spiece.model: has 121 pieces and 100 extra ids, but the text encoder of the model has only "
                + "220 rows (encoder.text.vocabularySize); use the tokenizer that belongs to the model.";
        assertEquals(
                message,
                assertThrows(WeightsException.class, () -> check.accept(tooLarge))
                        .getMessage());
        Files.writeString(folder.resolve(ModelConfig.FILE_NAME), ModelConfig.TINY.toJson());
        Path file = Files.write(folder.resolve("spiece.model"), tooLarge);
        assertEquals(
                message.replace("spiece.model", file.toString()),
                assertThrows(WeightsException.class, () -> Mige.open(folder)).getMessage());
        Files.writeString(file, "{\"error\":\"Repository not found\"}");
        assertEquals(
                file + ": is a JSON text (\"Repository not found\"), expected a SentencePiece model; "
                        + "download the file again.",
                assertThrows(WeightsException.class, () -> Mige.open(folder)).getMessage());
    }

    @Test
    void readsWhatItWrites() throws IOException {
        assertEquals(ModelConfig.TINY, read(ModelConfig.TINY.toJson()));
        assertEquals(ModelConfig.PUBLISHED, read(ModelConfig.PUBLISHED.toJson()));
    }

    @Test
    void acceptsTheKeysOfEarlierReleases() throws IOException {
        String json = ModelConfig.TINY.toJson();
        for (var key : EARLIER_KEYS.entrySet()) json = json.replace(key.getKey(), key.getValue());
        json = json.replaceFirst("\"imageSize\"", "\"pictureSize\"").replace("\"imageSize\"", "\"side\"");
        assertEquals(ModelConfig.TINY, read(json));
    }

    @Test
    void absentPredictionTypeIsNoiseAsPublished() throws IOException {
        String json = ModelConfig.TINY.toJson().replaceFirst("\"predictionType\" : \"VELOCITY\",", "");
        assertEquals(PredictionType.NOISE, read(json).predictionType());
    }

    @Test
    void absentReferenceNormalizationLeavesReferencesAsTheyAre() throws IOException {
        Image subject = Image.filled(60, 60, 0xffffff).paste(Image.filled(20, 10, 0xff0000), 5, 5);
        assertFalse(ModelConfig.TINY.toJson().contains("referenceNormalization"));
        assertSame(subject, ModelConfig.TINY.normalizeReference(subject));

        String key = "\"referenceNormalization\" : {\"longestSide\" : 0.5, \"gridCells\" : 8},";
        ModelConfig normalizing = read(ModelConfig.TINY.toJson().replaceFirst("\\{", "{" + key));
        assertEquals(normalizing, read(normalizing.toJson()));
        Image expected = Image.filled(32, 32, 0).paste(Image.filled(16, 8, 0xff0000), 8, 12);
        assertEquals(expected, normalizing.normalizeReference(subject));
    }

    @Test
    void readsAnIntervalOfGuidance() throws IOException {
        assertFalse(ModelConfig.TINY.toJson().contains("guidanceInterval"));
        String json = ModelConfig.TINY
                .toJson()
                .replace("\"ancestral\"", "\"guidanceInterval\" : {\"from\" : 50, \"to\" : 700}, \"ancestral\"");
        ModelConfig config = read(json);
        assertEquals(new GuidanceInterval(50, 700), config.defaults().guidanceInterval());
        assertEquals(config, read(config.toJson()));
    }

    @Test
    void readsFastSampling() throws IOException {
        String tiny = "\"fast\" : {\n      \"steps\" : 2,\n      \"timeGrid\" : \"ALIGN_YOUR_STEPS\"\n    }";
        assertTrue(ModelConfig.TINY.toJson().contains(tiny), ModelConfig.TINY.toJson());
        ModelConfig config = read(ModelConfig.TINY
                .toJson()
                .replace(tiny, "\"fast\" : {\"steps\" : 3, \"guidanceInterval\" : {\"from\" : 50, \"to\" : 700}}"));
        assertEquals(
                new FastSampling(3, TimeGrid.UNIFORM, new GuidanceInterval(50, 700)),
                config.defaults().fast());
        assertEquals(config, read(config.toJson()));

        ModelConfig earlier = read(ModelConfig.TINY.toJson().replaceAll(",\\s*" + Pattern.quote(tiny), ""));
        assertEquals(FastSampling.PUBLISHED, earlier.defaults().fast());
        assertEquals(
                "config.json: fast.steps is 1, expected 2 to 1000.",
                errorOf(ModelConfig.TINY.toJson().replace(tiny, "\"fast\" : {\"steps\" : 1}")));
    }

    @Test
    void unknownKeysAreErrorsWithTheNearestKey() {
        String json = ModelConfig.TINY.toJson().replaceFirst("\"fusion\"", "\"fussion\"");
        assertEquals("config.json: the key 'encoder.fussion' is unknown; the nearest key is 'fusion'.", errorOf(json));
    }

    @Test
    void missingPartsAreNamed() {
        assertEquals("config.json: The key 'name' is missing.", errorOf("{}"));
    }

    @Test
    void namesTheKeyOfAnInvalidValue() {
        String json = ModelConfig.TINY.toJson().replaceFirst("\"editSteps\" : 4", "\"editSteps\" : \"many\"");
        String message = errorOf(json);
        assertEquals(
                "config.json: the value of 'defaults.editSteps' is invalid: ",
                message.substring(0, message.indexOf("Cannot deserialize")));
    }

    @Test
    void valuesAreChecked() {
        String json = ModelConfig.TINY.toJson();
        assertEquals(
                "config.json: editSteps is 1, expected 2 to 1000.",
                errorOf(json.replaceFirst("\"editSteps\" : 4", "\"editSteps\" : 1")));
        assertEquals(
                "config.json: imageSize is 30, expected a multiple of the 8 pixels of a patch.",
                errorOf(json.replaceFirst("\"imageSize\" : 32", "\"imageSize\" : 30")));
        assertEquals(
                "config.json: denoiser.maxTextTokens is 63, but the encoder gives up to 64 tokens (encoder.maxLength).",
                errorOf(json.replaceFirst("\"maxTextTokens\" : 64", "\"maxTextTokens\" : 63")));
    }

    @Test
    void partsMustFitTogether() {
        String json = ModelConfig.TINY.toJson().replaceFirst("\"textWidth\" : 8", "\"textWidth\" : 16");
        assertEquals(
                "config.json: encoder.text.width is 8 and denoiser.textWidth is 16, but they must be equal.",
                errorOf(json));
    }
}
