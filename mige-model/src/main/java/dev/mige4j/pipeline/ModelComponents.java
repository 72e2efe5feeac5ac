package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.WeightsException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The parts of a loaded model, built once and handed to each other; owns the weights. */
final class ModelComponents implements AutoCloseable {

    /**
     * Models below this size are converted to float32 when loaded. Bigger ones stay as stored, mapped from the disk,
     * and their networks compute in the type that is fastest here: bfloat16, as the reference does, where the processor
     * has units for it.
     */
    private static final long SMALL_MODEL_BYTES = 1L << 30;

    /** Files up to this size enter the hash whole, of bigger ones the size and a sample every 1/64. */
    private static final int HASH_SAMPLE_BYTES = 1 << 16;

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final Checkpoint checkpoint; // null: random weights
    private final String hash;
    private final DType dtype; // what encoder and denoiser compute in; the autoencoder always in float32
    private final AutoEncoder autoencoder;
    private final Denoiser denoiser;
    private final MultimodalEncoder encoder;

    private ModelComponents(
            ModelConfig config,
            Tokenizer tokenizer,
            Weights weights,
            Weights autoencoderWeights,
            Checkpoint checkpoint,
            String hash,
            DType dtype) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.checkpoint = checkpoint;
        this.hash = hash;
        this.dtype = dtype;
        autoencoder = new AutoEncoder(config.autoencoder(), autoencoderWeights);
        denoiser = new Denoiser(config.denoiser(), weights);
        encoder = new MultimodalEncoder(config.encoder(), weights, config.patchFeatures(denoiser), dtype);
    }

    static ModelComponents open(Path folder) {
        ModelConfig config = ModelConfig.read(folder);
        Tokenizer tokenizer = Tokenizer.read(folder.resolve(ModelFolder.TOKENIZER));
        List<Path> files = Checkpoint.weightFiles(folder);
        boolean small = files.stream().mapToLong(ModelComponents::fileSize).sum() < SMALL_MODEL_BYTES;
        Checkpoint checkpoint =
                Checkpoint.open(small ? Checkpoint.LoadDType.FLOAT32 : Checkpoint.LoadDType.AS_STORED, folder);
        try {
            return new ModelComponents(
                    config,
                    tokenizer,
                    checkpoint.weights(),
                    checkpoint.weights(),
                    checkpoint,
                    hash(folder, files),
                    small ? DType.F32 : Engine.instance().preferredDType());
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    static ModelComponents random(long seed, DType dtype) {
        ModelConfig config = ModelConfig.TINY;
        Tokenizer tokenizer = Tokenizer.read(
                TokenizerBuilder.build(
                        List.of("make create edit add replace the a picture of with dog cat tree on beach"),
                        config.encoder().text().vocabularySize() - Tokenizer.EXTRA_IDS),
                "tiny");
        return new ModelComponents(
                config, tokenizer, Weights.random(seed), Weights.random(seed + 1), null, "random-" + seed, dtype);
    }

    ModelConfig config() {
        return config;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    AutoEncoder autoencoder() {
        return autoencoder;
    }

    Denoiser denoiser() {
        return denoiser;
    }

    MultimodalEncoder encoder() {
        return encoder;
    }

    String hash() {
        return hash;
    }

    DType dtype() {
        return dtype;
    }

    LoadReport loadReport() {
        return checkpoint == null
                ? new LoadReport(List.of(), java.util.Map.of(), java.util.Map.of(), java.util.Map.of())
                : checkpoint.report();
    }

    /** How picture {@code index} of a request was made; the settings are resolved. */
    Recipe recipe(Task task, Settings settings, int index) {
        String taskName = task instanceof SubjectGeneration
                ? "subject"
                : task instanceof InstructionEdit ? "edit" : "subject_edit";
        return new Recipe(
                taskName,
                task.instruction().text(),
                task.instruction().images().stream().map(ModelComponents::hash).toList(),
                task.source().map(ModelComponents::hash).orElse(""),
                config.name(),
                hash,
                settings.seed(),
                index,
                settings.steps().getAsInt(),
                settings.guidance().getAsDouble(),
                settings.imageGuidance().getAsDouble(),
                describeRegion(settings.region().orElseThrow()),
                settings.faithful());
    }

    private static String describeRegion(Region region) {
        if (region instanceof Region.Mask mask) return "mask:" + hash(mask.mask());
        return region instanceof Region.Auto ? "auto" : "everywhere";
    }

    private static String hash(Image image) {
        MessageDigest digest = sha256();
        digest.update((image.width() + "x" + image.height()).getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(digest.digest(image.rgb()));
    }

    private static String hash(Path folder, List<Path> files) {
        MessageDigest digest = sha256();
        try {
            digest.update(Files.readAllBytes(folder.resolve(ModelConfig.FILE_NAME)));
            for (Path file : files) hashSample(file, digest);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", folder, e.getMessage(), e);
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    /**
     * The whole of a small file; of one beyond 64 samples its size and 64 samples, spread evenly, the first of which is
     * its header.
     */
    private static void hashSample(Path file, MessageDigest digest) throws IOException {
        long size = fileSize(file), stride = Math.max(HASH_SAMPLE_BYTES, size / 64);
        digest.update((file.getFileName() + " " + size).getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(HASH_SAMPLE_BYTES);
            for (long offset = 0; offset < size; offset += stride) {
                buffer.clear();
                channel.read(buffer, offset);
                digest.update(buffer.flip());
            }
        }
    }

    private static long fileSize(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() {
        if (checkpoint != null) checkpoint.close();
    }
}
