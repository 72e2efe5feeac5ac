package dev.mige4j.encoder;

import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Turns an instruction with pictures into what the denoiser listens to.
 *
 * <pre>
 *   picture embedding = t5_proj(fusion(qformer(ln_vision(vit(picture))), patch features(raw latent)))
 *   conditioning      = t5(words and picture embeddings in the order of the instruction)
 * </pre>
 *
 * Only pictures that a mark shows and places that count are computed; {@link PaddedEncoder} does it the reference's way
 * over the same parts, with the same result. Nothing is kept between calls but the embedding of an empty slot. Safe for
 * many threads. Source: MIGE, multimodal encoder; docs/specification/encoder.md sections 1-7.
 */
public final class MultimodalEncoder {

    /** The parts, the most places of an item, the picture slots of an item, and the channels of a raw latent. */
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
            requireEqual("picture width", vision.width(), qFormer.visionWidth());
            requireEqual("query width", qFormer.width(), fusion.queryWidth());
        }

        private static void requireEqual(String what, int produced, int expected) {
            if (produced != expected)
                throw new UsageException(
                        "One part of the encoder gives a %s of %d, the next takes %d.", what, produced, expected);
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
     * What is asked of the encoder.
     *
     * @param segments token ids of the instruction cut at its marks, one segment more than marks, without an end
     * @param images [k, 3, side, side] normalised, in the order of the marks; null when there are none. More than
     *     marks: the rest is ignored; fewer: the other marks show the empty slot
     * @param rawLatents their unscaled latents [k, c, h, w]; null when there are none
     */
    public record EncoderInput(List<int[]> segments, Tensor images, Tensor rawLatents) {
        public EncoderInput {
            segments = List.copyOf(segments);
            if (segments.isEmpty()) throw new UsageException("A request has no segment, expected one more than marks.");
            if ((images == null) != (rawLatents == null))
                throw new UsageException("A request has pictures without latents, or latents without pictures.");
        }

        /** Words alone. */
        public static EncoderInput of(List<int[]> segments) {
            return new EncoderInput(segments, null, null);
        }

        /** How many pictures are given. */
        public int imageCount() {
            return images == null ? 0 : Math.toIntExact(images.size(0));
        }
    }

    /** T5's id for the end of a text. */
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
    private volatile float[] cachedEmptySlot; // the embedding of an empty slot, once somebody has asked for it

    /**
     * Computes in float32, whatever type the weights have. See {@link #MultimodalEncoder(Config, Weights,
     * UnaryOperator, DType)}.
     */
    public MultimodalEncoder(Config config, Weights weights, UnaryOperator<Tensor> patchFeatures) {
        this(config, weights, patchFeatures, DType.F32);
    }

    /**
     * @param root the root of the weights: {@code visual_encoder}, {@code ln_vision}, {@code query_tokens},
     *     {@code Qformer}, {@code FFM}, {@code t5_proj}, {@code t5_model}
     * @param patchFeatures from raw latents [n, c, h, w] to features of their patches [n, N, C]; the denoiser provides
     *     it
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

    /** The text encoder alone, for text without pictures. */
    public T5Encoder textEncoder() {
        return textEncoder;
    }

    /** Encodes requests; pictures of all of them are looked at together, and each reads itself only. */
    public Conditioning encode(List<EncoderInput> batch) {
        List<SequenceLayout> layouts =
                batch.stream().map(r -> layout(r.segments())).toList();
        List<Tensor> imageEmbeddings = embedReferencedImages(batch, layouts);
        return encodeWithImageEmbeddings(
                layouts, imageEmbeddings, batch.stream().anyMatch(r -> r.imageCount() > 0));
    }

    /** Encodes one request. */
    public Conditioning encode(EncoderInput input) {
        return encode(List.of(input));
    }

    /** Pictures [n, 3, side, side] and their raw latents [n, c, h, w] to picture embeddings [n, Q, E]. */
    public Tensor embedImages(Tensor images, Tensor rawLatents) {
        return fuse(visionFeatures(images), rawLatents);
    }

    /** The part of {@link #embedImages} that is frozen in training: pictures [n, 3, side, side] to [n, T, W]. */
    public Tensor visionFeatures(Tensor images) {
        return visionNorm.forward(vision.forward(images.to(dtype)));
    }

    /** The rest of {@link #embedImages}: [n, T, W] and raw latents [n, c, h, w] to picture embeddings [n, Q, E]. */
    public Tensor fuse(Tensor visionFeatures, Tensor rawLatents) {
        Tensor asked = qFormer.forward(visionFeatures.to(dtype)); // [n, Q, D]
        Tensor fused =
                fusion.forward(asked, patchFeatures.apply(rawLatents.to(dtype)).to(dtype)); // [n, Q, D]
        return t5Projection.forward(fused); // [n, Q, E]
    }

    /** Where the words and pictures of an instruction will stand; tells what is lost when it is too long. */
    public SequenceLayout layout(List<int[]> segments) {
        return SequenceLayout.of(segments, config.imageSlots, config.qFormer.numQueries(), config.maxLength, EOS_ID);
    }

    /**
     * Reads items whose pictures were seen before.
     *
     * @param imageEmbeddings picture embeddings [k, Q, E] of each item, from slot 0 on; null for an item without
     */
    public Conditioning encodeWithImageEmbeddings(List<SequenceLayout> layouts, List<Tensor> imageEmbeddings) {
        return encodeWithImageEmbeddings(
                layouts, imageEmbeddings, imageEmbeddings.stream().anyMatch(Objects::nonNull));
    }

    private Conditioning encodeWithImageEmbeddings(
            List<SequenceLayout> layouts, List<Tensor> imageEmbeddings, boolean anyImage) {
        Tensor embeddings = interleavedEmbedding
                .forward(layouts, imageEmbeddings, () -> anyImage ? emptySlotEmbedding() : zeroSlotEmbedding())
                .to(dtype); // [R, E]
        int[] lengths = layouts.stream().mapToInt(SequenceLayout::length).toArray();
        return Conditioning.padPacked(textEncoder.forward(embeddings, lengths), lengths);
    }

    /**
     * The embedding [Q, E] of a slot without a picture: the reference shows an all-zero picture with an all-zero
     * latent. Computed once a model, and anew each time while any weight is trained. All patches of a zero latent are
     * alike, so a small one does.
     */
    public Tensor emptySlotEmbedding() {
        int rows = config.qFormer.numQueries(), width = config.text.width();
        float[] cached = cachedEmptySlot;
        if (cached != null) return Tensor.of(cached, rows, width).to(dtype);
        int imageSize = config.vision.imageSize();
        Tensor slot = embedImages(
                        Tensor.zeros(1, 3, imageSize, imageSize), Tensor.zeros(1, config.latentChannels, 16, 16))
                .squeeze(0);
        if (ownWeights.values().stream().noneMatch(Tensor::requiresGrad)) cachedEmptySlot = slot.toFloatArray();
        return slot;
    }

    /** What the reference puts into every slot when no item of a batch has a picture: zeros [Q, E]. */
    private Tensor zeroSlotEmbedding() {
        return Tensor.zeros(dtype, config.qFormer.numQueries(), config.text.width());
    }

    /** The embeddings of the pictures that a mark shows, seen in one go and given back to their items. */
    private List<Tensor> embedReferencedImages(List<EncoderInput> batch, List<SequenceLayout> layouts) {
        int[] usedCounts = new int[batch.size()];
        List<Tensor> images = new ArrayList<>(), latents = new ArrayList<>();
        for (int i = 0; i < usedCounts.length; i++) {
            EncoderInput input = batch.get(i);
            InterleavedEmbedding.checkImageCount(input.imageCount(), config.imageSlots);
            usedCounts[i] = Math.min(input.imageCount(), layouts.get(i).usedImageSlots());
            if (usedCounts[i] == 0) continue;
            input.rawLatents()
                    .expect("rawLatents", "[k, c, h, w]", input.imageCount(), config.latentChannels, ANY, ANY);
            images.add(input.images().narrow(0, 0, usedCounts[i]));
            latents.add(input.rawLatents().narrow(0, 0, usedCounts[i]));
        }
        if (images.isEmpty()) return Collections.nCopies(usedCounts.length, null);
        Tensor allEmbeddings = embedImages(Tensor.cat(0, images), Tensor.cat(0, latents)); // [n, Q, E]
        List<Tensor> imageEmbeddings = new ArrayList<>();
        int from = 0;
        for (int count : usedCounts) {
            imageEmbeddings.add(count == 0 ? null : allEmbeddings.narrow(0, from, count));
            from += count;
        }
        return imageEmbeddings;
    }

    InterleavedEmbedding interleavedEmbedding() {
        return interleavedEmbedding;
    }
}
