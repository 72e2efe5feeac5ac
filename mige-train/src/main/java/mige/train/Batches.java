package mige.train;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import mige.encoder.Layout;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Tensor;

/**
 * Puts records together into the tensors of a training step; every number of chance comes from (seed, sample).
 *
 * <p>A share of the samples that have references become <em>portraits</em>: one of the references is asked for by itself on a blank
 * canvas, and nothing else; so copying what was shown is learned before scenes, sizes and places come into it.
 */
final class Batches {

    /**
     * A batch.
     *
     * @param clean      raw latents of the targets, drawn [B, c, h, w]
     * @param canvas     raw latents of the sources, drawn, zeros where there is none or it was dropped [B, c, h, w]
     * @param tower      what the frozen tower saw of all references [n, T, W]; null when n is 0
     * @param references raw latents of all references, drawn [n, c, h, w]; null when n is 0
     * @param counts     how many references each item has
     * @param layouts    where words and references stand in each item
     * @param noise      standard normal [B, c, h, w]
     * @param t          times
     * @param keepsText  [B, 1, 1] 1 where the words stay, 0 where they were dropped
     * @param anyDropped whether any item lost its words
     * @param sights     for each patch of each item's target the patch of its references that shows it, {@code reference · patches + patch},
     *                   -1 where none does; null for an item that lost its words, of which it is not known, or outside of training
     * @param mask       [B, 1, h, w] share of each cell that the instruction changes, 0 to 1
     */
    record Batch(Tensor clean, Tensor canvas, Tensor tower, Tensor references, int[] counts, List<Layout> layouts, Tensor noise, int[] t,
                 Tensor keepsText, boolean anyDropped, int[][] sights, Tensor mask) {}

    private final RecordCache cache;
    private final RecordCache.Shape shape;
    private final Function<List<int[]>, Layout> layout;
    private final long seed;
    private final int steps;
    private final double portraits;
    private final List<int[]> portraitWords;
    private final IntFunction<int[]> sights;
    private final int[] whole;

    /**
     * @param layout        where token ids and pictures stand, see {@link mige.encoder.MultimodalEncoder#layout}
     * @param portraits     share of portraits among the samples with references, 0 to 1
     * @param portraitWords the token ids that ask for one, before and after its picture
     * @param patches       patches of a picture
     * @param sights        of a record, as in {@link Batch}; null where they are not known
     */
    Batches(RecordCache cache, RecordCache.Shape shape, Function<List<int[]>, Layout> layout, long seed, int steps, double portraits,
            List<int[]> portraitWords, int patches, IntFunction<int[]> sights) {
        this.cache = cache;
        this.shape = shape;
        this.layout = layout;
        this.seed = seed;
        this.steps = steps;
        this.portraits = portraits;
        this.portraitWords = portraitWords;
        this.sights = sights;
        whole = IntStream.range(0, patches).toArray();
    }

    /** The batch of these records as samples {@code first}, {@code first + 1}, ...; conditions are dropped and portraits made only in training. */
    Batch of(int[] records, long first, boolean training) {
        int n = records.length, side = shape.latentSide(), latent = shape.latentChannels() * side * side;
        RecordCache.Entry[] entries = Arrays.stream(records).mapToObj(cache::entry).toArray(RecordCache.Entry[]::new);
        Draw[] draws = new Draw[n];
        IntStream.range(0, n).parallel().forEach(i -> draws[i] = new Draw(new Rng(seed, first + i), latent, entries[i].references().length, steps));
        int[][] shown = new int[n][];
        for (int i = 0; i < n; i++) {
            int references = entries[i].references().length;
            boolean portrait = training && references > 0 && draws[i].portrait < portraits;
            if (training) shown[i] = portrait ? whole : sights.apply(records[i]);
            if (portrait) entries[i] = portrait(entries[i], (int) (draws[i].which * references));
        }
        int[] counts = Arrays.stream(entries).mapToInt(e -> e.references().length).toArray();
        int seen = Arrays.stream(counts).sum();

        float[] noise = new float[n * latent], chance = new float[(2 * n + seen) * latent], keeps = new float[n], mask = new float[n * side * side];
        byte[] moments = new byte[(2 * n + seen) * shape.momentBytes()], tower = new byte[seen * shape.towerBytes()];
        int[] t = new int[n];
        boolean anyDropped = false;
        for (int i = 0, reference = 2 * n, at = 0; i < n; i++) {
            RecordCache.Entry e = entries[i];
            Draw draw = draws[i];
            ConditionDropout dropped = training ? ConditionDropout.of(draw.dropped) : ConditionDropout.NOTHING;
            put(e.moments(), 0, moments, i);
            if (e.source() >= 0 && !dropped.canvas()) put(e.moments(), e.source(), moments, n + i);
            System.arraycopy(draw.normals, 0, noise, i * latent, latent);
            System.arraycopy(draw.normals, latent, chance, i * latent, latent);
            System.arraycopy(draw.normals, 2 * latent, chance, (n + i) * latent, latent);
            for (int r = 0; r < counts[i]; r++, reference++) {
                put(e.moments(), e.references()[r], moments, reference);
                System.arraycopy(draw.normals, (3 + r) * latent, chance, reference * latent, latent);
            }
            e.tower().get(0, tower, at, e.tower().capacity());
            at += e.tower().capacity();
            t[i] = draw.t;
            keeps[i] = dropped.text() ? 0 : 1;
            anyDropped |= dropped.text();
            if (dropped.text()) shown[i] = null;
            for (int c = 0; c < side * side; c++) mask[i * side * side + c] = (e.mask()[c] & 255) / 255f;
        }
        int c = shape.latentChannels();
        Tensor all = Tensor.ofBytes(DType.BF16, moments, 2L * n + seen, 2L * c, side, side).to(DType.F32);
        Tensor drawn = all.narrow(1, 0, c).addProduct(all.narrow(1, c, c), Tensor.of(chance, 2L * n + seen, c, side, side));
        return new Batch(drawn.narrow(0, 0, n), drawn.narrow(0, n, n),
                seen == 0 ? null : Tensor.ofBytes(DType.BF16, tower, seen, shape.towerTokens(), shape.towerWidth()).to(DType.F32),
                seen == 0 ? null : drawn.narrow(0, 2L * n, seen), counts,
                Arrays.stream(entries).map(e -> layout.apply(e.segments())).toList(),
                Tensor.of(noise, n, c, side, side), t, Tensor.of(keeps, n, 1, 1), anyDropped, shown, Tensor.of(mask, n, 1, side, side));
    }

    /** The record that asks for one reference of another: its only picture, and the target. */
    private RecordCache.Entry portrait(RecordCache.Entry of, int reference) {
        int moments = shape.momentBytes(), tower = shape.towerBytes();
        return new RecordCache.Entry(of.kind(), -1, new int[] {0}, portraitWords, new byte[of.mask().length],
                of.moments().slice(of.references()[reference] * moments, moments), of.tower().slice(reference * tower, tower));
    }

    /** Picture {@code from} of a record to place {@code to}; a place that is not written keeps mean and deviation 0, a blank canvas. */
    private void put(ByteBuffer moments, int from, byte[] into, int to) {
        moments.get(from * shape.momentBytes(), into, to * shape.momentBytes(), shape.momentBytes());
    }

    /** The chance of one sample. */
    private static final class Draw {
        final int t;
        final double dropped, portrait, which;
        final float[] normals;

        Draw(Rng rng, int latent, int references, int steps) {
            t = rng.nextInt(steps);
            dropped = rng.nextDouble();
            normals = rng.normals((3 + references) * latent);
            portrait = rng.nextDouble();
            which = rng.nextDouble();
        }
    }
}
