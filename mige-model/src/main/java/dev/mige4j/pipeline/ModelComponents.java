package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.Int8Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The networks and the tokenizer of a loaded model; owns the weights. */
final class ModelComponents implements AutoCloseable {

    /**
     * Encoder and denoiser compute in this type, {@code F32} or {@code BF16}, instead of the default for the size of
     * the model. On processors with bfloat16 instructions BF16 is faster, and images differ slightly.
     */
    private static final String DTYPE_PROPERTY = "mige.dtype";

    /**
     * Smaller models are converted to float32 when loaded. Larger ones stay as stored and memory-mapped, and compute in
     * the type that is fastest here: bfloat16, as in the reference, on processors with instructions for it.
     */
    private static final long SMALL_MODEL_BYTES = 1L << 30;

    private final ModelConfig config;
    private final ModelDomain domain;
    private final Tokenizer tokenizer;
    private final Checkpoint checkpoint; // null: random weights
    private final String hash;
    private final DType dtype; // of encoder and denoiser; the autoencoder computes in float32
    private final AutoEncoder autoencoder;
    private final Denoiser denoiser;
    private final Weights weights; // of encoder and denoiser, with the adapters
    private final SharedEncoderWeights encoderWeights;
    private final LoraAdapters adapters;
    private final boolean ownsWeights;
    private volatile Map<String, LinearSpec> linearLayers; // null: not listed yet
    private String fingerprint; // null: not computed yet; guarded by this

    private ModelComponents(
            ModelConfig config,
            ModelDomain domain,
            Tokenizer tokenizer,
            Weights weights,
            Weights autoencoderWeights,
            Checkpoint checkpoint,
            String hash,
            DType dtype,
            boolean releasesEncoder) {
        this.config = config;
        this.domain = domain;
        this.tokenizer = tokenizer;
        this.checkpoint = checkpoint;
        this.hash = hash;
        this.dtype = dtype;
        this.weights = weights;
        adapters = LoraAdapters.NONE;
        ownsWeights = true;
        autoencoder = new AutoEncoder(config.autoencoder(), autoencoderWeights);
        ModelNetworks networks = ModelNetworks.build(config, weights, dtype);
        denoiser = networks.denoiser();
        encoderWeights = new SharedEncoderWeights(checkpoint, releasesEncoder);
        encoderWeights.put(this, networks.encoder());
    }

    /** The same model with adapters; shares all weights. */
    private ModelComponents(ModelComponents base, LoraAdapters adapters) {
        config = base.config;
        domain = base.domain;
        tokenizer = base.tokenizer;
        checkpoint = base.checkpoint;
        hash = base.hash;
        dtype = base.dtype;
        autoencoder = base.autoencoder;
        encoderWeights = base.encoderWeights;
        this.adapters = adapters;
        ownsWeights = false;
        weights = base.weights.withAdapters(adapters.byModule());
        denoiser = Scope.unscoped(() -> new Denoiser(config.denoiser(), weights));
    }

    /**
     * The same model with LoRAs, on the same weights. Closing it frees the adapters only; it must not be used after
     * this one was closed.
     *
     * @throws UsageException when a LoRA is for another model
     */
    ModelComponents withLoras(List<Lora> loras) {
        if (linearLayers == null) linearLayers = ModelNetworks.linearLayers(config);
        LoraAdapters loaded = LoraAdapters.load(loras, config, fingerprint(), linearLayers, dtype);
        boolean complete = false;
        try {
            ModelComponents components = new ModelComponents(this, loaded);
            complete = true;
            return components;
        } finally {
            if (!complete) loaded.close();
        }
    }

    /** {@link ModelFingerprint}, or the hash of random weights; computed once, since it reads hundreds of tensors. */
    private synchronized String fingerprint() {
        if (fingerprint == null) fingerprint = checkpoint == null ? hash : ModelFingerprint.of(checkpoint.files());
        return fingerprint;
    }

    static ModelComponents open(Path folder) {
        return open(folder, SMALL_MODEL_BYTES, ProgressListener.NONE);
    }

    /** @param listener counts the tensors */
    static ModelComponents open(Path folder, ProgressListener listener) {
        return open(folder, SMALL_MODEL_BYTES, listener);
    }

    /** The same with another bound of small models, for tests. */
    static ModelComponents open(Path folder, long smallModelBytes, ProgressListener listener) {
        ModelConfig config = ModelConfig.read(folder);
        Path tokenizerFile = folder.resolve(ModelFolder.TOKENIZER);
        Tokenizer tokenizer = Tokenizer.read(tokenizerFile);
        config.requireFitting(tokenizer, tokenizerFile.toString());
        List<Path> files = Checkpoint.weightFiles(folder);
        boolean small = files.stream().mapToLong(ModelComponents::fileSize).sum() < smallModelBytes;
        DType dtype = dtype(small);
        Checkpoint checkpoint =
                Checkpoint.open(small ? Checkpoint.LoadDType.FLOAT32 : Checkpoint.LoadDType.AS_STORED, folder);
        ReportingSource source =
                new ReportingSource(checkpoint, checkpoint.names().size(), listener);
        try {
            ModelComponents components = new ModelComponents(
                    config,
                    ModelDomain.read(folder),
                    tokenizer,
                    small && dtype != DType.F32 ? converted(source, dtype) : Weights.from(source),
                    Weights.from(source),
                    checkpoint,
                    ModelHash.of(folder, files),
                    dtype,
                    !small && Engine.instance().isCpu());
            source.listener = ProgressListener.NONE;
            return components;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private static DType dtype(boolean small) {
        String requested = System.getProperty(DTYPE_PROPERTY);
        if (requested == null) return small ? DType.F32 : Engine.instance().preferredDType();
        return switch (requested) {
            case "F32" -> DType.F32;
            case "BF16" -> DType.BF16;
            default ->
                throw new UsageException(
                        "The system property %s is %s, expected F32 or BF16.", DTYPE_PROPERTY, requested);
        };
    }

    /** The tensors of a checkpoint in another type, converted once; int8 weights and their scales as they are. */
    private static Weights converted(Weights.Source source, DType dtype) {
        Map<String, Tensor> converted = new ConcurrentHashMap<>();
        return Weights.from(new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                Tensor stored = source.get(key, init, shape);
                return stored.dtype().isFloatingPoint() && !Int8Quantization.isScale(key)
                        ? converted.computeIfAbsent(key, k -> Scope.unscoped(() -> stored.to(dtype)))
                        : stored;
            }

            @Override
            public boolean has(String key) {
                return source.has(key);
            }
        });
    }

    /** Reports each tensor that is loaded. */
    private static final class ReportingSource implements Weights.Source {

        private final Weights.Source source;
        private final int total;
        private volatile ProgressListener listener;
        private int done;

        ReportingSource(Weights.Source source, int total, ProgressListener listener) {
            this.source = source;
            this.total = total;
            this.listener = listener;
        }

        @Override
        public Tensor get(String key, Init init, long... shape) {
            Tensor tensor = source.get(key, init, shape);
            if (!listener.onProgress("loading", Math.min(++done, total), total))
                throw new CancelledException("cancelled while loading, after %d of %d tensors", done, total);
            return tensor;
        }

        @Override
        public boolean has(String key) {
            return source.has(key);
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
                config,
                ModelDomain.UNKNOWN,
                tokenizer,
                Weights.random(seed),
                Weights.random(seed + 1),
                null,
                "random-" + seed,
                dtype,
                false);
    }

    ModelConfig config() {
        return config;
    }

    ModelDomain domain() {
        return domain;
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

    /**
     * Encodes an instruction. While no request does, the weights of a large model's encoder are not mapped, so that
     * their pages are the first that the system gives up.
     */
    Conditioning encode(MultimodalEncoder.EncoderInput input) {
        MultimodalEncoder mapped = encoderWeights.acquire(
                this, () -> ModelNetworks.buildEncoder(config, weights, dtype, AttentionProcessor.DEFAULT, denoiser));
        try {
            return mapped.encode(input);
        } finally {
            encoderWeights.release();
        }
    }

    /** The encoders of the models that share the encoder's weights; counts the requests that use them. */
    private static final class SharedEncoderWeights {

        private final Checkpoint checkpoint; // null: random weights
        private final boolean releases; // whether the weights are unmapped while no request uses them
        private final Map<ModelComponents, MultimodalEncoder> encoders = new WeakHashMap<>();
        private int requests;

        SharedEncoderWeights(Checkpoint checkpoint, boolean releases) {
            this.checkpoint = checkpoint;
            this.releases = releases;
        }

        synchronized void put(ModelComponents model, MultimodalEncoder encoder) {
            encoders.put(model, encoder);
        }

        synchronized MultimodalEncoder acquire(ModelComponents model, Supplier<MultimodalEncoder> build) {
            MultimodalEncoder encoder = encoders.get(model);
            if (encoder == null) {
                encoder = Scope.unscoped(build);
                encoders.put(model, encoder);
            }
            requests++;
            return encoder;
        }

        synchronized void release() {
            if (--requests > 0 || !releases) return;
            encoders.clear();
            checkpoint.free(ModelFolder::isOfEncoder);
            System.gc(); // mapped files are unmapped when it finds their buffers
        }

        synchronized void remove(ModelComponents model) {
            encoders.remove(model);
        }
    }

    /**
     * The values, unless some are NaN or infinite: then no image comes of them, and the weights are searched for the
     * cause.
     *
     * @param name what they are, for the message
     */
    Tensor requireFinite(String name, Tensor values) {
        if (values.isFinite()) return values;
        if (!adapters.byModule().isEmpty())
            throw new WeightsException(
                    "The %s contains NaN or infinity; use the LoRAs with a smaller scale, or without them.", name);
        String cause = checkpoint == null
                ? "the random weights do"
                : checkpoint
                        .findNonFinite()
                        .map(tensor -> tensor + " does, too; the file is damaged or its training failed")
                        .orElse("the weights do not, but are too large; they are damaged or their training failed");
        throw new WeightsException(
                "The %s contains NaN or infinity: %s. Download, convert or train the model again.", name, cause);
    }

    String hash() {
        return hash;
    }

    DType dtype() {
        return dtype;
    }

    LoadReport loadReport() {
        return checkpoint == null
                ? new LoadReport(List.of(), Map.of(), Map.of(), Map.of(), List.of())
                : checkpoint.report();
    }

    private static long fileSize(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    /** The LoRAs of this model. */
    LoraAdapters adapters() {
        return adapters;
    }

    /** Frees the weights, or, of a model with LoRAs, only their adapters. */
    @Override
    public void close() {
        encoderWeights.remove(this);
        adapters.close();
        if (ownsWeights && checkpoint != null) checkpoint.close();
    }
}
