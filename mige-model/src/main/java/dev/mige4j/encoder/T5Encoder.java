package dev.mige4j.encoder;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.Embedding;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The encoder of T5 v1.1, applied to the sequence of text and image embeddings.
 *
 * <pre>
 *   x = block(x, bias)  for each block;   out = RMS(x)
 *   bias[head, i, j] = table[bucket(j - i), head]          one table, in block 0, shared by all blocks
 * </pre>
 *
 * There are two forms with the same result. {@link #forward(Tensor, int[])} takes the tokens of all items concatenated,
 * so that nothing is computed for padding; {@link #forward(Tensor, Tensor)} takes items padded to one length with a
 * mask, as the reference does. The dropout of 0.1 that the reference uses in training is left out. Source:
 * docs/specification/encoder.md section 7. Checkpoint prefix {@code t5_model}.
 */
public final class T5Encoder {

    static final double EPS = 1e-6;

    /**
     * Sizes of the T5 encoder.
     *
     * @param width E
     * @param heads attention heads
     * @param headWidth width of a head; heads · headWidth may differ from E
     * @param mlpWidth hidden width of the feed-forward network
     * @param depth number of blocks
     * @param vocabularySize rows of the token table, including unused ones
     * @param relativeAttentionBuckets number of relative position buckets, a multiple of 4
     * @param relativeAttentionMaxDistance distance from which all positions share the last bucket
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
        /** For tests. */
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
    private volatile Tensor positionBuckets; // null until first needed

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

    /** Looks up int64 token ids of any shape in the token table: [..., E], not scaled. */
    public Tensor embedTokens(Tensor ids) {
        return tokenEmbedding.forward(ids);
    }

    /**
     * Encodes several items whose tokens are concatenated. Items do not attend to each other.
     *
     * @param embeddings [R, E]
     * @param lengths the number of tokens of each item; they sum up to R
     * @return [R, E]
     */
    public Tensor forward(Tensor embeddings, int[] lengths) {
        BlockSequence sequence = blockSequence(embeddings, lengths);
        return sequence.output.apply(runBlocks(sequence.input.apply(embeddings), sequence.attention.get()));
    }

    /**
     * How the blocks compute concatenated items.
     *
     * @param input from the embeddings [R, E] to the input of the first block
     * @param attention of the blocks; a new one has a new history of gradients
     * @param output from the normalized output of the last block to [R, E]
     */
    private record BlockSequence(
            UnaryOperator<Tensor> input, Supplier<T5Block.AttentionFunction> attention, UnaryOperator<Tensor> output) {}

    private BlockSequence blockSequence(Tensor embeddings, int[] lengths) {
        int total = Arrays.stream(lengths).sum();
        embeddings.expect("embeddings", "[R, E]", total, config.width);
        if (Arrays.stream(lengths).anyMatch(n -> n < 1))
            throw new ShapeException("item lengths are %s, expected at least 1 each", Arrays.toString(lengths));
        return lengths.length > 1 && !Engine.instance().isCpu()
                ? paddedSequence(lengths, embeddings.dtype())
                : new BlockSequence(
                        packed -> packed.unsqueeze(0), () -> packedAttention(lengths), states -> states.squeeze(0));
    }

    /** On a GPU the padding costs less than the launches that avoid it. */
    private BlockSequence paddedSequence(int[] lengths, DType dtype) {
        Padding padding = Padding.of(lengths);
        return new BlockSequence(
                packed -> packed.indexSelect(0, padding.padIndices().view(-1))
                        .view(lengths.length, padding.maxLength(), config.width), // [B, L, E]
                () -> {
                    Tensor bias =
                            padding.addTo(positionBias(padding.maxLength())).to(dtype); // [B, heads, L, L]
                    return (q, k, v) -> Attention.attend(q, k, v, config.heads, 1, bias);
                },
                states -> states.view(-1, config.width).indexSelect(0, padding.unpadIndices()));
    }

    /**
     * A forward pass with gradient checkpointing.
     *
     * @param states [R, E], from which a loss is computed
     * @param surrogate after the {@code backward()} of that loss: recomputes the blocks, so that their weights and
     *     adapters have their gradients, and returns a scalar whose {@code backward()} brings those of everything from
     *     which the embeddings were computed; empty where nothing of it is trained
     */
    public record CheckpointedStates(Tensor states, Supplier<Optional<Tensor>> surrogate) {}

    /**
     * As {@link #forward(Tensor, int[])}, but only the input of each block is kept, and the blocks are recomputed for
     * the backward pass: about a third slower, and the memory does not grow with the activations of all blocks.
     */
    public CheckpointedStates forwardWithGradientCheckpointing(Tensor embeddings, int[] lengths) {
        BlockSequence sequence = blockSequence(embeddings, lengths);
        Tensor input = sequence.input.apply(embeddings);
        List<Tensor> inputs = new ArrayList<>(List.of(input.detach()));
        T5Block.AttentionFunction attention = sequence.attention.get();
        boolean trained = input.requiresGrad();
        for (T5Block block : blocks) {
            Tensor blockInput = inputs.get(inputs.size() - 1);
            Tensor blockOutput =
                    scoped(() -> block.forward(blockInput, attention)); // frees the history, if there is one
            trained |= blockOutput.requiresGrad();
            inputs.add(blockOutput.detach());
        }
        Tensor last = inputs.get(blocks.size()).requiresGrad_(trained);
        Tensor states = sequence.output.apply(finalNorm.forward(last));
        boolean inputTrained = input.requiresGrad();
        if (!trained) return new CheckpointedStates(states, Optional::empty);
        return new CheckpointedStates(states, () -> {
            if (!last.hasGrad()) return Optional.empty(); // the loss does not depend on the text
            Tensor gradient = last.grad();
            for (int i = blocks.size() - 1; i >= 0; i--) {
                T5Block block = blocks.get(i);
                Tensor blockInput = inputs.get(i), outputGradient = gradient;
                gradient = scoped(() -> {
                    Tensor recomputedInput = blockInput.detach().requiresGrad_(true);
                    block.forward(recomputedInput, sequence.attention.get()).backward(outputGradient);
                    return recomputedInput.grad();
                });
            }
            return inputTrained ? Optional.of(input.mul(gradient).sum()) : Optional.empty();
        });
    }

    /**
     * Encodes items that are padded to one length.
     *
     * @param embeddings [B, L, E]
     * @param mask int64 [B, L]: 1 for tokens, 0 for padding
     * @return [B, L, E]; masked rows are undefined
     */
    public Tensor forward(Tensor embeddings, Tensor mask) {
        embeddings.expect("embeddings", "[B, L, E]", ANY, ANY, config.width);
        mask.expect("mask", "[B, L]", embeddings.size(0), embeddings.size(1));
        return runBlocks(embeddings, maskedAttention(mask, embeddings.dtype()));
    }

    /** Attention within each item of a packed sequence. */
    public T5Block.AttentionFunction packedAttention(int[] lengths) {
        Tensor bias = positionBias(Arrays.stream(lengths).max().orElseThrow());
        return bias.requiresGrad() && lengths.length > 1
                ? packedAttentionByPadding(lengths)
                : (q, k, v) -> attendEachItem(q, k, v, lengths, bias);
    }

    /**
     * The same by padding the items inside the attention: in training the padding costs less than hundreds of small
     * products.
     */
    private T5Block.AttentionFunction packedAttentionByPadding(int[] lengths) {
        Padding padding = Padding.of(lengths);
        Tensor maskedBias = padding.addTo(positionBias(padding.maxLength())); // [B, heads, L, L]
        return (q, k, v) -> Attention.attend(
                        q.squeeze(0).embedding(padding.padIndices()),
                        k.squeeze(0).embedding(padding.padIndices()),
                        v.squeeze(0).embedding(padding.padIndices()),
                        config.heads,
                        1,
                        maskedBias)
                .view((long) lengths.length * padding.maxLength(), -1)
                .embedding(padding.unpadIndices())
                .unsqueeze(0);
    }

    /**
     * How items whose tokens are concatenated to R rows are padded to one length L, and back.
     *
     * @param maxLength L
     * @param padIndices the row of each token, int64 [B, L]; padding refers to the item's last row and is masked
     * @param unpadIndices the position of each row in the padded items, int64 [R]
     * @param mask added to the scores, float32 [B, 1, 1, L]: minus infinity at padding
     */
    private record Padding(int maxLength, Tensor padIndices, Tensor unpadIndices, Tensor mask) {

        static Padding of(int[] lengths) {
            int n = lengths.length,
                    total = Arrays.stream(lengths).sum(),
                    longest = Arrays.stream(lengths).max().orElseThrow();
            int maxLength = Engine.instance().isCpu() ? longest : (longest + 7) / 8 * 8; // alignment of fused kernels
            long[] padIndex = new long[n * maxLength], unpadIndex = new long[total];
            float[] mask = new float[n * maxLength];
            for (int i = 0, row = 0; i < n; i++) {
                int first = i * maxLength;
                for (int l = 0; l < lengths[i]; l++, row++) {
                    padIndex[first + l] = row;
                    unpadIndex[row] = (long) first + l;
                }
                Arrays.fill(padIndex, first + lengths[i], first + maxLength, row - 1L);
                Arrays.fill(mask, first + lengths[i], first + maxLength, Float.NEGATIVE_INFINITY);
            }
            return new Padding(
                    maxLength,
                    Tensor.of(padIndex, n, maxLength),
                    Tensor.of(unpadIndex, total),
                    Tensor.of(mask, n, 1, 1, maxLength));
        }

        /** The position bias [heads, L, L] with the mask of each item: [B, heads, L, L]. */
        Tensor addTo(Tensor positionBias) {
            return positionBias.unsqueeze(0).add(mask.typeAs(positionBias));
        }
    }

    /**
     * Attention within padded items.
     *
     * @param mask int64 [B, L]: 1 for tokens, 0 for padding
     * @param dtype the type to compute in
     */
    public T5Block.AttentionFunction maskedAttention(Tensor mask, DType dtype) {
        Tensor paddingMask = mask.eq(0).to(dtype).mul(minValue(dtype)); // [B, L]
        Tensor bias = positionBias(Math.toIntExact(mask.size(1)))
                .to(dtype)
                .unsqueeze(0)
                .add(paddingMask.unsqueeze(1).unsqueeze(1)); // [B, heads, L, L]
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
        List<Tensor> outputs = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
            Tensor itemBias =
                    bias.narrow(1, 0, length).narrow(2, 0, length); // [heads, L, L]: depends on distances only
            outputs.add(Attention.attend(
                    q.narrow(1, from, length),
                    k.narrow(1, from, length),
                    v.narrow(1, from, length),
                    config.heads,
                    1,
                    itemBias));
            from += length;
        }
        return outputs.size() == 1 ? outputs.get(0) : Tensor.cat(1, outputs);
    }

    /** The relative position bias that each head adds to the score of key j for query i: [heads, L, L]. */
    public Tensor positionBias(int length) {
        Tensor all = positionBuckets;
        if (all == null || all.size(0) < length) positionBuckets = all = createPositionBuckets(length);
        return relativeAttentionBias
                .embedding(all.narrow(0, 0, length).narrow(1, 0, length))
                .permute(2, 0, 1);
    }

    /** The bucket of key j for query i, for every length up to at least the given one: int64 [L, L]. */
    private Tensor createPositionBuckets(int minLength) {
        int length = Math.max(64, Integer.highestOneBit(2 * minLength - 1));
        long[] buckets = new long[length * length];
        for (int i = 0; i < length; i++)
            for (int j = 0; j < length; j++)
                buckets[i * length + j] = relativePositionBucket(
                        j - i, config.relativeAttentionBuckets, config.relativeAttentionMaxDistance);
        return Scope.unscoped(() -> Tensor.of(buckets, length, length));
    }

    /**
     * The bucket of a relative position, key minus query: one bucket each for short distances, logarithmically wider
     * ones up to {@code maxDistance}, and the last one beyond.
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

    /** The lowest finite value of a type; as a bias it masks a token. */
    private static double minValue(DType dtype) {
        return dtype == DType.BF16 ? -0x1.FEp127 : -Float.MAX_VALUE;
    }

    /** The blocks, first to last. */
    public List<T5Block> blocks() {
        return blocks;
    }
}
