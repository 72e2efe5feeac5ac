package dev.mige4j.train.clip;

import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionNorm;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.text.Caption;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A tower for pictures and one for words that meet: a picture and what it shows point the same way.
 *
 * <pre>
 *   picture = unit(Wp · mean over tokens of LN(vit(x)))         words = unit(Wt · mean over places of t5(ids))
 * </pre>
 *
 * The picture tower's transformer becomes the frozen {@code visual_encoder} of a small MIGE; another pair, of another
 * seed, measures. The mean over tokens, not the class token, is compared, because MIGE's queries read all tokens.
 * Source: CLIP, arXiv 2103.00020.
 */
public final class ClipModel {

    /** The towers and the width of the space where they meet. */
    public record Config(VisionTransformer.Config vision, T5Encoder.Config text, int projectionWidth) {}

    public static final String WEIGHTS_FILE = "pair.safetensors",
            CONFIG_FILE = "pair.json",
            VOCABULARY_FILE = "spiece.model";
    /** The scale of the logits is exp of this at birth: 1 / 0.07. */
    private static final double INITIAL_LOGIT_SCALE = Math.log(1 / 0.07), MAX_LOGIT_SCALE = Math.log(100);

    private final Config config;
    private final Tokenizer tokenizer;
    private final VisionTransformer visionEncoder;
    private final VisionNorm visionNorm;
    private final T5Encoder textEncoder;
    private final Linear imageProjection, textProjection;
    private final Tensor logitScale;

    public ClipModel(Config config, Tokenizer tokenizer, Weights weights) {
        this.config = config;
        this.tokenizer = tokenizer;
        visionEncoder = new VisionTransformer(config.vision, weights.at("visual_encoder"));
        visionNorm = new VisionNorm(weights.at("ln_vision"), config.vision.width());
        textEncoder = new T5Encoder(config.text, weights.at("text"));
        imageProjection =
                Linear.withoutBias(weights.at("picture_projection"), config.vision.width(), config.projectionWidth);
        textProjection = Linear.withoutBias(weights.at("text_projection"), config.text.width(), config.projectionWidth);
        logitScale = weights.get("logit_scale", (rng, shape) -> Tensor.full(INITIAL_LOGIT_SCALE, shape), 1);
    }

    /** The pair in a folder written by {@code mige train clip}. */
    public static ClipModel open(Path folder) {
        if (!Files.exists(folder.resolve(WEIGHTS_FILE)))
            throw new UsageException("%s holds no contrastive pair. Run `mige train clip` first.", folder);
        try {
            Config config = new com.fasterxml.jackson.databind.ObjectMapper()
                    .readValue(folder.resolve(CONFIG_FILE).toFile(), Config.class);
            return new ClipModel(
                    config,
                    Tokenizer.read(folder.resolve(VOCABULARY_FILE)),
                    Checkpoint.open(folder.resolve(WEIGHTS_FILE)).weights());
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", folder.resolve(CONFIG_FILE), e.getMessage());
        }
    }

    public Config config() {
        return config;
    }

    /** Unit vectors [n, width] of pictures of any size. */
    public Tensor encodeImages(List<Image> images) {
        int side = config.vision.imageSize();
        float[] planes = new float[images.size() * 3 * side * side];
        for (int i = 0; i < images.size(); i++)
            System.arraycopy(
                    ImagePreprocessing.clipPlanes(images.get(i), side),
                    0,
                    planes,
                    i * 3 * side * side,
                    3 * side * side);
        return encodeImages(Tensor.of(planes, images.size(), 3, side, side));
    }

    /**
     * Unit vectors [n, width], float32, of normalised pictures [n, 3, side, side], in whose type the tower computes.
     */
    public Tensor encodeImages(Tensor pixelValues) {
        return imageProjection
                .forward(visionNorm
                        .forward(visionEncoder.forward(pixelValues))
                        .to(DType.F32)
                        .mean(false, 1))
                .normalize();
    }

    /** Unit vectors [n, width] of texts, which are cleaned as captions are. */
    public Tensor encodeTexts(List<String> texts) {
        return encodeTexts(texts, DType.F32);
    }

    /** The same with the tower computing in another type. */
    public Tensor encodeTexts(List<String> texts, DType dtype) {
        int n = texts.size();
        int[][] ids = new int[n][];
        for (int i = 0; i < n; i++) {
            int[] tokens = tokenizer.encode(Caption.clean(texts.get(i)).text());
            ids[i] = Arrays.copyOf(tokens, tokens.length + 1);
            ids[i][tokens.length] = tokenizer.eosId();
        }
        int[] flatIds = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray(),
                lengths = Arrays.stream(ids).mapToInt(i -> i.length).toArray();
        float[] poolingWeights = new float[n * flatIds.length];
        for (int i = 0, offset = 0; i < n; offset += lengths[i++])
            Arrays.fill(
                    poolingWeights,
                    i * flatIds.length + offset,
                    i * flatIds.length + offset + lengths[i],
                    1f / lengths[i]);
        Tensor hiddenStates = textEncoder
                .forward(
                        textEncoder
                                .embedTokens(Tensor.of(flatIds, flatIds.length))
                                .to(dtype),
                        lengths)
                .to(DType.F32); // [R, E]
        return textProjection
                .forward(Tensor.of(poolingWeights, n, flatIds.length).matmul(hiddenStates))
                .normalize();
    }

    /** Scaled cosines [n, m] of pictures and texts. */
    public Tensor logits(Tensor imageEmbeddings, Tensor textEmbeddings) {
        return imageEmbeddings
                .matmul(textEmbeddings.transpose(0, 1))
                .mul(logitScale.clamp(-10, MAX_LOGIT_SCALE).exp());
    }

    /** The cosine of each picture with its own text, in [-1, 1]. */
    public double[] similarity(List<Image> images, List<String> texts) {
        return Scope.scoped(() -> Tensor.noGrad(
                () -> encodeImages(images).mul(encodeTexts(texts)).sum(false, 1).toDoubleArray()));
    }
}
