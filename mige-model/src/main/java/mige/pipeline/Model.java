package mige.pipeline;

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
import mige.autoencoder.AutoEncoder;
import mige.denoiser.Denoiser;
import mige.encoder.MultimodalEncoder;
import mige.image.Picture;
import mige.task.InstructionEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;
import mige.tensor.DType;
import mige.tensor.Engine;
import mige.tensor.WeightsException;
import mige.text.Tokenizer;
import mige.text.TokenizerBuilder;
import mige.weights.Checkpoint;
import mige.weights.LoadReport;
import mige.weights.ModelFolder;
import mige.weights.Weights;

/** The parts of a loaded model, built once and handed to each other; owns the weights. */
final class Model implements AutoCloseable {

    /**
     * Models below this size are converted to float32 when loaded. Bigger ones stay as stored, mapped from the disk, and their networks
     * compute in the type that is fastest here: bfloat16, as the reference does, where the processor has units for it.
     */
    private static final long SMALL = 1L << 30;

    /** Files up to this size enter the hash whole, of bigger ones the size and a sample every 1/64. */
    private static final int SAMPLE = 1 << 16;

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final Checkpoint checkpoint;        // null: random weights
    private final String hash;
    private final DType type;                   // what encoder and denoiser compute in; the autoencoder always in float32
    private final AutoEncoder autoencoder;
    private final Denoiser denoiser;
    private final MultimodalEncoder encoder;

    private Model(ModelConfig config, Tokenizer tokenizer, Weights weights, Weights autoencoderWeights, Checkpoint checkpoint, String hash, DType type) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.checkpoint = checkpoint;
        this.hash = hash;
        this.type = type;
        autoencoder = new AutoEncoder(config.autoencoder(), autoencoderWeights);
        denoiser = new Denoiser(config.denoiser(), weights);
        encoder = new MultimodalEncoder(config.encoder(), weights, config.patchFeatures(denoiser), type);
    }

    static Model open(Path folder) {
        ModelConfig config = ModelConfig.read(folder);
        Tokenizer tokenizer = Tokenizer.read(folder.resolve(ModelFolder.TOKENIZER));
        List<Path> files = Checkpoint.filesOf(folder);
        boolean small = files.stream().mapToLong(Model::bytes).sum() < SMALL;
        Checkpoint checkpoint = Checkpoint.open(small ? Checkpoint.Keep.FLOAT32 : Checkpoint.Keep.AS_STORED, folder);
        try {
            return new Model(config, tokenizer, checkpoint.weights(), checkpoint.weights(), checkpoint, hash(folder, files),
                    small ? DType.F32 : Engine.start().fastType());
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    static Model random(long seed, DType type) {
        ModelConfig config = ModelConfig.TINY;
        Tokenizer tokenizer = Tokenizer.read(TokenizerBuilder.build(List.of("make create edit add replace the a picture of with dog cat tree on beach"),
                config.encoder().text().vocabulary() - Tokenizer.EXTRA_IDS), "tiny");
        return new Model(config, tokenizer, Weights.random(seed), Weights.random(seed + 1), null, "random-" + seed, type);
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

    DType type() {
        return type;
    }

    LoadReport report() {
        return checkpoint == null ? new LoadReport(List.of(), java.util.Map.of(), java.util.Map.of(), java.util.Map.of()) : checkpoint.report();
    }

    /** How picture {@code index} of a request was made; the settings are resolved. */
    Recipe recipe(Task task, Settings s, int index) {
        String kind = task instanceof SubjectGeneration ? "subject" : task instanceof InstructionEdit ? "edit" : "subject_edit";
        return new Recipe(kind, task.instruction().text(), task.instruction().pictures().stream().map(Model::hash).toList(),
                task.canvas().map(Model::hash).orElse(""), config.name(), hash, s.seed(), index, s.steps().getAsInt(),
                s.guidance().getAsDouble(), s.imageGuidance().getAsDouble(), region(s.region().orElseThrow()), s.faithful());
    }

    private static String region(Region region) {
        if (region instanceof Region.Mask mask) return "mask:" + hash(mask.mask());
        return region instanceof Region.Auto ? "auto" : "everywhere";
    }

    private static String hash(Picture picture) {
        MessageDigest digest = sha256();
        digest.update((picture.width() + "x" + picture.height()).getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(digest.digest(picture.rgb()));
    }

    private static String hash(Path folder, List<Path> files) {
        MessageDigest digest = sha256();
        try {
            digest.update(Files.readAllBytes(folder.resolve(ModelConfig.FILE)));
            for (Path file : files) sample(file, digest);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", folder, e.getMessage(), e);
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    /** The whole of a small file; of one beyond 64 samples its size and 64 samples, spread evenly, the first of which is its header. */
    private static void sample(Path file, MessageDigest digest) throws IOException {
        long size = bytes(file), stride = Math.max(SAMPLE, size / 64);
        digest.update((file.getFileName() + " " + size).getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer room = ByteBuffer.allocate(SAMPLE);
            for (long at = 0; at < size; at += stride) {
                room.clear();
                channel.read(room, at);
                digest.update(room.flip());
            }
        }
    }

    private static long bytes(Path file) {
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
