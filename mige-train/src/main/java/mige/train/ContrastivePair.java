package mige.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import mige.encoder.T5Encoder;
import mige.encoder.VisionNorm;
import mige.encoder.VisionTransformer;
import mige.image.Framing;
import mige.image.Picture;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.tensor.nn.Linear;
import mige.text.Caption;
import mige.text.Tokenizer;
import mige.weights.Checkpoint;
import mige.weights.Weights;

/**
 * A tower for pictures and one for words that meet: a picture and what it shows point the same way.
 *
 * <pre>
 *   picture = unit(Wp · mean over tokens of LN(vit(x)))         words = unit(Wt · mean over places of t5(ids))
 * </pre>
 *
 * The picture tower's transformer becomes the frozen {@code visual_encoder} of a small MIGE; another pair, of another seed, measures.
 * The mean over tokens, not the class token, is compared, because MIGE's queries read all tokens. Source: CLIP, arXiv 2103.00020.
 */
public final class ContrastivePair {

    /** The towers and the width of the space where they meet. */
    public record Config(VisionTransformer.Config vision, T5Encoder.Config text, int width) {}

    static final String WEIGHTS = "pair.safetensors", CONFIG = "pair.json", VOCABULARY = "spiece.model";
    /** The scale of the logits is exp of this at birth: 1 / 0.07. */
    private static final double FIRST_SCALE = Math.log(1 / 0.07), GREATEST_SCALE = Math.log(100);

    private final Config config;
    private final Tokenizer tokenizer;
    private final VisionTransformer vision;
    private final VisionNorm visionNorm;
    private final T5Encoder text;
    private final Linear fromPicture, fromWords;
    private final Tensor scale;

    public ContrastivePair(Config config, Tokenizer tokenizer, Weights weights) {
        this.config = config;
        this.tokenizer = tokenizer;
        vision      = new VisionTransformer(config.vision, weights.at("visual_encoder"));
        visionNorm  = new VisionNorm(weights.at("ln_vision"), config.vision.width());
        text        = new T5Encoder(config.text, weights.at("text"));
        fromPicture = Linear.unbiased(weights.at("picture_projection"), config.vision.width(), config.width);
        fromWords   = Linear.unbiased(weights.at("text_projection"), config.text.width(), config.width);
        scale       = weights.get("logit_scale", (rng, shape) -> Tensor.full(FIRST_SCALE, shape), 1);
    }

    /** The pair in a folder written by {@code mige train clip}. */
    public static ContrastivePair open(Path folder) {
        if (!Files.exists(folder.resolve(WEIGHTS))) throw new UsageException("%s holds no contrastive pair. Run `mige train clip` first.", folder);
        try {
            Config config = new com.fasterxml.jackson.databind.ObjectMapper().readValue(folder.resolve(CONFIG).toFile(), Config.class);
            return new ContrastivePair(config, Tokenizer.read(folder.resolve(VOCABULARY)), Checkpoint.open(folder.resolve(WEIGHTS)).weights());
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", folder.resolve(CONFIG), e.getMessage());
        }
    }

    public Config config() {
        return config;
    }

    /** Unit vectors [n, width] of pictures of any size. */
    public Tensor pictures(List<Picture> pictures) {
        int side = config.vision.side();
        float[] planes = new float[pictures.size() * 3 * side * side];
        for (int i = 0; i < pictures.size(); i++) System.arraycopy(Framing.encoderPlanes(pictures.get(i), side), 0, planes, i * 3 * side * side, 3 * side * side);
        return pictures(Tensor.of(planes, pictures.size(), 3, side, side));
    }

    /** Unit vectors [n, width], float32, of normalised pictures [n, 3, side, side], in whose type the tower computes. */
    public Tensor pictures(Tensor normalised) {
        return fromPicture.forward(visionNorm.forward(vision.forward(normalised)).to(DType.F32).mean(false, 1)).unit();
    }

    /** Unit vectors [n, width] of texts, which are cleaned as captions are. */
    public Tensor texts(List<String> texts) {
        return texts(texts, DType.F32);
    }

    /** The same with the tower computing in another type. */
    Tensor texts(List<String> texts, DType compute) {
        int n = texts.size();
        int[][] ids = new int[n][];
        for (int i = 0; i < n; i++) {
            int[] words = tokenizer.encode(Caption.clean(texts.get(i)).text());
            ids[i] = Arrays.copyOf(words, words.length + 1);
            ids[i][words.length] = tokenizer.endId();
        }
        int[] all = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray(), lengths = Arrays.stream(ids).mapToInt(i -> i.length).toArray();
        float[] averaging = new float[n * all.length];
        for (int i = 0, at = 0; i < n; at += lengths[i++]) Arrays.fill(averaging, i * all.length + at, i * all.length + at + lengths[i], 1f / lengths[i]);
        Tensor read = text.forward(text.lookup(Tensor.of(all, all.length)).to(compute), lengths).to(DType.F32);     // [R, E]
        return fromWords.forward(Tensor.of(averaging, n, all.length).matmul(read)).unit();
    }

    /** Scaled cosines [n, m] of pictures and texts. */
    Tensor logits(Tensor pictures, Tensor texts) {
        return pictures.matmul(texts.transpose(0, 1)).mul(scale.clamp(-10, GREATEST_SCALE).exp());
    }

    /** The cosine of each picture with its own text, in [-1, 1]. */
    public double[] agreement(List<Picture> pictures, List<String> texts) {
        return Scope.scoped(() -> Tensor.withoutGradients(() -> pictures(pictures).mul(texts(texts)).sum(false, 1).doubles()));
    }
}
