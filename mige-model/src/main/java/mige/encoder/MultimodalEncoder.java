package mige.encoder;

import static mige.tensor.Tensor.ANY;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.tensor.nn.Linear;
import mige.weights.Weights;

/**
 * Turns an instruction with pictures into what the denoiser listens to.
 *
 * <pre>
 *   picture embedding = t5_proj(fusion(qformer(ln_vision(vit(picture))), patch features(raw latent)))
 *   conditioning      = t5(words and picture embeddings in the order of the instruction)
 * </pre>
 *
 * Only pictures that a mark shows and places that count are computed; {@link PlainEncoding} does it the reference's way over the same
 * parts, with the same result. Nothing is kept between calls but the embedding of an empty slot. Safe for many threads.
 * Source: MIGE, multimodal encoder; reference ENCODER.md sections 1-7.
 */
public final class MultimodalEncoder {

    /** The parts, the most places of an item, the picture slots of an item, and the channels of a raw latent. */
    public record Config(VisionTransformer.Config vision, QFormer.Config queries, FeatureFusion.Config fusion, T5Encoder.Config text,
                         int maxLength, int slots, int latentChannels) {
        public static final Config PUBLISHED = new Config(VisionTransformer.Config.PUBLISHED, QFormer.Config.PUBLISHED,
                FeatureFusion.Config.PUBLISHED, T5Encoder.Config.PUBLISHED, 256, 4, 4);
        public static final Config TINY = new Config(VisionTransformer.Config.TINY, QFormer.Config.TINY,
                FeatureFusion.Config.TINY, T5Encoder.Config.TINY, 24, 4, 4);

        public Config {
            Sizes.positive("encoder", maxLength, slots, latentChannels);
            same("picture width", vision.width(), queries.pictureWidth());
            same("query width", queries.width(), fusion.queryWidth());
        }

        private static void same(String what, int gives, int takes) {
            if (gives != takes) throw new UsageException("One part of the encoder gives a %s of %d, the next takes %d.", what, gives, takes);
        }

        /** With the published number of latent channels. */
        public Config(VisionTransformer.Config vision, QFormer.Config queries, FeatureFusion.Config fusion, T5Encoder.Config text, int maxLength, int slots) {
            this(vision, queries, fusion, text, maxLength, slots, 4);
        }
    }

    /**
     * What is asked of the encoder.
     *
     * @param segments   token ids of the instruction cut at its marks, one segment more than marks, without an end
     * @param pictures   [k, 3, side, side] normalised, in the order of the marks; null when there are none. More than marks: the rest is
     *                   ignored; fewer: the other marks show the empty slot
     * @param rawLatents their unscaled latents [k, c, h, w]; null when there are none
     */
    public record Request(List<int[]> segments, Tensor pictures, Tensor rawLatents) {
        public Request {
            segments = List.copyOf(segments);
            if (segments.isEmpty()) throw new UsageException("A request has no segment, expected one more than marks.");
            if ((pictures == null) != (rawLatents == null)) throw new UsageException("A request has pictures without latents, or latents without pictures.");
        }

        /** Words alone. */
        public static Request of(List<int[]> segments) {
            return new Request(segments, null, null);
        }

        /** How many pictures are given. */
        public int count() {
            return pictures == null ? 0 : Math.toIntExact(pictures.size(0));
        }
    }

    /** T5's id for the end of a text. */
    public static final int END = 1;

    private final Config config;
    private final DType type;
    private final UnaryOperator<Tensor> patchFeatures;
    private final VisionTransformer vision;
    private final VisionNorm visionNorm;
    private final QFormer queries;
    private final FeatureFusion fusion;
    private final Linear toText;
    private final T5Encoder text;
    private final ContextEmbedding context;
    private final Map<String, Tensor> own = new LinkedHashMap<>();
    private volatile float[] empty;         // the embedding of an empty slot, once somebody has asked for it

    /** Computes in float32, whatever type the weights have. See {@link #MultimodalEncoder(Config, Weights, UnaryOperator, DType)}. */
    public MultimodalEncoder(Config config, Weights weights, UnaryOperator<Tensor> patchFeatures) {
        this(config, weights, patchFeatures, DType.F32);
    }

    /**
     * @param given         the root of the weights: {@code visual_encoder}, {@code ln_vision}, {@code query_tokens}, {@code Qformer}, {@code FFM},
     *                      {@code t5_proj}, {@code t5_model}
     * @param patchFeatures from raw latents [n, c, h, w] to features of their patches [n, N, C]; the denoiser provides it
     * @param type          the type to compute in
     */
    public MultimodalEncoder(Config config, Weights given, UnaryOperator<Tensor> patchFeatures, DType type) {
        Weights weights = given.recordingInto(own);
        this.config = config;
        this.type = type;
        this.patchFeatures = patchFeatures;
        vision     = new VisionTransformer(config.vision, weights.at("visual_encoder"));
        visionNorm = new VisionNorm(weights.at("ln_vision"), config.vision.width());
        queries    = new QFormer(config.queries, weights);
        fusion     = new FeatureFusion(config.fusion, weights.at("FFM"));
        toText     = new Linear(weights.at("t5_proj"), config.fusion.queryWidth(), config.text.width());
        text       = new T5Encoder(config.text, weights.at("t5_model"));
        context    = new ContextEmbedding(text::lookup);
    }

    public Config config() {
        return config;
    }

    /** The text encoder alone, for text without pictures. */
    public T5Encoder text() {
        return text;
    }

    /** Encodes requests; pictures of all of them are looked at together, and each reads itself only. */
    public Conditioning encode(List<Request> batch) {
        List<Layout> layouts = batch.stream().map(r -> layout(r.segments())).toList();
        List<Tensor> seen = seeShown(batch, layouts);
        return join(layouts, seen, batch.stream().anyMatch(r -> r.count() > 0));
    }

    /** Encodes one request. */
    public Conditioning encode(Request request) {
        return encode(List.of(request));
    }

    /** Pictures [n, 3, side, side] and their raw latents [n, c, h, w] to picture embeddings [n, Q, E]. */
    public Tensor see(Tensor pictures, Tensor rawLatents) {
        return fuse(visionFeatures(pictures), rawLatents);
    }

    /** The part of {@link #see} that is frozen in training: pictures [n, 3, side, side] to [n, T, W]. */
    public Tensor visionFeatures(Tensor pictures) {
        return visionNorm.forward(vision.forward(pictures.to(type)));
    }

    /** The rest of {@link #see}: [n, T, W] and raw latents [n, c, h, w] to picture embeddings [n, Q, E]. */
    public Tensor fuse(Tensor visionFeatures, Tensor rawLatents) {
        return fuse(visionFeatures, rawLatents, null);
    }

    /** The same, and {@code looks} is told the scores of the queries' looks at the N patches, [n, heads, Q, N]; null: nobody is. */
    public Tensor fuse(Tensor visionFeatures, Tensor rawLatents, Consumer<Tensor> looks) {
        Tensor asked = queries.forward(visionFeatures.to(type));                                // [n, Q, D]
        Tensor fused = fusion.forward(asked, patchFeatures.apply(rawLatents.to(type)).to(type), looks); // [n, Q, D]
        return toText.forward(fused);                                                           // [n, Q, E]
    }

    /** Where the words and pictures of an instruction will stand; tells what is lost when it is too long. */
    public Layout layout(List<int[]> segments) {
        return Layout.of(segments, config.slots, config.queries.queries(), config.maxLength, END);
    }

    /**
     * Reads items whose pictures were seen before.
     *
     * @param seen picture embeddings [k, Q, E] of each item, from slot 0 on; null for an item without
     */
    public Conditioning join(List<Layout> layouts, List<Tensor> seen) {
        return join(layouts, seen, seen.stream().anyMatch(Objects::nonNull));
    }

    private Conditioning join(List<Layout> layouts, List<Tensor> seen, boolean anyPicture) {
        Tensor places = context.forward(layouts, seen, () -> anyPicture ? emptySlot() : blankSlot()).to(type);  // [R, E]
        int[] lengths = layouts.stream().mapToInt(Layout::length).toArray();
        return Conditioning.unpacked(text.forward(places, lengths), lengths);
    }

    /**
     * The embedding [Q, E] of a slot without a picture: the reference shows an all-zero picture with an all-zero latent. Computed once
     * a model, and anew each time while any weight is trained. All patches of a zero latent are alike, so a small one does.
     */
    public Tensor emptySlot() {
        int rows = config.queries.queries(), width = config.text.width();
        float[] known = empty;
        if (known != null) return Tensor.of(known, rows, width).to(type);
        int side = config.vision.side();
        Tensor slot = see(Tensor.zeros(1, 3, side, side), Tensor.zeros(1, config.latentChannels, 16, 16)).squeeze(0);
        if (own.values().stream().noneMatch(Tensor::needsGradient)) empty = slot.floats();
        return slot;
    }

    /** What the reference puts into every slot when no item of a batch has a picture: zeros [Q, E]. */
    private Tensor blankSlot() {
        return Tensor.zeros(type, config.queries.queries(), config.text.width());
    }

    /** The embeddings of the pictures that a mark shows, seen in one go and given back to their items. */
    private List<Tensor> seeShown(List<Request> batch, List<Layout> layouts) {
        int[] shown = new int[batch.size()];
        List<Tensor> pictures = new ArrayList<>(), latents = new ArrayList<>();
        for (int i = 0; i < shown.length; i++) {
            Request r = batch.get(i);
            ContextEmbedding.check(r.count(), config.slots);
            shown[i] = Math.min(r.count(), layouts.get(i).slots());
            if (shown[i] == 0) continue;
            r.rawLatents().expect("rawLatents", "[k, c, h, w]", r.count(), config.latentChannels, ANY, ANY);
            pictures.add(r.pictures().narrow(0, 0, shown[i]));
            latents.add(r.rawLatents().narrow(0, 0, shown[i]));
        }
        if (pictures.isEmpty()) return Collections.nCopies(shown.length, null);
        Tensor all = see(Tensor.cat(0, pictures), Tensor.cat(0, latents));                      // [n, Q, E]
        List<Tensor> seen = new ArrayList<>();
        int from = 0;
        for (int k : shown) {
            seen.add(k == 0 ? null : all.narrow(0, from, k));
            from += k;
        }
        return seen;
    }

    ContextEmbedding context() {
        return context;
    }
}
