package mige.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import mige.denoiser.Denoiser;
import mige.pipeline.ModelConfig;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/**
 * Shows attentions that nobody has trained before where to look, in the two cases where that is known: the i-th query of a picture at the
 * i-th share of its patches, and the n-th patch of a {@link Batches portrait} at the query that speaks of the reference's n-th patch.
 *
 * <pre>
 *   astray = mean of  −log Σ over right places of the share of the look         over the first half of the heads of each attention
 * </pre>
 *
 * <p>An attention starts by looking everywhere alike, and what it would find at the right place tells it nothing before it is there: sixteen
 * queries learned their patches, and patches their queries, within an hour or two, shown where within minutes. The other half of the
 * heads looks where it likes. For one batch. Not part of the reference, whose parts come trained.
 */
final class Gaze {

    /** Added to every share, so that no look is infinitely astray. */
    private static final double LEAST = 1e-6;

    private final Batches.Batch batch;
    private final int queries, patches;
    private final List<Tensor> astray = new ArrayList<>();

    Gaze(Batches.Batch batch, ModelConfig model) {
        this.batch = batch;
        int side = model.latentSize() / model.denoiser().patch();
        queries = model.encoder().queries().queries();
        patches = side * side;
    }

    /** Watches the feature fusion, [n, heads, Q, N]. */
    Consumer<Tensor> atPatches() {
        float[] right = new float[queries * patches];
        for (int patch = 0; patch < patches; patch++) right[queryOf(patch) * patches + patch] = 1;
        Tensor all = Tensor.of(right, 1, 1, queries, patches);
        return shares -> watch(shares, all, queries * shares.size(0));
    }

    /** Watches every block of the denoiser, [B, heads, N, L]. */
    Denoiser.Looks atWords() {
        int items = batch.counts().length, most = batch.layouts().stream().mapToInt(l -> l.length()).max().orElse(0), portraits = 0;
        float[] right = new float[items * patches * most];
        for (int i = 0; i < items; i++) {
            if (!batch.portraits()[i]) continue;
            portraits++;
            int[] row = batch.layouts().get(i).places();
            int first = 0;
            while (row[first] != -1) first++;
            for (int patch = 0; patch < patches; patch++) right[(i * patches + patch) * most + first + queryOf(patch)] = 1;
        }
        if (portraits == 0) return Denoiser.Looks.UNSEEN;
        Tensor all = Tensor.of(right, items, 1, patches, most);
        long looks = (long) portraits * patches;
        return block -> shares -> watch(shares, all, looks);
    }

    private int queryOf(int patch) {
        return patch * queries / patches;
    }

    /** Notes how far the looks that have right places [*, 1, N, M] miss them; there are {@code looks} such rows. */
    private void watch(Tensor shares, Tensor right, long looks) {
        long heads = Math.max(1, shares.size(1) / 2);
        Tensor found = shares.narrow(1, 0, heads).to(DType.F32).mul(right).sum(false, 3);           // [n, H / 2, N]
        Tensor missed = found.add(LEAST).log().mul(right.sum(false, 3).clamp(0, 1)).sum();
        astray.add(Scope.outside(() -> missed.mul(-1.0 / (heads * looks))));
    }

    /** The mean over all attentions watched; 0 if there was none. */
    Tensor astray() {
        Tensor sum = Tensor.zeros();
        for (Tensor one : astray) sum = sum.add(one);
        Tensor mean = sum.mul(1.0 / Math.max(1, astray.size()));
        astray.forEach(Tensor::close);
        return mean;
    }
}
