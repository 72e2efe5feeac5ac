package dev.mige4j.weights.conversion;

import static dev.mige4j.weights.WeightFiles.torchFixture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.format.FloatConversion;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.hub.HubDownloader;
import dev.mige4j.weights.hub.HubSettings;
import dev.mige4j.weights.hub.LocalHub;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedDownloadTest {

    private static final String REPOSITORY = "EurekaTian/MIGE",
            VAE = "sd-vae-ft-ema/diffusion_pytorch_model.safetensors";
    private static final int ROWS = 512, COLUMNS = 1024; // 2 MB in float32, several requested blocks

    @TempDir
    Path folder;

    Path output;
    LocalHub hub;
    final ShapeRecorder model = new ShapeRecorder(), autoencoder = new ShapeRecorder();

    @BeforeEach
    void setUp() throws IOException {
        output = folder.resolve("model");
        hub = new LocalHub();
        hub.put(REPOSITORY, "README.md", new byte[10]);
        hub.put(REPOSITORY, "t5-v1_1-xxl/spiece.model", new byte[] {1, 2, 3});
        hub.put(REPOSITORY, "t5-v1_1-xxl/pytorch_model-00001-of-00005.bin", new byte[20_000]);
        hub.put(REPOSITORY, "PixArt/PixArt-XL-2-512x512.pth", new byte[20_000]);
        hub.put(REPOSITORY, "eva_vit_g.pth", new byte[20_000]);
        hub.put(REPOSITORY, VAE, safeTensors("decoder.weight", 3));
        autoencoder.get("decoder.weight", Init.ZEROS, ROWS, COLUMNS);
        model.get("query_tokens", Init.ZEROS, ROWS, COLUMNS);
        model.get("t5_model.shared.weight", Init.ZEROS, ROWS, COLUMNS);
        model.get("blocks.0.weight", Init.ZEROS, ROWS, COLUMNS);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    /** Element i is seed + i / 4096, which bfloat16 rounds. */
    private static float[] values(int seed) {
        float[] values = new float[ROWS * COLUMNS];
        for (int i = 0; i < values.length; i++) values[i] = seed + i / 4096f;
        return values;
    }

    private static byte[] bytes(DType dtype, int seed) {
        float[] values = values(seed);
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * dtype.elementSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            if (dtype == DType.F32) bytes.putFloat(value);
            else bytes.putShort(FloatConversion.floatToBfloat16(value));
        }
        return bytes.array();
    }

    private byte[] safeTensors(String name, int seed) throws IOException {
        Path file = folder.resolve("a.safetensors");
        SafeTensors.write(
                file,
                Map.of(),
                List.of(new SafeTensors.TensorData(
                        name,
                        DType.F32,
                        new long[] {ROWS, COLUMNS},
                        out -> out.write(ByteBuffer.wrap(bytes(DType.F32, seed))))));
        return Files.readAllBytes(file);
    }

    private static TorchArchive archive(String section, DType dtype) {
        long[] shape = {ROWS, COLUMNS};
        return new TorchArchive()
                .add(section, "t5_model.shared.weight", dtype, shape, bytes(dtype, 1))
                .add(section, "query_tokens", dtype, shape, bytes(dtype, 0))
                .add(section, "Qformer.cls.bias", dtype, shape, bytes(dtype, 9))
                .add(section, "blocks.0.weight", dtype, shape, bytes(dtype, 2));
    }

    private Function<String, HubDownloader> hubs() {
        DownloadClient.Options options = DownloadClient.Options.standard()
                .withRetryPolicy(new DownloadClient.RetryPolicy(3, Duration.ofMillis(5), Duration.ofSeconds(10)));
        HubSettings settings = new HubSettings(hub.url(), null, folder.resolve("cache"));
        return name -> HubDownloader.fromHub(settings, name, "main").withOptions(options);
    }

    private ModelSpec spec() {
        return new ModelSpec(model, autoencoder, "{}");
    }

    private void download() {
        download((item, done, total) -> true);
    }

    private ConversionPlan.Continuation download(ProgressListener progress) {
        try (PublishedDownload download = PublishedDownload.find(hubs(), REPOSITORY, null, ProgressListener.NONE)) {
            ConversionPlan plan =
                    download.plan(output, download.wholeFiles(), spec(), null, Checkpoint.LoadDType.BFLOAT16);
            ConversionPlan.Continuation continuation = plan.continuation(output);
            plan.run(output, "downloading", progress);
            download.deleteDownloads(output);
            return continuation;
        }
    }

    private void assertModel(int firstSeed) throws IOException {
        try (var files = Files.list(output)) {
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
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(output.resolve("spiece.model")));
        try (Checkpoint checkpoint = Checkpoint.open(output)) {
            assertTensor(checkpoint, "query_tokens", firstSeed);
            assertTensor(checkpoint, "t5_model.shared.weight", 1);
            assertTensor(checkpoint, "blocks.0.weight", 2);
            assertArrayEquals(
                    values(3),
                    checkpoint.get("decoder.weight", Init.ZEROS, ROWS, COLUMNS).toFloatArray());
        }
    }

    private static void assertTensor(Checkpoint checkpoint, String key, int seed) {
        float[] expected = values(seed);
        for (int i = 0; i < expected.length; i++)
            expected[i] = FloatConversion.bfloat16ToFloat(FloatConversion.floatToBfloat16(expected[i]));
        assertArrayEquals(
                expected, checkpoint.get(key, Init.ZEROS, ROWS, COLUMNS).toFloatArray());
    }

    /** Bytes of the model's file that were requested. */
    private long requestedBytes(LocalHub.Content file) {
        return hub.requests("/storage/").stream()
                .filter(line -> line.contains("model.pth bytes="))
                .map(line -> line.replaceFirst(".*bytes=", "").split("-", -1))
                .mapToLong(range ->
                        (range[1].isEmpty() ? file.size() : Long.parseLong(range[1]) + 1) - Long.parseLong(range[0]))
                .sum();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void convertsAnArchiveWhileItArrives(DType dtype) throws IOException {
        hub.put(REPOSITORY, "model.pth", archive("", dtype).content());
        download();
        assertModel(0);
    }

    @Test
    void doesNotRequestAnOptimizer() throws IOException {
        TorchArchive archive = archive("state_dict", DType.F32);
        byte[] state = new byte[8 << 20];
        archive.add("optimizer", "exp_avg", DType.F32, new long[] {2 << 20}, state)
                .add("optimizer", "exp_avg_sq", DType.F32, new long[] {2 << 20}, state);
        LocalHub.Content file = archive.content();
        hub.put(REPOSITORY, "model.pth", file);
        download();
        assertModel(0);
        long needed = 3L * ROWS * COLUMNS * 4;
        assertTrue(requestedBytes(file) < needed + (1 << 20), requestedBytes(file) + " bytes");
        assertTrue(hub.requests("/storage/").size() < 12, hub.requests().toString());
    }

    @Test
    void readsViewsOfSharedStorages() throws IOException {
        TorchArchive archive = new TorchArchive();
        ByteBuffer shared = ByteBuffer.allocate(3 * ROWS * COLUMNS * 4);
        for (int seed = 0; seed < 3; seed++) shared.put(bytes(DType.F32, seed));
        String storage = archive.addStorage(DType.F32, 3L * ROWS * COLUMNS, TorchArchive.Bytes.of(shared.array()), 0);
        String[] names = {"query_tokens", "t5_model.shared.weight", "blocks.0.weight"};
        long[] shape = {ROWS, COLUMNS};
        for (int i = 0; i < 3; i++)
            archive.addView(
                    "", names[i], storage, (long) i * ROWS * COLUMNS, shape, TorchArchive.contiguousStrides(shape));
        hub.put(REPOSITORY, "model.pth", archive.content());
        download();
        assertModel(0);
    }

    @Test
    void continuesWhereTheConnectionIsLost() throws IOException {
        hub.put(REPOSITORY, "model.pth", archive("", DType.F32).content());
        hub.answer("model.pth", 4, LocalHub.Answer.disconnectAfter(200_000));
        hub.answer("model.pth", 1, LocalHub.Answer.status(503));
        download();
        assertModel(0);
    }

    @Test
    void continuesInALaterRun() throws IOException {
        LocalHub.Content file = archive("", DType.F32).content();
        hub.put(REPOSITORY, "model.pth", file);
        assertThrows(CancelledException.class, () -> download((item, done, total) -> done < 5_000_000));
        long before = requestedBytes(file);
        ConversionPlan.Continuation continuation = download(ProgressListener.NONE);
        assertEquals(new ConversionPlan.Continuation(4L * ROWS * COLUMNS * 2, false), continuation);
        assertModel(0);
        assertTrue(requestedBytes(file) - before < 4_000_000, (requestedBytes(file) - before) + " bytes");
    }

    @Test
    void startsAnewWhenTheFileHasChanged() throws IOException {
        hub.put(REPOSITORY, "model.pth", archive("", DType.F32).content());
        assertThrows(CancelledException.class, () -> download((item, done, total) -> done < 5_000_000));
        long[] shape = {ROWS, COLUMNS};
        hub.put(
                REPOSITORY,
                "model.pth",
                new TorchArchive()
                        .add("", "t5_model.shared.weight", DType.F32, shape, bytes(DType.F32, 1))
                        .add("", "query_tokens", DType.F32, shape, bytes(DType.F32, 7))
                        .add("", "Qformer.cls.bias", DType.F32, shape, bytes(DType.F32, 9))
                        .add("", "blocks.0.weight", DType.F32, shape, bytes(DType.F32, 2))
                        .content());
        assertTrue(download(ProgressListener.NONE).otherConversion());
        assertModel(7);
    }

    @Test
    void reportsAStorageWithAWrongCrc() {
        long[] shape = {ROWS, COLUMNS};
        TorchArchive archive = new TorchArchive()
                .add("", "t5_model.shared.weight", DType.F32, shape, bytes(DType.F32, 1))
                .add("", "query_tokens", DType.F32, shape, TorchArchive.Bytes.of(bytes(DType.F32, 0)), 1)
                .add("", "blocks.0.weight", DType.F32, shape, bytes(DType.F32, 2));
        hub.put(REPOSITORY, "model.pth", archive.content());
        var e = assertThrows(WeightsException.class, this::download);
        assertTrue(
                e.getMessage().startsWith("model.pth: tensor 'query_tokens' does not have the CRC-32"), e.getMessage());
        assertFalse(Files.exists(output.resolve("config.json")));
    }

    @Test
    void checksTheSha256OfAFileThatIsReadFromBeginningToEnd() throws IOException {
        hub.put(REPOSITORY, "model.pth", archive("", DType.F32).content());
        byte[] listed = safeTensors("decoder.weight", 3), sent = listed.clone();
        sent[sent.length - 1]++;
        boolean[] checksumRead = {false}, damaged = {true};
        hub.put(REPOSITORY, VAE, new LocalHub.Content() {
            @Override
            public long size() {
                return listed.length;
            }

            @Override
            public InputStream open() {
                boolean whole = !checksumRead[0];
                checksumRead[0] = true;
                return new ByteArrayInputStream(whole || !damaged[0] ? listed : sent);
            }
        });
        var e = assertThrows(WeightsException.class, this::download);
        assertTrue(e.getMessage().startsWith(VAE + ": the SHA-256 of what the server sent"), e.getMessage());
        damaged[0] = false;
        assertEquals(3L * ROWS * COLUMNS * 4, download(ProgressListener.NONE).doneBytes());
        assertModel(0);
    }

    @Test
    void keepsTheFilesThatAreInTheFolder() throws IOException {
        Path own = Files.createDirectories(output.resolve("download")).resolve("own.txt");
        Files.writeString(own, "own");
        hub.put(REPOSITORY, "model.pth", archive("", DType.F32).content());
        download();
        assertEquals("own", Files.readString(own));
    }

    @Test
    void requestsNoTokenizerThatIsTooLarge() throws IOException {
        hub.put(REPOSITORY, "model.pth", archive("", DType.F32).content());
        hub.put(REPOSITORY, "t5-v1_1-xxl/spiece.model", new LocalHub.Content() {
            @Override
            public long size() {
                return 13_000_000_000L;
            }

            @Override
            public String listedSha256() {
                return "0".repeat(64);
            }

            @Override
            public InputStream open() {
                return InputStream.nullInputStream();
            }
        });
        var e = assertThrows(WeightsException.class, this::download);
        assertEquals(
                "t5-v1_1-xxl/spiece.model: has 13.0 GB, expected a SentencePiece model, which has about a megabyte;"
                        + " specify another file.",
                e.getMessage());
        assertEquals(List.of(), hub.requests("spiece.model"));
    }

    @Test
    void takesTheAutoencoderAndTheTokenizerFromTheirOwnRepositories() throws IOException {
        hub.put("EurekaTian/other", "weights/model.pth", archive("", DType.BF16).content());
        hub.put("DeepFloyd/t5-v1_1-xxl", "spiece.model", new byte[] {1, 2, 3});
        hub.put("stabilityai/sd-vae-ft-ema", "diffusion_pytorch_model.safetensors", safeTensors("decoder.weight", 3));
        try (PublishedDownload download =
                PublishedDownload.find(hubs(), "EurekaTian/other", null, ProgressListener.NONE)) {
            download.plan(output, List.of(), spec(), null, Checkpoint.LoadDType.BFLOAT16)
                    .run(output, "downloading", ProgressListener.NONE);
            download.deleteDownloads(output);
        }
        assertModel(0);
    }

    @Test
    void readsSafetensorsInShards() throws IOException {
        hub.put(REPOSITORY, "mige/model-00001-of-00003.safetensors", safeTensors("query_tokens", 0));
        hub.put(REPOSITORY, "mige/model-00002-of-00003.safetensors", safeTensors("t5_model.shared.weight", 1));
        hub.put(REPOSITORY, "mige/model-00003-of-00003.safetensors", safeTensors("blocks.0.weight", 2));
        download();
        assertModel(0);
    }

    @Test
    void asksWhichFileIsTheModel() throws IOException {
        hub.put(REPOSITORY, "step-1000.pt", new byte[20_000]);
        hub.put(REPOSITORY, "mige.safetensors", safeTensors("query_tokens", 0));
        var e = assertThrows(UsageException.class, this::download);
        assertEquals(
                "EurekaTian/MIGE: has no file model.pth; it has mige.safetensors (2.1 MB), step-1000.pt (20.0 kB). "
                        + "Choose the model with --checkpoint NAME.",
                e.getMessage());
        try (PublishedDownload download =
                PublishedDownload.find(hubs(), REPOSITORY, "step-1000.pt", ProgressListener.NONE)) {
            assertEquals("step-1000.pt", download.files().get(0).file().path());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "legacy.pth"})
    void readsBothFormatsOfTorch(String fixture) throws IOException {
        ShapeRecorder fixtureShapes = new ShapeRecorder();
        fixtureShapes.get("f32", Init.ZEROS, 2, 3, 4);
        fixtureShapes.get("transposed", Init.ZEROS, 6, 4);
        hub.put(REPOSITORY, "model.pth", Files.readAllBytes(torchFixture(fixture)));
        try (PublishedDownload download = PublishedDownload.find(hubs(), REPOSITORY, null, ProgressListener.NONE)) {
            List<PublishedDownload.Source> wholeFiles = download.wholeFiles();
            assertEquals(fixture.equals("legacy.pth") ? 1 : 0, wholeFiles.size());
            download.plan(
                            output,
                            wholeFiles,
                            new ModelSpec(fixtureShapes, autoencoder, "{}"),
                            null,
                            Checkpoint.LoadDType.FLOAT32)
                    .run(output, "downloading", ProgressListener.NONE);
            download.deleteDownloads(output);
        }
        assertFalse(Files.exists(output.resolve(".mige-download")));
        try (Checkpoint converted = Checkpoint.open(output);
                Checkpoint original = Checkpoint.open(torchFixture(fixture))) {
            assertArrayEquals(
                    original.get("transposed", Init.ZEROS, 6, 4).toFloatArray(),
                    converted.get("transposed", Init.ZEROS, 6, 4).toFloatArray());
        }
    }
}
