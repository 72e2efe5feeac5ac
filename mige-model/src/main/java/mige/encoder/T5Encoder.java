package mige.encoder;

import static mige.tensor.Scope.scoped;
import static mige.tensor.Tensor.ANY;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import mige.tensor.DType;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.tensor.nn.Attention;
import mige.tensor.nn.Embedding;
import mige.tensor.nn.RmsNorm;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Reads the row of words and pictures as one text: T5's encoder, release 1.1.
 *
 * <pre>
 *   x = block(x, bias)  for each block;   out = RMS(x)
 *   bias[head, i, j] = table[bucket(j - i), head]          one table, in block 0, for all blocks; built once a call
 * </pre>
 *
 * There are two ways through it with the same result. {@link #forward(Tensor, int[])} takes the places of all items one behind the
 * other, so that nothing is computed for padding; {@link #forward(Tensor, Tensor)} takes items padded to one length, with a mask, as
 * the reference does. T5's dropout in training (0.1) is left out. Source: reference ENCODER.md section 7. Checkpoint prefix
 * {@code t5_model}.
 */
public final class T5Encoder {

    static final double EPS = 1e-6;

    /** Width E; heads of headWidth each; hidden inside of the feed-forward; vocabulary with the unused rows of the table. */
    public record Config(int width, int heads, int headWidth, int hidden, int depth, int vocabulary, int buckets, int maxDistance) {
        public static final Config PUBLISHED = new Config(4096, 64, 64, 10240, 24, 32128, 32, 128);
        public static final Config TINY = new Config(8, 2, 4, 12, 2, 40, 32, 128);

        public Config {
            Sizes.positive("text encoder", width, heads, headWidth, hidden, depth, vocabulary, buckets, maxDistance);
            Sizes.divides("text encoder", "4", 4, "buckets", buckets);
        }
    }

    private final Config config;
    private final Embedding table;
    private final Tensor distances;
    private final List<T5Block> blocks;
    private final RmsNorm norm;

    public T5Encoder(Config config, Weights weights) {
        Weights encoder = weights.at("encoder"), block = encoder.at("block");
        this.config = config;
        table     = new Embedding(weights.at("shared"), config.vocabulary, config.width);
        distances = block.at(0).at("layer").at(0).at("SelfAttention").at("relative_attention_bias")
                .get("weight", Birth.normal(1 / Math.sqrt(config.width)), config.buckets, config.heads);
        blocks    = IntStream.range(0, config.depth).mapToObj(i -> new T5Block(config, block.at(i))).toList();
        norm      = new RmsNorm(encoder.at("final_layer_norm"), config.width, EPS);
    }

    /** The rows of the token table at int64 ids of any shape: [..., E], not scaled. */
    public Tensor lookup(Tensor ids) {
        return table.forward(ids);
    }

    /** The places of several items, one behind the other, [R, E], each item reading itself only: [R, E]. The lengths sum up to R. */
    public Tensor forward(Tensor places, int[] lengths) {
        int all = Arrays.stream(lengths).sum();
        places.expect("places", "[R, E]", all, config.width);
        if (Arrays.stream(lengths).anyMatch(n -> n < 1)) throw new ShapeException("lengths of items are %s, expected at least 1 each", Arrays.toString(lengths));
        return through(places.unsqueeze(0), each(lengths)).squeeze(0);
    }

    /** Items padded to one length [B, L, E] with an int64 mask [B, L], 1 where a place is read: [B, L, E]; masked rows mean nothing. */
    public Tensor forward(Tensor places, Tensor mask) {
        places.expect("places", "[B, L, E]", ANY, ANY, config.width);
        mask.expect("mask", "[B, L]", places.size(0), places.size(1));
        return through(places, under(mask, places.type()));
    }

    /** How the blocks mix items that lie one behind the other: each reads itself only. */
    public T5Block.Mixing each(int[] lengths) {
        int most = Arrays.stream(lengths).max().orElseThrow();
        Tensor bias = bias(most);
        return bias.needsGradient() && lengths.length > 1 ? together(lengths, most, bias) : (q, k, v) -> eachForItself(q, k, v, lengths, bias);
    }

    /** The same with items padded to one length inside of the attention: in training the padding costs less than hundreds of small products. */
    private T5Block.Mixing together(int[] lengths, int most, Tensor bias) {
        int n = lengths.length, all = Arrays.stream(lengths).sum();
        long[] spread = new long[n * most], back = new long[all];                               // padding repeats row 0, unread
        float[] hidden = new float[n * most];
        for (int i = 0, row = 0; i < n; i++) {
            Arrays.fill(hidden, i * most + lengths[i], (i + 1) * most, Float.NEGATIVE_INFINITY);
            for (int l = 0; l < lengths[i]; l++, row++) {
                spread[i * most + l] = row;
                back[row] = i * most + l;
            }
        }
        Tensor from = Tensor.of(spread, n, most), to = Tensor.of(back, all);
        Tensor near = bias.unsqueeze(0).add(Tensor.of(hidden, n, 1, 1, most).like(bias));       // [n, H, L, L]
        return (q, k, v) -> Attention.attend(q.squeeze(0).lookup(from), k.squeeze(0).lookup(from), v.squeeze(0).lookup(from), config.heads, 1, near)
                .view((long) n * most, -1).lookup(to).unsqueeze(0);
    }

    /** How the blocks mix padded items under an int64 mask [B, L]; type is the one to compute in. */
    public T5Block.Mixing under(Tensor mask, DType type) {
        Tensor hidden = mask.eq(0).to(type).mul(lowest(type));                                  // [B, L]
        Tensor bias = bias(Math.toIntExact(mask.size(1))).to(type).unsqueeze(0).add(hidden.unsqueeze(1).unsqueeze(1));   // [B, H, L, L]
        return (q, k, v) -> Attention.attend(q, k, v, config.heads, 1, bias);
    }

    private Tensor through(Tensor places, T5Block.Mixing mixing) {
        Tensor x = places;
        for (T5Block block : blocks) {
            Tensor before = x;
            x = scoped(() -> block.forward(before, mixing));
        }
        return norm.forward(x);
    }

    private Tensor eachForItself(Tensor q, Tensor k, Tensor v, int[] lengths, Tensor bias) {
        List<Tensor> mixed = new ArrayList<>();
        int from = 0;
        for (int n : lengths) {
            Tensor near = bias.narrow(1, 0, n).narrow(2, 0, n);                                 // [H, n, n]: distances do not depend on the length
            mixed.add(Attention.attend(q.narrow(1, from, n), k.narrow(1, from, n), v.narrow(1, from, n), config.heads, 1, near));
            from += n;
        }
        return mixed.size() == 1 ? mixed.get(0) : Tensor.cat(1, mixed);
    }

    /** What every head adds to the score of key j for query i, by their distance: [H, L, L]. */
    public Tensor bias(int length) {
        long[] buckets = new long[length * length];
        for (int i = 0; i < length; i++)
            for (int j = 0; j < length; j++) buckets[i * length + j] = bucket(j - i, config.buckets, config.maxDistance);
        return distances.lookup(Tensor.of(buckets, length, length)).permute(2, 0, 1);
    }

    /** The bucket of a distance, key minus query: one each for near ones, wider and wider ones up to maxDistance, then the last. */
    public static int bucket(int distance, int buckets, int maxDistance) {
        int half = buckets / 2, exact = half / 2, far = Math.abs(distance);
        int side = distance > 0 ? half : 0;
        if (far < exact) return side + far;
        float steps = (float) Math.log((float) far / exact) / (float) Math.log((double) maxDistance / exact) * (half - exact);
        return side + Math.min(exact + (int) steps, half - 1);
    }

    /** The lowest finite value of a type: as a bias it hides a place wholly. */
    private static double lowest(DType type) {
        return type == DType.BF16 ? -0x1.FEp127 : -Float.MAX_VALUE;
    }

    /** The blocks in their order. */
    public List<T5Block> blocks() {
        return blocks;
    }
}
