package dev.mige4j.encoder;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.Embedding;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads the row of words and pictures as one text: T5's encoder, release 1.1.
 *
 * <pre>
 *   x = block(x, bias)  for each block;   out = RMS(x)
 *   bias[head, i, j] = table[bucket(j - i), head]          one table, in block 0, for all blocks; built once a call
 * </pre>
 *
 * There are two ways through it with the same result. {@link #forward(Tensor, int[])} takes the places of all items one
 * behind the other, so that nothing is computed for padding; {@link #forward(Tensor, Tensor)} takes items padded to one
 * length, with a mask, as the reference does. T5's dropout in training (0.1) is left out. Source:
 * docs/specification/encoder.md section 7. Checkpoint prefix {@code t5_model}.
 */
public final class T5Encoder {

    static final double EPS = 1e-6;

    /**
     * Width E; heads of headWidth each; hidden inside of the feed-forward; vocabulary with the unused rows of the
     * table.
     */
    public record Config(
            int width,
            int heads,
            int headWidth,
            @JsonAlias("hidden") int mlpWidth,
            int depth,
            @JsonAlias("vocabulary") int vocabularySize,
            @JsonAlias("buckets") int relativeAttentionBuckets,
            @JsonAlias("maxDistance") int relativeAttentionMaxDistance) {
        public static final Config PUBLISHED = new Config(4096, 64, 64, 10240, 24, 32128, 32, 128);
        public static final Config TINY = new Config(8, 2, 4, 12, 2, 40, 32, 128);

        public Config {
            ConfigChecks.requirePositive(
                    "text encoder",
                    width,
                    heads,
                    headWidth,
                    mlpWidth,
                    depth,
                    vocabularySize,
                    relativeAttentionBuckets,
                    relativeAttentionMaxDistance);
            ConfigChecks.requireDivides("text encoder", "4", 4, "buckets", relativeAttentionBuckets);
        }
    }

    private final Config config;
    private final Embedding tokenEmbedding;
    private final Tensor relativeAttentionBias;
    private final List<T5Block> blocks;
    private final RmsNorm finalNorm;

    public T5Encoder(Config config, Weights weights) {
        Weights encoder = weights.at("encoder"), block = encoder.at("block");
        this.config = config;
        tokenEmbedding = new Embedding(weights.at("shared"), config.vocabularySize, config.width);
        relativeAttentionBias = block.at(0)
                .at("layer")
                .at(0)
                .at("SelfAttention")
                .at("relative_attention_bias")
                .get("weight", Init.normal(1 / Math.sqrt(config.width)), config.relativeAttentionBuckets, config.heads);
        blocks = IntStream.range(0, config.depth)
                .mapToObj(i -> new T5Block(config, block.at(i)))
                .toList();
        finalNorm = new RmsNorm(encoder.at("final_layer_norm"), config.width, EPS);
    }

    /** The rows of the token table at int64 ids of any shape: [..., E], not scaled. */
    public Tensor embedTokens(Tensor ids) {
        return tokenEmbedding.forward(ids);
    }

    /**
     * The places of several items, one behind the other, [R, E], each item reading itself only: [R, E]. The lengths sum
     * up to R.
     */
    public Tensor forward(Tensor embeddings, int[] lengths) {
        int total = Arrays.stream(lengths).sum();
        embeddings.expect("places", "[R, E]", total, config.width);
        if (Arrays.stream(lengths).anyMatch(n -> n < 1))
            throw new ShapeException("lengths of items are %s, expected at least 1 each", Arrays.toString(lengths));
        return runBlocks(embeddings.unsqueeze(0), packedAttention(lengths)).squeeze(0);
    }

    /**
     * Items padded to one length [B, L, E] with an int64 mask [B, L], 1 where a place is read: [B, L, E]; masked rows
     * mean nothing.
     */
    public Tensor forward(Tensor embeddings, Tensor mask) {
        embeddings.expect("places", "[B, L, E]", ANY, ANY, config.width);
        mask.expect("mask", "[B, L]", embeddings.size(0), embeddings.size(1));
        return runBlocks(embeddings, maskedAttention(mask, embeddings.dtype()));
    }

    /** How the blocks mix items that lie one behind the other: each reads itself only. */
    public T5Block.AttentionFunction packedAttention(int[] lengths) {
        int maxLength = Arrays.stream(lengths).max().orElseThrow();
        Tensor bias = positionBias(maxLength);
        return bias.requiresGrad() && lengths.length > 1
                ? packedAttentionByPadding(lengths, maxLength, bias)
                : (q, k, v) -> attendEachItem(q, k, v, lengths, bias);
    }

    /**
     * The same with items padded to one length inside of the attention: in training the padding costs less than
     * hundreds of small products.
     */
    private T5Block.AttentionFunction packedAttentionByPadding(int[] lengths, int maxLength, Tensor bias) {
        int n = lengths.length, total = Arrays.stream(lengths).sum();
        long[] padIndex = new long[n * maxLength], unpadIndex = new long[total]; // padding repeats row 0, unread
        float[] paddingMask = new float[n * maxLength];
        for (int i = 0, row = 0; i < n; i++) {
            Arrays.fill(paddingMask, i * maxLength + lengths[i], (i + 1) * maxLength, Float.NEGATIVE_INFINITY);
            for (int l = 0; l < lengths[i]; l++, row++) {
                padIndex[i * maxLength + l] = row;
                unpadIndex[row] = i * maxLength + l;
            }
        }
        Tensor padIndices = Tensor.of(padIndex, n, maxLength), unpadIndices = Tensor.of(unpadIndex, total);
        Tensor maskedBias =
                bias.unsqueeze(0).add(Tensor.of(paddingMask, n, 1, 1, maxLength).typeAs(bias)); // [n, H, L, L]
        return (q, k, v) -> Attention.attend(
                        q.squeeze(0).embedding(padIndices),
                        k.squeeze(0).embedding(padIndices),
                        v.squeeze(0).embedding(padIndices),
                        config.heads,
                        1,
                        maskedBias)
                .view((long) n * maxLength, -1)
                .embedding(unpadIndices)
                .unsqueeze(0);
    }

    /** How the blocks mix padded items under an int64 mask [B, L]; type is the one to compute in. */
    public T5Block.AttentionFunction maskedAttention(Tensor mask, DType dtype) {
        Tensor paddingMask = mask.eq(0).to(dtype).mul(minValue(dtype)); // [B, L]
        Tensor bias = positionBias(Math.toIntExact(mask.size(1)))
                .to(dtype)
                .unsqueeze(0)
                .add(paddingMask.unsqueeze(1).unsqueeze(1)); // [B, H, L, L]
        return (q, k, v) -> Attention.attend(q, k, v, config.heads, 1, bias);
    }

    private Tensor runBlocks(Tensor embeddings, T5Block.AttentionFunction attention) {
        Tensor x = embeddings;
        for (T5Block block : blocks) {
            Tensor input = x;
            x = scoped(() -> block.forward(input, attention));
        }
        return finalNorm.forward(x);
    }

    private Tensor attendEachItem(Tensor q, Tensor k, Tensor v, int[] lengths, Tensor bias) {
        List<Tensor> attended = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
            Tensor itemBias =
                    bias.narrow(1, 0, length).narrow(2, 0, length); // [H, n, n]: distances do not depend on the length
            attended.add(Attention.attend(
                    q.narrow(1, from, length),
                    k.narrow(1, from, length),
                    v.narrow(1, from, length),
                    config.heads,
                    1,
                    itemBias));
            from += length;
        }
        return attended.size() == 1 ? attended.get(0) : Tensor.cat(1, attended);
    }

    /** What every head adds to the score of key j for query i, by their distance: [H, L, L]. */
    public Tensor positionBias(int length) {
        long[] buckets = new long[length * length];
        for (int i = 0; i < length; i++)
            for (int j = 0; j < length; j++)
                buckets[i * length + j] = relativePositionBucket(
                        j - i, config.relativeAttentionBuckets, config.relativeAttentionMaxDistance);
        return relativeAttentionBias
                .embedding(Tensor.of(buckets, length, length))
                .permute(2, 0, 1);
    }

    /**
     * The bucket of a distance, key minus query: one each for near ones, wider and wider ones up to maxDistance, then
     * the last.
     */
    public static int relativePositionBucket(int distance, int buckets, int maxDistance) {
        int half = buckets / 2, maxExact = half / 2, absolute = Math.abs(distance);
        int side = distance > 0 ? half : 0;
        if (absolute < maxExact) return side + absolute;
        float logSteps = (float) Math.log((float) absolute / maxExact)
                / (float) Math.log((double) maxDistance / maxExact)
                * (half - maxExact);
        return side + Math.min(maxExact + (int) logSteps, half - 1);
    }

    /** The lowest finite value of a type: as a bias it hides a place wholly. */
    private static double minValue(DType dtype) {
        return dtype == DType.BF16 ? -0x1.FEp127 : -Float.MAX_VALUE;
    }

    /** The blocks in their order. */
    public List<T5Block> blocks() {
        return blocks;
    }
}
