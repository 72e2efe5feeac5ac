package mige.train;

import java.util.List;
import java.util.stream.LongStream;
import mige.encoder.Conditioning;
import mige.encoder.Layout;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.tensor.nn.Linear;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Helps an encoder that nobody has trained before to say something from the first step: linear maps have to sketch pictures from it and
 * to tell its places apart.
 *
 * <pre>
 *   change  = W · mean over places of said + b              target − canvas of each instruction, pooled to 4 × 4 cells
 *   shown_i = V · said at the place of query i + c           the i-th share of a reference, cut into 8 × 8 patches, row by row
 *   loss    = mean over instructions and references of  |sketch − wanted|² / (|wanted|² + 0.02)       | |²: mean of squares
 *   place   = cross entropy of  10 · cos(said at the place of query i of picture s, P_si)             over all queries and pictures
 * </pre>
 *
 * <p>The denoiser's cross-attention begins by averaging all places alike, so what it hears at first is this mean; of places that say
 * their own word only, an instruction's one telling word is a fortieth of it, and a small model ignores that for 100,000 samples. And it has
 * no other way to tell the places apart than what they say, so each has to say which patches of which picture it speaks of: without, the
 * text encoder keeps what was seen and drops where, and every reference is drawn as a blob of the right colour. The maps are thrown away
 * after training. Not part of the reference, whose T5 and Q-Former come trained.
 */
final class Sketch {

    private static final int SIDE = 4, SHOWN_SIDE = 8;
    /** So that a change of nearly nothing does not count more than a visible one. */
    private static final double FLOOR = 0.02;
    /** So low that a good part of what is said must be the place, as the denoiser's keys have to find it. */
    private static final double SHARPNESS = 10;

    private final int cell;
    private final Linear change, shown;
    private final Tensor places;

    /** What is said of references: how far its drawing misses them, and how unsure the places are. */
    record Shown(Tensor missed, Tensor unplaced) {}

    /** For latents [channels, latentSide, latentSide] and embeddings of {@code width} numbers by {@code queries} queries of up to {@code slots} pictures. */
    Sketch(int width, int channels, int latentSide, int queries, int slots, Weights weights) {
        if (latentSide % SHOWN_SIDE != 0)
            throw new UsageException("the sketch needs latents of a multiple of %d cells a side, these have %d; set \"sketch\": 0", SHOWN_SIDE, latentSide);
        cell = latentSide / SHOWN_SIDE;
        change = new Linear(weights.at("sketch").at("change"), width, (long) channels * SIDE * SIDE, Birth.FAN_IN, Birth.ZERO);
        shown  = new Linear(weights.at("sketch").at("shown"), width, (long) channels * cell * cell * (SHOWN_SIDE * SHOWN_SIDE / queries), Birth.FAN_IN, Birth.ZERO);
        places = weights.at("sketch").get("places", Birth.normal(1), (long) slots * queries, width);
    }

    /** The loss of the words said for latents [B, c, h, w] on canvases of that shape, in one unit. */
    Tensor change(Conditioning said, Tensor clean, Tensor canvas) {
        int n = said.lengths().length;
        float[] share = new float[n];
        for (int i = 0; i < n; i++) share[i] = 1f / said.lengths()[i];
        Tensor mean = said.states().to(DType.F32).sum(false, 1).mul(Tensor.of(share, n, 1));               // [B, E]; padding is zero
        return off(change.forward(mean), pooled(clean.sub(canvas)).reshape(n, -1));                        // [B, c · 4 · 4]
    }

    /**
     * The losses of what is said at the places of references with latents [n, c, h, w], {@code counts} of them an item, in order. A
     * reference that an instruction too long has cut off is not asked for.
     */
    Shown shown(Conditioning said, List<Layout> layouts, int[] counts, Tensor latents) {
        LongStream.Builder rows = LongStream.builder(), which = LongStream.builder(), whole = LongStream.builder();
        for (int i = 0, reference = 0; i < counts.length; i++) {
            int[] row = layouts.get(i).places();
            int queries = layouts.get(i).rows();
            for (int slot = 0; slot < counts[i]; slot++, reference++) {
                int first = -1 - slot * queries, at = 0;
                while (at < row.length && row[at] != first) at++;
                if (at + queries > row.length) continue;
                whole.add(reference);
                for (int place = at; place < at + queries; place++) {
                    rows.add(i * said.states().size(1) + place);
                    which.add(-1 - row[place]);
                }
            }
        }
        long[] kept = whole.build().toArray(), from = rows.build().toArray();
        if (kept.length == 0) return new Shown(Tensor.zeros(), Tensor.zeros());
        Tensor spoken = said.states().reshape(-1, said.states().size(2)).indexSelect(0, Tensor.of(from, from.length)).to(DType.F32);
        Tensor sketched = shown.forward(spoken).view(kept.length, -1);                                     // [k, 64 · p · p · c]
        Tensor patches = latents.indexSelect(0, Tensor.of(kept, kept.length)).view(kept.length, latents.size(1), SHOWN_SIDE, cell, SHOWN_SIDE, cell)
                .permute(0, 2, 4, 3, 5, 1).reshape(kept.length, -1);
        Tensor likely = spoken.unit().matmul(places.unit().transpose(0, 1)).mul(SHARPNESS).logSoftmax(1);   // [k · Q, S · Q]
        Tensor right = likely.gather(1, Tensor.of(which.build().toArray(), from.length, 1));
        return new Shown(off(sketched, patches.narrow(1, 0, sketched.size(1))), right.mean().neg());
    }

    private static Tensor pooled(Tensor latents) {
        return latents.averagePool(Math.toIntExact(latents.size(2)) / SIDE);
    }

    private static Tensor off(Tensor sketch, Tensor wanted) {
        Tensor off = sketch.sub(wanted);
        return off.mul(off).mean(false, 1).div(wanted.mul(wanted).mean(false, 1).add(FLOOR)).mean();
    }
}
