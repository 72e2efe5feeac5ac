package dev.mige4j.train.clip;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ConfigFile;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A contrastive image-text model: an image and its caption have similar embeddings.
 *
 * <pre>
 *   image = unit(Wp · mean over tokens of LN(vit(x)))         text = unit(Wt · mean over tokens of t5(ids))
 * </pre>
 *
 * Its vision transformer becomes the frozen {@code visual_encoder} of a small MIGE; a second model with another seed is
 * used for evaluation. The mean over tokens is compared, not the class token, because MIGE's queries read all tokens.
 * Source: CLIP, arXiv 2103.00020.
 */
public final class ClipModel {

    /** Sizes of both encoders and the width of the embeddings. */
    public record Config(
            VisionTransformer.Config vision,
            T5Encoder.Config text,
            @JsonAlias("width") int projectionWidth) {}

    public static final String WEIGHTS_FILE = "pair.safetensors",
            CONFIG_FILE = "pair.json",
            VOCABULARY_FILE = "spiece.model";
    /** The initial logarithm of the logits' scale, 1 / 0.07. */
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

    /** The model that the training stage {@code clip} wrote to a folder. */
    public static ClipModel open(Path folder) {
        if (!Files.exists(folder.resolve(WEIGHTS_FILE)))
            throw new UsageException("%s contains no contrastive model: %s is missing.", folder, WEIGHTS_FILE);
        return new ClipModel(
                ConfigFile.read(folder.resolve(CONFIG_FILE), Config.class),
                Tokenizer.read(folder.resolve(VOCABULARY_FILE)),
                Checkpoint.open(folder.resolve(WEIGHTS_FILE)).weights());
    }

    public Config config() {
        return config;
    }

    /** Unit vectors [n, width] of images of any size. */
    public Tensor encodeImages(List<Image> images) {
        int side = config.vision.imageSize(), pixels = 3 * side * side;
        float[] planes = new float[images.size() * pixels];
        IntStream.range(0, images.size())
                .parallel()
                .forEach(i -> System.arraycopy(
                        ImagePreprocessing.clipPlanes(images.get(i), side), 0, planes, i * pixels, pixels));
        return encodeImages(Tensor.of(planes, images.size(), 3, side, side));
    }

    /**
     * Unit vectors [n, width], float32, of normalised images [n, 3, side, side]; the vision encoder computes in their
     * type.
     */
    public Tensor encodeImages(Tensor pixelValues) {
        return imageProjection
                .forward(visionNorm
                        .forward(visionEncoder.forward(pixelValues))
                        .to(DType.F32)
                        .mean(false, 1))
                .normalize();
    }

    /** Images [n, 3, side, side] in [-1, 1], normalised with CLIP's mean and deviation, as the vision encoder needs. */
    public static Tensor normalizePixels(Tensor images) {
        return images.add(1)
                .div(2)
                .sub(Tensor.of(ImagePreprocessing.clipMean(), 3, 1, 1))
                .div(Tensor.of(ImagePreprocessing.clipStd(), 3, 1, 1));
    }

    /** The token ids of a text, which is cleaned like a caption, and the end of the sequence. */
    public int[] tokenize(String text) {
        int[] tokens = tokenizer.encode(Caption.clean(text).text());
        int[] ids = Arrays.copyOf(tokens, tokens.length + 1);
        ids[tokens.length] = tokenizer.eosId();
        return ids;
    }

    /** Unit vectors [n, width] of texts, which are cleaned like captions. */
    public Tensor encodeTexts(List<String> texts) {
        return encodeTokens(texts.stream().map(this::tokenize).toArray(int[][]::new), DType.F32);
    }

    /** Unit vectors [n, width], float32, of token ids; the text encoder computes in the given type. */
    public Tensor encodeTokens(int[][] ids, DType dtype) {
        int n = ids.length;
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

    /** Scaled cosine similarities [n, m] of images and texts. */
    public Tensor logits(Tensor imageEmbeddings, Tensor textEmbeddings) {
        return imageEmbeddings
                .matmul(textEmbeddings.transpose(0, 1))
                .mul(logitScale.clamp(-10, MAX_LOGIT_SCALE).exp());
    }

    /** The cosine similarity of each image and its text, in [-1, 1]. */
    public double[] similarity(List<Image> images, List<String> texts) {
        return Scope.scoped(() -> Tensor.noGrad(
                () -> encodeImages(images).mul(encodeTexts(texts)).sum(false, 1).toDoubleArray()));
    }
}
