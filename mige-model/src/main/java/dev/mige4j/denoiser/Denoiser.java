package dev.mige4j.denoiser;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Diffusion transformer that predicts the noise in a latent from the timestep, the source latent and the conditioning.
 *
 * <pre>
 *   tokens = patches([x, source]) + positions
 *   te, t0 = time(t)
 *   text   = W2 gelu(W1 conditioning)
 *   tokens = block_i(tokens, text, t0)               for every block
 *   out    = unpatchify(final(tokens, te))           channels 0..c−1 noise, c..2c−1 variance
 * </pre>
 *
 * <p>Source: MIGE section 3.2, PixArt-α XL/2 with the source latent as additional input channels;
 * docs/specification/diffusion.md section 1.
 */
public final class Denoiser {

    /**
     * Sizes of the diffusion transformer.
     *
     * @param latentChannels c
     * @param latentSize height and width of the latents that the position table is made for; other sizes work, their
     *     positions are computed
     * @param patchSize p
     * @param hiddenSize C, a multiple of 4 and of the number of heads
     * @param depth number of blocks
     * @param heads attention heads
     * @param textWidth E
     * @param maxTextTokens maximum number of conditioning tokens, the rows of the null text
     * @param mlpRatio hidden width of the blocks' MLP, relative to C
     * @param interpolationScale divides all position coordinates; 1 in the published model
     */
    public record Config(
            int latentChannels,
            int latentSize,
            @JsonAlias("patch") int patchSize,
            @JsonAlias("hidden") int hiddenSize,
            int depth,
            int heads,
            int textWidth,
            @JsonAlias("textTokens") int maxTextTokens,
            double mlpRatio,
            @JsonAlias("positionScale") double interpolationScale) {

        public static final Config PUBLISHED = new Config(4, 64, 2, 1152, 28, 16, 4096, 256, 4, 1);
        /** For tests. */
        public static final Config TINY = new Config(4, 8, 2, 16, 2, 2, 12, 10, 4, 1);

        public Config {
            if (hiddenSize % heads != 0 || hiddenSize % 4 != 0) {
                throw new UsageException(
                        "The denoiser has hidden size %d, which is not a multiple of 4 and of heads %d.",
                        hiddenSize, heads);
            }
            if (latentSize % patchSize != 0)
                throw new UsageException(
                        "The denoiser has latent size %d, which is not a multiple of patch size %d.",
                        latentSize, patchSize);
        }

        int outChannels() {
            return 2 * latentChannels;
        }

        int mlpWidth() {
            return (int) (hiddenSize * mlpRatio);
        }
    }

    private final Config config;
    private final PatchEmbedding patchEmbedding;
    private final TimestepEmbedding timestepEmbedding;
    private final TextProjection textProjection;
    private final Tensor nullText;
    private final List<DitBlock> blocks = new ArrayList<>();
    private final FinalLayer finalLayer;
    private final Tensor positionEmbedding;

    /** @param weights the root, with the keys of the published checkpoint */
    public Denoiser(Config config, Weights weights) {
        this(config, weights, AttentionProcessor.DEFAULT);
    }

    /** @param crossAttention computes the attention of the image tokens to the text in every block */
    public Denoiser(Config config, Weights weights, AttentionProcessor crossAttention) {
        int c = config.hiddenSize(), d = config.textWidth(), side = config.latentSize() / config.patchSize();
        Weights text = weights.at("y_embedder");
        this.config = config;
        patchEmbedding = new PatchEmbedding(config, weights.at("x_embedder").at("proj"));
        timestepEmbedding = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block"));
        textProjection = new TextProjection(config, text.at("y_proj"));
        nullText = text.get("y_embedding", Init.normal(1 / Math.sqrt(d)), config.maxTextTokens(), d);
        for (int i = 0; i < config.depth(); i++)
            blocks.add(new DitBlock(config, weights.at("blocks").at(i), crossAttention));
        finalLayer = new FinalLayer(config, weights.at("final_layer"));
        positionEmbedding = weights.has("pos_embed")
                ? weights.get("pos_embed", Init.ZEROS, 1, (long) side * side, c)
                : Scope.unscoped(() -> positionTable(side, side));
    }

    public Config config() {
        return config;
    }

    /** Patch features of the raw (unscaled) latents [n, c, h, w] of reference images, without positions: [n, N, C]. */
    public Tensor patchFeatures(Tensor rawLatents) {
        return patchEmbedding.features(checkLatent("raw latents", rawLatents));
    }

    /**
     * Patch features with the position embedding of the denoiser added, which makes the patches distinguishable by
     * position: [n, N, C].
     */
    public Tensor positionalPatchFeatures(Tensor rawLatents) {
        return patchFeatures(rawLatents).add(positionEmbedding(rawLatents));
    }

    /** The embedding of the empty prompt [maxTextTokens, E]; stored in the checkpoint and never trained. */
    public Tensor nullText() {
        return nullText;
    }

    /**
     * One forward pass. Gradients flow through it; no argument is modified.
     *
     * @param x noisy latents [B, c, h, w]; h and w are multiples of the patch size
     * @param source source latents [B, c, h, w], scaled as x; zeros where there is no source image
     * @param t timesteps [B], 0 to 999
     * @param text conditioning [G, L, E]; row g serves B/G consecutive items
     * @param lengths the number of valid text tokens of each row, 1 to L
     * @return [B, 2c, h, w]: noise, then variance
     * @throws ShapeException when a shape does not match
     */
    public Tensor forward(Tensor x, Tensor source, Tensor t, Tensor text, int[] lengths) {
        checkLatent("x", x);
        source.expect("source", "[B, c, h, w]", x.shape());
        t.expect("t", "[B]", x.size(0));
        ProjectedText projectedText = projectText(text, lengths, rowsServing(x, text), x.dtype());
        Tensor tokens = patchEmbedding.forward(x, source).add(positionEmbedding(x)); // [B, N, C]
        return runBlocks(
                tokens,
                timestepEmbedding.forward(t, TimestepRounding.NONE),
                x,
                block -> block.textKeyValues(projectedText.projected, projectedText.attentionBias));
    }

    /**
     * Computes the loss of a {@link #forward} pass with gradient checkpointing: only the input of each block is kept,
     * and the blocks are recomputed for the backward pass. About a third slower; the memory does not grow with the
     * activations of all blocks.
     *
     * <p>On return, the weights and adapters of the blocks have their gradients. Those of everything before the blocks
     * (patches, timestep, text and the encoder) follow from one {@code backward()} of the result; what is frozen there
     * costs nothing.
     *
     * @param loss from the prediction [B, 2c, h, w] to a scalar
     * @return that scalar
     */
    public Tensor gradientCheckpointedLoss(
            Tensor x, Tensor source, Tensor t, Tensor text, int[] lengths, UnaryOperator<Tensor> loss) {
        ProjectedText projectedText = projectText(text, lengths, rowsServing(checkLatent("x", x), text), x.dtype());
        var embeddedTimestep = timestepEmbedding.forward(t, TimestepRounding.NONE);
        Tensor tokens = patchEmbedding.forward(x, source).add(positionEmbedding(x)),
                t0 = embeddedTimestep.t0().typeAs(x),
                te = embeddedTimestep.te().typeAs(x);
        Tensor textLeaf = leafLike(projectedText.projected), t0Leaf = leafLike(t0), teLeaf = leafLike(te);
        List<Tensor> inputs = new ArrayList<>(List.of(tokens.detach()));
        for (DitBlock block : blocks) {
            Tensor blockInput = inputs.get(inputs.size() - 1);
            inputs.add(Scope.scoped(() -> Tensor.noGrad(() ->
                    block.forward(blockInput, block.textKeyValues(textLeaf, projectedText.attentionBias), t0Leaf))));
        }
        Tensor blockOutput = leaf(inputs.get(blocks.size()));
        Tensor lossValue = loss.apply(unpatchify(
                finalLayer.forward(blockOutput, teLeaf),
                x.size(2) / config.patchSize(),
                x.size(3) / config.patchSize()));
        lossValue.backward();
        Tensor gradient = blockOutput.grad();
        for (int i = blocks.size() - 1; i >= 0; i--) {
            DitBlock block = blocks.get(i);
            Tensor blockInput = inputs.get(i), outputGradient = gradient;
            gradient = Scope.scoped(() -> {
                Tensor recomputedInput = leaf(blockInput);
                block.forward(recomputedInput, block.textKeyValues(textLeaf, projectedText.attentionBias), t0Leaf)
                        .backward(outputGradient);
                return recomputedInput.grad();
            });
        }
        Tensor surrogate = null;
        if (tokens.requiresGrad()) surrogate = tokens.mul(gradient).sum();
        if (textLeaf.requiresGrad()) surrogate = plus(surrogate, projectedText.projected.mul(textLeaf.grad()));
        if (t0Leaf.requiresGrad()) surrogate = plus(surrogate, t0.mul(t0Leaf.grad()));
        if (teLeaf.requiresGrad()) surrogate = plus(surrogate, te.mul(teLeaf.grad()));
        return surrogate == null
                ? leaf(lossValue) // everything before the blocks is frozen
                : surrogate.sub(surrogate.detach()).add(lossValue.detach());
    }

    private static Tensor plus(Tensor sum, Tensor terms) {
        return sum == null ? terms.sum() : sum.add(terms.sum());
    }

    /** The same values; collects a gradient if x does. */
    private static Tensor leafLike(Tensor x) {
        return x.detach().requiresGrad_(x.requiresGrad());
    }

    private static Tensor leaf(Tensor x) {
        return x.detach().requiresGrad_(true);
    }

    /**
     * Computes everything that does not change between sampling steps: the text projection, the keys and values of the
     * cross-attention, and the source's part of the patch embedding.
     *
     * @param branches the forward passes of a step, in order
     * @param source [B, c, h, w], or [1, c, h, w] for all items
     * @param text [B, L, E], or [1, L, E] for all items
     * @param lengths one for each row of the text
     */
    public PreparedDenoiser prepare(
            List<Branch> branches, Tensor source, Tensor text, int[] lengths, TimestepRounding rounding) {
        checkLatent("source", source);
        List<Tensor> sources = new ArrayList<>(), texts = new ArrayList<>();
        int[] allLengths = new int[branches.size() * lengths.length];
        Tensor zeroSource = Tensor.zeros(source.dtype(), source.shape());
        Tensor nullTexts = text.size(1) > config.maxTextTokens()
                ? text // projectText rejects it
                : nullText.narrow(0, 0, text.size(1)).typeAs(text).unsqueeze(0).expand(text.shape());
        for (int i = 0; i < branches.size(); i++) {
            sources.add(branches.get(i).usesSource ? source : zeroSource);
            texts.add(branches.get(i).usesText ? text : nullTexts);
            System.arraycopy(lengths, 0, allLengths, i * lengths.length, lengths.length);
        }
        ProjectedText projectedText = projectText(Tensor.cat(0, texts), allLengths, allLengths.length, source.dtype());
        Tensor sourceTokens = patchEmbedding
                .sourcePart(Tensor.cat(0, sources))
                .add(positionEmbedding(source)); // [branches · (B or 1), N, C]
        List<DitBlock.TextKeyValues> textKeyValues = new ArrayList<>();
        for (DitBlock block : blocks)
            textKeyValues.add(block.textKeyValues(projectedText.projected, projectedText.attentionBias));
        return new PreparedDenoiser(this, branches.size(), sourceTokens, textKeyValues, rounding);
    }

    /** Runs all branches of a prepared request for x [B, c, h, w]: [branches · B, 2c, h, w]. */
    Tensor predictPrepared(PreparedDenoiser prepared, Tensor x, double t) {
        long n = prepared.branches(), c = config.hiddenSize();
        Tensor sourceTokens = prepared.sourceTokens();
        Tensor noisyTokens = patchEmbedding.noisyLatentPart(checkLatent("x", x)); // [B, N, C]
        Tensor tokens = sourceTokens
                .view(n, -1, sourceTokens.size(1), c)
                .add(noisyTokens.unsqueeze(0))
                .view(-1, noisyTokens.size(1), c); // [branches · B, N, C]
        var embeddedTimestep = timestepEmbedding.forward(Tensor.of(new float[] {(float) t}, 1), prepared.rounding());
        var textKeyValues = prepared.textKeyValues().iterator();
        return runBlocks(tokens, embeddedTimestep, x, block -> textKeyValues.next());
    }

    private interface TextKeyValuesProvider {
        DitBlock.TextKeyValues forBlock(DitBlock block);
    }

    private Tensor runBlocks(
            Tensor tokens,
            TimestepEmbedding.EmbeddedTimestep embeddedTimestep,
            Tensor x,
            TextKeyValuesProvider textKeyValues) {
        Tensor t0 = embeddedTimestep.t0().typeAs(x), te = embeddedTimestep.te().typeAs(x);
        List<UnaryOperator<Tensor>> layers = new ArrayList<>();
        for (DitBlock block : blocks) layers.add(z -> block.forward(z, textKeyValues.forBlock(block), t0));
        layers.add(z -> finalLayer.forward(z, te));
        return unpatchify(
                Scope.sequential(tokens, layers), x.size(2) / config.patchSize(), x.size(3) / config.patchSize());
    }

    /** [B, N, p · p · 2c] to [B, 2c, h, w]. */
    private Tensor unpatchify(Tensor values, long rows, long columns) {
        int p = config.patchSize(), c = config.outChannels();
        return values.view(values.size(0), rows, columns, p, p, c)
                .permute(0, 5, 1, 3, 2, 4)
                .reshape(values.size(0), c, rows * p, columns * p);
    }

    /** The number of rows of the text if each can serve equally many items of x, else that of the items. */
    private static long rowsServing(Tensor x, Tensor text) {
        return text.size(0) > 0 && x.size(0) % text.size(0) == 0 ? text.size(0) : x.size(0);
    }

    private record ProjectedText(Tensor projected, Tensor attentionBias) {}

    /** Projects text [G, L, E] to [G, L, C] and masks the tokens beyond each length. */
    private ProjectedText projectText(Tensor text, int[] lengths, long items, DType dtype) {
        text.expect("text", "[B, L, E]", items, Tensor.ANY, config.textWidth());
        int maxLength = (int) text.size(1);
        if (maxLength > config.maxTextTokens())
            throw new ShapeException("text has %d tokens, expected at most %d", maxLength, config.maxTextTokens());
        if (lengths.length != items) throw new ShapeException("%d text lengths for %d items", lengths.length, items);
        boolean padded = false;
        float[] maskValues = new float[lengths.length * maxLength];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 1 || lengths[i] > maxLength)
                throw new ShapeException("text %d has length %d, expected 1 to %d", i, lengths[i], maxLength);
            for (int l = lengths[i]; l < maxLength; l++) maskValues[i * maxLength + l] = Float.NEGATIVE_INFINITY;
            padded |= lengths[i] < maxLength;
        }
        Tensor bias = padded
                ? Tensor.of(maskValues, items, 1, 1, maxLength).to(dtype).expand(items, config.heads(), 1, maxLength)
                : null;
        return new ProjectedText(textProjection.forward(text.to(dtype)), bias);
    }

    private Tensor positionEmbedding(Tensor latent) {
        int rows = (int) latent.size(2) / config.patchSize(), columns = (int) latent.size(3) / config.patchSize();
        int side = config.latentSize() / config.patchSize();
        return (rows == side && columns == side ? positionEmbedding : positionTable(rows, columns)).typeAs(latent);
    }

    private Tensor positionTable(int rows, int columns) {
        return SinCosPositionEmbedding.table(
                config.hiddenSize(),
                rows,
                columns,
                config.latentSize() / config.patchSize(),
                config.interpolationScale());
    }

    private Tensor checkLatent(String name, Tensor latent) {
        latent.expect(name, "[B, c, h, w]", Tensor.ANY, config.latentChannels(), Tensor.ANY, Tensor.ANY);
        if (latent.size(2) % config.patchSize() != 0 || latent.size(3) % config.patchSize() != 0) {
            throw new ShapeException(
                    "%s of %d x %d cannot be divided into patches of %d",
                    name, latent.size(3), latent.size(2), config.patchSize());
        }
        return latent;
    }
}
