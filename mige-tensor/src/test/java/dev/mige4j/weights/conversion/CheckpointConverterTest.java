package dev.mige4j.weights.conversion;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.floatTensor;
import static dev.mige4j.weights.WeightFiles.torchFixture;
import static dev.mige4j.weights.torch.TorchFiles.dict;
import static dev.mige4j.weights.torch.TorchFiles.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.CheckpointListing;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.WeightFiles;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.torch.SectionSelector;
import dev.mige4j.weights.torch.TorchFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointConverterTest {

    @TempDir
    Path folder;

    Path vae, t5, outputFolder;
    final ShapeRecorder model = new ShapeRecorder(), autoencoder = new ShapeRecorder();

    @BeforeEach
    void setUp() throws IOException {
        outputFolder = folder.resolve("converted");
        vae = Files.createDirectories(folder.resolve("vae"));
        t5 = Files.createDirectories(folder.resolve("t5"));
        Files.writeString(t5.resolve("spiece.model"), "pieces");
        SafeTensors.write(
                vae.resolve("diffusion_pytorch_model.safetensors"),
                Map.of(),
                List.of(new SafeTensors.TensorData(
                        "mid_block.attentions.0.query.weight",
                        DType.F32,
                        new long[] {1, 1, 1, 1},
                        floatTensor("", 5).data())));
        autoencoder.get("mid_block.attentions.0.to_q.weight", Init.XAVIER_UNIFORM, 1, 1);
        model.get("query_tokens", Init.normal(1), 2);
        model.get("FFM.mlp.weight", Init.ZEROS, 1, 2);
        model.get("blocks.0.attn.qkv.weight", Init.XAVIER_UNIFORM, 3, 1);
        model.get("t5_model.shared.weight", Init.normal(1), 2, 1);
    }

    private Path writeModel(boolean withTextEncoder) {
        Path path = folder.resolve("model.safetensors");
        List<SafeTensors.TensorData> tensors = new ArrayList<>(List.of(
                floatTensor("query_tokens", 1.0001f, 2),
                new SafeTensors.TensorData(
                        "FFM.mlp.weight",
                        DType.F32,
                        new long[] {1, 2},
                        floatTensor("", 3, 4).data()),
                new SafeTensors.TensorData(
                        "blocks.0.attn.qkv.weight",
                        DType.F32,
                        new long[] {3, 1},
                        floatTensor("", 5, 6, 7).data()),
                floatTensor("Qformer.cls.bias", 0)));
        if (withTextEncoder)
            tensors.add(new SafeTensors.TensorData(
                    "t5_model.shared.weight",
                    DType.F32,
                    new long[] {2, 1},
                    floatTensor("", 8, 9).data()));
        SafeTensors.write(path, Map.of(), tensors);
        return path;
    }

    private ModelSpec spec() {
        return new ModelSpec(model, autoencoder, "{\"size\": 1}");
    }

    @Test
    void quantizedLayersAreStoredInInt8AndConvertedAgainAsTheyAre() {
        Linear.withoutBias(model.weights().at("t5_model").at("o"), 2, 1);
        Linear.withoutBias(model.weights().at("head"), 2, 1);
        Path first = folder.resolve("first.safetensors");
        SafeTensors.write(
                first,
                Map.of(),
                List.of(
                        floatTensor("query_tokens", 1, 2),
                        floatTensor("FFM.mlp.weight", new long[] {1, 2}, 3, 4),
                        floatTensor("blocks.0.attn.qkv.weight", new long[] {3, 1}, 5, 6, 7),
                        floatTensor("t5_model.shared.weight", new long[] {2, 1}, 8, 9),
                        floatTensor("t5_model.o.weight", new long[] {1, 2}, 127, 63),
                        floatTensor("head.weight", new long[] {1, 2}, 1, 2)));
        Path model = first;
        for (Set<String> quantizedFiles :
                List.of(Set.of("t5.safetensors"), Set.of("t5.safetensors"), Set.<String>of())) {
            LoadReport report = CheckpointConverter.convert(
                    new CheckpointConverter.SourceFiles(model, vae, t5, null),
                    spec().quantize(quantizedFiles),
                    Checkpoint.LoadDType.BFLOAT16,
                    outputFolder,
                    ProgressListener.NONE);
            assertEquals(Set.of(), report.missing().keySet());
            try (TensorFile file = SafeTensors.open(outputFolder.resolve("t5.safetensors"))) {
                assertEquals(DType.I8, file.tensorInfo("t5_model.o.weight").dtype());
                assertArrayEquals(new double[] {127, 63}, WeightFiles.readDoubles(file, "t5_model.o.weight"));
                assertEquals(
                        DType.F32, file.tensorInfo("t5_model.o.weight_scale").dtype());
                assertEquals(
                        DType.BF16, file.tensorInfo("t5_model.shared.weight").dtype()); // not a linear layer
            }
            assertEquals(Set.of("blocks.0.attn.qkv.weight", "head.weight"), tensorNames("denoiser.safetensors"));
            model = outputFolder;
            outputFolder = outputFolder.resolveSibling(outputFolder.getFileName() + "-again");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE})
    void refusesWeightsThatAreNotFinite(float value) {
        assertWeightsException(
                "damaged.safetensors: tensor 'FFM.mlp.weight' has 1 of 2 values that are NaN or infinite in BF16, so no"
                        + " image can be generated with it; the file is damaged, or its training failed; use another"
                        + " one.",
                () -> convertDamaged(value, 1));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void refusesToQuantizeWeightsThatAreNotFinite(float value) {
        assertWeightsException(
                "damaged.safetensors: tensor 't5_model.o.weight' has 1 of 2 values that are NaN or infinite in F32,",
                () -> convertDamaged(1, value));
    }

    private void convertDamaged(float fusionValue, float quantizedValue) {
        Linear.withoutBias(model.weights().at("t5_model").at("o"), 2, 1);
        Path damaged = folder.resolve("damaged.safetensors");
        SafeTensors.write(
                damaged,
                Map.of(),
                List.of(
                        floatTensor("query_tokens", 1, 2),
                        floatTensor("FFM.mlp.weight", new long[] {1, 2}, 3, fusionValue),
                        floatTensor("blocks.0.attn.qkv.weight", new long[] {3, 1}, 5, 6, 7),
                        floatTensor("t5_model.shared.weight", new long[] {2, 1}, 8, 9),
                        floatTensor("t5_model.o.weight", new long[] {1, 2}, 127, quantizedValue)));
        CheckpointConverter.convert(
                new CheckpointConverter.SourceFiles(damaged, vae, t5, null),
                spec().quantize(Set.of("t5.safetensors")),
                Checkpoint.LoadDType.BFLOAT16,
                outputFolder,
                ProgressListener.NONE);
    }

    @Test
    void writesAModelFolder() throws IOException {
        List<String> progress = new ArrayList<>();
        LoadReport report = CheckpointConverter.convert(
                new CheckpointConverter.SourceFiles(writeModel(true), vae, t5, null),
                spec(),
                Checkpoint.LoadDType.BFLOAT16,
                outputFolder,
                (item, done, total) -> progress.add(item + " " + done + "/" + total));
        assertEquals("converting 40/40", progress.get(4)); // bytes of the sources
        assertEquals(5, report.used().size());
        assertEquals(Set.of("Qformer.cls.bias"), report.unexpected().keySet());
        assertEquals(
                Set.of("mid_block.attentions.0.to_q.weight"), report.remapped().keySet());
        assertEquals("pieces", Files.readString(outputFolder.resolve("spiece.model")));
        assertEquals("{\"size\": 1}", Files.readString(outputFolder.resolve("config.json")));
        assertEquals(Set.of("query_tokens", "FFM.mlp.weight"), tensorNames("encoder.safetensors"));
        assertEquals(Set.of("t5_model.shared.weight"), tensorNames("t5.safetensors"));
        assertEquals(Set.of("blocks.0.attn.qkv.weight"), tensorNames("denoiser.safetensors"));
        assertEquals(Set.of("mid_block.attentions.0.to_q.weight"), tensorNames("vae.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(outputFolder)) {
            assertEquals(
                    DType.BF16, checkpoint.get("query_tokens", Init.ZEROS, 2).dtype());
            assertArrayEquals(
                    new float[] {1, 2},
                    checkpoint.get("query_tokens", Init.ZEROS, 2).toFloatArray());
            assertEquals(
                    DType.F32,
                    checkpoint
                            .get("mid_block.attentions.0.to_q.weight", Init.ZEROS, 1, 1)
                            .dtype());
            assertTrue(checkpoint.compare(model).missing().isEmpty());
        }
    }

    private Set<String> tensorNames(String file) {
        try (TensorFile tensorFile = Checkpoint.openFile(outputFolder.resolve(file))) {
            return Set.copyOf(tensorFile.tensorInfos().keySet());
        }
    }

    @Test
    void readsTheTextEncoderFromItsOwnFolder() {
        SafeTensors.write(
                t5.resolve("model.safetensors"),
                Map.of(),
                List.of(
                        new SafeTensors.TensorData(
                                "shared.weight",
                                DType.F32,
                                new long[] {2, 1},
                                floatTensor("", 1, 2).data()),
                        floatTensor("lm_head.weight", 0)));
        LoadReport report = CheckpointConverter.convert(
                new CheckpointConverter.SourceFiles(writeModel(false), vae, t5, null),
                spec(),
                Checkpoint.LoadDType.AS_STORED,
                outputFolder,
                ProgressListener.NONE);
        assertEquals("stored as 'shared.weight' (T5 folder)", report.remapped().get("t5_model.shared.weight"));
        assertEquals("T5 decoder; only the encoder is used", report.unexpected().get("lm_head.weight"));
        try (Checkpoint checkpoint = Checkpoint.open(outputFolder)) {
            assertArrayEquals(
                    new float[] {1, 2},
                    checkpoint.get("t5_model.shared.weight", Init.ZEROS, 2, 1).toFloatArray());
            assertEquals(
                    DType.F32,
                    checkpoint.get("t5_model.shared.weight", Init.ZEROS, 2, 1).dtype());
        }
    }

    @Test
    void writesNothingWhenKeysAreMissing() throws IOException {
        model.get("FFM.ln_out.bias", Init.ZEROS, 1);
        model.get("FFM.ln_out.weight", Init.ONES, 1);
        var e = assertThrows(
                WeightsException.class,
                () -> CheckpointConverter.convert(
                        new CheckpointConverter.SourceFiles(writeModel(true), vae, t5, null),
                        spec(),
                        Checkpoint.LoadDType.AS_STORED,
                        outputFolder,
                        ProgressListener.NONE));
        assertTrue(
                e.getMessage().startsWith("model.safetensors: no tensor 'FFM.ln_out.bias'")
                        && e.getMessage().endsWith("(and 1 more are missing or have another shape)"),
                e.getMessage());
        assertFalse(Files.exists(outputFolder));
        var t = assertThrows(
                UsageException.class,
                () -> CheckpointConverter.convert(
                        new CheckpointConverter.SourceFiles(writeModel(true), vae, null, null),
                        spec(),
                        Checkpoint.LoadDType.AS_STORED,
                        outputFolder,
                        ProgressListener.NONE));
        assertEquals("There is no tokenizer. Specify the T5 folder that contains spiece.model.", t.getMessage());
    }

    @Test
    void randomModelFolderLoadsWithoutMissingKeys() {
        model.get("FFM.big.weight", Init.XAVIER_UNIFORM, 300, 500);
        RandomCheckpoint.write(
                outputFolder,
                spec(),
                "pieces".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                1,
                ProgressListener.NONE);
        try (Checkpoint checkpoint = Checkpoint.open(outputFolder)) {
            assertTrue(checkpoint.compare(model).missing().isEmpty()
                    && checkpoint.compare(autoencoder).missing().isEmpty());
            float[] big = checkpoint
                    .get("FFM.big.weight", Init.XAVIER_UNIFORM, 300, 500)
                    .toFloatArray();
            double bound = Math.sqrt(6.0 / 500);
            for (float v : big) assertTrue(Math.abs(v) < 1.3 * bound);
            for (float v : checkpoint.get("FFM.mlp.weight", Init.ZEROS, 1, 2).toFloatArray())
                assertTrue(v != 0 && Math.abs(v) < 0.2);
        }
        List<CheckpointListing> listings = CheckpointListing.of(outputFolder, SectionSelector.FIRST);
        assertEquals(4, listings.size());
        assertEquals(
                "encoder.safetensors (safetensors): 3 tensors, 150,004 parameters, 300.0 kB; BF16 3",
                listings.get(1).summary());
        assertTrue(
                listings.get(1).lines().contains("  FFM.big.weight  BF16  [300, 500]   300.0 kB"),
                String.join("\n", listings.get(1).lines()));
    }

    @Test
    void continuesACancelledConversion() throws IOException {
        Path model = writeModel(true);
        var sources = new CheckpointConverter.SourceFiles(model, vae, t5, null);
        var e = assertThrows(
                CancelledException.class, () -> convertAsStored(sources, (item, done, total) -> done < 20));
        assertEquals("Cancelled after 8 bytes of 40 bytes; the same command continues from there.", e.getMessage());
        assertFalse(Files.exists(outputFolder.resolve("config.json")));
        List<Long> progress = new ArrayList<>();
        convertAsStored(sources, (item, done, total) -> progress.add(done));
        assertEquals(List.of(20L, 28L, 36L, 40L), progress);
        assertOnlyTheModelIsLeft();

        var other = assertThrows(UsageException.class, () -> convertAsStored(sources, ProgressListener.NONE));
        assertEquals(
                outputFolder + ": contains another model, or a part of one. Choose another folder, or delete it first.",
                other.getMessage());
        outputFolder = folder.resolve("second");
        assertThrows(CancelledException.class, () -> convertAsStored(sources, (item, done, total) -> done < 20));
        Files.setLastModifiedTime(model, FileTime.fromMillis(0)); // perhaps another model
        progress.clear();
        convertAsStored(sources, (item, done, total) -> progress.add(done));
        assertEquals(5, progress.size());
        assertOnlyTheModelIsLeft();
    }

    private void convertAsStored(CheckpointConverter.SourceFiles sources, ProgressListener progress) {
        CheckpointConverter.convert(sources, spec(), Checkpoint.LoadDType.AS_STORED, outputFolder, progress);
    }

    private void assertOnlyTheModelIsLeft() throws IOException {
        try (var files = Files.list(outputFolder)) {
            assertEquals(
                    Set.of(
                            "config.json",
                            "denoiser.safetensors",
                            "encoder.safetensors",
                            "spiece.model",
                            "t5.safetensors",
                            "vae.safetensors"),
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
        }
        try (Checkpoint checkpoint = Checkpoint.open(outputFolder)) {
            assertArrayEquals(
                    new float[] {5, 6, 7},
                    checkpoint.get("blocks.0.attn.qkv.weight", Init.ZEROS, 3, 1).toFloatArray());
            assertArrayEquals(
                    new float[] {8, 9},
                    checkpoint.get("t5_model.shared.weight", Init.ZEROS, 2, 1).toFloatArray());
        }
    }

    @Test
    void writingRandomWeightsCanBeCancelled() throws IOException {
        assertThrows(
                CancelledException.class,
                () -> RandomCheckpoint.write(outputFolder, spec(), new byte[0], 1, (item, done, total) -> false));
        try (var files = Files.list(outputFolder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void keepsOptionalTensors() {
        model.has("Qformer.cls.bias");
        model.has("pos_embed");
        LoadReport report = CheckpointConverter.convert(
                new CheckpointConverter.SourceFiles(writeModel(true), vae, t5, null),
                spec(),
                Checkpoint.LoadDType.AS_STORED,
                outputFolder,
                ProgressListener.NONE);
        assertTrue(report.unexpected().isEmpty());
        assertEquals(Set.of("query_tokens", "FFM.mlp.weight", "Qformer.cls.bias"), tensorNames("encoder.safetensors"));
    }

    @Test
    void readsTheSectionThatFitsOrTheOneOfAName() throws IOException {
        ShapeRecorder oneTensor = new ShapeRecorder();
        oneTensor.get("query_tokens", Init.ZEROS, 4);
        String weights = dict("query_tokens", tensor(4));
        Path file = TorchFiles.write(
                folder.resolve("model.pth"), dict("model", weights, "ema", weights, "other", dict("x", tensor(2))));
        ModelSpec spec = new ModelSpec(oneTensor, autoencoder, "{}");
        for (String section : new String[] {null, "ema"}) {
            LoadReport report = CheckpointConverter.convert(
                    new CheckpointConverter.SourceFiles(file, vae, t5, null, section),
                    spec,
                    Checkpoint.LoadDType.AS_STORED,
                    outputFolder,
                    ProgressListener.NONE);
            assertEquals(
                    section == null
                            ? List.of("model.pth: reads section 'model'; the model fits section 'ema', too "
                                    + "(--section ema)")
                            : List.of(),
                    report.notes());
            assertEquals(section == null, report.unexpected().containsKey("ema"));
            outputFolder = folder.resolve("converted-" + section);
        }
    }

    @Test
    void writesNothingWhenTheTokenizerDoesNotFit() {
        ModelSpec spec = new ModelSpec(model, autoencoder, "{}", Set.of(), tokenizer -> {
            throw new WeightsException("The tokenizer does not fit.");
        });
        var e = assertThrows(
                WeightsException.class,
                () -> CheckpointConverter.convert(
                        new CheckpointConverter.SourceFiles(writeModel(true), vae, t5, null),
                        spec,
                        Checkpoint.LoadDType.AS_STORED,
                        outputFolder,
                        ProgressListener.NONE));
        assertEquals("The tokenizer does not fit.", e.getMessage());
        assertFalse(Files.exists(outputFolder));
    }

    @Test
    void listsATorchFile() {
        CheckpointListing listing = CheckpointListing.of(torchFixture("zip.pth"), SectionSelector.FIRST)
                .get(0);
        assertEquals("torch archive, section 'state_dict'", listing.format());
        assertEquals(15, listing.tensors().size());
        assertTrue(
                listing.lines().stream().anyMatch(line -> line.startsWith("  optimizer: optimizer state")),
                String.join("\n", listing.lines()));
        assertTrue(listing.lines().contains("  epoch = 7"));
    }
}
