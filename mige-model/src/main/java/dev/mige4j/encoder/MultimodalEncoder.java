package dev.mige4j.encoder;

import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Encodes an instruction of interleaved text and images into the conditioning of the denoiser.
 *
 * <pre>
 *   image embedding = t5_proj(fusion(qformer(ln_vision(vit(image))), patch features(raw latent)))
 *   conditioning    = t5(token and image embeddings in the order of the instruction)
 * </pre>
 *
 * Only images that a placeholder refers to and tokens that are not padding are computed; {@link PaddedEncoder} runs the
 * same parts as the reference does, with the same result. Thread-safe: apart from the cached embedding of an empty slot
 * there is no state between calls. Source: MIGE, multimodal encoder; docs/specification/encoder.md sections 1-7.
 */
public final class MultimodalEncoder {

    /**
     * Sizes of the parts of the encoder, and of its input sequence.
     *
     * @param vision the vision transformer
     * @param qFormer its vision width must be the width of the vision transformer
     * @param fusion its query width must be the width of the Q-Former
     * @param text the T5 encoder
     * @param maxLength maximum number of tokens of an item, images included
     * @param imageSlots maximum number of images of an item
     * @param latentChannels c
     */
    public record Config(
            VisionTransformer.Config vision,
            @JsonAlias("queries") QFormer.Config qFormer,
            FeatureFusion.Config fusion,
            T5Encoder.Config text,
            int maxLength,
            @JsonAlias("slots") int imageSlots,
            int latentChannels) {
        public static final Config PUBLISHED = new Config(
                VisionTransformer.Config.PUBLISHED,
                QFormer.Config.PUBLISHED,
                FeatureFusion.Config.PUBLISHED,
                T5Encoder.Config.PUBLISHED,
                256,
                4,
                4);
        /** For tests. */
        public static final Config TINY = new Config(
                VisionTransformer.Config.TINY,
                QFormer.Config.TINY,
                FeatureFusion.Config.TINY,
                T5Encoder.Config.TINY,
                24,
                4,
                4);

        public Config {
            ConfigChecks.requirePositive("encoder", maxLength, imageSlots, latentChannels);
            requireEqual("vision width", vision.width(), qFormer.visionWidth());
            requireEqual("query width", qFormer.width(), fusion.queryWidth());
        }

        private static void requireEqual(String name, int produced, int expected) {
            if (produced != expected)
                throw new UsageException(
                        "The %s of the encoder is %d, but the next component expects %d.", name, produced, expected);
        }

        /** The token layout of an item, including the number of tokens that exceed the maximum length. */
        public SequenceLayout layout(List<int[]> segments) {
            return SequenceLayout.of(segments, imageSlots, qFormer.numQueries(), maxLength, EOS_ID);
        }

        /** With the published number of latent channels. */
        public Config(
                VisionTransformer.Config vision,
                QFormer.Config qFormer,
                FeatureFusion.Config fusion,
                T5Encoder.Config text,
                int maxLength,
                int imageSlots) {
            this(vision, qFormer, fusion, text, maxLength, imageSlots, 4);
        }
    }

    /**
     * The tokens and images of one item.
     *
     * @param segments token ids of the text between the placeholders, without an end token: one segment more than there
     *     are placeholders
     * @param images [k, 3, H, W], CLIP-normalized, in the order of the placeholders, or null for none. Images beyond
     *     the number of placeholders are ignored; placeholders without an image get the empty slot
     * @param rawLatents the unscaled latents [k, c, h, w] of the same images, or null for none
     */
    public record EncoderInput(List<int[]> segments, Tensor images, Tensor rawLatents) {
        public EncoderInput {
            segments = List.copyOf(segments);
            if (segments.isEmpty())
                throw new UsageException("The input has no text segment; expected one more than it has placeholders.");
            if ((images == null) != (rawLatents == null))
                throw new UsageException("The input needs both images and latents, or neither.");
        }

        /** Text without images. */
        public static EncoderInput of(List<int[]> segments) {
            return new EncoderInput(segments, null, null);
        }

        /** The number of images, k. */
        public int imageCount() {
            return images == null ? 0 : Math.toIntExact(images.size(0));
        }
    }

    /** T5's end-of-sequence token. */
    public static final int EOS_ID = 1;

    private final Config config;
    private final DType dtype;
    private final UnaryOperator<Tensor> patchFeatures;
    private final VisionTransformer vision;
    private final VisionNorm visionNorm;
    private final QFormer qFormer;
    private final FeatureFusion fusion;
    private final Linear t5Projection;
    private final T5Encoder textEncoder;
    private final InterleavedEmbedding interleavedEmbedding;
    private final Map<String, Tensor> ownWeights = new LinkedHashMap<>();
    private volatile Tensor cachedEmptySlot; // null until it is first needed

    /**
     * Creates an encoder that computes in float32, regardless of the type of the weights. See
     * {@link #MultimodalEncoder(Config, Weights, UnaryOperator, DType)}.
     */
    public MultimodalEncoder(Config config, Weights weights, UnaryOperator<Tensor> patchFeatures) {
        this(config, weights, patchFeatures, DType.F32);
    }

    /**
     * @param root the root of the weights: {@code visual_encoder}, {@code ln_vision}, {@code query_tokens},
     *     {@code Qformer}, {@code FFM}, {@code t5_proj}, {@code t5_model}
     * @param patchFeatures from raw latents [n, c, h, w] to their patch features [n, N, C]; provided by the denoiser
     * @param dtype the type to compute in
     */
    public MultimodalEncoder(Config config, Weights root, UnaryOperator<Tensor> patchFeatures, DType dtype) {
        this(config, root, patchFeatures, dtype, AttentionProcessor.DEFAULT);
    }

    /** The same, with an attention processor for the {@link FeatureFusion}. */
    public MultimodalEncoder(
            Config config,
            Weights root,
            UnaryOperator<Tensor> patchFeatures,
            DType dtype,
            AttentionProcessor fusionAttention) {
        Weights weights = root.recordingInto(ownWeights);
        this.config = config;
        this.dtype = dtype;
        this.patchFeatures = patchFeatures;
        vision = new VisionTransformer(config.vision, weights.at("visual_encoder"));
        visionNorm = new VisionNorm(weights.at("ln_vision"), config.vision.width());
        qFormer = new QFormer(config.qFormer, weights);
        fusion = new FeatureFusion(config.fusion, weights.at("FFM"), fusionAttention);
        t5Projection = new Linear(weights.at("t5_proj"), config.fusion.queryWidth(), config.text.width());
        textEncoder = new T5Encoder(config.text, weights.at("t5_model"));
        interleavedEmbedding = new InterleavedEmbedding(textEncoder::embedTokens);
    }

    public Config config() {
        return config;
    }

    /** The text encoder, for text without images. */
    public T5Encoder textEncoder() {
        return textEncoder;
    }

    /**
     * Encodes a batch. The images of all items are computed together; items do not influence each other, except that
     * placeholders without images get zero vectors when no item of the batch has an image, as in the reference.
     *
     * @throws UsageException when an item has more images than the model has slots
     */
    public Conditioning encode(List<EncoderInput> batch) {
        List<SequenceLayout> layouts =
                batch.stream().map(r -> layout(r.segments())).toList();
        int[] imageCounts = referencedImageCounts(batch, layouts);
        return encodeWithImageEmbeddings(
                layouts,
                embedReferencedImages(batch, imageCounts),
                imageCounts,
                batch.stream().anyMatch(r -> r.imageCount() > 0));
    }

    /** Encodes one item. */
    public Conditioning encode(EncoderInput input) {
        return encode(List.of(input));
    }

    /** Embeds images [n, 3, H, W] with their raw latents [n, c, h, w]: [n, Q, E]. */
    public Tensor embedImages(Tensor images, Tensor rawLatents) {
        return fuse(visionFeatures(images), rawLatents);
    }

    /** The part of {@link #embedImages} that training freezes: images [n, 3, H, W] to float32 features [n, T, V]. */
    public Tensor visionFeatures(Tensor images) {
        return visionNorm.forward(vision.forward(images.to(dtype)));
    }

    /**
     * The trained part of {@link #embedImages}: vision features [n, T, V] and raw latents [n, c, h, w] to image
     * embeddings [n, Q, E].
     */
    public Tensor fuse(Tensor visionFeatures, Tensor rawLatents) {
        Tensor queries = qFormer.forward(visionFeatures.to(dtype)); // [n, Q, D]
        Tensor fused = fusion.forward(
                queries, patchFeatures.apply(rawLatents.to(dtype)).to(dtype)); // [n, Q, D]
        return t5Projection.forward(fused); // [n, Q, E]
    }

    /** As {@link Config#layout}. */
    public SequenceLayout layout(List<int[]> segments) {
        return config.layout(segments);
    }

    /**
     * Encodes items whose image embeddings are already computed.
     *
     * @param layouts one for each item
     * @param imageEmbeddings the embeddings [n, Q, E] of the images of all items, in order; null for none
     * @param imageCounts how many of these images each item has
     */
    public Conditioning encodeWithImageEmbeddings(
            List<SequenceLayout> layouts, Tensor imageEmbeddings, int[] imageCounts) {
        return encodeWithImageEmbeddings(layouts, imageEmbeddings, imageCounts, imageEmbeddings != null);
    }

    private Conditioning encodeWithImageEmbeddings(
            List<SequenceLayout> layouts, Tensor imageEmbeddings, int[] imageCounts, boolean anyImage) {
        int[] lengths = lengths(layouts);
        return Conditioning.padPacked(
                textEncoder.forward(interleave(layouts, imageEmbeddings, imageCounts, anyImage), lengths), lengths);
    }

    /** Token and image embeddings in the order of each instruction, one item after another: [R, E]. */
    private Tensor interleave(
            List<SequenceLayout> layouts, Tensor imageEmbeddings, int[] imageCounts, boolean anyImage) {
        return interleavedEmbedding
                .forward(
                        layouts,
                        imageEmbeddings,
                        imageCounts,
                        () -> anyImage ? emptySlotEmbedding() : zeroSlotEmbedding())
                .to(dtype);
    }

    private static int[] lengths(List<SequenceLayout> layouts) {
        return layouts.stream().mapToInt(SequenceLayout::length).toArray();
    }

    /**
     * The result of {@link #encodeWithGradientCheckpointing}.
     *
     * @param conditioning from which a loss is computed
     * @param surrogate to be called after the {@code backward()} of that loss; see {@link T5Encoder.CheckpointedStates}
     */
    public record CheckpointedConditioning(Conditioning conditioning, Supplier<Optional<Tensor>> surrogate) {}

    /**
     * As {@link #encodeWithImageEmbeddings(List, Tensor, int[])}, with gradient checkpointing of the text encoder,
     * whose weights and activations are the largest. The other parts are small, or not computed in training.
     */
    public CheckpointedConditioning encodeWithGradientCheckpointing(
            List<SequenceLayout> layouts, Tensor imageEmbeddings, int[] imageCounts) {
        int[] lengths = lengths(layouts);
        T5Encoder.CheckpointedStates text = textEncoder.forwardWithGradientCheckpointing(
                interleave(layouts, imageEmbeddings, imageCounts, imageEmbeddings != null), lengths);
        return new CheckpointedConditioning(Conditioning.padPacked(text.states(), lengths), text.surrogate());
    }

    /**
     * The embedding [Q, E] of a slot without an image: as in the reference, that of an all-zero image with an all-zero
     * latent. Cached unless a weight is being trained. All patches of a zero latent are equal, so a small latent
     * suffices.
     */
    public Tensor emptySlotEmbedding() {
        Tensor cached = cachedEmptySlot;
        if (cached != null) return cached;
        int imageSize = config.vision.imageSize();
        Tensor slot = embedImages(
                        Tensor.zeros(1, 3, imageSize, imageSize), Tensor.zeros(1, config.latentChannels, 16, 16))
                .squeeze(0);
        if (ownWeights.values().stream().noneMatch(Tensor::requiresGrad)) cachedEmptySlot = Scope.unscoped(slot::copy);
        return slot;
    }

    /** Zeros [Q, E], which the reference puts into every slot when no item of the batch has an image. */
    private Tensor zeroSlotEmbedding() {
        return Tensor.zeros(dtype, config.qFormer.numQueries(), config.text.width());
    }

    /** How many images of each item a placeholder refers to. */
    private int[] referencedImageCounts(List<EncoderInput> batch, List<SequenceLayout> layouts) {
        int[] counts = new int[batch.size()];
        for (int i = 0; i < counts.length; i++) {
            int given = batch.get(i).imageCount();
            InterleavedEmbedding.checkImageCount(given, config.imageSlots);
            counts[i] = Math.min(given, layouts.get(i).usedImageSlots());
        }
        return counts;
    }

    /** The embeddings [n, Q, E] of the first {@code counts[i]} images of each item, or null for none. */
    private Tensor embedReferencedImages(List<EncoderInput> batch, int[] counts) {
        List<Tensor> images = new ArrayList<>(), latents = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 0) continue;
            EncoderInput input = batch.get(i);
            input.rawLatents()
                    .expect("rawLatents", "[k, c, h, w]", input.imageCount(), config.latentChannels, ANY, ANY);
            images.add(input.images().narrow(0, 0, counts[i]));
            latents.add(input.rawLatents().narrow(0, 0, counts[i]));
        }
        return images.isEmpty() ? null : embedImages(Tensor.cat(0, images), Tensor.cat(0, latents));
    }

    InterleavedEmbedding interleavedEmbedding() {
        return interleavedEmbedding;
    }
}
